"""Brands that were restored in a store that chooses ids: what was written of them before is about their new ids."""

from collections.abc import Iterable, Mapping

from peewee import Database, Field

from brandsync.journal.tables import NewIdTable, chunks


class NewIds:
    """The ids that brands of one pipeline have now, by those they had."""

    def __init__(self, database: Database, pipeline: str) -> None:
        self._database = database
        self._pipeline = pipeline
        self._is_there = False

    def of(self, ids: Iterable[str], since: str = "") -> dict[str, str]:
        """The new ids of those of these brands that have one: that have moved in the run ``since``, or a later one."""
        return self._where(NewIdTable.old, ids, since)

    def leading_to(self, ids: Iterable[str]) -> dict[str, str]:
        """Those of these ids that are new ones, by all that their brands had before."""
        return self._where(NewIdTable.new, ids)

    def _where(self, column: Field, ids: Iterable[str], since: str = "") -> dict[str, str]:
        if not self._any():
            return {}
        found: dict[str, str] = {}
        for some in chunks(list(set(ids))):
            query = NewIdTable.select(NewIdTable.old, NewIdTable.new).where(
                NewIdTable.pipeline == self._pipeline, column.in_(some), NewIdTable.run >= since
            )
            found |= dict(query.tuples().execute(self._database))
        return found

    def _any(self) -> bool:
        # The journal of an older brandsync has no such table until something is written to it.
        self._is_there = self._is_there or self._database.table_exists("brandsync_new_id")
        mine = NewIdTable.select().where(NewIdTable.pipeline == self._pipeline)
        return self._is_there and bool(mine.exists(self._database))

    def record(self, run: str, moved: Mapping[str, str]) -> None:
        """Brands came back under other ids, in this run; one that had moved before has moved on."""
        for old, new in moved.items():
            mine = NewIdTable.pipeline == self._pipeline
            NewIdTable.update(new=new, run=run).where(mine, NewIdTable.new == old).execute(self._database)
            NewIdTable.delete().where(mine, NewIdTable.old == old).execute(self._database)
            NewIdTable.insert(pipeline=self._pipeline, old=old, new=new, run=run).execute(self._database)

    def forget_before(self, run: str) -> None:
        """Remove what runs before this one recorded: right where no entry older than it is left."""
        query = NewIdTable.delete().where(NewIdTable.pipeline == self._pipeline, NewIdTable.run < run)
        query.execute(self._database)
