"""JSON in, quickly: listings, undo entries and remembered fields are read a million at a time."""

import json
from typing import Any

import msgspec

_QUICK = msgspec.json.Decoder()


def read_json(text: str | bytes) -> Any:
    """The value that a JSON text says.

    Raises:
        ValueError: it is no JSON.
        RecursionError: it is nested too deeply.
    """
    try:
        return _QUICK.decode(text)
    except (msgspec.DecodeError, UnicodeError):
        # What else Python's own reader takes: NaN, half a surrogate pair, a byte order mark, UTF-16.
        return json.loads(text)
