"""``delete-brands-step``, if the pipeline asks for it: delete brands whose entry is gone. Undone by restoring them."""

from brandsync.journal import BatchKind
from brandsync.plan.change import Action
from brandsync.workflow.engine import UndoStack
from brandsync.workflow.work import WriteStep


class DeleteBrands(WriteStep):
    """Deletes brands that brandsync linked and the CMS no longer has."""

    name = "delete-brands-step"

    def run(self, stack: UndoStack) -> None:
        """Delete them, batch by batch."""
        for changes in self.batches(Action.DELETE):
            self.write(stack, BatchKind.DELETE, changes, self.work.writer.delete)
