"""A fake Contentful: an HTTP server that answers as the vendor's documents say. It has met no real space.

    with FakeContentful() as contentful:
        ...  # contentful.settings(), contentful.space, contentful.log

The Content Delivery API is below ``/cdn``, the Content Management API below ``/api``. Beside each behaviour stands the
document that it comes from: "CDA" and "CMA" are those two APIs' references, "errors" and "limits" the pages "Errors"
and "Technical limits"; "issues" are answers as people have reported them to the vendor; what nobody says is marked as
assumed.
"""

import json
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self, cast
from urllib.parse import parse_qsl, urlsplit

from fake_contentful_space import DEFAULT, LOCALES, Entry, Json, Space

from brandsync.cms.contentful import ContentfulCms

Answer = tuple[int, Any]
DELIVERY: Final = "the-delivery-token"
MANAGEMENT: Final = "the-management-token"
READ_ONLY: Final = "the-read-only-management-token"
ROOT: Final = "/spaces/space1/environments/master"
CODES: Final = [locale["code"] for locale in LOCALES]
LARGEST: Final = 7_340_032
"""issues: "Maximum allowed response size: 7340032B" (limits: 7 MB)."""
LONGEST_URI: Final = 7_600
"""limits."""


@dataclass
class Exchange:
    """One request, and its answer's status."""

    api: str
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    status: int = 0


