"""Fixtures that are made alike: fakes that are served, and backends that are opened and closed."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import pytest
from shop import Shop


class Closes(Protocol):
    """A backend, which holds connections."""

    def close(self) -> None: ...


Opened = TypeVar("Opened", bound=Closes)


def served(start: Callable[[], Any], judge: Callable[[Any], None] = lambda _fake: None) -> Any:
    """The fixture of a fake that holds nothing. When a test is over, ``judge`` looks at what it has seen."""

    @pytest.fixture
    def server() -> Iterator[Any]:
        with start() as fake:
            yield fake
        judge(fake)

    return server


def opened(server: str, open_it: Callable[[Any], Closes]) -> Any:
    """The fixture of the backend of that fake."""

    @pytest.fixture
    def backend(request: pytest.FixtureRequest) -> Iterator[Closes]:
        with closing(open_it(request.getfixturevalue(server))) as opened:
            yield opened

    return backend


@contextmanager
def opener(open_it: Callable[..., Opened]) -> Iterator[Callable[..., Opened]]:
    """Opens backends for a test, which are closed when it is over."""
    with ExitStack() as stack:
        yield lambda *given, **settings: stack.enter_context(closing(open_it(*given, **settings)))


@dataclass(frozen=True)
class Hosted:
    """A hosted backend that a test names, with its fake, and a shop that is synced with it."""

    request: pytest.FixtureRequest
    name: str
    """The backend's, which is that of its fixture."""
    fake: str
    """The fixture of its fake."""
    pipeline: str
    """The fixture of that shop."""

    @property
    def server(self) -> Any:
        """The fake."""
        return self.request.getfixturevalue(self.fake)

    @property
    def backend(self) -> Any:
        """The backend, with the settings of the fake."""
        return self.request.getfixturevalue(self.name)

    @property
    def shop(self) -> Shop:
        """The shop."""
        shop: Shop = self.request.getfixturevalue(self.pipeline)
        return shop
