"""The journal's memory of pictures: which one of an entry is which one of the store."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec
from peewee import Database

from brandsync.brand import batched
from brandsync.journal.tables import AT_ONCE, ImageTable

_COLUMNS: Final = (
    ImageTable.cms_id,
    ImageTable.field,
    ImageTable.brand_id,
    ImageTable.source,
    ImageTable.fingerprint,
    ImageTable.reference,
)


_WRITTEN: Final = 100
"""Rows in one statement."""


class ImageRow(msgspec.Struct, frozen=True):
    """What is remembered of one picture."""

    cms_id: str
    field: str
    brand_id: str
    source: str | None
    """Where the CMS had it, with its mark; none where there was none."""
    fingerprint: str | None
    """The picture itself, by the SHA-256 of its bytes."""
    reference: str | None
    """What the store's brand then referred to."""


class Images:
    """The remembered pictures of one pipeline."""

    def __init__(self, database: Database, pipeline: str) -> None:
        self._database = database
        self._pipeline = pipeline

    def of(self, cms_ids: Sequence[str]) -> Iterator[ImageRow]:
        """What is remembered of the pictures of these entries."""
        if not self._database.table_exists("brandsync_image"):  # an older brandsync's journal, before the next write
            return
        for some in batched(cms_ids, AT_ONCE):
            yield from (row for _, row in self._latest(some).values())

    def _latest(self, cms_ids: Sequence[str]) -> dict[tuple[str, str], tuple[str, ImageRow]]:
        """By entry and field: the latest row, and the run that recorded it."""
        found = self._where(ImageTable.cms_id.in_(cms_ids))
        return {(row.cms_id, row.field): (run, row) for run, row in found}

    def holders(self, reference: str) -> list[ImageRow]:
        """The pictures that are, or were, remembered as this one of the store."""
        return [row for _, row in self._where(ImageTable.reference == reference)]

    def is_elsewhere(self, reference: str) -> bool:
        """Whether another pipeline remembers this picture of the store as one of its own."""
        others = ImageTable.select().where(ImageTable.pipeline != self._pipeline, ImageTable.reference == reference)
        return bool(others.exists(self._database))

    def _where(self, condition: object) -> Iterator[tuple[str, ImageRow]]:
        query = ImageTable.select(ImageTable.run, *_COLUMNS).where(ImageTable.pipeline == self._pipeline, condition)
        for run, *row in query.order_by(ImageTable.run).tuples().execute(self._database):
            yield run, ImageRow(*row)

    def renew(self, run: str, rows: Sequence[ImageRow]) -> None:
        """Remember pictures that were found to be the same. They stay with the runs that had recorded them."""
        known = self._latest([row.cms_id for row in rows])
        by_run: dict[str, list[ImageRow]] = {}
        for row in rows:
            earlier, held = known.get((row.cms_id, row.field), (run, row))
            by_run.setdefault(earlier if held.brand_id == row.brand_id else run, []).append(row)
        for whose, same in by_run.items():
            self.put(whose, same)

    def put(self, run: str, rows: Iterable[ImageRow]) -> None:
        """Remember these pictures, from this run on."""
        by_field: dict[str, list[ImageRow]] = {}
        for row in rows:
            by_field.setdefault(row.field, []).append(row)
        for field, same in by_field.items():
            for some in batched(same, _WRITTEN):
                these = ImageTable.cms_id.in_([row.cms_id for row in some])
                self._delete((ImageTable.run == run) & (ImageTable.field == field) & these)
                fields = [{"pipeline": self._pipeline, "run": run, **msgspec.structs.asdict(row)} for row in some]
                ImageTable.insert_many(fields).execute(self._database)

    def forget(self, runs: Iterable[str]) -> None:
        """Forget what these runs have recorded: it was taken back, and what was remembered before counts again."""
        for run in runs:
            self._delete(ImageTable.run == run)

    def _delete(self, condition: object) -> None:
        ImageTable.delete().where(ImageTable.pipeline == self._pipeline, condition).execute(self._database)
