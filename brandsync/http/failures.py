"""The failures of a call whose answer is not accepted. ``call`` is shown as text."""

from brandsync.errors import TryAgainLater, Unreadable
from brandsync.http.bounded import ACCEPTED, TooLarge
from brandsync.http.retrying import Failed


def too_large(call: object, error: TooLarge) -> Failed:
    """The answer is too large."""
    return Failed(
        Unreadable(
            f"{call} answers with {error.what}",
            hint="ask for smaller pages: set `page_size`, and with the rest backend `paging`",
        )
    )


def overdue(call: object, seconds: float, times: int) -> Failed:
    """The answer takes too long. Not repeated: it would take as long again."""
    return Failed(
        TryAgainLater(
            f"{call} failed: the answer was not there as a whole after {seconds:g} s",
            hint=f"see what slows the server down, or raise `timeout`: a whole answer may take {times} times as long",
        )
    )


def packed(call: object, coding: str) -> Failed:
    """The answer has another coding than was asked for."""
    return Failed(
        Unreadable(
            f"{call} answers with Content-Encoding: {coding}, and was asked for {ACCEPTED} once at most",
            hint="see which proxy or plugin before the API packs its answers",
        )
    )
