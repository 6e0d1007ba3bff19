"""Names in a store that takes each name once: a change that would need one twice is left alone, and why is said."""

from collections.abc import Iterator

from brandsync.brand import Skipped, decode, match_key
from brandsync.spool import Spool

_TABLES = (
    "CREATE TEMP TABLE wanted (cms_id TEXT PRIMARY KEY, brand_id TEXT, key TEXT, name TEXT)",
    "CREATE TEMP TABLE held (id TEXT PRIMARY KEY, key TEXT)",
)


def skip_taken_names(spool: Spool) -> None:
    """Take those changes out of the plan whose name another brand of the store has, or another change is to give.

    What a rename or a deletion of the same run sets free counts as taken: the next run may have it. Of several entries
    with one new name none gets it, for none has a better claim.
    """
    for table in _TABLES:
        spool.query(table)
    spool.many("INSERT INTO wanted VALUES (?, ?, ?, ?)", _wanted(spool))
    spool.many("INSERT INTO held VALUES (?, ?)", _held(spool))
    spool.query("CREATE INDEX wanted_key ON wanted (key)")
    for skipped in [*_given_twice(spool), *_taken(spool)]:
        spool.query("DELETE FROM change WHERE cms_id = ?", skipped.cms_id)
        spool.skip(skipped)


def _wanted(spool: Spool) -> Iterator[tuple[str, str | None, str | None, str]]:
    for cms_id, brand_id, after in spool.query("SELECT cms_id, brand_id, after FROM change").fetchall():
        name = decode(after).get("name")
        if name is not None:
            yield cms_id, brand_id, match_key(name), name


def _held(spool: Spool) -> Iterator[tuple[str, str | None]]:
    for brand_id, fields in spool.query("SELECT id, fields FROM store"):
        yield brand_id, match_key(decode(fields)["name"])


def _given_twice(spool: Spool) -> Iterator[Skipped]:
    found = spool.query(
        "SELECT cms_id, name, (SELECT group_concat(other.cms_id, ', ') FROM wanted AS other"
        " WHERE other.key = wanted.key AND other.cms_id <> wanted.cms_id) AS others"
        " FROM wanted WHERE others IS NOT NULL"
    )
    for cms_id, name, others in found:
        detail = f"entry {others} is to have the name {name!r} too, and the store takes each name once: rename one"
        yield Skipped(cms_id, "name_taken", detail)


def _taken(spool: Spool) -> Iterator[Skipped]:
    found = spool.query(
        "SELECT wanted.cms_id, name, min(held.id) FROM wanted JOIN held USING (key)"
        " WHERE held.id IS NOT wanted.brand_id GROUP BY wanted.cms_id"
    )
    for cms_id, name, brand_id in found:
        detail = (
            f"brand {brand_id!r} has the name {name!r}, and the store takes each name once: rename one, or link that"
            " brand by writing its id into the entry's external id"
        )
        yield Skipped(cms_id, "name_taken", detail)
