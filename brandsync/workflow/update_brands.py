"""Step 3, ``update-brands-step``: bring linked brands in line, changed fields only. Undone by writing them back."""

from collections.abc import Sequence

from brandsync.journal import Batch, BatchKind, Row
from brandsync.plan.change import AdoptBrand, LinkBrand, UnlinkBrand, UpdateBrand
from brandsync.workflow.engine import UndoStack
from brandsync.workflow.outcome import Outcome
from brandsync.workflow.work import WriteStep
from brandsync.workflow.writer import EXTERNAL_ID


class UpdateBrands(WriteStep):
    """Updates linked brands, adopts brands that weren't linked, and brings the CMS's external ids in line."""

    name = "update-brands-step"

    def run(self, stack: UndoStack) -> None:
        """Update them, batch by batch, and write their ids where the CMS lacks them; then clear stale ones."""
        for changes in self.batches(UpdateBrand.action, AdoptBrand.action, LinkBrand.action):
            rows = [Row(change.cms_id, change.brand_id, change.before, change.after) for change in changes.values()]
            batch = Batch(BatchKind.UPDATE, rows, self.link_changes(rows, changes))
            outcome = self.write(stack, changes, batch, self._update)
            self.link(stack, outcome.done)
        for changes in self.batches(UnlinkBrand.action):
            stale = changes.values()
            links = [Row(change.cms_id, None, {EXTERNAL_ID: change.brand_id}, {EXTERNAL_ID: None}) for change in stale]
            self.write_links(stack, links)

    def _update(self, rows: Sequence[Row]) -> Outcome:
        """A brand that is only linked has nothing to be written to the store."""
        outcome = self.work.writer.update([row for row in rows if row.after])
        outcome.done += [row for row in rows if not row.after]
        return outcome
