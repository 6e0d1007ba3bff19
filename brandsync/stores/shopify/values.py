"""A brand's fields in a metaobject and out of it.

shopify.dev/docs/apps/build/metafields/list-of-data-types: each value is stored as text, whatever its type is.
shopify.dev/docs/apps/build/metafields/metafield-limits: how many bytes it may have.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from brandsync.brand import Brand, Fields, encode
from brandsync.errors import Rejected

TYPES: Final[Mapping[str, str]] = {
    "name": "single_line_text_field",
    "description": "multi_line_text_field",
    "logo_url": "url",
    "website_url": "url",
    "metadata": "json",
}
"""The type that the definition's field of each name has. The handle is no such field: every metaobject has one."""
LONGEST: Final[Mapping[str, int]] = {
    "single_line_text_field": 65_536,
    "multi_line_text_field": 65_536,
    "url": 2_048,
    "json": 2 * 1024 * 1024,
}
"""Bytes of a value. Of JSON, apps that began after March 2026 may write but 131,072: Shopify tells them itself."""
LONGEST_HANDLE: Final = 255
"""Characters ("Handle is too long")."""
SCHEMES: Final = frozenset({"http", "https", "mailto", "sms", "tel"})
"""What a URL may begin with: Shopify refuses any other, and none."""


def created(kind: str, fields: Fields, *, published: bool) -> dict[str, Any]:
    """A new brand, as ``MetaobjectCreateInput``.

    Where the definition lets entries be drafts, a new one would be a draft, and isn't to be: its entry is published.
    """
    status = {"capabilities": {"publishable": {"status": "ACTIVE"}}} if published else {}
    held = {name: value for name, value in fields.items() if value is not None}
    return {"type": kind, "handle": _new_handle(fields), "fields": _inputs(held), **status}


def changed(fields: Fields) -> dict[str, Any]:
    """What is to change of a brand, as ``MetaobjectUpdateInput``. A brand that is to have no handle keeps its own."""
    handle = {"handle": fields["handle"]} if fields.get("handle") else {}
    return {**handle, "fields": _inputs(fields)}


def read(record: Mapping[str, Any], names: Sequence[str]) -> Brand:
    """A brand with these fields; what else the metaobject holds is never looked at."""
    held = {field["key"]: field["value"] for field in record["fields"]}
    return Brand(record["id"], {name: _read(name, record, held) for name in names})


def refusal(fields: Fields) -> str | None:
    """Why no shop could hold these fields, or none."""
    for name, value in fields.items():
        if value is not None and (reason := _reason(name, value)):
            return reason
    return None


def comparison_key(fields: Fields) -> str:
    """The fields as Shopify keeps them: nothing for an empty text, and the handle in small letters.

    A handle that was made up for want of another is none.
    """
    kept = {name: None if value == "" else value for name, value in fields.items()}
    if given := kept.get("handle"):
        handle = given.lower()
        made_up = re.fullmatch(rf"{re.escape(_made_up(kept))}(-\d+)?", handle)
        kept["handle"] = None if made_up else handle
    return encode(kept)


def _new_handle(fields: Fields) -> str:
    """The handle that was given. Where none is synced, nothing: Shopify makes one of the name.

    Where one is synced and this brand has none, one that its other fields tell: if the answer is lost, it is known.
    """
    given = fields.get("handle")
    if given or "handle" not in fields:
        return given or ""
    return _made_up(fields)


def _made_up(fields: Fields) -> str:
    """A handle of a brand's other fields, the same for all that have the same."""
    held = {name: value for name, value in fields.items() if name != "handle" and value not in ("", None)}
    slug = re.sub(r"[^a-z0-9]+", "-", str(fields.get("name") or "").lower()).strip("-")[:200] or "brand"
    return f"{slug}-{hashlib.sha256(encode(held).encode('utf-8', 'replace')).hexdigest()[:8]}"


def _inputs(fields: Fields) -> list[dict[str, str]]:
    """Values by their keys; an empty one clears the field."""
    return [{"key": name, "value": _text(name, value)} for name, value in fields.items() if name != "handle"]


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name != "metadata":
        return str(value)
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError:
        raise Rejected("the metadata holds a number that JSON doesn't have: NaN or an infinite one") from None


def _read(name: str, record: Mapping[str, Any], held: Mapping[str, str | None]) -> Any:
    if name == "handle":
        return record["handle"]
    value = held.get(name) or None
    return _json(value) if name == "metadata" and value else value


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text  # it can't be: Shopify takes nothing but JSON there; and it differs from all that a CMS has


def _reason(name: str, value: Any) -> str | None:
    try:
        text = _text(name, value)
    except Rejected as error:
        return error.message
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        return f"the {name} holds a character that no database can store: U+0000, or half of another one"
    return _unfit_handle(text) if name == "handle" else _unfit(name, text)


def _unfit_handle(text: str) -> str | None:
    if len(text) > LONGEST_HANDLE:
        return f"the handle has {len(text):,} characters, and Shopify takes {LONGEST_HANDLE}"
    if re.search(r"[\0-\x7f]", re.sub(r"[A-Za-z0-9_-]", "", text)):
        return "the handle must have no blank and no sign but hyphens and underscores, or Shopify refuses it"
    return None


def _unfit(name: str, text: str) -> str | None:
    size, most = len(text.encode()), LONGEST[TYPES[name]]
    if size > most:
        return f"the {name} has {size:,} bytes, and Shopify takes {most:,}"
    if name == "name" and re.search(r"[\r\n]", text):
        return "the name has a line break, and Shopify keeps it in a single line"
    if text and TYPES[name] == "url" and _scheme(text) not in SCHEMES:
        return f"the {name} must be a whole address, such as one that begins with https://, or Shopify refuses it"
    return None


def _scheme(url: str) -> str:
    try:
        return urlsplit(url).scheme.lower()
    except ValueError:
        return ""
