"""The documents of one collection type over Strapi's REST API, as observed with Strapi 5.54.

A document has a draft and, once it is published, a second row with the same ``documentId``. Publishing replaces that
row by a copy of the draft, with its ``updatedAt``. A draft that is newer holds what an editor has not published yet.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from threading import Lock
from typing import Any, Final
from urllib.parse import quote

from brandsync.brand import ExternalId
from brandsync.cms.askable import is_askable
from brandsync.cms.by_id import Answer, LookUp
from brandsync.cms.envelope import Envelope
from brandsync.cms.strapi.settings import DOCUMENT_ID, StrapiSettings
from brandsync.errors import ConfigError, Unreadable
from brandsync.http import HttpClient, RejectedByServer
from brandsync.json_reading import an_object, at

Entry = dict[str, Any]
Params = Mapping[str, str]

AT_ONCE: Final = 100
"""Ids in one filter. Strapi's parser (``arrayLimit``) drops a longer filter, and answers with everything."""
NOBODY: Final = "brandsync-asks-whether-it-may-write"
"""An id that no document has: Strapi's ids are 24 letters and digits."""

_NEVER: Final = "9999-12-31T00:00:00.000Z"
_ENVELOPE = Envelope("data")


class Documents:
    """Reads and writes the documents of the type."""

    def __init__(self, http: HttpClient, settings: StrapiSettings) -> None:
        self.http = http
        self.settings = settings
        prefix = settings.api_prefix.strip("/")
        named = settings.url.rstrip("/").endswith(f"/{prefix}") if prefix else True
        self.path = f"{'' if named else f'/{prefix}'}/{settings.collection}"
        """The listing's path below ``url``, which may already end in the prefix."""
        self._lock = Lock()
        self._related: Sequence[str] | None = None
        self._locale = {"locale": settings.locale} if settings.locale else {}
        self._populate = {f"populate[{number}]": name for number, name in enumerate(settings.populated())}

    def url(self) -> str:
        """The listing's URL."""
        query = f"?locale={self.settings.locale}" if self.settings.locale else ""
        return f"{self.settings.url.rstrip('/')}{self.path}{query}"

    def page(self, after: str | None, conditions: Params, status: str = "published") -> tuple[list[Entry], int | None]:
        """The first documents after that id, in the order of their ids, and how many there are after it in all.

        An id never changes. So no document moves past the listing, whatever editors publish and delete meanwhile.
        """
        behind = {f"filters[{DOCUMENT_ID}][$gt]": after} if after else {}
        size = {"pagination[pageSize]": str(self.settings.page_size), "pagination[withCount]": "true"}
        sorted_by = {"status": status, "sort": f"{DOCUMENT_ID}:asc"}
        params = sorted_by | size | self._locale | self._populate | {**conditions} | behind
        try:
            body, _ = self.http.json("GET", self.path, params=params)
        except RejectedByServer as error:
            raise ConfigError(error.message, hint=_HINTS.get(error.status, _HINTS[400])) from None
        entries = _ENVELOPE.entries(body, f"GET {self.url()}")
        if after and any(id_of(entry) == after for entry in entries):
            raise Unreadable(
                f"GET {self.url()}: an entry came a second time, though only those behind it were asked for",
                hint=f"the API must let `{DOCUMENT_ID}` be filtered on, as Strapi's own controllers do",
            )
        total = at(body, "meta", "pagination", "total")
        return entries, total if type(total) is int else None

    def changed_since(self, moment: datetime) -> Params:
        """The filter for documents changed or published since. A draft published late keeps its ``updatedAt``.

        It includes what the documents are related to: a change there leaves their own times as they are.
        """
        since = moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return _either(["", *(_bracketed(path) for path in self.related())], since)

    def related(self) -> Sequence[str]:
        """The populated paths by whose times Strapi can list documents: relations that may be read.

        Components have no times. For media, Strapi takes the document's own times instead (strapi/strapi, issue 12524).
        """
        with self._lock:
            if self._related is None:
                paths = [path.split(".") for path in self.settings.populated()]
                prefixes = {".".join(keys[:end]) for keys in paths for end in range(1, len(keys) + 1)}
                self._related = [path for path in sorted(prefixes) if self._is_related(path)]
            return self._related

    def _is_related(self, path: str) -> bool:
        """Whether Strapi takes the query, and finds no document: the query is for a time that never comes."""
        one = {"pagination[pageSize]": "1", "pagination[withCount]": "false", **self._locale}

        def ask() -> bool:
            body, _ = self.http.json("GET", self.path, params=one | _either([_bracketed(path)], _NEVER), once=True)
            return not _ENVELOPE.entries(body, f"GET {self.url()}")

        return is_askable(ask, lambda: self.http.json("GET", self.path, params=one))

    def of(self, ids: Sequence[str], status: str) -> dict[str, Entry]:
        """The ``published`` versions of these documents, by id, or each ``draft``.

        In a type without drafts, these are the documents themselves.
        """

        def some(ids: Sequence[str]) -> Answer:
            named = {f"filters[{DOCUMENT_ID}][$in][{number}]": cms_id for number, cms_id in enumerate(ids)}
            return self.page(None, named, status)

        look_up = LookUp(
            some,
            id_of,
            f"GET {self.url()}",
            AT_ONCE,
            beside=len("&filters%5BdocumentId%5D%5B%24in%5D%5B99%5D="),
            ignored=ConfigError,
            hint="Strapi drops a filter of too many values: let `arrayLimit` of strapi::query (in"
            f" config/middlewares) be {AT_ONCE} or more",
        )
        return {id_of(entry): entry for entry in look_up.of(ids)}

    def update(self, link: ExternalId) -> Entry:
        """Write an external id into the draft and publish the draft, in one transaction; return what is published now.

        Never repeated automatically: an editor may have saved a draft in the meantime.
        """
        body, _ = self.http.json(
            "PUT",
            f"{self.path}/{quote(link.cms_id, safe='')}",
            params={"status": "published", **self._locale, **self._populate},
            json={"data": {self.settings.external_id: link.external_id}},
            once=True,
        )
        return an_object(at(body, "data"))

    def update_nothing(self) -> None:
        """Ask for an update of a document that doesn't exist. It shows who may update, and changes nothing.

        Raises:
            CredentialsRefused: the token may not update.
            RejectedByServer: 404 if it may, 400 if there is no such field, 405 if there is no such route.
        """
        body = {"data": {self.settings.external_id: None}}
        self.http.request("PUT", f"{self.path}/{NOBODY}", params={"status": "draft"}, json=body)


def _either(prefixes: Sequence[str], since: str) -> dict[str, str]:
    """Documents for which one of these was changed or published since. An empty prefix is the document itself."""
    moments = [f"{prefix}[{name}]" for prefix in prefixes for name in ("updatedAt", "publishedAt")]
    return {f"filters[$or][{number}]{name}[$gte]": since for number, name in enumerate(moments)}


def _bracketed(path: str) -> str:
    return "".join(f"[{key}]" for key in path.split("."))


def id_of(entry: Any) -> str:
    """The id of a document.

    Raises:
        Unreadable: it has none.
    """
    found = at(entry, DOCUMENT_ID)
    if isinstance(found, str):
        return found
    raise Unreadable(f"an entry has no `{DOCUMENT_ID}`", hint="this backend is for Strapi 5; Strapi 4 has none")


_HINTS: Final = {
    404: "check `url` and `collection` in [cms]: `collection` is the type's API ID (Plural) in Strapi's Content-Type"
    " Builder",
    400: "Strapi names the key that it does not take: set `populate` in [cms] to the media, components and relations"
    " that [cms.fields] reads, and to nothing else",
}
