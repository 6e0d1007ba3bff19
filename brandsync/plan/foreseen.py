"""What both sides will hold after an undo, on disk. The plan of the undo is made from it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from brandsync.brand import EXTERNAL_ID, LINK_FIELD, Fields, batched, decode, encode
from brandsync.plan.change import (
    Action,
    AdoptBrand,
    Change,
    LinkBrand,
    UnlinkBrand,
    UpdateBrand,
)
from brandsync.plan.changes import place_changes
from brandsync.plan.spool import AT_ONCE, Spool

_SIDE = """
CREATE TABLE side (
    seq INTEGER PRIMARY KEY, link INTEGER NOT NULL, place TEXT NOT NULL, cms_id TEXT NOT NULL, brand_id TEXT,
    now TEXT, then_ TEXT, UNIQUE (link, place)
)
"""
"""What a side holds of a brand or an entry: now, and after the undo (``then_``). Null if it isn't there."""
_LINKED = "CREATE TABLE linked (cms_id TEXT PRIMARY KEY, was TEXT, brand_id TEXT)"
"""The journal's links that will change: the brand before the first change (``was``), and after the last one."""
_RELINK = (
    "INSERT INTO linked VALUES (?, ?, ?) ON CONFLICT (cms_id) DO UPDATE SET brand_id = excluded.brand_id"
    " WHERE excluded.was IS NULL OR linked.brand_id IS NULL OR linked.brand_id = excluded.was"
)


@dataclass(slots=True)
class Held:
    """What one side holds of one brand or entry."""

    cms_id: str
    brand_id: str | None
    now: Fields | None
    then: Fields | None
    """After the undo."""

    def knows(self, change: Change) -> bool:
        """Whether these fields have been read."""
        return self.now is None or {*change.before, *change.after} <= self.now.keys()

    def learn(self, found: Fields) -> None:
        """Add fields that were read later. The foreseen values of other fields stay."""
        self.now = {**found, **(self.now or {})}
        self.then = None if self.then is None else {**found, **self.then}


