"""``delete-brands-step``, where the pipeline asks for it: delete brands whose entry is gone. Undone by restoring."""

from brandsync.journal import Batch, BatchKind, LinkChange, Row
from brandsync.plan.change import DeleteBrand
from brandsync.workflow.engine import UndoStack
from brandsync.workflow.work import WriteStep


class DeleteBrands(WriteStep):
    """Deletes brands that brandsync linked and the CMS no longer has."""

    name = "delete-brands-step"

    def run(self, stack: UndoStack) -> None:
        """Delete them, batch by batch."""
        for changes in self.batches(DeleteBrand.action):
            rows = [Row(change.cms_id, change.brand_id, change.before, {}) for change in changes.values()]
            before = self.links([*changes])
            links = [LinkChange(row.cms_id, before.get(row.cms_id), None) for row in rows]
            self.write(stack, changes, Batch(BatchKind.DELETE, rows, links), self.work.writer.delete)
