"""What can go wrong with one request: the faults that the proxy injects, and what each means to a client."""

import time
from email.utils import formatdate
from enum import StrEnum
from typing import Final

HTML: Final = b"<!doctype html><title>Maintenance</title><p>We will be back soon.</p>"
"""The page that comes in place of an API's answer."""


class Fault(StrEnum):
    """One way in which a request goes wrong. *Before*: the server never sees it. *After*: it has carried it out."""

    RESET_BEFORE = "reset_before"
    """The connection is reset, and the server never sees the request."""
    RESET_AFTER = "reset_after"
    """The server carries the request out. Instead of an answer, the connection is reset."""
    TIMEOUT_BEFORE = "timeout_before"
    """No answer ever comes, and the server never sees the request."""
    TIMEOUT_AFTER = "timeout_after"
    """The server carries the request out, and no answer ever comes."""
    TRUNCATED = "truncated"
    """Half of the answer's body comes, with the full Content-Length. If there is no body, half of the head comes."""
    ERROR_BEFORE = "error_before"
    """A 500, and the server never sees the request."""
    ERROR_AFTER = "error_after"
    """The server carries the request out, and a 500 comes instead of its answer."""
    TOO_MANY_SECONDS = "too_many_seconds"
    """A 429 that asks to wait a second; the server never sees the request."""
    TOO_MANY_DATE = "too_many_date"
    """A 429 that asks to wait until a date, a second from now; the server never sees the request."""
    TOO_MANY_BARE = "too_many_bare"
    """A 429 without a time to wait; the server never sees the request."""
    UNAUTHORIZED = "unauthorized"
    """A 401, and the server never sees the request."""
    HTML = "html"
    """A 200 with a page for people; the server never sees the request."""
    HTML_AFTER = "html_after"
    """The server carries the request out, and a 200 with a page for people comes instead of its answer."""
    DUPLICATED = "duplicated"
    """The request reaches the server twice; the second answer comes."""
    SLOW = "slow"
    """The right answer drips in, a few bytes at a time."""

    @property
    def applied(self) -> bool:
        """The server carries the request out."""
        return self in _APPLIED

    @property
    def silent(self) -> bool:
        """The client gets a right answer, and can't notice anything."""
        return self in {Fault.DUPLICATED, Fault.SLOW}

    @property
    def transient(self) -> bool:
        """The client sees a failure that is over the next moment: sent again, the request succeeds.

        Whether it is safe to send it again is another question: see ``applied``.
        """
        return not self.silent and self not in {Fault.UNAUTHORIZED, Fault.HTML, Fault.HTML_AFTER}


_APPLIED: Final = frozenset(
    {
        Fault.RESET_AFTER,
        Fault.TIMEOUT_AFTER,
        Fault.TRUNCATED,
        Fault.ERROR_AFTER,
        Fault.HTML_AFTER,
        Fault.DUPLICATED,
        Fault.SLOW,
    }
)
OF_A_BACKEND: Final = frozenset({Fault.RESET_AFTER, Fault.HTML_AFTER, Fault.DUPLICATED, Fault.UNAUTHORIZED})
"""One fault of each kind that a backend itself must handle. If the server never sees a request, the HTTP client
recovers by itself. An answer that was cut off, came too late or was an error is lost as with a reset."""

_JSON: Final = ("Content-Type", "application/json")


def answer_of(fault: Fault) -> tuple[int, list[tuple[str, str]], bytes] | None:
    """The status, headers and body that a fault answers in the server's place, if it does."""
    if fault in {Fault.HTML, Fault.HTML_AFTER}:
        return 200, [("Content-Type", "text/html; charset=utf-8")], HTML
    if fault in {Fault.ERROR_BEFORE, Fault.ERROR_AFTER}:
        return 500, [_JSON], b'{"error": "injected"}'
    if fault is Fault.UNAUTHORIZED:
        return 401, [_JSON, ("WWW-Authenticate", "Bearer")], b'{"error": "injected"}'
    if fault.startswith("too_many"):
        return 429, [_JSON, *_retry_after(fault)], b'{"error": "injected"}'
    return None


def _retry_after(fault: Fault) -> list[tuple[str, str]]:
    if fault is Fault.TOO_MANY_SECONDS:
        return [("Retry-After", "1")]
    if fault is Fault.TOO_MANY_DATE:
        now = int(time.time())
        return [("Date", formatdate(now, usegmt=True)), ("Retry-After", formatdate(now + 1, usegmt=True))]
    return []
