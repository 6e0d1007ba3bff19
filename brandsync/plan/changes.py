"""The changes of a plan, as its spool holds them: new entries as they are, all other changes as rows."""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from brandsync.brand import decode, encode
from brandsync.brand.listed import NewBrands
from brandsync.plan.change import KINDS, Action, Change, Creations
from brandsync.plan.spool import Spool

BATCH_CHARACTERS: Final = 2_000_000
"""The size of a batch in the journal: well below what a database accepts in one statement."""
_AT_ONCE: Final = 1_000
_ENCODER: Final = msgspec.msgpack.Encoder()
NEW: Final = "cms.brand_id IS NULL AND ifnull(cms.problem, 'link_rejected') = 'link_rejected'"
"""Which entries get a brand of their own, or have got one whose id the CMS refused. They need no row."""


def add_changes(spool: Spool, changes: Iterable[Change]) -> None:
    """Add changes to the plan, after those that are there."""
    place_changes(spool, ((None, change) for change in changes))


def place_changes(spool: Spool, changes: Iterable[tuple[int | None, Change]]) -> None:
    """Add changes to the plan, each at a place that no other has; none for the next one."""
    spool.many(
        "INSERT INTO change (seq, action, cms_id, brand_id, before, after) VALUES (?, ?, ?, ?, ?, ?)",
        ((at, one.action, one.cms_id, one.brand_id, encode(one.before), encode(one.after)) for at, one in changes),
    )


def changes(spool: Spool, *actions: Action, most: int = _AT_ONCE) -> Iterator[Sequence[Change]]:
    """The changes with these actions, or all, in the order in which they are made: ``most`` at a time at most.

    As many at a time as the journal can hold in one entry.
    """
    chosen = actions or tuple(Action)
    if Action.CREATE in chosen:
        yield from creations(spool, most)
    for rows in _parts(_recorded(spool, chosen), most):
        yield [
            KINDS[action](cms_id, brand_id, decode(before), decode(after))
            for _, action, cms_id, brand_id, before, after in rows
        ]


def creations(spool: Spool, most: int) -> Iterator[Creations]:
    """The new entries, in the order of the CMS, ``most`` at a time at most. Their brands have no ids yet."""
    for rows in _parts(_created(spool), most):
        values = spool.given([row[3:] for row in rows])
        yield Creations([row[2] for row in rows], NewBrands(spool.fields, [None] * len(rows), values))


def _parts(rows: sqlite3.Cursor, most: int) -> Iterator[list[Any]]:
    """The rows, in parts that are not too large: the first column of each row tells its size."""
    while some := rows.fetchmany(most):
        if sum(row[0] for row in some) <= BATCH_CHARACTERS:
            yield some
            continue
        first = size = 0
        for place, row in enumerate(some):
            if place > first and size + row[0] > BATCH_CHARACTERS:
                yield some[first:place]
                first, size = place, 0
            size += row[0]
        yield some[first:]


def _created(spool: Spool) -> sqlite3.Cursor:
    """The entries that get a brand: about how many characters of the journal each takes, the action, id and fields."""
    columns = f"2 * ({_size(spool)}), '{Action.CREATE}', cms_id, {spool.of_fields('{}')}"
    return spool.query(f"SELECT {columns} FROM cms WHERE {NEW} ORDER BY seq")


def _recorded(spool: Spool, actions: Sequence[Action]) -> sqlite3.Cursor:
    """The rows of ``change``, each after the same measure. Of a brand's link, both sides are recorded, too."""
    names = sum(len(name) + len('"":"",') for name in spool.fields)
    return spool.query(
        f"SELECT length(before) + length(after) + 3 * ({names} + {_size(spool)}), action, change.cms_id,"
        " change.brand_id, before, after FROM change LEFT JOIN cms ON cms.cms_id = change.cms_id"
        f" WHERE action IN ({', '.join('?' * len(actions))}) ORDER BY change.seq",
        *actions,
    )


def _size(spool: Spool) -> str:
    """An expression for how many characters an entry's fields have, if there is an entry."""
    return spool.of_fields("ifnull(length({}), 0)", " + ")


def count_changes(spool: Spool) -> dict[Action, int]:
    """How many changes of each action there are."""
    counts = dict.fromkeys(Action, 0) | dict(spool.query("SELECT action, count(*) FROM change GROUP BY action"))
    counts[Action.CREATE] += spool.value(f"SELECT count(*) FROM cms WHERE {NEW}")
    return counts


def checksum(spool: Spool) -> str:
    """The checksum of all changes, whatever their order: a digest of the sum of their digests."""
    total = 0
    for query in (
        f"SELECT '{Action.CREATE}', cms_id, {spool.of_fields('{}')} FROM cms WHERE {NEW}",
        "SELECT action, cms_id, brand_id, before, after FROM change",
    ):
        rows = spool.query(query)
        while some := rows.fetchmany(_AT_ONCE):
            digests = [hashlib.blake2b(text, digest_size=16).digest() for text in map(_ENCODER.encode, some)]
            total += sum(map(int.from_bytes, digests))
    return hashlib.sha256(str(total).encode()).hexdigest()[:16]
