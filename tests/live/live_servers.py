"""The real servers that the workers of one test run share: a test has one for itself, and its last user stops it."""

import fcntl
import time
from contextlib import suppress
from typing import IO, Final

from filelock import FileLock
from live_server import LiveServer

POLL: Final = 0.05
"""Seconds between two looks at a lock that another worker has."""


class LiveServers:
    """The servers that one worker uses."""

    def __init__(self) -> None:
        self._running: dict[type[LiveServer], LiveServer] = {}
        self._users: dict[type[LiveServer], IO[str]] = {}
        """A lock that all workers share which use a server."""
        self._taken: dict[type[LiveServer], FileLock] = {}

    def take(self, kind: type[LiveServer]) -> LiveServer:
        """Have a server installed and running, and to oneself until ``let_go``; waits for who has it now.

        Raises:
            NotHereError: this machine lacks what it needs.
        """
        if kind not in self._running:
            self._running[kind] = self._join(kind())
        server = self._running[kind]
        if kind not in self._taken:
            self._taken[kind] = FileLock(server.lock_file("test"))
            self._taken[kind].acquire(poll_interval=POLL)
        return server

    def let_go(self) -> None:
        """Others may have them."""
        for lock in self._taken.values():
            lock.release()
        if self._taken:
            time.sleep(2 * POLL)  # else who waits for one would wait until our last test of it
        self._taken.clear()

    def close(self) -> None:
        """Stop those that no other worker uses any more."""
        self.let_go()
        for kind, server in self._running.items():
            with self._users[kind] as users, suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                server.down()

    def _join(self, server: LiveServer) -> LiveServer:
        server.up()
        users = server.lock_file("users").open("w")
        fcntl.flock(users, fcntl.LOCK_SH)
        self._users[type(server)] = users
        return server
