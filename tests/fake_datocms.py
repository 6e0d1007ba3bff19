"""A fake DatoCMS: an HTTP server that answers as the vendor's documents say. It has met no real project.

    with FakeDatocms() as datocms:
        ...  # datocms.settings(), datocms.project, datocms.log

Beside each behaviour stands where it comes from: "instances", "update", "publish", "role" and "upload" are pages below
datocms.com/docs/content-management-api/resources, "limits" is .../technical-limits, "errors" .../errors, "editing"
docs/general-concepts/collaboration-features, "types" the generated types of github.com/datocms/js-rest-api-clients,
"probe" what was seen of site-api.datocms.com without a token, 2026-09. What nobody says is marked as assumed.
"""

import copy
import time
from datetime import datetime
from typing import Any, Final

from fake_datocms_project import LOCALES, MODEL_ID, Item, Json, Project
from fake_server import Answer, Asked, FakeServer

from brandsync.cms.datocms import DatocmsCms

TOKEN: Final = "the-api-token"
READ_ONLY: Final = "the-read-only-token"
LARGEST_PAGE: Final = 500
"""instances."""
NESTED_PAGE: Final = 30
"""Assumed, so as to be held to it: no document limits records that come with their blocks."""
MANY: Final = 1_000_000
MEDIA_TYPES: Final = ("application/json", "application/vnd.api+json")
"""probe."""
ENVIRONMENTS: Final = ("main", "staging")
PARAMETERS: Final = {
    "filter[ids]",
    "filter[type]",
    "filter[fields][_published_at][gte]",
    "filter[fields][_updated_at][gte]",
    "order_by",
    "version",
    "nested",
    "page[limit]",
    "page[offset]",
}


