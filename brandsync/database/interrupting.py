"""Ends a database's current work from another thread: a statement that waits for a lock, or takes too long."""

import socket
import time
from contextlib import suppress
from typing import Any

from peewee import Database, MySQLDatabase, PostgresqlDatabase

_SECONDS = 1
"""Seconds that a server has to accept the order. A server that doesn't is frozen: its connection is cut off."""


def interrupt(database: Database) -> None:
    """End every statement of all its connections. A wait for SQLite's lock ends when it next looks."""
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
    """From now on, wait only a moment for other processes' locks."""
    known: Any = database
    known.lock_seconds = 1


def _end_in_postgres(connection: Any) -> None:
    try:
        connection.cancel_safe(timeout=_SECONDS)
    except Exception:  # noqa: BLE001 - for any reason why the server doesn't hear it
        _cut_off(connection.fileno())


def _end_in_mysql(database: Any, connection: Any) -> None:
    try:
        with database.another(_SECONDS) as other, other.cursor() as cursor:
            cursor.execute(f"KILL QUERY {connection.thread_id():d}")
    except Exception:  # noqa: BLE001 - for any reason why the server doesn't hear it
        _cut_off(connection._sock.fileno())  # noqa: SLF001 - PyMySQL has no other way


def _cut_off(descriptor: int) -> None:
    """Shut the connection down: a thread that waits for its next byte sees the end."""
    with socket.socket(fileno=socket.dup(descriptor)) as found:
        found.shutdown(socket.SHUT_RDWR)
