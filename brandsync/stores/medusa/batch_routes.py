"""The routes that ``brandsync init medusa-routes`` writes: they are exact, and work in batches.

Each request is one transaction in the shop. Repeating one is harmless, so it is sent again when its answer is lost.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from brandsync.backend import Finding
from brandsync.brand import LINK_FIELD, Brand, BrandUpdate, Fields, NewBrand, batched
from brandsync.brand.kind import Kind, described, same
from brandsync.errors import ConfigError, Rejected, Unreadable
from brandsync.http import RejectedByServer
from brandsync.json_reading import an_object, at
from brandsync.stores.interface import StoreCapabilities, StorePage
from brandsync.stores.medusa.data_model import NEWER_ROUTES, Attribute, DataModel, reader, writer
from brandsync.stores.medusa.image_route import ImageRoute, largest
from brandsync.stores.medusa.routes import WRITE_ROUTES, Routes, image_fields, mapped_fields
from brandsync.stores.medusa.session import Session
from brandsync.stores.medusa.settings import MedusaSettings

VERSION: Final = 1
"""The version of the routes that this file works with."""
IDS_AT_ONCE: Final = 2_000
"""The most ids in one query: 2,000 stay well below the 100 KiB that Medusa takes in a body."""
DEFAULT_BODY: Final = 100 * 1024
"""How many bytes of a body Medusa takes by default."""
ENVELOPE: Final = 1_000
"""Bytes of a body that are kept free for the text around its brands."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What ``GET /admin/brands/batch`` says about the shop."""

    model: DataModel
    """Its data model of brands."""
    max_batch: int
    """The most brands in one request."""
    body_limit: int
    """The most bytes in one request."""
    largest_image: int | None
    """The most bytes of a picture. None: the routes keep no pictures."""

    @classmethod
    def read(cls, body: Any) -> "Manifest | None":
        """The manifest in an answer; none if the answer is something else.

        Raises:
            ConfigError: the shop's routes have another version.
        """
        found = an_object(at(body, "batch"))
        if "version" not in found:
            return None
        if found["version"] != VERSION:
            raise ConfigError(
                f"the shop's routes are of version {found['version']}, and this brandsync speaks to version {VERSION}",
                hint=f"update brandsync, or the routes: {WRITE_ROUTES} of version {VERSION}",
            )
        try:
            return cls(DataModel.read(found), int(found["max_batch"]), int(found["body_limit"]), largest(found))
        except (AttributeError, KeyError, TypeError, ValueError):
            raise Unreadable("the shop's GET /admin/brands/batch doesn't say what a batch takes") from None


