"""SIGTERM and SIGINT: a run stops at the next batch boundary, or at once where it only reads."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Self

from brandsync.errors import Interrupted

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Signals:
    """While it is entered, a signal asks the run to stop; a second one changes nothing."""

    def __init__(self) -> None:
        self._received: int | None = None
        self._reading = False
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> Self:
        for number in _SIGNALS:
            self._previous[number] = signal.signal(number, self._receive)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self._received = self._received or number
        if self._reading:
            self._reading = False
            self.check()

    def requested(self) -> bool:
        """Whether the run has been asked to stop."""
        return self._received is not None

    def check(self) -> None:
        """Stop here, if asked to.

        Raises:
            Interrupted: a signal has come.
        """
        if self._received is None:
            return
        name = signal.Signals(self._received).name
        error = Interrupted(f"{name} asked this run to stop")
        if self._received == signal.SIGINT:
            error.exit_code = 130
        raise error

    @contextmanager
    def reading(self) -> Iterator[None]:
        """A block that writes nothing, and may be left at any moment."""
        self.check()
        self._reading = True
        try:
            yield
        finally:
            self._reading = False
