r"""Text from outside, made safe for a terminal: it is shown, and never interpreted.

A brand's name may hold a terminal escape, a line break that forges another line, or a bidi control that reverses the
rest of the line. All of these are shown as Python writes them: ``\x1b``, ``\n``, ``\u202e``.
"""

import json
import unicodedata
from collections.abc import Mapping
from typing import Any

from brandsync.errors.plural import sized
from brandsync.observing.masking import hidden
from brandsync.plan.change import shown

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Controls, format characters (with bidi controls), lone surrogates, and line and paragraph separators."""
_JOINERS = frozenset("\u200c\u200d")
"""Persian, Hindi and emoji need these. They move nothing."""


def visible(text: str) -> str:
    """The text without credentials. Whatever a terminal would interpret is written out."""
    text = hidden(text)
    if text.isprintable():
        return text
    return "".join(map(_shown, text))


def _shown(char: str) -> str:
    if unicodedata.category(char) not in _HIDDEN or char in _JOINERS:
        return char
    return char.encode("unicode_escape").decode("ascii")


def quoted(value: Any) -> str:
    """A field's value as one unmistakable word: text in quotes, anything else as JSON."""
    if isinstance(value, str):
        value = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{visible(value)}"'
    return visible(json.dumps(value, ensure_ascii=False, sort_keys=True))


def told(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that people see. A link has none of these: then everything that was written."""
    return shown(fields) or dict(fields)


def shortened(text: str, most: int) -> str:
    """The text, cut to ``most`` characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def assignments(fields: Mapping[str, Any]) -> list[str]:
    """Fields as ``name="value"``."""
    return [f"{visible(name)}={quoted(value)}" for name, value in fields.items()]


def replacements(before: Mapping[str, Any], after: Mapping[str, Any], sizes: Mapping[str, int]) -> list[str]:
    """Fields that change, as ``name="old" -> "new"``; if one side has none, all fields of the other.

    ``sizes``: of the files that some of them then are, in bytes: ``logo="old.png" -> "new.png" (12 kB)``.
    """
    if not before or not after:
        return assignments(after or before)
    return [
        f"{visible(name)}={quoted(before.get(name))} -> {quoted(value)}{in_brackets(sizes.get(name))}"
        for name, value in after.items()
    ]


def in_brackets(size: int | None) -> str:
    """A file's size, as it stands behind the file's name; empty where there is none."""
    return f" ({sized(size)})" if size is not None else ""
