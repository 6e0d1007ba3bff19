"""What the steps that write share: the plan, the two sides, and how a batch is written under its undo entry."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import is_

from brandsync.brand import Skipped, decode
from brandsync.errors import Rejected, Unwritable
from brandsync.journal import Batch, BatchKind, Journal, LinkChange, LinkRow, Row
from brandsync.observing.excerpt import excerpt
from brandsync.plan import Plan
from brandsync.plan.change import Change, CreateBrand, LinkBrand, UnlinkBrand
from brandsync.plan.memory import agreed, read_memory, write_memory, wrote
from brandsync.workflow.engine import Step, UndoStack, Write
from brandsync.workflow.outcome import Outcome
from brandsync.workflow.writer import EXTERNAL_ID, Writer

SHOWN = 1_000
"""The changes of a run that its result shows."""

BATCH_CHARACTERS = 2_000_000
"""A batch's size in the journal: well below what a database takes in one statement."""

LINKS_AT_ONCE = 200
"""External ids written under one undo entry: few enough to stop soon when asked to."""

_UNLINKED = (
    "SELECT cms_id, stale FROM cms WHERE external_id IS NULL AND cms_id NOT IN (SELECT cms_id FROM pending)"
    " AND cms_id IN ({values})"
)

_FIELDS_OF_ENTRY = "SELECT fields FROM cms WHERE fields IS NOT NULL AND cms_id IN ({values})"
_FIELDS_OF_BRAND = "SELECT fields FROM store WHERE id IN ({values})"
_KEEP_GOING = "correct it, or run with --keep-going: that leaves this brand out and goes on with the others"


@dataclass(slots=True)
class Work:
    """One run's writing."""

    plan: Plan
    writer: Writer
    journal: Journal
    link_in_cms: bool
    progress: Callable[[str, int], None]
    """Told of each step that so many of its brands are done."""
    counts: dict[str, int] = field(default_factory=dict)
    """Brands really created, updated, adopted and deleted, by action."""
    links_later: int = 0
    """External ids that wait in the journal until an editor has published a draft."""
    new_ids: dict[str, str] = field(default_factory=dict)
    """The ids of the first brands created, by CMS id: as many as a result shows."""

    def count(self, action: str, row: Row) -> None:
        """Count one brand that was written."""
        self.counts[action] = self.counts.get(action, 0) + 1
        if action == CreateBrand.action and row.brand_id and len(self.new_ids) < SHOWN:
            self.new_ids[row.cms_id] = row.brand_id

    @property
    def batch_size(self) -> int:
        """The most brands that are written under one undo entry."""
        return self.writer.store.capabilities.batch


def batches(plan: Plan, most: int, *actions: str) -> Iterator[dict[str, Change]]:
    """A plan's changes of these actions in batches of so many brands at most, by CMS id."""
    batch: dict[str, Change] = {}
    size = 0
    for change in plan.changes(*actions):
        if batch and (len(batch) == most or size + change.size > BATCH_CHARACTERS):
            yield batch
            batch, size = {}, 0
        batch[change.cms_id] = change
        size += change.size
    if batch:
        yield batch


