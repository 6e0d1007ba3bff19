"""Taking a batch back: a value is restored only where the other side still holds what brandsync wrote."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from msgspec import structs

from brandsync.brand import LINK_FIELD, Fields
from brandsync.errors import BrandsyncError, Interrupted, LeaseLost
from brandsync.journal import Batch, Entry, EntryState, Row
from brandsync.workflow.external_ids import ExternalIds
from brandsync.workflow.outcome import Failed, Kept, Outcome
from brandsync.workflow.settle import Settling
from brandsync.workflow.writer import EXTERNAL_ID, Writer, holds

Linked = Callable[[Sequence[str]], Mapping[str, str | None]]
"""Tells the brands that the journal links to some CMS entries."""


@dataclass(slots=True)
class Classified:
    """What has to be written to take a batch back, and what must not be."""

    write: list[Row] = field(default_factory=list)
    already: list[Row] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    staying: list[Row] = field(default_factory=list)
    """External ids that are not to be taken back: their brands have kept the links that this run made."""


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Takes batches back, in a rollback, a recovery or an undo. Repeating it is harmless."""

    writer: Writer
    external_ids: ExternalIds
    settling: Settling
    link_in_cms: bool
    """External ids are written to the CMS."""

    def __call__(self, entry: Entry) -> Outcome:
        """Take one entry back; one brand's failure never stops the others."""
        batch = entry.batch
        if entry.state is EntryState.INTENT and batch.kind in {"create", "update"}:
            batch = self.settling.as_held(batch)
        settled, outcome = self.settling.ids(self.settling.restored(batch))
        inverse = settled.inverse()
        if entry.state is EntryState.UNDOING:
            inverse = self.settling.restored(inverse)
        try:
            rows = self.classified(inverse, entry)
            if rows.write and entry.state is not EntryState.UNDOING:
                inverse = self._remembered(entry, inverse)
            outcome.add(self.apply(inverse, rows))
            outcome.held += _held(entry, rows)
        except (Interrupted, LeaseLost):
            raise
        except BrandsyncError as error:
            outcome.add(self._left(entry, inverse, error.message))
        if self.link_in_cms and inverse.kind == "restore" and batch.kind == "uncreate":
            self._name_again(entry.batch, outcome)
        return outcome

    def _name_again(self, batch: Batch, outcome: Outcome) -> None:
        """Write the new ids of brands that came back where the CMS has the old ones still.

        An undo takes brands back before their external ids: where it ends in between, no entry tells of these.
        """
        there = [*outcome.done, *outcome.already]
        moved = batch.moved(there)
        now = self.settling.journal.new_ids.leading_to([row.brand_id for row in there if row.brand_id]) | moved
        came_back = set(now.values())
        rows = [row for row in there if row.brand_id in came_back]
        if not rows:
            return
        try:
            found = self.external_ids.of(rows)
            stale = [
                Row(row.cms_id, row.brand_id, found[row.cms_id], {EXTERNAL_ID: row.brand_id})
                for row in rows
                if row.cms_id in found and now.get(found[row.cms_id][EXTERNAL_ID] or "") == row.brand_id
            ]
            written = self.writer.link(stale)
        except (Interrupted, LeaseLost):
            raise
        except BrandsyncError as error:
            self.external_ids.forget()
            outcome.failed += [Failed(row, error.message) for row in rows]
            return
        self.external_ids.written(written.done)
        outcome.failed += written.failed
        outcome.waiting += written.waiting

    def _remembered(self, entry: Entry, inverse: Batch) -> Batch:
        """A restoration, once the journal knows who looks like its brands already: they are not ours."""
        prepared = self.settling.known(inverse)
        if prepared is not inverse:
            self.settling.journal.entries.undoing(entry, prepared.known)
        return prepared

    def _left(self, entry: Entry, inverse: Batch, error: str) -> Outcome:
        """What a call that failed has left undone, as read back; everything where that can't be read either."""
        try:
            self.external_ids.forget()
            inverse = self.settling.restored(inverse)
            rows = self.classified(inverse, entry)
        except (Interrupted, LeaseLost):
            raise
        except BrandsyncError:
            return Outcome(failed=[Failed(row, error) for row in inverse.rows])
        failed = [Failed(row, error) for row in rows.write]
        return Outcome(already=rows.already, kept=rows.kept, failed=failed, held=_held(entry, rows))

    def done(self, batch: Batch) -> Batch:
        """The part of an intent that was really done, as read back."""
        if batch.kind != "link":
            return self.settling.done(batch)
        current = self.external_ids.of(batch.rows)
        return batch.only([row for row in batch.rows if current.get(row.cms_id) == row.after])

    def classified(self, inverse: Batch, entry: Entry) -> Classified:
        """Read back what is there, and sort the rows of an entry's inverse by it. Writes nothing."""
        if inverse.kind != "link":
            return classify(inverse, self.current(inverse))
        going, staying = parted(inverse, entry.made, self.linked)
        rows = without_own(classify(going, self.current(going)), self.linked)
        return replace(without_dangling(rows, entry.beside, self.there), staying=staying)

    def linked(self, cms_ids: Sequence[str]) -> Mapping[str, str]:
        """The brands that the journal links to these CMS entries."""
        return self.settling.journal.links.brands(cms_ids)

    def current(self, inverse: Batch) -> Mapping[str, Fields]:
        """What the side that a batch writes to holds now of its rows' fields, by brand id; by entry for links."""
        return self.external_ids.of(inverse.rows) if inverse.kind == "link" else self.writer.current(inverse.rows)

    def apply(self, inverse: Batch, rows: Classified) -> Outcome:
        """Write what a classification found."""
        write: dict[str, Callable[[Sequence[Row]], Outcome]] = {
            "uncreate": self.writer.uncreate,
            "delete": self.writer.delete,
            "restore": self.writer.restore,
            "update": self.writer.update,
            "link": self.writer.link,
        }
        if inverse.kind == "link":
            self._not_ours(rows.write)
        outcome = write[inverse.kind](rows.write)
        if inverse.kind == "link":
            self.external_ids.written(outcome.done)
        outcome.already += rows.already
        outcome.kept += rows.kept
        return outcome

    def _not_ours(self, rows: Sequence[Row]) -> None:
        """Brands whose ids are written again are there, or a person has deleted them: brandsync has not."""
        journal = self.settling.journal
        with journal.transaction():
            journal.gone.forget(row.brand_id for row in rows if row.brand_id and connects(row))

    def there(self, brand_ids: Sequence[str]) -> set[str]:
        """Those of these brands that the store has now."""
        return {brand.id for brand in self.writer.store.get_brands(["name"], brand_ids)} if brand_ids else set()


