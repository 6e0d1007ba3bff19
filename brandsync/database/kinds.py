"""The three kinds of database, opened so that nothing is cut off, and nobody who shares it notices anything.

A reader uses read-only transactions. A session is never made read-only: behind a pooler, somebody else uses it a
moment later. Another thread can end a statement that waits for a lock, or takes too long.
"""

import socket
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from peewee import Database, MySQLDatabase, OperationalError, PostgresqlDatabase, SqliteDatabase

from brandsync.database.files import is_there, make_file
from brandsync.errors import ConfigError, CredentialsRefused, TryAgainLater

if TYPE_CHECKING:
    from weakref import WeakSet

T = TypeVar("T")

_SQL_MODE: Final = (
    "STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,"
    "NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION"
)
_LOST: Final = 2013
"""MySQL's number for a connection that ended before its answer came."""
NEEDS_WRITING: Final = ("SQLITE_READONLY", "SQLITE_CANTOPEN")
_INSTRUCTIONS: Final = 1_000_000
"""SQLite's machine runs this many instructions, then Python looks for signals: some tens of milliseconds."""
_LOOK_UP: Final = 0.5
"""Seconds that SQLite waits for a lock at a time."""
_ORDER_SECONDS: Final = 1
"""Seconds that a server has to accept the order to end a statement. If it doesn't, it is frozen: we cut it off."""


class Limits:
    """How a database is opened. Set them before its first use."""

    opened: "WeakSet[Any]"
    """The driver's connections."""
    interrupted_at: float = 0.0
    """When the run was asked to stop and to end its work here, by the monotonic clock."""
    read_only: bool = False
    lock_seconds: int = 30
    """Seconds that a statement waits for another process's lock. A stopped process may hold one for ever."""
    idle_seconds: int = 60
    """Seconds after which a server ends an idle transaction, so that a stopped process can't hold its locks longer.

    MariaDB and PostgreSQL have such a limit; MySQL doesn't.
    """


class _Connection(sqlite3.Connection):
    """A connection that allows weak references."""


class Sqlite(Limits, SqliteDatabase):
    """One SQLite file, made on first use with mode 0600. Its commits survive a power loss."""

    def begin(self, lock_type: str | None = None) -> None:
        """Start a transaction and take its lock at once: after a read, it might not get the lock any more."""
        wanted = lock_type or ("DEFERRED" if self.read_only else "IMMEDIATE")
        self._patiently(lambda: super(Sqlite, self).begin(wanted))

    def commit(self) -> None:
        """Commit a transaction; this waits for readers."""
        self._patiently(super().commit)

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        """Run one statement. It waits for a lock: a statement that meets one has done nothing."""
        return self._patiently(lambda: super(Sqlite, self).execute_sql(sql, params))  # type: ignore[no-untyped-call]

    def _patiently(self, work: Callable[[], T]) -> T:
        """Wait for a lock, but wake up now and then: SQLite itself notices no signal while it waits."""
        began = time.monotonic()
        while True:
            try:
                return work()
            except (OperationalError, sqlite3.OperationalError) as error:
                over = time.monotonic() - began >= self.lock_seconds or self.interrupted_at > began
                name = getattr(getattr(error, "orig", error), "sqlite_errorname", "") or ""
                if over or not name.startswith("SQLITE_BUSY"):
                    raise

    def _connect(self) -> sqlite3.Connection:
        return self._patiently(self._connected)

    def _connected(self) -> sqlite3.Connection:
        file = Path(self.database)
        # It keeps SQLite's default journal mode: WAL would leave files behind after a read.
        if not self.read_only:
            make_file(file)
            return self._opened(file, "mode=rw")
        if not is_there(file):
            raise ConfigError(f"{file} does not exist", hint="run once without --dry-run, or check the URL")
        return self._to_be_read(file)

    def _to_be_read(self, file: Path) -> sqlite3.Connection:
        """Open a file for reading. In WAL mode, without the right to write beside it, nobody else may have it open."""
        try:
            return self._opened(file, "mode=ro")
        except sqlite3.Error as error:
            if not error.sqlite_errorname.startswith(NEEDS_WRITING):
                raise
        if Path(f"{file}-wal").exists():
            raise CredentialsRefused(
                f"{file} is in WAL mode and in use, or was not closed: reading it takes the right to write it",
                hint=f"let this user write in {file.parent}, or run as the user whose file it is",
            )
        return self._opened(file, "mode=ro&immutable=1")

    def _opened(self, file: Path, how: str) -> sqlite3.Connection:
        uri = f"{file.absolute().as_uri()}?{how}"
        connection = sqlite3.connect(uri, uri=True, timeout=_LOOK_UP, isolation_level=None, factory=_Connection)
        self.opened.add(connection)
        # Without it, a statement of many seconds would notice no signal.
        connection.set_progress_handler(lambda: 0, _INSTRUCTIONS)
        try:
            self._add_conn_hooks(connection)  # type: ignore[attr-defined]  # missing in peewee's types
            connection.execute("PRAGMA schema_version")
        except sqlite3.Error:
            connection.close()
            raise
        return connection


