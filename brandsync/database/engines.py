"""Finds tables of MySQL and MariaDB whose engine has no transactions: nothing written there can be rolled back."""

from collections.abc import Sequence

from peewee import Database, MySQLDatabase

from brandsync.database.connection import execute
from brandsync.errors import ConfigError


def require_transactions(database: Database, tables: Sequence[str], schema: str | None = None) -> None:
    """Check the engine of the existing tables among these. A view has no engine.

    Raises:
        ConfigError: an engine such as MyISAM or Aria.
    """
    if not isinstance(database, MySQLDatabase):
        return
    sql = f"""SELECT t.table_name, t.engine, t.table_schema FROM information_schema.tables t
        JOIN information_schema.engines e ON e.engine = t.engine
        WHERE e.transactions = 'NO' AND t.table_schema = coalesce(%s, DATABASE())
        AND t.table_name IN ({", ".join(["%s"] * len(tables))}) ORDER BY t.table_name"""
    found = execute(database, sql, [schema, *tables]).fetchall()
    if not found:
        return
    where = getattr(database, "description", "the database")
    what = ", ".join(f"{table} ({engine})" for table, engine, _ in found)
    raise ConfigError(
        f"{where}: these tables are of an engine without transactions, so no write could be taken back: {what}",
        hint="change it: " + " ".join(f"ALTER TABLE `{place}`.`{table}` ENGINE = InnoDB;" for table, _, place in found),
    )
