"""The Shopify store: 50 brands a request, each created, changed or deleted by its own mutation.

Shopify has no brands, only a product's vendor, which is a text. Ours are metaobjects: records of the shop's own kind,
which themes can show and a product's metafields can refer to.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar, Final

from brandsync.backend import Finding, Rate
from brandsync.brand import FIELDS, Brand, BrandUpdate, Fields, NewBrand
from brandsync.brand.image import ImageFile
from brandsync.brand.kind import Kind
from brandsync.stores.images import ImageLimits
from brandsync.stores.interface import BrandStore, StoreCapabilities, StorePage
from brandsync.stores.refusal import Refused, all_of, refusals
from brandsync.stores.shopify import values
from brandsync.stores.shopify.api import DELETE, GONE, IDS, LARGEST, BrandsApi, Record
from brandsync.stores.shopify.checking import check
from brandsync.stores.shopify.definition import Definition, missing_definition
from brandsync.stores.shopify.field import HANDLE, KNOWN, Field
from brandsync.stores.shopify.files import LIMITS, Files
from brandsync.stores.shopify.reference import gid_of
from brandsync.stores.shopify.settings import ShopifySettings
from brandsync.stores.shopify.staging import Staging

_log = logging.getLogger(__name__)

BATCH: Final = 50
"""Brands in one request. A request may cost 1,000 points, enough for 90 creations. A smaller batch is as fast: points
come back at one pace. And mutations run one by one, but the answer must come before ``timeout``."""
MOST: Final = 1_000_000
"""The most metaobjects of one definition (shopify.dev/docs/apps/build/metaobjects/metaobject-limits)."""


class ShopifyStore(BrandStore):
    """The brands of a Shopify shop, which are metaobjects."""

    Settings: ClassVar[type[ShopifySettings]] = ShopifySettings
    settings: ShopifySettings
    verified: ClassVar[str] = "the vendor's GraphQL schema, 2026-11; not a real shop"
    capabilities: StoreCapabilities = StoreCapabilities(
        fields=frozenset(FIELDS),
        batch=BATCH,
        unique_handles=True,
        most_brands=MOST,
        inexact={
            "delete": "Shopify gives a brand that is created again a new id: metafields of products and whatever else"
            " refers to it don't lead to it again; it comes back active, without its translations, the other fields of"
            " its definition and, unless handles are synced, the handle that it had"
        },
    )

    def __init__(self, settings: ShopifySettings) -> None:
        super().__init__(settings)
        self.capabilities = replace(self.capabilities, fields=self.capabilities.fields | settings.further.keys())
        self._api = BrandsApi(settings)
        staging = Staging(settings)
        self._files = Files(self._api.graphql, staging)
        self.clients = (staging, *self._api.graphql.clients)
        self._definition: Definition | None = None
        self._fields: Mapping[str, Field] = KNOWN
        """What the definition's fields can hold, as far as it has been read."""
        self._listed = 0
        """How many brands the listing has given so far."""
        self._there: set[str] = set()
        """The ids that were brands in the last ``get_brands``."""

    @property
    def rate(self) -> Rate | None:
        """How many points come back in a second; none before the first answer."""
        per_second = self._api.graphql.points.per_second
        return Rate(per_second, 1.0, "point") if per_second else None

    def list_brands(self, fields: Sequence[str], cursor: str | None = None) -> StorePage:
        """The brands after the last one listed, drafts included.

        Raises:
            ConfigError: there is no definition, or it can't hold one of the fields.
        """
        page = self._api.page(cursor)
        if cursor is None:
            if page.definition is None:
                raise missing_definition(self.settings.type)
            page.definition.require(fields, self.settings.further)
            self._read(page.definition)
            self._listed = 0
        self._listed += len(page.records)
        if page.next is None and self._listed < self._defined().count:
            # Brands are hidden that lack a field which the definition has since made required.
            reason = "those that lack what the definition requires are left out"
            _log.warning("%s lists %d of %d brands: %s", self.where(), self._listed, self._defined().count, reason)
        held = self._held(fields)
        brands = [values.read(record, fields, held) for record in page.records]
        return StorePage(brands, page.next, page.definition.count if page.definition and cursor is None else None)

    def get_brands(self, fields: Sequence[str], ids: Sequence[str]) -> Sequence[Brand]:
        """The brands of these ids, 250 a request."""
        parts, held = IDS.parts(ids, LARGEST), self._held(fields)
        brands = [values.read(record, fields, held) for part in parts for record in self._api.of_ids(part)]
        self._there = {brand.id for brand in brands}
        return brands

    def create_brands(self, brands: Sequence[NewBrand]) -> Sequence[Brand]:
        """Create brands, in one request. A lost create isn't repeated: the shop makes the ids."""
        published = self._defined().publishable
        held = self._held(name for brand in brands for name in brand.fields)
        sent = [values.created(self.settings.type, brand.fields, held, published=published) for brand in brands]
        return _written(dict(enumerate(self._api.create(sent))), [brand.fields for brand in brands], held)

    def update_brands(self, updates: Sequence[BrandUpdate]) -> Sequence[Brand]:
        """Update brands, in one request; one that is gone is not returned."""
        there = self._among([update.id for update in updates])
        known = {number: update for number, update in enumerate(updates) if update.id in there}
        held = self._held(name for update in updates for name in update.after)
        sent = [(update.id, values.changed(update.after, held)) for update in known.values()]
        told = zip(known, self._api.update(sent), strict=True)
        left = {number: item for number, item in told if not (isinstance(item, Refused) and item.code == GONE)}
        return _written(left, [update.after for update in updates], held)

    def delete_brands(self, brands: Sequence[Brand]) -> Sequence[str]:
        """Delete brands, in one request. Any id that is not one of our brands counts as gone, and is not touched."""
        there = self._among([brand.id for brand in brands])
        known = {number: brand.id for number, brand in enumerate(brands) if brand.id in there}
        told = dict(zip(known, self._api.delete([*known.values()]), strict=True))
        refused = {number: item for number, item in refusals(told).items() if item.code != GONE}
        return all_of([brand.id for number, brand in enumerate(brands) if number not in refused], refused)

    def requests_for(self, action: str, brands: int) -> int:
        """One, and one to read the batch before it is changed or deleted."""
        return 1 if action in {"create", "read"} else 2

    def cost_of(self, action: str, brands: int) -> float:
        """Points for each brand, and for reading the batch before it is changed or deleted."""
        each = {"read": 0, "create": self._api.write, "update": self._api.write, "delete": DELETE}[action]
        return each * brands + (0 if action == "create" else self._api.look)

    def refuses(self, fields: Fields) -> str | None:
        """Why the shop's definition could never hold these fields, or none; before ``kinds``, why no shop could."""
        return values.refusal(fields, self._held(fields))

    @property
    def images(self) -> ImageLimits:
        """What every shop takes."""
        return LIMITS

    def upload(self, file: ImageFile) -> str:
        """Keep a picture in the shop's files, and wait until Shopify has processed it."""
        return self._files.upload(file)

    def find_upload(self, name: str, fingerprint: str) -> str | None:
        """The file of this name, if Shopify's search knows it: it may lag behind by seconds."""
        return self._files.find(name, fingerprint)

    def remove_upload(self, reference: str) -> bool:
        """Delete a file for good, unless Shopify says that something uses it."""
        return self._files.remove(gid_of(reference))

    def kinds(self) -> Mapping[str, Kind]:
        """The kinds of the shop's own fields: what their types in the definition hold, or what the settings say.

        Raises:
            ConfigError: there is no definition; it lacks a field, has it of a type that can't hold it, or requires one
                that isn't mapped.
        """
        definition, further = self._defined(), self.settings.further
        definition.require([*further], further)
        for error in definition.demanded(further):
            raise error
        return {name: self._fields[name].kind for name in self.settings.further}

    def comparison_key(self, fields: Fields) -> str:
        """The fields, as Shopify keeps them."""
        return values.comparison_key(fields, self._held(fields))

    def where(self) -> str:
        """The shop's address, and the type of the metaobjects."""
        return f"{self.settings.address} ({self.settings.type})"

    def check(self) -> Iterator[Finding]:
        """Look at the app's scopes and the definition. Writes nothing.

        Raises:
            CredentialsRefused: the app is refused, or lacks a scope.
            ConfigError: there is no definition.
        """
        yield from check(self._api, self.settings, MOST)

    def _defined(self) -> Definition:
        """The definition, as it was last read."""
        if self._definition is None:
            found = self._api.definition()
            if found is None:
                raise missing_definition(self.settings.type)
            self._read(found)
            return found
        return self._definition

    def _read(self, definition: Definition) -> None:
        self._definition, self._fields = definition, definition.held(self.settings.further)

    def _held(self, names: Iterable[str]) -> Mapping[str, Field]:
        """What these fields can hold. It asks for the definition only if one of them is the shop's own.

        Raises:
            ConfigError: the definition can't hold one of them.
        """
        unknown = [name for name in names if name not in self._fields and name != HANDLE]
        if unknown:
            self._defined().require(unknown, self.settings.further)
        return self._fields

    def _among(self, ids: Sequence[str]) -> set[str]:
        """The brands among these ids. The engine has just read them. Nothing but a brand is ever written to."""
        unread = [brand_id for brand_id in ids if brand_id not in self._there]
        there = self._there | {brand.id for brand in self.get_brands([], unread)}
        self._there = set()
        return there


def _written(
    told: Mapping[int, Record | Refused], sent: Sequence[Fields], held: Mapping[str, Field]
) -> Sequence[Brand]:
    """The written brands, with the fields that were sent. ``told`` is by the place in the call."""
    done = {n: values.read(item, [*sent[n]], held) for n, item in told.items() if not isinstance(item, Refused)}
    for number, brand in done.items():
        wanted, found = sent[number].get("handle"), brand.fields.get("handle")
        # Shopify gives a new brand another handle if somebody has taken the wanted one in the meantime.
        if wanted and found != wanted.lower():
            _log.warning("brand %s was to have the handle %r, and has %r", brand.id, wanted, found)
    return all_of([*done.values()], refusals(told))
