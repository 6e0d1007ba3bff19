"""What to write to take a batch back: only where the other side still holds what brandsync wrote."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from msgspec import structs

from brandsync.brand import EXTERNAL_ID, LINK_FIELD, Fields
from brandsync.brand.kind import holds, same
from brandsync.journal import Batch, BatchKind, Entry
from brandsync.plan.change import Change
from brandsync.plan.owned_keys import EDITED, taken_back
from brandsync.workflow.outcome import Kept


@dataclass(slots=True)
class Classified:
    """What to write to take a batch back, and what to leave."""

    write: list[Change] = field(default_factory=list)
    already: list[Change] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    staying: list[Change] = field(default_factory=list)
    """External ids that are not taken back, because their brands have kept the links that this run made."""

    def held(self, entry: Entry) -> list[Change]:
        """The external ids that stay only until their brands can be taken back."""
        return [row for row in self.staying if row.cms_id in entry.unsettled]


class View(Protocol):
    """How a classification sees both sides and the journal: as they are, or as an undo will find them."""

    @property
    def images(self) -> Collection[str]:
        """The fields that are images."""

    def current(self, inverse: Batch) -> Mapping[str, Fields]:
        """The fields of the batch's rows on the side that it writes to, by place."""

    def linked(self, cms_ids: Sequence[str]) -> Mapping[str, str | None]:
        """The brands that the journal links to these CMS entries."""

    def there(self, brand_ids: Sequence[str]) -> Collection[str]:
        """The brands among these that the store has."""


def place(batch: Batch, row: Change) -> str:
    """Where a row is written: the brand's id, or the entry's id for an external id."""
    return (row.brand_id or "") if batch.kind.in_store else row.cms_id


def classify(inverse: Batch, entry: Entry, view: View) -> Classified:
    """Sort the rows of an entry's inverse by what each side holds now. Writes nothing."""
    if inverse.kind.in_store and inverse.kind.removes and view.images:
        return _without_pictured(inverse, view)
    if inverse.kind.in_store:
        return _sorted(inverse, view.current(inverse))
    going, staying = _parted(inverse, entry.made, view)
    rows = _without_own(_sorted(going, view.current(going)), view)
    rows = _without_dangling(rows, entry.beside, view)
    return Classified(rows.write, rows.already, rows.kept, staying)


def _without_pictured(inverse: Batch, view: View) -> Classified:
    """The brands to remove, without those that show a picture: what the run gave them has been taken back before."""
    nothing = dict.fromkeys(view.images)
    rows = [structs.replace(row, before={**nothing, **row.before}) for row in inverse.rows]
    current = view.current(structs.replace(inverse, rows=rows))
    shown = {at: {name: value for name in nothing if (value := found.get(name))} for at, found in current.items()}
    classified = _sorted(inverse, current)
    kept = [Kept(row, pictures) for row in classified.write if (pictures := shown.get(place(inverse, row)))]
    left = {item.row.cms_id for item in kept}
    write = [row for row in classified.write if row.cms_id not in left]
    return Classified(write, classified.already, [*classified.kept, *kept])


def connects(row: Change) -> bool:
    """Whether a link row writes its own brand's id, not one that the entry had before."""
    return row.brand_id is not None and row.after[EXTERNAL_ID] == row.brand_id


def _parted(inverse: Batch, made: Collection[str], view: View) -> tuple[Batch, list[Change]]:
    """The external ids to take back, and those that stay.

    A brand keeps the run's link if it was edited since or could not be taken back. It keeps its external id too. The
    journal's links are read after the brands have been taken back.
    """
    asked = [row for row in inverse.rows if row.cms_id in made and row.before[EXTERNAL_ID] == row.brand_id]
    brands = view.linked([row.cms_id for row in asked]) if asked else {}
    staying = {row.cms_id: row for row in asked if brands.get(row.cms_id) == row.brand_id}
    return inverse.only([row for row in inverse.rows if row.cms_id not in staying]), [*staying.values()]


def _without_own(rows: Classified, view: View) -> Classified:
    """The rows of a link. An external id that brandsync itself wrote does not count as a person's edit."""
    brands = view.linked([item.row.cms_id for item in rows.kept]) if rows.kept else {}
    own = [item.row for item in rows.kept if brands.get(item.row.cms_id, "") == item.found[EXTERNAL_ID]]
    kept = [item for item in rows.kept if brands.get(item.row.cms_id, "") != item.found[EXTERNAL_ID]]
    return Classified(rows.write, [*rows.already, *own], kept)


def _without_dangling(rows: Classified, beside: Collection[str], view: View) -> Classified:
    """The rows of a link, without ids of brands that should have come back with them and have not.

    If the brand was gone before, its id is written again all the same. Otherwise the next run would recreate a brand
    that a person has deleted. ``beside`` are the entries whose brands were written in the same undo.
    """
    asked = {row.cms_id: row.brand_id for row in rows.write if row.brand_id and connects(row) and row.cms_id in beside}
    known = view.there([*asked.values()])
    lost = [row for row in rows.write if row.cms_id in asked and row.brand_id not in known]
    write = [row for row in rows.write if row.cms_id not in asked or row.brand_id in known]
    return Classified(write, [*rows.already, *lost], rows.kept)


def _sorted(inverse: Batch, current: Mapping[str, Fields]) -> Classified:
    classified = Classified()
    for row in inverse.rows:
        _RULES[inverse.kind](row, current.get(place(inverse, row)), classified)
    return classified


_Rule = Callable[[Change, Fields | None, Classified], None]


def _removal(row: Change, found: Fields | None, into: Classified) -> None:
    if found is None:
        into.already.append(row)
    elif holds(found, row.before):
        into.write.append(row)
    else:
        into.kept.append(Kept(row, found))


def _restoration(row: Change, found: Fields | None, into: Classified) -> None:
    if found is None:
        into.write.append(row)
    elif holds(found, row.after):
        into.already.append(row)
    else:
        into.kept.append(Kept(row, found))


def _update(row: Change, found: Fields | None, into: Classified) -> None:
    """Field by field: if a person has edited one field since, the others are still restored.

    But a brand that is kept keeps its link, with the store's own side of it.
    """
    if found is None:
        into.kept.append(Kept(row, {}))
        return
    ours: dict[str, Any] = {}
    edited: list[str] = []
    for name, wrote in row.before.items():
        was, now = row.after[name], found.get(name)
        back = taken_back(wrote, was, now)
        if back is EDITED and not same(now, was):
            edited.append(name)
        elif back is not EDITED and not same(now, back):
            ours[name] = back
    if edited and row.after.get(LINK_FIELD) != row.cms_id:
        ours.pop(LINK_FIELD, None)
    if edited:
        into.kept.append(Kept(row, {name: found.get(name) for name in edited}))
    elif not ours:
        into.already.append(row)
    if ours:
        into.write.append(structs.replace(row, before={name: found.get(name) for name in ours}, after=ours))


def _link(row: Change, found: Fields | None, into: Classified) -> None:
    if found is None:
        into.already.append(row)
    else:
        _update(row, found, into)


_RULES: dict[BatchKind, _Rule] = {
    BatchKind.UNCREATE: _removal,
    BatchKind.DELETE: _removal,
    BatchKind.RESTORE: _restoration,
    BatchKind.UPDATE: _update,
    BatchKind.LINK: _link,
}
