"""The tests that a store must pass that keeps pictures. Subclass as for ``StoreConformance``, and name the field.

class TestAcmeImages(ImageConformance):
    backend = AcmeStore
    image_field = "logo"

    @pytest.fixture
    def settings(self):
        return {"url": a_fresh_shop()}
"""

import hashlib
import struct
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, ClassVar

import pytest

from brandsync.brand import Brand, BrandUpdate
from brandsync.brand.image import HEX, PNG, ImageFile, file_name, is_copy_of
from brandsync.brand.kind import Kind
from brandsync.stores.images import KeepsImages
from brandsync.stores.interface import BrandStore
from brandsync.stores.optional import prepare
from brandsync.testing.bench import Side, store_side
from brandsync.testing.contract import require
from brandsync.testing.store_fixtures import StoreFixtures, held, listed, plain


def picture(number: int, brand: str = "acme") -> ImageFile:
    """A PNG with bytes of its own."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pixel = bytes((number % 256, number // 256 % 256, 7))
    parts = (
        chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)),
        chunk(b"IDAT", zlib.compress(b"\0" + pixel)),
        chunk(b"IEND", b""),
    )
    content = b"\x89PNG\r\n\x1a\n" + b"".join(parts)
    fingerprint = hashlib.sha256(content).hexdigest()
    return ImageFile(file_name(brand, fingerprint, "png"), PNG, fingerprint, len(content), lambda: content)


class ImageConformance(StoreFixtures):
    """A picture is uploaded once, referred to, found again, and removed."""

    image_field: ClassVar[str]
    """The field whose pictures the store keeps."""

    @pytest.fixture
    def side(self, section: dict[str, Any], tmp_path: Path) -> Side:
        """The backend, told that the field is an image."""
        side = store_side(self.backend, section, tmp_path)
        return Side(self.backend, side.settings.holding({self.image_field: Kind.IMAGE}), side.watch)

    @pytest.fixture
    def store(self, side: Side) -> Iterator[BrandStore]:
        """The store, as a run has it before its first write."""
        with closing(side.open()) as store:
            store.list_brands(("name",))
            prepare(store)
            yield store

    @pytest.fixture
    def keeper(self, store: BrandStore) -> KeepsImages:
        """The same store, as one that keeps pictures."""
        require(isinstance(store, KeepsImages), "the store doesn't have all that pictures need", KeepsImages)
        assert isinstance(store, KeepsImages)
        return store

    def _show(self, store: BrandStore, brand: Brand, reference: str | None) -> None:
        """Let a brand refer to a picture."""
        field, before = self.image_field, held(store, [self.image_field], [brand.id])[brand.id]
        done = store.update_brands([BrandUpdate(brand.id, {field: before.get(field)}, {field: reference})])
        require([one.id for one in done] == [brand.id], "the brand was not updated", BrandStore.update_brands)

    def _shown(self, store: BrandStore, brand: Brand) -> Any:
        """What a brand refers to, by the listing as by its id."""
        by_id = held(store, ["name", self.image_field], [brand.id])[brand.id][self.image_field]
        (by_list,) = [one for one in listed(store, ["name", self.image_field]) if one.id == brand.id]
        require(by_list.fields[self.image_field] == by_id, "a listing and a look by id differ", BrandStore.list_brands)
        return by_id

    def test_a_brand_refers_to_its_picture_which_is_known_again(self, store: BrandStore, keeper: KeepsImages) -> None:
        (brand,) = plain(store, 1)
        file = picture(1)
        require(self._shown(store, brand) is None, "a brand without a picture refers to none", BrandStore.list_brands)
        reference = keeper.upload(file)
        self._show(store, brand, reference)
        require(self._shown(store, brand) == reference, "a reference comes back as it was given", KeepsImages.upload)
        known = is_copy_of(reference, file.fingerprint)
        require(known, f"a reference must hold {HEX} digits of the fingerprint: {reference}", KeepsImages.upload)

    def test_what_is_uploaded_is_found_again_and_nothing_else(self, keeper: KeepsImages) -> None:
        there, other = picture(1), picture(2)
        reference = keeper.upload(there)
        found = keeper.find_upload(there.name, there.fingerprint)
        require(found == reference, f"found {found} and not {reference}", KeepsImages.find_upload)
        none = keeper.find_upload(other.name, other.fingerprint)
        require(none is None, f"found {none}, which nobody has uploaded", KeepsImages.find_upload)

    def test_a_new_picture_replaces_none_and_the_way_back_is_exact(
        self, store: BrandStore, keeper: KeepsImages
    ) -> None:
        (brand,) = plain(store, 1)
        old, new = keeper.upload(picture(1)), keeper.upload(picture(2))
        require(old != new, "two pictures have one reference", KeepsImages.upload)
        for reference in (old, new, old, None, old):
            self._show(store, brand, reference)
            require(self._shown(store, brand) == reference, f"{reference} was not given back", BrandStore.update_brands)

    def test_a_picture_that_nothing_uses_is_removed_and_again_without_harm(self, keeper: KeepsImages) -> None:
        file = picture(1)
        reference = keeper.upload(file)
        for _ in range(2):
            require(keeper.remove_upload(reference), "a picture that nothing uses stays", KeepsImages.remove_upload)
            found = keeper.find_upload(file.name, file.fingerprint)
            require(found is None, "a picture that was removed is found", KeepsImages.find_upload)

    def test_a_picture_can_be_uploaded_again_once_it_was_removed(self, store: BrandStore, keeper: KeepsImages) -> None:
        (brand,) = plain(store, 1)
        keeper.remove_upload(keeper.upload(picture(1)))
        reference = keeper.upload(picture(1))
        self._show(store, brand, reference)
        require(self._shown(store, brand) == reference, "it can't be shown", KeepsImages.upload)

    def test_another_field_of_a_brand_changes_without_its_picture(self, store: BrandStore, keeper: KeepsImages) -> None:
        (brand,) = plain(store, 1)
        reference = keeper.upload(picture(1))
        self._show(store, brand, reference)
        store.update_brands([BrandUpdate(brand.id, {"name": brand.fields["name"]}, {"name": "Another name"})])
        require(self._shown(store, brand) == reference, "the picture is gone", BrandStore.update_brands)
