"""What a server says in the body of an error, in one short line."""

import json
from collections.abc import Callable
from typing import Any

from brandsync.excerpt import LOOKED_AT, excerpt

KEYS = ("message", "detail", "error_description", "title", "error", "errors", "reason", "items", "description")
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
    return excerpt(masked(" ".join(found.split())[:LOOKED_AT]), LIMIT)


def _message(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return _message(value[0]) if value else ""
    if isinstance(value, dict):
        return (
            _of_contentful(value)
            or _of_datocms(value)
            or next(filter(None, (_message(value.get(key)) for key in KEYS)), "") + _of_fields(value.get("errors"))
        )
    return ""


def _of_contentful(value: dict[str, Any]) -> str:
    """Contentful's ("Errors"): which kind of error, what it says, of which request, and which fields are wrong."""
    sys, details, request = value.get("sys"), value.get("details"), value.get("requestId")
    if not isinstance(sys, dict) or sys.get("type") != "Error":
        return ""
    said = [str(text) for text in (sys.get("id"), value.get("message"), request and f"request {request}") if text]
    errors = details.get("errors") if isinstance(details, dict) else None
    named = "; ".join(_at(error) for error in errors if isinstance(error, dict)) if isinstance(errors, list) else ""
    return ", ".join(said) + (f" ({named})" if named else "")


def _of_datocms(value: dict[str, Any]) -> str:
    """DatoCMS's ("Errors"): JSON:API, but the errors are its ``data``; each has a code and details of its own."""
    data = value.get("data")
    errors = [error for error in data if isinstance(error, dict)] if isinstance(data, list) else []
    told = (error.get("attributes") for error in errors if error.get("type") == "api_error")
    return "; ".join(_coded(attributes) for attributes in told if isinstance(attributes, dict))


def _coded(attributes: dict[str, Any]) -> str:
    details = attributes.get("details")
    known = details if isinstance(details, dict) else {}
    found = [_message(known.get(key)) for key in ("field", "code", "messages", "message")]
    named = ": ".join(filter(None, found))
    return f"{attributes.get('code')} ({named})" if named else str(attributes.get("code"))


def _at(error: dict[str, Any]) -> str:
    path = error.get("path")
    where = ".".join(map(str, path)) if isinstance(path, list) else ""
    return ": ".join(str(text) for text in (where, error.get("details") or error.get("name")) if text)


def _of_fields(errors: Any) -> str:
    """What is wrong with which field, where an API says so in an object: BigCommerce and many others do."""
    if not isinstance(errors, dict):
        return ""
    named = "; ".join(f"{field}: {told}" for field, error in errors.items() if (told := _message(error)))
    return f" ({named})" if named else ""
