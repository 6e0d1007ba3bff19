"""The two sides that batches are written to: the store with its brands, and the CMS with its external ids."""

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
        """What it holds now of these rows' fields, by their places. What isn't there is missing."""

    def write(self, kind: BatchKind, rows: Sequence[Change]) -> Outcome:
        """Write rows of a batch of this kind."""

    def done(self, batch: Batch) -> Batch:
        """The part of an intent that was really done, as read back."""


@dataclass(frozen=True, slots=True)
class StoreSide:
    """The store. A row's place is its brand's id."""

    writer: Writer
    settling: Settling

    def current(self, rows: Sequence[Change]) -> Mapping[str, Fields]:
        """What the store holds now of these rows' fields."""
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
        """The part of an intent that was really done."""
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

        Brands whose ids are written again are there, or a person has deleted them: brandsync has not.
        """
        with self.journal.transaction():
            self.journal.gone.forget(row.brand_id for row in rows if row.brand_id and connects(row))
        outcome = self.writer.link(rows)
        self.external_ids.written(outcome.done)
        return outcome

    def done(self, batch: Batch) -> Batch:
        """The part of an intent that was really done."""
        current = self.current(batch.rows)
        return batch.only([row for row in batch.rows if current.get(row.cms_id) == row.after])
