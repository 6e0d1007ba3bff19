"""One pipeline's journal, in a database of its own or in the store's."""

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Self

from peewee import Database, MySQLDatabase, PostgresqlDatabase, SchemaManager, SqliteDatabase

from brandsync.database import errors, execute
from brandsync.errors import ConfigError
from brandsync.journal.entries import Entries
from brandsync.journal.links import Links
from brandsync.journal.runs import Runs
from brandsync.journal.tables import SCHEMA_VERSION, TABLES, Schema

_LOCK_KEY = 0x6A6F75726E616C  # "journal"


class Journal:
    """What the runs of one pipeline did, and which entry is which brand."""

    def __init__(self, database: Database, pipeline: str, where: str) -> None:
        """``where`` names the database for people, without its password."""
        self.database = database
        self.pipeline = pipeline
        self.where = where
        self.runs = Runs(database, pipeline)
        self.entries = Entries(database)
        self.links = Links(database, pipeline)

    @classmethod
    def empty(cls, pipeline: str) -> Self:
        """A journal in which nothing stands, in memory: what a dry run reads before the first run."""
        journal = cls(SqliteDatabase(":memory:"), pipeline, "memory")
        journal.prepare()
        return journal

    @contextmanager
    def reading(self) -> Iterator[Self]:
        """A block that reads this journal if it is there, else an empty one. Writes nothing."""
        if self.exists():
            yield self
            return
        empty = self.empty(self.pipeline)
        try:
            yield empty
        finally:
            empty.close()

    def exists(self) -> bool:
        """Whether its tables are there.

        Raises:
            ConfigError: a newer brandsync has written this journal.
        """
        with self.errors():
            there = bool(self.database.table_exists("brandsync_schema"))
        if there:
            self._refuse_newer()
        return there

    def prepare(self) -> None:
        """Make its tables where they are missing, and check that this brandsync knows them.

        Raises:
            ConfigError: a newer brandsync has written this journal.
        """
        with self.errors():
            self._create_if_missing()

    def _refuse_newer(self) -> None:
        with self.errors():
            version = Schema.select(Schema.version).tuples().execute(self.database)
            newest = max((row[0] for row in version), default=0)
        if newest > SCHEMA_VERSION:
            raise ConfigError(
                f"the journal in {self.where} was written by a newer brandsync (its schema is {newest})",
                hint="upgrade this brandsync",
            )

    def _create_if_missing(self) -> None:
        if self.exists():
            return
        with self._alone():
            if not self.exists():
                self._create()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """A block that of two first runs at once only one is in; the other waits."""
        if isinstance(self.database, MySQLDatabase):
            # Its CREATE TABLE ends any transaction.
            execute(self.database, "SELECT GET_LOCK('brandsync', 60)")
            yield
            execute(self.database, "SELECT RELEASE_LOCK('brandsync')")
            return
        with self.database.atomic():
            if isinstance(self.database, PostgresqlDatabase):
                execute(self.database, "SELECT pg_advisory_xact_lock(%s)", [_LOCK_KEY])
            yield

    def _create(self) -> None:
        """The table that says that all are there comes last."""
        for table in reversed(TABLES):
            name = table._meta.table_name  # noqa: SLF001 - where peewee keeps it
            if self.database.table_exists(name):
                continue
            SchemaManager(table, database=self.database).create_all()
            if isinstance(self.database, MySQLDatabase):
                execute(self.database, f"ALTER TABLE {name} CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
        Schema.insert(version=SCHEMA_VERSION).on_conflict_ignore().execute(self.database)

    def errors(self) -> AbstractContextManager[None]:
        """A block in which the database's errors become ours."""
        return errors(self.database)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A block that is durable as a whole, or not at all."""
        with self.errors(), self.database.atomic():
            yield

    def prune(self, keep: int) -> None:
        """Forget all but the latest runs, their undo data included."""
        runs = self.runs.prunable(keep)
        if runs:
            with self.transaction():
                self.entries.forget(runs)
                self.runs.forget(runs)

    def close(self) -> None:
        """Let go of the database."""
        with contextlib.suppress(Exception):
            self.database.close()
