"""A fake Medusa shop with brandsync's routes: an HTTP server that answers as these routes do.

    with FakeMedusa() as shop:
        ...  # shop.url, shop.brands, shop.log; shop.version = 1 for the first routes

Every behaviour was seen on a real Medusa 2.21.2 with the same data model; ``live/test_medusa_kinds.py`` and
``live/test_medusa_images.py`` ask for most of them. What is marked as read stands in the routes' source. Nothing is
assumed.
"""

import copy
import hashlib
import struct
from datetime import UTC, datetime
from typing import Any, Final

from fake_server import Answer, Asked, FakeServer

Record = dict[str, Any]
_NULLABLE: Final = {"nullable": True, "default": False}
MODEL: Final[dict[str, Record]] = {
    "name": {"type": "text", "nullable": False, "default": False},
    "handle": {"type": "text", **_NULLABLE},
    "description": {"type": "text", **_NULLABLE},
    "logo": {"type": "text", **_NULLABLE},
    "metadata": {"type": "json", **_NULLABLE},
    "founded": {"type": "number", **_NULLABLE},
    "is_active": {"type": "boolean", "nullable": False, "default": True},
    "weight": {"type": "float", **_NULLABLE},
    "price": {"type": "bigNumber", **_NULLABLE},
    "price_range": {"type": "enum", "values": ["low", "high"], **_NULLABLE},
    "opened_at": {"type": "dateTime", **_NULLABLE},
    "tags": {"type": "array", **_NULLABLE},
    "stats": {"type": "json", **_NULLABLE},
}
"""The data model of ``live/medusa``, as the second version of the routes describes it."""
DEFAULTS: Final = {"is_active": True}
UNWRITABLE: Final = {"bigNumber", "smallint"}


