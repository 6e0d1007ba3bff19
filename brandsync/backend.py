"""What a CMS and a store have in common: settings, a name, a check, and the clients that they send requests with."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from brandsync.finding import Finding


@dataclass(frozen=True, slots=True)
class Rate:
    """How many requests a server takes in how long; or points, where requests cost as many as they are worth."""

    count: float
    seconds: float
    unit: str = "request"
    """What is counted: ``request`` or ``point``."""

    def seconds_for(self, count: float) -> float:
        """How long so many take at this rate."""
        return count * self.seconds / self.count


class Client(Protocol):
    """Something that sends requests, such as ``brandsync.http.HttpClient``."""

    requests: int
    """How many it has sent."""
    before_write: Callable[[], None]
    """It calls this just before each request that may write, from any thread.

    It raises where another run has taken over. A run may be stopped at any moment, for minutes, and go on in the middle
    of a call that makes several requests.
    """

    @property
    def rate(self) -> Rate | None:
        """How many requests its server takes in how long; none where nothing is known."""

    def stop_when(self, should_stop: Callable[[], bool], /) -> None:
        """It repeats nothing any more once this is true, and soon waits for nothing. Asked from any thread."""

    def close(self) -> None:
        """It closes its connections."""


class Backend(ABC):
    """A CMS or a store. Built from its settings alone; opens nothing before the first call.

    What it sends requests with is in ``clients``: the engine stops, guards, counts and closes these.
    """

    verified: ClassVar[str] = ""
    """What it was tested against, and when: ``a real Acme 2.1, 2026-11``. Nothing where nobody says."""
    clients: Sequence[Client] = ()
    """All that it sends requests with; the last one writes."""

    def __init__(self, settings: Any) -> None:
        self.settings = settings

    def where(self) -> str:
        """Which one this is, for people and for the journal: without credentials."""
        return self.settings.backend  # type: ignore[no-any-return]

    @abstractmethod
    def check(self) -> Iterator[Finding]:
        """Reach it, and say what is there and what is missing. Writes nothing."""

    @property
    def requests(self) -> int:
        """How many requests it has sent."""
        return sum(client.requests for client in self.clients)

    @property
    def rate(self) -> Rate | None:
        """How many requests it takes for writing in how long, as its answers have told; none where nothing is known."""
        return self.clients[-1].rate if self.clients else None

    def stop_when(self, asked: Callable[[], bool]) -> None:
        """Stop repeating calls once this is true: the run has been asked to stop."""
        for client in self.clients:
            client.stop_when(asked)

    def guard_writes(self, confirm: Callable[[], None]) -> None:
        """Call this just before each request that may write, and before each commit."""
        for client in self.clients:
            client.before_write = confirm

    def close(self) -> None:
        """Let go of connections and files."""
        for client in self.clients:
            client.close()
