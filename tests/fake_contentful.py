"""A fake Contentful: an HTTP server that answers as the vendor's documents say. It has met no real space.

    with FakeContentful() as contentful:
        ...  # contentful.settings(), contentful.space, contentful.log

The Content Delivery API is below ``/cdn``, the Content Management API below ``/api``. Beside each behaviour stands the
document that it comes from: "CDA" and "CMA" are those two APIs' references, "errors" and "limits" the pages "Errors"
and "Technical limits"; "issues" are answers as people have reported them to the vendor; "recorded" is what the
vendor's own client recorded (github.com/contentful/contentful-management.rb, spec/fixtures/vcr_cassettes); what nobody
says is marked as assumed.
"""

import copy
import json
import time
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

from fake_contentful_space import DEFAULT, LOCALES, Entry, Json, Space
from fake_server import Answer, Asked, FakeServer

from brandsync.cms.contentful import ContentfulCms

DELIVERY: Final = "the-delivery-token"
MANAGEMENT: Final = "the-management-token"
READ_ONLY: Final = "the-read-only-management-token"
ROOT: Final = "/spaces/space1/environments/master"
CODES: Final = [locale["code"] for locale in LOCALES]
LARGEST: Final = 7_340_032
"""issues: "Maximum allowed response size: 7340032B" (limits: 7 MB)."""
LONGEST_URI: Final = 7_600
"""limits."""


class FakeContentful(FakeServer):
    """The server, with one space in memory."""

    spares_reads = True

    def __init__(self, *, limit: int | None = None) -> None:
        """``limit``: requests a second that the CMA takes; none: as many as there are."""
        super().__init__()
        self.limit = limit
        self.largest = LARGEST
        self.space = Space()
        self.cached: Space | None = None
        self.second = self.used = 0

    def settings(self, **others: Any) -> Json:
        """The ``[cms]`` section."""
        tokens = {"delivery_token": DELIVERY, "management_token": MANAGEMENT}
        return {"space": "space1", "url": f"{self.url}/cdn", "management_url": f"{self.url}/api", **tokens, **others}

    def requests(self, *methods: str, api: str = "api") -> list[Asked]:
        """The requests of some methods."""
        return [asked for asked in self.log if api_of(asked) == api and asked.method in methods]

    def freeze(self) -> None:
        """From now on the CDA shows what it would show now: a cache stands before it."""
        self.cached = copy.deepcopy(self.space)

    # What it answers.

    def answer(self, asked: Asked) -> Answer:
        """Carry a request out, within the limit."""
        within, headers = self.within(api_of(asked))
        if len(f"{asked.path}?{urlencode(asked.query)}") > LONGEST_URI:
            answer = _error(414, "UriTooLong", "")
        else:
            limited = _error(429, "RateLimitExceeded", "You have exceeded the rate limit.")
            answer = super().answer(asked) if within else limited
        return replace(answer, headers=headers)

    def refusal(self, asked: Asked) -> Answer | None:
        """What the token may not do."""
        token = asked.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in ({DELIVERY} if api_of(asked) == "cdn" else {MANAGEMENT, READ_ONLY}):
            return _error(401, "AccessTokenInvalid", "The access token you sent could not be found or is invalid.")
        if asked.method != "GET" and token == READ_ONLY:
            return _error(403, "AccessDenied", "Forbidden")  # errors; assumed: whether or not the entry is there
        return None

    def route(self, asked: Asked) -> Answer:
        below_api = asked.path.removeprefix(f"/{api_of(asked)}")
        below = below_api.removeprefix(ROOT).strip("/").split("/")
        known = below_api.startswith(ROOT)
        answer = (self._read(asked, below) or self._change(asked, below)) if known else None
        return answer or _error(404, "NotFound", "The resource could not be found.")

    def _read(self, asked: Asked, below: list[str]) -> Answer | None:
        match (api_of(asked), asked.method, below):
            case ("cdn", "GET", ["entries"]):
                return self._deliver(asked)
            case ("cdn", "GET", ["locales"]):
                return Answer(200, {"items": list(LOCALES), "total": len(LOCALES)})
            case ("cdn", "GET", ["content_types"]):
                return Answer(200, {"items": [self._content_type()], "total": 1})
            case ("cdn", "GET", ["content_types", "brand"]):
                return Answer(200, self._content_type())
            case ("api", "GET", [*path, "entries"]):  # CMA, "Get all published entries of a space": below /public
                return self._manage(asked.query, published=path == ["public"])
        return None

    def _change(self, asked: Asked, below: list[str]) -> Answer | None:
        match (api_of(asked), asked.method, below):
            case ("api", "PATCH", ["entries", cms_id]) if cms_id in self.space.entries:
                return self._patch(self.space.entries[cms_id], asked)
            case ("api", "PUT", ["entries", cms_id, "published"]) if cms_id in self.space.entries:
                return self._publish(self.space.entries[cms_id], asked)
        return None

    def _content_type(self) -> Json:
        return {"sys": {"id": "brand", "type": "ContentType"}, "fields": list(self.space.model.values())}

    def _deliver(self, asked: Asked) -> Answer:
        """CDA, "Entries" and "Search parameters"."""
        query = dict(asked.query)
        locale, since = query.pop("locale", DEFAULT), query.pop("sys.updatedAt[gte]", "")
        limit, skip = int(query.pop("limit", "100")), int(query.pop("skip", "0"))
        depth, order = int(query.pop("include", "1")), query.pop("order", "")
        ids = query.pop("sys.id[in]", None)  # CDA, "Inclusion": one or more values, by commas
        if query.pop("content_type", "") != "brand":  # issues
            return _error(400, "InvalidQuery", "The query you sent was invalid.", [{"name": "unknownContentType"}])
        if query or order != "sys.id" or limit > 1000:  # CDA, "Ranges": none for sys.id
            return _error(400, "InvalidQuery", "The query you sent was invalid.", [{"name": "unknown"}])
        if locale not in CODES:
            return _error(400, "BadRequest", f"Unknown locale: {locale}")
        by_locale = asked.headers.get("X-Contentful-Locale-Based-Publishing") == "true"
        space = self.cached or self.space
        found = [
            space.delivered(entry, locale)
            for _, entry in sorted(space.entries.items())
            if entry.published
            and entry.type == "brand"
            and not (by_locale and locale in entry.held_back)
            and (ids is None or entry.id in ids.split(","))
        ]
        found = [item for item in found if item["sys"]["updatedAt"] >= since]
        items = found[skip : skip + limit]
        body = {"total": len(found), "skip": skip, "limit": limit, "items": items}
        return self._sized(body | {"includes": space.linked(items, depth, locale)})

    def _manage(self, query: dict[str, str], *, published: bool) -> Answer:
        ids = query.get("sys.id[in]")
        found = [entry for entry in self.space.entries.values() if ids is None or entry.id in ids.split(",")]
        if query["content_type"] != "brand":
            return _error(400, "InvalidQuery", "The query you sent was invalid.", [{"name": "unknownContentType"}])
        found = [entry for entry in found if entry.type == "brand" and (entry.published or not published)]
        select = query.get("select", "sys,fields,metadata").split(",")
        items = [_selected(entry, select, published=published) for entry in found[: int(query["limit"])]]
        return self._sized({"total": len(found), "items": items})

    def _patch(self, entry: Entry, asked: Asked) -> Answer:
        """CMA, "Patch an entry" (JSON Patch, RFC 6902) and "Updating and version locking"."""
        if asked.headers.get("Content-Type") != "application/json-patch+json":
            return _error(415, "UnsupportedMediaType", "")
        if stale := _stale(entry, asked):
            return stale
        if entry.archived_version:
            return _error(400, "BadRequest", "Cannot edit archived")
        for change in asked.json:
            _, root, name = change["path"].split("/")
            if root != "fields" or name not in self.space.model:
                wrong = {"name": "unknown", "path": ["fields", name]}
                return _error(422, "UnknownField", "The field is unknown.", [wrong])
            if change["op"] == "remove":
                del entry.fields[name]
            else:
                entry.fields[name] = change["value"]
        entry.version += 1
        return Answer(200, _selected(entry, ["sys", "fields", "metadata"], published=False))

    def _publish(self, entry: Entry, asked: Asked) -> Answer:
        """CMA, "Publish an entry"; validations such as those of a required field are made here, and not before."""
        if stale := _stale(entry, asked):
            return stale
        missing = [
            name for name, model in self.space.model.items() if model.get("required") and name not in entry.fields
        ]
        if missing:
            wrong = [{"name": "required", "path": ["fields", name]} for name in missing]
            return _error(422, "ValidationFailed", "Validation error", wrong)
        entry.publish()
        return Answer(200, _selected(entry, ["sys", "fields", "metadata"], published=False))

    def _sized(self, body: Json) -> Answer:
        if len(json.dumps(body)) <= self.largest:
            return Answer(200, body)
        return _error(400, "BadRequest", f"Response size too big. Maximum allowed response size: {self.largest}B.")

    # The rate limit.

    def within(self, api: str) -> tuple[bool, dict[str, str]]:
        """Whether a request is within the limit, and what is told of it (CMA, "API rate limits").

        Assumed: seconds begin as the clock's do.
        """
        if self.limit is None or api == "cdn":
            return True, {}
        now = int(time.monotonic())
        self.second, self.used = now, (self.used + 1 if now == self.second else 1)
        refused = self.used > self.limit
        return not refused, {
            "X-Contentful-RateLimit-Second-Limit": str(self.limit),
            "X-Contentful-RateLimit-Second-Remaining": str(max(self.limit - self.used, 0)),
            "X-Contentful-RateLimit-Reset": "1" if refused else "0",
        }


