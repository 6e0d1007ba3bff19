"""The BigCommerce store: one request a brand, 250 brands a page, and names that are unique.

A field is synced where a brand can hold it and gives it back as it was given. The others are left alone. An image's
address changes, because BigCommerce copies the image. No document says how a URL that was set goes back to the one that
BigCommerce gives. Metafields are written by separate requests, so a brand could be half-written.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from itertools import chain
from typing import ClassVar, Final

from brandsync.backend import Finding
from brandsync.brand import Brand, BrandUpdate, Fields, NewBrand
from brandsync.errors import Rejected, TryAgainLater, Unreadable
from brandsync.stores.bigcommerce.api import COLUMNS, PAGE, PATH, SCOPE, BrandsApi, Record
from brandsync.stores.bigcommerce.settings import BigCommerceSettings
from brandsync.stores.id_form import COUNTED
from brandsync.stores.interface import BrandStore, StoreCapabilities, StorePage
from brandsync.stores.optional import brands_from
from brandsync.stores.refusal import refused_as, unstorable

LONGEST: Final = {"name": 255, "description": 65_535}
"""How many characters each field takes, from the specification (``brand_Full``)."""
BATCH: Final = 25
"""How many brands are read just before they are written: few, since a person may edit one in between."""
MOST: Final = 30_000
"""The most brands in a store ("Create a Brand", Limits)."""
RESTARTS: Final = 5
"""How often a listing starts again because brands came or went while it was read."""
NOBODY: Final = str(2**31 - 1)
"""An id that no brand has, as far as we can know."""


class BigCommerceStore(BrandStore):
    """The brands of a BigCommerce store."""

    Settings: ClassVar[type[BigCommerceSettings]] = BigCommerceSettings
    settings: BigCommerceSettings
    verified: ClassVar[str] = "the vendor's OpenAPI specification, 2026-11; not a real store"
    capabilities = StoreCapabilities(
        fields=frozenset(COLUMNS),
        batch=BATCH,
        all_or_nothing=False,
        unique_names=True,
        most_brands=MOST,
        inexact={
            "delete": "BigCommerce gives a brand that is created again a new id; its image, URL, other fields and"
            " metafields don't come back, and its products aren't assigned to it again"
        },
    )

    def __init__(self, settings: BigCommerceSettings) -> None:
        super().__init__(settings)
        self._api = BrandsApi(settings)
        self.clients = (self._api.http,)
        self._names: dict[str, str] = {}
        """The names of the brands in the last ``get_brands``, by id."""

    def list_brands(self, fields: Sequence[str], cursor: str | None = None) -> StorePage:
        """A page by its number. If brands came or went meanwhile, the listing starts again: pages have moved.

        Raises:
            TryAgainLater: they come and go faster than they can be listed.
        """
        number, total, restarts = json.loads(cursor) if cursor else (1, None, 0)
        listed = self._api.page(fields, number, self.settings.page_size)
        brands = [_brand(record, fields) for record in listed.records]
        if total not in {None, listed.total}:
            if restarts == RESTARTS:
                raise TryAgainLater(f"the brands of {self.where()} change while they are listed")
            return StorePage(brands, json.dumps([1, listed.total, restarts + 1]), listed.total)
        more = number < listed.pages
        if more and not brands:
            raise Unreadable(f"page {number} of {listed.pages} of {self.where()} is empty")
        return StorePage(brands, json.dumps([number + 1, listed.total, restarts]) if more else None, listed.total)

    def get_brands(self, fields: Sequence[str], ids: Sequence[str]) -> Sequence[Brand]:
        """The brands of these ids, 250 a request."""
        parts = COUNTED.parts(ids, PAGE)
        records = [record for part in parts for record in self._api.of_ids(fields, part)]
        self._names = {str(record["id"]): record["name"] for record in records}
        return [_brand(record, fields) for record in records]

    def find_brands(self, fields: Sequence[str], names: Collection[str]) -> Iterator[Brand]:
        """The brands of these names: the rest of the listing, or one request a name where that takes fewer."""
        page = self.list_brands(fields)
        found = brands_from(self.list_brands, fields, page)
        if len(names) < -(-(page.total or 0) // self.settings.page_size) - 1:
            records = (record for name in names for record in self._api.named(fields, name))
            found = chain(page.brands, (_brand(record, fields) for record in records))
        yield from {brand.id: brand for brand in found}.values()

    def create_brands(self, brands: Sequence[NewBrand]) -> Sequence[Brand]:
        """Create brands, one request each. A lost create isn't repeated: the store makes the ids."""
        return [_brand(self._api.create(brand.fields), [*brand.fields]) for brand in brands]

    def update_brands(self, updates: Sequence[BrandUpdate]) -> Sequence[Brand]:
        """Update brands, one request each; one that is gone is not returned."""
        return [brand for update in updates if COUNTED.fits(update.id) and (brand := self._update(update))]

    def delete_brands(self, brands: Sequence[Brand]) -> Sequence[str]:
        """Delete brands by their ids, one request each. An id that no brand could have counts as gone."""
        for brand in brands:
            if COUNTED.fits(brand.id):
                self._api.delete(brand.id)
        return [brand.id for brand in brands]

    def requests_for(self, action: str, brands: int) -> int:
        """One for each brand, and one to read a batch before it is changed or deleted."""
        reads = 0 if action == "create" else -(-brands // PAGE)
        return reads if action == "read" else reads + brands

    def refuses(self, fields: Fields) -> str | None:
        """Why no BigCommerce store could hold these fields, or none."""
        for name, value in fields.items():
            if value and len(value) > LONGEST[name]:
                return f"the {name} has {len(value):,} characters, and BigCommerce takes {LONGEST[name]:,}"
            if value and (reason := unstorable(name, value)):
                return reason
        return None

    def where(self) -> str:
        """The URL of the store."""
        return self._api.url

    def check(self) -> Iterator[Finding]:
        """Read a page, then try to change a brand that isn't there: only a token that may write gets a "not found".

        Raises:
            CredentialsRefused: the token may not read, or not write.
        """
        total = self._api.page([], 1, 1).total
        yield Finding(ok=True, what=f"{self.where()} answers: it holds {total:,} of at most {MOST:,} brands")
        if self._api.of_ids([], [NOBODY]):
            yield Finding(ok=True, what="whether the token may write shows at the first write")
            return
        said = "the token may read brands and not write them"
        # It may be rejected for what was sent: the token is not refused then.
        with suppress(Rejected), refused_as(said, f"give its API account {SCOPE}"):
            self._api.update(NOBODY, "brandsync check", {})
        yield Finding(
            ok=True, what=f"the token may write: PUT {PATH} is refused for nothing but a brand that isn't there"
        )
        if self.rate:
            what = f"the store takes {self.rate.count:g} requests in {self.rate.seconds:g} s, other apps' among them"
            yield Finding(ok=True, what=what)

    def _update(self, update: BrandUpdate) -> Brand | None:
        # Every change must send the name that the brand has now. The engine has just read the brand.
        if not update.after.get("name") and update.id not in self._names:
            self.get_brands(["name"], [update.id])
        name = update.after.get("name") or self._names.get(update.id)
        self._names.pop(update.id, None)
        record = self._api.update(update.id, name, update.after) if name is not None else None
        return _brand(record, [*update.after]) if record else None


def _brand(record: Record, fields: Sequence[str]) -> Brand:
    """The brand of a record; anything else in the record is ignored."""
    return Brand(str(record["id"]), {name: record.get(COLUMNS[name]) or None for name in fields})
