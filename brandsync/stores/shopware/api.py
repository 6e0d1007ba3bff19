"""The calls to a shop's ``product-manufacturer``, which is its brand.

Sources: github.com/shopware/shopware, src/Core: ``ProductManufacturerDefinition``, its ``…TranslationDefinition``,
``ApiController::search`` and ``SyncController``; developer.shopware.com/docs/guides/development/integrations-api says
how to use them.

``POST /api/_action/sync`` writes everything in one transaction, or nothing (``EntityWriter::sync``; since 6.5:
UPGRADE-6.5.md, "Sync api changes"). In 6.4 the header ``single-operation`` has to ask for that.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from secrets import token_hex
from typing import Any, Final, TypeGuard, Unpack

from brandsync.errors import ConfigError, Rejected, Unreadable
from brandsync.http import Options, RejectedByServer
from brandsync.json_reading import a_list, at, objects
from brandsync.stores.id_form import IdForm
from brandsync.stores.shopware.problems import refused
from brandsync.stores.shopware.session import Session
from brandsync.stores.shopware.settings import ShopwareSettings

IDS: Final = IdForm("[0-9a-f]{32}", "a brand of Shopware", "32 hexadecimal digits")
"""``Uuid::VALID_PATTERN``."""
COLUMNS: Final = {"name": "name", "description": "description", "website_url": "link"}
"""The name of each field in Shopware's record of a manufacturer. Fields of the shop's own are in ``CUSTOM``."""
MEDIUM: Final = "mediaId"
"""What a manufacturer's record calls its logo."""
CUSTOM: Final = "customFields"
ENTITY: Final = "product_manufacturer"
SEARCH: Final = "/search/product-manufacturer"
DEFINITIONS: Final = "/search/custom-field"
SYNC: Final = "/_action/sync"
CLONE: Final = "/_action/clone/product-manufacturer"
LARGEST: Final = 500
"""The most brands in one read by ids."""
SYSTEM_LANGUAGE: Final = "2fbb5fe2e29a4d70aa5854ce7ce3e20b"
"""The id of the shop's own language, in every shop (``Defaults::LANGUAGE_SYSTEM``)."""

Record = Mapping[str, Any]


