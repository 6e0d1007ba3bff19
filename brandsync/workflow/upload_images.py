"""``upload-images-step``: give the store its own copies of pictures, then let the brands refer to them.

Each upload is recorded before it is made. A brand refers to a picture only once the store has it; that is an update
like any other, under its own undo entry. A picture that is refused costs that picture, and not the run.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final

from msgspec.structs import replace as changed

from brandsync.brand import Skipped
from brandsync.brand.image import ImageFile, ImageType
from brandsync.errors import Rejected
from brandsync.journal import Batch, BatchKind, ImageRow
from brandsync.observing.tracing import carried
from brandsync.plan.change import Action, Change
from brandsync.plan.images import ImagePlan, PlannedImage
from brandsync.stores.images import KeepsImages
from brandsync.workflow.engine import UndoStack
from brandsync.workflow.image_files import Found, ImageFiles
from brandsync.workflow.work import Work, WriteStep

AT_ONCE: Final = 20
"""Brands whose pictures are uploaded before they are written."""

Wanted = Mapping[tuple[str, str], PlannedImage]
"""The pictures that brands are to get, by entry and field."""


class UploadImages(WriteStep):
    """Uploads pictures, and gives them to their brands."""

    name = "upload-images-step"

    def __init__(self, work: Work, images: ImagePlan, files: ImageFiles, store: KeepsImages) -> None:
        super().__init__(work)
        self._images = images
        self._files = files
        self._store = store
        # A picture is no reason to take a whole run back.
        self._writer = replace(work.writer, one_by_one=True)
        self._refusals: dict[str, str] = {}
        """Why the store takes a picture for no brand, by fingerprint."""

    def run(self, stack: UndoStack) -> None:
        """Upload and refer to them, some brands at a time."""
        for changes in self.work.plan.batches(min(AT_ONCE, self.work.batch_size), Action.IMAGE):
            self._give(stack, self._of_brands(stack, changes))

    def _of_brands(self, stack: UndoStack, changes: Sequence[Change]) -> list[Change]:
        """The changes of brands that are there. A brand that could not be created gets no picture."""
        made = stack.journal.links.brands([one.cms_id for one in changes if one.brand_id is None])
        return [
            changed(one, brand_id=one.brand_id or made[one.cms_id])
            for one in changes
            if one.brand_id or one.cms_id in made
        ]

    def _give(self, stack: UndoStack, changes: Sequence[Change]) -> None:
        planned = self._images.planned([change.cms_id for change in changes])
        wanted = {(one.cms_id, one.field): one for one in planned}
        references = self._uploaded(stack, changes, wanted)
        rows = [row for change in changes if (row := self._referring(change, wanted, references))]
        batch = Batch(BatchKind.UPDATE, rows)
        if rows:
            with self._writing(stack, batch) as write:
                outcome = self._writer.update(rows)
                write.done(batch if batch.consists_of(outcome.done) else Batch(batch.kind, outcome.done))
            self._remember(stack, outcome.done, wanted)
            self.work.count(outcome.done)
            for kept in outcome.kept:
                detail = f"brand {kept.row.brand_id!r} was changed in the store during this run: the next looks again"
                self._leave(Skipped(kept.row.cms_id, "changed_meanwhile", detail))
            for failed in outcome.failed:
                self._leave(Skipped(failed.row.cms_id, "image_refused", f"the store refuses it: {failed.error}"))
        self.work.progress(self.name, len(changes))

    def _leave(self, skipped: Skipped) -> None:
        """Leave a brand's pictures as they are. One that was to go without them isn't deleted either."""
        self.work.plan.drop(skipped.cms_id, Action.IMAGE, Action.DELETE)
        self.work.plan.spool.skip(skipped, wholly=False)

    def _uploaded(self, stack: UndoStack, changes: Sequence[Change], wanted: Wanted) -> dict[str, str]:
        """What the store calls the wanted pictures, by fingerprint: each is uploaded once, whoever shows it."""
        references: dict[str, str] = {}
        due: dict[str, tuple[ImageFile, PlannedImage, str]] = {}
        for change in changes:
            for field, name in change.after.items():
                one = wanted.get((change.cms_id, field))
                if one is None or name is None or one.sight.fingerprint in {*references, *due, *self._refusals}:
                    continue
                if known := self._known(stack, one, change.brand_id or ""):
                    references[one.sight.fingerprint] = known
                else:
                    due[one.sight.fingerprint] = self._file(one), one, change.brand_id or ""
        if due:
            references |= self._upload(stack, [*due.values()])
        return references

    def _known(self, stack: UndoStack, one: PlannedImage, brand_id: str) -> str | None:
        """What the store calls a picture that an earlier run has uploaded, if the store has it still."""
        uploads = stack.journal.uploads
        known = uploads.there(one.sight.fingerprint)
        if known is None or known.run == stack.run:
            return known.reference if known else None
        found = self._store.find_upload(known.name, known.fingerprint)
        with stack.journal.transaction():
            if found == known.reference:
                uploads.shown_again(stack.run, known, one.field, brand_id)
                return found
            uploads.removed(known.id)
        return None

    def _file(self, one: PlannedImage) -> ImageFile:
        sight = one.sight
        found = Found(one.address, ImageType(sight.mime, sight.extension), sight.fingerprint, sight.size)
        return self._files.file(one.name, found)

    def _upload(self, stack: UndoStack, due: Iterable[tuple[ImageFile, PlannedImage, str]]) -> dict[str, str]:
        stack.boundary()
        stack.used = True
        journal = stack.journal
        with journal.transaction():
            stack.renew()
            begun = [(journal.uploads.begin(stack.run, file, one.field, brand), file) for file, one, brand in due]
        references: dict[str, str] = {}
        with ThreadPoolExecutor(self._store.images.threads) as pool:
            futures = [(pool.submit(carried(self._one), file), number, file) for number, file in begun]
            error: Exception | None = None
            for future, number, file in futures:
                try:
                    references[file.fingerprint] = reference = future.result()
                except Rejected as refused:
                    with journal.transaction():
                        journal.uploads.removed(number)
                    self._refusals[file.fingerprint] = f"it is refused by the store: {refused.message}"
                except Exception as failed:  # noqa: BLE001 - raised once all others are known
                    error = error or failed
                else:
                    with journal.transaction():
                        journal.uploads.done(number, reference)
        if error:
            raise error
        return references

    def _one(self, file: ImageFile) -> str:
        self.work.writer.begin()
        return self._store.upload(file)

    def _referring(self, change: Change, wanted: Wanted, references: Mapping[str, str]) -> Change | None:
        """The change with what the store calls its pictures. Those that it refused are left out."""
        after: dict[str, str | None] = {}
        for field, name in change.after.items():
            one = wanted.get((change.cms_id, field))
            if name is None or one is None:
                after[field] = None
            elif reference := references.get(one.sight.fingerprint):
                after[field] = reference
            elif refused := self._refusals.get(one.sight.fingerprint):
                detail = f"its `{field}` stays as it is: {refused}"
                self.work.plan.spool.skip(Skipped(change.cms_id, "image_refused", detail), wholly=False)
        if not after:
            self.work.plan.drop(change.cms_id, Action.IMAGE)
            return None
        return changed(change, before={field: change.before[field] for field in after}, after=after)

    def _remember(self, stack: UndoStack, done: Sequence[Change], wanted: Wanted) -> None:
        """Remember which picture is which, as the store's brands now say."""
        sources = self._images.sources([row.cms_id for row in done])
        rows = [
            ImageRow(
                row.cms_id,
                field,
                row.brand_id or "",
                sources.get((row.cms_id, field)),
                wanted[row.cms_id, field].sight.fingerprint if (row.cms_id, field) in wanted else None,
                reference,
            )
            for row in done
            for field, reference in row.after.items()
        ]
        with stack.journal.transaction():
            stack.journal.images.put(stack.run, rows)
