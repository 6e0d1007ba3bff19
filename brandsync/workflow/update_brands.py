"""Step 3, ``update-brands-step``: bring linked brands in line, changed fields only. Undone by writing them back."""

from brandsync.change import AdoptBrand, UpdateBrand
from brandsync.journal import Batch, Row
from brandsync.workflow.engine import Outcome, UndoStack
from brandsync.workflow.work import WriteStep


class UpdateBrands(WriteStep):
    """Updates linked brands, and adopts brands that weren't linked."""

    name = "update-brands-step"

    def run(self, stack: UndoStack) -> None:
        """Update them, batch by batch; then write the ids of the adopted to the CMS."""
        for changes in self.batches(UpdateBrand.action, AdoptBrand.action):
            rows = [Row(change.cms_id, change.brand_id, change.before, change.after) for change in changes.values()]
            batch = Batch("update", rows, self.link_changes(rows, changes))
            with stack.writing(self, batch) as write:
                outcome = self._update(batch)
                write.done(self.written(batch, outcome, changes))
            outcome.require_whole()
            self.settle(changes, outcome)
            self.link(stack, [row for row in outcome.done if isinstance(changes[row.cms_id], AdoptBrand)])

    def _update(self, batch: Batch) -> Outcome:
        """A brand that is only adopted has nothing to be written to the store."""
        outcome = self.work.writer.update([row for row in batch.rows if row.after])
        outcome.done += [row for row in batch.rows if not row.after]
        return outcome
