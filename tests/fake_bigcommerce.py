"""A fake BigCommerce store: an HTTP server that answers as the vendor's documents say. It has met no real store.

    with FakeBigCommerce() as store:
        ...  # store.url, store.brands, store.log

Beside each behaviour stands where it comes from: "spec" is the vendor's OpenAPI document "Catalog - Brands", which
``bigcommerce_specification`` holds every exchange to; "overview" is docs.bigcommerce.com/developer/api-reference/rest/
overview; "limits" is docs.bigcommerce.com/developer/docs/overview/api-fundamentals/rate-limits; what no document says
is marked as assumed.
"""

import time
from dataclasses import replace
from typing import Any, Final

from bigcommerce_specification import specification
from fake_server import Answer, Asked, FakeServer

from brandsync.stores.bigcommerce import BigCommerceStore

Record = dict[str, Any]
HASH: Final = "abc123"
TOKEN: Final = "the-token"
READ_ONLY: Final = "the-read-only-token"
BASE: Final = f"/stores/{HASH}/v3"
TYPE: Final = "https://developer.bigcommerce.com/api-docs/getting-started/api-status-codes"
LARGEST_PAGE: Final = 250
"""The overview: a larger ``limit`` gets this many."""
LIMITS: Final = {"name": 255, "page_title": 255, "meta_description": 65_535, "search_keywords": 255}
"""spec: ``brand_Full``."""


class FakeBigCommerce(FakeServer):
    """The store. Its brands are in memory, by id."""

    def __init__(self, *, quota: int | None = None, window: float = 30.0, created: int = 200) -> None:
        """``quota`` requests in each ``window`` of so many seconds; ``created`` is the status of a POST."""
        super().__init__()
        self.brands: dict[int, Record] = {}
        self.made = 100
        """The id that was given last: none comes twice (spec: "Unique ID of the brand")."""
        self.largest_page = LARGEST_PAGE
        self.quota, self.window, self.created = quota, window, created
        self.ends, self.used = 0.0, 0
        self.problems: list[str] = []
        """What the vendor's specification says against an asked."""

    def settings(self, **others: Any) -> dict[str, Any]:
        """The ``[store]`` section."""
        return {"store_hash": HASH, "access_token": TOKEN, "url": self.url, **others}

    def add(self, name: str, **fields: Any) -> int:
        """A brand that somebody else has made; returns its id."""
        return int(self._insert({"name": name, **fields})["id"])

    def names(self) -> list[str]:
        """The names of its brands, sorted."""
        return sorted(record["name"] for record in self.brands.values())

    def requests(self, method: str) -> list[Asked]:
        """The requests of one method."""
        return [asked for asked in self.log if asked.method == method]

    # What it answers.

    def answer(self, asked: Asked) -> Answer:
        """Carry a request out, within the quota."""
        within, headers = self.headers()
        return replace(super().answer(asked) if within else Answer(429, {}), headers=headers)

    def refusal(self, asked: Asked) -> Answer | None:
        """What the token may not do."""
        token = asked.headers.get("X-Auth-Token")
        if token not in {TOKEN, READ_ONLY}:
            return Answer(401, "Unauthorized", kind="plain/text")  # spec: UnauthorizedError
        if token == READ_ONLY and asked.method != "GET":
            return _error(403, "You don't have a required scope to access the endpoint")  # spec: Error
        return None

    def judge(self, asked: Asked) -> None:
        """Hold an exchange to the vendor's specification."""
        if known := specification():
            self.problems += filter(None, [known.problem(asked)])

    def route(self, asked: Asked) -> Answer:
        path = asked.path.removeprefix(f"{BASE}/catalog/brands").strip("/")
        record = asked.json or {}
        if not path:
            several = {"GET": self._list, "POST": self._create, "DELETE": self._delete_many}
            return several[asked.method](record if asked.method == "POST" else asked.query)
        if not path.isdecimal() or int(path) not in self.brands:
            return _error(404, "A brand was not found")  # spec: NotFoundError
        if asked.method == "DELETE":
            del self.brands[int(path)]
            return Answer(204)
        if asked.method == "PUT":
            return self._update(int(path), record)
        return Answer(200, {"data": self.brands[int(path)], "meta": {}})

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
        return Answer(200, {"data": data, "meta": {"pagination": pagination}})

    def _create(self, record: Record) -> Answer:
        """spec: "Create a Brand"."""
        refusal = self._invalid(record, None)
        return refusal or Answer(self.created, {"data": self._insert(record), "meta": {}})

    def _update(self, brand_id: int, record: Record) -> Answer:
        """spec: "Update a Brand". Assumed: what isn't sent stays."""
        if refusal := self._invalid(record, brand_id):
            return refusal
        self.brands[brand_id] |= record
        return Answer(200, {"data": self.brands[brand_id], "meta": {}})

    def _delete_many(self, query: dict[str, str]) -> Answer:
        """spec: "Delete Brands": all that the filter finds."""
        if "name" not in query:
            return _error(422, "A filter is required")
        self.brands = {key: record for key, record in self.brands.items() if record["name"] != query["name"]}
        return Answer(204)

    def _invalid(self, record: Record, brand_id: int | None) -> Answer | None:
        """spec: 422 for what is missing or too long, 409 for a name that is taken. Assumed: whatever its case."""
        wrong = {key: "the length is wrong" for key, most in LIMITS.items() if len(record.get(key) or "") > most}
        if not record.get("name"):
            wrong["name"] = "is required"
        if wrong:
            return _error(422, "JSON data is missing or invalid", errors=wrong)
        key = record["name"].casefold()
        if any(other["name"].casefold() == key for other in self.brands.values() if other["id"] != brand_id):
            return _error(409, "A conflict with another brand", errors={"name": "must be unique"})
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


def _error(status: int, title: str, **others: Any) -> Answer:
    return Answer(status, {"status": status, "title": title, "type": TYPE, **others})
