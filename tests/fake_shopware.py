"""A fake Shopware 6 shop: an HTTP server that answers as the vendor's source does. It has met no real shop.

    with FakeShopware() as shop:
        ...  # shop.url, shop.brands, shop.log

Written after github.com/shopware/shopware as of October 2024 (6.6.7, trunk of 6.7), src/Core/Framework: beside each
behaviour stands its class and method there. "limits" is docs.shopware.com/en/shopware-6/in-the-cloud/saas/rate-limits.
What none of them says is marked as assumed.
"""

import re
import time
from collections import deque
from typing import Any, Final
from uuid import uuid4

from fake_server import Answer, Asked, FakeServer
from shopware_custom_fields import READING, Definition
from shopware_manufacturers import (
    ENTITY,
    GERMAN,
    SYSTEM,
    Manufacturers,
    Record,
    RefusedError,
    error,
    missing_privileges,
)
from shopware_media import ASSOCIATIONS, FOLDER, FOLDERS, PICTURES, Media, RefusedUploadError

from brandsync.stores.shopware import ShopwareStore

__all__ = ["ENTITY", "GERMAN", "SYSTEM", "Answer", "Asked", "FakeShopware", "kind", "open_shopware", "throttled"]

CLIENT: Final = "SWIAABCDEFGHIJKLMNOPQRSTUV"
SECRET: Final = "the-secret-access-key"
TOKEN: Final = "/api/oauth/token"
SEARCH: Final = "/api/search/product-manufacturer"
DEFINITIONS: Final = "/api/search/custom-field"
INTEGRATIONS: Final = "/api/search/integration"
SYNC: Final = "/api/_action/sync"
MEDIA: Final = "/api/search/media"
DEFAULT_FOLDERS: Final = "/api/search/media-default-folder"
UPLOAD: Final = re.compile("/api/_action/media/([0-9a-f]{32})/upload")
MEDIUM: Final = re.compile("/api/media/([0-9a-f]{32})")
CLONE: Final = "/api/_action/clone/product-manufacturer/"
VERSION: Final = "/api/_info/version"
ALL: Final = frozenset(f"{ENTITY}:{privilege}" for privilege in ("read", "create", "update", "delete"))


