"""Which values of a table's unique indexes are taken. Only the database compares as its indexes do, so it is asked.

For each change, the database gets the row that the change would leave: the values that it writes, and for the rest the
values of the existing row, or a new row's defaults. The index's own expressions and conditions are applied to that row.
"""

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from typing import Any, ClassVar, Final

from peewee import DatabaseError

from brandsync.brand import LINK_FIELD, Fields, batched
from brandsync.database import execute
from brandsync.stores.interface import Claim, UniqueRule
from brandsync.stores.sql.dialect import Dialect
from brandsync.stores.sql.table import Table, id_text

_VARYING: Final = re.compile(r"\b(rand\w*|\w*uuid\w*|nextval|next\s+value|lastval|sys_guid|sleep)\b", re.IGNORECASE)
"""Functions in SQLite, MySQL and MariaDB that give each row another value, or have a side effect."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the table."""

    name: str
    cast: str | None
    """SQL that turns a bound text (at ``{}``) into a value of the column; none if it doesn't hold texts."""
    default: str | None
    """The default of a new row, as SQL; none if only the insert itself can tell."""
    formula: str | None = None
    """The SQL that computes a generated column."""


@dataclass(frozen=True, slots=True)
class Index:
    """A unique index: no two rows are equal in all its parts."""

    name: str
    parts: tuple[str, ...]
    """What the index compares, as SQL on a row's columns, with the collation."""
    keys: tuple[str, ...]
    """For each part, an SQL text that is equal exactly when the parts are equal."""
    plain: tuple[str, ...] = ()
    """The parts that are plain columns."""
    where: str = ""
    """The rows that the index covers, as SQL; all rows if empty."""
    nulls_equal: bool = False
    """Two nulls count as equal."""
    unforeseen: str = ""
    """Why nobody can compute what a change would take of it, as the end of a sentence; empty if it can be computed."""


