"""The BigCommerce store: one request a brand, 250 brands a page, and names that are unique.

A field is synced where a brand can hold it and gives it back as it was given. The others are left alone. A picture is
uploaded by a request of its own, before the rest of the brand is changed, and after a new brand is made.

Metafields are written by requests of their own, after the brand itself. If they are refused, the brand is put back. If
the process dies in between, the brand is half-written: a new one is recognised by its name, any other by its id.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from typing import ClassVar, Final, NamedTuple

from brandsync.backend import Finding
from brandsync.brand import Brand, BrandUpdate, Fields, NewBrand, encode
from brandsync.brand.image import ImageFile
from brandsync.brand.kind import Kind
from brandsync.errors import ConfigError, Rejected, TryAgainLater, Unreadable
from brandsync.stores.bigcommerce.api import MOST, PAGE, PATH, SCOPE, BrandsApi, Record, Written
from brandsync.stores.bigcommerce.columns import OWN, Columns
from brandsync.stores.bigcommerce.metafields import Held, Metafields
from brandsync.stores.bigcommerce.pictures import LIMITS, Pictures
from brandsync.stores.bigcommerce.settings import BigCommerceSettings
from brandsync.stores.id_form import COUNTED
from brandsync.stores.image_directory import ImageDirectory
from brandsync.stores.images import ImageLimits
from brandsync.stores.interface import BrandStore, StoreCapabilities, StorePage
from brandsync.stores.optional import brands_from
from brandsync.stores.refusal import refused_as

BATCH: Final = 25
"""How many brands are read just before they are written: few, since a person may edit one in between."""
RESTARTS: Final = 5
"""How often a listing starts again because brands came or went while it was read."""
NOBODY: Final = str(2**31 - 1)
"""An id that no brand has, as far as we can know."""

KINDS_OF_WRITES: Final = 3
"""Metafields are created, changed and deleted by a request each, however many a brand has."""


class _Seen(NamedTuple):
    """What the last ``get_brands`` saw of a brand, and the next change of it needs."""

    name: str
    metafields: Mapping[str, Held] | None
    """None where they weren't read."""


