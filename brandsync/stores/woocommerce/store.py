"""The WooCommerce store: 100 brands a request, each with its own outcome.

A field is synced where WooCommerce takes it and gives it back: the name, the slug (our handle), the description, the
parent, the display, the menu order and the picture. A brand has no website address, and its metadata can't be written
over REST.

A picture goes into WordPress's media library as it is, and the brand is given its attachment. Its URL is never written:
each time, it would become a new attachment. And a brand that is given an attachment that is no image, or is gone, loses
the picture that it has (``WC_REST_Product_Categories_Controller::update_term_meta_fields``). So attachments are looked
up before they are written.

WordPress takes any term for a parent, and no parent for one that is below the brand itself. So parents are looked up
before they are written too, and a brand that has got another one is put back.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from time import monotonic
from typing import Any, ClassVar, Final, Literal

from brandsync.backend import Finding
from brandsync.brand import Brand, BrandUpdate, Fields, NewBrand, encode
from brandsync.brand.image import ImageFile
from brandsync.brand.kind import Kind
from brandsync.errors import ConfigError, Unreadable
from brandsync.errors.plural import plural
from brandsync.json_reading import at
from brandsync.stores.id_form import COUNTED
from brandsync.stores.images import ImageLimits
from brandsync.stores.interface import BrandStore, StoreCapabilities, StorePage
from brandsync.stores.optional import brands_from
from brandsync.stores.refusal import Refused, all_of, refusals, refused_as, unstorable
from brandsync.stores.woocommerce import further, media, picture, text
from brandsync.stores.woocommerce.api import COLUMNS, LARGEST, PERMISSION, BrandsApi, Record
from brandsync.stores.woocommerce.settings import WooCommerceSettings

Told = Mapping[int, Record | Refused]
"""The outcome of each item, by its place in the call."""
LONGEST: Final = 200
"""The most characters of an escaped name, and of a slug: ``wp_terms`` (wp-admin/includes/schema.php)."""


_FRESH: Final = 60.0
"""So many seconds is a listing good enough to tell which pictures brands show."""


class WooCommerceStore(BrandStore):
    """The brands of a WooCommerce shop."""

    Settings: ClassVar[type[WooCommerceSettings]] = WooCommerceSettings
    settings: WooCommerceSettings
    verified: ClassVar[str] = "a real WooCommerce 10.5.2, 2026-11"
    capabilities = StoreCapabilities(
        fields=frozenset(COLUMNS.keys() - further.KINDS.keys()),
        batch=LARGEST,
        unique_names=True,
        unique_handles=True,
        inexact={
            "delete": "WooCommerce gives a brand that is created again a new id; its children and other data don't"
            " come back, its image, parent and order only if they are mapped, and its products aren't assigned to it"
            " again"
        },
    )

    def __init__(self, settings: WooCommerceSettings) -> None:
        super().__init__(settings)
        self._api = BrandsApi(settings)
        self._media = media.Media(settings)
        self.clients = (self._media.http, self._api.http)
        self._shown: tuple[float, frozenset[str]] = (0.0, frozenset())
        """Until when the last listing is good, and the pictures that its brands show."""
        held = self.capabilities.fields
        self.capabilities = replace(self.capabilities, fields=frozenset([*held, *settings.further]))

    def kinds(self) -> Mapping[str, Kind]:
        """The kinds of the further fields: each has its own.

        Raises:
            ConfigError: WooCommerce has no such field, or it is of another kind; or pictures can't be uploaded.
        """
        kinds = further.kinds(self.settings.further)
        if picture.FIELD in kinds and self.settings.application_password is None:
            raise ConfigError(media.KEY_ALONE, hint=media.HINT)
        return kinds

    def list_brands(self, fields: Sequence[str], cursor: str | None = None) -> StorePage:
        """The brands after the last one listed, by their ids.

        Each page begins with the last brand of the previous page. If it doesn't, brands have been deleted and the rest
        has moved forward: the listing goes back a page until it sees a brand that it knows. New brands come last.
        """
        offset, last = json.loads(cursor) if cursor else (0, 0)
        size = self.settings.page_size
        records, total = self._api.part(fields, offset, size)
        while offset and not any(record["id"] <= last for record in records):
            offset = max(0, offset - size)
            records, total = self._api.part(fields, offset, size)
        end = offset + len(records)
        brands = [_brand(record, fields) for record in records if record["id"] > last]
        following = json.dumps([end - 1, records[-1]["id"]]) if records and end < total else None
        return StorePage(brands, following, None if cursor else total)

    def get_brands(self, fields: Sequence[str], ids: Sequence[str]) -> Sequence[Brand]:
        """The brands of these ids, 100 a request."""
        parts = COUNTED.parts(ids, LARGEST)
        return [_brand(record, fields) for part in parts for record in self._api.of_ids(fields, part)]

    def find_brands(self, fields: Sequence[str], names: Collection[str]) -> Iterator[Brand]:
        """The brands of these names, from the whole listing, or from one search a name if that takes fewer requests."""
        page = self.list_brands(fields)
        if len(names) < (page.total or 0) // self.settings.page_size:
            found = [self._api.found(fields, text.name_kept(name)) for name in names]
            if all(total <= LARGEST for _, total in found):
                by_id = {record["id"]: record for records, _ in found for record in records}
                yield from (_brand(record, fields) for record in by_id.values())
                return
        yield from brands_from(self.list_brands, fields, page)

    def create_brands(self, brands: Sequence[NewBrand]) -> Sequence[Brand]:
        """Create brands, in one request. A lost create isn't repeated: the shop makes the ids."""
        fields = [brand.fields for brand in brands]
        told = self._written("create", {number: _record(one) for number, one in enumerate(fields)})
        return all_of(_brands(told, fields), refusals(told))

    def update_brands(self, updates: Sequence[BrandUpdate]) -> Sequence[Brand]:
        """Update brands, in one request; one that is gone is not returned."""
        known = {number: update for number, update in enumerate(updates) if COUNTED.fits(update.id)}
        items = {number: {"id": int(update.id), **_record(update.after)} for number, update in known.items()}
        told = self._put_back(self._written("update", items), items, updates)
        return all_of(_brands(told, [update.after for update in updates]), self._not_gone(told, updates))

    def delete_brands(self, brands: Sequence[Brand]) -> Sequence[str]:
        """Delete brands, in one request. An id that no brand could have counts as gone."""
        known = {number: int(brand.id) for number, brand in enumerate(brands) if COUNTED.fits(brand.id)}
        told = dict(zip(known, self._api.batch("delete", [*known.values()]), strict=True))
        refused = self._not_gone(told, brands)
        return all_of([brand.id for number, brand in enumerate(brands) if number not in refused], refused)

    @property
    def images(self) -> ImageLimits:
        """What WordPress takes of pictures, unless a plugin changes that."""
        return media.LIMITS

    def upload(self, file: ImageFile) -> str:
        """Add a picture to the media library, unless an upload whose answer was lost has left it there."""
        return self._media.upload(file)

    def find_upload(self, name: str, fingerprint: str) -> str | None:
        """The picture of this name in the media library."""
        return self._media.find(name)

    def remove_upload(self, reference: str) -> bool:
        """Remove a picture from the media library, unless a brand shows it, or WordPress has it attached to something.

        WordPress attaches one to the post or page that it is put into first. It tells of no other use.
        """
        number = picture.attachment(reference)
        found = self._media.attachment(number) if number else None
        if not number or not found:
            return True
        if found.get("post") or self._is_shown(number):
            return False
        self._media.remove(number)
        return True

    def _is_shown(self, attachment: int) -> bool:
        until, shown = self._shown
        if monotonic() > until:
            brands = brands_from(self.list_brands, [picture.FIELD])
            shown = frozenset(brand.fields[picture.FIELD] for brand in brands if brand.fields[picture.FIELD])
            self._shown = monotonic() + _FRESH, shown
        return any(picture.attachment(reference) == attachment for reference in shown)

    def requests_for(self, action: str, brands: int) -> int:
        """One, and one to read the batch before it is changed or deleted; at most one more to look up parents."""
        reads = 0 if action == "create" else -(-brands // LARGEST)
        parents = action != "delete" and "parent" in self.settings.further
        return reads if action == "read" else reads + 1 + parents

    def refuses(self, fields: Fields) -> str | None:
        """Why no WooCommerce shop could hold these fields, or none."""
        for name, value in fields.items():
            if not value or name in further.KINDS:
                continue
            length = len(text.name_kept(value)) if name == "name" else len(value)
            if name in {"name", "handle"} and length > LONGEST:
                return f"the {name} has {length:,} characters as WordPress keeps it, which takes {LONGEST}"
            if reason := unstorable(name, value):
                return reason
        return further.problem(fields)

    def comparison_key(self, fields: Fields) -> str:
        """All that WordPress doesn't change: of a description, the text without its tags."""
        return encode({**text.comparison_key(fields), **further.sent(fields)})

    def where(self) -> str:
        """The shop's address."""
        return self._api.url

    def check(self) -> Iterator[Finding]:
        """Read a brand, then send an empty batch: only a key that may write is allowed to.

        Raises:
            ConfigError: there is no WordPress, no WooCommerce, or one without brands.
            CredentialsRefused: the key may not read, or not write; or the application password is refused.
        """
        _, total = self._api.part([], 0, 1)
        yield Finding(ok=True, what=f"{self.where()} answers: it holds {total:,} {plural(total, 'brand')}")
        with refused_as("the key may read brands and not write them", f"give it {PERMISSION}"):
            self._api.may_write()
        yield Finding(ok=True, what="the key may write: a batch of nothing is accepted")
        if picture.FIELD in self.settings.further:
            yield self._uploading()

    def _uploading(self) -> Finding:
        """Whether the owner of the application password may add pictures, and remove them again."""
        lacking = sorted({"upload_files", "delete_posts"} - self._media.rights())
        if not lacking:
            return Finding(ok=True, what=f"{self.settings.username} may upload pictures, and remove them again")
        return Finding(
            ok=False,
            what=f"{self.settings.username} lacks the rights {' and '.join(lacking)} in WordPress",
            fix="take the application password of an administrator or a shop manager",
        )

    def _written(
        self, kind: Literal["create", "update"], items: Mapping[int, Mapping[str, Any]]
    ) -> dict[int, Record | Refused]:
        """The outcome of each item. One whose parent is no brand, or whose picture is no image, is not sent."""
        refused = {**self._without_parent(items), **self._without_picture(items)}
        sent = {number: item for number, item in items.items() if number not in refused}
        return {**dict(zip(sent, self._api.batch(kind, [*sent.values()]), strict=True)), **refused}

    def _without_picture(self, items: Mapping[int, Mapping[str, Any]]) -> dict[int, Refused]:
        """The refusals for items whose picture is no image of the media library: sent, it would remove the brand's."""
        wanted = {n: item[picture.FIELD]["id"] for n, item in items.items() if picture.FIELD in item}
        numbers = {number for number in wanted.values() if number}
        there = {picture.NONE, *(self._media.images(numbers) if numbers else ())}
        hint = "if it was deleted, the next run uploads it anew"
        what = "its picture {} is no image in the media library any more"
        return {n: Refused(what.format(number), hint=hint) for n, number in wanted.items() if number not in there}

    def _without_parent(self, items: Mapping[int, Mapping[str, Any]]) -> dict[int, Refused]:
        """The refusals for items whose parent is no brand: WordPress would take any term."""
        parents = {str(item["parent"]) for item in items.values() if item.get("parent")}
        known = {
            str(record["id"]) for part in COUNTED.parts([*parents], LARGEST) for record in self._api.of_ids([], part)
        }
        lacking = {number for number, item in items.items() if item.get("parent") and str(item["parent"]) not in known}
        hint = "map `parent` to the id of the parent's brand, which is its entry's external id"
        return {n: Refused(f"its parent {items[n]['parent']} is no brand of the shop", hint=hint) for n in lacking}

    def _put_back(
        self, told: dict[int, Record | Refused], items: Mapping[int, Mapping[str, Any]], updates: Sequence[BrandUpdate]
    ) -> dict[int, Record | Refused]:
        """The outcomes, after brands that did not get the parent or picture that was sent got back what they held.

        WordPress gives no parent to a brand whose parent is the brand itself, or below it
        (``wp_check_term_hierarchy_for_loops``). And a picture may have been deleted since it was looked up.

        Raises:
            Unreadable: a brand could not be put back.
        """
        altered = {
            number: Refused(why)
            for number, item in told.items()
            if not isinstance(item, Refused) and (why := _altered(items[number], item))
        }
        back = {number: {"id": items[number]["id"], **_record(updates[number].before)} for number in altered}
        for number, outcome in (self._written("update", back) if back else {}).items():
            if isinstance(outcome, Refused):
                what = f"{altered[number].message}; and the brand could not be put back: {outcome.message}"
                raise Unreadable(what)
        return {**told, **altered}

    def _not_gone(self, told: Told, brands: Sequence[Brand | BrandUpdate]) -> dict[int, Refused]:
        """The refusals for brands that are there. For a brand that is gone, WooCommerce says only that it failed."""
        refused = refusals(told)
        there = {brand.id for brand in self.get_brands(["name"], [brands[number].id for number in refused])}
        return {number: item for number, item in refused.items() if brands[number].id in there}


def _record(fields: Fields) -> dict[str, Any]:
    """Fields as WooCommerce takes them. An empty handle isn't sent: WordPress makes one, or the brand keeps its own."""
    sent = further.sent(fields)
    if "name" in fields:
        sent["name"] = text.slashed(text.name_kept(fields["name"] or ""))
    if "description" in fields:
        sent["description"] = text.slashed(fields["description"] or "")
    if fields.get("handle"):
        sent["slug"] = fields["handle"]
    return sent


def _altered(sent: Mapping[str, Any], held: Record) -> str | None:
    """Why a brand did not get its parent or picture, or none."""
    if "parent" in sent and held.get("parent") != sent["parent"]:
        return f"its parent {sent['parent']} is the brand itself, or below it"
    if picture.FIELD in sent and (at(held, picture.FIELD, "id") or picture.NONE) != sent[picture.FIELD]["id"]:
        return f"its picture {sent[picture.FIELD]['id']} was deleted from the media library meanwhile"
    return None


def _brands(told: Told, sent: Sequence[Fields]) -> list[Brand]:
    """The brands that were written, with the fields that were sent."""
    return [_brand(item, [*sent[number]]) for number, item in told.items() if not isinstance(item, Refused)]


def _brand(record: Record, fields: Sequence[str]) -> Brand:
    """The brand of a record; anything else in the record is ignored."""
    return Brand(str(record["id"]), {name: _read(name, record.get(COLUMNS[name])) for name in fields})


def _read(name: str, value: Any) -> Any:
    return further.read(name, value) if name in further.KINDS else _READ[name](value or "") or None


_READ: Final[dict[str, Callable[[str], str]]] = {"name": text.name_read, "handle": text.slug_read, "description": str}
