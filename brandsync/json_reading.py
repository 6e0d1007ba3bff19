"""Reading JSON quickly: listings, undo entries and remembered fields are read by the million."""

import json
from typing import Any

import msgspec

_QUICK = msgspec.json.Decoder()


def read_json(text: str | bytes) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: it isn't JSON.
        RecursionError: it is nested too deeply.
    """
    try:
        return _QUICK.decode(text)
    except (msgspec.DecodeError, UnicodeError):
        # What only Python's own reader accepts: NaN, half a surrogate pair, a byte order mark, UTF-16.
        return json.loads(text)
