"""The journal's memory: which entry is which brand, and what was last written."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from typing import Any

import msgspec
from peewee import Database, MySQLDatabase, PostgresqlDatabase

from brandsync.brand import batched
from brandsync.database import cursor, execute
from brandsync.journal.batch import LinkChange, LinkRow, WithBrands
from brandsync.journal.growth import Growth
from brandsync.journal.tables import AT_ONCE, LinkTable

_ENCODER = msgspec.json.Encoder()


class _Record(msgspec.Struct):
    """A link, as PostgreSQL gets it."""

    pipeline: str | None
    cms_id: str | None
    brand_id: str | None
    written: str | None
    stored: str | None


_FIELDS = _Record.__struct_fields__
_RECORDS = f"SELECT * FROM json_to_recordset(%s::json) AS v({', '.join(f'{name} text' for name in _FIELDS)})"
"""For PostgreSQL, a batch is one document in one statement: that costs a tenth."""


class Links:
    """The links of one pipeline."""

    def __init__(self, database: Database, pipeline: str) -> None:
        self._database = database
        self._pipeline = pipeline
        self._growth = Growth(database, "brandsync_link")

    def count(self) -> int:
        """How many entries are linked."""
        return int(LinkTable.select().where(LinkTable.pipeline == self._pipeline).count(self._database))

    def pages(self, size: int = 5_000) -> Iterator[Sequence[Sequence[str | None]]]:
        """All links, in pages of at most ``size``: ``cms_id``, ``brand_id``, ``written``, ``stored``."""
        last = ""
        while page := self._page(last, size):
            yield page
            last = page[-1][0] or ""

    def _page(self, last: str, size: int) -> Sequence[Sequence[str | None]]:
        # Not with peewee, which would convert every value: there may be millions of rows.
        mark = self._database.param
        select = (
            "SELECT cms_id, brand_id, written, stored FROM brandsync_link"
            f" WHERE pipeline = {mark} AND cms_id > {mark} ORDER BY cms_id LIMIT {size}"
        )
        return list(execute(self._database, select, [self._pipeline, last]).fetchall())

    def get(self, cms_ids: Sequence[str]) -> dict[str, LinkRow]:
        """The links of the entries among these that have one."""
        rows = self._among("cms_id, brand_id, written, stored", "cms_id", cms_ids)
        return {cms_id: LinkRow(*link) for cms_id, *link in rows}

    def brands(self, cms_ids: Sequence[str]) -> dict[str, str]:
        """The brands that these entries are linked to."""
        return {row[0]: row[1] for row in self._among("cms_id, brand_id", "cms_id", cms_ids)}

    def owned(self, brand_ids: Sequence[str]) -> set[str]:
        """The brands among these that any entry of this pipeline is linked to."""
        return {row[0] for row in self._among("brand_id", "brand_id", brand_ids)}

    def of_others(self, pipelines: Iterable[str]) -> Iterator[tuple[str, str]]:
        """The brands that other pipelines have linked, each with its pipeline."""
        for name in pipelines:
            for page in Links(self._database, name).pages():
                yield from ((row[1] or "", name) for row in page)

    def shared(self, pipelines: Sequence[str]) -> int:
        """How many links lead to a brand to which a link of these other pipelines leads, too."""
        mark = self._database.param
        select = (
            "SELECT count(*) FROM brandsync_link AS mine JOIN brandsync_link AS other"
            f" ON other.brand_id = mine.brand_id WHERE mine.pipeline = {mark}"
            f" AND other.pipeline IN ({', '.join([mark] * len(pipelines))})"
        )
        return int(execute(self._database, select, [self._pipeline, *pipelines]).fetchone()[0])

    def _among(self, columns: str, key: str, values: Sequence[str]) -> Iterator[Sequence[Any]]:
        """These columns of the links whose key is among the values."""
        mark = self._database.param
        for some in batched(values, AT_ONCE):
            marks = ", ".join([mark] * len(some))
            select = f"SELECT {columns} FROM brandsync_link WHERE pipeline = {mark} AND {key} IN ({marks})"
            yield from execute(self._database, select, [self._pipeline, *some]).fetchall()

    def apply(self, changes: Sequence[LinkChange]) -> None:
        """Apply changes to the links."""
        if isinstance(changes, WithBrands):
            self._put([(self._pipeline, *link, None) for link in changes.written()])
            self._remove(changes.removed())
            return
        self.put([(change.cms_id, change.after) for change in changes if change.after])
        self._remove([change.cms_id for change in changes if not change.after])

    def put(self, links: Sequence[tuple[str, LinkRow]]) -> None:
        """Write links over existing ones."""
        self._put([(self._pipeline, cms_id, link.brand_id, link.written, link.stored) for cms_id, link in links])

    def _put(self, rows: Sequence[Sequence[str | None]]) -> None:
        """The same of rows: one compiled statement for many."""
        if not rows:
            return
        if isinstance(self._database, PostgresqlDatabase):
            document = _ENCODER.encode([_Record(*row) for row in rows]).decode()
            execute(self._database, self._upsert(_RECORDS), [document])
            self._growth.by(len(rows))
            return
        mark = self._database.param
        with closing(cursor(self._database)) as many:
            many.executemany(self._upsert(f"VALUES ({mark}, {mark}, {mark}, {mark}, {mark})"), rows)

    def _upsert(self, rows: str) -> str:
        insert = f"INSERT INTO brandsync_link ({', '.join(_FIELDS)}) {rows}"
        columns = _FIELDS[2:]
        if isinstance(self._database, MySQLDatabase):
            return f"{insert} ON DUPLICATE KEY UPDATE " + ", ".join(f"{name} = VALUES({name})" for name in columns)
        updates = ", ".join(f"{name} = excluded.{name}" for name in columns)
        return f"{insert} ON CONFLICT (pipeline, cms_id) DO UPDATE SET {updates}"

    def _remove(self, cms_ids: Sequence[str]) -> None:
        mark = self._database.param
        for some in batched(cms_ids, AT_ONCE):
            marks = ", ".join([mark] * len(some))
            delete = f"DELETE FROM brandsync_link WHERE pipeline = {mark} AND cms_id IN ({marks})"
            execute(self._database, delete, [self._pipeline, *some])
