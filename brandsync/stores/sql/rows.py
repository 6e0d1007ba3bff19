"""Writes brands into the rows of a table and reads them from it."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from brandsync.brand import Brand, NewBrand
from brandsync.brand.listed import AsGiven, NewBrands
from brandsync.errors import Unreadable
from brandsync.stores.interface import StorePage
from brandsync.stores.sql.dialect import Dialect, Row
from brandsync.stores.sql.table import Table, to_brands

_FIRST: Final = 20
"""How many rows the first page of a listing has: their size decides how many the next page has."""
_GROWTH: Final = 10
"""A page has at most this many times the rows of the previous page: the first rows may be small, the others large."""
_MOST_TEXT: Final = 8_000_000
"""About the most characters of one page."""


class Rows:
    """The rows of the dialect's table."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._next_rows = _FIRST

    @property
    def _table(self) -> Table:
        return self._dialect.table

    def page(self, fields: Sequence[str], cursor: str | None, most: int) -> StorePage:
        """The brands after the cursor that aren't deleted: at most ``most``, and fewer if they are large.

        Raises:
            Unreadable: a brand cannot be read, or the listing does not get past the cursor.
        """
        after = None if cursor is None else self._table.key(cursor)
        if cursor is not None and after is None:
            raise self._stuck(cursor)
        limit = min(most, _FIRST if cursor is None else self._next_rows)
        rows = self._dialect.page(fields, after, limit)
        brands = to_brands(self._table, fields, rows)
        if len(brands) < limit:
            return StorePage(brands)
        last = brands[-1].id
        if last == cursor:
            raise self._stuck(cursor)
        self._next_rows = min(limit * _GROWTH, _rows_a_page(rows))
        return StorePage(brands, last)

    def _stuck(self, cursor: str) -> Unreadable:
        table = self._table
        return Unreadable(
            f"the listing of the table {table.title} does not go on after the brand of the id {cursor}",
            hint=f'correct that "{table.columns["id"]}", or name another unique column as id in [store.columns]',
        )

    def read(
        self, fields: Sequence[str], ids: Iterable[str], *, lock: bool = False, dead: bool = False
    ) -> dict[str, Brand]:
        """Brands by id. If a lax collation confuses an id with another one, it is not found.

        A row that row-level security doesn't let us lock is read without a lock: it isn't gone.
        """
        wanted = set(ids)
        keys = sorted(key for key in map(self._table.key, wanted) if key is not None)
        rows = self._dialect.by_ids(fields, keys, lock=lock, dead=dead) if keys else []
        found = {brand.id: brand for brand in to_brands(self._table, fields, rows) if brand.id in wanted}
        if lock and self._dialect.secured and (unseen := wanted - found.keys()):
            found |= self.read(fields, unseen, dead=dead)
        return found

    def insert(self, brands: Sequence[NewBrand], *, with_ids: bool) -> Sequence[Brand | None]:
        """Insert brands, with their own ids or with ids from the database; gives none for a brand that is left out."""
        if not brands:
            return []
        times = self._times("created_at", "updated_at")
        if isinstance(brands, NewBrands):
            return self._insert_same(brands, times, with_ids=with_ids)
        made: list[Brand | None] = []
        for names, group in groupby(brands, key=_names):
            same = list(group)
            values = [[*brand.fields.values()] for brand in same]
            made += self._insert_same(NewBrands(names, [brand.id for brand in same], values), times, with_ids=with_ids)
        return made

    def _insert_same(self, brands: NewBrands, times: Mapping[str, str], *, with_ids: bool) -> Sequence[Brand | None]:
        """Insert brands of the same fields."""
        columns = self._columns([*brands.fields, *times, *(["id"] if with_ids else [])])
        ends = ([*times.values(), *([brand_id] if with_ids else [])] for brand_id in brands.ids)
        rows = self._bound(brands.fields, brands.rows, ends)
        if not with_ids:
            ids = self._dialect.insert_returning(columns, rows)
            return [Brand(key, brand.fields) if key else None for key, brand in zip(ids, brands, strict=True)]
        if self._dialect.insert(columns, rows) == len(rows):
            return AsGiven(brands)
        there = self.read((), filter(None, brands.ids))
        return [brand if brand.id in there else None for brand in AsGiven(brands)]

    def write(self, brands: Sequence[Brand], **marks: Any) -> int:
        """Write the brands' fields, and these marks (such as ``deleted_at``) into every row.

        Returns how many rows the database has skipped.
        """
        if not brands:
            return 0
        missed = 0
        marks |= self._times("updated_at")
        for names, group in groupby(sorted(brands, key=_names), key=_names):
            if columns := self._columns([*names, *marks]):
                same = list(group)
                ends = ([*marks.values(), self._table.key(brand.id)] for brand in same)
                values = [[*brand.fields.values()] for brand in same]
                missed += len(same) - self._dialect.update(columns, self._bound(names, values, ends))
        return missed

    def delete(self, ids: Sequence[str]) -> Iterable[str]:
        """Delete rows for good; returns the ids of those that the database has kept."""
        keys = [self._table.key(brand_id) for brand_id in ids]
        return self.read((), ids) if keys and self._dialect.delete(keys) < len(keys) else ()

    def _bound(
        self, names: Sequence[str], values: Sequence[Sequence[Any]], ends: Iterable[list[Any]]
    ) -> list[list[Any]]:
        """For each brand, the values of these fields in the form that their columns take, followed by its end."""
        rows = [[*row, *end] for row, end in zip(values, ends, strict=True)]
        for place, name in enumerate(names):
            if write := self._table.writers.get(name):
                for row in rows:
                    row[place] = write(row[place])
        return rows

    def _columns(self, names: Iterable[str]) -> list[str]:
        return [self._table.columns[name] for name in names]

    def _times(self, *names: str) -> dict[str, str]:
        """The server's time for each of these names that the table has a column for."""
        there = [name for name in names if name in self._table.columns]
        return dict.fromkeys(there, self._dialect.now()) if there else {}


def _rows_a_page(rows: Sequence[Row]) -> int:
    """How many rows make a page, by the size of a sample of these rows."""
    some = rows[:: len(rows) // 100 + 1]
    text = sum(len(value) for row in some for value in row if isinstance(value, str))
    return _MOST_TEXT * len(some) // (text + 1) + 1


def _names(brand: Brand | NewBrand) -> tuple[str, ...]:
    return tuple(brand.fields)
