"""What the in-memory backends share: how one behaves, and the state that outlives it.

Each run opens its backends anew, so their content lives in a separate state, which is found by name.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import RLock
from typing import ClassVar, Self

from brandsync.errors import Rejected, TryAgainLater


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How an in-memory backend behaves. By default it behaves well."""

    latency: float = 0.0
    """Seconds that each call takes."""
    page_size: int = 100
    """Brands or entries in one page of a listing."""
    batch: int = 50
    """The most that one writing call takes. A larger batch is rejected."""
    busy_every: int | None = None
    """Every n-th call does nothing and raises ``TryAgainLater``; none for never."""
    partial_every: int | None = None
    """Every n-th writing call writes half of its batch and raises ``TryAgainLater``; none for never."""
    visible_after: int = 0
    """After a write, this many listings still show the old content. Reading by id always shows the present one."""
    chooses_ids: bool = True
    """The store takes the ids that its client chooses."""
    compare_and_set: bool = True
    """The store compares and writes in one step."""
    writes_links: bool = True
    """The CMS takes external ids."""
    changed_since: bool = True
    """The CMS can list only what changed."""
    finds_by_id: bool = True
    """The CMS can be asked for entries by their ids."""
    link_threads: int = 4
    """How many calls may write links at once."""


class MemoryState:
    """The content of an in-memory backend, and how often it was called. Safe for threads."""

    _named: ClassVar[dict[str, Self]]

    def __init_subclass__(cls) -> None:
        cls._named = {}

    def __init__(self) -> None:
        self.lock = RLock()
        self.calls = 0
        """Calls of any kind."""
        self.writes = 0
        """Calls that write."""
        self._version = 0
        self._shown = 0
        self._waited = 0

    @classmethod
    def named(cls, name: str) -> Self:
        """The state with this name, empty at first. It lives as long as the process."""
        return cls._named.setdefault(name, cls())

    @contextmanager
    def call(self, behaviour: Behaviour) -> Iterator[None]:
        """One call: it takes its time, may find the server busy, and has the state to itself."""
        time.sleep(behaviour.latency)
        with self.lock:
            self.calls += 1
            if behaviour.busy_every and self.calls % behaviour.busy_every == 0:
                raise TryAgainLater(f"the server in memory is busy at its call {self.calls}")
            yield

    @contextmanager
    def write(self, behaviour: Behaviour, size: int) -> Iterator[int]:
        """One writing call of a batch. Yields how many to carry out. If that isn't all of them, it fails at the end.

        Raises:
            Rejected: the batch is too large.
            TryAgainLater: the server is busy, or has written only a part.
        """
        with self.call(behaviour):
            if size > behaviour.batch:
                raise Rejected(f"a batch of {size} is more than the {behaviour.batch} that a call may write")
            self.writes += 1
            self.changed()
            broken = bool(behaviour.partial_every) and self.writes % (behaviour.partial_every or 1) == 0
            yield (size + 1) // 2 if broken else size
            if broken:
                raise TryAgainLater(f"the server in memory broke off within its write {self.writes}")

    def changed(self) -> None:
        """Note that something was written: ``visible_after`` counts from here."""
        self._version += 1
        self._waited = 0

    def is_fresh(self, behaviour: Behaviour) -> bool:
        """Whether a listing that begins now shows the latest write. Counts the listing."""
        if self._shown != self._version and self._waited < behaviour.visible_after:
            self._waited += 1
            return False
        self._shown = self._version
        return True
