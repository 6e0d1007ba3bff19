"""Keeps a server's pace: a number of requests in each second, if the server doesn't say when a second begins.

Never more than the limit are sent in any window, wherever the server's own windows begin. A request makes room for
another one a whole window after its answer: nobody knows when the server counted it before that.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock

from brandsync.backend import Rate
from brandsync.http.quota import number
from brandsync.interruptible import NAP, wait_while


@dataclass(frozen=True, slots=True)
class PaceHeaders:
    """What a server's headers say about its pace, each by its name if there is one; and what only its documents say."""

    limit: str = ""
    """How many requests a window allows."""
    left: str = ""
    """How many of them are left, after other clients' requests too; a server may leave this out."""
    reset: str = ""
    """On a 429, how many seconds to wait."""
    seconds: float = 1.0
    """The seconds of a window: no header says so."""
    documented: int | None = None
    """How many requests a window allows, until a header gives another number."""


class Pace:
    """The pace of one server. Thread-safe; used like a ``Quota``."""

    def __init__(self, headers: PaceHeaders) -> None:
        self._headers = headers
        self._lock = Lock()
        self._limit = headers.documented
        self._under_way = 0
        self._counted: deque[_Counted] = deque()
        """Our own answered requests that the server may still count."""
        self._others: deque[tuple[float, int]] = deque()
        """Other clients' requests, from the answers: until when they may count, and how many they are."""

    @property
    def rate(self) -> Rate | None:
        """What the server allows, by its last answer or its documents; none if neither says so."""
        return Rate(self._limit, self._headers.seconds) if self._limit else None

    def take(self, should_stop: Callable[[], bool]) -> int:
        """Wait until one more request fits the pace; returns the moment, in nanoseconds, for ``learn``.

        Raises:
            Interrupted: the run was asked to stop while it waited.
        """
        wait_while(self._try, should_stop, "it waited for the server's pace")
        return time.monotonic_ns()

    def learn(self, sent: int, headers: Mapping[str, str] | None) -> None:
        """A request has ended, with an answer that has these headers, or without an answer."""
        told = headers or {}
        with self._lock:
            self._under_way -= 1
            now = self._now()
            seconds = self._headers.seconds
            # Our request that the server may no longer count must not hide another client's request.
            ours = 1 + self._under_way + sum(request.surely > now for request in self._counted)
            self._counted.append(_Counted(until=now + seconds, surely=sent / 1e9 + seconds))
            self._limit = number(told.get(self._headers.limit)) or self._limit
            left = number(told.get(self._headers.left))
            if self._limit and left is not None:
                self._others.append((now + seconds, self._limit - left - ours))

    def wait_of(self, headers: Mapping[str, str]) -> float | None:
        """The seconds that a 429 asks to wait, by these headers, or none; a whole window if only documents name one."""
        reset = number(headers.get(self._headers.reset))
        if reset is None and not self._headers.reset and self._headers.documented:
            return self._headers.seconds
        return None if reset is None else float(reset)

    def _try(self) -> float:
        """Take one request and return 0, or return the seconds until there may be one."""
        with self._lock:
            now = self._now()
            others = max([0, *(count for _, count in self._others)])
            if self._limit and len(self._counted) + self._under_way + others >= self._limit:
                ends = [request.until for request in self._counted] + [until for until, _ in self._others]
                return min(ends, default=now + NAP) - now
            self._under_way += 1
            return 0.0

    def _now(self) -> float:
        """The current time, after everything is dropped that no longer counts."""
        now = time.monotonic()
        while self._counted and self._counted[0].until <= now:
            self._counted.popleft()
        while self._others and self._others[0][0] <= now:
            self._others.popleft()
        return now


@dataclass(frozen=True, slots=True)
class _Counted:
    """An answered request. Nobody knows when, between sending and answer, the server counted it."""

    until: float
    """When it certainly no longer counts, by the monotonic clock, in seconds."""
    surely: float
    """Until when it certainly counts."""
