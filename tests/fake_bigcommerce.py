"""A fake BigCommerce store: an HTTP server that answers as the vendor's documents say. It has met no real store.

    with FakeBigCommerce() as store:
        ...  # store.url, store.brands, store.log

Beside each behaviour stands where it comes from: "spec" is the vendor's OpenAPI document "Catalog - Brands", which
``bigcommerce_specification`` holds every exchange to; "overview" is docs.bigcommerce.com/developer/api-reference/rest/
overview; "limits" is docs.bigcommerce.com/developer/docs/overview/api-fundamentals/rate-limits; what no document says
is marked as assumed.
"""

import time
from collections import UserDict, defaultdict
from dataclasses import replace
from email.parser import BytesParser
from email.policy import HTTP
from operator import itemgetter
from typing import Any, Final

from bigcommerce_specification import specification
from fake_server import Answer, Asked, FakeServer

from brandsync.brand.image import NoImage, type_of
from brandsync.stores.bigcommerce import BigCommerceStore

Record = dict[str, Any]
HASH: Final = "abc123"
TOKEN: Final = "the-token"
READ_ONLY: Final = "the-read-only-token"
BASE: Final = f"/stores/{HASH}/v3"
CDN: Final = f"/cdn/s-{HASH}"
TYPE: Final = "https://developer.bigcommerce.com/api-docs/getting-started/api-status-codes"
LARGEST_PAGE: Final = 250
"""The overview: a larger ``limit`` gets this many."""
LIMITS: Final = {"name": 255, "page_title": 255, "meta_description": 65_535, "search_keywords": 255}
"""spec: ``brand_Full``."""
LONGEST_VALUE: Final = 65_535
"""spec: ``Metafield``, whose value has one character at least."""
MOST_METAFIELDS: Final = 250
"""spec: of a brand, for each client id."""
OURS: Final = "our-client"
"""The client id of the token."""


class Metafields(UserDict[int, Record]):
    """Metafields by id, and those of each brand without a search of all."""

    def __init__(self) -> None:
        super().__init__()
        self._of: dict[int, dict[int, Record]] = defaultdict(dict)

    def __setitem__(self, key: int, metafield: Record) -> None:
        super().__setitem__(key, metafield)
        self._of[metafield["resource_id"]][key] = metafield

    def __delitem__(self, key: int) -> None:
        del self._of[self[key]["resource_id"]][key]
        super().__delitem__(key)

    def of(self, brand_id: int) -> list[Record]:
        """Those of one brand."""
        return [*self._of[brand_id].values()]


