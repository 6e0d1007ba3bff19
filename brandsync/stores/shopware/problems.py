"""Which brand a refused sync failed on, and why; and how long Shopware asks to wait after a 429.

Shopware's errors follow JSON:API: ``source.pointer`` names the operation, the place in its payload and the field
(``EntityWriter::sync``, ``WriteConstraintViolationException::getErrors``): ``/write/3/translations/2fbb…/name``. A
custom field is one of its translation (``JsonFieldSerializer::validateMapping``): ``/write/3/customFields/founded``.

``detail`` is in the language of the shop. ``code`` is not: Symfony gives each constraint one
(github.com/symfony/symfony, src/Symfony/Component/Validator/Constraints). ``template`` is the text before translation.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from brandsync.errors import Rejected
from brandsync.http import RejectedByServer, Response, retry_after
from brandsync.json_reading import at, objects
from brandsync.observing.excerpt import excerpt

NOT_EMPTIED: Final = "Shopware before 6.6 can't empty a custom field that is a number: update it, or give it a number"
"""Reported for 6.5.6 (github.com/shopware/shopware/issues/3397)."""
BLANK: Final = "c1051bb4-d103-4f74-8988-acbcafc7fdc3"
"""``NotBlank::IS_BLANK_ERROR``."""
_WORDS: Final = ("detail", "template", "title", "code")
_POINTER = re.compile(r"/(there|write)/(\d{1,6})(?:/.*)?/([^/]*)")


def refused(error: RejectedByServer, records: Sequence[Mapping[str, Any]], masked: Callable[[str], str]) -> Rejected:
    """The error for a refused sync, about the first brand that it names; no brand was written."""
    for told in _errors(error.body):
        pointer = at(told, "source", "pointer")
        found = _POINTER.fullmatch(pointer) if isinstance(pointer, str) else None
        if found and int(found[2]) < len(records):
            record = records[int(found[2])]
            said = next(filter(None, map(told.get, _WORDS)), "no reason given")
            said = excerpt(masked(str(said)), 200)
            hint = NOT_EMPTIED if _empties(record, found[3]) else _hint(told, found[1])
            return Rejected(f"brand {_called(record)}, {found[3]}: {said}", hint=hint)
    return Rejected(error.message)


def wait_of(response: Response) -> float | None:
    """The seconds that a 429 asks to wait, or none.

    They are a parameter of the error (``RateLimitExceededException``, ``AuthThrottledException``).
    """
    told = next(iter(_errors(response.content)), None)
    return retry_after(str(at(told, "meta", "parameters", "seconds")), None)


def _texts(record: Mapping[str, Any]) -> Mapping[str, Any]:
    texts: Mapping[str, Any] = next(iter(record.get("translations", {}).values()), record)
    return texts


def _empties(record: Mapping[str, Any], name: str) -> bool:
    """Whether a record was to empty a custom field."""
    return at(_texts(record), "customFields", name) is None and name in (_texts(record).get("customFields") or {})


def _called(record: Mapping[str, Any]) -> str:
    name = _texts(record).get("name")
    return f"{excerpt(name)!r} ({record['id']})" if name else str(record["id"])


def _hint(told: Mapping[str, Any], operation: str) -> str | None:
    if operation == "there":
        return "the shop has no such brand any more"
    if told.get("code") == BLANK:
        return "Shopware takes markup out of texts, and scripts out of descriptions: here nothing is left"
    return None


def _errors(body: bytes) -> list[dict[str, Any]]:
    try:
        return objects(at(json.loads(body), "errors"))
    except (ValueError, RecursionError):
        return []
