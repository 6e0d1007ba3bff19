"""What a CMS and a store share: settings, a name, a check, and the clients that send their requests."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that ``brandsync check`` looked at."""

    ok: bool
    what: str
    """What was looked at, and its state: ``GET https://cms.example.com/brands answers 200``."""
    fix: str | None = None
    """What to do about it, if it isn't as it should be."""
    links: bool = False
    """It is only about writing external ids. If links are kept in the journal, it doesn't matter."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How many requests a server takes in how many seconds. Or points, where requests differ in cost."""

    count: float
    seconds: float
    unit: str = "request"
    """What is counted: ``request`` or ``point``."""

    def seconds_for(self, count: float) -> float:
        """How many seconds ``count`` requests or points take at this rate."""
        return count * self.seconds / self.count


class Client(Protocol):
    """Something that sends requests, such as ``brandsync.http.HttpClient``."""

    requests: int
    """How many requests it has sent."""
    before_write: Callable[[], None]
    """The client calls this just before each request that may write, from any thread.

    It raises if another run has taken over. A run may pause for minutes at any moment, and go on in the middle of a
    call that makes several requests.
    """

    @property
    def rate(self) -> Rate | None:
        """How many requests its server takes in how many seconds; none if nothing is known."""

    def stop_when(self, should_stop: Callable[[], bool], /) -> None:
        """Repeat nothing any more once this is true, and soon stop waiting. It is called from any thread."""

    def close(self) -> None:
        """Close its connections."""


class Backend(ABC):
    """A CMS or a store. It is built from its settings alone, and opens nothing before the first call.

    ``clients`` send its requests. The engine stops, guards, counts and closes them.
    """

    verified: ClassVar[str] = ""
    """What it was tested against, and when: ``a real Acme 2.1, 2026-11``. Empty if nobody says."""
    clients: Sequence[Client] = ()
    """All clients that send its requests. The last one writes."""

    def __init__(self, settings: Any) -> None:
        self.settings = settings

    def where(self) -> str:
        """Which one this is, for people and for the journal, without credentials."""
        return self.settings.backend  # type: ignore[no-any-return]

    @abstractmethod
    def check(self) -> Iterator[Finding]:
        """Reach the server, and say what is there and what is missing. Writes nothing."""

    @property
    def requests(self) -> int:
        """How many requests it has sent."""
        return sum(client.requests for client in self.clients)

    @property
    def rate(self) -> Rate | None:
        """How many writing requests it takes in how many seconds, as its answers say; none if nothing is known."""
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
