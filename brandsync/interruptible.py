"""Work for which nobody has to wait: whoever asked for it can give it up at any moment.

A thread that looks a name up, connects, or waits for the next byte cannot be interrupted. So a helper does that, a
thread that ends by itself some time after it was given up, or with the process.
"""

import math
import threading
import time
from collections.abc import Callable
from functools import partial
from queue import Empty, SimpleQueue
from typing import Final, Generic, NoReturn, TypeVar

from brandsync.errors import Interrupted

Answer = TypeVar("Answer")

NAP: Final = 0.1
"""Seconds between two looks at whether the run was asked to stop."""

GRACE: Final = 3.0
"""Seconds that a write under way has for its answer once the run is asked to stop: then what it did is known."""


class Overdue(Exception):
    """The work has not ended in the time that it has in all."""


class Wait(Generic[Answer]):
    """The waiting for one piece of work."""

    def __init__(
        self,
        what: str,
        *,
        seconds: float = math.inf,
        should_stop: Callable[[], bool] = lambda: False,
        writes: bool = False,
    ) -> None:
        """``seconds``: the time that it has in all; ``should_stop``: whether the run was asked to stop."""
        self.given_up = False
        self._what = what
        self._until = time.monotonic() + seconds
        self._should_stop = should_stop
        self._grace = GRACE if writes else 0.0
        self._stops = False
        self._outcome: SimpleQueue[Callable[[], Answer]] = SimpleQueue()

    def result(self) -> Answer:
        """What the helper's work returns or raises.

        Raises:
            Interrupted: the run was asked to stop.
            Overdue: it takes too long.
        """
        try:
            while True:
                self._look()
                try:
                    return self._outcome.get(timeout=NAP)()
                except Empty:
                    continue
        finally:
            self.given_up = True

    def work(self, work: Callable[[], Answer]) -> None:
        """Do the work; called by the helper."""
        try:
            answer = work()
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            self._outcome.put(partial(_raise, error))
        else:
            self._outcome.put(lambda: answer)

    def require_wanted(self) -> None:
        """Called by the helper now and then.

        Raises:
            Overdue: nobody waits any more.
        """
        if self.given_up:
            raise Overdue

    def _look(self) -> None:
        """Give up where it is time."""
        now = time.monotonic()
        if not self._stops and self._should_stop():
            self._stops = True
            self._until = min(self._until, now + self._grace)
        if now < self._until:
            return
        if self._stops:
            raise Interrupted(f"the run was asked to stop while it waited for {self._what}")
        raise Overdue


class Helpers:
    """The threads that work for others; as many as work at once."""

    def __init__(self) -> None:
        self._idle: list[_Helper] = []
        self._closed = False

    def start(self, wait: Wait[Answer], work: Callable[[], Answer]) -> Wait[Answer]:
        """Have a helper do some work."""
        try:
            helper = self._idle.pop()
        except IndexError:
            helper = _Helper(self.take_back)
        helper.tasks.put(partial(wait.work, work))
        return wait

    def take_back(self, helper: "_Helper") -> bool:
        """Whether a helper that has done its work is to wait for more."""
        self._idle.append(helper)
        return not self._closed

    def close(self) -> None:
        """Let them end: the idle ones now, the others when they have done their work."""
        self._closed = True
        while self._idle:
            self._idle.pop().tasks.put(None)


class _Helper(threading.Thread):
    """A daemon: the end of the process does not wait for it."""

    def __init__(self, done: Callable[["_Helper"], bool]) -> None:
        super().__init__(name="helper", daemon=True)
        self.tasks: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._done = done
        self.start()

    def run(self) -> None:
        while task := self.tasks.get():
            task()
            del task  # it holds the answer
            if not self._done(self):
                return


def _raise(error: BaseException) -> NoReturn:
    raise error
