"""A fake Shopify shop: its Admin API, carried out and judged by the vendor's own schema.

    with FakeShopify() as shop:
        ...  # shop.settings(), shop.add("Acme"), shop.log, shop.problems

Beside each behaviour stands where it comes from: "limits" is shopify.dev/docs/api/usage/limits, "grant"
…/docs/apps/build/authentication-authorization/client-credentials-grant, "errors" …/docs/api/admin-graphql, "Status and
error codes", "versioning" …/docs/api/usage/versioning, and "captured" what a real shop answered, as
github.com/airhorns/shopify-draft-proxy has recorded it. What entries become of is ``fake_shopify_entries``'s.
"""

import base64
import re
import time
from typing import Any, Final, Self

import shopify_schema
from fake_server import Answer, Asked, FakeServer
from fake_shopify_entries import Entries, Entry, UserError
from fake_shopify_files import FakeStaging, Files
from graphql import execute
from shopify_schema import CURRENT

from brandsync.stores.shopify import ShopifyStore

TOKEN, CLIENT, SECRET = "shpat_the_token", "the-client-id", "shpss_the_secret"
SCOPES: Final = (
    "read_metaobjects",
    "write_metaobjects",
    "read_metaobject_definitions",
    "write_metaobject_definitions",
    "read_files",
    "write_files",
)
NEEDED: Final = {
    "metaobjects": "read_metaobjects",
    "nodes": "read_metaobjects",
    "metaobjectDefinitionByType": "read_metaobject_definitions",
    "metaobjectCreate": "write_metaobjects",
    "metaobjectUpdate": "write_metaobjects",
    "metaobjectDelete": "write_metaobjects",
    "metaobjectDefinitionCreate": "write_metaobject_definitions",
    "metaobjectDefinitionUpdate": "write_metaobject_definitions",
    "files": "read_files",
    "stagedUploadsCreate": "write_files",
    "fileCreate": "write_files",
    "fileDelete": "write_files",
}
"""The pages of each query and mutation: "Requires … access scope"."""
MOST_COST, MOST_INPUT = 1000, 250
"""limits: points of a single query; items of an argument."""
TYPES: Final = {
    "name": "single_line_text_field",
    "description": "multi_line_text_field",
    "logo_url": "url",
    "website_url": "url",
    "metadata": "json",
}


