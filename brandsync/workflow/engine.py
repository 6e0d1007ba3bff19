"""The generic engine: steps whose writes are journal entries, and an undo stack that unwinds them in reverse."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

from brandsync.errors import BrandsyncError, Interrupted, LeaseLost
from brandsync.journal import Batch, Entry, Journal, Lease
from brandsync.plan.change import Change
from brandsync.workflow.outcome import Failed, Outcome, TakenBack
from brandsync.workflow.relinking import rebased, relinked


class Step(ABC):
    """One step of a workflow. Either all steps succeed, or everything that they wrote is taken back.

    The entries hold everything that is needed to take a step's writes back: they outlive the step.
    """

    name: str

    @abstractmethod
    def run(self, stack: "UndoStack") -> None:
        """Do the step's work, each batch of writes under its own entry. If it raises, the caller unwinds."""


class UndoStack:
    """The durable undo stack of one run: an entry is stored before the call that it undoes."""

    def __init__(self, journal: Journal, run: str, lease: Lease, *, shared: bool, boundary: Callable[[], None]) -> None:
        """``shared``: the store lives in the journal's database, so a batch and its entry commit as one.

        ``boundary`` is called between batches, also while they are taken back. It raises if the run must stop.
        """
        self.journal = journal
        self.run = run
        self._lease = lease
        self._shared = shared
        self.boundary = boundary
        self.used = False
        """Something may have been written."""
        self.left = 0
        """How many batches are still to be taken back."""

    @contextmanager
    def writing(self, step: Step, batch: Batch) -> Iterator["Write"]:
        """A block that writes one batch and then says what was done."""
        self.boundary()
        self.used = True
        with self.block(in_store=batch.kind.in_store):
            with self.journal.transaction():
                self._lease.renew()
                write = Write(self.journal, self.journal.entries.push(self.run, step.name, batch))
            yield write
            self._lease.confirm()
            with self.journal.transaction():
                write.finish()

    def block(self, *, in_store: bool) -> AbstractContextManager[None]:
        """One transaction for the store and the journal if that is possible, else nothing."""
        return self.journal.transaction() if self._shared and in_store else nullcontext()

    def renew(self) -> None:
        """Renew the lease, within a transaction of the journal.

        Raises:
            LeaseLost: another run has taken over.
        """
        self._lease.renew()

    def unwind(
        self, compensate: Callable[[Entry], Outcome], told: Callable[[int], None] = lambda _writes: None
    ) -> TakenBack:
        """Take back everything on the stack: the newest first, brands before their external ids.

        One failure never stops the others. ``told`` is called for each batch with its number of writes.

        Raises:
            Interrupted: the run was asked to stop. What is left stays on the stack.
        """
        told(0)
        with self.journal.transaction():
            self._lease.renew()
            self.journal.runs.rolls_back(self.run)
            self.journal.images.forget([self.run])
        total = TakenBack()
        self.left = self.journal.entries.left(self.run)
        for entry in self.journal.entries.to_take_back(self.run):
            self.boundary()
            total.add(self._take_back(entry, compensate))
            self.left -= 1
            told(len(entry.batch.rows))
        return total

    def _take_back(self, entry: Entry, compensate: Callable[[Entry], Outcome]) -> Outcome:
        try:
            with self.block(in_store=entry.batch.kind.in_store):
                self._lease.renew()
                outcome = compensate(entry)
                self._mark(entry, outcome)
        except (Interrupted, LeaseLost):
            raise
        except BrandsyncError as error:
            return Outcome(failed=[Failed(row, error.message) for row in entry.batch.rows])
        return outcome

    def _mark(self, entry: Entry, outcome: Outcome) -> None:
        """What stays in the store keeps its link in the journal. What failed or is held stays on the stack."""
        left = {row.cms_id for row in (*(item.row for item in outcome.failed), *outcome.held)}
        rows = [*outcome.done, *outcome.already]
        moved = entry.batch.moved(rows)
        inverse = entry.batch.inverse()
        with self.journal.transaction():
            self._lease.renew()
            inverse = rebased(inverse, self.journal)
            links = relinked(inverse.renamed(moved), outcome)
            self.journal.record(self.run, Batch(inverse.kind, rows, links), moved)
            if left:
                remaining = [row for row in entry.batch.rows if row.cms_id in left]
                self.journal.entries.undo_failed(entry, entry.batch.only(remaining))
            else:
                self.journal.entries.undone(entry)


class Write:
    """One batch that is being written."""

    def __init__(self, journal: Journal, entry: Entry) -> None:
        self._journal = journal
        self._entry = entry
        self._done = entry.batch
        self._already: Sequence[Change] = ()

    def done(self, batch: Batch, already: Sequence[Change] = ()) -> None:
        """Say what was done, as the other side returned it, and what was already so before."""
        self._done, self._already = batch, already

    def finish(self) -> None:
        """Record the outcome, together with the journal's own links."""
        moved = self._entry.batch.moved(self._done.rows)
        done = self._done.renamed(moved)
        settled = Batch(done.kind, [*done.rows, *self._already] if self._already else done.rows, done.links)
        self._journal.record(self._entry.run, settled, moved)
        self._journal.entries.done(self._entry, done)