class BigCommerceStore(BrandStore):
    """The brands of a BigCommerce store."""

    Settings: ClassVar[type[BigCommerceSettings]] = BigCommerceSettings
    settings: BigCommerceSettings
    verified: ClassVar[str] = "the vendor's OpenAPI specification, 2026-11; not a real store"
    capabilities = StoreCapabilities(
        fields=frozenset(OWN),
        batch=BATCH,
        all_or_nothing=False,
        unique_names=True,
        most_brands=MOST,
        inexact={
            "delete": "BigCommerce gives a brand that is created again a new id; its image, URL, other fields and"
            " metafields don't come back unless they are mapped, and its products aren't assigned to it again"
        },
    )

    def __init__(self, settings: BigCommerceSettings) -> None:
        super().__init__(settings)
        places = {name: to.field for name, to in settings.fields.items() if to.field}
        self._columns = Columns(places, settings.further)
        self._api = BrandsApi(settings, self._columns)
        self._metafields = Metafields.of_settings(self._api.http, settings)
        self.clients = (self._api.http,)
        self._seen: dict[str, _Seen] = {}
        """The brands in the last ``get_brands``, by id."""
        self._listed: Mapping[str, Mapping[str, Held]] | None = None
        """The metafields of all brands, while these are listed."""
        self.capabilities = replace(
            type(self).capabilities,
            fields=frozenset([*OWN, *settings.further]),
            inexact={**type(self).capabilities.inexact, **self._inexact()},
        )

    def kinds(self) -> Mapping[str, Kind]:
        """The kinds of the further fields: BigCommerce's own have theirs, metafields are of those that are declared.

        Raises:
            ConfigError: BigCommerce has no such field, or can't hold the declared kind; or pictures lack a directory.
        """
        kinds = {**self._columns.kinds(), **self._metafields.kinds()}
        if lost := next((name for name in self._metafields if kinds[name] is Kind.IMAGE), None):
            raise ConfigError(f"the field {lost} is an image, and a metafield holds none", hint='use "image_url"')
        if self._columns.picture:
            self._directory  # noqa: B018 - it raises
        return kinds

    def written_later(self) -> Collection[str]:
        """The fields that are metafields, and the picture."""
        return [*self._metafields, *filter(None, [self._columns.picture])]

    def list_brands(self, fields: Sequence[str], cursor: str | None = None) -> StorePage:
        """A page by its number. If brands came or went meanwhile, the listing starts again: pages have moved.

        Raises:
            TryAgainLater: they come and go faster than they can be listed.
        """
        number, total, restarts = json.loads(cursor) if cursor else (1, None, 0)
        columns, metafields = self._parted(fields)
        if metafields and (cursor is None or self._listed is None):
            self._listed = self._metafields.all()
        listed = self._api.page(columns, number, self.settings.page_size)
        brands = [self._brand(record, fields, self._listed or {}) for record in listed.records]
        if total not in {None, listed.total}:
            if restarts == RESTARTS:
                raise TryAgainLater(f"the brands of {self.where()} change while they are listed")
            return StorePage(brands, json.dumps([1, listed.total, restarts + 1]), listed.total)
        more = number < listed.pages
        if more and not brands:
            raise Unreadable(f"page {number} of {listed.pages} of {self.where()} is empty")
        self._listed = self._listed if more else None
        return StorePage(brands, json.dumps([number + 1, listed.total, restarts]) if more else None, listed.total)

    def get_brands(self, fields: Sequence[str], ids: Sequence[str]) -> Sequence[Brand]:
        """The brands of these ids, 250 a request. Their metafields take more requests."""
        columns, metafields = self._parted(fields)
        parts = COUNTED.parts(ids, PAGE)
        records = [record for part in parts for record in self._api.of_ids(columns, part)]
        held = self._metafields.of([str(record["id"]) for record in records]) if metafields else None
        self._seen = {
            str(record["id"]): _Seen(record["name"], None if held is None else held[str(record["id"])])
            for record in records
        }
        return [self._brand(record, fields, held or {}) for record in records]

    def find_brands(self, fields: Sequence[str], names: Collection[str]) -> Iterator[Brand]:
        """The brands of these names: the rest of the listing, or one request a name where that takes fewer."""
        page = self.list_brands(fields)
        found = brands_from(self.list_brands, fields, page)
        if len(names) < -(-(page.total or 0) // self.settings.page_size) - 1:
            columns, _ = self._parted(fields)
            listed = self._listed or {}
            records = (record for name in names for record in self._api.named(columns, name))
            found = chain(page.brands, (self._brand(record, fields, listed) for record in records))
        yield from {brand.id: brand for brand in found}.values()

    def create_brands(self, brands: Sequence[NewBrand]) -> Sequence[Brand]:
        """Create brands, one request each, and one more for metafields.

        A lost create isn't repeated: the store makes the ids.
        """
        return [self._create(brand.fields) for brand in brands]

    def update_brands(self, updates: Sequence[BrandUpdate]) -> Sequence[Brand]:
        """Update brands, one request each, and up to three more for metafields; one that is gone is not returned."""
        return [brand for update in updates if COUNTED.fits(update.id) and (brand := self._update(update))]

    def delete_brands(self, brands: Sequence[Brand]) -> Sequence[str]:
        """Delete brands by their ids, one request each. An id that no brand could have counts as gone."""
        for brand in brands:
            if COUNTED.fits(brand.id):
                self._api.delete(brand.id)
        return [brand.id for brand in brands]

    @property
    def images(self) -> ImageLimits:
        """What BigCommerce takes of pictures."""
        return LIMITS

    def upload(self, file: ImageFile) -> str:
        """Put a picture into the directory. It goes to BigCommerce with the brand that is to show it."""
        return self._directory.upload(file)

    def find_upload(self, name: str, fingerprint: str) -> str | None:
        """The picture of this name in the directory."""
        return self._directory.find(name)

    def remove_upload(self, reference: str) -> bool:
        """Remove a picture from the directory. A brand that shows it keeps its own copy."""
        self._directory.remove(reference)
        return True

    @property
    def _directory(self) -> ImageDirectory:
        """The directory of pictures.

        Raises:
            ConfigError: the settings name none.
        """
        if self.settings.images is None:
            what = "BigCommerce keeps pictures at brands alone: an undo needs brandsync's own copies"
            raise ConfigError(what, hint='name a directory for them in [store], such as images = "logos"')
        return ImageDirectory(self.settings.images, "")

    def requests_for(self, action: str, brands: int) -> int:
        """One for each brand, and one to read a batch before it is changed or deleted; at most as many for metafields.

        How many they take depends on which of them a brand has.
        """
        reads = 0 if action == "create" else -(-brands // PAGE) + self._metafields.reads(brands)
        writes = {"create": 1, "update": KINDS_OF_WRITES}.get(action, 0)
        return reads if action == "read" else reads + brands * (1 + min(writes, len(self._metafields)))

    def refuses(self, fields: Fields) -> str | None:
        """Why no BigCommerce store could hold these fields, or none."""
        columns, metafields = self._parted(fields)
        return self._columns.problem({name: fields[name] for name in columns}) or self._metafields.problem(
            {name: fields[name] for name in metafields}
        )

    def comparison_key(self, fields: Fields) -> str:
        """All fields, without the blanks between keywords and the slash at the end of a URL."""
        columns, metafields = self._parted(fields)
        key = self._columns.comparison_key({name: fields[name] for name in columns})
        return encode({**key, **{name: fields[name] or None for name in metafields}})

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
        if self._metafields:
            named = ", ".join(self._metafields)
            yield Finding(ok=True, what=f"its brands hold {self._metafields.count():,} metafields for {named}")
        if self._api.of_ids([], [NOBODY]):
            yield Finding(ok=True, what="whether the token may write shows at the first write")
            return
        said = "the token may read brands and not write them"
        # It may be rejected for what was sent: the token is not refused then.
        with suppress(Rejected), refused_as(said, f"give its API account {SCOPE}"):
            self._api.update(NOBODY, "brandsync check", {}, {})
        yield Finding(
            ok=True, what=f"the token may write: PUT {PATH} is refused for nothing but a brand that isn't there"
        )
        if self._columns.picture:
            yield from self._picture_findings()
        if self.rate:
            what = f"the store takes {self.rate.count:g} requests in {self.rate.seconds:g} s, other apps' among them"
            yield Finding(ok=True, what=what)

    def _picture_findings(self) -> Iterator[Finding]:
        try:
            self._directory.require_writable()
        except ConfigError as error:
            yield Finding(ok=False, what=error.message, fix=error.hint)
            return
        yield Finding(ok=True, what=f"pictures can be written to {self.settings.images}")
        yield Finding(ok=True, what="a picture that an undo brings back has another address in BigCommerce")

    def _create(self, fields: Fields) -> Brand:
        picture = self._columns.picture
        columns, metafields = self._parted([name for name in fields if name != picture])
        made = self._api.create({name: fields[name] for name in columns})
        brand_id = str(made.record["id"])
        try:
            self._require_url(made, fields)
            held = self._metafields.write(brand_id, {name: fields[name] for name in metafields}, {})
            if picture and picture in fields:
                held |= self._give(brand_id, fields[picture]) or {}
        except Rejected:
            self._api.delete(brand_id)
            raise
        return Brand(brand_id, {**self._columns.read(made.record, columns), **held})

    def _give(self, brand_id: str, reference: str | None) -> Fields | None:
        """Let a brand show a picture, or none; returns what it shows now. None if it isn't there."""
        return Pictures(self._api, self._columns.picture or "", self._directory).give(brand_id, reference)

    def _update(self, update: BrandUpdate) -> Brand | None:
        picture = self._columns.picture
        if not picture or picture not in update.after:
            return self._update_record(update)
        shown = self._give(update.id, update.after[picture])
        before, after = ({n: v for n, v in some.items() if n != picture} for some in (update.before, update.after))
        if shown is None or not after:
            return None if shown is None else Brand(update.id, shown)
        try:
            brand = self._update_record(BrandUpdate(update.id, before, after))
        except Rejected as refused:
            try:
                self._give(update.id, update.before.get(picture))
            except Rejected as error:
                what = f"{refused.message}; its picture could not be put back: {error.message}"
                raise Unreadable(what) from None
            raise
        return brand and Brand(brand.id, {**brand.fields, **shown})

    def _update_record(self, update: BrandUpdate) -> Brand | None:
        columns, metafields = self._parted(update.after)
        # Every change must send the name that the brand has now. The engine has just read the brand.
        if (metafields or not update.after.get("name")) and update.id not in self._seen:
            self.get_brands(["name", *metafields], [update.id])
        seen = self._seen.pop(update.id, None)
        name = update.after.get("name") or (seen and seen.name)
        if name is None:
            return None
        written = None
        if columns:
            after = {column: update.after[column] for column in columns}
            written = self._api.update(update.id, name, after, update.before)
            if written is None:
                return None
        now = self._columns.read(written.record, columns) if written else {}
        try:
            if written:
                self._require_url(written, update.after)
            return Brand(update.id, {**now, **self._write_later(update, metafields, seen)})
        except Rejected as refused:
            if self._put_back(update, name, now, refused):
                raise
            return None

    def _write_later(self, update: BrandUpdate, metafields: Sequence[str], seen: _Seen | None) -> Fields:
        """The metafields of an update, once they are written."""
        if not metafields:
            return {}
        held = seen.metafields if seen else None
        if held is None:
            held = self._metafields.of([update.id])[update.id]
        return self._metafields.write(update.id, {name: update.after[name] for name in metafields}, held)

    def _require_url(self, written: Written, fields: Fields) -> None:
        """Check that a URL that was sent is saved.

        Raises:
            Rejected: the rest of the brand is saved, and its URL is not.
        """
        url = self._columns.url
        if not (url and url in fields and written.lacking):
            return
        key = self._columns.comparison_key
        if key(self._columns.read(written.record, [url])) != key({url: fields[url]}):
            raise Rejected(
                f"BigCommerce saves the brand without its {url} {fields[url]!r}: {written.lacking}",
                hint="another page of the store may have that address: change one of the two",
            )

    def _put_back(self, update: BrandUpdate, name: str, now: Fields, refused: Rejected) -> bool:
        """Take back an update that was refused in part: write what the brand held before, in reverse order.

        ``now``: what its record holds. Returns whether the brand is there.

        Raises:
            Unreadable: that is refused, too.
        """
        columns, metafields = self._parted(update.before)
        if not self._api.of_ids([], [update.id]):
            return False
        try:
            if metafields:
                held = self._metafields.of([update.id])[update.id]
                self._metafields.write(update.id, {one: update.before[one] for one in metafields}, held)
            if columns:
                before = {column: update.before[column] for column in columns}
                self._api.update(update.id, update.before.get("name") or name, before, now)
        except Rejected as error:
            raise Unreadable(f"{refused.message}; putting the brand back is refused, too: {error.message}") from None
        return True

    def _parted(self, names: Iterable[str]) -> tuple[list[str], list[str]]:
        """The fields of the brand's own record among these, and the metafields."""
        return [n for n in names if n not in self._metafields], [n for n in names if n in self._metafields]

    def _brand(self, record: Record, fields: Sequence[str], held: Mapping[str, Mapping[str, Held]]) -> Brand:
        """The brand of a record, and of the metafields of all brands; anything else in the record is ignored."""
        columns, metafields = self._parted(fields)
        brand_id = str(record["id"])
        values = self._metafields.values(held.get(brand_id, {}), metafields)
        return Brand(brand_id, {**self._columns.read(record, columns), **values})

    def _inexact(self) -> dict[str, str]:
        url = self._columns.url
        told = f"a brand whose {url} BigCommerce had made keeps the new address, marked as made by BigCommerce"
        return {"update": told} if url else {}
