"""What a server says in the body of an error, in one short line."""

import json
from collections.abc import Callable
from typing import Any

from brandsync.excerpt import excerpt

KEYS = ("message", "detail", "error_description", "title", "error", "errors", "reason")
"""Where JSON APIs put their message (RFC 9457 and habit), the most telling first."""

LIMIT = 200


def server_message(body: bytes, content_type: str, masked: Callable[[str], str]) -> str:
    """The message in an error's body, or nothing where there is none for people (an HTML page, say).

    ``masked`` takes secrets out of it, before it is cut.
    """
    try:
        found = _message(json.loads(body))
    except (ValueError, RecursionError):
        found = "" if "html" in content_type else body.decode("utf-8", "replace")
    return excerpt(" ".join(masked(found).split()), LIMIT)


def _message(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return _message(value[0]) if value else ""
    if isinstance(value, dict):
        return next(filter(None, (_message(value.get(key)) for key in KEYS)), "") + _of_fields(value.get("errors"))
    return ""


def _of_fields(errors: Any) -> str:
    """What is wrong with which field, where an API says so in an object: BigCommerce and many others do."""
    if not isinstance(errors, dict):
        return ""
    named = "; ".join(f"{field}: {told}" for field, error in errors.items() if (told := _message(error)))
    return f" ({named})" if named else ""
