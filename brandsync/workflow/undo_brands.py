"""Taking a finished run back: its batches in reverse, each under its own undo entry. So an undo can be undone."""

from collections.abc import Callable, Sequence

from brandsync.journal import Batch, Entry
from brandsync.workflow.classification import classify
from brandsync.workflow.engine import Step, UndoStack
from brandsync.workflow.outcome import Outcome, TakenBack
from brandsync.workflow.relinking import rebased, relinked
from brandsync.workflow.take_back import TakeBack


class UndoBrands(Step):
    """Restores what a run changed, wherever nobody has changed it since."""

    name = "undo-brands-step"

    def __init__(self, runs: Sequence[str], take_back: TakeBack, progress: Callable[[str, int], None]) -> None:
        """``runs`` are taken back in this order, the newest first."""
        self._runs = runs
        self._take_back = take_back
        self._progress = progress
        self.outcome = TakenBack()

    def run(self, stack: UndoStack) -> None:
        """Take the runs back, batch by batch. What fails or was edited since is left and listed."""
        for run in self._runs:
            for entry in stack.journal.entries.to_take_back(run):
                self._undo(stack, entry)

    def _undo(self, stack: UndoStack, entry: Entry) -> None:
        inverse = rebased(entry.batch.inverse(), stack.journal)
        rows = classify(inverse, entry, self._take_back)
        if rows.write:
            inverse = self._take_back.settling.known(inverse)
        # The entry holds only what this is going to write: a rollback takes nothing else back.
        with stack.writing(self, inverse.only(rows.write)) as write:
            outcome = self._take_back.apply(inverse, rows)
            write.done(_written(inverse, outcome), outcome.already)
        self.outcome.add(outcome)
        self._progress(self.name, len(inverse.rows))


def _written(inverse: Batch, outcome: Outcome) -> Batch:
    """What was really written."""
    return Batch(inverse.kind, outcome.done, relinked(inverse, outcome), inverse.known)
