"""The plan of an undo: what each brand will have become in the end, in the same form as the plan of a run."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from brandsync.brand import LINK_FIELD, Fields, decode, encode
from brandsync.journal import Batch, Entry, LinkRow, Row
from brandsync.plan import Plan, add_change, checksum, count_changes
from brandsync.plan.change import AdoptBrand, Change, CreateBrand, DeleteBrand, LinkBrand, UnlinkBrand, UpdateBrand
from brandsync.plan.spool import Spool
from brandsync.workflow.classification import Classified, classify, place
from brandsync.workflow.outcome import Kept, Outcome
from brandsync.workflow.pages import ids_in_chunks
from brandsync.workflow.relinking import relinked
from brandsync.workflow.requests import RequestCount
from brandsync.workflow.take_back import TakeBack
from brandsync.workflow.writer import EXTERNAL_ID

_SIDE = """
CREATE TABLE side (
    seq INTEGER PRIMARY KEY, link INTEGER NOT NULL, place TEXT NOT NULL, cms_id TEXT NOT NULL, brand_id TEXT,
    now TEXT, then_ TEXT, UNIQUE (link, place)
)
"""
"""What a side holds of a brand or an entry: now, and then, when the undo is done; null for one that isn't there."""
_LINKED = "CREATE TABLE linked (cms_id TEXT PRIMARY KEY, was TEXT, brand_id TEXT)"
"""Those of the journal's links that will be others: the brand that the first change starts from, and the last one."""
_RELINK = (
    "INSERT INTO linked VALUES (?, ?, ?) ON CONFLICT (cms_id) DO UPDATE SET brand_id = excluded.brand_id"
    " WHERE excluded.was IS NULL OR linked.brand_id IS NULL OR linked.brand_id = excluded.was"
)


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """What an undo will change, and what it will keep."""

    plan: Plan
    requests: RequestCount
    """What writing it takes of either side."""
    kept: list[Kept] = field(default_factory=list)
    """Edited since, in the order in which it was found."""


def plan_undo(entries: Iterable[Entry], take_back: TakeBack, spool: Spool, *, linked: int) -> UndoPlan:
    """Read back what is there, and foresee what undoing these entries, the newest first, makes of it.

    Writes nothing but the spool. ``linked`` is how many links the journal holds. The plan's own ``linked`` is how many
    there were before the runs that are undone: as those were held to the limits, so is their undo.
    """
    spool.query(_SIDE)
    spool.query(_LINKED)
    foreseen = _Foreseen(spool, take_back)
    writer = take_back.store.writer
    count = RequestCount(writer.store, writer.cms)
    kept: list[Kept] = []
    for entry in entries:
        inverse = entry.batch.inverse()
        rows = foreseen.undo(inverse, entry)
        count.take_back(inverse, rows.write)
        kept += rows.kept
        linked += sum((link.after is not None) - (link.before is not None) for link in inverse.links)
    for change in _changes(spool):
        add_change(spool, change)
    _tell_links_from_adoptions(spool, take_back.linked, foreseen.there)
    counts = count_changes(spool)
    plan = Plan(
        spool=spool,
        retrieved=0,
        missing=0,
        linked=max(linked, 0),
        unchanged=0,
        field_changes=counts["update"],
        counts=counts,
        checksum=checksum(spool),
    )
    return UndoPlan(plan, count, kept)


@dataclass(slots=True)
class _Side:
    """What one side holds of one brand or entry."""

    cms_id: str
    brand_id: str | None
    now: Fields | None
    then: Fields | None

    def knows(self, row: Row) -> bool:
        """Whether these fields have been read."""
        return self.now is None or {*row.before, *row.after} <= self.now.keys()

    def learn(self, found: Fields) -> None:
        """Take in fields that were read later; what is foreseen of others stands."""
        self.now = {**found, **(self.now or {})}
        self.then = None if self.then is None else {**found, **self.then}


