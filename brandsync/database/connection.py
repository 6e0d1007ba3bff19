"""Databases by URL: SQLite, PostgreSQL, MySQL and MariaDB, opened so that nothing is silently cut or lost.

Nothing connects before its first use. Every use must be inside ``with errors(database)``, so that only brandsync's own
errors come out, without passwords or values.
"""

import importlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final
from weakref import WeakSet

from peewee import SQL, Database, MySQLDatabase, PostgresqlDatabase

from brandsync.database.failures import driver_error, translate
from brandsync.database.files import file_error, is_there
from brandsync.database.kinds import NEEDS_WRITING, MySql, Postgres, Sqlite
from brandsync.database.url import Address, parse
from brandsync.errors import BrandsyncError, ConfigError, TryAgainLater
from brandsync.errors.hints import did_you_mean, installing

_LONG_TEXT: Final = {"LONGTEXT": "TEXT"}
"""Text of any length is TEXT, except on MySQL and MariaDB, where TEXT ends at 64 KB."""

_ROLLED_BACK: Final = ("cannot rollback - no transaction", "no such savepoint")
_ESCAPED: Final = "\0\n\r\x1a\"'\\"
"""Characters that take a second byte in a MySQL statement."""
_AROUND: Final = 1_000
"""Bytes of a statement around a brand's texts, at least."""
_CONNECT_SECONDS: Final = 10
_EXACT_COLLATIONS: Final = ("utf8mb4_nopad_bin", "utf8mb4_0900_bin")
"""MariaDB's, then MySQL's."""


def connect(url: str, *, read_only: bool = False) -> Database:
    """The database of a URL, not connected yet.

    ``read_only`` is for dry runs: a SQLite file is neither made nor changed, and a server's transactions refuse
    writes.

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
    """Whether there is something to read: false for a SQLite file that doesn't exist yet, true for any server.

    Raises:
        ConfigError: no SQLite file can be there.
        TryAgainLater: this can't be seen now.
    """
    address = parse(url)
    return address.kind != "sqlite" or is_there(Path(address.name))


@contextmanager
def errors(database: Database) -> Iterator[None]:
    """Turns the errors of drivers and peewee into brandsync's, and closes a connection that may be dead.

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
        first: Any = error
        # After a full disk, SQLite has rolled back by itself, and a second rollback fails too.
        while str(first).startswith(_ROLLED_BACK) and first.__context__:
            first = first.__context__
        if isinstance(first, BrandsyncError):
            raise first from None
        failure = _file_error(database, first) or translate(first, getattr(database, "description", "the database"))
        if failure is None:
            raise
        if isinstance(failure, TryAgainLater) and database.transaction_depth() == 0:
            with suppress(Exception):
                database.close()  # the next use opens a connection that works
        raise failure from None


def _file_error(database: Database, error: Any) -> BrandsyncError | None:
    """What is wrong with SQLite's file where SQLite itself says too little, or none."""
    name = getattr(driver_error(error), "sqlite_errorname", None) or ""
    if isinstance(database, Sqlite) and name.startswith((*NEEDS_WRITING, "SQLITE_IOERR")):
        return file_error(Path(database.database), read_only=database.read_only)
    return None


def execute(database: Database, sql: str, values: Sequence[Any] = ()) -> Any:
    """Run one statement with bound values; returns the driver's cursor."""
    return database.execute_sql(sql, values)  # type: ignore[no-untyped-call]


def cursor(database: Database) -> Any:
    """The driver's own cursor, for what peewee can't do: ``executemany`` and COPY."""
    return database.cursor()  # type: ignore[no-untyped-call]


def statement_limit(database: Database, text: str) -> str | None:
    """Why a text can never be part of a statement, or none. MySQL limits the bytes, escapes included."""
    if not isinstance(database, MySQLDatabase):
        return None
    with errors(database):
        most = int(execute(database, "SELECT @@max_allowed_packet").fetchone()[0])
    size = len(text.encode(errors="replace")) + sum(map(text.count, _ESCAPED))
    if size + _AROUND <= most:
        return None
    return f"its texts have {size:,} bytes, and the server takes {most:,} in one statement (max_allowed_packet)"


def server_clock(database: Database) -> SQL:
    """An expression for the server's time at this statement, in seconds since 1970."""
    if isinstance(database, PostgresqlDatabase):
        return SQL("EXTRACT(EPOCH FROM clock_timestamp())::float8")
    if isinstance(database, MySQLDatabase):
        return SQL("(UNIX_TIMESTAMP(NOW(6)) + 0e0)")
    return SQL("((julianday('now') - 2440587.5) * 86400.0)")


