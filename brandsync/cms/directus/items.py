"""The items of one collection over Directus's REST API, as observed with Directus 11.17."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from brandsync.brand import ExternalId
from brandsync.cms.directus.settings import DirectusSettings
from brandsync.cms.interface import CmsPage
from brandsync.cms.overlap import Window
from brandsync.errors import ConfigError, Unreadable
from brandsync.http import HttpClient, RejectedByServer
from brandsync.json_reading import an_object, at
from brandsync.observing.excerpt import kind

Condition = Mapping[str, Any]
"""A Directus filter; an empty one holds for every item."""
AT_ONCE: Final = 100
"""Ids in one filter. They stand in the URL, which proxies limit to 8 KB."""
_COUNTED: Final = {"meta": "filter_count"}
_LIMITED = re.compile(r'"limit" must be less than or equal to (\d+)')


def both(*conditions: Condition) -> Condition:
    """A condition that holds where all of these hold."""
    real = [condition for condition in conditions if condition]
    return {"_and": real} if len(real) > 1 else dict(*real)


class Items:
    """Reads and writes the items of the collection."""

    def __init__(self, http: HttpClient, settings: DirectusSettings) -> None:
        self.http = http
        self.settings = settings
        self.path = f"/items/{settings.collection}"
        self.largest = settings.page_size
        """The most entries that one request may ask for."""
        self.fields = ",".join(filter(None, ("*", settings.include)))
        self._row = f"{settings.id},{settings.external_id}"

    def page(self, condition: Condition, cursor: str | None) -> CmsPage:
        """A page of the items for which the condition holds, in the order of their ids; the first without a cursor.

        Only the first page is counted, since counting reads the whole table. A full later page has a successor.
        """
        window = Window.parse(cursor, self.largest)
        asked = {"fields": self.fields, "offset": window.offset, **({} if window.offset else _COUNTED)}
        body, limit = self._part(self.path, condition, window.size, asked)
        entries, total = self._entries(body), None if window.offset else _count(body)
        if total is None:
            total = window.offset + len(entries) + (len(entries) == limit)
        window = replace(window, size=min(window.size, self.largest))
        following = window.following([str(entry.get(self.settings.id)) for entry in entries], total)
        return CmsPage(entries, str(following) if following else None, None if window.offset else total)

    def of(self, ids: Sequence[str], condition: Condition, fields: str | None = None) -> list[dict[str, Any]]:
        """The items among these (a hundred at most) for which the condition holds."""
        named = both(condition, {self.settings.id: {"_in": list(ids)}})
        entries: list[dict[str, Any]] = []
        while True:
            params = {"fields": fields or self.fields, "offset": len(entries)}
            body, limit = self._part(self.path, named, AT_ONCE, params)
            more = self._entries(body)
            entries += more
            if len(more) < limit or len(entries) >= len(ids):
                return entries

    def counted(self, condition: Condition, size: int) -> tuple[list[dict[str, Any]], int | None]:
        """The first items for which the condition holds, and how many there are in all."""
        body, _ = self._part(self.path, condition, size, {"fields": self.fields, **_COUNTED})
        return self._entries(body), _count(body)

    def one(self, key: str, condition: Condition) -> dict[str, Any]:
        """The item with this key (as a URL writes it), if the condition holds.

        Raises:
                CredentialsRefused: it doesn't hold, or there is no such item, or the token may not read it.
        """
        try:
            body = self._get(f"{self.path}/{key}", condition, {"fields": self.fields})
        except RejectedByServer as error:
            raise ConfigError(error.message, hint="check `filter`, `include` and `collection` in [cms]") from None
        return an_object(body.get("data"))

    def count(self, condition: Condition, *, once: bool = False) -> int:
        """How many items there are. ``once``: never repeat the request."""
        asked = {"fields": self.settings.id, "limit": 1, **_COUNTED}
        try:
            body = self._get(self.path, condition, asked, once=once)
        except RejectedByServer as error:
            raise ConfigError(error.message, hint="check `filter` and `collection` in [cms]") from None
        return int(body["meta"]["filter_count"])

    def touched(self, condition: Condition, offset: int) -> tuple[list[str], int | None]:
        """Items that somebody changed, by Directus's activity log, and where to go on in the log."""
        mine = {"collection": {"_eq": self.settings.collection}}
        body, limit = self._part(
            "/activity", both(mine, condition), AT_ONCE, {"fields": "item", "offset": offset}, "id"
        )
        rows = self._entries(body)
        ids = list(dict.fromkeys(str(row["item"]) for row in rows))
        return ids, offset + len(rows) if len(rows) == limit else None

    def field(self, name: str) -> dict[str, Any]:
        """What Directus says about a field of the collection: its ``type``, and in ``meta`` how it is kept."""
        return self.data(f"/fields/{self.settings.collection}/{name}")

    def update(self, links: Sequence[ExternalId]) -> dict[str, str | None]:
        """Write external ids, all or none; return those that the items hold now, as far as Directus shows them.

        Directus ignores unknown fields and (for an administrator) unknown items, and answers 200. Where the token may
        not read what it wrote, it answers 204.
        """
        settings = self.settings
        rows = [{settings.id: link.cms_id, settings.external_id: link.external_id} for link in links]
        answer = self.http.request("PATCH", f"{self.path}?fields={self._row}", json=rows)
        if not answer.content:
            return {}
        found = self._entries(answer.json())
        return {str(row[settings.id]): row[settings.external_id] for row in found if settings.external_id in row}

    def data(self, path: str) -> dict[str, Any]:
        """The object that Directus answers with."""
        body, _ = self.http.json("GET", path)
        found = at(body, "data")
        if not isinstance(found, dict):
            raise Unreadable(f"GET {path}: `data` holds {kind(found)}; an object was expected", hint=_NOT_DIRECTUS)
        return found

    def _part(
        self, path: str, condition: Condition, size: int, params: Mapping[str, Any], sort: str | None = None
    ) -> tuple[dict[str, Any], int]:
        """A part of a listing, and how many items it could have held."""
        limit = min(size, self.largest)
        try:
            return self._get(path, condition, {**params, "limit": limit, "sort": sort or self.settings.id}), limit
        except RejectedByServer as error:
            # Nothing else tells ``QUERY_LIMIT_MAX``.
            found = _LIMITED.search(error.message)
            if found is None or not 1 < int(found[1]) < limit:
                hint = "check `url`, `filter`, `include` and `collection` in [cms]"
                raise ConfigError(error.message, hint=hint) from None
        self.largest = int(found[1])
        return self._part(path, condition, size, params, sort)

    def _get(self, path: str, condition: Condition, params: Mapping[str, Any], *, once: bool = False) -> dict[str, Any]:
        filtered = {"filter": json.dumps(condition, separators=(",", ":"))} if condition else {}
        body, _ = self.http.json("GET", path, params={**params, **filtered}, once=once)
        return an_object(body)

    def _entries(self, body: Any) -> list[dict[str, Any]]:
        found = at(body, "data")
        if isinstance(found, list):
            return found
        if isinstance(found, dict):
            raise ConfigError(
                f"`{self.settings.collection}` is a single object, and not a collection of many",
                hint="set `collection` in [cms] to the collection that holds the brands",
            )
        raise Unreadable(f"GET {self.path}: `data` holds {kind(found)}; a list was expected", hint=_NOT_DIRECTUS)


def _count(body: dict[str, Any]) -> int | None:
    total = body.get("meta", {}).get("filter_count")  # fails where it is no object: nothing is proved by such an answer
    return total if isinstance(total, int) else None


_NOT_DIRECTUS: Final = "check `url` in [cms]: it may not be where Directus is"