class FakeShopware(FakeServer):
    """The shop."""

    def __init__(self, *, lifetime: float = 600.0, logins: int = 10) -> None:
        """Tokens last so many seconds (``shopware.api.access_token_ttl``); so many are given in a minute (limits)."""
        super().__init__()
        self.manufacturers = Manufacturers()
        self.privileges = ALL | READING | PICTURES
        """What the integration's role holds (``AdminApiSource::isAllowed``)."""
        self.is_admin = False
        self.largest_page = 500
        """``shopware.api.max_limit``."""
        self.largest_body = 50_000_000
        """Assumed: what the web server before it takes."""
        self.version = "6.6.7.1"
        self.lifetime, self.logins = lifetime, logins
        self.told_lifetime: float | None = None
        """What a login says instead of it, for a token that would still be good."""
        self.logged_in: deque[float] = deque()
        self.tokens: dict[str, float] = {}
        """The tokens that were given, and when they expire."""
        self.login_instead: deque[Answer] = deque()
        """As ``instead``, which stands for all other requests."""

    @property
    def brands(self) -> dict[str, Record]:
        """The manufacturers, by id, as the shop's own language shows them."""
        found = ((key, self.manufacturers.shown(key, SYSTEM)) for key in self.manufacturers.rows)
        return {key: {name: shown[name] for name in ("name", "description", "link")} for key, shown in found}

    def settings(self, **others: Any) -> dict[str, Any]:
        """The ``[store]`` section."""
        return {"url": self.url, "client_id": CLIENT, "client_secret": SECRET, **others}

    def add(self, name: str, *, link: str | None = None, brand_id: str | None = None, **texts: Any) -> str:
        """A brand that somebody else has made; returns its id."""
        made = brand_id or uuid4().hex
        own = {"name": name, "description": None, "customFields": None, **texts}
        self.manufacturers.rows[made] = {"link": link, "mediaId": None, "translations": {SYSTEM: own}}
        return made

    def edit(self, brand_id: str, language: str = SYSTEM, **texts: Any) -> None:
        """What a person does in the administration."""
        row = self.manufacturers.rows[brand_id]
        row["link"] = texts.pop("link", row["link"])
        row["translations"].setdefault(language, {}).update(texts)

    def define(self, name: str, of: str, **others: Any) -> None:
        """A custom field that somebody makes: its type, and what else ``Definition`` holds."""
        self.manufacturers.custom.defined[name] = Definition(of, **others)

    def custom(self, brand_id: str, language: str = SYSTEM) -> dict[str, Any]:
        """The custom fields of a brand, as they are stored."""
        return dict(self.manufacturers.rows[brand_id]["translations"].get(language, {}).get("customFields") or {})

    @property
    def media(self) -> Media:
        """Its media."""
        return self.manufacturers.media

    def logos(self) -> dict[str, bytes | None]:
        """The pictures of its brands, by the brands' names."""
        shown = {row["translations"][SYSTEM]["name"]: row["mediaId"] for row in self.manufacturers.rows.values()}
        return {name: medium and self.media.rows[medium].get("content") for name, medium in shown.items()}

    def names(self) -> list[str]:
        """The names of its brands, sorted."""
        return sorted(brand["name"] for brand in self.brands.values())

    def asked(self, *kinds: str) -> list[Asked]:
        """The requests of these kinds."""
        return [asked for asked in self.log if kind(asked) in kinds]

    # What it answers.

    def writes(self, asked: Asked) -> bool:
        """A sync, an upload or a deletion; a search and a login are POSTs, and change nothing."""
        return asked.path == SYNC or asked.method == "DELETE" or bool(UPLOAD.fullmatch(asked.path))

    def refusal(self, asked: Asked) -> Answer | None:
        """``BearerTokenValidator``. A login is answered here: what a test puts in the place of requests is others'."""
        if asked.path == TOKEN and asked.method == "POST":
            return self._login(asked.json)
        token = asked.headers.get("Authorization", "").removeprefix("Bearer ")
        if time.monotonic() >= self.tokens.get(token, 0.0):
            said = "The resource owner or authorization server denied the request."
            return _errors(401, error(401, "9", "Access token could not be verified", said))
        return None

    def _login(self, keys: Record) -> Answer:
        """``AuthController::token``, ``ClientRepository::validateClient``."""
        if self.login_instead:
            return self.login_instead.popleft()
        now = time.monotonic()
        self.logged_in = deque(moment for moment in self.logged_in if moment > now - 60)
        if len(self.logged_in) >= self.logins:
            return throttled(int(self.logged_in[0] + 61 - now))
        self.logged_in.append(now)
        if keys.get("grant_type") != "client_credentials":
            return _errors(400, error(400, "2", None, "The authorization grant type is not supported"))
        if (keys.get("client_id"), keys.get("client_secret")) != (CLIENT, SECRET):
            return _errors(401, error(401, "4", None, "Client authentication failed"))
        token = f"token-{len(self.tokens)}-{uuid4().hex}"
        self.tokens[token] = now + self.lifetime
        lasts = self.lifetime if self.told_lifetime is None else self.told_lifetime
        return Answer(200, {"token_type": "Bearer", "expires_in": lasts, "access_token": token})

    def route(self, asked: Asked) -> Answer:
        """What the token opens."""
        if len(asked.body) > self.largest_body:
            return Answer(413, "<h1>413 Request Entity Too Large</h1>", kind="text/html")
        try:
            return self._route(asked)
        except RefusedError as refused:
            return _errors(refused.status, *refused.errors)
        except RefusedUploadError as refused:
            status, code, said = refused.args
            return _errors(status, error(status, code, said))

    def _route(self, asked: Asked) -> Answer:
        language = asked.headers.get("sw-language-id", SYSTEM)
        if language not in self.manufacturers.languages:  # ``ApiRequestContextResolver::getParentLanguageId``
            said = f'Could not find language with id "{language}"'
            raise RefusedError(412, error(412, "FRAMEWORK__LANGUAGE_NOT_FOUND", said))
        if (asked.method, asked.path) == ("GET", VERSION):  # ``InfoController::infoShopwareVersion``
            return Answer(200, {"version": self.version})
        if found := UPLOAD.fullmatch(asked.path) or MEDIUM.fullmatch(asked.path):
            return self._medium(asked, found[1])
        if asked.method == "POST" and asked.path.startswith(CLONE):
            return self._clone(asked.path.removeprefix(CLONE))
        searches = {DEFINITIONS: self._definitions, INTEGRATIONS: self._integrations}
        searches |= {MEDIA: self._media, DEFAULT_FOLDERS: self._default_folders}
        if asked.method == "POST" and asked.path in searches:
            return searches[asked.path](asked.json)
        if asked.method == "POST" and asked.path in {SEARCH, SYNC}:
            return {SEARCH: self._search, SYNC: self._sync}[asked.path](asked.json, language)
        raise RefusedError(404, error(404, "0", f'No route found for "{asked.method} {asked.path}"', "Not Found"))

    def _sync(self, operations: Any, language: str) -> Answer:
        if operations[0]["entity"] == "media":
            return self._sync_media(operations, language)
        return Answer(200, self.manufacturers.sync(operations, language, self._held()))

    def _held(self) -> frozenset[str]:
        return ALL | READING | PICTURES | {"integration:read", "acl_role:read"} if self.is_admin else self.privileges

    def _need(self, *privileges: str) -> None:
        if missing := [privilege for privilege in privileges if privilege not in self._held()]:
            raise RefusedError(403, missing_privileges(missing))

    def _search(self, criteria: Record, language: str) -> Answer:
        """``ApiController::search``, ``RequestCriteriaBuilder::parse``, ``JsonType::createListingResponse``."""
        self._need(f"{ENTITY}:read")
        found = sorted(self.manufacturers.rows)
        if [sort["field"] for sort in criteria.get("sort", [])] != ["id"]:
            found.sort(key=lambda key: key[::-1])  # none is promised
        if "ids" in criteria:
            found, some = [], self._of_ids(criteria["ids"])
        else:
            some = self._page(found, criteria)
        total = len(found) if criteria.get("total-count-mode") == 1 else len(some)
        names = [*criteria.get("includes", {}).get(ENTITY, []), "apiAlias"]
        shown = ({**self.manufacturers.shown(key, language), "apiAlias": ENTITY} for key in some)
        data = [{name: record[name] for name in names if name in record} for record in shown]
        return Answer(200, {"total": total, "data": data, "aggregations": []})

    def _of_ids(self, ids: list[str]) -> list[str]:
        """``Criteria::validateIds``, ``Uuid::fromHexToBytes``; such a search has no limit."""
        if not ids or not all(re.fullmatch("[0-9a-f]{32}", brand_id) for brand_id in ids):
            raise RefusedError(400, error(400, "FRAMEWORK__INVALID_API_CRITERIA_IDS", "Ids should not be empty"))
        return [key for key in self.manufacturers.rows if key in set(ids)]

    def _page(self, found: list[str], criteria: Record) -> list[str]:
        """``RequestCriteriaBuilder::addLimit``, ``setPage``."""
        limit, page = criteria.get("limit", self.largest_page), criteria.get("page", 1)
        if limit > self.largest_page:
            said = f"The limit must be lower than or equal to MAX_LIMIT(={self.largest_page}). Given: {limit}"
            raise RefusedError(400, error(400, "FRAMEWORK__QUERY_LIMIT_EXCEEDED", said))
        if limit < 1 or page < 1:
            raise RefusedError(400, error(400, "FRAMEWORK__INVALID_PAGE_QUERY", "The page parameter must be positive"))
        return found[(page - 1) * limit : page * limit]

    def _definitions(self, criteria: Record) -> Answer:
        """``AclCriteriaValidator::validate``: of what is filtered by and associated, too."""
        self._need(*sorted(READING))
        found = {one["name"]: one for one in self.manufacturers.custom.search(criteria)}
        data = [found[name] for name in self._page([*found], criteria)]
        return Answer(200, {"total": len(found), "data": data, "aggregations": []})

    def _medium(self, asked: Asked, medium: str) -> Answer:
        """An upload, or a deletion. Both answer with where the medium is, or was (``createRedirectResponse``)."""
        if asked.method == "DELETE":
            self._need("media:delete")
            self.media.delete(medium)
            self.manufacturers.let_go(medium)
        else:
            self._need("media:update")  # assumed: the privilege
            self.media.upload(medium, asked)
        return Answer(204, headers={"Location": f"{self.url}/api/media/{medium}"})

    def _media(self, criteria: Record) -> Answer:
        """``AclCriteriaValidator::validate``: of what is associated, too."""
        self._need("media:read", *(f"{ASSOCIATIONS[name]}:read" for name in criteria.get("associations", ())))
        wanted = criteria.get("ids")
        if wanted == []:
            raise RefusedError(400, error(400, "FRAMEWORK__INVALID_API_CRITERIA_IDS", "Ids should not be empty"))
        found = [key for key in self.media.rows if wanted is None or key in wanted]
        used = {row["mediaId"] for row in self.manufacturers.rows.values()}
        data = [self.media.shown(key, criteria, used) for key in found[: criteria.get("limit")]]
        return Answer(200, {"total": len(data), "data": data, "aggregations": []})

    def _default_folders(self, criteria: Record) -> Answer:
        """``Migration1536233560BasicData``: manufacturers' media have a folder from the start."""
        self._need(*sorted(FOLDERS))
        assert criteria["filter"] == [{"type": "equals", "field": "entity", "value": ENTITY}]
        assert "folder" in criteria["associations"]
        folder = {"id": FOLDER, "apiAlias": "media_folder"} if self.media.has_folder else None
        data = [{"folder": folder, "apiAlias": "media_default_folder"}]
        return Answer(200, {"total": 1, "data": data, "aggregations": []})

    def _sync_media(self, operations: Any, language: str) -> Answer:
        (operation,) = operations
        assert operation["action"] == "upsert"
        for record in operation["payload"]:
            self._need("media:update" if record["id"] in self.media.rows else "media:create")
            self.media.upsert(record, language)
        keys = [record["id"] for record in operation["payload"]]
        return Answer(200, {"extensions": [], "data": {"media": keys}, "notFound": [], "deleted": []})

    def _integrations(self, criteria: Record) -> Answer:
        """``AclCriteriaValidator::validate``: of what is associated, too."""
        self._need("integration:read", "acl_role:read")
        assert criteria["filter"] == [{"type": "equals", "field": "accessKey", "value": CLIENT}]
        roles = [{"privileges": sorted(self.privileges), "apiAlias": "acl_role"}]
        data = [{"admin": self.is_admin, "aclRoles": roles, "apiAlias": "integration"}]
        return Answer(200, {"total": 1, "data": data, "aggregations": []})

    def _clone(self, brand_id: str) -> Answer:
        """``ApiController::clone``, ``VersionManager::cloneEntity``: the privilege is looked at first."""
        self._need(f"{ENTITY}:create")
        assert brand_id not in self.manufacturers.rows, "a check has made a brand"
        said = f"Cannot create new version. {ENTITY} by id {brand_id} not found."
        raise RefusedError(400, error(400, "FRAMEWORK__CANNOT_CREATE_NEW_VERSION", said))


