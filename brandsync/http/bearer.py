"""A token that is got by logging in, and again when it is about to end or is refused."""

import time
from collections.abc import Callable
from threading import Lock
from typing import TypeVar

from brandsync.http.client import HttpClient
from brandsync.http.refusals import RefusedByServer

T = TypeVar("T")


class BearerToken:
    """The token as of now. Thread-safe."""

    def __init__(self, http: HttpClient, log_in: Callable[[], tuple[str, float]]) -> None:
        """``log_in`` gets a new token, and says until when it is used, by the monotonic clock, in seconds.

        ``http`` hides it in all that the server says.
        """
        self._http = http
        self._log_in = log_in
        self._lock = Lock()
        self._token = ""
        self._until = 0.0

    def signed(self, call: Callable[[str], T]) -> T:
        """What a call answers that is given the token. What is refused for its token has done nothing."""
        token = self._good(after="")
        try:
            return call(token)
        except RefusedByServer as refused:
            if refused.status != 401:
                raise
        return call(self._good(after=token))

    def _good(self, after: str) -> str:
        """The token in use; where that is ``after``, which is no longer good, or about to end, a new one."""
        with self._lock:
            if self._token == after or time.monotonic() >= self._until:
                token, self._until = self._log_in()
                self._http.hide(self._token, token)  # other threads may still be told of the one before
                self._token = token
            return self._token


def is_token(found: object) -> bool:
    """Whether a header can carry it."""
    return isinstance(found, str) and found != "" and found.isascii() and found.isprintable() and " " not in found
