"""Taking a batch back: a value is restored only where the other side still holds what brandsync wrote."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from brandsync.brand import EXTERNAL_ID, Fields
from brandsync.errors import BrandsyncError, Interrupted, LeaseLost
from brandsync.journal import Batch, BatchKind, Entry, EntryState
from brandsync.plan.change import Change
from brandsync.workflow.classification import Classified, classify
from brandsync.workflow.outcome import Failed, Outcome
from brandsync.workflow.settle import Settling
from brandsync.workflow.sides import CmsSide, Side, StoreSide


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Takes batches back, in a rollback, a recovery or an undo. It can be repeated without harm.

    It is also the view of both sides as they are.
    """

    store: StoreSide
    cms: CmsSide
    settling: Settling
    link_in_cms: bool
    """External ids are written to the CMS."""
    images: Collection[str] = ()
    """The fields that are images."""

    def __call__(self, entry: Entry) -> Outcome:
        """Take one entry back. One brand's failure never stops the others."""
        batch = entry.batch
        if entry.state is EntryState.INTENT and batch.kind in {BatchKind.CREATE, BatchKind.UPDATE}:
            batch = self.settling.as_held(batch)
        settled, outcome = self.settling.ids(self.settling.restored(batch))
        inverse = settled.inverse()
        if entry.state is EntryState.UNDOING:
            inverse = self.settling.goes_on(inverse)
        try:
            rows = classify(inverse, entry, self)
            if rows.write and entry.state is not EntryState.UNDOING:
                inverse = self._remembered(entry, inverse)
            outcome.add(self.apply(inverse, rows))
            outcome.held += rows.held(entry)
        except (Interrupted, LeaseLost):
            raise
        except BrandsyncError as error:
            outcome.add(self._left(entry, inverse, error.message))
        if self.link_in_cms and batch.kind is BatchKind.UNCREATE:
            self._name_again(entry, outcome)
        return outcome

    def _name_again(self, entry: Entry, outcome: Outcome) -> None:
        """Write the new ids of brands that came back, where the CMS still has the old ones.

        An undo takes brands back before their external ids. If it ends in between, no entry tells of these ids.
        """
        journal, there = self.settling.journal, [*outcome.done, *outcome.already]
        moved = entry.batch.moved(there)
        now = journal.new_ids.leading_to([row.brand_id for row in there if row.brand_id]) | moved
        came_back = set(now.values())
        rows = [row for row in there if row.brand_id in came_back]
        if not rows:
            return
        try:
            found = self.cms.current(rows)
            stale = [
                Change(row.cms_id, row.brand_id, found[row.cms_id], {EXTERNAL_ID: row.brand_id})
                for row in rows
                if row.cms_id in found and now.get(found[row.cms_id][EXTERNAL_ID] or "") == row.brand_id
            ]
            with journal.transaction():  # before the CMS has them: a later look must know whose ids they are
                journal.new_ids.record(entry.run, moved)
            written = self.cms.write(BatchKind.LINK, stale)
        except (Interrupted, LeaseLost):
            raise
        except BrandsyncError as error:
            self.cms.external_ids.forget()
            outcome.failed += [Failed(row, error.message) for row in rows]
            return
        outcome.failed += written.failed
        outcome.waiting += written.waiting

    def _remembered(self, entry: Entry, inverse: Batch) -> Batch:
        """A restoration, after the journal has noted which brands look like its own already. Those are not ours."""
        prepared = self.settling.known(inverse)
        if prepared is not inverse:
            self.settling.journal.entries.undoing(entry, prepared.known)
        return prepared

    def _left(self, entry: Entry, inverse: Batch, error: str) -> Outcome:
        """What a failed call has left undone, as read back. Everything, if that can't be read either."""
        try:
            self.cms.external_ids.forget()
            inverse = self.settling.goes_on(inverse)
            rows = classify(inverse, entry, self)
        except (Interrupted, LeaseLost):
            raise
        except BrandsyncError:
            return Outcome(failed=[Failed(row, error) for row in inverse.rows])
        failed = [Failed(row, error) for row in rows.write]
        return Outcome(already=rows.already, kept=rows.kept, failed=failed, held=rows.held(entry))

    def side(self, kind: BatchKind) -> Side:
        """The side that batches of this kind are written to."""
        return self.store if kind.in_store else self.cms

    def current(self, inverse: Batch) -> Mapping[str, Fields]:
        """The fields of the batch's rows, as the side that it writes to holds them now, by place."""
        return self.side(inverse.kind).current(inverse.rows)

    def linked(self, cms_ids: Sequence[str]) -> Mapping[str, str]:
        """The brands that the journal links to these CMS entries."""
        return self.settling.journal.links.brands(cms_ids)

    def there(self, brand_ids: Sequence[str]) -> set[str]:
        """The brands among these that the store has now."""
        store = self.store.writer.store
        return {brand.id for brand in store.get_brands(["name"], brand_ids)} if brand_ids else set()

    def apply(self, inverse: Batch, rows: Classified) -> Outcome:
        """Write the rows that a classification chose."""
        outcome = self.side(inverse.kind).write(inverse.kind, rows.write)
        outcome.already += rows.already
        outcome.kept += rows.kept
        return outcome
