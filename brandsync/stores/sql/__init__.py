"""The SQL store: SQLite, PostgreSQL, MySQL and MariaDB."""

from brandsync.stores.sql.store import SqlStore

__all__ = ["SqlStore"]
