"""Which characters a database's texts can hold, by the names that PostgreSQL and MySQL give their encodings."""

import codecs
from functools import cache
from typing import Final

_EVERYTHING: Final = frozenset({"UTF8", "SQL_ASCII", "utf8mb4", "utf16", "utf16le", "utf32", "gb18030", "binary"})
_WITHOUT_ASTRAL: Final = frozenset({"utf8", "utf8mb3", "ucs2"})
_CODECS: Final = {"latin1": "cp1252", "koi8r": "koi8_r", "koi8u": "koi8_u"}
"""Python's names for MySQL's encodings, if they differ. MySQL's latin1 is cp1252."""


def lacking(encoding: str, text: str) -> str | None:
    """The first character of a text that an encoding lacks, or none. Always none for an unknown encoding."""
    if encoding in _WITHOUT_ASTRAL:
        return next((character for character in text if character > "\uffff"), None)
    codec = _codec(encoding)
    if codec:
        try:
            codec.encode(text)
        except UnicodeEncodeError as error:
            return text[error.start]
    return None


def storable(encoding: str, text: str) -> str:
    """The text, with all characters escaped that an encoding lacks."""
    codec = _codec(encoding)
    return codec.decode(codec.encode(text, "backslashreplace")[0])[0] if codec else text


def is_limited(encoding: str) -> bool:
    """Whether an encoding lacks any characters."""
    return encoding not in _EVERYTHING


@cache
def _codec(encoding: str) -> codecs.CodecInfo | None:
    if not is_limited(encoding):
        return None
    name = _CODECS.get(encoding) or encoding.replace("WIN", "cp").replace("KOI8", "koi8_")
    try:
        return codecs.lookup(name)
    except LookupError:
        return None
