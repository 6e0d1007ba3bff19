"""Keeps a server's quota, so that it is never used up: the answers say how much is left, and for how long.

All threads that talk to one server share it. It knows nothing before the first answer, and never waits if a server
gives no quota.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Final

from brandsync.backend import Rate
from brandsync.interruptible import wait_while

_LONGEST: Final = 600_000
"""Milliseconds. A longer window is a mistake: nobody should wait for days because a header says so."""


@dataclass(frozen=True, slots=True)
class QuotaHeaders:
    """The names of the headers that give a server's quota; their times are in milliseconds."""

    left: str
    """How many requests are left in this window."""
    reset: str
    """How long this window lasts from now. On a 429, how long to wait."""
    quota: str
    """How many requests a window allows."""
    window: str
    """How long a window is."""


class Quota:
    """What is left of one server's quota. Thread-safe."""

    def __init__(self, headers: QuotaHeaders | None) -> None:
        self._headers = headers
        self._lock = Lock()
        self.rate: Rate | None = None
        """What the server allows, by its last answer; none if it doesn't say."""
        self._left = 0
        self._ends = 0.0
        """When the window ends, by the monotonic clock, in seconds."""
        self._under_way = 0
        self._windows = 0
        """How many windows have begun."""

    def take(self, should_stop: Callable[[], bool]) -> int:
        """Take one request from the quota; if nothing is left, wait for the next window first.

        Returns the number of the window that it was taken from, for ``learn``.

        Raises:
            Interrupted: the run was asked to stop while it waited.
        """
        wait_while(self._try, should_stop, "it waited for the server's next quota")
        return self._windows

    def learn(self, window: int, headers: Mapping[str, str] | None) -> None:
        """A request has ended, with an answer that has these headers, or without an answer."""
        with self._lock:
            self._under_way -= 1
            told = self._told(headers or {})
            if told is None:
                return
            left, ends, rate = told
            if self.rate is None or ends - self._ends > rate.seconds / 2:
                self._begin(left - self._under_way, ends)
            elif window == self._windows:
                # Answers overtake each other: the lowest count is the true one. It includes other clients' requests.
                self._left, self._ends = min(self._left, left), ends
            self.rate = rate

    def wait_of(self, headers: Mapping[str, str]) -> float | None:
        """The seconds that a 429 asks to wait, by these headers, or none."""
        reset = number(headers.get(self._headers.reset)) if self._headers else None
        return None if reset is None else reset / 1000

    def _try(self) -> float:
        """Take one request and return 0, or return the seconds until there may be one again."""
        with self._lock:
            now = time.monotonic()
            if self.rate and now >= self._ends:
                self._begin(int(self.rate.count), now + self.rate.seconds)
            if self.rate and self._left <= 0:
                return self._ends - now
            self._left -= 1
            self._under_way += 1
            return 0.0

    def _begin(self, left: int, ends: float) -> None:
        self._left, self._ends = left, ends
        self._windows += 1

    def _told(self, headers: Mapping[str, str]) -> tuple[int, float, Rate] | None:
        """How many requests are left, when the window ends, and the rate."""
        if self._headers is None:
            return None
        names = (self._headers.left, self._headers.reset, self._headers.quota, self._headers.window)
        left, reset, quota, window = (number(headers.get(name)) for name in names)
        if left is None or reset is None or not quota or not window or max(reset, window) > _LONGEST:
            return None
        return left, time.monotonic() + reset / 1000, Rate(quota, window / 1000)


def number(text: str | None) -> int | None:
    """The number in a header; none for anything else."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else None
