"""The base of a store's tests: its settings, the proxy before it, and the store itself."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any, ClassVar

import pytest

from brandsync.brand import FIELDS, Brand, Fields, NewBrand
from brandsync.stores.interface import BrandStore
from brandsync.stores.optional import ids_for, prepare
from brandsync.testing.bench import Side, store_side
from brandsync.testing.contract import require
from brandsync.testing.proxied import Proxied
from brandsync.testing.samples import samples


class StoreFixtures(Proxied):
    """What a subclass says about its store, and what the tests make from it."""

    backend: ClassVar[type[BrandStore]]
    """The class under test."""
    several_pages: ClassVar[int] = 250
    """More brands than one page of the listing holds."""
    unacceptable: ClassVar[Fields | None] = None
    """A brand that the store rejects, such as ``{"name": None}``; none if it accepts everything."""

    @pytest.fixture
    def settings(self, tmp_path: Path) -> Iterator[dict[str, Any]]:
        """The ``[store]`` section, for a shop without brands. Give a `timeout` of a second or two."""
        with self.serving(tmp_path) as section:
            yield section

    def serving(self, directory: Path) -> AbstractContextManager[dict[str, Any]]:
        """The same outside this class, for tests of pairs. Relative paths start at the directory."""
        raise NotImplementedError(
            "override the fixture `settings`, or `serving`: the [store] section, for a shop without brands"
        )

    @pytest.fixture
    def side(self, section: dict[str, Any], tmp_path: Path) -> Side:
        """The backend with its settings."""
        return store_side(self.backend, section, tmp_path)

    @pytest.fixture
    def store(self, side: Side) -> Iterator[BrandStore]:
        """The store, as a run has it before its first write."""
        with closing(side.open()) as store:
            store.list_brands(("name",))
            prepare(store)
            yield store

    @pytest.fixture
    def fields(self, store: BrandStore) -> list[str]:
        """The fields that it holds."""
        return [name for name in FIELDS if name in store.capabilities.fields]


def batched(store: BrandStore, write: Callable[[Sequence[Any]], Sequence[Any]], items: Sequence[Any]) -> list[Any]:
    """What a writing method returns for all items, called with batches that the store takes."""
    size = store.capabilities.batch
    return [done for start in range(0, len(items), size) for done in write(items[start : start + size])]


def create(store: BrandStore, brands: Sequence[Fields]) -> list[Brand]:
    """Create brands. They come back as the store says that it holds them."""
    made = batched(store, store.create_brands, [chosen(store, brand) for brand in brands])
    require(len(made) == len(brands), f"{len(brands)} brands came back as {len(made)}", BrandStore.create_brands)
    return made


def chosen(store: BrandStore, fields: Fields) -> NewBrand:
    """A new brand, with an id if the store lets its client choose."""
    return NewBrand(ids_for(store, 1)[0] if store.capabilities.chooses_ids else None, fields)


def plain(store: BrandStore, count: int) -> list[Brand]:
    """Create ``count`` plain brands."""
    return create(store, samples(count, store.capabilities.fields))


def listed(store: BrandStore, fields: Sequence[str]) -> list[Brand]:
    """The whole listing."""
    page = store.list_brands(fields)
    brands = [*page.brands]
    cursors: set[str] = set()
    while page.next is not None:
        require(page.next not in cursors, "the listing goes in a circle: a cursor came twice", BrandStore.list_brands)
        cursors.add(page.next)
        page = store.list_brands(fields, page.next)
        brands += page.brands
    return brands


def held(store: BrandStore, fields: Sequence[str], ids: Sequence[str]) -> Mapping[str, Fields]:
    """The fields of these brands in the store, by id."""
    return {brand.id: brand.fields for brand in store.get_brands(fields, ids)}