class FakeMedusa(FakeServer):
    """The shop. Its brands are in memory, by id."""

    def __init__(self) -> None:
        super().__init__()
        self.version = 2
        self.model = copy.deepcopy(MODEL)
        self.brands: dict[str, Record] = {}
        """Those that are deleted softly are here too."""
        self.files: dict[str, bytes] = {}
        """What its file provider keeps, by id."""
        self.records: dict[tuple[str, str], Record] = {}
        """The files that the route for pictures has made, by name and SHA-256."""
        self._made_files = 0

    def settings(self, **others: Any) -> dict[str, Any]:
        """The ``[store]`` section."""
        return {"url": self.url, "api_key": "sk_x", "fields": ["name", "metadata"], **others}

    def alive(self) -> list[Record]:
        """The brands that are not deleted, by id, as they are now."""
        return [dict(brand) for _, brand in sorted(self.brands.items()) if not brand["deleted_at"]]

    def edit(self, brand_id: str, **fields: Any) -> None:
        """What a person does in the database."""
        self.brands[brand_id] |= fields

    def writes(self, asked: Asked) -> bool:
        """A query is a POST as well."""
        return asked.path.endswith(("/batch", "/images")) and asked.method != "GET"

    def route(self, asked: Asked) -> Answer:
        """Carry a request out: as a whole or not at all."""
        if asked.path == "/admin/brands/query":
            return Answer(200, {"brands": [*self._query(asked.json)]})
        if asked.path == "/admin/brands/images" and self.version > 1:
            return self._image(asked)
        if asked.path != "/admin/brands/batch":
            return Answer(404, f"Cannot {asked.method} {asked.path}", kind="text/html")
        return Answer(200, {"batch": self._manifest()}) if asked.method == "GET" else self._written(asked)

    def _written(self, asked: Asked) -> Answer:
        before = copy.deepcopy(self.brands)
        try:
            return Answer(200, self._batch(asked.json))
        except InvalidDataError as error:
            self.brands = before
            return Answer(400, {"type": "invalid_data", "message": f"Invalid request: {error}"})
        except DatabaseError:
            self.brands = before
            return Answer(500, {"type": "unknown_error", "message": "An unknown error occurred."})

    def _manifest(self) -> Record:
        names = [name for name, attribute in self.model.items() if attribute["type"] not in UNWRITABLE]
        limits = {"version": 1, "max_batch": 5_000, "body_limit": 10_485_760}
        if self.version == 1:  # recorded in cassettes/medusa; the twin is read in the first routes' source
            every = [*self.model, *(f"raw_{name}" for name in self.model if self.model[name]["type"] == "bigNumber")]
            return {**limits, "fields": every}
        images = {"version": 1, "max_bytes": 52_428_800}
        return {**limits, "fields": names, "model": {"version": 2, "attributes": self.model}, "images": images}

    def _image(self, asked: Asked) -> Answer:
        if asked.method == "DELETE":
            return Answer(200, self._removed_image(asked.query["url"]))
        key = asked.query["name"], asked.query["sha256"]
        if asked.method == "PUT" and key not in self.records:
            if hashlib.sha256(asked.body).hexdigest() != key[1]:
                message = "The bytes that arrived are others than the ones named"
                return Answer(400, {"type": "invalid_data", "message": message})
            self._made_files += 1
            file_id = f"{1_796_000_000_000 + self._made_files}-{key[0]}"
            self.files[file_id] = asked.body
            self.records[key] = {"id": file_id, "url": f"http://shop.example.com/static/{file_id}"}
        return Answer(200, {"image": self.records.get(key)})

    def _removed_image(self, url: str) -> Record:
        texts = [name for name, attribute in self.model.items() if attribute["type"] == "text"]
        held = any(brand[name] == url for brand in self.brands.values() for name in texts)
        for key, record in [*self.records.items()] if not held else ():
            if record["url"] == url:
                self.files.pop(record["id"], None)
                del self.records[key]
        return {"url": url, "object": "image", "deleted": not held}

    def _query(self, body: Record) -> list[Record]:
        wanted, after = body.get("ids", self.brands), body.get("after", "")
        found = [brand for brand in self.alive() if brand["id"] in wanted and brand["id"] > after]
        return [{name: brand[name] for name in ("id", *body["fields"])} for brand in found][: body.get("limit", 5_000)]

    def _batch(self, body: Record) -> Record:
        for record in (*body.get("create", ()), *body.get("update", ()), *body.get("restore", ())):
            self._validate(record)
        skipped: list[str] = []
        created = [self._made(record) for record in body.get("create", ())]
        updated = [brand for record in body.get("update", ()) if (brand := self._updated(record, body, skipped))]
        restored = [self._restored(record) for record in body.get("restore", ())]
        gone = [*self._removed(body, "delete", skipped), *self._removed(body, "purge", skipped)]
        done = {"created": created, "updated": updated, "restored": restored, "skipped": skipped}
        return {**done, "deleted": {"ids": gone, "object": "brand", "deleted": True}}

    def _made(self, record: Record) -> Record:
        if record["id"] not in self.brands:
            values = {name: DEFAULTS.get(name) for name in self.model} | record
            self.brands[record["id"]] = {name: self._stored(name, values[name]) for name in values} | {
                "deleted_at": None
            }
        return dict(self.brands[record["id"]])

    def _restored(self, record: Record) -> Record:
        brand = self.brands.get(record["id"])
        if brand and not brand["deleted_at"] and any(brand[name] != record[name] for name in record):
            raise InvalidDataError(f"Brand {record['id']} is there and holds something else")
        if brand:
            brand |= {name: self._stored(name, value) for name, value in record.items()} | {"deleted_at": None}
        return self._made(record)

    def _updated(self, record: Record, body: Record, skipped: list[str]) -> Record | None:
        brand = self.brands.get(record["id"])
        if brand is None or brand["deleted_at"] or not self._holds(brand, body):
            skipped.append(record["id"])
            return None
        brand |= {name: self._stored(name, value) for name, value in record.items()}
        return {**brand, **record}  # read: the answer holds what was sent

    def _removed(self, body: Record, action: str, skipped: list[str]) -> list[str]:
        gone = []
        for brand_id in body.get(action, ()):
            brand = self.brands.get(brand_id)
            if brand and not self._holds(brand, body):
                skipped.append(brand_id)
                continue
            gone.append(brand_id)
            if brand and action == "purge":
                del self.brands[brand_id]
            elif brand:
                brand["deleted_at"] = "2026-01-01T00:00:00.000Z"
        return gone

    def _holds(self, brand: Record, body: Record) -> bool:
        """Whether the texts and values are the same. The first routes never find a moment to be equal (read)."""
        expected: Record = body.get("expect", {}).get(brand["id"], {})
        moments = {name for name in expected if self.model[name]["type"] == "dateTime" and expected[name]}
        if self.version == 1 and moments:
            return False
        return all(brand[name] == value for name, value in expected.items())

    # What the routes and the database take.

    def _validate(self, record: Record) -> None:
        for name, value in record.items():
            attribute = self.model.get(name)
            if name != "id" and (attribute is None or attribute["type"] in UNWRITABLE):
                raise InvalidDataError(f"Unrecognized fields: '{name}'")
            if attribute and not (attribute["nullable"] if value is None else self._fits(attribute, value)):
                raise InvalidDataError(f"Field '{name}' is required")

    def _fits(self, attribute: Record, value: Any) -> bool:
        of = attribute["type"]
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if of == "json":
            return isinstance(value, dict | list) if self.version > 1 else isinstance(value, dict)
        if self.version == 1 and of != "text":
            return True  # read: the first routes check texts and objects alone
        return {
            "text": isinstance(value, str),
            "enum": value in attribute.get("values", ()),
            "number": number and value == int(value),
            "float": number,
            "boolean": isinstance(value, bool),
            "dateTime": isinstance(value, str),
            "array": isinstance(value, list) and all(one is None or isinstance(one, str) for one in value),
        }[of]

    def _stored(self, name: str, value: Any) -> Any:
        """As PostgreSQL keeps it, and as JavaScript then writes it."""
        of = self.model[name]["type"] if name in self.model else "text"
        if value is None:
            return None
        try:
            if of == "number" and not -(2**31) <= value < 2**31:
                raise DatabaseError
            if of == "float":
                return _single(value)
            if of == "dateTime":
                return _moment(value)
        except (ValueError, OverflowError):
            raise DatabaseError from None
        return value


class InvalidDataError(Exception):
    """The routes refuse the request: 400."""


class DatabaseError(Exception):
    """PostgreSQL refuses a value: 500."""


def _single(value: float) -> float:
    packed = struct.pack("<f", value)
    (single,) = struct.unpack("<f", packed)
    numbers = (float(f"{single:.{digits}g}") for digits in range(1, 10))
    largest = 3.4028235e38
    return next(number for number in numbers if abs(number) <= largest and struct.pack("<f", number) == packed)


def _moment(value: str) -> str:
    moment = datetime.fromisoformat(value).astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z".rjust(24, "0")
