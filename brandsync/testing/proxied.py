"""The proxy between a backend over HTTP and its server."""

from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from typing import Any, ClassVar, Final, TypeVar

import pytest

from brandsync.testing.faults import Fault
from brandsync.testing.proxy import FaultProxy

PATIENCE: Final = "20s"
"""The time-out if every answer comes. A busy machine answers late, and that is no fault."""

Test = TypeVar("Test", bound=Callable[..., object])


def struck_by(faults: Collection[Fault]) -> Callable[[Test], Test]:
    """Run a test once for each of these faults that its class tries."""

    def mark(test: Test) -> Test:
        test.__dict__["struck_by"] = faults
        return test

    return mark


class Proxied:
    """A test class whose backend may be reached over HTTP. Its fixture ``settings`` gives the backend's section."""

    url_setting: ClassVar[str | None] = None
    """The setting with the server's URL: faults are injected on the way there. None: the backend doesn't use HTTP."""
    faults: ClassVar[Collection[Fault]] = frozenset(Fault)
    """The faults to try. ``OF_A_BACKEND`` is enough if other tests prove the same HTTP client."""

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run each test that is ``struck_by`` faults with those to try. Without a URL, one fault stands for all."""
        struck = getattr(metafunc.function, "struck_by", None)
        if struck is not None:
            tried = [fault for fault in struck if fault in self.faults]
            metafunc.parametrize("fault", tried if self.url_setting else tried[:1])

    @pytest.fixture
    def proxy(self, settings: dict[str, Any]) -> Iterator[FaultProxy | None]:
        """The proxy between the backend and its server, or none."""
        with ExitStack() as stack:
            url = settings[self.url_setting] if self.url_setting else None
            yield stack.enter_context(FaultProxy(url)) if url else None

    @pytest.fixture
    def proxied(self, settings: dict[str, Any], proxy: FaultProxy | None) -> dict[str, Any]:
        """The backend's section, which leads through the proxy if there is one."""
        return settings | ({self.url_setting: proxy.url} if self.url_setting and proxy else {})

    @pytest.fixture
    def section(self, request: pytest.FixtureRequest, proxied: dict[str, Any]) -> dict[str, Any]:
        """The backend's section for this test. Its `timeout` is short only if an answer never comes."""
        if "timeout" not in proxied or fault_of(request) in {Fault.TIMEOUT_BEFORE, Fault.TIMEOUT_AFTER}:
            return proxied
        return proxied | {"timeout": PATIENCE}

    @pytest.fixture
    def faulty(self, request: pytest.FixtureRequest) -> FaultProxy:
        """The proxy. Without one there is nothing to test, and nothing is set up."""
        if self.url_setting is None:
            pytest.skip("the test class names no `url_setting`: the backend isn't reached over HTTP")
        proxy: FaultProxy = request.getfixturevalue("proxy")
        return proxy


def fault_of(request: pytest.FixtureRequest) -> Fault | None:
    """The fault that a test is about, or none."""
    case = getattr(request.node, "callspec", None)
    fault = case.params.get("fault") if case else None
    return fault if isinstance(fault, Fault) else None