def open_shopware(fake: FakeShopware, **settings: Any) -> ShopwareStore:
    """The store backend, of this shop."""
    section = {"backend": "shopware", **fake.settings(**settings)}
    return ShopwareStore(ShopwareStore.Settings.model_validate(section))


def kind(asked: Asked) -> str:
    """What a request is about."""
    if asked.path == SYNC:
        first = asked.json[0]
        if first["entity"] == "media":
            return "medium"
        return "delete" if first["action"] == "delete" else "update" if first["key"] == "there" else "create"
    if asked.path == SEARCH:
        return "read" if "ids" in asked.json else "list"
    if MEDIUM.fullmatch(asked.path) or UPLOAD.fullmatch(asked.path):
        return "remove" if asked.method == "DELETE" else "upload"
    others = {MEDIA: "look", DEFAULT_FOLDERS: "folder", DEFINITIONS: "schema"}
    return others.get(asked.path) or {TOKEN: "login", VERSION: "version", INTEGRATIONS: "role"}.get(asked.path, "clone")


def throttled(seconds: Any) -> Answer:
    """``AuthThrottledException``. It has no ``Retry-After``, which only the cloud sends (limits)."""
    told = error(429, "FRAMEWORK__AUTH_THROTTLED", f"Auth throttled for {seconds} seconds.", "Too Many Requests")
    return _errors(429, told | {"meta": {"parameters": {"seconds": seconds}}})


def _errors(status: int, *errors: Record) -> Answer:
    """``ErrorResponseFactory``."""
    return Answer(status, {"errors": list(errors)})
