"""A server's message in the body of an error, in one short line."""

import json
from collections.abc import Callable
from itertools import islice
from typing import Any

from brandsync.json_reading import a_list, at, objects
from brandsync.observing.excerpt import LOOKED_AT, excerpt

KEYS = (
    "message",
    "detail",
    "error_description",
    "title",
    "error",
    "errors",
    "reason",
    "description",
    "msg",
)
"""The keys under which JSON APIs put their message (RFC 9457 and custom), the most useful first."""

LIMIT = 200
_FIELDS = 5
"""The most fields to name."""
_WHOLE = frozenset({"base", "non_field_errors", "__all__"})
"""How Rails and Django name errors that belong to no single field."""


def server_message(body: bytes, content_type: str, masked: Callable[[str], str]) -> str:
    """The message in an error's body; empty if there is none for people (an HTML page, for example).

    ``masked`` removes secrets from it before it is cut.
    """
    try:
        found = message_in(json.loads(body))
    except (ValueError, RecursionError):
        found = "" if "html" in content_type else body.decode("utf-8", "replace")
    return excerpt(masked(" ".join(found.split())[:LOOKED_AT]), LIMIT)


def message_in(value: Any) -> str:
    """The message in an error's decoded body; empty if there is none."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return message_in(value[0]) if value else ""
    if isinstance(value, dict):
        return _of_contentful(value) or _of_datocms(value) or _of_sanity(value) or _of_object(value)
    return ""


def _of_object(value: dict[str, Any]) -> str:
    """The message under a usual key, and which fields are wrong; only the fields if there is no message.

    Beside a text in ``error``, a list of texts says what is wrong with a field. (Storyblok, recorded.)
    """
    errors = value.get("errors")
    keys = [key for key in KEYS if not (key == "errors" and isinstance(errors, dict))]
    said = next(filter(None, (message_in(value.get(key)) for key in keys)), "")
    others = {key: error for key, error in value.items() if key not in KEYS}
    if said:
        beside = isinstance(value.get("error"), str)
        others = {key: error for key, error in others.items() if beside and _are_texts(error)}
    fields = _of_fields(errors if isinstance(errors, dict) else others)
    if not said:
        return fields
    return f"{_named(value)}{said}" + (f" ({fields})" if fields else "")


def _are_texts(error: Any) -> bool:
    return isinstance(error, list) and bool(error) and all(isinstance(text, str) for text in error)


def _named(value: dict[str, Any]) -> str:
    """The field that an error names beside its message. FastAPI gives the path to it."""
    where = value.get("field") or value.get("loc")
    way = where if isinstance(where, list) else [where]
    return f"{'.'.join(map(str, way))}: " if where and not isinstance(where, dict) else ""


def _of_contentful(value: dict[str, Any]) -> str:
    """Contentful's errors ("Errors"): the kind of error, its message, the request's id, and the wrong fields."""
    if at(value, "sys", "type") != "Error":
        return ""
    kind, request = at(value, "sys", "id"), value.get("requestId")
    said = [str(text) for text in (kind, value.get("message"), request and f"request {request}") if text]
    named = "; ".join(map(_wrong_field, objects(at(value, "details", "errors"))))
    return ", ".join(said) + (f" ({named})" if named else "")


def _of_datocms(value: dict[str, Any]) -> str:
    """DatoCMS's errors ("Errors"): JSON:API, but the errors are in ``data``; each has its own code and details."""
    told = [error.get("attributes") for error in objects(value.get("data")) if error.get("type") == "api_error"]
    return "; ".join(map(_coded, objects(told)))


def _of_sanity(value: dict[str, Any]) -> str:
    """Sanity's refused transactions: an item for each mutation that failed. Some items have no error (recorded)."""
    told = filter(None, (message_in(item.get("error")) for item in objects(value.get("items"))))
    return "; ".join(islice(dict.fromkeys(told), _FIELDS))


def _coded(attributes: dict[str, Any]) -> str:
    found = [message_in(at(attributes, "details", key)) for key in ("field", "code", "messages", "message")]
    named = ": ".join(filter(None, found))
    return f"{attributes.get('code')} ({named})" if named else str(attributes.get("code"))


def _wrong_field(error: dict[str, Any]) -> str:
    path = error.get("path")  # recorded: also a text, that of the only field in question
    where = path if isinstance(path, str) else ".".join(map(str, a_list(path)))
    return ": ".join(str(text) for text in (where, error.get("details") or error.get("name")) if text)


def _of_fields(errors: dict[str, Any]) -> str:
    """What is wrong with each field: ``name: is required``. Django, Rails, BigCommerce and others use this form."""
    told = ((field, message_in(error)) for field, error in errors.items())
    named = (said if field in _WHOLE else f"{field}: {said}" for field, said in told if said)
    return "; ".join(islice(named, _FIELDS))