class UniqueIndexes(ABC):
    """The unique indexes of the dialect's table."""

    at_once: ClassVar[int] = 500
    """Changes in one statement."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._number = dialect.name("brandsync n")

    @property
    def table(self) -> Table:
        """The table."""
        return self.dialect.table

    @cached_property
    @abstractmethod
    def columns(self) -> Mapping[str, Column]:
        """The table's columns, by name."""

    @abstractmethod
    def indexes(self) -> Iterator[Index]:
        """The table's unique indexes."""

    @abstractmethod
    def given(self, columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> tuple[str, list[Any]]:
        """A SELECT of these rows as ``n``, ``id``, ``c0`` and so on, and its values. A row: a number, an id, texts."""

    @cached_property
    def rules(self) -> Mapping[UniqueRule, Index]:
        """The indexes that limit a brand's values, or a value that every new brand gets, as rules for the plan.

        Without the index of our own links (their holders are found anyway), and without those that hold the id.
        """
        rules = {}
        for index in self.indexes():
            fields = tuple(name for name in self.table.fields if self._mentions(index, self.table.columns[name]))
            own_link = self.table.own and index.plain == (LINK_FIELD,)
            if own_link or self.table.columns["id"] in index.plain:
                continue
            index = replace(index, unforeseen=index.unforeseen or self._unforeseen(index, fields))  # noqa: PLW2901
            if fields or (not index.unforeseen and self._is_given_to_all(index)):
                rules[UniqueRule(index.name, fields)] = index
        return rules

    def _unforeseen(self, index: Index, fields: Sequence[str]) -> str:
        involved = [name for name in self.columns if self._mentions(index, name)]
        written = [self.table.columns[name] for name in fields]
        if not self.columns.keys() >= set(index.plain):
            return "it holds a column that cannot be read"
        if other := next((name for name in written if not self.columns[name].cast), None):
            return f"the column {other} is not of a type of text"
        if "metadata" in fields:
            return "it holds the metadata"
        unknown = next((name for name in involved if self.columns[name].default is None and name not in written), None)
        return f"the column {unknown} has a default that each insert makes anew" if unknown else ""

    def _is_given_to_all(self, index: Index) -> bool:
        """Whether all new brands get the same value in an index without their fields, so that only one has room."""
        try:
            ((_, claim),) = self._claims(index, (), {0: (None, {})}, new=True)
        except DatabaseError:  # no brand can be inserted then, or it is an unknown kind of index
            return False
        return claim.key is not None

    def told(self, rule: UniqueRule) -> str:
        """What ``check`` says about a rule."""
        fields, unforeseen = " and ".join(rule.fields), self.rules[rule].unforeseen
        if unforeseen:
            return (
                f"each {fields} can be there once ({rule.name}), and which are taken can't be foreseen: {unforeseen}."
                " A taken one is refused when it is written"
            )
        if not fields:
            return (
                f"one new brand has room in the unique index {rule.name}, whose columns are not mapped: map one of them"
            )
        return f"each {fields} can be there once ({rule.name}): a brand in need of it is skipped"

    def claims(self, rule: UniqueRule, brands: Sequence[tuple[str | None, Fields]]) -> list[Claim]:
        """What each brand would claim of this rule. A brand is its id (none for a new one) and its written fields."""
        claims = [Claim()] * len(brands)
        # Whether each brand is new, and which of the rule's fields are written.
        shapes = [(key is None, tuple(name for name in rule.fields if name in fields)) for key, fields in brands]
        alike = shapes.__getitem__
        for (is_new, names), group in groupby(sorted(range(len(brands)), key=alike), key=alike):
            same = list(group) if names or (is_new and not rule.fields) else []
            for numbers in batched(same, self.at_once):
                some = {number: brands[number] for number in numbers}
                for number, claim in self._claims(self.rules[rule], names, some, new=is_new):
                    claims[number] = claim
        return claims

    def _claims(
        self, index: Index, names: Sequence[str], brands: Mapping[int, tuple[str | None, Fields]], *, new: bool
    ) -> Iterator[tuple[int, Claim]]:
        """The claims of brands with the same written fields; all of them are new, or none is."""
        write = [self.table.writers.get(name, lambda value: value) for name in names]
        rows = [
            [
                number,
                None if new else self.table.key(brand_id or ""),
                *(form(fields[name]) for form, name in zip(write, names, strict=True)),
            ]
            for number, (brand_id, fields) in brands.items()
        ]
        columns = [self.columns[self.table.columns[name]] for name in names]
        keys: dict[int, str | None] = {}
        holders: dict[int, dict[str, bool]] = {number: {} for number in brands}
        for number, holder, dead, *parts in self._found(index, *self._wanted(index, columns, rows, new=new)):
            keys[number] = _key(parts, nulls_equal=index.nulls_equal)
            if holder is not None:
                holders[number][id_text(holder)] = bool(dead)
        for number, key in keys.items():
            own = brands[number][0]
            other = min((holder for holder in holders[number] if holder != own), default=None)
            yield number, Claim(key, other, dead=holders[number].get(other or "", False), own=own in holders[number])

    def _found(self, index: Index, wanted: str, values: Sequence[Any]) -> list[Any]:
        """For each row, once per holder of its value: the row's number, the holder's id, whether it is dead, keys."""
        parts = [(sql, self.dialect.name(f"brandsync part {place}")) for place, sql in enumerate(index.parts)]
        keys = [(sql, self.dialect.name(f"brandsync key {place}")) for place, sql in enumerate(index.keys)]
        shown = ", ".join(f"{sql} AS {name}" for sql, name in (*parts, *keys))
        where = f" WHERE {index.where}" if index.where else ""
        equal = "({0} = {1} OR ({0} IS NULL AND {1} IS NULL))" if index.nulls_equal else "{0} = {1}"
        same = [equal.format(sql, f"v.{name}") for sql, name in parts]
        same += [f"({index.where})"] if index.where else []
        deleted_at = self.table.columns.get("deleted_at")
        dead = f"b.{self.dialect.name(deleted_at)} IS NOT NULL" if deleted_at else "0"
        told = [f"v.{self._number}", self.dialect.value(self.dialect.id), dead, *(f"v.{name}" for _, name in keys)]
        sql = (
            f"SELECT {', '.join(told)} FROM (SELECT {self._number}, {shown} FROM ({wanted}) AS {self._name}{where}) v"
            f" LEFT JOIN {self.dialect.target} b ON {' AND '.join(same)}"
        )
        return list(execute(self.dialect.database, sql, values).fetchall())

    def _wanted(
        self, index: Index, written: Sequence[Column], rows: Sequence[Sequence[Any]], *, new: bool
    ) -> tuple[str, list[Any]]:
        """A SELECT of the rows that the changes would leave, with the columns that the index needs, and its values."""
        given, values = self.given(written, rows)
        places = {column.name: f"r.c{place}" for place, column in enumerate(written)}
        involved = [column for column in self.columns.values() if self._mentions(index, column.name)]
        stored = [column for column in involved if column.formula is None]
        kept = {c.name: c.default or "NULL" if new else f"o.{self.dialect.name(c.name)}" for c in stored}
        shown = [f"{places.get(c.name) or kept[c.name]} AS {self.dialect.name(c.name)}" for c in stored]
        sql = f"SELECT r.n AS {self._number}, {', '.join(shown)} FROM ({given}) r"
        if not new and any(column.name not in places for column in stored):
            sql += f" LEFT JOIN {self.dialect.target} o ON o.{self.dialect.id} = r.id"
        formulas = [f"{c.formula} AS {self.dialect.name(c.name)}" for c in involved if c.formula]
        if formulas:
            sql = f"SELECT {self._name}.*, {', '.join(formulas)} FROM ({sql}) AS {self._name}"
        return sql, values

    @property
    def _name(self) -> str:
        """The table's own name. Also the alias for rows that stand for the table's: an index's SQL may use it."""
        return self.dialect.name(self.table.name)

    def _mentions(self, index: Index, name: str) -> bool:
        """Whether an index depends on a column, also through a generated one. May wrongly say yes."""
        if name in index.plain:
            return True
        sql = " ".join((*index.plain, *index.parts, index.where))
        formulas = [c.formula for c in self.columns.values() if c.formula and _names(sql, c.name)]
        return any(_names(text, name) for text in (sql, *formulas))


def known_default(default: str | None) -> str | None:
    """A column's default as SQL; none if it gives each row another value."""
    return None if default and _VARYING.search(default) else default or "NULL"


def bound(sql: str | None) -> str:
    """The database's own SQL, escaped for a statement with bound values; empty for none."""
    return (sql or "").replace("%", "%%")


def _names(sql: str, column: str) -> bool:
    """Whether SQL names a column: a quote or a percent sign in its name may be doubled there."""
    name = re.sub(r"(\\?[\"`%])", r"\1{1,2}", re.escape(column))
    return re.search(rf"(?<!\w){name}(?!\w)", sql, re.IGNORECASE) is not None


def _key(values: Sequence[Any], *, nulls_equal: bool) -> str | None:
    if None in values and not nulls_equal:
        return None
    texts = [value if value is None else str(value) for value in values]
    return texts[0] or "" if len(texts) == 1 else json.dumps(texts)
