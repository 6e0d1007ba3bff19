"""Puts a brand's fields into a metaobject and reads them from it."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from brandsync.brand import Brand, Fields, encode
from brandsync.brand.kind import Kind
from brandsync.errors import Rejected
from brandsync.json_reading import at
from brandsync.stores.refusal import unstorable
from brandsync.stores.shopify.field import HANDLE, KNOWN, Field
from brandsync.stores.shopify.limits import problem
from brandsync.stores.shopify.reference import reference

LONGEST_HANDLE: Final = 255
"""The most characters ("Handle is too long")."""


def created(kind: str, fields: Fields, held: Mapping[str, Field] = KNOWN, *, published: bool) -> dict[str, Any]:
    """A new brand, as ``MetaobjectCreateInput``. ``held``: the definition's fields.

    ``published``: the definition allows drafts, so the entry is published; otherwise it would be a draft.
    """
    status = {"capabilities": {"publishable": {"status": "ACTIVE"}}} if published else {}
    given = {name: value for name, value in fields.items() if name == HANDLE or not held[name].is_empty(value)}
    # If handles aren't synced, Shopify makes one from the name. If they are, and this brand has none, it gets one made
    # from its other fields: it finds the brand after a lost answer.
    handle = fields.get(HANDLE) or (_made_up(_kept(fields, held)) if HANDLE in fields else "")
    return {"type": kind, "handle": handle, "fields": _inputs(given, held), **status}


def changed(fields: Fields, held: Mapping[str, Field] = KNOWN) -> dict[str, Any]:
    """A brand's changes, as ``MetaobjectUpdateInput``. If the handle should be removed, the brand keeps its own."""
    handle = {"handle": fields[HANDLE]} if fields.get(HANDLE) else {}
    return {**handle, "fields": _inputs(fields, held)}


def read(record: Mapping[str, Any], names: Sequence[str], held: Mapping[str, Field] = KNOWN) -> Brand:
    """A brand with these fields; anything else in the metaobject is ignored."""
    found = {field["key"]: field for field in record["fields"]}
    values = {
        name: record["handle"] if name == HANDLE else held[name].value(_text(found.get(name), held[name]))
        for name in names
    }
    return Brand(record["id"], values)


def _text(found: Mapping[str, Any] | None, field: Field) -> str | None:
    """What a field of a metaobject holds. A picture's file has its name in its address."""
    text = found["value"] if found else None
    return reference(text, at(found, "reference", "image", "url")) if text and field.kind is Kind.IMAGE else text


def refusal(fields: Fields, held: Mapping[str, Field]) -> str | None:
    """Why the shop could never hold these fields, or none."""
    for name, field in held.items():
        if field.required and field.is_empty(fields.get(name)):
            fix = "give it one in the CMS" if name in fields else "map it in [cms.fields]"
            return f"it has no {name}, which the metaobject definition requires: {fix}"
    for name, value in fields.items():
        if value is not None and (reason := _reason(name, value, held)):
            return reason
    return None


def comparison_key(fields: Fields, held: Mapping[str, Field] = KNOWN) -> str:
    """A key of the fields as Shopify keeps them: none for an empty one, handles and colours in small letters.

    A handle that brandsync made up counts as none.
    """
    kept = _kept(fields, held)
    if given := fields.get(HANDLE):
        handle = given.lower()
        made_up = re.fullmatch(rf"{re.escape(_made_up(kept))}(-\d+)?", handle)
        kept[HANDLE] = None if made_up else handle
    return encode(kept)


def _kept(fields: Fields, held: Mapping[str, Field]) -> dict[str, Any]:
    """The fields as Shopify keeps them, without a handle."""
    kept: dict[str, Any] = {HANDLE: None} if HANDLE in fields else {}
    for name, value in fields.items():
        if name != HANDLE:
            is_color = held[name].type == "color" and isinstance(value, str)
            kept[name] = None if held[name].is_empty(value) else value.lower() if is_color else value
    return kept


def _made_up(kept: Fields) -> str:
    """A handle made from a brand's other fields: the same fields give the same handle."""
    given = {name: value for name, value in kept.items() if value is not None}
    slug = re.sub(r"[^a-z0-9]+", "-", str(given.get("name") or "").lower()).strip("-")[:200] or "brand"
    return f"{slug}-{hashlib.sha256(encode(given).encode('utf-8', 'replace')).hexdigest()[:8]}"


def _inputs(fields: Fields, held: Mapping[str, Field]) -> list[dict[str, str]]:
    """Values by their keys; an empty one clears the field."""
    return [{"key": name, "value": held[name].text(value)} for name, value in fields.items() if name != HANDLE]


def _reason(name: str, value: Any, held: Mapping[str, Field]) -> str | None:
    if name == HANDLE:
        return unstorable(name, value) or _unfit_handle(value)
    try:
        return None if held[name].is_empty(value) else problem(held[name], value)
    except Rejected as error:
        return error.message


def _unfit_handle(text: str) -> str | None:
    if len(text) > LONGEST_HANDLE:
        return f"the handle has {len(text):,} characters, and Shopify takes {LONGEST_HANDLE}"
    if re.search(r"[\0-\x7f]", re.sub(r"[A-Za-z0-9_-]", "", text)):
        return "the handle must have no blank and no sign but hyphens and underscores, or Shopify refuses it"
    return None
