"""Brands with new ids since a restore, in a store that chooses ids: older records about them are about the new ids."""

from collections.abc import Iterable, Mapping

from peewee import Database, Field

from brandsync.brand import batched
from brandsync.journal.tables import AT_ONCE, NewIdTable


class NewIds:
    """The ids that brands of one pipeline have now, by their old ids."""

    def __init__(self, database: Database, pipeline: str) -> None:
        self._database = database
        self._pipeline = pipeline
        self._is_there = False

    def of(self, ids: Iterable[str], since: str = "") -> dict[str, str]:
        """The new ids of brands that have moved, by these old ids: in the run ``since``, or in a later one."""
        return self._where(NewIdTable.old, ids, since)

    def leading_to(self, ids: Iterable[str]) -> dict[str, str]:
        """The ids among these that are new ids, by all the old ids of their brands."""
        return self._where(NewIdTable.new, ids)

    def _where(self, column: Field, ids: Iterable[str], since: str = "") -> dict[str, str]:
        if not self._any():
            return {}
        found: dict[str, str] = {}
        for some in batched(list(set(ids)), AT_ONCE):
            query = NewIdTable.select(NewIdTable.old, NewIdTable.new).where(
                NewIdTable.pipeline == self._pipeline, column.in_(some), NewIdTable.run >= since
            )
            found |= dict(query.tuples().execute(self._database))
        return found

    def _any(self) -> bool:
        # An older brandsync's journal has no such table before the next write.
        self._is_there = self._is_there or self._database.table_exists("brandsync_new_id")
        mine = NewIdTable.select().where(NewIdTable.pipeline == self._pipeline)
        return self._is_there and bool(mine.exists(self._database))

    def record(self, run: str, moved: Mapping[str, str]) -> None:
        """Record that brands got other ids in this run. A brand's earlier ids then lead to its newest one."""
        for old, new in moved.items():
            mine = NewIdTable.pipeline == self._pipeline
            NewIdTable.update(new=new, run=run).where(mine, NewIdTable.new == old).execute(self._database)
            NewIdTable.delete().where(mine, NewIdTable.old == old).execute(self._database)
            NewIdTable.insert(pipeline=self._pipeline, old=old, new=new, run=run).execute(self._database)

    def forget_before(self, run: str) -> None:
        """Remove what runs before this one recorded. Only safe if no older run's entries are left."""
        query = NewIdTable.delete().where(NewIdTable.pipeline == self._pipeline, NewIdTable.run < run)
        query.execute(self._database)
