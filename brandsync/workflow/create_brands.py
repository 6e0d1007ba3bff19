"""Step 2, ``create-brands-step``: create brands in batches, then write each new id to the CMS. Both are undone."""

from collections.abc import Iterable, Sequence

from brandsync.brand import encode
from brandsync.errors import Unreadable
from brandsync.journal import Batch, BatchKind, Row
from brandsync.plan.change import Change, CreateBrand
from brandsync.workflow.engine import UndoStack
from brandsync.workflow.outcome import Outcome
from brandsync.workflow.work import WriteStep

_THERE = "SELECT id FROM store WHERE id IN ({values})"


class CreateBrands(WriteStep):
    """Creates the brands that the store doesn't have."""

    name = "create-brands-step"

    def run(self, stack: UndoStack) -> None:
        """Create them, batch by batch."""
        for changes in self.batches(CreateBrand.action):
            outcome = self.write(stack, changes, self._batch(changes), self._create)
            self.link(stack, outcome.done)

    def _create(self, rows: Sequence[Row]) -> Outcome:
        outcome = self.work.writer.create(rows)
        self._require_new(outcome.done)
        return outcome

    def _batch(self, changes: dict[str, Change]) -> Batch:
        rows = [Row(change.cms_id, self._new_id(), {}, change.after) for change in changes.values()]
        return Batch(BatchKind.CREATE, rows, self.link_changes(rows, changes), self._known(changes.values()))

    def _require_new(self, rows: Sequence[Row]) -> None:
        """Where the store makes the ids: they must be of brands that weren't there.

        Raises:
            Unreadable: the store has answered with a brand that is another one.
        """
        known = {row[0] for row in self.work.plan.spool.among(_THERE, [row.brand_id or "" for row in rows])}
        seen: set[str | None] = set(known)
        for row in rows:
            if row.brand_id in seen:
                raise Unreadable(
                    f"the store answers with brand {row.brand_id!r} where a new one was to be made"
                    f" (entry {row.cms_id}), and that is another brand",
                    hint="look at the routes or the extension that make brands",
                )
            seen.add(row.brand_id)

    def _new_id(self) -> str | None:
        store = self.work.writer.store
        return store.new_id() if store.capabilities.chooses_ids else None

    def _known(self, changes: Iterable[Change]) -> list[str]:
        """Brands that look like those to be created: if an answer is lost, they must not be taken for ours."""
        if self.work.writer.store.capabilities.chooses_ids:
            return []
        lookalikes = "SELECT id FROM store WHERE fields IN ({values})"
        likeness = self.work.writer.store.likeness
        texts = dict.fromkeys(text for change in changes for text in (encode(change.after), likeness(change.after)))
        return [row[0] for row in self.work.plan.spool.among(lookalikes, [*texts])]
