"""Foreign text in our own messages: short, on one line, without secrets and without terminal controls."""

from datetime import date, datetime
from decimal import Decimal
from typing import Final

from brandsync.observing.masking import hidden

LOOKED_AT: Final = 65_536
"""How many characters are searched for secrets: more than any message shows."""

_KINDS: Final = (
    (dict, "an object"),
    (list | tuple, "a list"),
    (str, "text"),
    (bool, "true or false"),
    (int | float | Decimal, "a number"),
    (bytes, "bytes"),
    (datetime, "a moment"),
    (date, "a date"),
    (set, "a set"),
)
"""A type comes before those that Python counts among it."""


def excerpt(text: str, limit: int = 60) -> str:
    """The first ``limit`` characters of a text, unprintable ones escaped. An ellipsis stands for the rest."""
    text = hidden(text[:LOOKED_AT])
    start = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text[:limit])
    cut = len(start) > limit or len(text) > limit
    return f"{start[:limit]}…" if cut else start


def kind(value: object) -> str:
    """The type of a decoded value, in JSON's words: ``an object``, ``a list``, ``text``, ``null``.

    A value that stands for another has a ``kind`` of its own, which says what is the matter.
    """
    if value is None:
        return "null"
    if isinstance(own := getattr(value, "kind", None), str):
        return own
    return next((words for of, words in _KINDS if isinstance(value, of)), "a value that JSON has no form for")