class ManufacturersApi:
    """The calls. Each raises what ``HttpClient`` raises. A write that raises ``Rejected`` has done nothing."""

    def __init__(self, settings: ShopwareSettings) -> None:
        self.url = settings.url
        self.session = Session(settings)
        self.columns = {**COLUMNS, **({settings.logo: MEDIUM} if settings.logo else {})}
        """The name of each field that every manufacturer has, in its record."""
        self._language = settings.language or SYSTEM_LANGUAGE

    @property
    def is_translated(self) -> bool:
        """Whether the synced texts are in another language than the shop's own."""
        return self._language != SYSTEM_LANGUAGE

    def page(self, fields: Sequence[str], number: int, size: int) -> tuple[Sequence[Record], int]:
        """One page of all brands, in the order of their ids, and how many brands there are; the first page is 1."""
        sort = [{"field": "id", "order": "ASC"}]
        records, total = self._search(fields, {"page": number, "limit": size, "sort": sort, "total-count-mode": 1})
        if not isinstance(total, int):
            raise Unreadable(f"POST {SEARCH} doesn't say how many brands there are", hint="check `url` in [store]")
        return records, total

    def of_ids(self, fields: Sequence[str], ids: Sequence[str]) -> Sequence[Record]:
        """The brands of these ids that exist; at most ``LARGEST`` ids, and at least one: none would be an error.

        A search by ``ids`` has no limit (``RequestCriteriaBuilder::parse``).
        """
        return self._search(fields, {"ids": [*map(IDS.checked, ids)]})[0]

    def create(self, records: Sequence[Record]) -> None:
        """Create brands with the ids that they bring; a brand that is there already is overwritten.

        Each brand must have a name in the shop's own language (``MissingSystemTranslationException``).
        """
        new = [self._placed(record, {"name": record["name"]}) for record in records]
        self._sync([_operation("write", "upsert", new)], records)

    def update(self, records: Sequence[Record]) -> None:
        """Change brands, which must be there: if one is missing, nothing is done and ``Rejected`` is raised.

        An upsert would create a deleted brand again. So the same transaction first upserts only the ids: Shopware
        refuses that if a brand is missing, because a new brand needs a name
        (``AbstractFieldSerializer::requiresValidation``). If a brand is deleted in between, Shopware changes no row: it
        still counts the brand as there, since it has just queued a change (``EntityWriteGateway::getCurrentState``).
        """
        there = [self._placed({"id": record["id"]}) for record in records]
        changed = [self._placed(record) for record in records]
        self._sync([_operation("there", "upsert", there), _operation("write", "upsert", changed)], records)

    def delete(self, ids: Sequence[str]) -> frozenset[str]:
        """Delete brands; returns the ids that are gone now, also those that were gone before."""
        keys = [{"id": IDS.checked(brand_id)} for brand_id in ids]
        answer = self._sync([_operation("write", "delete", keys)], keys)
        return _named(answer["deleted"]) | _named(answer["notFound"])

    def version(self) -> str:
        """Shopware's version."""
        return str(at(self._call("GET", "/_info/version"), "version") or "")

    def custom_fields(self, names: Collection[str], size: int) -> list[Record]:
        """The definitions of these custom fields and of all that brands have, ``size`` a request.

        Raises:
            CredentialsRefused: the integration may not read custom fields (``AclCriteriaValidator``).
        """
        named = {"type": "equalsAny", "field": "name", "value": [*names]}
        of_brands = {"type": "equals", "field": "customFieldSet.relations.entityName", "value": ENTITY}
        asked: dict[str, Any] = {
            "filter": [{"type": "multi", "operator": "or", "queries": [named, of_brands]}],
            "sort": [{"field": "name", "order": "ASC"}],
            "associations": {"customFieldSet": {"associations": {"relations": {}}}},
            "limit": size,
            "total-count-mode": 1,
        }
        found: list[Record] = []
        while True:
            asked["page"] = asked.get("page", 0) + 1
            answer = self._call("POST", DEFINITIONS, json=asked, reads=True)
            records, total = at(answer, "data"), at(answer, "total")
            if not (isinstance(records, list) and isinstance(total, int) and (records or len(found) >= total)):
                raise Unreadable(f"POST {DEFINITIONS} doesn't answer with a page of custom fields")
            found += objects(records)
            if len(found) >= total:
                return found

    def may_create(self) -> None:
        """Try to clone a brand that isn't there: Shopware first refuses those who may not create brands.

        Raises:
            CredentialsRefused: the integration may not create brands.
        """
        with suppress(Rejected):  # "Cannot create new version": because of the id, not because of the integration
            self.session.json("POST", f"{CLONE}/{token_hex(16)}", reads=True)

    def role(self, client_id: str) -> frozenset[str] | None:
        """The privileges of the integration's roles, ``*`` for an administrator; none if the answer doesn't tell.

        Raises:
            CredentialsRefused: it may not read integrations and roles.
        """
        asked = {
            "filter": [{"type": "equals", "field": "accessKey", "value": client_id}],
            "associations": {"aclRoles": {}},
            "includes": {"integration": ["admin", "aclRoles"], "acl_role": ["privileges"]},
        }
        answer, _ = self.session.json("POST", "/search/integration", json=asked, reads=True)
        try:
            (own,) = answer["data"]
            if own["admin"]:
                return frozenset("*")
            return frozenset(str(privilege) for role in own["aclRoles"] for privilege in role["privileges"])
        except (KeyError, TypeError, ValueError):
            return None

    def _placed(self, record: Record, own: Record | None = None) -> Record:
        """A record with its texts in the synced language, and ``own`` in the shop's own.

        A record without texts still names the shop's own language. Otherwise Shopware makes an empty translation into
        the other one (``TranslationsAssociationFieldSerializer::normalize``).
        """
        IDS.checked(record["id"])
        if not record.get(CUSTOM, True):
            # Sent empty, they would all be deleted, without a word (``CustomFieldsSerializer::encode``).
            record = {name: value for name, value in record.items() if name != CUSTOM}
        if not self.is_translated:
            return record
        texts = {name: value for name, value in record.items() if name in {"name", "description", CUSTOM}}
        others = {name: value for name, value in record.items() if name not in texts}
        translations = {self._language: texts} if texts else {}
        if own or not texts:
            translations[SYSTEM_LANGUAGE] = dict(own or {})
        return {**others, "translations": translations}

    def _search(self, fields: Sequence[str], criteria: Record) -> tuple[list[Record], Any]:
        columns = dict.fromkeys(["id", "name", *(self.columns.get(name, CUSTOM) for name in fields)])
        names = [*columns, *(["translated"] if self.is_translated else [])]
        asked = {**criteria, "includes": {ENTITY: names}}
        answer = self._call("POST", SEARCH, json=asked, reads=True)
        records = at(answer, "data")
        if isinstance(records, list) and all(_is_record(record) for record in records):
            return records, at(answer, "total")
        raise Unreadable(f"POST {SEARCH} doesn't answer with a page of brands", hint="check `url` in [store]")

    def _call(self, method: str, path: str, **options: Unpack[Options]) -> Any:
        """The answer to a call that Shopware refuses only if the settings are wrong."""
        try:
            return self.session.json(method, path, **options)[0]
        except RejectedByServer as error:
            raise ConfigError(error.message, hint=_remedy(error)) from None

    def _sync(self, operations: Sequence[Record], records: Sequence[Record]) -> dict[str, Any]:
        try:
            answer, _ = self.session.json(
                "POST", SYNC, json=operations, headers={"single-operation": "1"}, idempotent=True
            )
        except RejectedByServer as error:
            if error.status in {404, 412, 413}:
                raise ConfigError(error.message, hint=_remedy(error)) from None
            raise refused(error, records, self.session.http.masked) from None
        if isinstance(answer, dict) and {"data", "deleted", "notFound"} <= answer.keys():
            return answer
        raise Unreadable(f"POST {SYNC} doesn't say what it did", hint="Shopware has to be 6.5 or newer")


