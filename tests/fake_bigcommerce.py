"""A fake BigCommerce store: an HTTP server that answers as the vendor's documents say. It has met no real store.

    with FakeBigCommerce() as store:
        ...  # store.url, store.brands, store.log

Beside each behaviour stands where it comes from: "spec" is the vendor's OpenAPI document "Catalog - Brands", which
``bigcommerce_specification`` holds every exchange to; "overview" is docs.bigcommerce.com/developer/api-reference/rest/
overview; "limits" is docs.bigcommerce.com/developer/docs/overview/api-fundamentals/rate-limits; what no document says
is marked as assumed.
"""

import json
import threading
import time
from collections import deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self, cast
from urllib.parse import parse_qsl, urlsplit

from bigcommerce_specification import Exchange, specification

from brandsync.stores.bigcommerce import BigCommerceStore

Record = dict[str, Any]
Answer = tuple[int, Any]
HASH: Final = "abc123"
TOKEN: Final = "the-token"
READ_ONLY: Final = "the-read-only-token"
BASE: Final = f"/stores/{HASH}/v3"
TYPE: Final = "https://developer.bigcommerce.com/api-docs/getting-started/api-status-codes"
LARGEST_PAGE: Final = 250
"""The overview: a larger ``limit`` gets this many."""
LIMITS: Final = {"name": 255, "page_title": 255, "meta_description": 65_535, "search_keywords": 255}
"""spec: ``brand_Full``."""


