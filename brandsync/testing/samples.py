"""The brands that the kit gives to a backend: plain ones, and texts that have broken real backends."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from brandsync.brand import FIELDS, LINK_FIELD

TEXTS: Final[Mapping[str, str]] = {
    "unicode": "Löwenbräu ŠKODA 資生堂 أرامكو Ünïcödé",
    "emoji": "Brand 👩‍🚀 🇩🇪 ✨",
    "combining": "Cafe\u0301",
    "direction": "\u202eright to left\u202c",
    "quotes": 'Levi\'s "Red" `Tab` \\ %s {0} ${x} --',
    "markup": "Marks & Spencer <b>bold</b> &amp; &lt;",
    "255 characters": "x" * 255,
    "255 wide characters": "ü" * 255,
}
"""Names that every CMS has. Blank names, and blanks at the ends, are the engine's affair."""

LONG: Final = "A long story. " * 1_500
"""20,000 characters and more, as in a description with markup."""

METADATA: Final[Mapping[str, Any]] = {
    "empty": {},
    "nested": {"b": [1, 2.5, True, None, {"deep": ["ü", "👩‍🚀"]}], "a": "x", "": "an empty key"},
    "numbers": {"whole": 9007199254740991, "negative": -1, "fraction": 0.1, "small": 1e-7},
    "quotes": {'"': "'", "\\": "\\n", "text": "line\nline"},
}
"""JSON objects that a CMS may hold."""


def sample(number: int, fields: Collection[str], **others: Any) -> dict[str, Any]:
    """A plain brand with these fields. Each number gives a different brand."""
    whole = {
        "name": f"Brand {number}",
        "handle": f"brand-{number}",
        "description": f"What brand {number} stands for",
        "logo_url": f"https://brand-{number}.example/logo.png",
        "website_url": f"https://brand-{number}.example/",
        "metadata": {"number": number, "tags": ["a", "b"]},
        LINK_FIELD: f"entry-{number}",
    } | others
    return {name: whole[name] for name in (*FIELDS, LINK_FIELD) if name in fields}


def samples(count: int, fields: Collection[str], start: int = 1) -> list[dict[str, Any]]:
    """``count`` plain brands."""
    return [sample(number, fields) for number in range(start, start + count)]


def edited(fields: Sequence[str]) -> dict[str, Any]:
    """An editor's change: of two fields, or of one if only the name is there."""
    change = {"name": "Brand, renamed", "description": "An editor's change"}
    return {name: value for name, value in change.items() if name in fields}
