"""The plan of an undo: what each brand will be at the end, in the same form as the plan of a run."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from brandsync.brand import Fields
from brandsync.journal import Batch, Entry
from brandsync.plan import Plan, checksum, count_changes
from brandsync.plan.change import Action
from brandsync.plan.foreseen import Foreseen, Held
from brandsync.plan.spool import Spool
from brandsync.workflow.classification import Classified, classify, place
from brandsync.workflow.outcome import Kept, Outcome
from brandsync.workflow.relinking import relinked
from brandsync.workflow.requests import RequestCount
from brandsync.workflow.take_back import TakeBack


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """What an undo will change, and what it will keep."""

    plan: Plan
    requests: RequestCount
    """What the writing takes on each side."""
    kept: list[Kept] = field(default_factory=list)
    """Brands that were edited since, in the order in which they were found."""


def plan_undo(entries: Iterable[Entry], take_back: TakeBack, spool: Spool, *, linked: int) -> UndoPlan:
    """Read both sides, and foresee what they become when these entries are undone, the newest first.

    Writes nothing but the spool. ``linked`` is how many links the journal holds. The plan's own ``linked`` is how many
    there were before the undone runs: the limits applied to that number then, and so they do to the undo.
    """
    foreseen = Foreseen(spool)
    view = _After(foreseen, take_back)
    writer = take_back.store.writer
    count = RequestCount(writer.store, writer.cms)
    kept: list[Kept] = []
    for entry in entries:
        inverse = entry.batch.inverse()
        rows = view.undo(inverse, entry)
        count.take_back(inverse, rows.write)
        kept += rows.kept
        linked += sum((after is not None) - (before is not None) for _, before, after in inverse.linked())
    foreseen.add_to_plan()
    foreseen.tell_links_from_adoptions(_links(foreseen, take_back, view))
    counts = count_changes(spool)
    plan = Plan(
        spool=spool,
        retrieved=0,
        missing=0,
        linked=max(linked, 0),
        unchanged=0,
        field_changes=counts[Action.UPDATE],
        counts=counts,
        checksum=checksum(spool),
    )
    return UndoPlan(plan, count, kept)


class _After:
    """The view of both sides as they will be after the undo of all entries seen so far."""

    def __init__(self, foreseen: Foreseen, take_back: TakeBack) -> None:
        self._foreseen = foreseen
        self._take_back = take_back
        self.images = take_back.images
        self._at_hand: dict[str, Held]
        """The brands or entries that were looked at last."""

    def undo(self, inverse: Batch, entry: Entry) -> Classified:
        """Foresee the undo of an entry. Returns what it would write, and keep."""
        rows = classify(inverse, entry, self)
        for row in rows.write:
            held = self._at_hand[place(inverse, row)]
            held.then = None if inverse.kind.removes else {**(held.then or {}), **row.after}
        self._foreseen.keep(self._at_hand, in_store=inverse.kind.in_store)
        self._foreseen.relink(replace(inverse, links=relinked(inverse, Outcome(kept=rows.kept))).linked())
        return rows

    def current(self, inverse: Batch) -> Mapping[str, Fields]:
        """The fields of the batch's rows, as the side that it writes to will hold them."""
        places = [place(inverse, row) for row in inverse.rows]
        known = self._at_hand = self._foreseen.at(places, in_store=inverse.kind.in_store)
        self._read(inverse, known)
        return {at: held.then for at, held in known.items() if held.then is not None}

    def linked(self, cms_ids: Sequence[str]) -> Mapping[str, str | None]:
        """The brands that the journal will link to these entries."""
        return self._foreseen.relinked(cms_ids, self._take_back.linked(cms_ids))

    def there(self, brand_ids: Sequence[str]) -> set[str]:
        """The brands among these that the store will have."""
        known = self._foreseen.there(brand_ids)
        unknown = [brand_id for brand_id in brand_ids if brand_id not in known]
        return {brand_id for brand_id, there in known.items() if there} | self._take_back.there(unknown)

    def _read(self, inverse: Batch, known: dict[str, Held]) -> None:
        """Read what isn't known yet. A batch's rows have the same fields, but another batch may have had fewer."""
        unread = [row for row in inverse.rows if not ((held := known.get(place(inverse, row))) and held.knows(row))]
        found = self._take_back.current(replace(inverse, rows=unread)) if unread else {}
        for row in unread:
            at = place(inverse, row)
            if at not in known:
                known[at] = Held(row.cms_id, row.brand_id, found.get(at), found.get(at))
            elif at in found:
                known[at].learn(found[at])


def _links(foreseen: Foreseen, now: TakeBack, then: _After) -> Iterator[tuple[str, str]]:
    """The links among what the plan adopts: the journal has them, or the brand is gone. Only the id is written."""
    for entries in foreseen.adopted():
        gone = {*entries} - then.there([*entries])
        yield from ({**now.linked([*entries.values()])} | {entries[brand_id]: brand_id for brand_id in gone}).items()
