"""The marks of a text, by the names that most kinds of rich text use, and their HTML tags."""

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