def exact_collation(database: Database) -> str:
    """MySQL's or MariaDB's collation that tells all texts apart, even by a trailing space.

    Raises:
        ConfigError: the server has none: all collations of an older MySQL ignore trailing spaces.
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


def require_transactions(database: Database, tables: Sequence[str], schema: str | None = None) -> None:
    """Check the engines of the existing tables among these: without transactions, nothing can be rolled back.

    Raises:
        ConfigError: an engine such as MyISAM or Aria. A view has no engine.
    """
    if not isinstance(database, MySQLDatabase):
        return
    sql = f"""SELECT t.table_name, t.engine, t.table_schema FROM information_schema.tables t
        JOIN information_schema.engines e ON e.engine = t.engine
        WHERE e.transactions = 'NO' AND t.table_schema = coalesce(%s, DATABASE())
        AND t.table_name IN ({", ".join(["%s"] * len(tables))}) ORDER BY t.table_name"""
    found = execute(database, sql, [schema, *tables]).fetchall()
    if not found:
        return
    where = getattr(database, "description", "the database")
    what = ", ".join(f"{table} ({engine})" for table, engine, _ in found)
    raise ConfigError(
        f"{where}: these tables are of an engine without transactions, so no write could be taken back: {what}",
        hint="change it: " + " ".join(f"ALTER TABLE `{place}`.`{table}` ENGINE = InnoDB;" for table, _, place in found),
    )


def _sqlite(address: Address) -> Any:
    pragmas = {"synchronous": "FULL", "foreign_keys": 1}
    return Sqlite(address.name, pragmas=pragmas, field_types=_LONG_TEXT)


def _postgres(address: Address) -> Any:
    _need_options(address, _need("psycopg", "postgres").pq.Conninfo.get_defaults())
    options: dict[str, Any] = {
        "connect_timeout": _CONNECT_SECONDS,
        "fallback_application_name": "brandsync",
        **_login(address),
        **address.options,
        "client_encoding": "utf8",
    }
    _need_directory(options.get("host"))
    # A prepared statement fails when a pooler gives us another connection.
    return Postgres(address.name, prefer_psycopg3=True, prepare_threshold=None, field_types=_LONG_TEXT, **options)


def _mysql(address: Address) -> Any:
    flags = _need("pymysql.constants.CLIENT", "mysql")
    from brandsync.database.packets import BoundedCursor  # noqa: PLC0415 - the driver is an extra

    # Without FOUND_ROWS, an update that changes nothing looks like an update that found nothing.
    parameters: dict[str, Any] = {
        "client_flag": flags.FOUND_ROWS,
        "cursorclass": BoundedCursor,
        "connect_timeout": _CONNECT_SECONDS,
        **_login(address),
        **{key: _plain(value) for key, value in address.options.items() if key != "charset"},
    }
    if address.password:
        parameters["password"] = address.password.encode()  # PyMySQL would send Latin-1
    for name in ("ssl_ca", "ssl_cert", "ssl_key"):
        file = parameters.get(name)
        if file is not None and not os.path.isfile(file):  # noqa: PTH113 - Path raises where nothing can be
            raise ConfigError(f"{address.description}: {name} names no file: {file}", hint="correct the URL")
    if address.host and address.host.startswith("/"):
        parameters["unix_socket"] = parameters.pop("host")
    socket = parameters.get("unix_socket")
    _need_directory(socket and str(Path(socket).parent))
    return MySql(address.name, **parameters)


def _login(address: Address) -> dict[str, Any]:
    parts = {"user": address.user, "password": address.password, "host": address.host, "port": address.port}
    return {name: part for name, part in parts.items() if part is not None}


def _need_options(address: Address, connection_parameters: Sequence[Any]) -> None:
    """Refuse options that aren't libpq's own: psycopg and peewee would use them. A replication takes no statements."""
    known = {parameter.keyword.decode() for parameter in connection_parameters}
    unfit = next((name for name in address.options if name not in known or name == "replication"), None)
    if unfit is not None:
        near = "" if unfit in known else did_you_mean(unfit, known)
        raise ConfigError(
            f"{address.description}: brandsync's connections to PostgreSQL take no option {unfit!r}{near}",
            hint="correct what stands behind the ? in the URL",
        )


def _need_directory(host: str | None) -> None:
    """Check the directory of a server's socket, if the URL names one: if it is missing, waiting doesn't help."""
    if host and host.startswith("/") and not os.path.isdir(host):  # noqa: PTH112 - as above
        raise ConfigError(f"there is no directory {host}, where the database's socket is to be", hint="correct the URL")


def _plain(value: str) -> Any:
    return int(value) if value.isdigit() else {"true": True, "false": False}.get(value.lower(), value)


def _need(module: str, extra: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError:
        package = module.partition(".")[0]
        raise ConfigError(
            f"the database driver {package} is not installed",
            hint=f"install it beside brandsync: `{installing(extra)}`",
        ) from None
