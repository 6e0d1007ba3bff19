"""The Shopware store: 500 brands a request, all of them or none, under ids that brandsync chooses.

A field is synced where Shopware takes it and gives it back: the name and the description in one language, and the
link, which is the brand's website; the logo, which is one of the shop's media; and each custom field of the shop's own
that is mapped by its name. Other fields stay as they are. Custom fields are merged key by key, and no key can be
removed (``CustomFieldsSerializer::extractJsonUpdate``): ``metadata`` would not come back as it was.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final

from ulid_transform import ulid_to_bytes

from brandsync.backend import Finding
from brandsync.brand import Brand, BrandUpdate, Fields, NewBrand, encode
from brandsync.brand.image import ImageFile
from brandsync.brand.kind import Kind
from brandsync.errors import Rejected, TryAgainLater, Unreadable
from brandsync.json_reading import at
from brandsync.new_id import new_id
from brandsync.stores.images import ImageLimits
from brandsync.stores.interface import BrandStore, StoreCapabilities, StorePage
from brandsync.stores.shopware import text
from brandsync.stores.shopware.api import COLUMNS, CUSTOM, IDS, LARGEST, ManufacturersApi, Record
from brandsync.stores.shopware.check import findings
from brandsync.stores.shopware.custom_fields import CustomFields
from brandsync.stores.shopware.media import LIMITS, Media
from brandsync.stores.shopware.settings import ShopwareSettings
from brandsync.stores.uuids import read_uuid

UNDONE_DELETE: Final = (
    "Shopware takes a brand that is deleted from its products; created again it has its old id, and its products,"
    " its texts in other languages, and a logo and custom fields that aren't mapped don't come back"
)
UNDONE_UPDATE: Final = (
    "a brand without a name in the language `language` shows the one in the shop's own; given back, that name is one of"
    " `language`, and doesn't follow the other any more"
)


class ShopwareStore(BrandStore):
    """The manufacturers of a Shopware 6 shop."""

    Settings: ClassVar[type[ShopwareSettings]] = ShopwareSettings
    settings: ShopwareSettings
    verified: ClassVar[str] = "the vendor's source, of 6.6, 2026-11; not a real shop"
    capabilities = StoreCapabilities(
        fields=frozenset(COLUMNS), batch=LARGEST, chooses_ids=True, inexact={"delete": UNDONE_DELETE}
    )

    def __init__(self, settings: ShopwareSettings) -> None:
        super().__init__(settings)
        self._api = ManufacturersApi(settings)
        self.clients = (self._api.session.http,)
        further = {name: kind for name, kind in settings.further.items() if name != settings.logo}
        self._custom = CustomFields(self._api, further, settings.page_size)
        self._media = Media(self._api.session)
        self._pictures = [name for name, kind in settings.further.items() if kind is Kind.IMAGE]
        self.capabilities = replace(
            type(self).capabilities,
            fields=frozenset({*COLUMNS, *settings.further}),
            batch=settings.batch,
            inexact=self._inexact(),
        )

    def _inexact(self, *more: str) -> dict[str, str]:
        """What an undo doesn't bring back; ``more``: of an update."""
        told = [*([UNDONE_UPDATE] if self._api.is_translated else []), *more]
        return {"delete": UNDONE_DELETE, **({"update": "; ".join(told)} if told else {})}

    def kinds(self) -> Mapping[str, Kind]:
        """The kinds of the custom fields that are mapped, as their definitions say, and the logo's."""
        kinds = {name: field.kind for name, field in self._custom.fields.items()}
        if self.settings.logo:
            kinds[self.settings.logo] = Kind.IMAGE
        if self._custom.not_emptied:
            self.capabilities = replace(self.capabilities, inexact=self._inexact(self._custom.not_emptied))
        return kinds

    def list_brands(self, fields: Sequence[str], cursor: str | None = None) -> StorePage:
        """The brands after the last one listed, by their ids.

        Each page begins at a brand of the previous page, or earlier. If not, brands have been deleted and the rest has
        moved forward: the listing goes back until it sees a brand that it knows. A new brand may be missed.
        """
        seen, last = json.loads(cursor) if cursor else (0, "")
        size = self.settings.page_size
        number, limit = following(seen, size) if seen else (1, size)
        records, total = self._api.page(fields, number, limit)
        while number > 1 and not any(record["id"] <= last for record in records):
            number, limit = following(max(1, (number - 1) * limit), size)
            records, total = self._api.page(fields, number, limit)
        end = (number - 1) * limit + len(records)
        brands = [self._brand(record, fields) for record in records if record["id"] > last]
        if end < total and not brands and len(records) < limit:
            raise Unreadable(f"a page of {self.where()} is short, and is not the last of its {total:,} brands")
        place = json.dumps([end, brands[-1].id if brands else last])
        return StorePage(brands, place if end < total else None, None if cursor else total)

    def get_brands(self, fields: Sequence[str], ids: Sequence[str]) -> Sequence[Brand]:
        """The brands of these ids, 500 a request."""
        parts = IDS.parts(ids, LARGEST)
        return [self._brand(record, fields) for part in parts for record in self._api.of_ids(fields, part)]

    def create_brands(self, brands: Sequence[NewBrand]) -> Sequence[Brand]:
        """Create brands, in one request, and read in another what Shopware has made of them.

        Raises:
            TryAgainLater: somebody has deleted one of them meanwhile.
        """
        self._api.create([self._record(brand.id or "", _given(brand.fields)) for brand in brands])
        held = self._held({brand.id or "": brand.fields for brand in brands})
        gone = [brand.id for brand in brands if brand.id not in held]
        if gone:
            raise TryAgainLater(f"brand {gone[0]} of {self.where()} was created, and is gone again")
        return [held[brand.id or ""] for brand in brands]

    def update_brands(self, updates: Sequence[BrandUpdate]) -> Sequence[Brand]:
        """Update brands, in one request, and read them in another; a brand that is gone is not returned.

        Raises:
            Rejected: a brand refers to a picture that the shop doesn't have any more.
        """
        self._require_pictures(updates)
        there = {update.id: update.after for update in updates if IDS.fits(update.id)}
        while there:
            try:
                self._api.update([self._record(brand_id, after) for brand_id, after in there.items()])
                break
            except Rejected:
                found = self._held(there)
                if len(found) == len(there):
                    raise
                there = {brand_id: there[brand_id] for brand_id in found}
        return [*self._held(there).values()]

    def delete_brands(self, brands: Sequence[Brand]) -> Sequence[str]:
        """Delete brands, in one request. An id that no brand could have counts as gone."""
        known = [brand.id for brand in brands if IDS.fits(brand.id)]
        gone = self._api.delete(known) if known else frozenset()
        return [brand.id for brand in brands if brand.id in gone or not IDS.fits(brand.id)]

    @property
    def images(self) -> ImageLimits:
        """The types of files that every shop takes."""
        return LIMITS

    def upload(self, file: ImageFile) -> str:
        """Keep a picture as a medium. Its reference is the medium's id, which is made of the fingerprint."""
        return self._media.upload(file)

    def find_upload(self, name: str, fingerprint: str) -> str | None:
        """The medium of a picture, also where its file did not arrive: then it is of no use, and can be removed."""
        return self._media.find(fingerprint)

    def remove_upload(self, reference: str) -> bool:
        """Delete a medium, with its file, unless anything in the shop uses it."""
        return self._media.remove(reference)

    def new_id(self) -> str:
        """The bytes of a ULID, in hexadecimal: like Shopware's own UUIDs, they sort by the time they were made."""
        return ulid_to_bytes(new_id()).hex()

    def requests_for(self, action: str, brands: int) -> int:
        """One to write, one to read before a change or a deletion, and one to read after a creation or a change."""
        return {"read": 1, "create": 2, "update": 3, "delete": 2}[action]

    def canonical_id(self, brand_id: str) -> str:
        """A UUID as Shopware spells it: 32 small hexadecimal digits."""
        found = read_uuid(brand_id)
        return found.hex if found else brand_id

    def refuses(self, fields: Fields) -> str | None:
        """Why no Shopware shop could hold these fields, or none."""
        return text.refusal(_known(fields)) or self._custom.problem(fields)

    def comparison_key(self, fields: Fields) -> str:
        """The texts without markup: Shopware removes tags from names and links, and purifies HTML."""
        logo = {name: fields[name] or None for name in fields if name == self.settings.logo}
        return encode({**text.comparison_key(_known(fields)), **self._custom.comparison_key(fields), **logo})

    def where(self) -> str:
        """The shop's address."""
        return self._api.url

    def check(self) -> Iterator[Finding]:
        """Ask for Shopware's version, read brands, and find out what the integration may do. Writes nothing."""
        media = self._media if self._pictures else None
        return findings(self._api, self.settings.client_id, self._custom, media)

    def _require_pictures(self, updates: Sequence[BrandUpdate]) -> None:
        """Refuse references to media that are gone: the database would fail on them, and custom fields keep them."""
        given = (update.after.get(name) for update in updates for name in self._pictures)
        wanted = [reference for reference in dict.fromkeys(given) if reference]
        if missing := self._media.missing(wanted) if wanted else ():
            raise Rejected(f"the shop has no medium {missing[0]} any more, which is the picture that the brand had")

    def _held(self, wanted: Mapping[str, Fields]) -> dict[str, Brand]:
        """These fields of these brands as the shop holds them now, by id; without brands that are gone."""
        names = list(dict.fromkeys(name for fields in wanted.values() for name in fields))
        found = {brand.id: brand.fields for brand in self.get_brands(names, [*wanted])}
        return {key: Brand(key, {name: found[key][name] for name in wanted[key]}) for key in wanted if key in found}

    def _record(self, brand_id: str, fields: Fields) -> dict[str, Any]:
        """Fields as Shopware takes them: null means no text."""
        columns = self._api.columns
        known = {columns[name]: value or None for name, value in fields.items() if name in columns}
        return {"id": brand_id, **known, CUSTOM: self._custom.sent(fields)}

    def _brand(self, record: Record, fields: Sequence[str]) -> Brand:
        """The brand of a record; anything else in the record is ignored."""
        columns = self._api.columns
        held = {
            name: record.get(columns[name]) or None if name in columns else self._custom.read(record, name)
            for name in fields
        }
        # The shop shows this name for a brand without a name in this language: people know it by that name.
        shown = at(record, "translated", "name")
        if "name" in held and not held["name"] and isinstance(shown, str) and shown:
            held["name"] = shown
        return Brand(record["id"], held)


def following(seen: int, largest: int) -> tuple[int, int]:
    """The number (from 1) and the size of the page that ends furthest, of those that begin before place ``seen``.

    A search takes a page's number and its size, but no offset (``RequestCriteriaBuilder::setPage``). It takes no range
    of ids either: ``SqlQueryParser::parseRangeFilter`` doesn't turn them into the database's bytes. When brands come
    and go meanwhile, all brands after them move. So each page begins at or before the last brand of the previous page:
    that shows whether anything has moved.

    ``largest`` must be at least 20: then some size fits, for any number of brands that a shop could have.
    """
    size = max(range(largest // 2 + 1, largest + 1), key=lambda size: ((seen - 1) // size + 1) * size)
    return (seen - 1) // size + 1, size


def _known(fields: Fields) -> Fields:
    """Those that every shop has."""
    return {name: value for name, value in fields.items() if name in COLUMNS}


def _given(fields: Fields) -> Fields:
    """The fields of a new brand: custom fields without a value are left out, since not every version takes null."""
    return {name: value for name, value in fields.items() if name in COLUMNS or value is not None}
