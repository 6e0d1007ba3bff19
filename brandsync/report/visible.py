r"""Text that came from outside, made fit for a terminal: shown, and never interpreted.

A brand's name may hold a terminal escape, a line break that forges another line, or a bidi control that turns the
rest of the line around. All of these are shown as Python writes them: ``\x1b``, ``\n``, ``\u202e``.
"""

import json
import unicodedata
from collections.abc import Mapping
from typing import Any

from brandsync.observing.masking import hidden
from brandsync.plan.change import shown

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Controls, formats (bidi ones among them), lone surrogates, and separators of lines and paragraphs."""
_JOINERS = frozenset("\u200c\u200d")
"""Persian, Hindi and emoji need these; they move nothing."""


def visible(text: str) -> str:
    """The text with whatever a terminal would interpret written out, and without any credentials."""
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
    """The fields that people see; of a link, which has none of them, whatever was written."""
    return shown(fields) or dict(fields)


def shortened(text: str, most: int) -> str:
    """The text, cut to so many characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def assignments(fields: Mapping[str, Any]) -> list[str]:
    """Fields as ``name="value"``."""
    return [f"{visible(name)}={quoted(value)}" for name, value in fields.items()]


def replacements(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Fields that change, as ``name="old" -> "new"``."""
    return [f"{visible(name)}={quoted(before.get(name))} -> {quoted(value)}" for name, value in after.items()]
