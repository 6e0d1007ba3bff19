"""The Content Management API of one environment: records, their model, uploads, and what the token's role may do.

One token shows both what is published and what is saved. The Content Delivery API (GraphQL) would need a query that
names every field with its type, and could write nothing.

Sources: datocms.com/docs/content-management-api, its pages "Technical limits", "Errors", "Update a record", "Publish a
record" and "List all records"; the types in github.com/datocms/js-rest-api-clients, which the vendor generates from the
API's JSON Hyper-Schema.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar
from urllib.parse import quote

from brandsync.brand import batched
from brandsync.cms.answers import required
from brandsync.cms.by_id import Answer, LookUp
from brandsync.cms.datocms.settings import DatocmsSettings
from brandsync.cms.draft_links import LockedError, StaleError
from brandsync.cms.envelope import Envelope
from brandsync.errors import ConfigError, CredentialsRefused, TryAgainLater
from brandsync.errors.hints import did_you_mean
from brandsync.http import HttpClient, PaceHeaders, RejectedByServer, Response
from brandsync.json_reading import a_list, an_object, at

T = TypeVar("T")

Record = Mapping[str, Any]
"""A record as JSON:API has it: ``id``, ``attributes``, ``meta``, ``relationships``."""

PACE: Final = PaceHeaders(
    limit="X-RateLimit-Limit",
    left="X-RateLimit-Remaining",
    reset="X-RateLimit-Reset",
    seconds=3.0,
    documented=60,
)
"""Technical limits: 60 requests in 3 seconds, more on larger plans. A 429 names the seconds to wait."""

AT_ONCE: Final = 100
"""Ids in one query, of 22 characters each. No document limits them; any server takes a URL of 3,000 characters."""
NESTED_AT_ONCE: Final = 30
"""Records in one query with their blocks, up to 300 KB each ("Technical limits")."""
WHERE: Final = "check `url`, `environment` and `model` in [cms]"

_DATA: Final = Envelope("data")
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CODE: Final = re.compile(r" answers \d{3}[^:]*: ([A-Z][A-Z_]+)")
_STALE: Final = frozenset({"STALE_ITEM_VERSION", "CONCURRENT_ITEM_UPDATE"})
_LATER: Final = frozenset(
    {"MAINTENANCE_MODE", "PLATFORM_SCHEDULED_MAINTENANCE", "ENVIRONMENT_NOT_READY", "ENVIRONMENT_IN_READ_ONLY_MODE"}
)
"""Errors: the project takes no changes for now."""


def code_of(error: RejectedByServer) -> str:
    """The code of the documented error; empty where it is none of them."""
    found = _CODE.search(error.message)
    return found[1] if found else ""


class Api:
    """Reads and writes. Thread-safe."""

    def __init__(self, http: HttpClient, settings: DatocmsSettings) -> None:
        self.http = http
        self._settings = settings

    # Records.

    def listed(self, offset: int, size: int, filters: Mapping[str, str]) -> tuple[list[Record], int]:
        """Published records of the model in the order of their ids, and how many there are in all."""
        params = {
            "filter[type]": self._settings.model,
            "version": "published",
            "order_by": "id_ASC",
            "page[offset]": offset,
            "page[limit]": size,
        }
        return self._counted({**params, **filters})

    def published(self, ids: Sequence[str]) -> list[Record]:
        """The published ones among these records, of any model: ``filter[ids]`` can't go with ``filter[type]``."""
        possible = [cms_id for cms_id in ids if _ID.fullmatch(cms_id)]
        return LookUp(self._published, lambda record: str(record["id"]), "GET /items", AT_ONCE).of(possible)

    def current(self, ids: Sequence[str]) -> dict[str, Record]:
        """The latest versions of the records among these that exist, by id."""
        return self._of(ids, AT_ONCE, {"version": "current"})

    def whole(self, ids: Sequence[str], version: str) -> dict[str, Record]:
        """The records that have this version (``current`` or ``published``), with all that their blocks hold."""
        return self._of(ids, NESTED_AT_ONCE, {"version": version, "nested": "true"})

    def write(self, cms_id: str, version: str, field: str, value: str | None) -> Record:
        """Set one field, if this is still the latest version ("Updating and version locking"); return the record."""
        data = {"type": "item", "id": cms_id, "attributes": {field: value}, "meta": {"current_version": version}}
        return self._change(f"/items/{quote(cms_id, safe='')}", json={"data": data})

    def publish(self, cms_id: str) -> Record:
        """Publish the latest version, whichever it is: the API takes no version here. Never repeated automatically."""
        return self._change(f"/items/{quote(cms_id, safe='')}/publish", once=True)

    # What surrounds the records.

    def model(self) -> Record:
        """The model.

        Raises:
            ConfigError: it doesn't exist.
        """
        return self._of_model("", dict)

    def fields(self) -> list[Record]:
        """The model's fields.

        Raises:
            ConfigError: the model doesn't exist.
        """
        return self._of_model("/fields", list)

    def locales(self) -> list[str]:
        """The codes of the environment's locales."""
        return [str(code) for code in a_list(at(self._read("/site", {}), "data", "attributes", "locales"))]

    def me(self) -> tuple[Mapping[str, Any], str | None]:
        """The token's owner, with the role, and the environment's id where the answer names it."""
        body, answer = self._get("/users/me", {"include": "role"})
        return body, self._settings.environment or answer.headers.get("x-environment")

    def uploads(self, ids: Sequence[str]) -> dict[str, str]:
        """The URLs of uploads, by id."""
        found: dict[str, str] = {}
        for some in batched(ids, AT_ONCE):
            body = self._read("/uploads", {"filter[ids]": ",".join(some), "page[limit]": len(some)})
            urls = {upload["id"]: at(upload, "attributes", "url") for upload in _records(body)}
            found |= {key: url for key, url in urls.items() if isinstance(url, str)}
        return found

    # Requests.

    def _published(self, ids: Sequence[str]) -> Answer:
        return self._counted({"filter[ids]": ",".join(ids), "version": "published", "page[limit]": len(ids)})

    def _counted(self, params: Mapping[str, Any]) -> tuple[list[Record], int]:
        body = self._read("/items", params)
        total = required(at(body, "meta", "total_count"), int, "GET /items answers with no `meta.total_count`")
        return _records(body), total

    def _of(self, ids: Sequence[str], at_once: int, params: Mapping[str, str]) -> dict[str, Record]:
        found: dict[str, Record] = {}
        for some in batched([cms_id for cms_id in ids if _ID.fullmatch(cms_id)], at_once):
            body = self._read("/items", {"filter[ids]": ",".join(some), "page[limit]": len(some), **params})
            found |= {record["id"]: record for record in _records(body) if record["id"] in some}
        return found

    def _of_model(self, part: str, kind: type[T]) -> T:
        wanted = self._settings.model
        path = f"/item-types/{wanted}{part}"
        try:
            data = self._get(path, {})[0].get("data")
        except RejectedByServer as error:
            if error.status != 404 and code_of(error) not in {"ITEM_TYPE_NOT_FOUND", "NOT_FOUND"}:
                raise ConfigError(error.message, hint=WHERE) from None
        else:
            return required(data, kind, f"GET {path} answers with no `data` that can be read")
        models = [at(model, "attributes", "api_key") for model in _records(self._read("/item-types", {}))]
        known = [key for key in models if isinstance(key, str)]
        raise ConfigError(
            f"the environment has no model `{wanted}`{did_you_mean(wanted, known)}",
            hint="correct `model` in [cms]: it takes the model's API key or id, and not its name; or `environment`",
        )

    def _read(self, path: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            return self._get(path, params)[0]
        except RejectedByServer as error:
            raise ConfigError(error.message, hint=f"{WHERE}, and `locale`") from None

    def _get(self, path: str, params: Mapping[str, Any]) -> tuple[Mapping[str, Any], Response]:
        try:
            body, answer = self.http.json("GET", path, params=params)
        except RejectedByServer as error:
            raise self._told(error) from None
        return required(body, dict, f"GET {path} answers with no JSON:API document"), answer

    def _change(self, path: str, **options: Any) -> Record:
        try:
            body, _ = self.http.json("PUT", path, **options)
        except RejectedByServer as error:
            code = code_of(error)
            if code in _STALE:
                raise StaleError from None
            if code == "ITEM_LOCKED":  # an editor is at work on the record: "Record-level collaboration"
                raise LockedError from None
            raise self._told(error) from None
        return required(at(body, "data"), dict, f"PUT {path} answers with no record")

    def _told(self, error: RejectedByServer) -> Exception:
        """The error that a refusal stands for. Most refusals mean what their status says."""
        code = code_of(error)
        if code == "INSUFFICIENT_PERMISSIONS":
            return CredentialsRefused(error.message, hint=self.http.endpoint.credentials_hint)
        return TryAgainLater(error.message) if code in _LATER else error


def version_of(record: Record) -> str:
    """The id of a record's latest version.

    Raises:
        Unreadable: it has none.
    """
    problem = "a record of DatoCMS has no `meta.current_version`"
    return required(at(record, "meta", "current_version") or None, str, problem)


def model_of(record: Record) -> str:
    """The id of a record's model.

    Raises:
            Unreadable: it names none.
    """
    found = at(record, "relationships", "item_type", "data", "id")
    return required(found, str, "a record of DatoCMS has no `relationships.item_type`")


def attributes_of(record: Record) -> dict[str, Any]:
    """The values of a record's fields."""
    return an_object(at(record, "attributes"))


def _records(body: Mapping[str, Any]) -> list[Record]:
    found = _DATA.entries(body, "DatoCMS's answer")
    for record in found:
        required(at(record, "id"), str, "DatoCMS lists something that has no `id`")
    return found
