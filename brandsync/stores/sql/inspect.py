"""Asks the database what the table of brands is really like, before anything relies on it."""

import re
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Final

from peewee import Database

from brandsync.brand import LINK_FIELD
from brandsync.errors import ConfigError
from brandsync.stores.sql.dialect import Dialect
from brandsync.stores.sql.table import Table, bare

_BINARY: Final = re.compile(r"bytea|bit|(var)?binary|(tiny|medium|long)?blob")


def inspect(dialect: Dialect) -> Table:
    """The dialect's table with the types of its columns.

    Raises:
        TableMissing: there is no such table.
        ConfigError: it lacks a column, or an index that keeps brands apart.
        CredentialsRefused: it may not be read.
    """
    schema, table = dialect.locate(), dialect.table
    types = dialect.types(schema)
    _need_columns(table, types)
    _need_text(dialect, types)
    for holds in ("id", LINK_FIELD) if table.own else ("id",):
        _need_unique(dialect.database, table, schema, table.columns[holds])
    hidden = dialect.hidden()
    if hidden and not hidden.ok:
        raise ConfigError(hidden.what, hint=hidden.fix)
    inspected = replace(table, types=types, lax=dialect.lax)
    if not table.own:
        _need_ids(dialect, inspected)
    return inspected


def _need_text(dialect: Dialect, types: Mapping[str, str]) -> None:
    """Bytes are never equal to a text. JSON may be bytes, and a type of SQLite's says little of its values."""
    table = dialect.table
    for holds in ("id", *table.fields):
        kind = types[table.columns[holds]]
        is_binary = holds != "metadata" and not dialect.lax and _BINARY.fullmatch(bare(kind))
        if is_binary or (holds == "id" and bare(kind) in dialect.unfit_ids):
            raise ConfigError(
                f'the column "{table.columns[holds]}" of the table {table.title} is of the type {kind}, and brandsync'
                f" finds no brand by {'an id' if holds == 'id' else f'a {holds}'} of that type",
                hint=f"make it a column of text, or name another column for the {holds} in [store.columns]",
            )


def _need_ids(dialect: Dialect, table: Table) -> None:
    if not dialect.all_have_ids(table.id_kind):
        wanted = dialect.no_id(table.id_kind).replace("%%", "%")
        raise ConfigError(
            f"the table {table.title} has rows where {wanted}: no id finds such a brand",
            hint="give each of these rows an id of its own, a text where the column has no type; or delete it",
        )


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