def api_of(asked: Asked) -> str:
    """Which API was asked: ``cdn`` or ``api``."""
    return asked.path.split("/", 2)[1]


def open_contentful(fake: FakeContentful, **settings: Any) -> ContentfulCms:
    """The CMS backend, of this space."""
    section = {"backend": "contentful", **fake.settings(**settings)}
    return ContentfulCms(ContentfulCms.Settings.model_validate(section))


def _stale(entry: Entry, asked: Asked) -> Answer | None:
    given = asked.headers.get("X-Contentful-Version")
    return None if given == str(entry.version) else _error(409, "VersionMismatch", "")


def _selected(entry: Entry, select: list[str], *, published: bool) -> Json:
    """recorded (space/entry/all_public, 2016-01): what is published has no ``metadata``, and a ``revision`` alone.

    Assumed: where there are tags, it has ``metadata``; the recording is older than tags.
    """
    fields, metadata = entry.published if published and entry.published else (entry.fields, entry.metadata)
    names = {path.partition(".")[2] for path in select if path.startswith("fields.")}
    some = fields if "fields" in select else {name: value for name, value in fields.items() if name in names}
    sys = {"id": entry.id, "type": "Entry", "revision": 1} if published else entry.sys(CODES)
    whole = {"sys": sys, "fields": some, **({} if published and not any(metadata.values()) else {"metadata": metadata})}
    return {key: value for key, value in whole.items() if key in {path.partition(".")[0] for path in select}}


def _error(status: int, code: str, message: str, details: list[Json] | None = None) -> Answer:
    """errors."""
    body = {"sys": {"type": "Error", "id": code}, "message": message, "requestId": "request-1"}
    return Answer(status, body | ({"details": {"errors": details}} if details else {}))
