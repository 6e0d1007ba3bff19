"""Calls that are signed with a token from a login."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Any, TypeGuard, TypeVar, Unpack

from brandsync.http.client import HttpClient, Options, Response
from brandsync.http.failures import RefusedByServer

T = TypeVar("T")


class SignedClient:
    """Sends calls as an ``HttpClient`` does, each with the current token. Thread-safe.

    It logs in at the first call, and again when the token is about to end or is refused.
    """

    def __init__(
        self,
        http: HttpClient,
        log_in: Callable[[], tuple[str, float]],
        header: tuple[str, str] = ("Authorization", "Bearer "),
    ) -> None:
        """``log_in`` gets a new token, and says when to stop using it, by the monotonic clock, in seconds.

        ``http`` hides the token in everything that the server says. ``header``: its name, and what precedes the token.
        """
        self.http = http
        self._log_in = log_in
        self._header = header
        self._lock = Lock()
        self._token = ""
        self._until = 0.0

    def request(self, method: str, path: str, **options: Unpack[Options]) -> Response:
        """As ``HttpClient.request``."""
        return self._signed(options, lambda signed: self.http.request(method, path, **signed))

    def json(self, method: str, path: str, **options: Unpack[Options]) -> tuple[Any, Response]:
        """As ``HttpClient.json``."""
        return self._signed(options, lambda signed: self.http.json(method, path, **signed))

    def _signed(self, options: Options, call: Callable[[Options], T]) -> T:
        """Make a call with the token, and return its answer. A call that is refused for its token has done nothing."""
        token = self._good(after="")
        try:
            return call(self._with(token, options))
        except RefusedByServer as refused:
            if refused.status != 401:
                raise
        return call(self._with(self._good(after=token), options))

    def _with(self, token: str, options: Options) -> Options:
        name, before = self._header
        return {**options, "headers": {**(options.get("headers") or {}), name: before + token}}

    def _good(self, after: str) -> str:
        """The token in use, or a new one if it is about to end. ``after``: a token that is no longer valid."""
        with self._lock:
            if self._token == after or time.monotonic() >= self._until:
                token, self._until = self._log_in()
                self.http.hide(self._token, token)  # other threads' answers may still name the old one
                self._token = token
            return self._token


def is_token(found: object) -> TypeGuard[str]:
    """Whether this is a token that a header can carry."""
    return isinstance(found, str) and found != "" and found.isascii() and found.isprintable() and " " not in found
