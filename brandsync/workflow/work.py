"""What the writing steps share: the plan, the two sides, and how a batch is written under its undo entry."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice

from brandsync.brand import EXTERNAL_ID, Skipped, batched
from brandsync.errors import Rejected, Unwritable
from brandsync.journal import Batch, BatchKind
from brandsync.observing.excerpt import excerpt
from brandsync.plan import Plan
from brandsync.plan.change import Action, Change, Creations
from brandsync.workflow.engine import Step, UndoStack, Write
from brandsync.workflow.linking import Linking
from brandsync.workflow.outcome import Outcome
from brandsync.workflow.writer import Writer

SHOWN = 1_000
"""How many changes of a run its result shows."""

LINKS_AT_ONCE = 200
"""External ids written under one undo entry: few enough to stop soon when asked to."""

_KEEP_GOING = "correct it, or run with --keep-going: that leaves this brand out and goes on with the others"


@dataclass(slots=True)
class Work:
    """One run's writing."""

    plan: Plan
    writer: Writer
    progress: Callable[[str, int], None]
    """Called with a step's name and how many more of its brands are done."""
    counts: dict[Action, int] = field(default_factory=dict)
    """Brands that were really created, updated, adopted and deleted, by action."""
    links_later: int = 0
    """External ids that wait in the journal until an editor has published a draft."""
    new_ids: dict[str, str] = field(default_factory=dict)
    """The ids of the first created brands, by CMS id: as many as a result shows."""

    def count(self, done: Sequence[Change]) -> None:
        """Count brands that were written."""
        counts = {Action.CREATE: len(done)} if isinstance(done, Creations) else Counter(one.action for one in done)
        for action, count in counts.items():
            self.counts[action] = self.counts.get(action, 0) + count
        if Action.CREATE in counts:
            first = islice(done, SHOWN - len(self.new_ids))
            self.new_ids |= {one.cms_id: one.brand_id for one in first if one.action is Action.CREATE and one.brand_id}

    @property
    def batch_size(self) -> int:
        """The most brands that are written under one undo entry."""
        return self.writer.store.capabilities.batch


class WriteStep(Step):
    """A step that writes each batch under its own undo entry."""

    def __init__(self, work: Work) -> None:
        self.work = work

    def batches(self, *actions: Action) -> Iterator[Sequence[Change]]:
        """The plan's changes with these actions, in batches."""
        return self.work.plan.batches(self.work.batch_size, *actions)

    def write(
        self,
        stack: UndoStack,
        kind: BatchKind,
        changes: Sequence[Change],
        call: Callable[[Sequence[Change]], Outcome],
        known: Sequence[str] = (),
    ) -> Outcome:
        """Write one batch under an undo entry, record what was done, and count it.

        ``known``: brands that look like those to be created.

        Raises:
            Rejected: a brand was refused, or the journal can't hold the entry. The message names the brand.
        """
        linking = Linking(self.work.plan.spool, kind, changes)
        batch = Batch(kind, changes, linking.of(changes), known)
        with self._writing(stack, batch) as write:
            outcome = call(changes)
            write.done(_written(batch, outcome, linking))
        self._require_whole(outcome)
        self._settle(outcome, len(changes))
        return outcome

    def link(self, stack: UndoStack, rows: Sequence[Change]) -> None:
        """Write the brands' ids to the CMS, if links live there: into entries with no id or a stale one."""
        if not self.work.plan.spool.links_in_cms:
            return
        held = self.work.plan.spool.unlinked([row.cms_id for row in rows])
        links = [
            Change(row.cms_id, row.brand_id, {EXTERNAL_ID: held[row.cms_id]}, {EXTERNAL_ID: row.brand_id})
            for row in rows
            if row.cms_id in held
        ]
        self.write_links(stack, links)

    def write_links(self, stack: UndoStack, links: Sequence[Change]) -> None:
        """Write external ids to the CMS, or clear them."""
        for some in batched(links, LINKS_AT_ONCE):
            batch = Batch(BatchKind.LINK, some)
            with stack.writing(self, batch) as write:
                outcome = self.work.writer.link(batch.rows)
                self._require_whole(outcome)  # before its entry says what was done: a CMS may write and refuse
                write.done(batch.only(outcome.done))
            self._settle_links(outcome)
            self.work.progress("links", len(batch.rows))

    def _settle_links(self, outcome: Outcome) -> None:
        """If an external id was not written, the changes that were nothing else are dropped."""
        self.work.links_later += len(outcome.waiting)
        for failed in outcome.failed:
            detail = f"the CMS refused its external id: {failed.error}"
            self.work.plan.spool.skip(Skipped(failed.row.cms_id, "link_rejected", detail))
        for row in (*outcome.waiting, *(failed.row for failed in outcome.failed)):
            self.work.plan.drop(row.cms_id, Action.LINK, Action.UNLINK)

    @contextmanager
    def _writing(self, stack: UndoStack, batch: Batch) -> Iterator[Write]:
        """A block that writes one batch. If the journal refuses a batch of one brand, the error names the brand.

        Raises:
            Rejected: it is too large, or holds what the journal's database cannot hold.
        """
        try:
            with stack.writing(self, batch) as write:
                yield write
        except Rejected as error:
            if len(batch.rows) > 1 or isinstance(error, Unwritable):
                raise
            raise self._named(batch.rows[0], error) from None

    def _require_whole(self, outcome: Outcome) -> None:
        """Raise the refusal that ended a batch early, with the brand's name.

        Raises:
            Rejected: a brand was refused.
        """
        if outcome.refusal:
            raise self._named(outcome.refusal.row, outcome.refusal.error)

    def _named(self, row: Change, error: Rejected) -> Rejected:
        """A refusal, with the entry and the brand that it is about."""
        spool = self.work.plan.spool
        known = {**spool.brands([row.brand_id or ""]), **spool.entries([row.cms_id])}
        name = next((fields["name"] for fields in reversed(known.values()) if fields.get("name")), None)
        brand = f" ({excerpt(name)!r})" if name else ""
        return Rejected(f"entry {row.cms_id}{brand} is refused: {error.message}", hint=error.hint or _KEEP_GOING)

    def _settle(self, outcome: Outcome, count: int) -> None:
        """Count the brands that were done, and skip the others. ``count``: the size of the batch."""
        self.work.count(outcome.done)
        for kept in outcome.kept:
            detail = f"brand {kept.row.brand_id!r} was changed in the store during this run: the next one looks again"
            self.work.plan.leave(Skipped(kept.row.cms_id, "changed_meanwhile", detail))
        for failed in outcome.failed:
            self.work.plan.leave(Skipped(failed.row.cms_id, "rejected", failed.error))
        self.work.progress(self.name, count)


def _written(batch: Batch, outcome: Outcome, linking: Linking) -> Batch:
    """The batch as it was really written, with what the other side returned."""
    if batch.consists_of(outcome.done):
        return batch
    return Batch(batch.kind, outcome.done, linking.of(outcome.done), batch.known)
