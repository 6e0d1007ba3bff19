"""Databases by URL: SQLite, PostgreSQL, MySQL and MariaDB, opened so that nothing is cut short or lost without a word.

Nothing connects before its first use. Every use stands in ``with errors(database)``, so that only brandsync's own
errors come out, without passwords or values.
"""

import importlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeVar
from weakref import WeakSet

from peewee import SQL, Database, MySQLDatabase, OperationalError, PostgresqlDatabase, SqliteDatabase

from brandsync.database.failures import translate
from brandsync.database.url import Address, parse
from brandsync.errors import BrandsyncError, ConfigError, TryAgainLater

T = TypeVar("T")

_LONG_TEXT: Final = {"LONGTEXT": "TEXT"}
"""Text of any length is TEXT but on MySQL and MariaDB, where that ends at 64 KB."""

_ROLLED_BACK: Final = ("cannot rollback - no transaction", "no such savepoint")
_CONNECT_SECONDS: Final = 10
_INSTRUCTIONS: Final = 1_000_000
"""Of SQLite's machine, between two moments at which Python looks for signals: some tens of milliseconds."""
_LOOK_UP: Final = 0.5
"""Seconds that SQLite waits for a lock at a time."""
_EXACT_COLLATIONS: Final = ("utf8mb4_nopad_bin", "utf8mb4_0900_bin")
"""MariaDB's and MySQL's."""
_SQL_MODE: Final = (
    "STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,"
    "NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION"
)


class Limits:
    """How a database is opened. Set them before its first use."""

    opened: "WeakSet[Any]"
    """The driver's connections."""
    interrupted_at: float = 0.0
    """When the run was asked to stop and what it does here was to end, by the monotonic clock."""
    read_only: bool = False
    lock_seconds: int = 30
    """How long a statement waits for somebody else's lock. A run that was stopped may hold one for ever."""
    idle_seconds: int = 60
    """After this a server ends a transaction in which nothing happens: a stopped process holds its locks no longer.

    MySQL has no such limit; MariaDB and PostgreSQL have.
    """


class _Connection(sqlite3.Connection):
    """One that can be referred to weakly."""


class _Sqlite(Limits, SqliteDatabase):
    """One SQLite file, made on first use with mode 0600. Its commits survive a power loss."""

    def begin(self, lock_type: str | None = None) -> None:
        """Start a transaction, with its lock at once: one that read first might not get it any more."""
        wanted = lock_type or ("DEFERRED" if self.read_only else "IMMEDIATE")
        self._patiently(lambda: super(_Sqlite, self).begin(wanted))

    def commit(self) -> None:
        """End a transaction, which waits for those who read."""
        self._patiently(super().commit)

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        """Run one statement. One that finds a lock has done nothing."""
        return self._patiently(lambda: super(_Sqlite, self).execute_sql(sql, params))  # type: ignore[no-untyped-call]

    def _patiently(self, work: Callable[[], T]) -> T:
        """Wait for a lock, but look up now and then: SQLite itself hears of no signal while it waits."""
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
        return self._patiently(self._opened)

    def _opened(self) -> sqlite3.Connection:
        file = Path(self.database)
        _make_file(file, self.read_only)
        uri = f"{file.absolute().as_uri()}?mode={'ro' if self.read_only else 'rw'}"
        connection = sqlite3.connect(uri, uri=True, timeout=_LOOK_UP, isolation_level=None, factory=_Connection)
        self.opened.add(connection)
        # Without it a statement of many seconds would hear of no signal.
        connection.set_progress_handler(lambda: 0, _INSTRUCTIONS)
        try:
            self._add_conn_hooks(connection)  # type: ignore[attr-defined]  # peewee's types leave it out
        except sqlite3.Error:
            connection.close()
            raise
        return connection


class _Postgres(Limits, PostgresqlDatabase):
    """PostgreSQL through psycopg 3."""

    def begin(self, isolation_level: str | None = None) -> None:
        """Start a transaction whose limits end with it: a pooler may give the session to somebody else afterwards."""
        execute(
            self,
            f"BEGIN; SET LOCAL lock_timeout = '{self.lock_seconds}s';"
            f" SET LOCAL idle_in_transaction_session_timeout = '{self.idle_seconds}s'",
        )

    def _initialize_connection(self, conn: Any) -> None:
        self.opened.add(conn)
        if self.read_only:
            conn.execute("SET default_transaction_read_only = on")


class _MySql(Limits, MySQLDatabase):
    """MySQL or MariaDB through PyMySQL; its session's times are UTC."""

    sql_mode = _SQL_MODE

    def another(self, seconds: float) -> Any:
        """A connection beside the others, which has so many seconds to be made and for each answer."""
        parameters = self.connect_params | {"connect_timeout": seconds, "read_timeout": seconds}
        return type(self)(self.database, **parameters)._connect()  # type: ignore[attr-defined]  # noqa: SLF001

    def _initialize_connection(self, conn: Any) -> None:
        self.opened.add(conn)
        with conn.cursor() as cursor:
            cursor.execute("SET SESSION time_zone = '+00:00'")
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
            cursor.execute(
                f"SET SESSION innodb_lock_wait_timeout = {self.lock_seconds}, lock_wait_timeout = {self.lock_seconds}"
                f" /*M!100300 , SESSION idle_transaction_timeout = {self.idle_seconds} */"
            )
            if self.read_only:
                cursor.execute("SET SESSION TRANSACTION READ ONLY")


