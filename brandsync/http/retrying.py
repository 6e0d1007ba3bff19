"""How long a call is repeated, and how a server's ``Retry-After`` makes all threads wait."""

import logging
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from threading import Lock
from typing import Final, TypeVar

import stamina
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

from brandsync.errors import BrandsyncError
from brandsync.interruptible import Stop, wait_while

_log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

FIRST_WAIT: Final = 0.1
LONGEST_WAIT: Final = 5.0
_LONGEST_RETRY_AFTER: Final = 100 * 365 * 86_400.0
"""Seconds. A ``Retry-After`` beyond a century is a mistake."""
QUIET: Final = 5.0
"""For this many seconds after a warning about a retry, no thread writes another for the same server."""


class Failed(Exception):
    """One attempt failed."""

    def __init__(self, error: BrandsyncError, *, again: bool = False, after: float | None = None) -> None:
        """``again``: another attempt is safe and may succeed; ``after``: the seconds that the server asks to wait."""
        super().__init__(error.message)
        self.error = error
        self.again = again
        self.after = after
        self.tell: Callable[[], None] = lambda: None
        """Logs when the next attempt comes, once that is certain."""


def _tell(details: RetryDetails) -> None:
    if isinstance(details.caused_by, Failed):
        details.caused_by.tell()


# Stamina's own line doesn't say what failed. And structlog, if it is installed, writes to stdout, where our JSON goes.
set_on_retry_hooks([_tell])


class Retries:
    """Repeats calls. Shared by all threads that talk to one server.

    A call is repeated for ``retry_for`` seconds after its first failure. If the server says when to come back, it is
    ``retry_limit`` seconds. A run that is asked to stop ends all waiting early.
    """

    def __init__(self, retry_for: float, retry_limit: float, should_stop: Callable[[], bool] = lambda: False) -> None:
        self.retry_for = retry_for
        self.retry_limit = retry_limit
        self.stop = Stop(should_stop)
        """Once the run is asked to stop, nothing is repeated any more, and soon nothing begins."""
        self._lock = Lock()
        self._not_before = 0.0
        self._told = -QUIET

    def run(self, attempt: Callable[[], Answer]) -> Answer:
        """Return what ``attempt`` returns in the end; after the last ``Failed``, raise the error in it.

        Raises:
            Interrupted: the run was asked to stop.
        """
        stop = self.stop
        budget = _Budget(self, stop)
        try:
            for trial in stamina.retry_context(on=budget.wait, attempts=None, timeout=None):  # pragma: no branch
                with trial:
                    stop.require_time("before its next request")
                    wait_while(self._held_back, self.asked_to_stop, "a server had asked it to wait")
                    return attempt()
        except Failed as failed:
            error = failed.error
        # Raised out here so that nothing is chained to it: the errors below may hold a token.
        raise error

    def asked_to_stop(self) -> bool:
        """Whether the run has been asked to stop."""
        return self.stop.asked()

    def hold_back(self, seconds: float) -> None:
        """Let no thread send anything for this many seconds."""
        with self._lock:
            self._not_before = max(self._not_before, time.monotonic() + seconds)

    def tell(self, failure: Failed, wait: float) -> None:
        """Log what failed, and when the next attempt comes."""
        now = time.monotonic()
        with self._lock:
            is_news = now - self._told >= QUIET
            self._told = now if is_news else self._told
        level = logging.WARNING if is_news else logging.DEBUG
        _log.log(level, "%s; it is tried again in %.1f s", failure.error.message, wait)

    def _held_back(self) -> float:
        return self._not_before - time.monotonic()


class _Budget:
    """The time that is left for one call."""

    def __init__(self, retries: Retries, stop: Stop) -> None:
        """``stop``: as it was when the call began. A rollback has its own ``stop``, for its own calls."""
        self._retries = retries
        self._stop = stop
        self._failures = 0
        self._first_failure = 0.0

    def wait(self, failure: Exception) -> bool | float:
        """The seconds until the next attempt, or false if there is none."""
        retries = self._retries
        if not isinstance(failure, Failed) or not failure.again or self._stop.asked():
            return False
        now = time.monotonic()
        self._first_failure = self._first_failure or now
        self._failures += 1
        growing: float = FIRST_WAIT * 2 ** min(self._failures, 10)
        wait = min(LONGEST_WAIT, growing) * random.uniform(0.5, 1.0)  # noqa: S311  jitter, not a secret
        after, limit = (wait, retries.retry_for) if failure.after is None else (failure.after, retries.retry_limit)
        if now - self._first_failure + after > limit:
            return False
        failure.tell = partial(retries.tell, failure, after or wait)
        if failure.after is not None:
            retries.hold_back(failure.after)
        return min(wait, after) or wait


def retry_after(value: str | None, date: str | None) -> float | None:
    """The seconds that a ``Retry-After`` header (RFC 9110, 10.2.3) asks for; none if it is missing or unreadable.

    An HTTP-date is measured from the answer's own ``Date``, so a wrong clock on either side does no harm.
    """
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        until = _moment(value)
        seconds = max((until - (_moment(date) or datetime.now(UTC))).total_seconds(), 0.0) if until else -1.0
    return seconds if 0 <= seconds <= _LONGEST_RETRY_AFTER else None


def _moment(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text or "")
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
