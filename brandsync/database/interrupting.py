"""Ending what a database is at, from another thread: a statement that waits for a lock, or takes too long."""

import socket
import time
from contextlib import suppress
from typing import Any

from peewee import Database, MySQLDatabase, PostgresqlDatabase

_SECONDS = 1
"""How long a server has to take the order. One that doesn't is frozen: then the connection is cut off."""


def interrupt(database: Database) -> None:
    """End every statement of all its connections; what waits for a lock of SQLite's gives up at its next look."""
    known: Any = database
    known.interrupted_at = time.monotonic()
    for connection in list(getattr(known, "opened", ())):
        with suppress(Exception):
            if isinstance(database, PostgresqlDatabase):
                _end_in_postgres(connection)
            elif isinstance(database, MySQLDatabase):
                _end_in_mysql(known, connection)
            else:
                connection.interrupt()


def hurry(database: Database) -> None:
    """Wait no longer than a moment for somebody else's locks from now on."""
    known: Any = database
    known.lock_seconds = 1


def _end_in_postgres(connection: Any) -> None:
    try:
        connection.cancel_safe(timeout=_SECONDS)
    except Exception:  # noqa: BLE001 - whatever keeps the server from hearing it
        _cut_off(connection.fileno())


def _end_in_mysql(database: Any, connection: Any) -> None:
    try:
        with database.another(_SECONDS) as other, other.cursor() as cursor:
            cursor.execute(f"KILL QUERY {connection.thread_id():d}")
    except Exception:  # noqa: BLE001 - whatever keeps the server from hearing it
        _cut_off(connection._sock.fileno())  # noqa: SLF001 - PyMySQL shows it in no other way


def _cut_off(descriptor: int) -> None:
    """Whoever waits for this connection's next byte sees its end."""
    with socket.socket(fileno=socket.dup(descriptor)) as found:
        found.shutdown(socket.SHUT_RDWR)
