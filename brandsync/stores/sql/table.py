"""A table of brands, brandsync's own or a mapped one: what its columns hold, and how a row becomes a brand."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, partial
from typing import Any, Final

from brandsync.brand import FIELDS, LINK_FIELD, are_texts
from brandsync.brand.kind import Kind
from brandsync.brand.listed import ListedBrands
from brandsync.errors import Unreadable
from brandsync.stores.sql.column_types import ColumnType, reader, writer
from brandsync.stores.sql.settings import OWN_NAMES, Columns, SqlSettings
from brandsync.stores.uuids import read_uuid

_OWN: Final = Columns(**{name: name for name in OWN_NAMES})

_TEXT: Final = re.compile(r"char|text|clob|json|^$", re.IGNORECASE)
_INTEGER: Final = re.compile(r"(tiny|small|medium|big)?(int|integer)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Table:
    """Where the brands are."""

    schema: str | None
    name: str
    columns: Mapping[str, str]
    """The name of each column by what it holds: ``id``, the fields, ``created_at`` and so on."""
    own: bool
    """It is brandsync's own."""
    further: Mapping[str, Kind | None] = field(default_factory=dict)
    """The fields of the shop's own, with the kinds that the settings say."""
    destinations: Mapping[str, str] = field(default_factory=dict)
    """The names of their columns, which brandsync's own table may not have yet."""
    planned: Mapping[Kind, ColumnType] = field(default_factory=dict)
    """What such a column will hold that is limited."""
    types: Mapping[str, str] = field(default_factory=dict)
    """The type of each column by its name, once the database has been asked."""
    holds: Mapping[str, ColumnType] = field(default_factory=dict)
    """What each column can hold, by its name, once the database has been asked."""
    lax: bool = False
    """Columns hold values of any type. A value that is compared with a column is converted as if it were stored."""

    @classmethod
    def of(cls, settings: SqlSettings) -> "Table":
        """The table that the settings describe."""
        schema, _, name = settings.table.rpartition(".")
        columns = (settings.columns or _OWN).model_dump(exclude_none=True)
        further = {name: destination.column or name for name, destination in settings.fields.items()}
        own = settings.columns is None
        return cls(schema or None, name, {**columns, **further}, own, settings.further, further)

    @property
    def fields(self) -> list[str]:
        """The fields that it holds."""
        return [name for name in (*FIELDS, *self.further, LINK_FIELD) if name in self.columns]

    @property
    def title(self) -> str:
        """Its name for people."""
        return f"{self.schema}.{self.name}" if self.schema else self.name

    @cached_property
    def texts(self) -> frozenset[str]:
        """The fields whose columns keep a text as it is given: a number or a date has one spelling in its column."""
        return frozenset(name for name in self.fields if _TEXT.search(self.types.get(self.columns[name], "")))

    def type_of(self, name: str) -> ColumnType:
        """What the column of a field can hold, or will hold once it is made."""
        there = self.holds.get(self.columns.get(name, ""))
        return there or self.planned.get(self.further.get(name) or Kind.TEXT) or ColumnType("")

    @cached_property
    def kinds(self) -> Mapping[str, Kind]:
        """The kind of each field."""
        own = {name: kind or self.type_of(name).kinds[0] for name, kind in self.further.items()}
        return dict.fromkeys(self.fields, Kind.TEXT) | {"metadata": Kind.JSON} | own

    @cached_property
    def readers(self) -> Mapping[str, Callable[[Any], Any]]:
        """For each field that isn't just a text: turns what the driver gives into its value."""
        typed = ("metadata", *(name for name in self.further if not self.kinds[name].is_text))
        return {name: reader(self.kinds[name], self.type_of(name)) for name in typed}

    @cached_property
    def writers(self) -> Mapping[str, Callable[[Any], Any]]:
        """The other way: turns a value into what the driver takes."""
        return {name: writer(self.kinds[name], self.type_of(name)) for name in self.readers}

    @cached_property
    def key(self) -> Callable[[str], Any]:
        """Turns an id, as the database spells it, into a value of the id column's kind; None if it can't be one."""
        if self.lax:
            return str
        limit = 2**64 if "unsigned" in self.types.get(self.columns["id"], "") else 2**63
        readers: dict[str, Callable[[str], Any]] = {
            "integer": partial(_integer, limit=limit),
            "numeric": _decimal,
            "decimal": _decimal,
            "uuid": _uuid,
        }
        return readers.get(self.id_kind, str)

    @cached_property
    def canonical_id(self) -> Callable[[str], str]:
        """Turns an id in any spelling into the text that the id column gives."""
        return {"integer": _canonical_integer, "uuid": _canonical_uuid}.get(self.id_kind, str)

    @property
    def id_kind(self) -> str:
        """``integer`` for whole numbers of any size, ``uuid``, or another type in small letters; empty if unknown."""
        kind = bare(self.types.get(self.columns["id"], ""))
        return "integer" if _INTEGER.match(kind) else kind


