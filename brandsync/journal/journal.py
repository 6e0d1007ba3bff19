"""One pipeline's journal, in a database of its own or in the store's."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Self

from peewee import Database, Model, MySQLDatabase, PostgresqlDatabase, SchemaManager, SqliteDatabase

from brandsync.database import TableMissing, errors, exact_collation, execute, require_transactions
from brandsync.errors import ConfigError, TryAgainLater
from brandsync.journal.batch import Batch
from brandsync.journal.entries import Entries
from brandsync.journal.gone import Gone
from brandsync.journal.images import Images
from brandsync.journal.lease import at_work
from brandsync.journal.links import Links
from brandsync.journal.new_ids import NewIds
from brandsync.journal.room import Room
from brandsync.journal.runs import Runs
from brandsync.journal.tables import IN_EVERY_VERSION, SCHEMA_VERSION, TABLES, UPGRADES, Schema
from brandsync.journal.uploads import Uploads

_LOCK_KEY = 0x6A6F75726E616C  # "journal"


class Journal:
    """What the runs of one pipeline did, and which entry is which brand."""

    def __init__(self, database: Database, pipeline: str, where: str) -> None:
        """``where`` names the database for people, without its password."""
        self.database = database
        self.pipeline = pipeline
        self.where = where
        self.room = Room(database)
        self.runs = Runs(database, pipeline, self.room)
        self.new_ids = NewIds(database, pipeline)
        self.uploads = Uploads(database, pipeline)
        self.entries = Entries(database, self.new_ids, self.uploads)
        self.links = Links(database, pipeline)
        self.gone = Gone(database, pipeline)
        self.images = Images(database, pipeline)

    @classmethod
    def empty(cls, pipeline: str) -> Self:
        """An empty journal in memory: a dry run reads it before the first run."""
        journal = cls(SqliteDatabase(":memory:"), pipeline, "memory")
        journal.prepare()
        return journal

    def connect(self) -> None:
        """Connect to the database, which may take a while. The first use connects too."""
        with self.errors():
            self.database.connect(reuse_if_open=True)

    @contextmanager
    def reading(self) -> Iterator[Self]:
        """A block that reads this journal if it is there, otherwise an empty one. Writes nothing."""
        if self.exists():
            yield self
            return
        empty = self.empty(self.pipeline)
        empty.room = self.room
        try:
            yield empty
        finally:
            empty.close()

    def at_work(self) -> str | None:
        """The run of this pipeline that is working now, or none."""
        return at_work(self.database, self.pipeline)

    def exists(self) -> bool:
        """Whether its tables are there.

        Raises:
            ConfigError: a newer brandsync has written this journal, or its tables' engine has no transactions.
        """
        version = self._version()
        if version > SCHEMA_VERSION:
            raise ConfigError(
                f"the journal in {self.where} was written by a newer brandsync (its schema is {version})",
                hint="upgrade this brandsync",
            )
        if version > 0:
            with self.errors():
                require_transactions(self.database, _names())
        return version > 0

    def tables(self) -> dict[str, str]:
        """The names of its tables, each with a column's. A journal of an older brandsync may lack some."""
        with self.errors():
            ready = self._is_ready()
            return {
                name: table._meta.sorted_field_names[0]  # noqa: SLF001 - where peewee keeps it
                for table, name in zip(TABLES, _names(), strict=True)
                if ready or self.database.table_exists(name)
            }

    def prepare(self) -> None:
        """Make the missing tables, and upgrade those of an older brandsync.

        Raises:
            ConfigError: a newer brandsync has written this journal.
        """
        with self.errors():
            if self._is_ready():
                return
            with self._alone():
                if not self.exists():
                    self._create()
                elif not self._is_ready():
                    self._upgrade()

    def _is_ready(self) -> bool:
        return self.exists() and self._version() == SCHEMA_VERSION

    def _version(self) -> int:
        """The version of its tables; 0 where there are none.

        MySQL says of tables that this user may not read that they aren't there: it is asked by reading. PostgreSQL
        would give a transaction up.
        """
        with self.errors():
            if not isinstance(self.database, MySQLDatabase) and not self.database.table_exists("brandsync_schema"):
                return 0
        with suppress(TableMissing), self.errors():
            versions = Schema.select(Schema.version).tuples().execute(self.database)
            return max((row[0] for row in versions), default=0)
        return 0

    def _upgrade(self) -> None:
        """Keep everything that the older brandsync reads: one of its runs may be at work, and goes on."""
        version = self._version()
        self._create_tables(in_use=IN_EVERY_VERSION)
        exact = self._exact_collation()
        for since, kind, statement in UPGRADES:
            if version <= since and isinstance(self.database, kind):
                execute(self.database, statement.format(exact=exact))
        Schema.insert(version=SCHEMA_VERSION).execute(self.database)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Lock so that only one run makes or upgrades the tables; the others wait."""
        if isinstance(self.database, MySQLDatabase):
            # Its CREATE TABLE ends any transaction.
            wait = getattr(self.database, "lock_seconds", 0)
            if execute(self.database, "SELECT GET_LOCK('brandsync', %s)", [wait]).fetchone()[0] != 1:
                raise TryAgainLater(f"another run is making the journal's tables in {self.where}")
            try:
                yield
            finally:
                execute(self.database, "SELECT RELEASE_LOCK('brandsync')")
            return
        with self.database.atomic():
            if isinstance(self.database, PostgresqlDatabase):
                execute(self.database, "SELECT pg_advisory_xact_lock(%s)", [_LOCK_KEY])
            yield

    def _create(self) -> None:
        """Make the tables; the row that says that all are there comes last."""
        self._create_tables()
        Schema.insert(version=SCHEMA_VERSION).on_conflict_ignore().execute(self.database)

    def _create_tables(self, in_use: Sequence[type[Model]] = ()) -> None:
        """Make missing tables. MySQL ends transactions here: an empty table may be half made, and is made again.

        Tables ``in_use`` are left alone: a run of an older brandsync may be about to write its first row.
        """
        exact = self._exact_collation()
        mysql = isinstance(self.database, MySQLDatabase)
        if mysql:  # peewee names no engine, and the server's default one may have no transactions
            execute(self.database, "SET default_storage_engine = InnoDB")
        for table, name in zip(TABLES, _names(), strict=True):
            if self.database.table_exists(name):
                if not mysql or table in in_use or table.select().exists(self.database):
                    continue
                execute(self.database, f"DROP TABLE {name}")
            SchemaManager(table, database=self.database).create_all()
            if mysql:
                execute(self.database, f"ALTER TABLE {name} CONVERT TO CHARACTER SET utf8mb4 COLLATE {exact}")

    def _exact_collation(self) -> str | None:
        """The collation that the tables need; none if the database's own tells all texts apart."""
        return exact_collation(self.database) if isinstance(self.database, MySQLDatabase) else None

    def errors(self) -> AbstractContextManager[None]:
        """A block that turns the database's errors into ours."""
        return errors(self.database)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A block that is durable as a whole, or not at all."""
        with self.errors(), self.database.atomic():
            yield

    def record(self, run: str, batch: Batch, moved: Mapping[str, str]) -> None:
        """Record what a finished batch leaves: its links, brands with new ids, and brands that are gone."""
        self.links.apply(batch.links)
        self.new_ids.record(run, moved)
        self.gone.record(run, batch, moved)

    def prune(self, keep: int, confirm: Callable[[], None] = lambda: None) -> None:
        """Forget all but the latest runs, including their undo data, each run in its own transaction.

        Links and the removed brands stay. So does a run that a later one needs: the last good run, and a run whose
        undo is not complete.
        ``confirm`` is called in each transaction: it raises if another run may need what is being forgotten.
        """
        with self.errors():
            for run in self.runs.prunable(keep):
                with self.transaction():
                    confirm()
                    self.entries.forget([run])
                    self.runs.forget([run])
                    self.new_ids.forget_before(self.runs.oldest())

    def close(self) -> None:
        """Close the database."""
        with suppress(Exception):
            self.database.close()


def _names() -> list[str]:
    return [table._meta.table_name for table in TABLES]  # noqa: SLF001 - where peewee keeps it
