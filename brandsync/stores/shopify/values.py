"""Puts a brand's fields into a metaobject and reads them from it.

shopify.dev/docs/apps/build/metafields/list-of-data-types: each value is stored as text, whatever its type is.
shopify.dev/docs/apps/build/metafields/metafield-limits: how many bytes it may have.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlsplit

from brandsync.brand import Brand, Fields, encode
from brandsync.errors import Rejected
from brandsync.stores.refusal import unstorable

TYPES: Final[Mapping[str, str]] = {
    "name": "single_line_text_field",
    "description": "multi_line_text_field",
    "logo_url": "url",
    "website_url": "url",
    "metadata": "json",
}
"""The type of each field in the definition. The handle is no such field: every metaobject has one."""
LONGEST: Final[Mapping[str, int]] = {
    "single_line_text_field": 65_536,
    "multi_line_text_field": 65_536,
    "url": 2_048,
    "json": 2 * 1024 * 1024,
}
"""The most bytes of a value. Apps made after March 2026 may write only 131,072 of JSON: Shopify says so itself."""
LONGEST_HANDLE: Final = 255
"""The most characters ("Handle is too long")."""
SCHEMES: Final = frozenset({"http", "https", "mailto", "sms", "tel"})
"""The schemes that a URL may have: Shopify refuses any other, and a URL without one."""


def created(kind: str, fields: Fields, *, published: bool) -> dict[str, Any]:
    """A new brand, as ``MetaobjectCreateInput``.

    ``published``: the definition allows drafts, so the entry is published; otherwise it would be a draft.
    """
    status = {"capabilities": {"publishable": {"status": "ACTIVE"}}} if published else {}
    held = {name: value for name, value in fields.items() if value is not None}
    # If handles aren't synced, Shopify makes one from the name. If they are, and this brand has none, it gets one made
    # from its other fields: it finds the brand after a lost answer.
    handle = fields.get("handle") or (_made_up(fields) if "handle" in fields else "")
    return {"type": kind, "handle": handle, "fields": _inputs(held), **status}


def changed(fields: Fields) -> dict[str, Any]:
    """A brand's changes, as ``MetaobjectUpdateInput``. If the handle should be removed, the brand keeps its own."""
    handle = {"handle": fields["handle"]} if fields.get("handle") else {}
    return {**handle, "fields": _inputs(fields)}


def read(record: Mapping[str, Any], names: Sequence[str]) -> Brand:
    """A brand with these fields; anything else in the metaobject is ignored."""
    held = {field["key"]: field["value"] for field in record["fields"]}
    return Brand(record["id"], {name: _read(name, record, held) for name in names})


def refusal(fields: Fields) -> str | None:
    """Why no shop could hold these fields, or none."""
    for name, value in fields.items():
        if value is not None and (reason := _reason(name, value)):
            return reason
    return None


def comparison_key(fields: Fields) -> str:
    """A key of the fields as Shopify keeps them: none for an empty text, and the handle in small letters.

    A handle that brandsync made up counts as none.
    """
    kept = {name: None if value == "" else value for name, value in fields.items()}
    if given := kept.get("handle"):
        handle = given.lower()
        made_up = re.fullmatch(rf"{re.escape(_made_up(kept))}(-\d+)?", handle)
        kept["handle"] = None if made_up else handle
    return encode(kept)


def _made_up(fields: Fields) -> str:
    """A handle made from a brand's other fields: the same fields give the same handle."""
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
    if name == "metadata" and value:
        # It is always JSON: Shopify takes nothing else here. A text would differ from anything that a CMS has.
        with suppress(ValueError, RecursionError):
            return json.loads(value)
    return value


def _reason(name: str, value: Any) -> str | None:
    try:
        text = _text(name, value)
    except Rejected as error:
        return error.message
    if reason := unstorable(name, text):
        return reason
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
