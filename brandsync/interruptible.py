"""Work that nobody has to wait for: the caller can give it up at any moment.

A thread that looks up a name, connects, or waits for the next byte cannot be interrupted. So a helper thread does
that. Once given up, it ends by itself some time later, or with the process.
"""

import _thread
import math
import time
from collections.abc import Callable
from functools import partial
from queue import Empty, SimpleQueue
from typing import Final, Generic, NoReturn, TypeVar

from brandsync.errors import STOPPED, Interrupted

Answer = TypeVar("Answer")

NAP: Final = 0.1
"""Seconds between two checks whether the run was asked to stop."""

GRACE: Final = 2.0
"""Seconds that current work has once the run is asked to stop. If it ends by then, it need not be read back."""


class Overdue(Exception):
    """The work has not ended within its total time."""


class Stop:
    """Whether the run was asked to stop, and how long current work may go on. Asked from any thread."""

    def __init__(self, asked: Callable[[], bool] = lambda: False) -> None:
        self.asked = asked
        self._until = math.inf

    def require_time(self, when: str) -> None:
        """Called before work begins, and while it is waited for.

        Raises:
            Interrupted: the run was asked to stop, ``GRACE`` ago or more; ``when`` says what it was doing.
        """
        if not self.asked():
            return
        now = time.monotonic()
        self._until = min(self._until, now + GRACE)
        if now >= self._until:
            raise Interrupted(f"{STOPPED} {when}")


def wait_while(left: Callable[[], float], should_stop: Callable[[], bool], why: str) -> None:
    """Wait until ``left`` gives no more seconds; it is called again and again.

    Raises:
        Interrupted: the run was asked to stop while it waited; ``why`` says what it waited for.
    """
    while (seconds := left()) > 0:
        if should_stop():
            raise Interrupted(f"{STOPPED} while {why}")
        time.sleep(min(seconds, NAP))


class Wait(Generic[Answer]):
    """Waits for one piece of work."""

    def __init__(self, what: str, stop: Stop | None = None, *, seconds: float = math.inf) -> None:
        """``seconds``: the total time for the work."""
        self.given_up = False
        self._what = what
        self._stop = stop or Stop()
        self._until = time.monotonic() + seconds
        self._outcome: SimpleQueue[Callable[[], Answer]] = SimpleQueue()

    def result(self) -> Answer:
        """What the helper's work returns or raises.

        Raises:
            Interrupted: the run was asked to stop.
            Overdue: it takes too long.
        """
        try:
            while True:
                self._stop.require_time(f"while it waited for {self._what}")
                if time.monotonic() >= self._until:
                    raise Overdue
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


class Helpers:
    """The threads that work for others: as many as there is work at once."""

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
        """Take back a helper whose work is done. Returns whether it should wait for more."""
        self._idle.append(helper)
        return not self._closed

    def close(self) -> None:
        """Let the helpers end: the idle ones now, the others after their work."""
        self._closed = True
        while self._idle:
            self._idle.pop().tasks.put(None)


class _Helper:
    """A thread that the end of the process does not wait for.

    ``threading.Thread`` starts in many steps of Python, and a signal that stops a run raises in the midst of them: then
    it loses count of its own threads. This start is one step.
    """

    def __init__(self, done: Callable[["_Helper"], bool]) -> None:
        self.tasks: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._done = done
        _thread.start_new_thread(self._run, ())

    def _run(self) -> None:
        while task := self.tasks.get():
            task()
            del task  # it holds the answer
            if not self._done(self):
                return


def _raise(error: BaseException) -> NoReturn:
    raise error
