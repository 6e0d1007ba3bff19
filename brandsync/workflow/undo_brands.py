"""Taking a finished run back: its batches in reverse, each under an undo entry of its own: an undo can be undone."""

from collections import Counter
from collections.abc import Callable

from brandsync.journal import Batch, Entry
from brandsync.workflow.engine import Outcome, Step, UndoStack
from brandsync.workflow.take_back import Classified, TakeBack


class UndoBrands(Step):
    """Restores what a run changed, wherever nobody has changed it since."""

    name = "undo-brands-step"

    def __init__(self, run: str, take_back: TakeBack, progress: Callable[[str, int], None]) -> None:
        self._run = run
        self._take_back = take_back
        self._progress = progress
        self.outcome = Outcome()
        self.counts: Counter[str] = Counter()
        """Rows restored, by what was done."""

    def run(self, stack: UndoStack) -> None:
        """Take the run back, batch by batch; what fails or was edited since is left and listed."""
        for entry in stack.journal.entries.newest_first(self._run):
            self._undo(stack, entry)

    def preview(self, entry: Entry) -> tuple[Batch, Classified]:
        """What undoing one entry would write. Writes nothing."""
        inverse = entry.batch.inverse()
        return inverse, self._take_back.classify(inverse)

    def _undo(self, stack: UndoStack, entry: Entry) -> None:
        inverse, rows = self.preview(entry)
        with stack.writing(self, inverse) as write:
            outcome = self._take_back.apply(inverse, rows)
            write.done(_written(inverse, outcome))
        self.record(inverse, outcome)
        self._progress(self.name, len(inverse.rows))

    def record(self, inverse: Batch, outcome: Outcome) -> None:
        """Add one batch to what has been restored, kept and failed."""
        self.counts[inverse.kind] += len(outcome.done)
        self.outcome.kept += outcome.kept
        self.outcome.failed += outcome.failed

    def compensate(self, batch: Batch) -> Outcome:
        """Take an undo back: what it restored becomes what the run had written."""
        return self._take_back(batch)


def _written(inverse: Batch, outcome: Outcome) -> Batch:
    """What was really written. What stays as it is keeps its link in the journal."""
    left = {row.cms_id for row in (*(item.row for item in outcome.kept), *(item.row for item in outcome.failed))}
    links = [link for link in inverse.links if link.cms_id not in left]
    return Batch(inverse.kind, outcome.done, links, inverse.known)
