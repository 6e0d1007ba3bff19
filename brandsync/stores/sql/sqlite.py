"""A table of brands in SQLite."""

from typing import ClassVar

from brandsync.database import execute
from brandsync.stores.sql.dialect import Dialect


class SqliteDialect(Dialect):
    """SQLite: one writer at a time, so a transaction that writes needs no locks on rows."""

    mark: ClassVar[str] = "?"
    has_uuids: ClassVar[bool] = False
    clock: ClassVar[str] = "strftime('%Y-%m-%d %H:%M:%f', 'now')"

    def create(self) -> None:
        """Make the table, if it is missing."""
        execute(
            self.database,
            f"""
            CREATE TABLE IF NOT EXISTS {self.target} (
                id TEXT NOT NULL PRIMARY KEY,
                cms_id TEXT UNIQUE,
                name TEXT NOT NULL,
                handle TEXT,
                description TEXT,
                logo_url TEXT,
                website_url TEXT,
                metadata TEXT,
                created_at TEXT NOT NULL,
                updated_at TEXT NOT NULL
            )""",
        )

    def version(self) -> str:
        """SQLite's own version."""
        return f"SQLite {execute(self.database, 'SELECT sqlite_version()').fetchone()[0]}"
