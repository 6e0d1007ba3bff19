"""Brands that brandsync itself has removed from the store: an external id that names one of them is stale."""

from collections.abc import Iterable, Mapping
from contextlib import closing

from peewee import Database, MySQLDatabase

from brandsync.database import cursor
from brandsync.journal.batch import Batch
from brandsync.journal.tables import GoneTable, chunks


class Gone:
    """The removed brands of one pipeline. They outlive their runs: an entry may be published again years later."""

    def __init__(self, database: Database, pipeline: str) -> None:
        self._database = database
        self._pipeline = pipeline
        self._known: bool | None = None
        """Whether there are any. Only the run that holds the lease adds some."""

    def any(self) -> bool:
        """Whether there are any at all: most pipelines have none."""
        if self._known is None:
            # The journal of an older brandsync has no such table until something is written to it.
            mine = GoneTable.select().where(GoneTable.pipeline == self._pipeline)
            there = self._database.table_exists("brandsync_gone")
            self._known = there and bool(mine.exists(self._database))
        return self._known

    def among(self, brand_ids: Iterable[str]) -> set[str]:
        """Those of these brands that brandsync has removed."""
        found: set[str] = set()
        for some in chunks(list(brand_ids)) if self.any() else ():
            query = GoneTable.select(GoneTable.brand_id).where(
                GoneTable.pipeline == self._pipeline, GoneTable.brand_id.in_(some)
            )
            found.update(row[0] for row in query.tuples().execute(self._database))
        return found

    def record(self, run: str, batch: Batch, moved: Mapping[str, str]) -> None:
        """Note what a batch that is done has removed, and forget what is there again.

        ``moved``: the new ids of restored brands, by the old ones, which are gone for good.
        """
        ids = [row.brand_id for row in batch.rows if row.brand_id]
        if batch.removes:
            self._add(run, ids)
        elif batch.kind != "link":
            self.forget(ids)
            self._add(run, moved)

    def forget(self, brand_ids: Iterable[str]) -> None:
        """These brands are there. A store that counts its brands may give an id again."""
        for some in chunks(list(brand_ids)) if self.any() else ():
            query = GoneTable.delete().where(GoneTable.pipeline == self._pipeline, GoneTable.brand_id.in_(some))
            query.execute(self._database)

    def _add(self, run: str, brand_ids: Iterable[str]) -> None:
        rows = [(self._pipeline, brand_id, run) for brand_id in brand_ids]
        if not rows:
            return
        mark = self._database.param
        values = f"INTO brandsync_gone (pipeline, brand_id, run) VALUES ({mark}, {mark}, {mark})"
        mysql = isinstance(self._database, MySQLDatabase)
        insert = f"INSERT IGNORE {values}" if mysql else f"INSERT {values} ON CONFLICT DO NOTHING"
        with closing(cursor(self._database)) as many:
            many.executemany(insert, rows)
        self._known = True
