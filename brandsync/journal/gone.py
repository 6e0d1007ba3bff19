"""Brands that brandsync itself has removed from the store: an external id that names one of them is stale."""

from collections.abc import Iterable, Mapping
from contextlib import closing

from peewee import Database, MySQLDatabase, PostgresqlDatabase

from brandsync.brand import batched
from brandsync.database import cursor, execute
from brandsync.journal.batch import Batch
from brandsync.journal.growth import Growth
from brandsync.journal.tables import AT_ONCE, GoneTable

_INSERT = "INSERT INTO brandsync_gone (pipeline, brand_id, run)"


class Gone:
    """The removed brands of one pipeline. They outlive their runs: an entry may be published again years later."""

    def __init__(self, database: Database, pipeline: str) -> None:
        self._database = database
        self._pipeline = pipeline
        self._growth = Growth(database, "brandsync_gone")
        self._known: bool | None = None
        """Whether there are any. Only the run that holds the lease adds any."""

    def any(self) -> bool:
        """Whether there are any at all: most pipelines have none."""
        if self._known is None:
            # An older brandsync's journal has no such table before the next write.
            mine = GoneTable.select().where(GoneTable.pipeline == self._pipeline)
            there = self._database.table_exists("brandsync_gone")
            self._known = there and bool(mine.exists(self._database))
        return self._known

    def among(self, brand_ids: Iterable[str]) -> set[str]:
        """The brands among these that brandsync has removed."""
        found: set[str] = set()
        for some in batched(list(brand_ids), AT_ONCE) if self.any() else ():
            query = GoneTable.select(GoneTable.brand_id).where(
                GoneTable.pipeline == self._pipeline, GoneTable.brand_id.in_(some)
            )
            found.update(row[0] for row in query.tuples().execute(self._database))
        return found

    def record(self, run: str, batch: Batch, moved: Mapping[str, str]) -> None:
        """Record the brands that a finished batch has removed, and forget those that are there again.

        ``moved``: the new ids of restored brands by their old ids, which are gone for good.
        """
        ids = (row.brand_id for row in batch.rows if row.brand_id)
        if batch.kind.removes:
            self._add(run, ids)
        elif batch.kind.in_store:
            self.forget(ids)
            self._add(run, moved)

    def forget(self, brand_ids: Iterable[str]) -> None:
        """Forget brands that are there. A store that counts its brands may use an id again."""
        for some in batched(list(brand_ids), AT_ONCE) if self.any() else ():
            query = GoneTable.delete().where(GoneTable.pipeline == self._pipeline, GoneTable.brand_id.in_(some))
            query.execute(self._database)

    def _add(self, run: str, brand_ids: Iterable[str]) -> None:
        ids = list(brand_ids)
        if not ids:
            return
        self._known = True
        if isinstance(self._database, PostgresqlDatabase):  # one statement for all costs far less
            insert = f"{_INSERT} SELECT %s, id, %s FROM unnest(%s::text[]) AS id ON CONFLICT DO NOTHING"
            execute(self._database, insert, [self._pipeline, run, ids])
            self._growth.by(len(ids))
            return
        mark = self._database.param
        insert = f"{_INSERT} VALUES ({mark}, {mark}, {mark}) ON CONFLICT DO NOTHING"
        if isinstance(self._database, MySQLDatabase):
            insert = f"{_INSERT} VALUES (%s, %s, %s) ON DUPLICATE KEY UPDATE run = VALUES(run)"
        with closing(cursor(self._database)) as many:
            many.executemany(insert, [(self._pipeline, brand_id, run) for brand_id in ids])
