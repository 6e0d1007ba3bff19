"""The numbered points of a run, and dying at one of them: every write that lasts, every commit and every request.

A point is named for what comes next: ``COMMIT``, a statement outside any transaction, ``PATCH /brands/e1``; for each
request there is a second one, ``answered``: the server has carried it out, and nobody has read its answer.
"""

import os
import re
import signal
import sys
from collections.abc import Callable
from threading import Lock
from typing import Any, NoReturn

import httpx
from peewee import Database

END = "END"
"""The last point: the work is done, and its process still there."""

_WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE|CREATE|ALTER|DROP|TRUNCATE)\b", re.IGNORECASE)


class Points:
    """Counts the points of this process, and ends it at one of them, or stops it at each."""

    def __init__(self, fatal: int | None, stop: Callable[[str], None] = lambda _point: None) -> None:
        """``fatal`` is the point to die at, counting from 0; none counts them all. ``stop`` is called at each."""
        self.reached: list[str] = []
        self._fatal = fatal
        self._stop = stop
        self._lock = Lock()

    def reach(self, name: str) -> None:
        """Be at a point. Threads come one by one."""
        with self._lock:
            if len(self.reached) == self._fatal:
                die()
            self.reached.append(name)
            self._stop(name)


def die() -> NoReturn:
    """End this process as ``kill -9`` does: nothing runs any more."""
    os.kill(os.getpid(), signal.SIGKILL)
    while True:
        signal.pause()


def watch(points: Points) -> None:
    """Have the databases and the HTTP client of this process say where they are."""
    _watch_commits(points)
    _watch_statements(points)
    _watch_cursors(points)
    _watch_requests(points)


def _watch_commits(points: Points) -> None:
    commit = Database.commit

    def reached(database: Any) -> None:
        points.reach("COMMIT")
        commit(database)

    Database.commit = reached


def _watch_statements(points: Points) -> None:
    """Those outside a transaction. The others last only once they are committed."""
    execute_sql = Database.execute_sql

    def reached(database: Any, sql: str, *values: Any) -> Any:
        if database.transaction_depth() == 0 and _WRITES.match(sql):
            points.reach(" ".join(sql.replace('"', "").replace("`", "").split()[:4]))
        return execute_sql(database, sql, *values)

    Database.execute_sql = reached


def _watch_cursors(points: Points) -> None:
    """The driver's own cursors, outside a transaction: what they will do isn't known."""
    cursor = Database.cursor

    def reached(database: Any, *arguments: Any) -> Any:
        asker = sys._getframe(1).f_globals["__name__"]
        if database.transaction_depth() == 0 and asker.startswith("brandsync."):
            points.reach(f"a cursor for {asker}")
        return cursor(database, *arguments)

    Database.cursor = reached


def _watch_requests(points: Points) -> None:
    handle = httpx.HTTPTransport.handle_request

    def reached(transport: Any, request: httpx.Request) -> httpx.Response:
        what = f"{request.method} {request.url.path}"
        points.reach(what)
        response = handle(transport, request)
        points.reach(f"{what} answered")
        return response

    httpx.HTTPTransport.handle_request = reached