class FakeBigCommerce(FakeServer):
    """The store. Its brands are in memory, by id."""

    def __init__(self, *, quota: int | None = None, window: float = 30.0, created: int = 200) -> None:
        """``quota`` requests in each ``window`` of so many seconds; ``created`` is the status of a POST."""
        super().__init__()
        self.brands: dict[int, Record] = {}
        self.metafields = Metafields()
        """By id. Those of a brand that is deleted go with it (assumed)."""
        self.made = 100
        """The id that was given last: none comes twice (spec: "Unique ID of the brand")."""
        self.largest_page = self.metafield_page = LARGEST_PAGE
        self.quota, self.window, self.created = quota, window, created
        self.ends, self.used = 0.0, 0
        self.most = 30_000
        self.files: dict[str, bytes] = {}
        """What its CDN has, by path. Assumed: a picture that no brand shows any more is gone from there."""
        self.replaces = True
        """Assumed: an upload replaces a brand's picture. (spec: "Only one image at a time can be created".)"""
        self.problems: list[str] = []
        """What the vendor's specification says against an asked."""

    def settings(self, **others: Any) -> dict[str, Any]:
        """The ``[store]`` section."""
        return {"store_hash": HASH, "access_token": TOKEN, "url": self.url, **others}

    def add(self, name: str, **fields: Any) -> int:
        """A brand that somebody else has made; returns its id."""
        return int(self._insert({"name": name, **fields})["id"])

    def add_metafield(self, brand_id: int, name: str, value: str, owner: str = OURS, **others: Any) -> int:
        """A metafield, by its namespace and key, that somebody else has made; returns its id."""
        namespace, _, key = name.rpartition(".")
        record = {"resource_id": brand_id, "namespace": namespace, "key": key, "value": value}
        return int(self._insert_metafield({"permission_set": "read", **record, **others}, owner)["id"])

    def held(self, brand_id: int) -> dict[str, str]:
        """What a brand holds in metafields."""
        mine = self.metafields.of(brand_id)
        return {f"{one['namespace']}.{one['key']}": one["value"] for one in mine}

    def picture(self, brand_id: int) -> bytes | None:
        """What a brand shows."""
        return self.files.get(self.brands[brand_id]["image_url"].removeprefix(self.url))

    def show(self, brand_id: int, name: str, content: bytes) -> str:
        """Give a brand a picture, as a person does; returns its address.

        spec: "Create a Brand Image", whose example has a number behind the name. Assumed: it is another one each time.
        """
        self._unshow(brand_id)
        self.made += 1
        stem, _, extension = name.lower().rpartition(".")
        path = f"{CDN}/product_images/k/{stem}__{self.made:05}.{extension}"
        self.files[path] = content
        self.brands[brand_id]["image_url"] = self.url + path
        return self.url + path

    def _unshow(self, brand_id: int) -> None:
        self.files.pop(self.brands[brand_id]["image_url"].removeprefix(self.url), None)
        self.brands[brand_id]["image_url"] = ""

    def names(self) -> list[str]:
        """The names of its brands, sorted."""
        return sorted(record["name"] for record in self.brands.values())

    def requests(self, method: str) -> list[Asked]:
        """The requests of one method."""
        return [asked for asked in self.log if asked.method == method]

    # What it answers.

    def answer(self, asked: Asked) -> Answer:
        """Carry a request out, within the quota. The CDN is another server, which gives its files to anybody."""
        if asked.path.startswith(CDN):
            found = self.files.get(asked.path)
            return Answer(404, "", kind="text/html") if found is None else Answer(200, found, kind="image/png")
        within, headers = self.headers()
        answer = super().answer(asked) if within else Answer(429, {})
        return replace(answer, headers={**answer.headers, **headers})

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
        if (known := specification()) and not asked.path.startswith(CDN):
            self.problems += filter(None, [known.problem(asked)])

    def route(self, asked: Asked) -> Answer:
        path = asked.path.removeprefix(f"{BASE}/catalog/brands").strip("/")
        if path.endswith("/image"):
            return self._image(asked, path.removesuffix("/image"))
        record = asked.json or {}
        if path.endswith("metafields"):
            return self._metafields(asked, path.removesuffix("metafields").strip("/"))
        if not path:
            several = {"GET": self._list, "POST": self._create, "DELETE": self._delete_many}
            return several[asked.method](record if asked.method == "POST" else asked.query)
        if not path.isdecimal() or int(path) not in self.brands:
            return _error(404, "A brand was not found")  # spec: NotFoundError
        return self._one(asked, int(path), record)

    def _one(self, asked: Asked, brand: int, record: Record) -> Answer:
        if asked.method == "DELETE":
            del self.brands[brand]
            for one in self.metafields.of(brand):
                del self.metafields[one["id"]]
            return Answer(204)
        if asked.method == "PUT":
            return self._update(brand, record)
        return Answer(200, {"data": self.brands[brand], "meta": {}})

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

    def _image(self, asked: Asked, brand: str) -> Answer:
        """spec: "Create a Brand Image", "Delete a Brand Image". Assumed: deleting none is no error."""
        if int(brand) not in self.brands:
            return _error(404, "A brand was not found")
        if asked.method == "DELETE":
            self._unshow(int(brand))
            return Answer(204)
        head = f"Content-Type: {asked.headers['Content-Type']}\r\n\r\n".encode()
        (part,) = BytesParser(policy=HTTP).parsebytes(head + asked.body).iter_parts()
        content = part.get_payload(decode=True)
        if part.get_param("name", header="content-disposition") != "image_file" or not _is_picture(content):
            return _error(422, "Image was not valid")
        if self.brands[int(brand)]["image_url"] and not self.replaces:
            return _error(422, "The brand has an image")
        return Answer(
            200, {"data": {"image_url": self.show(int(brand), str(part.get_filename()), content)}, "meta": {}}
        )

    def _create(self, record: Record) -> Answer:
        """spec: "Create a Brand"."""
        if refusal := self._invalid(record, None):
            return refusal
        if len(self.brands) >= self.most:  # spec: "30,000 brands per store limit", and a 403; assumed: that it is that
            return _error(403, "You have reached the limit of brands")
        made, lacking = self._insert({"name": record["name"]}), self._save(self.made, record)
        return lacking or Answer(self.created, {"data": made, "meta": {}})

    def _update(self, brand_id: int, record: Record) -> Answer:
        """spec: "Update a Brand". Assumed: what isn't sent stays."""
        refusal = self._invalid(record, brand_id) or self._save(brand_id, record)
        return refusal or Answer(200, {"data": self.brands[brand_id], "meta": {}})

    def _save(self, brand_id: int, record: Record) -> Answer | None:
        """Save a brand's fields. A URL that is taken is left out, which answers 207 (spec: ``MultiStatus``).

        Assumed: a comma ends a keyword; a new name moves a URL that BigCommerce has made; URLs are unique.
        """
        brand, url = self.brands[brand_id], record.get("custom_url")
        taken = url and any(one["custom_url"]["url"] == url["url"] for one in self.brands.values() if one is not brand)
        brand |= {key: value for key, value in record.items() if key != "custom_url"}
        brand["meta_keywords"] = ",".join(brand["meta_keywords"]).split(",")
        if url and not taken:
            brand["custom_url"] = dict(url)
        elif not brand["custom_url"]["is_customized"]:
            brand["custom_url"] = _whole(brand)["custom_url"]
        errors = {"status": 207, "title": "Multi-status", "type": TYPE, "errors": {"custom_url": "is taken"}}
        return Answer(207, {"data": [brand], "errors": errors, "meta": {}}) if taken else None

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

    # Metafields.

    def _metafields(self, asked: Asked, brand: str) -> Answer:
        """spec: "Get brand metafields" of one brand, "Batch metafields" of all."""
        if asked.method == "GET":
            return self._list_metafields(asked.query, brand)
        call = {"POST": self._create_metafield, "PUT": self._update_metafield, "DELETE": self._delete_metafield}
        done, errors = [], {}
        for item in asked.json:
            try:
                done.append(call[asked.method](item))
            except LookupError as refused:
                if refused.args[0] == 403 and asked.method == "PUT":
                    return _error(403, "Unauthorized to change it")  # spec: of a single one; assumed: of a batch, too
                errors[str(item if isinstance(item, int) else item.get("id", len(done)))] = str(refused.args[1])
        meta = {"total": len(asked.json), "success": len(done), "failed": len(errors)}
        if not errors:
            return Answer(200, {"data": done, "errors": [], "meta": meta})
        if asked.method == "PUT":
            return _error(422, "JSON data is missing or invalid", errors=errors)
        several = [{"status": 422, "title": "Bulk operation has failed", "type": TYPE, "errors": errors}]
        return Answer(422, {"data": done, "errors": several, "meta": meta})

    def _list_metafields(self, query: dict[str, str], brand: str) -> Answer:
        only = int(brand) if brand else None
        if only and only not in self.brands:
            return _error(404, "A brand was not found")
        wanted = {key: set(query[of].split(",")) for of, key in _FILTERS.items() if of in query}
        some = self.metafields.values() if only is None else self.metafields.of(only)
        found = [
            one
            for one in sorted(some, key=itemgetter("id"))
            if _is_visible(one) and all(one[name] in values for name, values in wanted.items())
        ]
        page, limit = int(query.get("page", 1)), min(int(query.get("limit", 50)), self.metafield_page)
        some = found[(page - 1) * limit : page * limit]
        pages = -(-len(found) // limit)
        pagination = {"total": len(found), "count": len(some), "per_page": limit, "current_page": page}
        return Answer(200, {"data": some, "meta": {"pagination": pagination | {"total_pages": pages}}})

    def _create_metafield(self, item: Record) -> Record:
        """spec: "Create multiple metafields"; what is unique is said of a single one (409)."""
        brand_id = item["resource_id"]
        mine = self.metafields.of(brand_id)
        if brand_id not in self.brands:
            raise LookupError(422, "Brand does not exist")
        _require_value(item)
        ours = [(one["namespace"], one["key"]) for one in mine if one["owner_client_id"] == OURS]
        if (item["namespace"], item["key"]) in ours:
            raise LookupError(422, "A metafield of that namespace and key exists")
        if len(ours) >= MOST_METAFIELDS:
            raise LookupError(422, "Too many metafields")
        return self._insert_metafield(item, OURS)

    def _update_metafield(self, item: Record) -> Record:
        """spec: "Update multiple metafields". A value may be changed by others where ``write`` is set."""
        record = self.metafields.get(item["id"])
        if record is None:
            raise LookupError(422, "Metafield does not exist")
        _require_value({**record, **item})
        if record["owner_client_id"] != OURS and "write" not in record["permission_set"]:
            raise LookupError(403, "Unauthorized to change")
        record |= item
        return record

    def _delete_metafield(self, key: int) -> int:
        """spec: ``ErrorDetail``'s example. Assumed: only the client that has made it may delete it."""
        if key not in self.metafields:
            raise LookupError(422, "Metafield does not exist")
        if self.metafields[key]["owner_client_id"] != OURS:
            raise LookupError(422, "Unauthorized to delete")
        del self.metafields[key]
        return key

    def _insert_metafield(self, record: Record, owner: str) -> Record:
        self.made += 1
        whole = {"id": self.made, "description": "", "resource_type": "brand", "owner_client_id": owner, **record}
        self.metafields[self.made] = whole
        return whole

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


def open_bigcommerce(fake: FakeBigCommerce, further: Any = None, **settings: Any) -> BigCommerceStore:
    """The store backend, of this store. ``further``: the kinds of further fields, by name."""
    section = {"backend": "bigcommerce", **fake.settings(**settings)}
    return BigCommerceStore(BigCommerceStore.Settings.model_validate(section).holding(further or {}))


_FILTERS: Final = {"namespace": "namespace", "key": "key", "namespace:in": "namespace", "key:in": "key"}


def _is_picture(content: bytes) -> bool:
    try:
        return type_of(content, content).extension in {"png", "jpg", "gif", "webp"}
    except NoImage:
        return False


def _is_visible(metafield: Record) -> bool:
    """spec: ``permission_set``."""
    return metafield["owner_client_id"] == OURS or metafield["permission_set"] != "app_only"


def _require_value(item: Record) -> None:
    if not 1 <= len(item["value"]) <= LONGEST_VALUE:
        raise LookupError(422, "the length of the value is wrong")


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