class Foreseen:
    """What is known of both sides so far. A place is a brand's id in the store, or an entry's id in the CMS."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        spool.query(_SIDE)
        spool.query(_LINKED)

    def at(self, places: Sequence[str], *, in_store: bool) -> dict[str, Held]:
        """What is known of these places on one side."""
        query = f"SELECT place, cms_id, brand_id, now, then_ FROM side WHERE link = {not in_store:d} AND place IN"
        rows = self._spool.among(query + " ({values})", places)
        return {at: Held(cms_id, brand_id, _decode(now), _decode(then)) for at, cms_id, brand_id, now, then in rows}

    def keep(self, held: Mapping[str, Held], *, in_store: bool) -> None:
        """Remember what is now known of one side, by place."""
        self._spool.many(
            "INSERT INTO side (link, place, cms_id, brand_id, now, then_) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (link, place) DO UPDATE SET now = excluded.now, then_ = excluded.then_",
            ((not in_store, place, *_row(side)) for place, side in held.items()),
        )

    def there(self, brand_ids: Sequence[str]) -> Mapping[str, bool]:
        """For each of these brands that is known: whether the store will have it."""
        query = "SELECT place, then_ IS NOT NULL FROM side WHERE link = 0 AND place IN ({values})"
        return {brand_id: bool(there) for brand_id, there in self._spool.among(query, brand_ids)}

    def relink(self, links: Iterable[tuple[str, str | None, str | None]]) -> None:
        """Take in what becomes of the journal's links: an entry, its brand, and the brand that it will have."""
        self._spool.many(_RELINK, (link for link in links if link[1] != link[2]))

    def relinked(self, cms_ids: Sequence[str], now: Mapping[str, str]) -> Mapping[str, str | None]:
        """The brands that the journal will link to these entries. ``now`` holds its links at present.

        A link that leads to another brand by now stays.
        """
        linked: dict[str, str | None] = {**now}
        query = "SELECT cms_id, was, brand_id FROM linked WHERE cms_id IN ({values})"
        for cms_id, was, brand_id in self._spool.among(query, cms_ids):
            if was is None or linked.get(cms_id) in {None, was}:
                linked[cms_id] = brand_id
        return linked

    def add_to_plan(self) -> None:
        """Add the differences at the end to the plan, in the order of undoing. What comes or goes is added as it is."""
        self._spool.query(
            "INSERT INTO change (seq, action, cms_id, brand_id, before, after)"
            " SELECT seq, CASE WHEN now IS NULL THEN ? ELSE ? END, cms_id, brand_id, ifnull(now, '{}'),"
            " ifnull(then_, '{}') FROM side WHERE NOT link AND (now IS NULL) <> (then_ IS NULL)",
            Action.CREATE,
            Action.DELETE,
        )
        place_changes(self._spool, self._altered())

    def _altered(self) -> Iterator[tuple[int, Change]]:
        """The brands and entries that stay and change, by place. A link counts only where its brand stays as it is."""
        altered = (
            "SELECT seq, link, cms_id, brand_id, now, then_ FROM side"
            " WHERE now IS NOT then_ AND now IS NOT NULL AND then_ IS NOT NULL AND NOT (link AND EXISTS ("
            "SELECT 1 FROM side AS brand WHERE brand.link = 0 AND brand.place = side.brand_id"
            " AND brand.now IS NOT brand.then_)) ORDER BY seq"
        )
        for seq, is_link, cms_id, brand_id, now, then in self._spool.query(altered):
            yield seq, (_linked if is_link else _updated)(cms_id, brand_id, decode(now), decode(then))

    def adopted(self) -> Iterator[Mapping[str, str]]:
        """The entries that the plan adopts, by their brands' ids; some at a time."""
        query = "SELECT brand_id, cms_id FROM change WHERE action = ?"
        return map(dict, batched(self._spool.query(query, Action.ADOPT).fetchall(), AT_ONCE))

    def tell_links_from_adoptions(self, links: Iterable[tuple[str, str]]) -> None:
        """Plan the brands of these links (an entry, its brand) as linked again, not as adopted."""
        self._spool.add_links((cms_id, brand_id, None, None) for cms_id, brand_id in links)
        self._spool.query(
            "UPDATE change SET action = ? WHERE action = ?"
            " AND brand_id = (SELECT brand_id FROM link WHERE link.cms_id = change.cms_id)",
            Action.LINK,
            Action.ADOPT,
        )


def _updated(cms_id: str, brand_id: str | None, before: Fields, after: Fields) -> Change:
    names = [name for name, value in after.items() if before.get(name) != value]
    old, new = ({name: side.get(name) for name in names} for side in (before, after))
    kind: type[Change] = UpdateBrand
    if names == [LINK_FIELD]:
        kind = UnlinkBrand if new[LINK_FIELD] is None else AdoptBrand
    return kind(cms_id, brand_id, old, new)


def _linked(cms_id: str, brand_id: str | None, before: Fields, after: Fields) -> Change:
    """An external id that is written or cleared. Or it names a brand again that it named before."""
    was, becomes = before[EXTERNAL_ID], after[EXTERNAL_ID]
    if brand_id is None:  # it names a brand that no longer exists
        return LinkBrand(cms_id, becomes, {}, {}) if becomes else UnlinkBrand(cms_id, was, {}, {})
    return (AdoptBrand if becomes == brand_id else UnlinkBrand)(cms_id, brand_id, {}, {})


def _row(held: Held) -> tuple[str | None, ...]:
    now = _encode(held.now)
    return held.cms_id, held.brand_id, now, now if held.then is held.now else _encode(held.then)


def _decode(text: str | None) -> Fields | None:
    return None if text is None else decode(text)


def _encode(fields: Fields | None) -> str | None:
    return None if fields is None else encode(fields)
