"""Asks the database what the table of brands really looks like, before anything relies on it. Writes nothing."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from difflib import get_close_matches
from typing import Final

from peewee import ColumnMetadata, Database

from brandsync.backend import Finding
from brandsync.brand import LINK_FIELD
from brandsync.database import connect, file_problem, refusal, require_transactions
from brandsync.errors import ConfigError
from brandsync.new_id import new_id
from brandsync.stores.sql.dialect import Dialect, no_ids
from brandsync.stores.sql.settings import OWN_NAMES
from brandsync.stores.sql.table import Table, bare
from brandsync.stores.sql.unique import UniqueIndexes

_NO_MOMENT: Final = re.compile(
    r"\w*int\w*|\w*serial|bool\w*|bit|num\w*|dec\w*|real|float\w*|double|money|year|json\w*|uuid|bytea|\w*blob",
    re.IGNORECASE,
)
"""Types that hold no date and time. SQLite would store one in any of them, but nobody else could read it there."""
_BINARY: Final = re.compile(r"bytea|bit|(var)?binary|(tiny|medium|long)?blob")
_SHOWN: Final = 10
"""The most names to show."""


def inspect(dialect: Dialect, indexes: UniqueIndexes) -> Table:
    """The dialect's table with the types of its columns.

    Raises:
        TableMissing: there is no such table.
        ConfigError: a column, transactions or a unique index is missing, or a column can't hold its field.
        CredentialsRefused: the table may not be read.
    """
    schema, table = dialect.locate(), dialect.table
    require_transactions(dialect.database, [table.name], schema)
    found = dialect.database.get_columns(table.name, schema)
    types = dialect.types(found)
    if not table.own:
        _need_stored(table, [name for name, column in indexes.columns.items() if column.formula])
    if table.own:
        there = {name: column for name, column in table.columns.items() if column in types or name in OWN_NAMES}
        table = replace(table, columns=there)
    _need_columns(table, types)
    _need_text(dialect, table, types)
    _need_moments(table, found)
    _need_unique(dialect.database, table, schema)
    hidden = dialect.hidden()
    if hidden and not hidden.ok:
        raise ConfigError(hidden.what, hint=hidden.fix)
    inspected = replace(table, types=types, holds=dialect.column_types(found), lax=dialect.lax)
    _need_kinds(inspected)
    if not table.own:
        _need_ids(dialect, inspected)
    return inspected


def stays_different(indexes: UniqueIndexes) -> str | None:
    """What stays different when a brand's deletion is undone, as a sentence; none if nothing does.

    A row that is only marked as deleted loses nothing.
    """
    table = indexes.table
    if table.own or "deleted_at" in table.columns:
        return None
    found = [f"{follower}, for good" for follower in indexes.dialect.followers()]
    mapped = set(table.columns.values())
    others = [column.name for column in indexes.columns.values() if column.name not in mapped and not column.formula]
    if others:
        more = f", and {len(others) - _SHOWN} more" if len(others) > _SHOWN else ""
        listed = ", ".join(others[:_SHOWN]) + more
        found.append(f"columns of {table.title} that are not mapped get their defaults: {listed}")
    return "; ".join(found) or None


def further_findings(table: Table) -> Iterator[Finding]:
    """The kind of each field of the shop's own, and its column."""
    for name in table.further:
        if name in table.columns:
            what = f'{name} is {table.kinds[name]}, in the column "{table.columns[name]}" ({table.type_of(name).name})'
        else:
            what = (
                f'{name} is {table.kinds[name]}: the next run that writes adds the column "{table.destinations[name]}"'
            )
        yield Finding(ok=True, what=what)


def id_problem(dialect: Dialect, brand_id: str) -> ConfigError | None:
    """Why the id column cannot hold an id that brandsync makes, or none."""
    if dialect.takes_id(brand_id):
        return None
    table = dialect.table
    return ConfigError(
        f'the column "{table.columns["id"]}" of {table.title} is of the type {table.id_kind}, and id_from = "client"'
        f" gives new brands ids such as {brand_id}, which do not fit",
        hint='set id_from = "database" in [store], and let the column have a default or count up',
    )


def shortcomings(dialect: Dialect, *, chooses_ids: bool, fields: Collection[str] | None = None) -> Iterator[Finding]:
    """Why no brand can be created: ids that don't fit, and values that a new row needs and doesn't get.

    ``fields``: what new brands are given; none: all fields that the table holds.
    """
    table = dialect.table
    if chooses_ids and (unfit := id_problem(dialect, new_id())):
        yield Finding(ok=False, what=unfit.message, fix=unfit.hint)
    written = {*(table.columns if fields is None else fields), "created_at", "updated_at"}
    filled = {column for name, column in table.columns.items() if (chooses_ids if name == "id" else name in written)}
    for column in dialect.unfilled(filled):
        if column == table.columns["id"]:
            problem = no_ids(dialect)
            yield Finding(ok=False, what=problem.message, fix=problem.hint)
            continue
        what = f'the column "{column}" of {table.title} needs a value and has no default'
        yield Finding(ok=False, what=f"{what}: no brand can be created", fix=_filling(table, column))


