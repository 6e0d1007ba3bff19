"""What the tests of the Medusa store do to it, and the brands that they give it."""

from collections.abc import Iterator, Sequence
from typing import Any

import real_brands

from brandsync.brand import Brand, NewBrand
from brandsync.new_id import new_id
from brandsync.stores.medusa import MedusaStore


def new(name: str = "Acme", **fields: Any) -> NewBrand:
    return NewBrand(new_id(), {"name": name, **fields})


def create(store: MedusaStore, *brands: NewBrand) -> list[str]:
    return [brand.id for brand in store.create_brands(brands)]


def every(store: MedusaStore, *fields: str) -> list[Brand]:
    page = store.list_brands(fields or ("name",))
    brands = [*page.brands]
    while page.next:
        page = store.list_brands(fields or ("name",), page.next)
        brands += page.brands
    return brands


def batched(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (items[start : start + 1_000] for start in range(0, len(items), 1_000))


def real(count: int) -> list[NewBrand]:
    return [
        new(brand["name"], description=brand["description"], metadata=brand["metadata"], handle=f"brand-{number}")
        for number, brand in enumerate(real_brands.load()[:count])
    ]
