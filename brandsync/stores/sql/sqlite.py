"""A table of brands in SQLite."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar, Final

from peewee import ColumnMetadata

from brandsync.brand.kind import Kind
from brandsync.database import execute
from brandsync.stores.sql.column_types import DOCUMENTS, DOUBLE, NUMBERS, ColumnType, whole
from brandsync.stores.sql.dialect import Dialect, Row, follower
from brandsync.stores.sql.foreign_keys import ForeignKeys
from brandsync.stores.sql.table import bare

_TYPES: Final = (
    (("BOOL",), ColumnType("", (Kind.BOOLEAN, Kind.INTEGER), native=True)),
    (("JSON",), ColumnType("", DOCUMENTS)),
    (("DATETIME", "TIMESTAMP"), ColumnType("", (Kind.DATETIME,), native=True, moments="spaced")),
    (("DATE",), ColumnType("", (Kind.DATE,), native=True)),
    (("INT",), whole(64, Kind.INTEGER, Kind.BOOLEAN)),
    (("REAL", "FLOA", "DOUB", "NUM", "DEC"), ColumnType("", NUMBERS, native=True, significant=DOUBLE)),
)
"""What a declared type with such a word in it holds; the first one counts. Any other type holds texts."""
_FOLLOWING: Final = frozenset({"CASCADE", "SET NULL", "SET DEFAULT"})


class SqliteDialect(Dialect):
    """SQLite: one writer at a time, so a transaction that writes needs no locks on rows."""

    mark: ClassVar[str] = "?"
    lax: ClassVar[bool] = True
    clock: ClassVar[str] = "strftime('%Y-%m-%d %H:%M:%f', 'now')"
    own_types: ClassVar[Sequence[str]] = ("TEXT", "TEXT", "TEXT", "TEXT", "TEXT")
    further_types: ClassVar[Mapping[Kind, str]] = {
        **dict.fromkeys(Kind, "TEXT"),
        Kind.INTEGER: "INTEGER",
        Kind.BOOLEAN: "BOOLEAN",
        Kind.DATE: "DATE",
        Kind.DATETIME: "DATETIME",
    }
    """A decimal would become a binary number in any other type than TEXT."""

    @cached_property
    def _foreign_keys(self) -> ForeignKeys:
        return ForeignKeys(self)

    def insert(self, columns: Sequence[str], rows: Sequence[Row]) -> int:
        """Insert rows, and check deferred foreign keys."""
        taken = super().insert(columns, rows)
        place = columns.index(self.table.columns["id"])
        self._foreign_keys.require_parents(columns, [row[place] for row in rows])
        return taken

    def insert_returning(self, columns: Sequence[str], rows: Sequence[Row]) -> list[str | None]:
        """Insert rows and return their ids, and check deferred foreign keys."""
        ids = super().insert_returning(columns, rows)
        self._foreign_keys.require_parents(columns, [key for key in ids if key is not None])
        return ids

    def update(self, columns: Sequence[str], rows: Sequence[Row]) -> int:
        """Update columns, and check deferred foreign keys."""
        met = super().update(columns, rows)
        self._foreign_keys.require_parents(columns, [row[-1] for row in rows])
        return met

    def delete(self, ids: Sequence[Any]) -> int:
        """Delete rows, and check deferred foreign keys."""
        deleted = super().delete(ids)
        self._foreign_keys.require_no_children(ids)
        return deleted

    def followers(self) -> list[str]:
        """The tables whose foreign keys react to a deletion. SQLite has no names for these keys."""
        keys = [key for key in self._foreign_keys.to_brands if key.on_delete in _FOLLOWING]
        return [follower(key.child, ", ".join(key.columns), key.on_delete) for key in keys]

    def types(self, columns: Sequence[ColumnMetadata]) -> dict[str, str]:
        """The declared types. A ``uuid`` column holds plain text in SQLite."""
        return {name: "text" if bare(kind) == "uuid" else kind for name, kind in super().types(columns).items()}

    def column_types(self, columns: Sequence[ColumnMetadata]) -> dict[str, ColumnType]:
        """What the declared types mean by SQLite's own rules, and by habit: SQLite itself holds anything anywhere."""
        return {c.name: _column_type(c.full_type or c.data_type or "", required=not c.null) for c in columns}

    def no_id(self, kind: str) -> str:
        """A column without a type converts nothing: an integer in it is never equal to the text of an id."""
        return f"typeof({self.id}) <> 'text'" if kind in {"", "any", "blob"} else super().no_id(kind)

    def unfilled(self, filled: Collection[str]) -> list[str]:
        """The columns that need a value and get none. Triggers can't fill them."""
        columns = self.database.get_columns(self.table.name, self.table.schema)
        key, counts_up = self.table.columns["id"], self._counts_up()
        needed = [c for c in columns if c.default is None and (not c.null or c.name == key)]
        return [c.name for c in needed if c.name not in filled and not (c.identity and counts_up)]

    def _counts_up(self) -> bool:
        """Whether an ``INTEGER PRIMARY KEY`` counts up: unless it has an index of its own, it is the row's number."""
        indexes = execute(self.database, f"PRAGMA {self.schema}index_list({self.name(self.table.name)})").fetchall()
        return all(origin != "pk" for _, _, _, origin, *_ in indexes)

    def version(self) -> str:
        """SQLite's own version."""
        return f"SQLite {execute(self.database, 'SELECT sqlite_version()').fetchone()[0]}"


def _column_type(declared: str, *, required: bool) -> ColumnType:
    found = next((known for words, known in _TYPES if any(word in declared.upper() for word in words)), ColumnType(""))
    return replace(found, name=declared, required=required)
