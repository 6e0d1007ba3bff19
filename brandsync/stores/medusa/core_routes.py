"""Routes that a shop wrote itself: those of Medusa's guide, and perhaps more that follow Medusa's conventions.

The guide has only ``GET`` and ``POST /admin/brands``. Medusa's own routes also have ``/:id`` and ``/batch``
(docs.medusajs.com/api/admin, "Products").
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from brandsync.backend import Finding
from brandsync.brand import Brand, BrandUpdate, NewBrand
from brandsync.errors import ConfigError, Rejected, Unreadable
from brandsync.http import RejectedByServer
from brandsync.json_reading import at, objects
from brandsync.plan.matching_key import match_key
from brandsync.stores.interface import StoreCapabilities, StorePage
from brandsync.stores.medusa.field_check import unknown_fields
from brandsync.stores.medusa.routes import WRITE_ROUTES, Routes, image_fields, mapped_fields
from brandsync.stores.medusa.session import Session
from brandsync.stores.medusa.settings import MedusaSettings
from brandsync.stores.optional import brands_from

BATCH: Final = 50
"""Brands in one request: at 2 KB each, they fit into the 100 KiB that Medusa takes in a body."""
_HINTS: Final = {
    400: "the shop's data model and its route must take every one of `fields` in [store]",
    413: "lower `batch` in [store], or raise the route's bodyParser.sizeLimit in the shop's src/api/middlewares.ts",
}
"""What to do about an error, by its status."""


@dataclass(frozen=True, slots=True)
class Found:
    """Which routes there are. A route is assumed to be there if nobody knows."""

    creates: bool
    reads: bool
    updates: bool
    deletes: bool
    batches: bool


class CoreRoutes(Routes):
    """``/admin/brands``, and ``/admin/brands/:id`` and ``/admin/brands/batch`` where the shop has them."""

    page_size: int = 1_000
    """Brands in a page: Medusa sets no maximum."""

    def __init__(self, settings: MedusaSettings, session: Session, found: Found) -> None:
        super().__init__(settings, session)
        if images := image_fields(settings):
            raise ConfigError(
                f"the shop's own routes keep no pictures, and {images} is an image",
                hint=f"{WRITE_ROUTES}, which do; or take it out of [cms.fields]",
            )
        if settings.further:
            names = ", ".join(f"`{name}`" for name in settings.further)
            raise ConfigError(
                f"the shop's own routes don't tell which kind of values {names} holds, nor whether they take it",
                hint=f"{WRITE_ROUTES}, which do; or take it out of [cms.fields]",
            )
        self.found = found
        self._total = 0
        """How many brands the shop had in the last listing."""
        lacks = {}
        if not (found.updates or found.batches):
            lacks["update"] = f"the shop has no POST {self.path}/:id to update a brand with; {WRITE_ROUTES}"
        if not (found.deletes or found.batches):
            lacks["delete"] = f"the shop has no DELETE {self.path}/:id to delete a brand with; {WRITE_ROUTES}"
        self.capabilities = StoreCapabilities(
            fields=mapped_fields(settings),
            # Without a batch route, a call for several brands could fail halfway: so it takes one brand at a time.
            batch=(settings.batch or BATCH) if found.batches else 1,
            lacks=lacks,
        )

    def list_brands(self, fields: Sequence[str], cursor: str | None) -> StorePage:
        """The page at an offset. If deleted brands have moved the rest, it goes back until it misses none."""
        offset, last = json.loads(cursor) if cursor else (0, "")
        records, total = self._page(fields, offset)
        if offset and records and records[0]["id"] > last:
            return StorePage([], json.dumps([max(0, offset - self.page_size), last]), total)
        brands = [brand for brand in self._read(records, fields) if brand.id > last]
        end = offset + len(records)
        if end >= total or not records:
            return StorePage(brands, None, total)
        # The next page begins with the last brand of this page, to see whether anything has moved.
        return StorePage(brands, json.dumps([max(end - 1, offset + 1), records[-1]["id"]]), total)

    def get_brands(self, fields: Sequence[str], ids: Sequence[str]) -> Sequence[Brand]:
        """The brands of these ids: one request each, or the whole listing where that takes fewer requests."""
        if self.found.reads and len(ids) * self.page_size <= max(self._total, self.page_size):
            return [brand for brand_id in ids if (brand := self._get(fields, brand_id))]
        wanted = set(ids)
        return [brand for brand in brands_from(self.list_brands, fields) if brand.id in wanted]

    def create_brands(self, brands: Sequence[NewBrand]) -> Sequence[Brand]:
        """Create brands. The shop makes their ids, so a lost create isn't repeated."""
        records = [self.record(brand.fields) for brand in brands]
        if self.found.batches:
            made = self._write("POST", "/batch", {"create": records}, idempotent=False).get("created", [])
        else:
            made = [self._write("POST", "", record, idempotent=False).get("brand") for record in records]
        names = [match_key(record.get("name")) for record in objects(made) if record.get("id")]
        if names != [match_key(brand.fields["name"]) for brand in brands]:
            raise Unreadable(f"{self.path} doesn't answer with the brands that were created, in their order")
        return self._read(made, [*brands[0].fields])

    def update_brands(self, updates: Sequence[BrandUpdate]) -> Sequence[Brand]:
        """Update brands."""
        self._refuse("update")
        records = [{"id": update.id, **self.record(update.after)} for update in updates]
        if self.found.batches:
            written = self._write("POST", "/batch", {"update": records}).get("updated", [])
        else:
            written = [self._update(record) for record in records]
        fields = {update.id: [*update.after] for update in updates}
        if not fields.keys() >= {at(record, "id") for record in written or ()}:
            raise Unreadable(f"{self.path} answers an update with other brands than it was asked for")
        return [brand for record in written for brand in self._read([record], fields[record["id"]])]

    def delete_brands(self, brands: Sequence[Brand]) -> Sequence[str]:
        """Delete brands as the shop does. In Medusa's own routes, a brand that is gone already is no error."""
        self._refuse("delete")
        ids = [brand.id for brand in brands]
        if self.found.batches:
            self._write("POST", "/batch", {"delete": ids})
        else:
            for brand_id in ids:
                try:
                    self._write("DELETE", f"/{_segment(brand_id)}", None)
                except RejectedByServer as error:
                    if error.status != 404:
                        raise
        return ids

    def uncreate_brands(self, brands: Sequence[Brand]) -> Sequence[str]:
        """Delete them: these routes can't do more."""
        return self.delete_brands(brands)

    def restore_brands(self, brands: Sequence[NewBrand]) -> Sequence[Brand]:
        """Create them again, with other ids: these routes can't do more."""
        return self.create_brands(brands)

    def check(self) -> Iterator[Finding]:
        """Which routes are there, and what the missing ones cost."""
        lacks = self.capabilities.lacks
        costs = (
            (self.found.creates, f"POST {self.path}", "brands cannot be created"),
            ("update" not in lacks, f"POST {self.path}/:id", "what editors change never reaches the shop"),
            ("delete" not in lacks, f"DELETE {self.path}/:id", "what a failed run created cannot be taken back"),
            (self.found.batches, f"POST {self.path}/batch", "a request is needed for each brand"),
        )
        for there, route, cost in costs:
            what, fix = (f"{route} is there", None) if there else (f"there is no {route}: {cost}", WRITE_ROUTES)
            yield Finding(ok=True, what=what, fix=fix)
        if self.found.creates:
            yield from unknown_fields(self.session, self.path, self.columns(sorted(self.capabilities.fields)))
        yield Finding(
            ok=True,
            what="the shop's routes choose the ids of new brands, delete softly and compare nothing: a lost answer is"
            " settled by looking for lookalikes, an undo leaves deleted rows, and a brand that is deleted comes back"
            " with another id",
            fix=WRITE_ROUTES,
        )

    def _refuse(self, action: str) -> None:
        if action in self.capabilities.lacks:
            raise Rejected(self.capabilities.lacks[action], hint=WRITE_ROUTES)

    def _page(self, fields: Sequence[str], offset: int) -> tuple[list[dict[str, Any]], int]:
        call, columns = f"GET {self.path}", ",".join(["id", *self.columns(fields)])
        params = {"fields": columns, "order": "id", "limit": self.page_size, "offset": offset}
        try:
            answer = self.session.json("GET", self.path, params=params)
        except RejectedByServer as error:
            if error.status == 404:
                hint = f"check `url` and `path` in [store]; the shop needs the guide's {call}, or {WRITE_ROUTES}"
            else:
                hint = f"the shop's data model and its route must have {', '.join(fields)}: check `fields` in [store]"
            raise ConfigError(error.message, hint=hint) from None
        records = at(answer, "brands")
        if not isinstance(records, list):
            raise Unreadable(f"{call} doesn't answer with a list of `brands`", hint=f"see {WRITE_ROUTES}")
        count = answer.get("count")
        self._total = count if isinstance(count, int) else offset + len(records) + (len(records) == self.page_size)
        return records, self._total

    def _get(self, fields: Sequence[str], brand_id: str) -> Brand | None:
        try:
            answer = self.session.json("GET", f"{self.path}/{_segment(brand_id)}")
        except RejectedByServer as error:
            if error.status == 404:
                return None
            raise
        record = at(answer, "brand")
        if not isinstance(record, dict):
            raise Unreadable(f"GET {self.path}/{brand_id} doesn't answer with a `brand`")
        return self._read([record], fields)[0]

    def _update(self, record: dict[str, Any]) -> dict[str, Any]:
        brand_id = record["id"]
        changes = {name: value for name, value in record.items() if name != "id"}
        brand: dict[str, Any] = self._write("POST", f"/{_segment(brand_id)}", changes).get("brand") or {}
        return {**brand, "id": brand_id}

    def _write(self, method: str, path: str, body: Any, *, idempotent: bool = True) -> dict[str, Any]:
        try:
            answer = self.session.json(method, f"{self.path}{path}", json=body, idempotent=idempotent)
        except RejectedByServer as error:
            error.hint = _HINTS.get(error.status)
            raise
        if isinstance(answer, dict):
            return answer
        raise Unreadable(f"{method} {self.path}{path} doesn't answer with an object")

    def _read(self, records: Sequence[dict[str, Any]], fields: Sequence[str]) -> list[Brand]:
        """The brands of records. Medusa silently leaves out a column that its data model doesn't have."""
        missing = [name for name in self.columns(fields) if records and not any(name in record for record in records)]
        if missing:
            raise ConfigError(
                f"{self.path} of the shop doesn't answer with {', '.join(f'`{name}`' for name in missing)}",
                hint="add it to the data model and to the route, or take it out of `fields` in [store]",
            )
        return [self.brand(record, fields) for record in records]


def _segment(brand_id: str) -> str:
    """An id as one segment of a path: it may be an entry's external id, and must not lead anywhere else."""
    return quote(brand_id, safe="").replace(".", "%2E")