class _Server(Limits):
    """A database that others use too."""

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        """Run a statement; a read-only database runs it in a read-only transaction."""
        if not self.read_only or self.transaction_depth():  # type: ignore[attr-defined]
            return super().execute_sql(sql, params)  # type: ignore[misc]
        with self.atomic():  # type: ignore[attr-defined]
            return super().execute_sql(sql, params)  # type: ignore[misc]


class Postgres(_Server, PostgresqlDatabase):
    """PostgreSQL through psycopg 3."""

    def begin(self, isolation_level: str | None = None) -> None:
        """Start a transaction whose limits end with it: a pooler may then give the session to somebody else."""
        PostgresqlDatabase.execute_sql(  # type: ignore[no-untyped-call]
            self,
            f"BEGIN{' READ ONLY' if self.read_only else ''}; SET LOCAL lock_timeout = '{self.lock_seconds}s';"
            f" SET LOCAL idle_in_transaction_session_timeout = '{self.idle_seconds}s'",
        )

    def _initialize_connection(self, conn: Any) -> None:
        self.opened.add(conn)


class MySql(_Server, MySQLDatabase):
    """MySQL or MariaDB through PyMySQL; its session's times are UTC.

    A pooler for these keeps each client's session settings apart.
    """

    sql_mode = _SQL_MODE

    def begin(self, isolation_level: str | None = None) -> None:
        """Start a transaction."""
        for statement in (
            f"SET TRANSACTION ISOLATION LEVEL {isolation_level or 'READ COMMITTED'}",
            f"START TRANSACTION{' READ ONLY' if self.read_only else ''}",
        ):
            MySQLDatabase.execute_sql(self, statement)  # type: ignore[no-untyped-call]

    def another(self, seconds: float) -> Any:
        """Make another connection. It has this many seconds to connect, and for each answer."""
        parameters = self.connect_params | {"connect_timeout": seconds, "read_timeout": seconds}
        return MySQLDatabase(self.database, **parameters)._connect()  # type: ignore[attr-defined]  # noqa: SLF001

    def _connect(self) -> Any:
        """Connect. Until the login is done, each answer has the same time limit as reaching the server's port."""
        parameters, where = self.connect_params, getattr(self, "description", "the database")
        try:
            connection = self.another(parameters["connect_timeout"])
        except (OSError, RuntimeError, TypeError, ValueError) as error:  # network errors come as other exceptions
            raise ConfigError(
                f"{where}: the options of its URL cannot be used: {error}",
                hint="correct what stands behind the ? in the URL",
            ) from None
        except Exception as error:
            if error.args[:1] != (_LOST,) or not isinstance(error.__context__, TimeoutError):
                raise
            raise TryAgainLater(
                f"{where}: its port is open, but MySQL gave no answer for {parameters['connect_timeout']} seconds",
                hint="see whether the server is frozen, and whether the host and port in the URL are those of MySQL",
            ) from None
        connection._read_timeout = parameters.get("read_timeout")  # noqa: SLF001 - PyMySQL has no other way
        return connection

    def _initialize_connection(self, conn: Any) -> None:
        self.opened.add(conn)
        with conn.cursor() as cursor:
            cursor.execute(
                f"SET time_zone = '+00:00', innodb_lock_wait_timeout = {self.lock_seconds},"
                f" lock_wait_timeout = {self.lock_seconds}"
                f" /*M!100300 , idle_transaction_timeout = {self.idle_seconds} */"
            )
            cursor.execute("SELECT @@max_allowed_packet")
            conn.max_allowed_packet = cursor.fetchone()[0]


def interrupt(database: Database) -> None:
    """End every statement of all its connections. A wait for SQLite's lock ends when it next looks."""
    known: Any = database
    known.interrupted_at = time.monotonic()
    for connection in list(getattr(known, "opened", ())):
        with suppress(Exception):
            try:
                _end_statement(known, connection)
            except Exception:  # noqa: BLE001 - for any reason why the server doesn't hear it
                _cut_off(connection)


def hurry(database: Database) -> None:
    """From now on, wait only a moment for other processes' locks."""
    known: Any = database
    known.lock_seconds = 1


def _end_statement(database: Any, connection: Any) -> None:
    if isinstance(database, Postgres):
        connection.cancel_safe(timeout=_ORDER_SECONDS)
    elif isinstance(database, MySql):
        with database.another(_ORDER_SECONDS) as other, other.cursor() as cursor:
            cursor.execute(f"KILL QUERY {connection.thread_id():d}")
    else:
        connection.interrupt()


def _cut_off(connection: Any) -> None:
    """Shut a connection to a server down: a thread that waits for its next byte sees the end."""
    descriptor = getattr(connection, "_sock", connection).fileno()  # PyMySQL has no other way
    with socket.socket(fileno=socket.dup(descriptor)) as found:
        found.shutdown(socket.SHUT_RDWR)
