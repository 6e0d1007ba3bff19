"""A server's refusals, with the details that a backend may need, and answers that are not accepted."""

from collections.abc import Mapping

from brandsync.errors import CredentialsRefused, Rejected, TryAgainLater, Unreadable
from brandsync.http.bounded import ACCEPTED, TooLarge
from brandsync.http.endpoint import WHOLE
from brandsync.http.retrying import Failed


class RejectedByServer(Rejected):
    """A 4xx answer, with its status and body for backends that can use them."""

    def __init__(self, message: str, *, status: int, body: bytes = b"") -> None:
        """``body``: the server's words as they came. They may repeat a secret: mask every part that is shown."""
        super().__init__(message)
        self.status = status
        self.body = body


class FailedByServer(TryAgainLater):
    """A 408, 429 or 5xx answer, with its status, headers and body for backends that can use them."""

    def __init__(
        self, message: str, *, status: int, headers: Mapping[str, str], body: bytes, hint: str | None = None
    ) -> None:
        """``headers``: by name, whatever its case; ``body``: as that of ``RejectedByServer``."""
        super().__init__(message, hint=hint)
        self.status = status
        self.headers = headers
        self.body = body


class RefusedByServer(CredentialsRefused):
    """A 401 (also for an expired token) or a 403."""

    def __init__(self, message: str, *, status: int, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.status = status


def too_large(call: object, error: TooLarge) -> Failed:
    """The answer is too large."""
    hint = "ask for smaller pages: set `page_size`, and with the rest backend `paging`"
    return Failed(Unreadable(f"{call} answers with {error}", hint=hint))


def overdue(call: object, seconds: float) -> Failed:
    """The answer takes too long. Not repeated: it would take as long again."""
    message = f"{call} failed: the answer was not there as a whole after {seconds:g} s"
    hint = f"see what slows the server down, or raise `timeout`: a whole answer may take {WHOLE} times as long"
    return Failed(TryAgainLater(message, hint=hint))


def packed(call: object, coding: str) -> Failed:
    """The answer has another coding than was asked for."""
    message = f"{call} answers with Content-Encoding: {coding}, and was asked for {ACCEPTED} once at most"
    return Failed(Unreadable(message, hint="see which proxy or plugin before the API packs its answers"))