class FakeDatocms(FakeServer):
    """The server, with one environment in memory."""

    def __init__(self, *, limit: int | None = None, window: float = 3.0) -> None:
        """``limit``: requests in each ``window`` of so many seconds (limits: 60 in 3); none: as many as there are."""
        super().__init__()
        self.project = Project()
        self.cached: Project | None = None
        self.limit, self.window = limit, window
        self.ends, self.used = 0.0, 0
        self.forbidden_status = 403
        """Of ``INSUFFICIENT_PERMISSIONS``; assumed: the documents tell no status."""
        self.permissions = [permission("all")]
        """role: ``positive_item_type_permissions`` of the token's role."""
        self.refused: list[Json] = []
        """role: its ``negative_item_type_permissions``."""
        self.role = True
        """Whether the token has a role (types: ``role`` may be null)."""

    def settings(self, **others: Any) -> Json:
        """The ``[cms]`` section."""
        return {"url": self.url, "token": TOKEN, **others}

    def requests(self, *methods: str) -> list[Asked]:
        """The requests of some methods."""
        return [asked for asked in self.log if asked.method in methods]

    def freeze(self) -> None:
        """From now on listings show what they would show now. Assumed, so as to be held to it: nobody says so."""
        self.cached = copy.deepcopy(self.project)

    # Who may ask, and how often.

    def refusal(self, asked: Asked) -> Answer | None:
        """probe: a wrong token is told before a wrong ``Accept``; errors: ``RATE_LIMIT_EXCEEDED``."""
        given = {name.casefold(): value for name, value in asked.headers.items()}
        authorization, writes = given.get("authorization", ""), self.writes(asked)
        refusals = (
            (self._over(), 429, "RATE_LIMIT_EXCEEDED"),
            (authorization not in {f"Bearer {TOKEN}", f"Bearer {READ_ONLY}"}, 401, "INVALID_AUTHORIZATION_HEADER"),
            (given.get("accept") not in MEDIA_TYPES, 406, "INVALID_ACCEPT_HEADER"),
            (given.get("x-api-version") != "3", 422, "INVALID_API_VERSION"),  # errors; assumed: its status, and those
            (given.get("x-environment", "main") not in ENVIRONMENTS, 422, "INVALID_ENVIRONMENT"),  # that follow
            (writes and given.get("content-type") not in MEDIA_TYPES, 415, "INVALID_CONTENT_TYPE_HEADER"),
            (writes and authorization.endswith(READ_ONLY), self.forbidden_status, "INSUFFICIENT_PERMISSIONS"),
        )
        return next((self._error(status, code) for so, status, code in refusals if so), None)

    def _over(self) -> bool:
        now = time.monotonic()
        if now >= self.ends:
            self.ends, self.used = now + self.window, 0
        self.used += 1
        return self.limit is not None and self.used > self.limit

    def _headers(self) -> dict[str, str]:
        """limits: "the maximum amount of requests", "the remaining amount", and on a 429 the seconds to wait."""
        limit = MANY if self.limit is None else self.limit
        told = {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": str(max(limit - self.used, 0))}
        over = {"X-RateLimit-Reset": str(int(self.ends - time.monotonic()) + 1)} if self.used > limit else {}
        return {**told, **over, "X-Environment": "main"}  # types: the vendor's client logs ``x-environment``

    # What it answers.

    def route(self, asked: Asked) -> Answer:
        """Carry a request out."""
        match (asked.method, asked.path.strip("/").split("/")):
            case ("GET", ["items"]):
                return self._items(asked.query)
            case ("PUT", ["items", cms_id]) if cms_id in self.project.items:
                return self._update(self.project.items[cms_id], asked)
            case ("PUT", ["items", cms_id, "publish"]) if cms_id in self.project.items:
                return self._publish(self.project.items[cms_id], asked)
            case ("GET", ["uploads"]):
                return self._uploads(asked.query)
        return self._around(asked) or self._error(404, "NOT_FOUND")

    def _around(self, asked: Asked) -> Answer | None:
        match (asked.method, asked.path.strip("/").split("/")):
            case ("GET", ["item-types"]):
                return self._done([self._model()])
            case ("GET", ["item-types", "brand"]):  # types: by its id or its API key
                return self._done(self._model())
            case ("GET", ["item-types", "brand", "fields"]):
                return self._done(self._fields())
            case ("GET", ["users", "me"]):
                return self._me(asked)
            case ("GET", ["site"]):
                return self._done({"type": "site", "id": "1", "attributes": {"locales": list(LOCALES)}})
        return None

    def _items(self, query: dict[str, str]) -> Answer:
        """instances: "filter[ids] cannot be combined with filter[type]"; ``order_by`` only with one type."""
        nested, ids = query.get("nested") == "true", query.get("filter[ids]")
        size, offset = int(query.get("page[limit]", "30")), int(query.get("page[offset]", "0"))
        if set(query) - PARAMETERS or size > (NESTED_PAGE if nested else LARGEST_PAGE):
            return self._error(422, "INVALID_PARAMS")
        if (ids and "filter[type]" in query) or ("order_by" in query and query.get("filter[type]") != "brand"):
            return self._error(422, "INVALID_REQUEST")
        published = query.get("version", "current") == "published"
        project = self.project if ids else self.cached or self.project
        found = [
            item
            for item in project.items.values()
            if (item.id in ids.split(",") if ids else item.type == query.get("filter[type]", item.type))
            and (item.published is not None or not published)
            and _within(item, query)
        ]
        if query.get("order_by", "id_ASC") != "id_ASC":
            return self._error(422, "INVALID_ORDERING")
        if "order_by" in query:
            found.sort(key=lambda item: item.id)
        records = [self._record(item, published=published, nested=nested) for item in found[offset : offset + size]]
        return self._done(records, {"total_count": len(found)})

    def _update(self, item: Item, asked: Asked) -> Answer:
        """update: partial; "if the version changed in-between, DatoCMS would reject" it, 422 ``STALE_ITEM_VERSION``."""
        data = asked.json["data"]
        if item.locked:
            return self._error(422, "ITEM_LOCKED")  # editing; errors
        if data.get("type") != "item" or data.get("id") != item.id:
            return self._error(422, "INVALID_FORMAT", messages=["#/data: is not an item"])
        if data.get("meta", {}).get("current_version", item.version) != item.version:
            return self._error(422, "STALE_ITEM_VERSION")
        if unknown := set(data["attributes"]) - set(self.project.fields):
            return self._error(422, "INVALID_FORMAT", messages=[f'"{min(unknown)}" is not a permitted key.'])
        trial = copy.copy(item)
        trial.attributes = {**item.attributes, **data["attributes"]}
        if refusal := None if self.project.drafts and self.project.saves_invalid else self._invalid(trial):
            return refusal
        self.project.save(item.id, **data["attributes"])
        return self._done(self._record(item))

    def _publish(self, item: Item, asked: Asked) -> Answer:
        """publish: without a body, the whole record as it was saved last; types: it takes no version."""
        if asked.body:
            return self._error(422, "INVALID_FORMAT", messages=["#/data: selective publishing"])
        if item.locked:
            return self._error(422, "ITEM_LOCKED")
        if refusal := self._invalid(item):
            return refusal
        self.project.publish(item.id)
        return self._done(self._record(item))

    def _invalid(self, item: Item) -> Answer | None:
        """errors: ``INVALID_FIELD``, with the field and a code of its own."""
        missing = self.project.missing(item)
        return self._error(422, "INVALID_FIELD", field=missing[0], code="VALIDATION_REQUIRED") if missing else None

    def _record(self, item: Item, *, published: bool = False, nested: bool = False) -> Json:
        """instances: blocks come as ids, and whole with ``nested``. types: every field is there, be it null."""
        held = (item.published if published else item.attributes) or {}
        values = {key: held.get(key) for key in self.project.fields}
        if not nested and values.get("sections"):
            values["sections"] = [block["id"] for block in values["sections"]]
        model = MODEL_ID if item.type == "brand" else f"{item.type}-model"
        relationships = {"item_type": {"data": {"type": "item_type", "id": model}}}  # types: by its id
        return {
            "type": "item",
            "id": item.id,
            "attributes": values | item.moments(published=published),
            "relationships": relationships,
            "meta": item.meta(),
        }

    def _model(self) -> Json:
        attributes = {
            "name": "Brand",
            "api_key": "brand",
            "draft_mode_active": self.project.drafts,
            "draft_saving_active": self.project.saves_invalid,
        }
        relationships = {"workflow": {"data": None}}
        return {"type": "item_type", "id": MODEL_ID, "attributes": attributes, "relationships": relationships}

    def _fields(self) -> list[Json]:
        return [{"type": "field", "id": key, "attributes": known} for key, known in self.project.fields.items()]

    def _me(self, asked: Asked) -> Answer:
        """types: ``GET /users/me`` answers with an access token, and its role where ``include`` asks for it."""
        data = {"type": "access_token", "id": "312", "attributes": {"name": "brandsync"}}
        if not self.role or asked.query.get("include") != "role":
            return self._done(data)
        read_only = asked.headers["Authorization"].endswith(READ_ONLY)
        final = {
            "positive_item_type_permissions": [permission("read")] if read_only else self.permissions,
            "negative_item_type_permissions": self.refused,
        }
        role = {"type": "role", "id": "34", "attributes": {"name": "Editor"}, "meta": {"final_permissions": final}}
        return Answer(200, {"data": data, "included": [role]}, self._headers())

    def _uploads(self, query: dict[str, str]) -> Answer:
        """upload: ``filter[ids]``, comma separated."""
        ids = query["filter[ids]"].split(",")
        assert len(ids) <= int(query["page[limit]"]) <= LARGEST_PAGE
        found = [key for key in ids if key in self.project.uploads]
        return self._done(
            [{"type": "upload", "id": key, "attributes": {"url": self.project.uploads[key]}} for key in found]
        )

    def _done(self, data: Any, meta: Json | None = None) -> Answer:
        return Answer(200, {"data": data, **({"meta": meta} if meta else {})}, self._headers())

    def _error(self, status: int, kind: str, /, **details: Any) -> Answer:
        return Answer(status, _errors(kind, details), self._headers())


def open_datocms(fake: FakeDatocms, **settings: Any) -> DatocmsCms:
    """The CMS backend, of this project."""
    section = {"backend": "datocms", **fake.settings(**settings)}
    return DatocmsCms(DatocmsCms.Settings.model_validate(section))


def permission(action: str, **limits: Any) -> Json:
    """role: an entry; ``item_type`` null is all models."""
    return {
        "action": action,
        "environment": "main",
        "item_type": None,
        "workflow": None,
        "on_stage": None,
        "on_creator": "anyone",
        "localization_scope": None if action == "read" else "all",
        "locale": None,
        **limits,
    }


def _within(item: Item, query: dict[str, str]) -> bool:
    """types: "Seconds and milliseconds are truncated from the argument" of ``gte``."""
    for column, known in (("_published_at", item.published_at), ("_updated_at", item.updated_at)):
        since = query.get(f"filter[fields][{column}][gte]")
        if since and (known is None or known < datetime.fromisoformat(since).replace(second=0, microsecond=0)):
            return False
    return True


def _errors(code: str, details: Json) -> Json:
    """errors; probe: they stand in ``data``, each an ``api_error``."""
    url = f"https://www.datocms.com/docs/content-management-api/errors#{code}"
    return {
        "data": [
            {"id": "5413bc", "type": "api_error", "attributes": {"code": code, "doc_url": url, "details": details}}
        ]
    }
