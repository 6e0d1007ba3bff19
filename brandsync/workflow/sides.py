"""The two sides that batches are written to: the store with its brands, the CMS with its external ids."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from brandsync.brand import Fields
from brandsync.journal import Batch, BatchKind, Journal
from brandsync.plan.change import Change
from brandsync.workflow.classification import connects
from brandsync.workflow.external_ids import ExternalIds
from brandsync.workflow.outcome import Outcome
from brandsync.workflow.settle import Settling
from brandsync.workflow.writer import Writer


class Side(Protocol):
    """Where a batch is written."""

    def current(self, rows: Sequence[Change]) -> Mapping[str, Fields]:
        """The fields of these rows as it holds them now, by place. What isn't there is missing."""

    def write(self, kind: BatchKind, rows: Sequence[Change]) -> Outcome:
        """Write rows of a batch of this kind."""

    def done(self, batch: Batch) -> Batch:
        """The part of a batch that was really written, as read back."""


@dataclass(frozen=True, slots=True)
class StoreSide:
    """The store. A row's place is its brand's id."""

    writer: Writer
    settling: Settling

    def current(self, rows: Sequence[Change]) -> Mapping[str, Fields]:
        """The fields of these rows as the store holds them now."""
        return self.writer.current(rows)

    def write(self, kind: BatchKind, rows: Sequence[Change]) -> Outcome:
        """Write them."""
        calls = {
            BatchKind.UNCREATE: self.writer.uncreate,
            BatchKind.DELETE: self.writer.delete,
            BatchKind.RESTORE: self.writer.restore,
            BatchKind.UPDATE: self.writer.update,
        }
        return calls[kind](rows)

    def done(self, batch: Batch) -> Batch:
        """The part of a batch that was really written."""
        return self.settling.done(batch)


@dataclass(frozen=True, slots=True)
class CmsSide:
    """The external ids of the CMS. A row's place is its entry's id."""

    writer: Writer
    external_ids: ExternalIds
    journal: Journal

    def current(self, rows: Sequence[Change]) -> Mapping[str, Fields]:
        """The external ids of these entries, as fields."""
        return self.external_ids.of(rows)

    def write(self, _kind: BatchKind, rows: Sequence[Change]) -> Outcome:
        """Write them.

        If a brand's id is written again, the brand is there or a person has deleted it: brandsync has not removed it.
        """
        with self.journal.transaction():
            self.journal.gone.forget(row.brand_id for row in rows if row.brand_id and connects(row))
        outcome = self.writer.link(rows)
        self.external_ids.written(outcome.done)
        return outcome

    def done(self, batch: Batch) -> Batch:
        """The part of a batch that was really written."""
        current = self.current(batch.rows)
        return batch.only([row for row in batch.rows if current.get(row.cms_id) == row.after])
