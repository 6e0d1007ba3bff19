"""The marks of a text, by the names that most kinds of rich text use, and their HTML tags."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

Node = Mapping[str, Any]

MARKS: Final = {
    "bold": "strong",
    "italic": "em",
    "underline": "u",
    "strikethrough": "s",
    "code": "code",
    "superscript": "sup",
    "subscript": "sub",
    "highlight": "mark",
}


def leaves(text: str, marks: Iterable[str]) -> list[Node]:
    """The leaves of a text, in which a line break is a character. Unknown marks are left out."""
    known = {mark: True for mark in marks if mark in MARKS}
    found: list[Node] = []
    for number, line in enumerate(text.split("\n")):
        if number:
            found.append({"type": "linebreak"})
        if line:
            found.append({"text": line, **known})
    return found