@dataclass
class FakeContentful:
    """The server, with one space in memory."""

    limit: int | None = None
    """Requests a second that the CMA takes; none: as many as there are."""
    largest: int = LARGEST
    space: Space = field(default_factory=Space)
    log: list[Exchange] = field(default_factory=list)
    instead: deque[Answer | None] = field(default_factory=deque)
    """Answers that the next writes get, which are then not carried out; None lets one pass."""
    after: deque[Callable[[Answer], Answer]] = field(default_factory=deque)
    """What the answers to the next writes are turned into, once these have been carried out."""
    act: Callable[[str, str], object] = lambda _method, _path: None
    """Called before each request is carried out: what an editor does meanwhile."""
    second: int = 0
    used: int = 0
    lock: Any = field(default_factory=threading.RLock)

    def __enter__(self) -> Self:
        self.server = _Server(("127.0.0.1", 0), _Connection)
        self.server.contentful = self
        threading.Thread(target=self.server.serve_forever, args=(0.01,), name="contentful", daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def settings(self, **others: Any) -> Json:
        """The ``[cms]`` section."""
        tokens = {"delivery_token": DELIVERY, "management_token": MANAGEMENT}
        return {"space": "space1", "url": f"{self.url}/cdn", "management_url": f"{self.url}/api", **tokens, **others}

    def requests(self, *methods: str, api: str = "api") -> list[Exchange]:
        """The requests of some methods."""
        return [exchange for exchange in self.log if exchange.api == api and exchange.method in methods]

    # What it answers.

    def answer(self, exchange: Exchange) -> Answer:
        """Carry a request out."""
        token = exchange.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in ({DELIVERY} if exchange.api == "cdn" else {MANAGEMENT, READ_ONLY}):
            return _error(401, "AccessTokenInvalid", "The access token you sent could not be found or is invalid.")
        if exchange.method != "GET" and token == READ_ONLY:
            return _error(403, "AccessDenied", "Forbidden")  # errors; assumed: whether or not the entry is there
        self.act(exchange.method, exchange.path)
        if exchange.method != "GET" and self.instead and (given := self.instead.popleft()) is not None:
            return given
        answer = self._route(exchange)
        return self.after.popleft()(answer) if self.after and exchange.method != "GET" else answer

    def _route(self, exchange: Exchange) -> Answer:
        below = exchange.path.removeprefix(ROOT).strip("/").split("/")
        known = exchange.path.startswith(ROOT)
        answer = (self._read(exchange, below) or self._change(exchange, below)) if known else None
        return answer or _error(404, "NotFound", "The resource could not be found.")

    def _read(self, exchange: Exchange, below: list[str]) -> Answer | None:
        match (exchange.api, exchange.method, below):
            case ("cdn", "GET", ["entries"]):
                return self._deliver(exchange)
            case ("cdn", "GET", ["locales"]):
                return 200, {"items": list(LOCALES), "total": len(LOCALES)}
            case ("cdn", "GET", ["content_types"]):
                return 200, {"items": [self._content_type()], "total": 1}
            case ("cdn", "GET", ["content_types", "brand"]):
                return 200, self._content_type()
            case ("api", "GET", [*path, "entries"]):  # CMA, "Get all published entries of a space": below /public
                return self._manage(exchange.query, published=path == ["public"])
        return None

    def _change(self, exchange: Exchange, below: list[str]) -> Answer | None:
        match (exchange.api, exchange.method, below):
            case ("api", "PATCH", ["entries", cms_id]) if cms_id in self.space.entries:
                return self._patch(self.space.entries[cms_id], exchange)
            case ("api", "PUT", ["entries", cms_id, "published"]) if cms_id in self.space.entries:
                return self._publish(self.space.entries[cms_id], exchange)
        return None

    def _content_type(self) -> Json:
        return {"sys": {"id": "brand", "type": "ContentType"}, "fields": list(self.space.model.values())}

    def _deliver(self, exchange: Exchange) -> Answer:
        """CDA, "Entries" and "Search parameters"."""
        query = dict(exchange.query)
        locale, since = query.pop("locale", DEFAULT), query.pop("sys.updatedAt[gte]", "")
        limit, skip = int(query.pop("limit", "100")), int(query.pop("skip", "0"))
        depth, order = int(query.pop("include", "1")), query.pop("order", "")
        if query.pop("content_type", "") != "brand":  # issues
            return _error(400, "InvalidQuery", "The query you sent was invalid.", [{"name": "unknownContentType"}])
        if query or order != "sys.id" or limit > 1000:  # CDA, "Ranges": none for sys.id
            return _error(400, "InvalidQuery", "The query you sent was invalid.", [{"name": "unknown"}])
        if locale not in CODES:
            return _error(400, "BadRequest", f"Unknown locale: {locale}")
        by_locale = exchange.headers.get("X-Contentful-Locale-Based-Publishing") == "true"
        found = [
            self.space.delivered(entry, locale)
            for _, entry in sorted(self.space.entries.items())
            if entry.published and entry.type == "brand" and not (by_locale and locale in entry.held_back)
        ]
        found = [item for item in found if item["sys"]["updatedAt"] >= since]
        items = found[skip : skip + limit]
        body = {"total": len(found), "skip": skip, "limit": limit, "items": items}
        return self._sized(body | {"includes": self.space.linked(items, depth, locale)})

    def _manage(self, query: dict[str, str], *, published: bool) -> Answer:
        ids = query.get("sys.id[in]")
        found = [entry for entry in self.space.entries.values() if ids is None or entry.id in ids.split(",")]
        if query["content_type"] != "brand":
            return _error(400, "InvalidQuery", "The query you sent was invalid.", [{"name": "unknownContentType"}])
        found = [entry for entry in found if entry.type == "brand" and (entry.published or not published)]
        select = query.get("select", "sys,fields,metadata").split(",")
        items = [_selected(entry, select, published=published) for entry in found[: int(query["limit"])]]
        return self._sized({"total": len(found), "items": items})

    def _patch(self, entry: Entry, exchange: Exchange) -> Answer:
        """CMA, "Patch an entry" (JSON Patch, RFC 6902) and "Updating and version locking"."""
        if exchange.headers.get("Content-Type") != "application/json-patch+json":
            return _error(415, "UnsupportedMediaType", "")
        if stale := _stale(entry, exchange):
            return stale
        if entry.archived_version:
            return _error(400, "BadRequest", "Cannot edit archived")
        for change in json.loads(exchange.body):
            _, root, name = change["path"].split("/")
            if root != "fields" or name not in self.space.model:
                wrong = {"name": "unknown", "path": ["fields", name]}
                return _error(422, "UnknownField", "The field is unknown.", [wrong])
            if change["op"] == "remove":
                del entry.fields[name]
            else:
                entry.fields[name] = change["value"]
        entry.version += 1
        return 200, _selected(entry, ["sys", "fields", "metadata"], published=False)

    def _publish(self, entry: Entry, exchange: Exchange) -> Answer:
        """CMA, "Publish an entry"; validations such as those of a required field are made here, and not before."""
        if stale := _stale(entry, exchange):
            return stale
        missing = [
            name for name, model in self.space.model.items() if model.get("required") and name not in entry.fields
        ]
        if missing:
            wrong = [{"name": "required", "path": ["fields", name]} for name in missing]
            return _error(422, "ValidationFailed", "Validation error", wrong)
        entry.publish()
        return 200, _selected(entry, ["sys", "fields", "metadata"], published=False)

    def _sized(self, body: Json) -> Answer:
        if len(json.dumps(body)) <= self.largest:
            return 200, body
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


def open_contentful(fake: FakeContentful, **settings: Any) -> ContentfulCms:
    """The CMS backend, of this space."""
    section = {"backend": "contentful", **fake.settings(**settings)}
    return ContentfulCms(ContentfulCms.Settings.model_validate(section))


def _stale(entry: Entry, exchange: Exchange) -> Answer | None:
    given = exchange.headers.get("X-Contentful-Version")
    return None if given == str(entry.version) else _error(409, "VersionMismatch", "")


def _selected(entry: Entry, select: list[str], *, published: bool) -> Json:
    fields, metadata = entry.published if published and entry.published else (entry.fields, entry.metadata)
    names = {path.partition(".")[2] for path in select if path.startswith("fields.")}
    some = fields if "fields" in select else {name: value for name, value in fields.items() if name in names}
    whole = {"sys": entry.sys(CODES), "fields": some, "metadata": metadata}
    return {key: value for key, value in whole.items() if key in {path.partition(".")[0] for path in select}}


def _error(status: int, code: str, message: str, details: list[Json] | None = None) -> Answer:
    """errors."""
    body = {"sys": {"type": "Error", "id": code}, "message": message, "requestId": "request-1"}
    return status, body | ({"details": {"errors": details}} if details else {})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    contentful: FakeContentful

    def handle_error(self, *_: Any) -> None:
        """Clients may hang up: they are killed in tests."""


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: Any) -> None:
        """Nothing."""

    def _answer(self) -> None:
        fake = cast("_Server", self.server).contentful
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        url = urlsplit(self.path)
        _, api, path = url.path.split("/", 2)
        exchange = Exchange(api, self.command, f"/{path}", dict(parse_qsl(url.query)), dict(self.headers), body)
        with fake.lock:
            within, headers = fake.within(api)
            if len(self.path) > LONGEST_URI:
                exchange.status, value = _error(414, "UriTooLong", "")
            else:
                limited = _error(429, "RateLimitExceeded", "You have exceeded the rate limit.")
                exchange.status, value = fake.answer(exchange) if within else limited
            fake.log.append(exchange)
            answer = json.dumps(value).encode()
        self.send_response(exchange.status)
        for name, text in {**headers, "Content-Type": "application/json", "Content-Length": str(len(answer))}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_PUT = do_PATCH = _answer  # noqa: N815 - the names are the library's
