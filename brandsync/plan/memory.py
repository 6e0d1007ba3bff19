"""What a link remembers of its brand: for each field, what both sides held when the field was last settled.

A field is settled when brandsync writes it, or when a run finds it equal on both sides. A value that brandsync leaves
to a person is not settled: it stays a person's edit, whatever happens to the other fields.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from brandsync.brand import Fields, decode, encode
from brandsync.brand.kind import same
from brandsync.errors import Unreadable
from brandsync.observing.excerpt import excerpt
from brandsync.plan.owned_keys import written_over
from brandsync.plan.spool import Spool


class Settled(NamedTuple):
    """What both sides held of one field when it was last settled."""

    source: Any
    """In the CMS."""
    held: Any
    """In the store, which may spell it in its own way."""


Memory = Mapping[str, Settled]
"""The fields that have been settled, by name."""
_Columns = tuple[str | None, str | None]
"""The memory as two columns of a link hold it: ``written`` and ``stored``."""


def read_memory(written: str | None, stored: str | None, cms_id: str = "") -> Memory:
    """The memory from two columns of a link. ``stored`` is none where both sides held the same.

    Raises:
        Unreadable: somebody has edited the columns, and they no longer hold fields.
    """
    if written is None:
        return {}
    source = _fields("written", written, cms_id)
    held = source if stored is None else _fields("stored", stored, cms_id)
    return {name: Settled(value, held[name]) for name, value in source.items() if name in held}


def _fields(column: str, text: str, cms_id: str) -> Fields:
    try:
        fields = decode(text)
    except (ValueError, RecursionError):
        fields = None
    if isinstance(fields, dict):
        return fields
    whose = f"entry {cms_id}" if cms_id else f"a link ({excerpt(text)!r})"
    quoted = cms_id.replace("'", "''")
    raise Unreadable(
        f"the journal is damaged: in brandsync_link, `{column}` of {whose} cannot be read",
        hint="put it right, or forget what was settled: UPDATE brandsync_link SET written = NULL, stored = NULL WHERE"
        f" cms_id = '{quoted}'",
    )


def write_memory(memory: Memory) -> _Columns:
    """The two columns of a link that hold this memory."""
    if not memory:
        return None, None
    written = encode({name: settled.source for name, settled in memory.items()})
    stored = encode({name: settled.held for name, settled in memory.items()})
    return written, None if stored == written else stored


def agreed(memory: Memory, source: Fields, held: Fields) -> Memory:
    """The memory after a look at both sides: equal fields are settled. Unmapped fields stay as they were."""
    equal: dict[str, Settled] = {}
    for name, value in source.items():
        found, known = held.get(name), memory.get(name)
        if same(found, value):
            equal[name] = Settled(value, value)
        elif same(found, written_over(found, value, known and known.source)):
            equal[name] = Settled(value, found)
    return {**memory, **equal}


def wrote(memory: Memory, source: Fields, held: Fields, names: Iterable[str]) -> Memory:
    """The memory after these fields were written: ``held`` is what the store made of them."""
    return {**memory, **{name: Settled(source[name], held[name]) for name in names if name in held}}


def differing(one: Memory, other: Memory) -> set[str]:
    """The fields in which the two memories differ."""
    return {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}


def replaced(memory: Memory, other: Memory, names: Collection[str]) -> Memory:
    """The memory, with these fields taken from the other memory. A field that the other one lacks is removed."""
    kept = {name: settled for name, settled in memory.items() if name not in names}
    return kept | {name: other[name] for name in names if name in other}


def renew(spool: Spool, cms_id: str, known: Memory, now: Memory) -> None:
    """Keep in the spool what a link must now remember, where this run writes nothing to the pair. Only if it is new."""
    if now != known:
        _keep(spool, cms_id, write_memory(now))


def renew_equal(spool: Spool, cms_id: str, fields: Fields, known: _Columns) -> None:
    """The same, of a pair whose sides both hold these fields; ``known``: the two columns of its link."""
    now = _of_equal(fields, *known)
    if now != known:
        _keep(spool, cms_id, now)


def _keep(spool: Spool, cms_id: str, now: _Columns) -> None:
    spool.query("INSERT INTO renewed VALUES (?, ?, ?)", cms_id, *now)


def renewed_links(spool: Spool) -> Iterator[tuple[str, str, str | None, str | None]]:
    """What the journal must newly remember of pairs that this run left alone.

    Gives ``cms_id``, ``brand_id``, ``written`` and ``stored``.
    """
    return spool.query(
        "SELECT cms.cms_id, cms.brand_id, renewed.written, renewed.stored FROM renewed JOIN cms USING (cms_id)"
        " LEFT JOIN link ON link.cms_id = cms.cms_id AND link.brand_id = cms.brand_id"
        " WHERE (cms.problem IS NULL OR link.cms_id IS NOT NULL) AND cms.cms_id NOT IN (SELECT cms_id FROM change)"
    )


def _of_equal(fields: Fields, written: str | None, stored: str | None) -> _Columns:
    """The two columns to remember for a pair whose sides both hold these fields."""
    try:
        known = read_memory(written, stored)
    except Unreadable:
        known = {}  # it is not needed: both sides agree
    if not known.keys() - fields.keys():
        return encode(fields), None
    return write_memory(agreed(known, fields, fields))