class FakeBigCommerce:
    """The store. Its brands are in memory, by id."""

    def __init__(self, *, quota: int | None = None, window: float = 30.0, created: int = 200) -> None:
        """``quota`` requests in each ``window`` of so many seconds; ``created`` is the status of a POST."""
        self.brands: dict[int, Record] = {}
        self.made = 100
        """The id that was given last: none comes twice (spec: "Unique ID of the brand")."""
        self.largest_page = LARGEST_PAGE
        self.log: list[Exchange] = []
        self.instead: deque[Answer | None] = deque()
        """Answers that the next requests get, which are then not carried out; None lets one pass."""
        self.after: deque[Callable[[Answer], Answer]] = deque()
        """What the answers to the next writes are turned into, once these have been carried out."""
        self.act: Callable[[str, str], None] = lambda _method, _path: None
        """Called before each request is carried out: what a person does meanwhile."""
        self.quota, self.window, self.created = quota, window, created
        self.ends, self.used = 0.0, 0
        self.problems: list[str] = []
        """What the vendor's specification says against an exchange."""
        self.lock = threading.RLock()

    def __enter__(self) -> Self:
        self.server = _Server(("127.0.0.1", 0), _Connection)
        self.server.store = self
        threading.Thread(target=self.server.serve_forever, args=(0.01,), name="store", daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def settings(self, **others: Any) -> dict[str, Any]:
        """The ``[store]`` section."""
        return {"store_hash": HASH, "access_token": TOKEN, "url": self.url, **others}

    def add(self, name: str, **fields: Any) -> int:
        """A brand that somebody else has made; returns its id."""
        return int(self._insert({"name": name, **fields})["id"])

    def names(self) -> list[str]:
        """The names of its brands, sorted."""
        return sorted(record["name"] for record in self.brands.values())

    def requests(self, method: str) -> list[Exchange]:
        """The requests of one method."""
        return [exchange for exchange in self.log if exchange.method == method]

    # What it answers.

    def answer(self, exchange: Exchange) -> Answer:
        """Carry a request out."""
        token = exchange.headers.get("X-Auth-Token")
        if token not in {TOKEN, READ_ONLY}:
            exchange.content_type = "plain/text"  # spec: UnauthorizedError
            return 401, "Unauthorized"
        if token == READ_ONLY and exchange.method != "GET":
            return 403, _error(403, "You don't have a required scope to access the endpoint")  # spec: Error
        self.act(exchange.method, exchange.path)
        if self.instead and (given := self.instead.popleft()) is not None:
            return given
        answer = self._route(exchange)
        return self.after.popleft()(answer) if self.after and exchange.method != "GET" else answer

    def _route(self, exchange: Exchange) -> Answer:
        path = exchange.path.removeprefix(f"{BASE}/catalog/brands").strip("/")
        record = json.loads(exchange.body) if exchange.body else {}
        if not path:
            several = {"GET": self._list, "POST": self._create, "DELETE": self._delete_many}
            return several[exchange.method](record if exchange.method == "POST" else exchange.query)
        if not path.isdecimal() or int(path) not in self.brands:
            return 404, _error(404, "A brand was not found")  # spec: NotFoundError
        if exchange.method == "DELETE":
            del self.brands[int(path)]
            return 204, None
        if exchange.method == "PUT":
            return self._update(int(path), record)
        return 200, {"data": self.brands[int(path)], "meta": {}}

    def _list(self, query: dict[str, str]) -> Answer:
        """spec: "Get All Brands". Assumed: by id, where no ``sort`` is given."""
        found = [self.brands[key] for key in sorted(self.brands)]
        if "id:in" in query:
            wanted = {int(text) for text in query["id:in"].split(",")}
            found = [record for record in found if record["id"] in wanted]
        if "name" in query:
            found = [record for record in found if record["name"].casefold() == query["name"].casefold()]
        page, limit = int(query.get("page", 1)), min(int(query.get("limit", 50)), self.largest_page)
        some = found[(page - 1) * limit : page * limit]
        fields = ["id", *(query["include_fields"].split(",") if "include_fields" in query else list(_whole({})))]
        pagination = {
            "total": len(found),
            "count": len(some),
            "per_page": limit,
            "current_page": page,
            "total_pages": -(-len(found) // limit),
        }
        data = [{name: record[name] for name in fields if name in record} for record in some]
        return 200, {"data": data, "meta": {"pagination": pagination}}

    def _create(self, record: Record) -> Answer:
        """spec: "Create a Brand"."""
        refusal = self._refusal(record, None)
        return refusal or (self.created, {"data": self._insert(record), "meta": {}})

    def _update(self, brand_id: int, record: Record) -> Answer:
        """spec: "Update a Brand". Assumed: what isn't sent stays."""
        if refusal := self._refusal(record, brand_id):
            return refusal
        self.brands[brand_id] |= record
        return 200, {"data": self.brands[brand_id], "meta": {}}

    def _delete_many(self, query: dict[str, str]) -> Answer:
        """spec: "Delete Brands": all that the filter finds."""
        if "name" not in query:
            return 422, _error(422, "A filter is required")
        self.brands = {key: record for key, record in self.brands.items() if record["name"] != query["name"]}
        return 204, None

    def _refusal(self, record: Record, brand_id: int | None) -> Answer | None:
        """spec: 422 for what is missing or too long, 409 for a name that is taken. Assumed: whatever its case."""
        wrong = {key: "the length is wrong" for key, most in LIMITS.items() if len(record.get(key) or "") > most}
        if not record.get("name"):
            wrong["name"] = "is required"
        if wrong:
            return 422, {**_error(422, "JSON data is missing or invalid"), "errors": wrong}
        key = record["name"].casefold()
        if any(other["name"].casefold() == key for other in self.brands.values() if other["id"] != brand_id):
            return 409, {**_error(409, "A conflict with another brand"), "errors": {"name": "must be unique"}}
        return None

    def _insert(self, record: Record) -> Record:
        self.made += 1
        self.brands[self.made] = {"id": self.made, **_whole(record), **record}
        return self.brands[self.made]

    # The quota.

    def headers(self) -> tuple[bool, dict[str, str]]:
        """Whether a request is within the quota, and what is told of it (limits)."""
        if self.quota is None:
            return True, {}  # limits: "Unlimited rate plan"
        now = time.monotonic()
        if now >= self.ends:
            self.ends, self.used = now + self.window, 0
        self.used += 1
        return self.used <= self.quota, {
            "X-Rate-Limit-Requests-Left": str(max(self.quota - self.used, 0)),
            "X-Rate-Limit-Requests-Quota": str(self.quota),
            "X-Rate-Limit-Time-Reset-Ms": str(int((self.ends - now) * 1000) + 1),
            "X-Rate-Limit-Time-Window-Ms": str(int(self.window * 1000)),
        }


def open_bigcommerce(fake: FakeBigCommerce, **settings: Any) -> BigCommerceStore:
    """The store backend, of this store."""
    section = {"backend": "bigcommerce", **fake.settings(**settings)}
    return BigCommerceStore(BigCommerceStore.Settings.model_validate(section))


def _whole(record: Record) -> Record:
    """What a brand holds that nothing was given for; spec: the examples, an empty ``meta_keywords`` among them."""
    slug = "".join(char if char.isascii() and char.isalnum() else "-" for char in record.get("name", "")).lower()
    return {
        "name": "",
        "page_title": "",
        "meta_keywords": [""],
        "meta_description": "",
        "image_url": "",
        "search_keywords": "",
        "custom_url": {"url": f"/{slug}/", "is_customized": False},
    }


def _error(status: int, title: str) -> Record:
    return {"status": status, "title": title, "type": TYPE}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    store: FakeBigCommerce


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: Any) -> None:
        """Nothing."""

    def _answer(self) -> None:
        store = cast("_Server", self.server).store
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        url = urlsplit(self.path)
        exchange = Exchange(self.command, url.path, dict(parse_qsl(url.query)), dict(self.headers), body)
        with store.lock:
            within, headers = store.headers()
            status, value = store.answer(exchange) if within else (429, {})
            exchange.status = status
            exchange.answer = b"" if value is None else json.dumps(value).encode()
            store.log.append(exchange)
            if judge := specification():
                store.problems += filter(None, [judge.problem(exchange)])
        self._write(exchange, headers)

    do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 - the names are the library's

    def _write(self, exchange: Exchange, headers: dict[str, str]) -> None:
        self.send_response(exchange.status)
        for name, value in headers.items():
            self.send_header(name, value)
        if exchange.status != 204:
            self.send_header("Content-Type", exchange.content_type)
            self.send_header("Content-Length", str(len(exchange.answer)))
        self.end_headers()
        self.wfile.write(exchange.answer)
