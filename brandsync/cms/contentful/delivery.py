"""The Content Delivery API of one environment: published entries, and how they are modelled.

Sources: contentful.com/developers/docs, "Content Delivery API" and "Technical limits". Ranges (``[gt]``) work for dates
and numbers, but not for ``sys.id``, so pages go by ``skip``.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from threading import Lock
from typing import Any, Final

from brandsync.cms.answers import fetched, required
from brandsync.cms.by_id import Answer, LookUp
from brandsync.cms.contentful.includes import ITEMS, entries_of
from brandsync.cms.contentful.settings import LARGEST_PAGE, ContentfulSettings
from brandsync.cms.interface import CmsPage
from brandsync.cms.overlap import Window
from brandsync.errors import ConfigError, Unreadable
from brandsync.http import HttpClient, PaceHeaders, RejectedByServer
from brandsync.json_reading import an_object, at

PACE: Final = PaceHeaders(
    limit="X-Contentful-RateLimit-Second-Limit",
    left="X-Contentful-RateLimit-Second-Remaining",
    reset="X-Contentful-RateLimit-Reset",
)
"""Content Management API, "API rate limits". The Content Delivery API tells only the limit."""

WHERE: Final = "check `space` and `environment` in [cms]"

AT_ONCE: Final = 100
"""Ids in one query. An id has at most 64 characters, and a URI may have 7,600 ("Technical limits")."""
_RESOURCE_ID: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
"""Content Management API, "Resource IDs": no entry has any other id."""

_BY_LOCALE: Final = {"X-Contentful-Locale-Based-Publishing": "true"}
"""Content Delivery API, "Locale-based publishing": a locale that isn't published isn't shown."""

_TOO_LARGE: Final = "Response size too big"
"""Contentful's words ("Response size too big. Maximum allowed response size: 7340032B."), in a 400."""


def too_large(error: RejectedByServer) -> bool:
    """Whether asking for fewer entries would help: "Technical limits", 7 MB a response."""
    return error.status == 400 and _TOO_LARGE.casefold() in error.message.casefold()


class Delivery:
    """Reads what is published. Thread-safe."""

    def __init__(self, http: HttpClient, settings: ContentfulSettings) -> None:
        self._http = http
        self._settings = settings
        self._largest = settings.page_size
        self._lock = Lock()
        self._locale: str | None = None
        self.path = f"{settings.root}/entries"

    def page(self, cursor: str | None, since: datetime | None) -> CmsPage:
        """A page of published entries in the order of their ids."""
        window = Window.parse(cursor, self._largest)
        changed = {"sys.updatedAt[gte]": _moment(since)} if since else {}
        window, entries, total = self._part(replace(window, size=min(window.size, self._largest)), changed)
        following = window.following([_id(entry) for entry in entries], total)
        return CmsPage(entries, str(following) if following else None, total if cursor is None else None)

    def of(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """The published ones among these entries; one request per hundred."""
        possible = [cms_id for cms_id in ids if _RESOURCE_ID.fullmatch(cms_id)]
        return LookUp(self._some, _id, f"GET {self.path}", AT_ONCE).of(possible)

    def _some(self, ids: Sequence[str]) -> Answer:
        return self._part(Window(size=min(len(ids), self._largest)), {"sys.id[in]": ",".join(ids)})[1:]

    def content_type(self) -> Mapping[str, Any] | None:
        """The content type, or none where it doesn't exist."""
        try:
            body, _ = self._http.json("GET", f"{self._settings.root}/content_types/{self._settings.content_type}")
        except RejectedByServer as error:
            if error.status != 404:
                raise
            return None
        return an_object(body)

    def content_types(self) -> list[str]:
        """The ids of all content types."""
        return [_id(found) for found in self._collection("content_types")]

    def default_locale(self) -> str:
        """The locale in which a field without localization holds its value."""
        with self._lock:
            if self._locale is None:
                found = (locale["code"] for locale in self._collection("locales") if locale.get("default") is True)
                self._locale = next(found, None)
            if self._locale is None:
                raise Unreadable(f"GET {self._settings.root}/locales names no default locale")
            return str(self._locale)

    def _collection(self, name: str) -> list[Any]:
        path = f"{self._settings.root}/{name}"
        body, _ = fetched(self._http, path, WHERE, params={"limit": LARGEST_PAGE})
        return ITEMS.entries(body, f"GET {path}")

    def _part(self, window: Window, filters: Mapping[str, str]) -> tuple[Window, list[dict[str, Any]], int]:
        """A window, its entries, and how many entries there are in all.

        The window is smaller where the answer would be too large for Contentful.
        """
        params = self._query(window) | {**filters}
        try:
            body, _ = self._http.json("GET", self.path, params=params, headers=_BY_LOCALE)
        except RejectedByServer as error:
            problem = error
        else:
            where = f"GET {self.path}"
            entries = entries_of(body, self._settings.include, where)
            return window, entries, required(body.get("total"), int, f"{where} answers with no `total`")
        if not too_large(problem):
            raise ConfigError(problem.message, hint=f"{WHERE}, `content_type` and `locale`")
        if window.size == 1:
            raise ConfigError(f"{problem.message} One entry alone is too large", hint="lower `include` in [cms]")
        self._largest = min(self._largest, window.size // 2)
        return self._part(replace(window, size=self._largest), filters)

    def _query(self, window: Window) -> dict[str, Any]:
        settings = self._settings
        return {
            "content_type": settings.content_type,
            "order": "sys.id",
            "limit": window.size,
            "skip": window.offset,
            "include": settings.include,
            **({"locale": settings.locale} if settings.locale else {}),
        }


def _moment(since: datetime) -> str:
    return since.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _id(entry: Any) -> str:
    return required(at(entry, "sys", "id"), str, "an entry of Contentful has no `sys.id`")
