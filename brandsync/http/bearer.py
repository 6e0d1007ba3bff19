"""A token from a login. It is renewed when it is about to end or is refused."""

import time
from collections.abc import Callable
from threading import Lock
from typing import TypeVar

from brandsync.http.client import HttpClient
from brandsync.http.refusals import RefusedByServer

T = TypeVar("T")


class BearerToken:
    """The current token. Thread-safe."""

    def __init__(self, http: HttpClient, log_in: Callable[[], tuple[str, float]]) -> None:
        """``log_in`` gets a new token, and says when to stop using it, by the monotonic clock, in seconds.

        ``http`` hides the token in everything that the server says.
        """
        self._http = http
        self._log_in = log_in
        self._lock = Lock()
        self._token = ""
        self._until = 0.0

    def signed(self, call: Callable[[str], T]) -> T:
        """Make a call with the token, and return its answer. A call that is refused for its token has done nothing."""
        token = self._good(after="")
        try:
            return call(token)
        except RefusedByServer as refused:
            if refused.status != 401:
                raise
        return call(self._good(after=token))

    def _good(self, after: str) -> str:
        """The token in use, or a new one if it is about to end. ``after``: a token that is no longer valid."""
        with self._lock:
            if self._token == after or time.monotonic() >= self._until:
                token, self._until = self._log_in()
                self._http.hide(self._token, token)  # other threads' answers may still name the old one
                self._token = token
            return self._token


def is_token(found: object) -> bool:
    """Whether this is a token that a header can carry."""
    return isinstance(found, str) and found != "" and found.isascii() and found.isprintable() and " " not in found
