"""A backend whose calls are watched: they are noted, and a test may act just before or after one."""

from collections.abc import Callable, Sequence
from functools import partial, wraps
from threading import Lock, local
from typing import Any, Final, TypeVar

from brandsync.cms.interface import Cms
from brandsync.stores.interface import BrandStore
from brandsync.testing.contract import own_errors

Backend = TypeVar("Backend", Cms, BrandStore)

STORE_READS: Final = ("list_brands", "get_brands")
STORE_WRITES: Final = ("create_brands", "update_brands", "delete_brands", "uncreate_brands", "restore_brands")
CMS_READS: Final = ("retrieve_brands",)
LINK_CALLS: Final = {"write": "write_links", "pending": "pending_links", "refusal": "link_refusal"}
"""The methods of a CMS's ``links``, each with the name of its calls here."""
WRITES: Final = frozenset((*STORE_WRITES, "write_links"))


class Died(BaseException):
    """The process has died: nothing runs after it, as with ``kill -9``."""


class Watch:
    """The calls that a backend got, and what should happen at its next calls."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        """The methods that were called from outside, in order."""
        self.asked = 0
        """How many requests the guard of ``guard_writes`` was asked for, since an act before a request was set."""
        self._request: object = None
        self._acts: dict[tuple[str, str], Callable[[], object]] = {}
        self._at_request: tuple[int, Callable[[], object]] | None = None
        self._dead = False
        self._inside = local()
        self._lock = Lock()

    @property
    def writes(self) -> list[str]:
        """The calls that write."""
        return [name for name in self.calls if name in WRITES]

    def before(self, method: str, act: Callable[[], object]) -> None:
        """Act before the next call of a method, once."""
        self._acts[method, "before"] = act

    def after(self, method: str, act: Callable[[], object]) -> None:
        """Act after the next call of a method has been carried out, once."""
        self._acts[method, "after"] = act

    def dies(self, moment: str, method: str) -> None:
        """Let the run die ``before`` or ``after`` the next call of a method."""
        self._acts[method, moment] = _die

    def before_request(self, nth: int, act: Callable[[], object]) -> None:
        """Act once, just before the ``nth`` request from now that may write: when the backend asks its guard."""
        self.asked, self._at_request = 0, (nth, act)

    def dies_before_request(self, nth: int) -> None:
        """Let the run die just before the ``nth`` request from now that may write. No request goes out after it."""
        self.before_request(nth, self._dies)

    @property
    def is_before_request(self) -> bool:
        """Whether the awaited request hasn't come yet."""
        return self._at_request is not None

    def clear(self) -> None:
        """Forget the calls, and what should still happen."""
        self.calls.clear()
        self._acts.clear()
        self._at_request, self._dead = None, False

    @property
    def waiting(self) -> Sequence[str]:
        """The methods with an act that were not called."""
        return [method for method, _ in self._acts]

    def around(self, name: str, method: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """One call. Calls that a backend makes to itself don't count."""
        if getattr(self._inside, "busy", False):
            return method(*arguments, **named)
        with self._lock:
            self.calls.append(name)
        self._act(name, "before")
        self._inside.busy = True
        try:
            with own_errors(method):
                answer = method(*arguments, **named)
        finally:
            self._inside.busy = False
        self._act(name, "after")
        return answer

    def guarded(self, confirm: Callable[[], None], requests: Callable[[], int]) -> Callable[[], None]:
        """A guard that lets the test act before it confirms. ``requests`` gives the number of requests so far."""

        def asked() -> None:
            self._ask((confirm, requests() or object()))
            confirm()

        return asked

    def _ask(self, request: object) -> None:
        """HTTP asks for a request's head and again for its body. Until then the server may carry out a short one."""
        with self._lock:
            if request != self._request:
                self.asked, self._request = self.asked + 1, request
            act = None
            if self._at_request and self._at_request[0] == self.asked:
                (_, act), self._at_request = self._at_request, None
        if self._dead:
            raise Died
        if act:
            act()

    def _dies(self) -> None:
        self._dead = True
        raise Died

    def _act(self, name: str, moment: str) -> None:
        with self._lock:
            act = self._acts.pop((name, moment), None)
        if act:
            act()


def watched(backend: type[Backend], watch: Watch) -> type[Backend]:
    """The same backend, watched. An error that isn't one of brandsync's own fails the test."""
    names = (*STORE_READS, *STORE_WRITES) if issubclass(backend, BrandStore) else CMS_READS
    # Not every store has all of these.
    overrides = {name: _watched(getattr(backend, name), watch) for name in names if hasattr(backend, name)}
    overrides["guard_writes"] = _guarded(backend.guard_writes, watch)
    if issubclass(backend, Cms):
        overrides["__init__"] = _linking(backend.__init__, watch)
    return type(backend.__name__, (backend,), {"__doc__": backend.__doc__, **overrides})


def _watched(method: Callable[..., Any], watch: Watch) -> Callable[..., Any]:
    @wraps(method)
    def call(*arguments: Any, **named: Any) -> Any:
        return watch.around(method.__name__, method, *arguments, **named)

    return call


def _linking(build: Callable[..., None], watch: Watch) -> Callable[..., None]:
    def init(cms: Cms, settings: Any) -> None:
        build(cms, settings)
        for method, name in LINK_CALLS.items() if cms.links else ():
            setattr(cms.links, method, partial(watch.around, name, getattr(cms.links, method)))

    return init


def _guarded(method: Callable[..., Any], watch: Watch) -> Callable[..., Any]:
    @wraps(method)
    def guard_writes(backend: Any, confirm: Callable[[], None]) -> None:
        method(backend, watch.guarded(confirm, lambda: backend.requests))

    return guard_writes


def _die() -> None:
    raise Died