class FakeShopify(FakeServer):
    """The shop, with a definition of brands; its points come back at once unless a test says otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.entries = Entries()
        self.staging = FakeStaging()
        self.files = Files(self.staging)
        self.scopes = set(SCOPES)
        self.tokens = {TOKEN}
        self.lifetime = 86_399
        """grant: seconds."""
        self.versions = [CURRENT]
        self.problems: list[str] = []
        """What the vendor's schema has against what was asked."""
        self.most, self.restored = 2000.0, 1e9
        """captured: 2,000 points, of which 100 come back in a second."""
        self._left, self._told_at = self.most, time.monotonic()
        self.throttled = 0
        """How many requests were refused for want of points."""
        self.define()

    def __enter__(self) -> Self:
        for version in self.versions:
            shopify_schema.schema(version)  # it takes longer to read than a client waits
        self.staging.__enter__()
        return super().__enter__()

    def __exit__(self, *exc: object) -> None:
        super().__exit__(*exc)
        self.staging.__exit__(*exc)

    # What is there.

    @property
    def brands(self) -> dict[str, Entry]:
        """The brands by id."""
        return {entry["id"]: entry for entry in self.entries.of("brand")}

    def define(self, *names: str, publishable: bool = False, **others: str | dict[str, Any]) -> None:
        """Let the definition of brands be this one: these fields, or all, and others.

        Each of the others is a type, or what ``fieldDefinitions`` has of it, with its validations by their names.
        """
        self.entries.definitions.clear()
        fields = {name: TYPES[name] for name in names or TYPES} | others
        definition = [
            {"key": key, "name": key.capitalize(), "required": key == "name", **_defined(said)}
            for key, said in fields.items()
        ]
        capabilities = {"publishable": {"enabled": publishable}}
        shown = {"displayNameKey": "name"} if "name" in fields else {}
        self.entries.define({"type": "brand", "fieldDefinitions": definition, "capabilities": capabilities, **shown})

    def add(self, name: str, handle: str = "", **values: str) -> str:
        """A brand that somebody else has made; returns its id."""
        fields = [{"key": key, "value": value} for key, value in {"name": name, **values}.items()]
        return str(self.entries.create({"type": "brand", "handle": handle, "fields": fields})["id"])

    def pictures(self, field: str) -> dict[str, bytes | None]:
        """The pictures that brands refer to in a field, by the brands' names."""
        shown = {entry["values"]["name"]: entry["values"].get(field) for entry in self.brands.values()}
        return {name: gid and self.files.by_id[gid]["content"] for name, gid in shown.items()}

    def names(self) -> list[str]:
        """The names of its brands, sorted."""
        return sorted(entry["values"]["name"] for entry in self.brands.values())

    def spend(self, left: float) -> None:
        """Let others have spent points, so that so many are left."""
        self._left, self._told_at = left, time.monotonic()

    def settings(self, **others: Any) -> dict[str, Any]:
        """The ``[store]`` section."""
        return {"shop": "my-shop.myshopify.com", "url": self.url, "access_token": TOKEN, **others}

    def asked(self, kind: str) -> list[Asked]:
        """The requests whose operation has this name."""
        return [asked for asked in self.log if operation(asked) == kind]

    # What it answers.

    def writes(self, asked: Asked) -> bool:
        """Whether a request changes anything: every one is a POST."""
        return bool(asked.json) and str(asked.json.get("query", "")).startswith("mutation")

    def refusal(self, asked: Asked) -> Answer | None:
        """captured: the words of a 401."""
        if asked.path == "/admin/oauth/access_token":
            return None
        if asked.headers.get("X-Shopify-Access-Token") in self.tokens:
            return None
        return Answer(401, {"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"})

    def route(self, asked: Asked) -> Answer:
        """One endpoint, and the one that gives tokens."""
        if asked.path == "/admin/oauth/access_token":
            return self._grant(asked.json)
        found = re.fullmatch(r"/admin/api/(\d{4}-\d\d)/graphql\.json", asked.path)
        if asked.method != "POST" or not found:
            return Answer(404, {"errors": "Not Found"})
        # versioning: one that is no longer supported is answered by the oldest that is.
        version = found[1] if found[1] in self.versions else self.versions[0]
        answer = self._carried_out(version, asked.json)
        answer.headers["X-Shopify-API-Version"] = version
        return answer

    def _grant(self, asked: Any) -> Answer:
        """grant: what is sent, and what comes back. Assumed: the errors, which the OAuth documents name."""
        if asked.get("grant_type") != "client_credentials":
            return Answer(400, {"error": "unsupported_grant_type"})
        if (asked.get("client_id"), asked.get("client_secret")) != (CLIENT, SECRET):
            return Answer(400, {"error": "invalid_client", "error_description": "the client is not known"})
        token = f"shpat_granted_{len(self.tokens)}"
        self.tokens.add(token)
        return Answer(200, {"access_token": token, "scope": ",".join(SCOPES), "expires_in": self.lifetime})

    def _carried_out(self, version: str, sent: Any) -> Answer:
        read = shopify_schema.read(version, sent["query"], sent.get("variables") or {})
        if isinstance(read, list):
            self.problems += read
            return Answer(200, {"errors": [{"message": problem} for problem in read]})
        if refused := self._too_much(read):
            return refused
        done = execute(read.schema, read.document, self._root(), variable_values=read.variables)
        value: dict[str, Any] = {"data": done.data}
        if done.errors:
            value["errors"] = [error.formatted for error in done.errors]
        return Answer(200, {**value, "extensions": self._cost(read.cost, read.cost)})

    # Points.

    def _too_much(self, read: shopify_schema.Asked) -> Answer | None:
        """limits; captured: both answers."""
        if read.cost > MOST_COST:
            extensions = {"code": "MAX_COST_EXCEEDED", "cost": read.cost, "maxCost": MOST_COST}
            message = f"Query cost is {read.cost}, which exceeds the single query max cost limit (1000)."
            return Answer(200, {"errors": [{"message": message, "extensions": extensions}]})
        for name, value in read.variables.items():
            if isinstance(value, list) and len(value) > MOST_INPUT:
                message = f"The input array size of {len(value)} is greater than the maximum allowed of 250."
                extensions = {"code": "MAX_INPUT_SIZE_EXCEEDED"}
                return Answer(200, {"errors": [{"message": message, "path": [name], "extensions": extensions}]})
        if read.cost > self._available():
            self.throttled += 1
            errors = [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]
            return Answer(200, {"errors": errors, "extensions": self._cost(read.cost, None)})
        return None

    def _available(self) -> float:
        now = time.monotonic()
        self._left = min(self.most, self._left + self.restored * (now - self._told_at))
        self._told_at = now
        return self._left

    def _cost(self, requested: int, actual: int | None) -> Any:
        """captured: the form. Assumed: nothing is given back of what was requested."""
        self._left = self._available() - (actual or 0)
        status = {
            "maximumAvailable": self.most,
            "currentlyAvailable": self._left,
            "restoreRate": self.restored,
        }
        return {"cost": {"requestedQueryCost": requested, "actualQueryCost": actual, "throttleStatus": status}}

    # Queries and mutations.

    def _root(self) -> dict[str, Any]:
        """The root fields that there are; another one answers with none, which most must not be."""
        return {
            "metaobjects": self._allowed("metaobjects", self._list),
            "nodes": self._allowed("nodes", lambda ids: [self._node(one) for one in ids]),
            "metaobjectDefinitionByType": self._allowed("metaobjectDefinitionByType", self._by_type),
            "currentAppInstallation": {"accessScopes": [{"handle": scope} for scope in sorted(self.scopes)]},
            "metaobjectCreate": self._mutation("metaobjectCreate", self._created),
            "metaobjectUpdate": self._mutation("metaobjectUpdate", self._updated),
            "metaobjectDelete": self._mutation("metaobjectDelete", self._deleted),
            "metaobjectDefinitionCreate": self._mutation("metaobjectDefinitionCreate", self._defined),
            "metaobjectDefinitionUpdate": self._mutation("metaobjectDefinitionUpdate", self._redefined),
            "files": self._allowed("files", self._found),
            "stagedUploadsCreate": self._mutation("stagedUploadsCreate", self.files.stage),
            "fileCreate": self._mutation("fileCreate", self.files.create),
            "fileDelete": self._mutation("fileDelete", self.files.delete),
        }

    def _allowed(self, name: str, carry_out: Any) -> Any:
        """captured: the error, and that the field it is about is null."""

        def resolve(_info: Any, **arguments: Any) -> Any:
            if NEEDED[name] not in self.scopes:
                raise AccessDenied(name, NEEDED[name])
            return carry_out(**arguments)

        return resolve

    def _mutation(self, name: str, carry_out: Any) -> Any:
        """errors: what a person got wrong stands in ``userErrors``, and nothing was done."""

        def told(**arguments: Any) -> Any:
            try:
                return {**carry_out(**arguments), "userErrors": []}
            except UserError as error:
                return {"userErrors": [error.shown]}

        return self._allowed(name, told)

    def _list(self, type: str, first: int, sortKey: str, after: str | None = None, **others: Any) -> Any:  # noqa: A002, N803
        """schema: ``sortKey``. Assumed: a cursor leads to what comes after it, whatever has come or gone meanwhile."""
        assert (sortKey, others) == ("id", {"reverse": False})
        if first > MOST_INPUT:
            raise ValueError("first cannot exceed 250.")
        start = int(base64.b64decode(after)) if after else 0
        found = [entry for entry in self.entries.listed(type) if _number(entry) > start]
        shown, more = found[:first], len(found) > first
        cursor = base64.b64encode(str(_number(shown[-1])).encode()).decode() if shown else None
        return {
            "nodes": [self._shown(entry) for entry in shown],
            "pageInfo": {"hasNextPage": more, "hasPreviousPage": bool(start), "endCursor": cursor},
        }

    def _node(self, node_id: str) -> Any:
        if node_id in self.entries.by_id:
            return self._shown(self.entries.by_id[node_id])
        return self.files.look(node_id)

    def _found(self, query: str, **_: Any) -> Any:
        referred = {value for entry in self.entries.by_id.values() for value in entry["values"].values()}
        return {"nodes": self.files.search(query, referred)}

    def _by_type(self, type: str) -> Any:  # noqa: A002
        found = self.entries.definitions.get(type)
        return found and self._shown_definition(found)

    def _require_files(self, sent: Entry) -> None:
        """Assumed: a file that was deleted is refused as a value is."""
        for number, field in enumerate(sent.get("fields") or ()):
            if field["value"] in self.files.deleted:
                where = ["metaobject", "fields", str(number)]
                raise UserError("INVALID_VALUE", where, "Value must be a file reference string.", field["key"])

    def _created(self, metaobject: Entry) -> Any:
        self._require_files(metaobject)
        return {"metaobject": self._shown(self.entries.create(metaobject))}

    def _updated(self, id: str, metaobject: Entry) -> Any:  # noqa: A002
        self._require_files(metaobject)
        return {"metaobject": self._shown(self.entries.update(id, metaobject))}

    def _deleted(self, id: str) -> Any:  # noqa: A002
        return {"deletedId": self.entries.delete(id)["id"]}

    def _defined(self, definition: Entry) -> Any:
        return {"metaobjectDefinition": self._shown_definition(self.entries.define(definition))}

    def _redefined(self, id: str, definition: Entry) -> Any:  # noqa: A002
        return {"metaobjectDefinition": self._shown_definition(self.entries.redefine(id, definition))}

    def _shown(self, entry: Entry) -> Any:
        """captured: every field of the definition is told, in its order, with null for what isn't set."""
        keys = self.entries.definitions.get(entry["type"], {"fields": entry["values"]})["fields"]
        fields = [{"key": key, "value": value} for key in keys for value in [entry["values"].get(key)]]
        for field in fields:
            # Assumed: needs the scope of files; a file that is gone is no reference.
            known = field["value"] in self.files.by_id and "read_files" in self.scopes
            field["reference"] = self.files.shown(field["value"]) if known else None
        return {"__typename": "Metaobject", **entry, "fields": fields}

    def _shown_definition(self, definition: Entry) -> Any:
        fields = [{**field, "type": {"name": field["type"]}} for field in definition["fields"].values()]
        return {
            "id": definition["id"],
            "type": definition["type"],
            "metaobjectsCount": len(self.entries.of(definition["type"])),
            "capabilities": {"publishable": {"enabled": definition["publishable"]}},
            "fieldDefinitions": fields,
        }


class AccessDenied(Exception):
    """captured: the code, and where the scope is named."""

    def __init__(self, field: str, scope: str) -> None:
        super().__init__(f"Access denied for {field} field. Required access: `{scope}` access scope.")
        self.extensions = {"code": "ACCESS_DENIED", "requiredAccess": f"`{scope}` access scope."}


def open_shopify(fake: FakeShopify, **settings: Any) -> ShopifyStore:
    """The store backend, of this shop."""
    section = {"backend": "shopify", **fake.settings(**settings)}
    return ShopifyStore(ShopifyStore.Settings.model_validate(section))


def operation(asked: Asked) -> str:
    """The name of a request's operation; nothing for what is no GraphQL."""
    found = re.match(r"(?:query|mutation) (\w+)", (asked.json or {}).get("query", ""))
    return found[1] if found else ""


def _defined(said: str | dict[str, Any]) -> dict[str, Any]:
    if isinstance(said, str):
        return {"type": said}
    rules = [{"name": name, "value": value} for name, value in said.get("validations", {}).items()]
    return {**said, "validations": rules}


def _number(entry: Entry) -> int:
    return int(entry["id"].rpartition("/")[2])