class BatchRoutes(Routes):
    """``/admin/brands/batch`` and ``/admin/brands/query``."""

    page_size: int = 5_000
    """Brands in a page of the listing: 5,000 with descriptions are about 2 MB."""

    def __init__(self, settings: MedusaSettings, session: Session, manifest: Manifest) -> None:
        super().__init__(settings, session)
        self.manifest = manifest
        if settings.cms_id in settings.further:
            what = f"`{settings.cms_id}` is the `cms_id` of [store], which only brandsync writes, and a field too"
            raise ConfigError(what, hint="take it out of [store] or of [cms.fields]")
        fields = sorted(mapped_fields(settings))
        manifest.model.need(self.columns(fields))
        self.images = self._image_route()
        self.held = {name: manifest.model.held(self._column(name), self._declared(name)) for name in fields}
        """The kind of each field, and its attribute."""
        own = {name: self.held[name] for name in settings.further}
        self.readers = {name: read for name, held in own.items() if (read := reader(*held))}
        self.writers = {name: write for name, held in own.items() if (write := writer(*held))}
        self.unfilled = manifest.model.unfilled(self.columns(fields))
        self.capabilities = StoreCapabilities(
            fields=mapped_fields(settings),
            batch=min(settings.batch or manifest.max_batch, manifest.max_batch),
            chooses_ids=True,
            compare_and_set=True,
        )

    def _image_route(self) -> ImageRoute | None:
        """The route for pictures, where the shop has one.

        Raises:
            ConfigError: it has none, and a field needs it.
        """
        if self.manifest.largest_image is not None:
            return ImageRoute(self.session, self.path, self.manifest.largest_image)
        if names := image_fields(self.settings):
            raise ConfigError(
                f"{names} is an image, and the shop's routes are older ones, which keep no pictures",
                hint=f"{NEWER_ROUTES}; or take it out of [cms.fields]",
            )
        return None

    def kinds(self) -> Mapping[str, Kind]:
        """The kinds of the shop's own fields.

        Raises:
            ConfigError: the data model requires an attribute that isn't mapped.
        """
        if self.unfilled:
            raise self.unfilled
        return {name: self.held[name][0] for name in self.settings.further}

    def problem(self, fields: Fields) -> str | None:
        """Why the data model could never hold these fields, or none."""
        for name, attribute in self._limited.items():
            value = fields.get(name)
            if value is not None and (problem := attribute.problem(value)):
                return f"its {name} is {described(value)}, and the shop's `{name}` {problem}"
            if value is None and (attribute.is_required or (name in fields and not attribute.nullable)):
                return f"it has no {name}, and the shop's `{name}` is never null: give it one in the CMS"
        return None

    def list_brands(self, fields: Sequence[str], cursor: str | None) -> StorePage:
        """The brands after an id: no brand is lost when others are created or deleted meanwhile."""
        after = {"after": cursor} if cursor else {}
        brands = self._query(fields, limit=self.page_size, **after)
        return StorePage(brands, brands[-1].id if len(brands) == self.page_size else None)

    def get_brands(self, fields: Sequence[str], ids: Sequence[str]) -> Sequence[Brand]:
        """The brands of these ids, thousands at once."""
        return [brand for part in batched(ids, IDS_AT_ONCE) for brand in self._query(fields, ids=list(part))]

    def create_brands(self, brands: Sequence[NewBrand]) -> Sequence[Brand]:
        """Create brands with the ids chosen for them; a brand that is there already comes back as it is."""
        return self._make("create", brands, "created")

    def update_brands(self, updates: Sequence[BrandUpdate]) -> Sequence[Brand]:
        """Update the brands that still hold their ``before``."""
        records = [{"id": update.id, **self.record(update.after)} for update in updates]
        written = self._send(
            "update", records, {update.id: self.record(update.before) for update in updates}, "updated"
        )
        fields = {update.id: [*update.after] for update in updates}
        brands = [self.brand(record, fields[record["id"]]) for record in written]
        return [*brands, *self._written_before(updates, {brand.id for brand in brands})]

    def delete_brands(self, brands: Sequence[Brand]) -> Sequence[str]:
        """Delete softly the brands that still hold their fields."""
        return self._remove("delete", brands)

    def uncreate_brands(self, brands: Sequence[Brand]) -> Sequence[str]:
        """Delete for good the brands that still hold their fields."""
        return self._remove("purge", brands)

    def restore_brands(self, brands: Sequence[NewBrand]) -> Sequence[Brand]:
        """Bring brands back with the ids they had."""
        return self._make("restore", brands, "restored")

    def check(self) -> Iterator[Finding]:
        """Look at the routes: all are there, but a small body limit costs requests."""
        what = f"the shop has brandsync's routes: {self.manifest.max_batch} brands a request, all or nothing"
        yield Finding(ok=True, what=what)
        if self.images and image_fields(self.settings):
            what = f"the shop's file provider keeps pictures, of {self.images.limits.largest or 0:,} bytes at most"
            yield Finding(ok=True, what=what)
        for name in self.settings.further:
            kind, attribute = self.held[name]
            yield Finding(ok=True, what=f"{name} is {kind}, in the shop's `{name}` ({attribute.type})")
        if self.unfilled:
            yield Finding(ok=False, what=self.unfilled.message, fix=self.unfilled.hint)
        if self.manifest.body_limit <= DEFAULT_BODY:
            yield Finding(
                ok=True,
                what=f"a batch may have {self.manifest.body_limit:,} bytes, so large ones take several requests",
                fix="add `...brandBatchMiddlewares` to the `routes` of the shop's src/api/middlewares.ts",
            )

    def _declared(self, name: str) -> Kind | None:
        if name in self.settings.further:
            return self.settings.further[name]
        return Kind.JSON if name == "metadata" else Kind.TEXT

    @cached_property
    def _limited(self) -> Mapping[str, Attribute]:
        """The attributes of fields that can't hold every value. Only brandsync writes the link."""
        held = {name: attribute for name, (_, attribute) in self.held.items() if name != LINK_FIELD}
        return {name: attribute for name, attribute in held.items() if attribute.is_limited}

    def _query(self, fields: Sequence[str], **query: Any) -> list[Brand]:
        body = {"fields": self.columns(fields), **query}
        answer = self.session.json("POST", f"{self.path}/query", json=body, idempotent=True)
        return [self.brand(record, fields) for record in _records(answer, "brands", f"POST {self.path}/query")]

    def _make(self, action: str, brands: Sequence[NewBrand], answered: str) -> list[Brand]:
        records = [{**({"id": brand.id} if brand.id else {}), **self.record(brand.fields)} for brand in brands]
        made = self._send(action, records, {}, answered)
        return [self.brand(record, [*brand.fields]) for brand, record in zip(brands, made, strict=True)]

    def _remove(self, action: str, brands: Sequence[Brand]) -> Sequence[str]:
        expect = {brand.id: self.record(brand.fields) for brand in brands}
        return self._send(action, [brand.id for brand in brands], expect, "deleted")

    def _written_before(self, updates: Sequence[BrandUpdate], written: set[str]) -> Iterator[Brand]:
        """The brands that an earlier attempt updated, whose answer was lost: they hold what was to be written."""
        left = {update.id: update for update in updates if update.id not in written}
        if not left:
            return
        for brand in self.get_brands(sorted({name for update in left.values() for name in update.after}), [*left]):
            after = left[brand.id].after
            if all(same(brand.fields[name], value) for name, value in after.items()):
                yield Brand(brand.id, {name: brand.fields[name] for name in after})

    def _send(self, action: str, items: Sequence[Any], expect: Mapping[str, Fields], answered: str) -> list[Any]:
        """Send all items, in as few requests as the shop's limits allow; returns what the answers hold, in order."""
        found: list[Any] = []
        path = f"{self.path}/batch"
        for part in self._parts(items, expect):
            expected = {brand_id: expect[brand_id] for brand_id in map(_id, part) if brand_id in expect}
            body = {action: part, **({"expect": expected} if expected else {})}
            try:
                answer = self.session.json("POST", path, json=body, idempotent=True)
            except RejectedByServer as error:
                if error.status != 413:
                    raise
                hint = "see the body limits of the shop's src/api/middlewares.ts and of the proxy before it"
                raise Rejected(error.message, hint=hint) from None
            found += _answered(answer, answered, part, f"POST {path}")
        return found

    def _parts(self, items: Sequence[Any], expect: Mapping[str, Fields]) -> Iterator[list[Any]]:
        """The items in parts that fit into a body, together with what their brands are expected to hold."""
        part: list[Any] = []
        size = ENVELOPE
        for item in items:
            more = _size(item) + _size(expect.get(_id(item), {}))
            if part and (size + more > self.manifest.body_limit or len(part) == self.manifest.max_batch):
                yield part
                part, size = [], ENVELOPE
            part.append(item)
            size += more
        if part:
            yield part


