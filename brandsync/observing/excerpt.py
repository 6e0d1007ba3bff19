"""Foreign text in our own messages: short, on one line, without secrets, and with nothing that a terminal obeys."""

from typing import Final

from brandsync.observing.masking import hidden

LOOKED_AT: Final = 65_536
"""Characters in which secrets are looked for: more than any message shows."""


def excerpt(text: str, limit: int = 60) -> str:
    """The first ``limit`` characters of a text, its unprintable ones escaped, and an ellipsis for what was cut."""
    text = hidden(text[:LOOKED_AT])
    start = "".join(_printable(character) for character in text[:limit])
    cut = len(start) > limit or len(text) > limit
    return f"{start[:limit]}…" if cut else start


def _printable(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")


def kind(value: object) -> str:
    """What a decoded value is, in the words of JSON: ``an object``, ``a list``, ``text``, ``null``."""
    if value is None:
        return "null"
    kinds = {dict: "an object", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}
    return kinds.get(type(value), f"a {type(value).__name__}")
