"""SIGTERM, SIGHUP and Ctrl-C. Reading stops at once. Writing stops within seconds, and is taken back."""

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from types import FrameType, TracebackType
from typing import Any, Final, Self

from brandsync.errors import STOPPED, BrandsyncError, Interrupted, LeaseLost, TryAgainLater

_log = logging.getLogger(__name__)
_SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
_PATIENCE: Final = 2.0
"""Seconds that a database statement has to end by itself once the run is asked to stop."""
_STOPPING: Final = "stops, and what this run has written is taken back"


class Signals:
    """While it is entered, a signal asks the run to stop. A further signal is answered, and changes nothing."""

    def __init__(self, interrupt: Callable[[], None] = lambda: None) -> None:
        """``interrupt`` ends the databases' current statements. It is called in another thread."""
        self.state: Callable[[], str] = lambda: _STOPPING
        """What goes on when the run doesn't only read, as the end of a sentence. It is said at each signal."""
        self._interrupt = interrupt
        self._received: int | None = None
        self._reading = False
        self._until_interrupt: float | None = None
        self._lock = threading.Lock()
        self._heard: SimpleQueue[int | None] = SimpleQueue()
        self._previous: dict[int, Any] = {}
        self._thread = threading.Thread(target=self._answer, name="signals", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.install()
        return self

    def install(self) -> None:
        """Handle signals from now on, and take over those that an outer ``Signals`` has received."""
        for number in _SIGNALS:
            previous = signal.getsignal(number)
            if previous is signal.SIG_IGN and number == signal.SIGHUP:
                continue  # nohup
            outer = getattr(previous, "__self__", None)
            if isinstance(outer, Signals):
                outer.leave_to(self)
            self._previous[number] = signal.signal(number, self._receive)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
            outer = getattr(handler, "__self__", None)
            if isinstance(outer, Signals) and self._received:
                outer.note(self._received)
        self._heard.put(None)
        self._thread.join(1)

    def leave_to(self, within: "Signals") -> None:
        """Leave signals to an inner ``Signals``, even one that has come. How the inner work ends is what counts."""
        self._reading = False
        if self._received:
            within.note(self._received)

    def note(self, number: int) -> None:
        """Note a signal that has come and was answered."""
        self._received = self._received or number

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self._received = self._received or number
        if self._reading:
            self._reading = False
            self.check()
        self._heard.put(number)

    def requested(self) -> bool:
        """Whether the run has been asked to stop."""
        return self._received is not None

    def check(self) -> None:
        """Stop here if the run was asked to.

        Raises:
            Interrupted: a signal has come.
        """
        if self._received is not None:
            raise self._interrupted(self._received)

    def cause(self, error: BrandsyncError) -> BrandsyncError:
        """Why the work failed: the signal, if one has come and the error may be its consequence."""
        if self._received is None or isinstance(error, LeaseLost):
            return error
        is_consequence = isinstance(error, TryAgainLater) or type(error) is BrandsyncError
        what = error.message.removeprefix(STOPPED) if isinstance(error, Interrupted) else ""
        return self._interrupted(self._received, what) if is_consequence else error

    @contextmanager
    def reading(self) -> Iterator[None]:
        """A block that writes nothing, and may be left at any moment.

        Raises:
            Interrupted: a signal has come, whatever error the interrupted code made of it.
        """
        self._reading = True
        try:
            self.check()
            yield
        except LeaseLost:
            raise
        except Exception:
            self.check()
            raise
        finally:
            self._reading = False

    def taking_back(self, state: Callable[[], str]) -> None:
        """From now on, what was written is taken back. No signal stops that, and no statement is ended any more."""
        with self._lock:
            self._interrupt = lambda: None
        self.state = state

    def _interrupted(self, number: int, what: str = "") -> Interrupted:
        name = signal.Signals(number).name
        error = Interrupted(f"{name} asked this run to stop{'' if what.startswith(name) else what}")
        if number == signal.SIGINT:
            error.exit_code = 130
        return error

    def _answer(self) -> None:
        """Say at once what each signal does, and make sure that no database statement holds the run up."""
        while True:
            try:
                number = self._heard.get(timeout=self._left())
            except Empty:
                self._end_statements()
                continue
            if number is None:
                return
            _log.warning("%s: %s", signal.Signals(number).name, self.state())
            self._until_interrupt = self._until_interrupt or time.monotonic() + _PATIENCE

    def _left(self) -> float | None:
        return None if self._until_interrupt is None else max(0.1, self._until_interrupt - time.monotonic())

    def _end_statements(self) -> None:
        self._until_interrupt = time.monotonic() + 1
        with self._lock:
            self._interrupt()
