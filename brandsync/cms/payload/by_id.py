"""Looks up entries by their ids, so that no id makes Payload refuse the request or read another id.

``in`` splits ids at commas, and casts them to the type of the id. One that the database has no form for is a 500, and
with MongoDB even for all other ids. ``equals`` finds nothing for such an id. An entry shows which type ids have.
Numbers are asked for only up to the largest one there is, because larger ones may not fit into the column.

Sources: payloadcms/payload, ``packages/drizzle/src/queries/sanitizeQueryValue.ts`` and
``packages/db-mongodb/src/queries/sanitizeQueryValue.ts``.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from brandsync.cms.by_id import Answer, LookUp, whole_number
from brandsync.cms.payload.entries import Condition, Entries
from brandsync.cms.payload.links import AT_ONCE
from brandsync.json_reading import at

_ODD_AT_ONCE: Final = 20
"""Ids in one ``or``: older versions of Payload read a longer list as an object, and refuse it (qs, ``arrayLimit``)."""
_FORMS: Final = (re.compile(r"[0-9a-f]{24}"), re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"))
"""MongoDB's ids, and UUIDs. A project's own text ids may look like either, and differ from entry to entry."""
_LEAST: Final = -(2**31)


def entries_of(entries: Entries, ids: Sequence[str], conditions: Sequence[Condition]) -> list[Any]:
    """The entries among these that meet the conditions: one request per hundred, and one before and after."""
    if not ids:
        return []

    def listed(some: Sequence[str]) -> Answer:
        return _some(entries, [*conditions, ("id", "in", ",".join(some))], len(some), {})

    def equal(some: Sequence[str]) -> Answer:
        path = f"where[and][{len(conditions)}][or]"
        return _some(entries, conditions, len(some), {f"{path}[{n}][id][equals]": key for n, key in enumerate(some)})

    plain, odd = _parted(entries, ids)
    where = f"GET {entries.path}"
    found = LookUp(listed, _id, where, AT_ONCE).of(plain)
    found += LookUp(equal, _id, where, _ODD_AT_ONCE, beside=_BESIDE_AN_ID).of(odd)
    # For a key that Payload no longer knows, it shows what the public sees, which may be less.
    entries.authenticate()
    return found


def _parted(entries: Entries, ids: Sequence[str]) -> tuple[list[str], list[str]]:
    """The ids that may stand in a list, and the ids that need ``equals``."""
    newest, _ = entries.list([], sort="-id", limit=1, depth=0)
    if not newest:
        return [], []  # the collection has no entry that the key may read
    largest = at(newest[0], "id")
    if isinstance(largest, int | float):
        numbers = {cms_id: whole_number(cms_id) for cms_id in ids}
        return [key for key, number in numbers.items() if number is not None and _LEAST <= number <= largest], []
    texts = [cms_id for cms_id in ids if cms_id and "\0" not in cms_id]
    plain = {cms_id for cms_id in texts if _has_form_of(cms_id, str(largest))}
    return [cms_id for cms_id in texts if cms_id in plain], [cms_id for cms_id in texts if cms_id not in plain]


def _some(entries: Entries, conditions: Sequence[Condition], count: int, more: Mapping[str, object]) -> Answer:
    found, body = entries.list(conditions, sort="id", limit=count, depth=entries.settings.depth, **more)
    total = body.get("totalDocs")
    return found, total if isinstance(total, int) else None


def _has_form_of(cms_id: str, other: str) -> bool:
    """Whether both are ids of one type, as far as their form shows."""
    form = next((form for form in _FORMS if form.fullmatch(other)), None)
    return "," not in cms_id if form is None else form.fullmatch(cms_id) is not None


def _id(entry: Any) -> str:
    return str(entry.get("id")) if isinstance(entry, dict) else ""


_BESIDE_AN_ID: Final = len("&where%5Band%5D%5B1%5D%5Bor%5D%5B99%5D%5Bid%5D%5Bequals%5D=")