def release(version: str) -> tuple[int, ...]:
    """The first two numbers of a version; nothing where it has none."""
    return tuple(map(int, re.findall(r"\d+", version)[:2]))


def _operation(key: str, action: str, payload: Sequence[Record]) -> Record:
    return {"key": key, "entity": ENTITY, "action": action, "payload": payload}


def _named(told: Any) -> frozenset[str]:
    """The brands in a part of a sync's answer. PHP writes an empty part as a list."""
    return frozenset(key for key in a_list(at(told, ENTITY)) if isinstance(key, str))


def _remedy(error: RejectedByServer) -> str:
    if error.status == 412:
        return "check `language` in [store]: the shop has no language of that id (Settings, Languages)"
    if error.status == 413:
        return "set a smaller `batch` in [store], or have the web server take larger bodies"
    if b"QUERY_LIMIT_EXCEEDED" in error.body:
        return "set `page_size` in [store] to the shop's own limit (shopware.api.max_limit)"
    return "check `url` in [store]: it must be the address of a Shopware 6 shop, without /api"


def _is_record(data: Any) -> TypeGuard[Record]:
    if not (isinstance(data, dict) and isinstance(data.get("id"), str) and IDS.fits(data["id"])):
        return False
    # PHP writes an empty object as a list.
    custom = data.get(CUSTOM) or {}
    return isinstance(custom, dict) and all(
        isinstance(data.get(name), str | None) for name in (*COLUMNS.values(), MEDIUM)
    )
