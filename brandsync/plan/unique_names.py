"""Where a store takes each name or handle once, changes that need a taken one are skipped, with the reason."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Final

from brandsync.brand import Reason, Skipped
from brandsync.plan.changes import changes
from brandsync.plan.matching_key import match_key
from brandsync.plan.spool import Spool

_TABLES = (
    "CREATE TEMP TABLE wanted (cms_id TEXT PRIMARY KEY, brand_id TEXT, key TEXT, value TEXT)",
    "CREATE TEMP TABLE held (id TEXT PRIMARY KEY, key TEXT)",
)
_REASON: Final[Mapping[str, Reason]] = {"name": "name_taken", "handle": "handle_taken"}
LINK_IT: Final = "link that brand by writing its id into the entry's external id"
_REMEDY = {"name": "rename one", "handle": "change one"}


def skip_taken(spool: Spool, field: str) -> None:
    """Take changes out of the plan that need a taken name: another brand has it, or another change needs it too.

    A name that this run frees, by a rename or a deletion, still counts as taken: the next run may use it. If several
    entries want one new name, none gets it, because none has a better claim. ``field``: ``name`` or ``handle``.
    """
    for table in _TABLES:
        spool.query(table)
    spool.many("INSERT INTO wanted VALUES (?, ?, ?, ?)", _wanted(spool, field))
    spool.many("INSERT INTO held VALUES (?, ?)", _held(spool, field))
    spool.query("CREATE INDEX wanted_key ON wanted (key)")
    for skipped in [*_given_twice(spool, field), *_taken(spool, field)]:
        spool.query("DELETE FROM change WHERE cms_id = ?", skipped.cms_id)
        spool.skip(skipped)
    for table in ("wanted", "held"):
        spool.query(f"DROP TABLE {table}")


def _wanted(spool: Spool, field: str) -> Iterator[tuple[str, str | None, str | None, str]]:
    for change in chain.from_iterable(changes(spool)):
        value = change.after.get(field)
        if value is not None:
            yield change.cms_id, change.brand_id, match_key(value), value


def _held(spool: Spool, field: str) -> Iterator[tuple[str, str | None]]:
    for brand_id, value in spool.query(f"SELECT id, {spool.column(field) or 'NULL'} FROM store"):
        yield brand_id, match_key(value)


def _given_twice(spool: Spool, field: str) -> Iterator[Skipped]:
    found = spool.query(
        "SELECT cms_id, value, (SELECT group_concat(other.cms_id, ', ') FROM wanted AS other"
        " WHERE other.key = wanted.key AND other.cms_id <> wanted.cms_id) AS others"
        " FROM wanted WHERE others IS NOT NULL"
    )
    for cms_id, value, others in found:
        detail = (
            f"entry {others} is to have the {field} {value!r} too, and the store takes each {field} once:"
            f" {_REMEDY[field]}"
        )
        yield Skipped(cms_id, _REASON[field], detail)


def _taken(spool: Spool, field: str) -> Iterator[Skipped]:
    found = spool.query(
        "SELECT cms_id, value, holder, (SELECT cms.cms_id FROM cms WHERE cms.brand_id = holder) FROM ("
        "SELECT wanted.cms_id, value, min(held.id) AS holder FROM wanted JOIN held USING (key)"
        " WHERE held.id IS NOT wanted.brand_id GROUP BY wanted.cms_id)"
    )
    for cms_id, value, brand_id, owner in found:
        detail = (
            f"brand {brand_id!r} has the {field} {value!r}, and the store takes each {field} once: {_REMEDY[field]}"
        )
        detail += f" (its entry is {owner})" if owner else f", or {LINK_IT}"
        yield Skipped(cms_id, _REASON[field], detail)
