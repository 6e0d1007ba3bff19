"""Step 2, ``create-brands-step``: create brands in batches, then write each new id to the CMS. Both are undone."""

from collections.abc import Iterable, Iterator, Sequence

from brandsync.brand import Fields, decode
from brandsync.errors import Unreadable
from brandsync.journal import BatchKind
from brandsync.plan.change import Change, Creations
from brandsync.stores.optional import MakesIds, comparison_key, ids_for
from brandsync.workflow.engine import UndoStack
from brandsync.workflow.outcome import Outcome
from brandsync.workflow.work import WriteStep


class CreateBrands(WriteStep):
    """Creates the brands that the store doesn't have."""

    name = "create-brands-step"

    def run(self, stack: UndoStack) -> None:
        """Create them, batch by batch."""
        for changes in self._creations():
            outcome = self.write(stack, BatchKind.CREATE, changes, self._create, self._known(changes))
            self.link(stack, outcome.done)

    def _creations(self) -> Iterator[Creations]:
        """The planned creations, in batches, with chosen brand ids where the store lets its client choose them."""
        store = self.work.writer.store
        chooses_ids = store.capabilities.chooses_ids
        for changes in self.work.plan.creations(self.work.batch_size):
            named = changes.under(ids_for(store, len(changes))) if chooses_ids else changes
            if isinstance(store, MakesIds):
                self._require_new(named)
            yield named

    def _create(self, rows: Sequence[Change]) -> Outcome:
        outcome = self.work.writer.create(rows)
        if not self.work.writer.store.capabilities.chooses_ids:
            self._require_new(outcome.done)
        return outcome

    def _require_new(self, rows: Sequence[Change]) -> None:
        """Check that the ids that a store has given to brands are new.

        Raises:
            Unreadable: one is another brand's.
        """
        seen: set[str | None] = {*self.work.plan.spool.brands([row.brand_id or "" for row in rows])}
        for row in rows:
            if row.brand_id in seen:
                raise Unreadable(
                    f"the store gives the id {row.brand_id!r} to a brand that is to be made (entry {row.cms_id}), and"
                    " that is another brand",
                    hint="look at the routes or the extension that make brands",
                )
            seen.add(row.brand_id)

    def _known(self, changes: Iterable[Change]) -> list[str]:
        """Brands that look like those to be created. If an answer is lost, they must not be taken for ours."""
        if self.work.writer.store.capabilities.chooses_ids:
            return []
        key = comparison_key(self.work.writer.store)
        given = [change.after for change in changes]
        return self.work.plan.spool.holding([*given, *map(_as_held, map(key, given))])


def _as_held(key: str) -> Fields:
    """The fields that a key stands for, where it is written as fields are."""
    try:
        fields = decode(key)
    except ValueError:
        fields = {}
    return fields if isinstance(fields, dict) else {}
