"""The WooCommerce store: 100 brands a request, each with its own outcome.

A field is synced where WooCommerce takes it and gives it back: the name, the slug (our handle) and the description. An
image is not synced: each time its URL is written, it becomes a new attachment with another URL
(``WC_REST_Product_Categories_Controller::update_term_meta_fields``). A brand has no website address, and its metadata
can't be written over REST.
"""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, ClassVar, Final

from brandsync.backend import Finding
from brandsync.brand import Brand, BrandUpdate, Fields, NewBrand, encode
from brandsync.errors import CredentialsRefused
from brandsync.stores.id_form import COUNTED
from brandsync.stores.interface import BrandStore, PartlyRejected, StoreCapabilities, StorePage
from brandsync.stores.woocommerce import text
from brandsync.stores.woocommerce.api import LARGEST, PERMISSION, BrandsApi, Record, Refused
from brandsync.stores.woocommerce.settings import WooCommerceSettings

COLUMNS: Final = {"name": "name", "handle": "slug", "description": "description"}
"""The name of each field in WooCommerce's record of a brand."""
LONGEST: Final = 200
"""The most characters of an escaped name, and of a slug: ``wp_terms`` (wp-admin/includes/schema.php)."""


class WooCommerceStore(BrandStore):
    """The brands of a WooCommerce shop."""

    Settings: ClassVar[type[WooCommerceSettings]] = WooCommerceSettings
    settings: WooCommerceSettings
    verified: ClassVar[str] = "a real WooCommerce 10.5.2, 2026-11"
    capabilities = StoreCapabilities(
        fields=frozenset(COLUMNS),
        batch=LARGEST,
        unique_names=True,
        unique_handles=True,
        inexact={
            "delete": "WooCommerce gives a brand that is created again a new id; its image, parent, children, order and"
            " other data don't come back, and its products aren't assigned to it again"
        },
    )

    def __init__(self, settings: WooCommerceSettings) -> None:
        super().__init__(settings)
        self._api = BrandsApi(settings)
        self.clients = (self._api.http,)

    def list_brands(self, fields: Sequence[str], cursor: str | None = None) -> StorePage:
        """The brands after the last one listed, by their ids.

        Each page begins with the last brand of the previous page. If it doesn't, brands have been deleted and the rest
        has moved forward: the listing goes back a page until it sees a brand that it knows. New brands come last.
        """
        offset, last = json.loads(cursor) if cursor else (0, 0)
        size = self.settings.page_size
        listed = self._api.part(_columns(fields), offset, size)
        while offset and not any(record["id"] <= last for record in listed.records):
            offset = max(0, offset - size)
            listed = self._api.part(_columns(fields), offset, size)
        end = offset + len(listed.records)
        brands = [_brand(record, fields) for record in listed.records if record["id"] > last]
        more = listed.records and end < listed.total
        return StorePage(
            brands, json.dumps([end - 1, listed.records[-1]["id"]]) if more else None, None if cursor else listed.total
        )

    def get_brands(self, fields: Sequence[str], ids: Sequence[str]) -> Sequence[Brand]:
        """The brands of these ids, 100 a request."""
        known = [brand_id for brand_id in dict.fromkeys(ids) if COUNTED.fits(brand_id)]
        chunks = (known[start : start + LARGEST] for start in range(0, len(known), LARGEST))
        return [_brand(record, fields) for chunk in chunks for record in self._api.of_ids(_columns(fields), chunk)]

    def find_brands(self, fields: Sequence[str], names: Collection[str]) -> Iterator[Brand]:
        """The brands of these names, from the whole listing, or from one search a name if that takes fewer requests."""
        page = self.list_brands(fields)
        if len(names) < (page.total or 0) // self.settings.page_size:
            found = [self._api.found(_columns(fields), text.name_kept(name)) for name in names]
            if all(each.total <= LARGEST for each in found):
                records = {record["id"]: record for each in found for record in each.records}
                yield from (_brand(record, fields) for record in records.values())
                return
        yield from page.brands
        while page.next is not None:
            page = self.list_brands(fields, page.next)
            yield from page.brands

    def create_brands(self, brands: Sequence[NewBrand]) -> Sequence[Brand]:
        """Create brands, in one request. A lost create isn't repeated: the shop makes the ids."""
        told = self._api.batch("create", [_record(brand.fields) for brand in brands])
        refused = {number: item for number, item in enumerate(told) if isinstance(item, Refused)}
        pairs = zip(brands, told, strict=True)
        made = [_brand(item, [*brand.fields]) for brand, item in pairs if not isinstance(item, Refused)]
        return _all_of(made, refused)

    def update_brands(self, updates: Sequence[BrandUpdate]) -> Sequence[Brand]:
        """Update brands, in one request; one that is gone is not returned."""
        known = {number: update for number, update in enumerate(updates) if COUNTED.fits(update.id)}
        items = [{"id": int(update.id), **_record(update.after)} for update in known.values()]
        told = dict(zip(known, self._api.batch("update", items) if items else (), strict=True))
        changed = [_brand(item, [*known[n].after]) for n, item in told.items() if not isinstance(item, Refused)]
        return _all_of(changed, self._not_gone(told, lambda number: known[number].id))

    def delete_brands(self, brands: Sequence[Brand]) -> Sequence[str]:
        """Delete brands, in one request. An id that no brand could have counts as gone."""
        known = {number: brand.id for number, brand in enumerate(brands) if COUNTED.fits(brand.id)}
        told = dict(zip(known, self._api.batch("delete", [*map(int, known.values())]) if known else (), strict=True))
        refused = self._not_gone(told, lambda number: known[number])
        return _all_of([brand.id for number, brand in enumerate(brands) if number not in refused], refused)

    def requests_for(self, action: str, brands: int) -> int:
        """One, and one to read the batch before it is changed or deleted."""
        reads = 0 if action == "create" else -(-brands // LARGEST)
        return reads if action == "read" else reads + 1

    def refuses(self, fields: Fields) -> str | None:
        """Why no WooCommerce shop could hold these fields, or none."""
        for name, value in fields.items():
            length = len(text.name_kept(value)) if name == "name" and value else len(value or "")
            if name in {"name", "handle"} and length > LONGEST:
                return f"the {name} has {length:,} characters as WordPress keeps it, which takes {LONGEST}"
            if value and ("\0" in value or any("\ud800" <= char <= "\udfff" for char in value)):
                return f"the {name} holds a character that no database can store: U+0000, or half of another one"
        return None

    def comparison_key(self, fields: Fields) -> str:
        """The name, and the description's text: WordPress removes tags from it and escapes the rest."""
        return encode(text.comparison_key(fields))

    def where(self) -> str:
        """The shop's address."""
        return self._api.url

    def check(self) -> Iterator[Finding]:
        """Read a brand, then send an empty batch: only a key that may write is allowed to.

        Raises:
            ConfigError: there is no WordPress, no WooCommerce, or one without brands.
            CredentialsRefused: the key may not read, or not write.
        """
        total = self._api.part([], 0, 1).total
        yield Finding(ok=True, what=f"{self.where()} answers: it holds {total:,} brands")
        try:
            self._api.may_write()
        except CredentialsRefused as error:
            raise CredentialsRefused(
                f"the key may read brands and not write them: {error.message}", hint=f"give it {PERMISSION}"
            ) from None
        yield Finding(ok=True, what="the key may write: a batch of nothing is accepted")

    def _not_gone(self, told: dict[int, Record | Refused], id_of: Callable[[int], str]) -> dict[int, Refused]:
        """The refusals for brands that are there. For a brand that is gone, WooCommerce says only that it failed."""
        refused = {number: item for number, item in told.items() if isinstance(item, Refused)}
        there = {brand.id for brand in self.get_brands(["name"], [id_of(number) for number in refused])}
        return {number: item for number, item in refused.items() if id_of(number) in there}


def _all_of(done: Sequence[Any], refused: dict[int, Refused]) -> Sequence[Any]:
    if refused:
        raise PartlyRejected(done, refused)
    return done


def _columns(fields: Sequence[str]) -> list[str]:
    return [COLUMNS[name] for name in fields]


def _record(fields: Fields) -> dict[str, str]:
    """Fields as WooCommerce takes them. An empty handle isn't sent: WordPress makes one, or the brand keeps its own."""
    sent = {}
    if "name" in fields:
        sent["name"] = text.name_sent(fields["name"] or "")
    if "description" in fields:
        sent["description"] = text.description_sent(fields["description"])
    if fields.get("handle"):
        sent["slug"] = fields["handle"]
    return sent


def _brand(record: Record, fields: Sequence[str]) -> Brand:
    """The brand of a record; anything else in the record is ignored."""
    return Brand(str(record["id"]), {name: _READ[name](record.get(COLUMNS[name]) or "") or None for name in fields})


_READ: Final[dict[str, Callable[[str], str]]] = {"name": text.name_read, "handle": text.slug_read, "description": str}