class _Foreseen:
    """Both sides as they will be when the entries that were seen so far are undone."""

    def __init__(self, spool: Spool, take_back: TakeBack) -> None:
        self._spool = spool
        self._take_back = take_back
        self._at_hand: dict[str, _Side] = {}
        """What was looked at last."""

    def undo(self, inverse: Batch, entry: Entry) -> Classified:
        """Foresee an entry's inverse; returns what it would write, and keep."""
        rows = classify(inverse, entry, self)
        for row in rows.write:
            side = self._at_hand[place(inverse, row)]
            side.then = None if inverse.kind.removes else {**(side.then or {}), **row.after}
        self._keep(inverse, self._at_hand)
        if rows.staying:
            staying = {row.cms_id for row in rows.staying}
            inverse = inverse.only([row for row in inverse.rows if row.cms_id not in staying])
        self._relink(inverse, rows)
        return rows

    def current(self, inverse: Batch) -> Mapping[str, Fields]:
        """What the side that a batch writes to will hold of its rows' fields."""
        sides = self._at_hand = self._sides(inverse)
        self._read(inverse, sides)
        return {at: side.then for at, side in sides.items() if side.then is not None}

    def _relink(self, inverse: Batch, rows: Classified) -> None:
        """Take in what becomes of the journal's links."""
        outcome = Outcome(done=rows.write, already=rows.already, kept=rows.kept)
        changes = ((link.cms_id, _brand(link.before), _brand(link.after)) for link in relinked(inverse, outcome))
        self._spool.many(_RELINK, (change for change in changes if change[1] != change[2]))

    def linked(self, cms_ids: Sequence[str]) -> Mapping[str, str | None]:
        """The brands that the journal will link to these entries. A link that leads elsewhere by now stays."""
        linked: dict[str, str | None] = {**self._take_back.linked(cms_ids)}
        query = "SELECT cms_id, was, brand_id FROM linked WHERE cms_id IN ({values})"
        for cms_id, was, brand_id in self._spool.among(query, cms_ids):
            if was is None or linked.get(cms_id) in {None, was}:
                linked[cms_id] = brand_id
        return linked

    def there(self, brand_ids: Sequence[str]) -> set[str]:
        """Those of these brands that the store will have."""
        query = "SELECT place, then_ IS NOT NULL FROM side WHERE link = 0 AND place IN ({values})"
        known = dict(self._spool.among(query, brand_ids))
        unknown = [brand_id for brand_id in brand_ids if brand_id not in known]
        return {brand_id for brand_id, there in known.items() if there} | self._take_back.there(unknown)

    def _read(self, inverse: Batch, sides: dict[str, _Side]) -> None:
        """Read what isn't known yet: the rows of one batch have the same fields, but another's may have had fewer."""
        unread = [row for row in inverse.rows if not ((side := sides.get(place(inverse, row))) and side.knows(row))]
        found = self._take_back.current(replace(inverse, rows=unread)) if unread else {}
        for row in unread:
            at = place(inverse, row)
            if at not in sides:
                sides[at] = _Side(row.cms_id, row.brand_id, found.get(at), found.get(at))
            elif at in found:
                sides[at].learn(found[at])

    def _sides(self, inverse: Batch) -> dict[str, _Side]:
        """What is known of a batch's brands or entries, by their places."""
        link = int(not inverse.kind.in_store)
        query = f"SELECT place, cms_id, brand_id, now, then_ FROM side WHERE link = {link} AND place IN ({{values}})"
        rows = self._spool.among(query, [place(inverse, row) for row in inverse.rows])
        return {at: _Side(cms_id, brand_id, _decode(now), _decode(then)) for at, cms_id, brand_id, now, then in rows}

    def _keep(self, inverse: Batch, sides: Mapping[str, _Side]) -> None:
        self._spool.many(
            "INSERT INTO side (link, place, cms_id, brand_id, now, then_) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (link, place) DO UPDATE SET now = excluded.now, then_ = excluded.then_",
            (
                (not inverse.kind.in_store, at, side.cms_id, side.brand_id, _encode(side.now), _encode(side.then))
                for at, side in sides.items()
            ),
        )


def _decode(text: str | None) -> Fields | None:
    return None if text is None else decode(text)


def _encode(fields: Fields | None) -> str | None:
    return None if fields is None else encode(fields)


def _brand(link: LinkRow | None) -> str | None:
    return link.brand_id if link else None


def _changes(spool: Spool) -> Iterator[Change]:
    """What differs in the end, in the order in which it is undone; a link only where its brand stays as it is."""
    brands = "SELECT seq, cms_id, brand_id, now, then_, 0 FROM side WHERE NOT link AND now IS NOT then_"
    links = (
        "SELECT seq, cms_id, brand_id, now, then_, 1 FROM side WHERE link AND now IS NOT then_"
        " AND NOT EXISTS (SELECT 1 FROM side AS brand WHERE brand.link = 0 AND brand.place = side.brand_id"
        " AND brand.now IS NOT brand.then_)"
    )
    for _seq, cms_id, brand_id, now, then, is_link in spool.query(f"{brands} UNION ALL {links} ORDER BY 1"):
        before, after = decode(now or "{}"), decode(then or "{}")
        if now is None or then is None:
            yield (CreateBrand if now is None else DeleteBrand)(cms_id, brand_id, before, after)
            continue
        if is_link:
            yield _linking(cms_id, brand_id, before[EXTERNAL_ID], after[EXTERNAL_ID])
            continue
        names = [name for name, value in after.items() if before.get(name) != value]
        old, new = ({name: side.get(name) for name in names} for side in (before, after))
        kind: type[Change] = UpdateBrand
        if names == [LINK_FIELD]:
            kind = UnlinkBrand if new[LINK_FIELD] is None else AdoptBrand
        yield kind(cms_id, brand_id, old, new)


def _linking(cms_id: str, brand_id: str | None, before: str | None, after: str | None) -> Change:
    """An external id that is written or cleared, or that names again the brand that it had named before."""
    if brand_id is None:  # it names a brand that isn't there any more
        return LinkBrand(cms_id, after, {}, {}) if after else UnlinkBrand(cms_id, before, {}, {})
    return (AdoptBrand if after == brand_id else UnlinkBrand)(cms_id, brand_id, {}, {})


def _tell_links_from_adoptions(
    spool: Spool, linked: Callable[[Sequence[str]], Mapping[str, str]], there: Callable[[Sequence[str]], set[str]]
) -> None:
    """A brand that the journal links, or that is gone, is not adopted: its external id is written, and nothing else."""
    adopted = spool.query("SELECT brand_id, cms_id FROM change WHERE action = ?", AdoptBrand.action).fetchall()
    entries = dict(adopted)
    for ids in ids_in_chunks(adopted):
        links = {**linked([entries[brand_id] for brand_id in ids])}
        links |= {entries[brand_id]: brand_id for brand_id in {*ids} - there(ids)}
        spool.add_links((cms_id, brand_id, None, None) for cms_id, brand_id in links.items())
    spool.query(
        "UPDATE change SET action = ? WHERE action = ? AND brand_id ="
        " (SELECT brand_id FROM link WHERE link.cms_id = change.cms_id)",
        LinkBrand.action,
        AdoptBrand.action,
    )