def _unreadable(message: str) -> Unreadable:
    return Unreadable(message, hint=f"check the routes: {WRITE_ROUTES}")


def _records(answer: Any, key: str, where: str) -> list[Any]:
    records = at(answer, key)
    if isinstance(records, list) and all(isinstance(record, dict) and "id" in record for record in records):
        return records
    raise _unreadable(f"{where} doesn't answer with a list of `{key}`")


def _answered(answer: Any, key: str, asked: Sequence[Any], where: str) -> list[Any]:
    """What was done, by the answer: a record, or the id of a deleted brand; only for brands that were sent.

    Raises:
        Unreadable: it is no list of these, or it names other brands.
    """
    if not isinstance(answer, dict):
        raise _unreadable(f"{where} doesn't answer with a batch")
    if key == "deleted":
        told = at(answer, "deleted", "ids")
        if not isinstance(told, list) or not all(isinstance(brand_id, str) for brand_id in told):
            raise _unreadable(f"{where} doesn't answer with the ids of `deleted`")
    else:
        told = _records(answer, key, where)
    ids = [*map(_id, told)]
    other = sorted(set(ids) - {*map(_id, asked)})
    if other or len(set(ids)) != len(ids):
        raise _unreadable(f"{where} answers with other brands than it was asked for{f': {other[0]}' if other else ''}")
    if key in {"created", "restored"} and ids != [*map(_id, asked)]:
        raise _unreadable(f"{where} doesn't answer with the brands in their order")
    return told


def _id(item: Any) -> str:
    return item if isinstance(item, str) else str(item.get("id", ""))


def _size(item: Any) -> int:
    """How many bytes an item takes in a body, with the comma and (for expected fields) the id before it."""
    return len(json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode()) + 40
