"""Why a sync was refused, and because of which brand.

Shopware's errors follow JSON:API: ``source.pointer`` names the operation, the place in its payload and the field
(``EntityWriter::sync``, ``WriteConstraintViolationException::getErrors``): ``/write/3/translations/2fbb…/name``.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from brandsync.errors import Rejected
from brandsync.http import RejectedByServer
from brandsync.json_reading import at, objects
from brandsync.observing.excerpt import excerpt

_POINTER = re.compile(r"/(there|write)/(\d{1,6})(?:/.*)?/([A-Za-z]*)")


def refused(error: RejectedByServer, records: Sequence[Mapping[str, Any]], masked: Callable[[str], str]) -> Rejected:
    """The error for a refused sync, about the first brand that it names; no brand was written."""
    for told in _errors(error.body):
        pointer = at(told, "source", "pointer")
        found = _POINTER.fullmatch(pointer) if isinstance(pointer, str) else None
        if found and int(found[2]) < len(records):
            record = records[int(found[2])]
            said = excerpt(masked(str(told.get("detail") or told.get("title") or "no reason given")), 200)
            return Rejected(f"brand {_called(record)}, {found[3]}: {said}", hint=_hint(told, found[1]))
    return Rejected(error.message)


def _called(record: Mapping[str, Any]) -> str:
    texts: Mapping[str, Any] = next(iter(record.get("translations", {}).values()), record)
    name = texts.get("name")
    return f"{excerpt(name)!r} ({record['id']})" if name else str(record["id"])


def _hint(told: Mapping[str, Any], operation: str) -> str | None:
    if operation == "there":
        return "the shop has no such brand any more"
    if "blank" in str(told.get("detail")):
        return "Shopware takes markup out of texts, and scripts out of descriptions: here nothing is left"
    return None


def _errors(body: bytes) -> list[dict[str, Any]]:
    try:
        return objects(at(json.loads(body), "errors"))
    except (ValueError, RecursionError):
        return []
