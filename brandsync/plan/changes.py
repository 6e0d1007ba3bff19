"""The changes of a plan, as its spool holds them."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from brandsync.brand import decode, encode
from brandsync.plan.change import KINDS, Action, Change
from brandsync.plan.spool import Spool

BATCH_CHARACTERS: Final = 2_000_000
"""The size of a batch in the journal: well below what a database accepts in one statement."""
_AT_ONCE: Final = 1_000
_ENCODER: Final = msgspec.msgpack.Encoder()
_NOTHING: Final = encode({})


def add_change(spool: Spool, change: Change) -> None:
    """Add a change to the plan."""
    spool.query(
        "INSERT INTO change (action, cms_id, brand_id, before, after) VALUES (?, ?, ?, ?, ?)",
        change.action,
        change.cms_id,
        change.brand_id,
        encode(change.before),
        encode(change.after),
    )


def changes(spool: Spool, *actions: Action, most: int = _AT_ONCE) -> Iterator[list[Change]]:
    """The changes with these actions, or all, in the order in which they are made: ``most`` at a time at most.

    As many at a time as the journal can hold in one entry.
    """
    rows = _rows(spool, actions or tuple(Action))
    while some := rows.fetchmany(most):
        for part in _parts(some):
            yield [_change(spool, row) for row in part]


def _parts(rows: Sequence[Sequence[Any]]) -> Iterator[Sequence[Sequence[Any]]]:
    """The rows, in parts that are not too large. The size of each is its first column."""
    first = size = 0
    for place, row in enumerate(rows):
        if place > first and size + row[0] > BATCH_CHARACTERS:
            yield rows[first:place]
            first, size = place, 0
        size += row[0]
    yield rows[first:]


def _rows(spool: Spool, actions: Sequence[Action]) -> Any:
    """The rows of changes: about how many characters a journal needs for it, the change, and the fields it hangs on."""
    of_entry, of_brand = (spool.of_fields(f"ifnull(length({side}.{{}}), 0)", " + ") for side in ("cms", "store"))
    return spool.query(
        f"SELECT ifnull(length(before), {of_brand}) + ifnull(length(after), {of_entry}) + {of_entry},"
        " action, change.cms_id, change.brand_id, before, after,"
        f" {spool.of_fields('CASE WHEN after IS NULL THEN cms.{} ELSE store.{} END')}"
        " FROM change LEFT JOIN cms ON cms.cms_id = change.cms_id"
        " LEFT JOIN store ON before IS NULL AND store.id = change.brand_id"
        f" WHERE action IN ({', '.join('?' * len(actions))}) ORDER BY change.seq",
        *actions,
    )


def _change(spool: Spool, row: Sequence[Any]) -> Change:
    _, action, cms_id, brand_id, before, after, *held = row
    sides = ({} if side == _NOTHING else spool.read(held) if side is None else decode(side) for side in (before, after))
    return KINDS[action](cms_id, brand_id, *sides)


def count_changes(spool: Spool) -> dict[Action, int]:
    """How many changes of each action there are."""
    return dict.fromkeys(Action, 0) | dict(spool.query("SELECT action, count(*) FROM change GROUP BY action"))


def checksum(spool: Spool) -> str:
    """The checksum of all changes, whatever their order: a digest of the sum of their digests."""
    total = 0
    rows = _rows(spool, tuple(Action))
    while some := rows.fetchmany(_AT_ONCE):
        for row in some:
            total += int.from_bytes(hashlib.blake2b(_ENCODER.encode(row[1:]), digest_size=16).digest())
    return hashlib.sha256(str(total).encode()).hexdigest()[:16]
