"""A pace, kept before it is exceeded: so many requests in each second, with no word of when a second begins.

Never more than the limit are sent within one window, wherever the server lets its own windows begin: a request makes
room for another one a whole window after its answer came, since nobody knows when between the two it was counted.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock

from brandsync.backend import Rate
from brandsync.http.quota import number
from brandsync.http.waiting import wait_while
from brandsync.interruptible import NAP


@dataclass(frozen=True, slots=True)
class PaceHeaders:
    """What a server tells of its pace in headers, and what only its documents tell."""

    limit: str | None = None
    """How many requests a window allows."""
    left: str | None = None
    """How many of them are left, other clients' among them; a server may leave this out."""
    reset: str | None = None
    """On a 429, how many seconds to wait."""
    seconds: float = 1.0
    """How long a window is: no header tells."""
    documented: int | None = None
    """How many requests a window allows, until a header says otherwise."""


class Pace:
    """What one server takes at once. Thread-safe, and to be used as a ``Quota``."""

    def __init__(self, headers: PaceHeaders) -> None:
        self._headers = headers
        self._lock = Lock()
        self._limit = headers.documented
        self._under_way = 0
        self._counted: deque[_Counted] = deque()
        """Our own requests that were answered, and may be counted still."""
        self._others: deque[tuple[float, int]] = deque()
        """What the answers told of other clients: until when it may hold, and how many of their requests."""

    @property
    def rate(self) -> Rate | None:
        """What the server allows, as its last answer told or its documents do; none where neither does."""
        return Rate(self._limit, self._headers.seconds) if self._limit else None

    def take(self, should_stop: Callable[[], bool]) -> int:
        """Wait until one more request keeps the pace; returns the moment, in nanoseconds, for ``learn``.

        Raises:
            Interrupted: the run was asked to stop while it waited.
        """
        wait_while(self._try, should_stop, "it waited for the server's pace")
        return time.monotonic_ns()

    def learn(self, sent: int, headers: Mapping[str, str] | None) -> None:
        """A request has ended: with an answer of these headers, or with none at all."""
        told = headers or {}
        with self._lock:
            self._under_way -= 1
            now = self._now()
            seconds = self._headers.seconds
            # A request of ours that the server may no longer count must not hide one of another client.
            ours = 1 + self._under_way + sum(request.surely > now for request in self._counted)
            self._counted.append(_Counted(until=now + seconds, surely=sent / 1e9 + seconds))
            self._limit = _told(told, self._headers.limit) or self._limit
            left = _told(told, self._headers.left)
            if self._limit and left is not None:
                self._others.append((now + seconds, self._limit - left - ours))

    def wait_of(self, headers: Mapping[str, str]) -> float | None:
        """The seconds that a 429 asks to wait by these headers, or none; a window where only documents tell of it."""
        reset = _told(headers, self._headers.reset)
        if reset is None and self._headers.reset is None and self._headers.documented:
            return self._headers.seconds
        return None if reset is None else float(reset)

    def _try(self) -> float:
        """Take one and return 0, or the seconds until there may be one."""
        with self._lock:
            now = self._now()
            others = max([0, *(count for _, count in self._others)])
            if self._limit and len(self._counted) + self._under_way + others >= self._limit:
                ends = [request.until for request in self._counted] + [until for until, _ in self._others]
                return min(ends, default=now + NAP) - now
            self._under_way += 1
            return 0.0

    def _now(self) -> float:
        """The moment, as of which nothing is counted any longer that is past."""
        now = time.monotonic()
        while self._counted and self._counted[0].until <= now:
            self._counted.popleft()
        while self._others and self._others[0][0] <= now:
            self._others.popleft()
        return now


@dataclass(frozen=True, slots=True)
class _Counted:
    """A request that was answered. Nobody knows when between sending and answer the server has counted it."""

    until: float
    """When it is counted no longer, by the monotonic clock, in seconds."""
    surely: float
    """Until when it is surely counted."""


def _told(headers: Mapping[str, str], name: str | None) -> int | None:
    """The number that a header holds, where there is such a header."""
    return number(headers.get(name)) if name else None
