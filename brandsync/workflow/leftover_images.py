"""Removes pictures from the store that a run has uploaded, and that nothing needs: most often it was taken back."""

from collections.abc import Iterator

from brandsync.errors import Rejected
from brandsync.journal import Journal, Upload
from brandsync.stores.images import KeepsImages
from brandsync.stores.interface import BrandStore


def remove_leftover_images(store: BrandStore, journal: Journal, run: str) -> Iterator[str]:
    """Remove what is left over. It can be repeated, and goes on where it was cut short.

    ``run``: the one at work. Yields a sentence for each picture that stays though nothing of ours needs it.
    """
    leftover = journal.uploads.leftover(run)
    if not leftover or not isinstance(store, KeepsImages):
        return
    for upload in leftover:
        reference = upload.reference or store.find_upload(upload.name, upload.fingerprint)
        if reference and _is_needed(store, journal, upload, reference):
            continue
        if reference:
            try:
                removed = store.remove_upload(reference)
            except Rejected as error:
                yield f"the picture {upload.name} stays in the store: {error.message}"
                continue
            if not removed:
                yield f"the picture {upload.name} stays in the store: something else there uses it"
        with journal.transaction():
            journal.uploads.removed(upload.id)


def _is_needed(store: BrandStore, journal: Journal, upload: Upload, reference: str) -> bool:
    """Whether a brand refers to it: the one that it was uploaded for, or another with the same picture."""
    remembered = ((row.brand_id, row.field) for row in journal.images.holders(reference))
    ids, fields = map(set, zip((upload.brand_id, upload.field), *remembered, strict=True))
    return any(reference in brand.fields.values() for brand in store.get_brands(sorted(fields), sorted(ids)))