class WriteStep(Step):
    """A step whose every write is a batch under an undo entry."""

    def __init__(self, work: Work) -> None:
        self.work = work

    def batches(self, *actions: str) -> Iterator[dict[str, Change]]:
        """The plan's changes of these actions in batches, by CMS id."""
        return batches(self.work.plan, self.work.batch_size, *actions)

    def write(
        self, stack: UndoStack, changes: dict[str, Change], batch: Batch, call: Callable[[Sequence[Row]], Outcome]
    ) -> Outcome:
        """Make the writes of one batch under an undo entry, record what was done, and count it.

        Raises:
            Rejected: a brand was refused, or the journal can't hold the entry; by the brand's name.
        """
        with self._writing(stack, batch) as write:
            outcome = call(batch.rows)
            write.done(self._written(batch, outcome, changes))
        self._require_whole(outcome)
        self._settle(changes, outcome)
        return outcome

    def link(self, stack: UndoStack, rows: Sequence[Row]) -> None:
        """Write the brands' ids to the CMS, where links live there, into the entries that have none, or a stale one."""
        if not self.work.link_in_cms:
            return
        held = unlinked(self.work.plan, [row.cms_id for row in rows])
        links = [
            Row(row.cms_id, row.brand_id, {EXTERNAL_ID: held[row.cms_id]}, {EXTERNAL_ID: row.brand_id})
            for row in rows
            if row.cms_id in held
        ]
        self.write_links(stack, links)

    def write_links(self, stack: UndoStack, links: Sequence[Row]) -> None:
        """Write external ids to the CMS, or clear them."""
        for start in range(0, len(links), LINKS_AT_ONCE):
            batch = Batch(BatchKind.LINK, links[start : start + LINKS_AT_ONCE])
            with stack.writing(self, batch) as write:
                outcome = self.work.writer.link(batch.rows)
                self._require_whole(outcome)  # before its entry says what was done: a CMS may write and refuse
                write.done(batch.only(outcome.done))
            self._settle_links(outcome)
            self.work.progress("links", len(batch.rows))

    def _settle_links(self, outcome: Outcome) -> None:
        """A change that was nothing but an external id has not been made where that was not written."""
        self.work.links_later += len(outcome.waiting)
        for failed in outcome.failed:
            detail = f"the CMS refused its external id: {failed.error}"
            self.work.plan.spool.skip(Skipped(failed.row.cms_id, "link_rejected", detail))
        for row in (*outcome.waiting, *(failed.row for failed in outcome.failed)):
            self.work.plan.drop(row.cms_id, LinkBrand.action, UnlinkBrand.action)

    def link_changes(self, rows: Iterable[Row], changes: dict[str, Change]) -> list[LinkChange]:
        """What becomes of the journal's links when these rows have been written."""
        before = self.links([*changes])
        return [link_change(row, changes[row.cms_id], before.get(row.cms_id)) for row in rows]

    def links(self, cms_ids: Sequence[str]) -> dict[str, LinkRow]:
        """The journal's links of these entries, as they were read for the plan: of those that have one."""
        query = "SELECT cms_id, brand_id, written, stored FROM link WHERE cms_id IN ({values})"
        return {cms_id: LinkRow(*link) for cms_id, *link in self.work.plan.spool.among(query, cms_ids)}

    @contextmanager
    def _writing(self, stack: UndoStack, batch: Batch) -> Iterator[Write]:
        """A block that makes the writes of one batch. Where the journal refuses its only brand, that is named.

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
        """Raise what ended a batch early, by the brand's name.

        Raises:
            Rejected: a brand was refused.
        """
        if outcome.refusal:
            raise self._named(outcome.refusal.row, outcome.refusal.error)

    def _named(self, row: Row, error: Rejected) -> Rejected:
        """A refusal, with the entry and the brand that it is about."""
        fields = next(self.work.plan.spool.among(_FIELDS_OF_ENTRY, [row.cms_id]), None) or next(
            self.work.plan.spool.among(_FIELDS_OF_BRAND, [row.brand_id or ""]), None
        )
        name = decode(fields[0]).get("name") if fields else None
        brand = f" ({excerpt(name)!r})" if name else ""
        return Rejected(f"entry {row.cms_id}{brand} is refused: {error.message}", hint=error.hint or _KEEP_GOING)

    def _settle(self, changes: dict[str, Change], outcome: Outcome) -> None:
        """Count what was done, and skip what was not."""
        for row in outcome.done:
            self.work.count(changes[row.cms_id].action, row)
        for kept in outcome.kept:
            detail = f"brand {kept.row.brand_id!r} was changed in the store during this run: the next one looks again"
            self.work.plan.leave(Skipped(kept.row.cms_id, "changed_meanwhile", detail))
        for failed in outcome.failed:
            self.work.plan.leave(Skipped(failed.row.cms_id, "rejected", failed.error))
        self.work.progress(self.name, len(changes))

    def _written(self, batch: Batch, outcome: Outcome, changes: dict[str, Change]) -> Batch:
        """The batch as it was really written, with what came back."""
        if len(outcome.done) == len(batch.rows) and all(map(is_, outcome.done, batch.rows)):
            return batch
        rows = {row.cms_id: row for row in outcome.done}
        links = [
            link_change(rows[link.cms_id], changes[link.cms_id], link.before) if link.after else link
            for link in batch.links
            if link.cms_id in rows
        ]
        return Batch(batch.kind, outcome.done, links, batch.known)


def unlinked(plan: Plan, cms_ids: Sequence[str]) -> dict[str, str | None]:
    """Those of these entries that an external id can be written to, with the stale one that they hold, or none."""
    return dict(plan.spool.among(_UNLINKED, cms_ids))


def link_change(row: Row, change: Change, before: LinkRow | None) -> LinkChange:
    """What becomes of the journal's link of a brand when this row has been written.

    The two sides of it differ in the fields of the row alone: that is what an undo of the row takes back. What was
    found equal on both sides is settled in either.
    """
    if isinstance(change, CreateBrand) and row.after is change.after:
        return LinkChange(row.cms_id, before, LinkRow(row.brand_id or "", change.source))
    source, held = decode(change.source), decode(change.held)
    ours = before if before and before.brand_id == change.brand_id else None
    memory = agreed(read_memory(ours.written, ours.stored, row.cms_id) if ours else {}, source, held)
    after = wrote(memory, source, {**held, **row.after}, change.after)
    return LinkChange(
        row.cms_id,
        LinkRow(ours.brand_id, *write_memory(memory)) if ours else before,
        LinkRow(row.brand_id or "", *write_memory(after)),
    )
