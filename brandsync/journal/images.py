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
            yield from self._where(ImageTable.cms_id.in_(some))

    def holders(self, reference: str) -> list[ImageRow]:
        """The pictures that are remembered as this one of the store."""
        return [*self._where(ImageTable.reference == reference)]

    def _where(self, condition: object) -> Iterator[ImageRow]:
        query = ImageTable.select(*_COLUMNS).where(ImageTable.pipeline == self._pipeline, condition).tuples()
        yield from (ImageRow(*row) for row in query.execute(self._database))

    def put(self, run: str, rows: Iterable[ImageRow]) -> None:
        """Remember these pictures, in place of what was remembered."""
        by_field: dict[str, list[ImageRow]] = {}
        for row in rows:
            by_field.setdefault(row.field, []).append(row)
        for field, same in by_field.items():
            for some in batched(same, _WRITTEN):
                self._delete((ImageTable.field == field) & ImageTable.cms_id.in_([row.cms_id for row in some]))
                fields = [{"pipeline": self._pipeline, "run": run, **msgspec.structs.asdict(row)} for row in some]
                ImageTable.insert_many(fields).execute(self._database)

    def forget(self, runs: Iterable[str]) -> None:
        """Forget what these runs have recorded: it was taken back."""
        for run in runs:
            self._delete(ImageTable.run == run)

    def _delete(self, condition: object) -> None:
        ImageTable.delete().where(ImageTable.pipeline == self._pipeline, condition).execute(self._database)
