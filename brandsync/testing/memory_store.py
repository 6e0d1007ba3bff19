"""An in-memory brand store, for tests of CMS backends and for anything that needs an obedient store."""

import json
from collections.abc import Sequence
from typing import Any, ClassVar, Self

from brandsync.brand import FIELDS, Brand, BrandUpdate, Fields, NewBrand
from brandsync.errors import Rejected
from brandsync.stores.interface import BrandStore, StoreCapabilities, StorePage, StoreSettings
from brandsync.testing.memory import Behaviour, MemoryState


class MemoryShop(MemoryState):
    """The brands of a shop. Several ``MemoryStore`` may share it."""

    def __init__(self) -> None:
        super().__init__()
        self.brands: dict[str, dict[str, Any]] = {}
        """The fields of each brand, by id."""
        self.listed: dict[str, dict[str, Any]] = {}
        """What a listing shows."""
        self._made = 0

    def new_id(self) -> str:
        """An id that the shop makes."""
        self._made += 1
        return f"brand-{self._made:06}"


class MemoryStoreSettings(StoreSettings):
    """``[store]`` for an in-memory store."""

    backend: str = "memory"
    shop: str = "shop"
    """The name of the ``MemoryShop``, within the process."""
    behaviour: Behaviour = Behaviour()


class MemoryStore(BrandStore):
    """Brands in memory."""

    Settings: ClassVar[type[StoreSettings]] = MemoryStoreSettings
    settings: MemoryStoreSettings

    def __init__(self, settings: MemoryStoreSettings) -> None:
        super().__init__(settings)
        self.behaviour = settings.behaviour
        self.shop = MemoryShop.named(settings.shop)
        self.capabilities = StoreCapabilities(
            batch=self.behaviour.batch,
            chooses_ids=self.behaviour.chooses_ids,
            compare_and_set=self.behaviour.compare_and_set,
        )

    @classmethod
    def of(cls, shop: MemoryShop, behaviour: Behaviour | None = None) -> Self:
        """A store for this shop, without a configuration."""
        store = cls(MemoryStoreSettings(behaviour=behaviour or Behaviour()))
        store.shop = shop
        return store

    def list_brands(self, fields: Sequence[str], cursor: str | None = None) -> StorePage:
        """One page of the brands, by id."""
        with self.shop.call(self.behaviour):
            if cursor is None and self.shop.is_fresh(self.behaviour):
                self.shop.listed = {brand_id: dict(held) for brand_id, held in self.shop.brands.items()}
            ids = sorted(brand_id for brand_id in self.shop.listed if brand_id > (cursor or ""))
            page = [
                _brand(brand_id, self.shop.listed[brand_id], fields) for brand_id in ids[: self.behaviour.page_size]
            ]
            return StorePage(page, page[-1].id if len(ids) > len(page) else None, len(self.shop.listed))

    def get_brands(self, fields: Sequence[str], ids: Sequence[str]) -> Sequence[Brand]:
        """The existing brands with these ids."""
        with self.shop.call(self.behaviour):
            held = self.shop.brands
            return [_brand(brand_id, held[brand_id], fields) for brand_id in dict.fromkeys(ids) if brand_id in held]

    def create_brands(self, brands: Sequence[NewBrand]) -> Sequence[Brand]:
        """Create brands, all or none. A brand that is already there and equal counts as created."""
        with self.shop.write(self.behaviour, len(brands)) as count:
            for brand in brands:
                self._check(brand)
            return [self._create(brand) for brand in brands[:count]]

    def update_brands(self, updates: Sequence[BrandUpdate]) -> Sequence[Brand]:
        """Update brands. With ``compare_and_set``, only those that still hold their ``before``."""
        with self.shop.write(self.behaviour, len(updates)) as count:
            for update in updates:
                _check_name(update.after)
            due = [update for update in updates[:count] if self._holds(update.id, update.before)]
            for update in due:
                self.shop.brands[update.id] |= _copied(update.after)
            return [Brand(update.id, _copied(update.after)) for update in due]

    def delete_brands(self, brands: Sequence[Brand]) -> Sequence[str]:
        """Delete brands. With ``compare_and_set``, only those that still hold their fields."""
        with self.shop.write(self.behaviour, len(brands)) as count:
            gone = [b.id for b in brands[:count] if b.id not in self.shop.brands or self._holds(b.id, b.fields)]
            for brand_id in gone:
                self.shop.brands.pop(brand_id, None)
            return gone

    def _check(self, brand: NewBrand) -> None:
        _check_name(brand.fields)
        held = self.shop.brands.get(brand.id or "") if self.behaviour.chooses_ids else None
        if held is not None and not _equal(held, brand.fields):
            raise Rejected(f"brand {brand.id} is there and holds something else")

    def _create(self, brand: NewBrand) -> Brand:
        brand_id = brand.id if self.behaviour.chooses_ids and brand.id else self.shop.new_id()
        self.shop.brands[brand_id] = dict.fromkeys(FIELDS) | _copied(brand.fields)
        return Brand(brand_id, _copied(brand.fields))

    def _holds(self, brand_id: str, expected: Fields) -> bool:
        held = self.shop.brands.get(brand_id)
        return held is not None and (not self.behaviour.compare_and_set or _equal(held, expected))


def _brand(brand_id: str, held: Fields, fields: Sequence[str]) -> Brand:
    return Brand(brand_id, _copied({name: held.get(name) for name in fields}))


def _copied(fields: Fields) -> dict[str, Any]:
    """A deep copy, as if the values had gone over a wire."""
    copied: dict[str, Any] = json.loads(json.dumps(dict(fields)))
    return copied


def _equal(held: Fields, expected: Fields) -> bool:
    return all(held.get(name) == value for name, value in expected.items())


def _check_name(fields: Fields) -> None:
    if not (fields.get("name", "given") or "").strip():
        raise Rejected("a brand needs a name")
