"""The pictures that runs have uploaded: recorded before the store gets them, so that none is ever lost sight of."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, Final

import msgspec
from peewee import Database

from brandsync.brand import batched
from brandsync.brand.image import ImageFile
from brandsync.journal.status import RunStatus
from brandsync.journal.tables import AT_ONCE, ImageTable, Run, UploadTable

_LEFTOVER: Final = (
    RunStatus.ROLLED_BACK,
    RunStatus.ROLLBACK_INCOMPLETE,
    RunStatus.TAKEN_OVER,
    RunStatus.UNDONE,
    RunStatus.FAILED,
    RunStatus.RESUMED,
    RunStatus.ACCEPTED,
)
"""How a run ended whose pictures may be needed no more."""


class UploadState(StrEnum):
    """What is known of an upload. The journal stores these values."""

    INTENT = "intent"
    """It was about to be made: nobody knows whether it was."""
    THERE = "there"
    REMOVED = "removed"
    """The store has it no more, or never got it."""
    STAYS = "stays"
    """Nothing of ours needs it, and it is there: something else uses it, or another run of ours answers for it."""


class Upload(msgspec.Struct, frozen=True):
    """One upload."""

    id: int
    name: str
    fingerprint: str
    field: str
    brand_id: str
    """The brand that it was uploaded for first."""
    reference: str | None
    """What the store calls it, once that is known."""
    run: str
    """The run that uploaded it, or that gave it to another brand."""


class Uploads:
    """The uploads of one pipeline."""

    def __init__(self, database: Database, pipeline: str) -> None:
        self._database = database
        self._pipeline = pipeline
        self._any_removed: bool | None = None

    def begin(self, run: str, file: ImageFile, field: str, brand_id: str) -> int:
        """Record what is about to be uploaded. Returns the number of the record."""
        return self._insert(run, file, field=field, brand_id=brand_id, state=UploadState.INTENT)

    def done(self, number: int, reference: str) -> None:
        """Record what the store calls it."""
        self._update(number, state=UploadState.THERE, reference=reference)

    def shown_again(self, run: str, known: Upload, field: str, brand_id: str) -> None:
        """Record that a run gives a picture that is there to another brand: its undo needs it as well."""
        there = {"state": UploadState.THERE, "reference": known.reference}
        self._insert(run, known, field=field, brand_id=brand_id, **there)

    def _insert(self, run: str, picture: ImageFile | Upload, **fields: Any) -> int:
        known = {"pipeline": self._pipeline, "run": run, "name": picture.name, "fingerprint": picture.fingerprint}
        return int(UploadTable.insert(known | fields).execute(self._database))

    def stays(self, number: int) -> None:
        """Record that it is there, and no longer this record's to remove."""
        self._update(number, state=UploadState.STAYS)

    def is_shared(self, upload: Upload) -> bool:
        """Whether a run that stands has shown this picture, too."""
        there = (UploadTable.reference == upload.reference) & (UploadTable.state == UploadState.THERE)
        others = (UploadTable.id != upload.id) & UploadTable.run.not_in(self._taken_back())
        return any(True for _ in self._where(there & others))

    def _taken_back(self) -> Any:
        """A query for the runs whose pictures may be needed no more."""
        return Run.select(Run.id).where(Run.pipeline == self._pipeline, Run.status.in_(_LEFTOVER))

    def removed(self, number: int) -> None:
        """Record that the store doesn't have it."""
        self._any_removed = True
        self._update(number, state=UploadState.REMOVED)

    def _update(self, number: int, **fields: Any) -> None:
        UploadTable.update(**fields).where(UploadTable.id == number).execute(self._database)

    def there(self, fingerprint: str) -> Upload | None:
        """A picture that the store has got before, or none."""
        rows = self._where((UploadTable.fingerprint == fingerprint) & (UploadTable.state == UploadState.THERE))
        return max(rows, key=lambda row: row.id, default=None)

    def known(self, fingerprints: Sequence[str]) -> set[str]:
        """The pictures among these that the store has got before."""
        if not self._is_there():
            return set()
        there = UploadTable.state == UploadState.THERE
        return {
            upload.fingerprint
            for some in batched(fingerprints, AT_ONCE)
            for upload in self._where(there & UploadTable.fingerprint.in_(some))
        }

    def are_removed(self, references: Sequence[str]) -> set[str]:
        """The pictures among these that brandsync has removed from the store."""
        gone, there = (
            {
                row.reference
                for some in batched(references, AT_ONCE)
                for row in self._where(UploadTable.reference.in_(some) & (UploadTable.state == state))
            }
            for state in (UploadState.REMOVED, UploadState.THERE)
        )
        return {reference for reference in gone - there if reference}

    def fields(self) -> set[str]:
        """The fields that pictures were uploaded for."""
        if not self._is_there():
            return set()
        query = UploadTable.select(UploadTable.field).where(UploadTable.pipeline == self._pipeline).distinct().tuples()
        return {field for (field,) in query.execute(self._database)}

    def any_removed(self) -> bool:
        """Whether brandsync has removed any at all: most pipelines have no pictures."""
        if self._any_removed is None:
            found = self._where(UploadTable.state == UploadState.REMOVED) if self._is_there() else ()
            self._any_removed = any(True for _ in found)
        return self._any_removed

    def leftover(self, own: str) -> list[Upload]:
        """What perhaps nothing needs: uploads of runs that were taken back, and those that our ``own`` has not used."""
        if not self._is_there():
            return []
        used = ImageTable.select(ImageTable.reference).where(
            ImageTable.pipeline == self._pipeline, ImageTable.reference.is_null(False)
        )
        unused = UploadTable.reference.is_null() | UploadTable.reference.not_in(used)
        perhaps = UploadTable.run.in_(self._taken_back()) | ((UploadTable.run == own) & unused)
        return [*self._where(UploadTable.state.in_((UploadState.INTENT, UploadState.THERE)) & perhaps)]

    def _where(self, condition: Any) -> Iterator[Upload]:
        columns = [getattr(UploadTable, name) for name in Upload.__struct_fields__]
        query = UploadTable.select(*columns).where(UploadTable.pipeline == self._pipeline, condition)
        yield from (Upload(*row) for row in query.order_by(UploadTable.id).tuples().execute(self._database))

    def _is_there(self) -> bool:
        """Whether its table is there. An older brandsync's journal has none before the next write."""
        return bool(self._database.table_exists("brandsync_upload"))
