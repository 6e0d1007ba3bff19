"""The marks of a text, by the names that most kinds of rich text have for them, and HTML's."""

from typing import Final

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
