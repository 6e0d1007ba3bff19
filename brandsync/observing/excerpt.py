"""Foreign text in our own messages: short, on one line, without secrets and without terminal controls."""

from typing import Final

from brandsync.observing.masking import hidden

LOOKED_AT: Final = 65_536
"""How many characters are searched for secrets: more than any message shows."""


def excerpt(text: str, limit: int = 60) -> str:
    """The first ``limit`` characters of a text, unprintable ones escaped. An ellipsis stands for the rest."""
    text = hidden(text[:LOOKED_AT])
    start = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text[:limit])
    cut = len(start) > limit or len(text) > limit
    return f"{start[:limit]}…" if cut else start


def kind(value: object) -> str:
    """The type of a decoded value, in JSON's words: ``an object``, ``a list``, ``text``, ``null``."""
    if value is None:
        return "null"
    kinds = {dict: "an object", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}
    return kinds.get(type(value), f"a {type(value).__name__}")
