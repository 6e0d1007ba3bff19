"""Foreign keys of SQLite. Deferred keys are checked as soon as a batch is written.

At the end of the transaction, nobody knows which brand is at fault. ``PRAGMA foreign_key_check`` would read whole
tables, and would also find other people's broken keys.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any, Final

from brandsync.database import execute
from brandsync.errors import Rejected
from brandsync.stores.sql.dialect import Dialect

_ALL: Final = """
    SELECT m.name, f.id, f."from", f."to", f."table", f.on_delete, m.sql LIKE '%DEFERRED%'
    FROM {schema}sqlite_master m JOIN pragma_foreign_key_list(m.name) f
    WHERE m.type = 'table' AND ? COLLATE NOCASE IN (m.name, f."table") ORDER BY m.name, f.id, f.seq"""
_PRIMARY: Final = "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk"


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """One foreign key."""

    child: str
    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]
    on_delete: str
    may_wait: bool
    """SQLite may check it only when the transaction ends."""


class ForeignKeys:
    """The foreign keys from and to the dialect's table. brandsync's own table has none."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    @cached_property
    def to_brands(self) -> list[ForeignKey]:
        """The foreign keys that refer to the table."""
        return [key for key in self._all if key.parent.lower() == self._dialect.table.name.lower()]

    def require_parents(self, columns: Collection[str], ids: Sequence[Any]) -> None:
        """Make sure that the rows exist that these columns refer to.

        Raises:
            Rejected: one doesn't exist.
        """
        for key in self._all:
            is_ours = key.child.lower() == self._dialect.table.name.lower()
            if key.may_wait and is_ours and not _lowered(key.columns).isdisjoint(_lowered(columns)):
                self._require(key, self._dialect.name(self._dialect.table.columns["id"]), ids)

    def require_no_children(self, ids: Sequence[Any]) -> None:
        """Make sure that no row still refers to the id of a deleted brand.

        Raises:
            Rejected: one does.
        """
        for key in self.to_brands:
            if key.may_wait and _lowered(key.parent_columns) == _lowered([self._dialect.table.columns["id"]]):
                self._require(key, self._dialect.name(key.columns[0]), ids)

    @cached_property
    def _all(self) -> list[ForeignKey]:
        table, database = self._dialect.table, self._dialect.database
        if table.own:
            return []
        rows = execute(database, _ALL.format(schema=self._dialect.schema), [table.name]).fetchall()
        found = []
        for _, group in groupby(rows, key=lambda row: row[:2]):
            key = list(group)
            child, _, _, target, parent, on_delete, may_wait = key[0]
            targets = [row[3] for row in key] if target else [row[0] for row in execute(database, _PRIMARY, [parent])]
            columns = tuple(row[2] for row in key)
            found.append(ForeignKey(child, columns, parent, tuple(targets), on_delete, bool(may_wait)))
        return found

    def _require(self, key: ForeignKey, column: str, ids: Sequence[Any]) -> None:
        """Check the child's rows whose column is one of these ids."""
        name = self._dialect.name
        pairs = [(name(column), name(target)) for column, target in zip(key.columns, key.parent_columns, strict=True)]
        leads = " AND ".join(f"p.{target} = b.{column}" for column, target in pairs)
        given = " AND ".join(f"b.{column} IS NOT NULL" for column, _ in pairs)
        missing = f"{given} AND NOT EXISTS (SELECT 1 FROM {name(key.parent)} p WHERE {leads}) LIMIT 1"
        for condition, values in self._dialect.conditions(ids):
            those = condition.replace(self._dialect.id, column, 1)
            sql = f"SELECT 1 FROM {name(key.child)} b WHERE {those} AND {missing}"
            if execute(self._dialect.database, sql, values).fetchone():
                where = getattr(self._dialect.database, "description", "the database")
                what = f"{', '.join(key.columns)} of {key.child} is not in {key.parent}"
                raise Rejected(f"{where}: FOREIGN KEY constraint failed: {what}")


def _lowered(names: Collection[str]) -> set[str]:
    """Names as SQLite compares them."""
    return {name.lower() for name in names}
