"""The REST API of one collection: its entries, and the user who asks.

Sources: Payload 3, "REST API", "Queries", "Drafts"; observed with Payload 3.90.2 on Next.js and SQLite.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from brandsync.cms.askable import is_askable
from brandsync.cms.envelope import Envelope
from brandsync.cms.looked_into import led_through
from brandsync.cms.payload.settings import PayloadSettings
from brandsync.errors import ConfigError, CredentialsRefused, Unreadable
from brandsync.http import HttpClient, RejectedByServer
from brandsync.json_reading import an_object, at
from brandsync.observing.excerpt import excerpt

Condition = tuple[str, str, object]
"""A field, one of Payload's operators, and a value."""
PUBLISHED: Final[Condition] = ("_status", "equals", "published")
NEVER: Final = "9999-12-31T00:00:00.000Z"
DRAFT: Final[Condition] = ("_status", "equals", "draft")

_DOCS: Final = Envelope("docs")
_NOT_PAYLOAD: Final = "check `url` and `api_route` in [cms]: this may not be where Payload's REST API is"


@dataclass(frozen=True)
class Entries:
    """The entries of one collection."""

    http: HttpClient
    settings: PayloadSettings

    @property
    def path(self) -> str:
        """The listing's path, below the server's address."""
        return self.route(self.settings.collection)

    def route(self, name: str) -> str:
        """A path of the API."""
        return f"{self.settings.api_route}/{name}"

    def params(self, conditions: Sequence[Condition], **more: object) -> dict[str, object]:
        """A query. All conditions must hold together."""
        where = {f"where[and][{at}][{path}][{test}]": value for at, (path, test, value) in enumerate(conditions)}
        language = {"locale": self.settings.locale} if self.settings.locale else {}
        return {**more, **language, **where}

    def list(self, conditions: Sequence[Condition], **more: object) -> tuple[list[Any], Mapping[str, Any]]:
        """Entries, and the whole answer.

        Raises:
            ConfigError: there is no such collection, or it has no drafts.
        """
        try:
            body, _ = self.http.json("GET", self.path, params=self.params(conditions, **more))
        except RejectedByServer as error:
            raise ConfigError(error.message, hint=self._no_listing(error)) from None
        return _DOCS.entries(body, f"GET {self.path}"), body

    @cached_property
    def related(self) -> Sequence[str]:
        """The places that fields look into and by whose moments entries can be listed. Asks once.

        Payload refuses (400) a query by what is no relation, by what leads to several collections, and by what the
        key's user may not read. It fails (500) at rich text.
        """
        paths = self.settings.fields.expressions if self.settings.depth else ()
        prefixes = {prefix for path in paths for prefix in led_through(path)}
        return [prefix for prefix in sorted(prefixes) if self._is_related(prefix)]

    def _is_related(self, path: str) -> bool:
        """Whether Payload takes the query, and finds no entry: the query is for a time that never comes."""
        params = self.params([(f"{path}.updatedAt", "greater_than_equal", NEVER)], limit=1, depth=0)

        def ask() -> bool:
            body, _ = self.http.json("GET", self.path, params=params, once=True)
            return not _DOCS.entries(body, f"GET {self.path}")

        return is_askable(ask, lambda: self.list([], limit=1, depth=0))

    def has_field(self, path: str) -> bool:
        """Whether the collection has this field and its user may read it. Payload answers 400 to any other query."""
        params = self.params([(path, "exists", "true")], limit=1, depth=0)
        try:
            self.http.json("GET", self.path, params=params)
        except RejectedByServer as error:
            if error.status == 400:
                return False
            raise
        return True

    def authenticate(self) -> None:
        """Check that Payload knows the key: it treats a wrong one as no key, and shows what the public may see.

        Raises:
                CredentialsRefused: it doesn't know the key.
            ConfigError: there is no such collection of users.
        """
        name = self.settings.auth_collection
        path = f"{self.route(name)}/me"
        try:
            body, _ = self.http.json("GET", path, params={"depth": 0})
        except CredentialsRefused:
            return  # the user is known, but may not read users, not even itself
        except RejectedByServer as error:
            raise ConfigError(error.message, hint=f"check `auth_collection` in [cms]; {_NOT_PAYLOAD}") from None
        if not isinstance(body, dict) or "user" not in body:
            raise Unreadable(f"GET {path} answers with no user", hint=_NOT_PAYLOAD)
        if body["user"] is None:
            unknown = f"Payload knows no user of `{name}` with this API key"
            raise CredentialsRefused(unknown, hint=self.http.endpoint.credentials_hint)

    def access(self) -> Mapping[str, Any]:
        """What the key's user may do with the collection, as ``GET /api/access`` says; empty where nothing."""
        path = self.route("access")
        body, _ = self.http.json("GET", path)
        if not isinstance(body, dict):
            raise Unreadable(f"GET {path} answers with no object", hint=_NOT_PAYLOAD)
        return an_object(at(body, "collections", self.settings.collection))

    def _no_listing(self, error: RejectedByServer) -> str:
        if error.status == 404:
            return "check `collection` in [cms]: it takes the slug of the collection that holds the brands"
        if "_status" in error.message:
            name = excerpt(self.settings.collection)
            return f"`{name}` has no drafts, or hides `_status`: set drafts = false in [cms]"
        return "check `collection` and `locale` in [cms]"
