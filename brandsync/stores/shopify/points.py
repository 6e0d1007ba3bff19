"""A bucket of points, used so that it never runs empty: each answer says how much is left and how fast it fills.

A request costs points. The server takes them before it carries the request out, and says how many in its answer
(shopify.dev/docs/api/usage/limits, "Requested and actual cost").
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import RLock
from typing import Any, TypeGuard

from brandsync.http import wait_while
from brandsync.json_reading import at


@dataclass(frozen=True, slots=True)
class Bucket:
    """What the last answer said, and when."""

    most: float
    left: float
    restored: float
    """Points that come back in a second."""
    told_at: float
    """By the monotonic clock, in seconds."""

    def now(self) -> float:
        """How many points are in it now."""
        return min(self.most, self.left + self.restored * (time.monotonic() - self.told_at))


class Points:
    """The points that one app has left in one shop. Thread-safe; before the first answer, nobody has to wait."""

    def __init__(self) -> None:
        self._lock = RLock()
        self.bucket: Bucket | None = None
        self._under_way = 0.0
        self._costs: dict[str, float] = {}
        """The real cost of each kind of request, for each expected point."""

    @property
    def per_second(self) -> float | None:
        """How many points come back in a second; none before the first answer."""
        return self.bucket.restored if self.bucket else None

    def take(self, kind: str, expected: float, should_stop: Callable[[], bool]) -> float:
        """Wait until there are enough points for a request of this kind; returns how many it takes, for ``learn``.

        Raises:
            Interrupted: the run was asked to stop while it waited.
        """
        cost = expected * self._costs.get(kind, 1.0)
        wait_while(lambda: self._try(cost), should_stop, "it waited for the shop's points to be restored")
        return cost

    def learn(self, kind: str, expected: float, taken: float, told: Any) -> None:
        """A request has ended. ``told``: the ``extensions.cost`` of its answer; none if there was no answer."""
        requested, bucket = at(told, "requestedQueryCost"), _bucket(at(told, "throttleStatus"))
        with self._lock:
            self._under_way -= taken
            if bucket:
                self.bucket = bucket
            if _is_number(requested):
                self._costs[kind] = requested / expected

    def wait_for(self, cost: float) -> float:
        """The seconds until there are this many points, or the bucket is full."""
        with self._lock:
            bucket = self.bucket
            return (min(cost, bucket.most) + self._under_way - bucket.now()) / bucket.restored if bucket else 0.0

    def _try(self, cost: float) -> float:
        """Take this many points and return 0, or return the seconds until there are enough."""
        with self._lock:
            wait = self.wait_for(cost)
            if wait <= 0:
                self._under_way += cost
            return wait


def _bucket(told: Any) -> Bucket | None:
    most, left, restored = (at(told, name) for name in ("maximumAvailable", "currentlyAvailable", "restoreRate"))
    if not (_is_number(most) and _is_number(left) and _is_number(restored) and most > 0 and restored > 0):
        return None
    return Bucket(most, left, restored, time.monotonic())


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")
