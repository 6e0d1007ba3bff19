"""Step 3, ``update-brands-step``: update linked brands, changed fields only. Undone by writing the old values back."""

from collections.abc import Sequence

from brandsync.brand import EXTERNAL_ID
from brandsync.journal import BatchKind
from brandsync.plan.change import Action, Change
from brandsync.workflow.engine import UndoStack
from brandsync.workflow.outcome import Outcome
from brandsync.workflow.work import WriteStep


class UpdateBrands(WriteStep):
    """Updates linked brands, adopts brands that weren't linked, and corrects the CMS's external ids."""

    name = "update-brands-step"

    def run(self, stack: UndoStack) -> None:
        """Update them, batch by batch, and write their ids where the CMS lacks them. Then clear stale ids."""
        for changes in self.batches(Action.UPDATE, Action.ADOPT, Action.LINK):
            outcome = self.write(stack, BatchKind.UPDATE, changes, self._update)
            self.link(stack, outcome.done)
        for stale in self.batches(Action.UNLINK):
            cleared = {EXTERNAL_ID: None}
            self.write_links(
                stack, [Change(change.cms_id, None, {EXTERNAL_ID: change.brand_id}, cleared) for change in stale]
            )

    def _update(self, rows: Sequence[Change]) -> Outcome:
        """Update the brands, except those that are only linked: the store has nothing to write for them."""
        outcome = self.work.writer.update([row for row in rows if row.after])
        outcome.done = [*outcome.done, *(row for row in rows if not row.after)]
        return outcome