def connect(url: str, *, read_only: bool = False) -> Database:
    """The database of a URL, not connected yet.

    ``read_only`` is for dry runs: a SQLite file is neither made nor changed, and a server's session refuses to write.

    Raises:
        ConfigError: the database's driver is not installed.
    """
    address = parse(url)
    openers = {"sqlite": _sqlite, "postgresql": _postgres, "mysql": _mysql}
    opened = openers[address.kind](address)
    opened.read_only = read_only
    opened.opened = WeakSet()
    opened.description = address.description
    database: Database = opened
    return database


def exists(url: str) -> bool:
    """Whether there is something to read: false for a SQLite file that isn't there yet, true for any server."""
    address = parse(url)
    return address.kind != "sqlite" or Path(address.name).exists()


@contextmanager
def errors(database: Database) -> Iterator[None]:
    """Turns what a driver or peewee raises into brandsync's errors, and lets go of a connection that may be dead.

    Raises:
        TryAgainLater: no connection, a lock, a deadlock, a server that starts or stops.
        CredentialsRefused: a wrong password, an unknown user, a missing privilege.
        ConfigError: an unknown database or column; ``TableMissing`` for a table.
        Rejected: a constraint, a value too long, a full disk, a read-only database.
    """
    try:
        yield
    except BrandsyncError:
        raise
    except Exception as error:
        first = _first(error)
        if isinstance(first, BrandsyncError):
            raise first from None
        failure = translate(first, getattr(database, "description", "the database"))
        if failure is None:
            raise
        if isinstance(failure, TryAgainLater):
            _let_go(database)
        raise failure from None


def _first(error: Any) -> Any:
    """What failed first: after a full disk SQLite has rolled back by itself, and a second rollback fails too."""
    while str(error).startswith(_ROLLED_BACK) and error.__context__:
        error = error.__context__
    return error


def execute(database: Database, sql: str, values: Sequence[Any] = ()) -> Any:
    """Run one statement, its values bound; returns the driver's cursor."""
    return database.execute_sql(sql, values)  # type: ignore[no-untyped-call]


def cursor(database: Database) -> Any:
    """The driver's own cursor, for what peewee has no words for: ``executemany`` and COPY."""
    return database.cursor()  # type: ignore[no-untyped-call]


def server_clock(database: Database) -> SQL:
    """The server's own time of this statement, in seconds since 1970, as an expression."""
    if isinstance(database, PostgresqlDatabase):
        return SQL("EXTRACT(EPOCH FROM clock_timestamp())::float8")
    if isinstance(database, MySQLDatabase):
        return SQL("(UNIX_TIMESTAMP(NOW(6)) + 0e0)")
    return SQL("((julianday('now') - 2440587.5) * 86400.0)")


def exact_collation(database: Database) -> str:
    """MySQL's or MariaDB's collation in which texts that differ at all differ, by a trailing space too.

    Raises:
        ConfigError: the server has none: every collation of an older MySQL takes no notice of trailing spaces.
    """
    names = ", ".join(f"'{name}'" for name in _EXACT_COLLATIONS)
    sql = f"SELECT collation_name FROM information_schema.collations WHERE collation_name IN ({names})"
    there = {row[0] for row in execute(database, sql).fetchall()}
    found = next((name for name in _EXACT_COLLATIONS if name in there), None)
    if found is None:
        raise ConfigError(
            f"{getattr(database, 'description', 'the database')} has no collation that tells all texts apart: {names}",
            hint="use MySQL 8.0.17 or MariaDB 10.2, or a newer one",
        )
    return found


def _sqlite(address: Address) -> Any:
    pragmas = {"synchronous": "FULL", "foreign_keys": 1}
    return _Sqlite(address.name, pragmas=pragmas, field_types=_LONG_TEXT)


def _make_file(file: Path, read_only: bool) -> None:
    """Make the file if need be. Its journal mode stays SQLite's own: WAL would leave files behind a mere look."""
    if read_only and not file.exists():
        raise ConfigError(f"{file} does not exist", hint="run once without --dry-run, or check the URL")
    if not file.parent.is_dir():
        raise ConfigError(f"{file.parent}, where {file.name} belongs, is not a directory", hint="make it")
    with suppress(FileExistsError, PermissionError):
        if not read_only:
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _postgres(address: Address) -> Any:
    _need("psycopg", "postgres")
    given = {"user": address.user, "password": address.password, "host": address.host, "port": address.port}
    options: dict[str, Any] = {
        "connect_timeout": _CONNECT_SECONDS,
        "fallback_application_name": "brandsync",
        **{key: value for key, value in given.items() if value is not None},
        **address.options,
    }
    # A prepared statement would not survive a pooler that hands out another connection.
    return _Postgres(address.name, prefer_psycopg3=True, prepare_threshold=None, field_types=_LONG_TEXT, **options)


def _mysql(address: Address) -> Any:
    flags = _need("pymysql.constants.CLIENT", "mysql")
    password = address.password.encode() if address.password else None  # PyMySQL would send Latin-1
    given = {"user": address.user, "password": password, "host": address.host, "port": address.port}
    options = {key: _plain(value) for key, value in address.options.items() if key != "charset"}
    kept = {key: value for key, value in given.items() if value is not None}
    # Without FOUND_ROWS, an update that changes nothing looks like one that found nothing.
    parameters: dict[str, Any] = {"client_flag": flags.FOUND_ROWS, **kept, **options}
    return _MySql(address.name, **parameters)


def _plain(value: str) -> Any:
    return int(value) if value.isdigit() else {"true": True, "false": False}.get(value.lower(), value)


def _need(module: str, extra: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError:
        package = module.partition(".")[0]
        raise ConfigError(
            f"the database driver {package} is not installed", hint=f"pip install 'brandsync[{extra}]'"
        ) from None


def _let_go(database: Database) -> None:
    """Close after a failure, unless inside a transaction: the next use opens a connection that works."""
    if database.transaction_depth() == 0:
        with suppress(Exception):
            database.close()