def _filling(table: Table, column: str) -> str:
    """What to do about a column that nobody fills."""
    name = next((name for name, mapped in table.columns.items() if mapped == column), None)
    return f"give it a default, or {f'map {name} in [cms.fields]' if name else 'name it in [store.columns]'}"


def privileges(url: str, dialect: Dialect, *, chooses_ids: bool) -> Iterator[Finding]:
    """What may be written: tried on a separate connection, which may write like a run's."""
    if problem := file_problem(url):
        yield problem
        return
    with closing(connect(url)) as database:
        for privilege, statement in dialect.probes(chooses_ids=chooses_ids).items():
            if refused := refusal(database, statement):
                yield Finding(ok=False, what=f"{privilege} is refused: {refused.message}", fix=refused.hint)
            else:
                yield dialect.forbidden(privilege) or Finding(ok=True, what=f"{privilege} is granted")


def _need_text(dialect: Dialect, table: Table, types: Mapping[str, str]) -> None:
    """Refuse bytes: they are never equal to a text. JSON may be bytes. SQLite's types say little about values."""
    for holds in ("id", *table.fields):
        kind = types[table.columns[holds]]
        is_binary = holds != "metadata" and not dialect.lax and _BINARY.fullmatch(bare(kind))
        if is_binary or (holds == "id" and bare(kind) in dialect.unfit_ids):
            raise ConfigError(
                f'the column "{table.columns[holds]}" of the table {table.title} is of the type {kind}, and brandsync'
                f" finds no brand by {'an id' if holds == 'id' else f'a {holds}'} of that type",
                hint=f"make it a column of text, or name another column for the {holds} in {_section(table, holds)}",
            )


def _need_kinds(table: Table) -> None:
    """Refuse a field of the shop's own whose column can't hold its kind."""
    for name in table.further:
        held, kind = table.type_of(name).kinds, table.kinds[name]
        if kind not in held:
            column = f'the column "{table.columns[name]}" of the table {table.title}'
            of = table.type_of(name).name
            raise ConfigError(
                f"{column} is of the type {of}, which holds {' or '.join(held)}, and the field {name} is {kind}",
                hint=f"leave out the `type` of {name}, or name another column for it in [store.fields]",
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
        else f"correct [store.columns] or [store.fields]; the table has: {', '.join(types)}"
    )
    raise ConfigError(f"the table {table.title} lacks the columns {named}", hint=hint)


def _need_stored(table: Table, generated: Collection[str]) -> None:
    """Refuse generated columns: they don't hold what brandsync writes. Only the id may be generated."""
    for name, column in table.columns.items():
        if column in generated and name != "id":
            raise ConfigError(
                f'the column "{column}" of the table {table.title} is generated: {name} cannot be written into it',
                hint=f"leave {name} out of {_section(table, name)}, or name the column that it is computed from there",
            )


def _section(table: Table, name: str) -> str:
    """Where the settings name the column of a field."""
    return "[store.fields]" if name in table.further else "[store.columns]"


def _need_moments(table: Table, found: Sequence[ColumnMetadata]) -> None:
    """``created_at``, ``updated_at`` and ``deleted_at`` must hold a date and time, and the last one may be NULL."""
    columns = {column.name: column for column in found}
    for name in ("created_at", "updated_at", "deleted_at"):
        column = columns.get(table.columns.get(name, ""))
        if column and _NO_MOMENT.match(column.data_type):
            raise ConfigError(
                f'the column "{column.name}" of the table {table.title} is of the type {column.data_type.lower()}:'
                f" {name} needs one that holds a date and time",
                hint=f"name such a column in [store.columns], or leave {name} out",
            )
        if column and name == "deleted_at" and not column.null:
            raise ConfigError(
                f'the column "{column.name}" of the table {table.title} is never NULL: as {name}, it would say of every'
                " row that it is deleted",
                hint=f"leave {name} out of [store.columns], or name a column that is NULL where a row lives",
            )


def _with_near_miss(column: str, types: Mapping[str, str]) -> str:
    near = get_close_matches(column, types, n=1)
    return f'"{column}" (did you mean "{near[0]}"?)' if near else f'"{column}"'


def _need_unique(database: Database, table: Table, schema: str | None) -> None:
    keys = [database.get_primary_keys(table.name, schema)]
    indexes = database.get_indexes(table.name, schema)
    keys += [index.columns for index in indexes if index.unique and " WHERE " not in (index.sql or "").upper()]
    for holds in ("id", LINK_FIELD) if table.own else ("id",):
        column = table.columns[holds]
        if [column] not in keys:
            is_view = any(view.name == table.name for view in database.get_views(schema))
            add = f'CREATE UNIQUE INDEX "{table.name}_{column}" ON {table.title} ("{column}")'
            raise ConfigError(
                f'the column "{column}" of the table {table.title} has no unique index: brands could double',
                hint=f"set `table` in [store] to the table beneath: {table.title} is a view, which has no index"
                if is_view
                else add,
            )
