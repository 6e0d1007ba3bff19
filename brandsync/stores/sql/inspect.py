"""Asks the database what the table of brands is really like, before anything relies on it."""

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches

from peewee import Database

from brandsync.brand import LINK_FIELD
from brandsync.database import require_transactions
from brandsync.errors import ConfigError
from brandsync.stores.sql.dialect import Dialect
from brandsync.stores.sql.table import Table


def inspect(dialect: Dialect) -> Table:
    """The dialect's table with the types of its columns.

    Raises:
        TableMissing: there is no such table.
        ConfigError: it lacks a column, transactions, or an index that keeps brands apart.
        CredentialsRefused: it may not be read.
    """
    schema, table = dialect.locate(), dialect.table
    require_transactions(dialect.database, [table.name], schema)
    found = dialect.database.get_columns(table.name, schema)
    types = {column.name: _type(dialect, column.data_type, column.full_type) for column in found}
    _need_columns(table, types)
    for holds in ("id", LINK_FIELD) if table.own else ("id",):
        _need_unique(dialect.database, table, schema, table.columns[holds])
    hidden = dialect.hidden()
    if hidden and not hidden.ok:
        raise ConfigError(hidden.what, hint=hidden.fix)
    return replace(table, types=types)


def _type(dialect: Dialect, name: str, full: str | None) -> str:
    if name.lower() == "uuid" and not dialect.has_uuids:
        return "text"  # to SQLite, whatever name a type has
    return full or name if name in {"USER-DEFINED", "ARRAY"} else name


def _need_columns(table: Table, types: Mapping[str, str]) -> None:
    missing = [column for column in table.columns.values() if column not in types]
    if not missing:
        return
    named = ", ".join(_with_near_miss(column, types) for column in missing)
    hint = (
        "it was made by something else: name its columns in [store.columns], or choose another table"
        if table.own
        else f"correct [store.columns]; the table has: {', '.join(types)}"
    )
    raise ConfigError(f"the table {table.title} lacks the columns {named}", hint=hint)


def _with_near_miss(column: str, types: Mapping[str, str]) -> str:
    near = get_close_matches(column, types, n=1)
    return f'"{column}" (did you mean "{near[0]}"?)' if near else f'"{column}"'


def _need_unique(database: Database, table: Table, schema: str | None, column: str) -> None:
    keys = [database.get_primary_keys(table.name, schema)]
    indexes = database.get_indexes(table.name, schema)
    keys += [index.columns for index in indexes if index.unique and " WHERE " not in (index.sql or "").upper()]
    if [column] not in keys:
        raise ConfigError(
            f'the column "{column}" of the table {table.title} has no unique index: brands could double',
            hint=f'CREATE UNIQUE INDEX "{table.name}_{column}" ON {table.title} ("{column}")',
        )
