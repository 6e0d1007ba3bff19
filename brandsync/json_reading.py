"""Reading JSON: quickly, since listings, undo entries and remembered fields are read by the million, and any shape."""

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


def at(value: Any, *keys: str) -> Any:
    """What stands at a path of keys; none where something on the way is no object, or lacks the key."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def is_there(value: Any, *keys: str) -> bool:
    """Whether the last of these keys can be told to exist: it does, or an object on the way is null."""
    for key in keys:
        if value is None:
            return True
        if not isinstance(value, dict) or key not in value:
            return False
        value = value[key]
    return True


def an_object(value: Any) -> dict[str, Any]:
    """The value if it is an object, or else an empty one."""
    return value if isinstance(value, dict) else {}


def a_list(value: Any) -> list[Any]:
    """The value if it is a list, or else an empty one."""
    return value if isinstance(value, list) else []


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects in a list, without what else it holds; none where it is no list."""
    return [one for one in a_list(value) if isinstance(one, dict)]