def bare(kind: str) -> str:
    """A column's type in small letters, without its length or its labels."""
    return kind.partition("(")[0].strip().lower()


def _integer(text: str, limit: int) -> int | None:
    found = re.fullmatch(r"0|-?[1-9][0-9]{0,19}", text)
    value = int(text) if found else None
    return value if value is not None and -(2**63) <= value < limit else None


def _decimal(text: str) -> Decimal | None:
    return Decimal(text) if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text) else None


def _uuid(text: str) -> str | None:
    return text if str(read_uuid(text)) == text else None


def _canonical_integer(text: str) -> str:
    return str(int(text)) if re.fullmatch(r"\s*[+-]?[0-9]{1,30}\s*", text) else text


def _canonical_uuid(text: str) -> str:
    found = read_uuid(text)
    return str(found) if found else text


def to_brands(table: Table, fields: Sequence[str], rows: Sequence[Sequence[Any]]) -> ListedBrands:
    """The brands of rows: each is an id, then these fields.

    Raises:
        Unreadable: a JSON field is not JSON; an id is missing; an id or a text is bytes.
    """
    ids, *columns = [*zip(*rows, strict=True)] or [()]
    plain = not table.readers.keys() & set(fields) and None not in ids and all(map(are_texts, (ids, *columns)))
    return ListedBrands(fields, rows if plain else [_readable(table, fields, row) for row in rows])


def _readable(table: Table, fields: Sequence[str], row: Sequence[Any]) -> list[Any]:
    """The row with each value in the form that brands hold it in."""
    values = [row[0] if type(row[0]) is str else id_text(row[0]), *row[1:]]
    for place, name in enumerate(fields, 1):
        value = values[place]
        if value is None:
            continue
        if read := table.readers.get(name):
            values[place] = _read(read, name, value, values[0])
        elif type(value) is not str:
            values[place] = _text(value, f"the {name} of brand {values[0]}")
    return values


def id_text(value: Any) -> str:
    """The text of an id as the driver gives it.

    Raises:
        Unreadable: there is no id, or it is bytes.
    """
    if value is None:
        raise Unreadable("a brand in the store has no id: it is NULL", hint="give that row an id, or delete it")
    return _text(value, "the id of a brand in the store")


def _text(value: Any, what: str) -> str:
    if isinstance(value, bytes):
        shown = value[:20].hex() + ("…" if len(value) > 20 else "")
        raise Unreadable(
            f"{what} is no text but bytes (X'{shown}')", hint="correct that row: CAST(… AS TEXT) makes a text of bytes"
        )
    return str(value)


def _read(read: Callable[[Any], Any], name: str, value: Any, brand_id: str) -> Any:
    try:
        return read(value)
    except ValueError:
        raise Unreadable(
            f"the {name} of brand {brand_id} is not JSON", hint=f"correct that row, or don't map {name}"
        ) from None
