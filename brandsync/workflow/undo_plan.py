"""The plan of an undo: what each brand will have become in the end, in the same form as the plan of a run."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from brandsync.brand import LINK_FIELD, Fields, decode, encode
from brandsync.change import AdoptBrand, Change, CreateBrand, DeleteBrand, UnlinkBrand, UpdateBrand
from brandsync.journal import Batch, Entry, Row
from brandsync.plan import Plan, add_change, checksum, count_changes
from brandsync.spool import Spool
from brandsync.workflow.engine import Kept
from brandsync.workflow.requests import RequestCount
from brandsync.workflow.take_back import Classified, TakeBack, classify, leading_somewhere, place

_TABLE = """
CREATE TABLE side (
    seq INTEGER PRIMARY KEY, link INTEGER NOT NULL, place TEXT NOT NULL, cms_id TEXT NOT NULL, brand_id TEXT,
    now TEXT, then_ TEXT, UNIQUE (link, place)
)
"""
"""What a side holds of a brand or an entry: now, and then, when the undo is done; null for one that isn't there."""


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
    spool.query(_TABLE)
    foreseen = _Foreseen(spool, take_back)
    count = RequestCount(take_back.writer.store, take_back.writer.cms)
    kept: list[Kept] = []
    for entry in entries:
        inverse = entry.batch.inverse()
        rows = foreseen.undo(inverse)
        count.take_back(inverse, rows.write)
        kept += rows.kept
        linked += sum((link.after is not None) - (link.before is not None) for link in inverse.links)
    for change in _changes(spool):
        add_change(spool, change)
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

    def undo(self, inverse: Batch) -> Classified:
        """Foresee one batch; returns what it would write, and keep."""
        sides = self._sides(inverse)
        self._read(inverse, sides)
        rows = classify(inverse, {at: side.then for at, side in sides.items() if side.then is not None})
        if inverse.kind == "link":
            rows = leading_somewhere(rows, self._there)
        gone = inverse.kind in {"uncreate", "delete"}
        for row in rows.write:
            side = sides[place(inverse, row)]
            side.then = None if gone else {**(side.then or {}), **row.after}
        self._keep(inverse, sides)
        return rows

    def _there(self, brand_ids: Sequence[str]) -> set[str]:
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
        link = int(inverse.kind == "link")
        query = f"SELECT place, cms_id, brand_id, now, then_ FROM side WHERE link = {link} AND place IN ({{values}})"
        rows = self._spool.among(query, [place(inverse, row) for row in inverse.rows])
        return {at: _Side(cms_id, brand_id, _decode(now), _decode(then)) for at, cms_id, brand_id, now, then in rows}

    def _keep(self, inverse: Batch, sides: Mapping[str, _Side]) -> None:
        self._spool.many(
            "INSERT INTO side (link, place, cms_id, brand_id, now, then_) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (link, place) DO UPDATE SET now = excluded.now, then_ = excluded.then_",
            (
                (inverse.kind == "link", at, side.cms_id, side.brand_id, _encode(side.now), _encode(side.then))
                for at, side in sides.items()
            ),
        )


def _decode(text: str | None) -> Fields | None:
    return None if text is None else decode(text)


def _encode(fields: Fields | None) -> str | None:
    return None if fields is None else encode(fields)


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
        names = [name for name, value in after.items() if before.get(name) != value]
        kind = _linking(after[names[0]]) if is_link or names == [LINK_FIELD] else UpdateBrand
        changed = [] if is_link else names
        old, new = ({name: side.get(name) for name in changed} for side in (before, after))
        yield kind(cms_id, brand_id, old, new)


def _linking(link: str | None) -> type[Change]:
    return UnlinkBrand if link is None else AdoptBrand
