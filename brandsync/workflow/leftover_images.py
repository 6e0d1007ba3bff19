"""Removes pictures from the store that a run has uploaded, and that nothing needs: most often it was taken back."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from brandsync.errors import BrandsyncError, Interrupted, LeaseLost
from brandsync.journal import Journal, Upload
from brandsync.stores.images import KeepsImages
from brandsync.stores.interface import BrandStore


def remove_leftover_images(store: BrandStore, journal: Journal, run: str, mapped: Collection[str]) -> Iterator[str]:
    """Remove what is left over. It can be repeated, and goes on where it was cut short.

    ``run``: the one at work. ``mapped``: the fields that are images now; nobody can ask for others, so pictures that
    were uploaded for them stay. Yields a sentence for each picture that stays though nothing of ours needs it.
    """
    if not isinstance(store, KeepsImages):
        return
    removal = _Removal(store, journal, run, mapped)
    for upload in journal.uploads.leftover(run):
        try:
            problem = removal.of(store, upload)
        except (Interrupted, LeaseLost):
            raise
        except BrandsyncError as error:
            problem = error.message
        if problem:
            yield f"the picture {upload.name} stays in the store: {problem}"


@dataclass(frozen=True, slots=True)
class _Removal:
    """Removes pictures one by one."""

    store: BrandStore
    journal: Journal
    run: str
    mapped: Collection[str]

    def of(self, keeper: KeepsImages, upload: Upload) -> str | None:
        """Remove one, unless something needs it. Returns why it stays, where nothing of ours does.

        ``keeper``: the store, which keeps it.
        """
        uploads = self.journal.uploads
        reference = upload.reference or keeper.find_upload(upload.name, upload.fingerprint)
        if reference is None and upload.run == self.run:
            return None  # it may still arrive: the next run looks again
        removed = shared = False
        if reference is not None:
            shared = uploads.is_shared(upload) or self.journal.images.is_elsewhere(reference)
            if not shared and self._is_shown(upload, reference):
                return None  # until its run, or the one that needs it, is undone as well
            removed = not shared and keeper.remove_upload(reference)
        with self.journal.transaction():
            if removed or reference is None:
                uploads.removed(upload.id)
            else:
                uploads.stays(upload.id)
        return None if removed or shared or reference is None else "something else there uses it"

    def _is_shown(self, upload: Upload, reference: str) -> bool:
        """Whether a brand refers to it: the one that it was uploaded for, or another with the same picture."""
        remembered = ((row.brand_id, row.field) for row in self.journal.images.holders(reference))
        ids, fields = map(set, zip((upload.brand_id, upload.field), *remembered, strict=True))
        if not fields <= {*self.mapped}:
            return True
        return any(reference in brand.fields.values() for brand in self.store.get_brands(sorted(fields), sorted(ids)))