def _held(entry: Entry, rows: Classified) -> list[Row]:
    """The external ids that stay only until their brands can be taken back."""
    return [row for row in rows.staying if row.cms_id in entry.unsettled]


def parted(inverse: Batch, made: Collection[str], linked: Linked) -> tuple[Batch, list[Row]]:
    """The external ids that are to be taken back, and those that stay.

    A brand that was edited since, or could not be taken back, has kept the link that the run made. It keeps its
    external id too. ``linked`` tells the journal's links, as they are once the brands have been taken back.
    """
    asked = [row for row in inverse.rows if row.cms_id in made and row.before[EXTERNAL_ID] == row.brand_id]
    brands = linked([row.cms_id for row in asked]) if asked else {}
    staying = {row.cms_id: row for row in asked if brands.get(row.cms_id) == row.brand_id}
    return inverse.only([row for row in inverse.rows if row.cms_id not in staying]), [*staying.values()]


def without_own(rows: Classified, linked: Linked) -> Classified:
    """The rows of a link, where what the CMS holds by brandsync's own doing is not taken for a person's edit."""
    brands = linked([item.row.cms_id for item in rows.kept]) if rows.kept else {}
    own = [item.row for item in rows.kept if brands.get(item.row.cms_id, "") == item.found[EXTERNAL_ID]]
    kept = [item for item in rows.kept if brands.get(item.row.cms_id, "") != item.found[EXTERNAL_ID]]
    return Classified(rows.write, [*rows.already, *own], kept)


def connects(row: Row) -> bool:
    """Whether a row of a link writes the id of its own brand, and not one that the entry had before."""
    return row.brand_id is not None and row.after[EXTERNAL_ID] == row.brand_id


def without_dangling(
    rows: Classified, beside: Collection[str], there: Callable[[Sequence[str]], Collection[str]]
) -> Classified:
    """The rows of a link, without external ids of brands that were to come back with them, and have not.

    An id whose brand was gone before is written again all the same: without it, the next run would make anew what a
    person has deleted. ``beside`` are the entries whose brands were written in the same go.
    """
    asked = {row.cms_id: row.brand_id for row in rows.write if row.brand_id and connects(row) and row.cms_id in beside}
    known = there([*asked.values()])
    lost = [row for row in rows.write if row.cms_id in asked and row.brand_id not in known]
    write = [row for row in rows.write if row.cms_id not in asked or row.brand_id in known]
    return Classified(write, [*rows.already, *lost], rows.kept)


def classify(inverse: Batch, current: Mapping[str, Fields]) -> Classified:
    """Sort the rows of an inverse batch by what is there: ``current`` as ``TakeBack.current`` gives it."""
    classified = Classified()
    for row in inverse.rows:
        _RULES[inverse.kind](row, current.get(place(inverse, row)), classified)
    return classified


def place(batch: Batch, row: Row) -> str:
    """Where a row is written: its entry's id for a link, else its brand's."""
    return row.cms_id if batch.kind == "link" else row.brand_id or ""


_Rule = Callable[[Row, Fields | None, Classified], None]


def _classify_removal(row: Row, found: Fields | None, into: Classified) -> None:
    if found is None:
        into.already.append(row)
    elif holds(found, row.before):
        into.write.append(row)
    else:
        into.kept.append(Kept(row, found))


def _classify_restoration(row: Row, found: Fields | None, into: Classified) -> None:
    if found is None:
        into.write.append(row)
    elif holds(found, row.after):
        into.already.append(row)
    else:
        into.kept.append(Kept(row, found))


def _classify_update(row: Row, found: Fields | None, into: Classified) -> None:
    """Field by field: one that a person has edited since doesn't keep the others from being restored.

    But a brand that is kept keeps its link, the store's own side of it included.
    """
    if found is None:
        into.kept.append(Kept(row, {}))
        return
    ours = [name for name, value in row.before.items() if found.get(name) == value and row.after[name] != value]
    edited = [name for name in row.before if name not in ours and found.get(name) != row.after[name]]
    ours = [name for name in ours if not (edited and name == LINK_FIELD and row.after[name] != row.cms_id)]
    if edited:
        into.kept.append(Kept(row, {name: found.get(name) for name in edited}))
    elif not ours:
        into.already.append(row)
    if ours:
        into.write.append(_part(row, ours))


def _classify_link(row: Row, found: Fields | None, into: Classified) -> None:
    if found is None:
        into.already.append(row)
    else:
        _classify_update(row, found, into)


def _part(row: Row, names: Sequence[str]) -> Row:
    return structs.replace(
        row,
        before={name: row.before[name] for name in names},
        after={name: row.after[name] for name in names},
    )


_RULES: dict[str, _Rule] = {
    "uncreate": _classify_removal,
    "delete": _classify_removal,
    "restore": _classify_restoration,
    "update": _classify_update,
    "link": _classify_link,
}
