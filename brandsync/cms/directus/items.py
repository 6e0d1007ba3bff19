"""The items of one collection over Directus's REST API, as observed with Directus 11.17."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from brandsync.brand import ExternalId
from brandsync.cms.directus.settings import DirectusSettings
from brandsync.errors import ConfigError, CredentialsRefused, Unreadable
from brandsync.http import HttpClient, RejectedByServer
from brandsync.observing.excerpt import kind

Condition = Mapping[str, Any]
"""A Directus filter; an empty one holds for every item."""
AT_ONCE: Final = 100
"""Ids in one filter. They stand in the URL, which proxies limit to 8 KB."""
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

    def page(self, condition: Condition, offset: int, size: int) -> tuple[list[dict[str, Any]], int]:
        """A part of all items in the order of their ids, and how many there seem to be.

        Only the first part is counted, since counting reads the whole table. A full later part has a successor.
        """
        counted = {"meta": "filter_count"} if offset == 0 else {}
        body, limit = self._part(self.path, condition, size, {"fields": self.fields, "offset": offset, **counted})
        entries = self._entries(body)
        total = body.get("meta", {}).get("filter_count") if counted else None
        return entries, total if isinstance(total, int) else offset + len(entries) + (len(entries) == limit)

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
        body, _ = self._part(self.path, condition, size, {"fields": self.fields, "meta": "filter_count"})
        total = body.get("meta", {}).get("filter_count")
        return self._entries(body), total if isinstance(total, int) else None

    def one(self, key: str, condition: Condition) -> dict[str, Any]:
        """The item with this key (as a URL writes it), if the condition holds.

        Raises:
                CredentialsRefused: it doesn't hold, or there is no such item, or the token may not read it.
        """
        try:
            body = self._get(f"{self.path}/{key}", condition, {"fields": self.fields})
        except RejectedByServer as error:
            problem = ConfigError(error.message, hint="check `filter`, `include` and `collection` in [cms]")
        else:
            item = body.get("data")
            return item if isinstance(item, dict) else {}
        raise problem

    def count(self, condition: Condition, *, once: bool = False) -> int:
        """How many items there are. ``once``: never repeat the request."""
        asked = {"fields": self.settings.id, "limit": 1, "meta": "filter_count"}
        try:
            body = self._get(self.path, condition, asked, once=once)
        except RejectedByServer as error:
            raise ConfigError(error.message, hint="check `filter` and `collection` in [cms]") from None
        return int(body["meta"]["filter_count"])

    def ids(self, ids: Sequence[str], condition: Condition) -> set[str]:
        """The ids of the items for which the condition holds."""
        return {str(entry[self.settings.id]) for entry in self.of(ids, condition, self.settings.id)}

    def touched(self, condition: Condition, offset: int) -> tuple[list[str], int | None]:
        """Items that somebody changed, by Directus's activity log, and where to go on in the log."""
        mine = {"collection": {"_eq": self.settings.collection}}
        body, limit = self._part(
            "/activity", both(mine, condition), AT_ONCE, {"fields": "item", "offset": offset}, "id"
        )
        rows = self._entries(body)
        ids = list(dict.fromkeys(str(row["item"]) for row in rows))
        return ids, offset + len(rows) if len(rows) == limit else None

    def type_of(self, field: str) -> str:
        """Directus's type of a field of the collection."""
        try:
            return str(self.data(f"/fields/{self.settings.collection}/{field}").get("type"))
        except RejectedByServer as error:
            problem = ConfigError(error.message, hint="check `url`, `collection` and `id` in [cms]")
        raise problem

    def special(self, field: str) -> Sequence[str]:
        """How Directus keeps a field of the collection, such as ``file`` or ``m2o``; empty where it doesn't say."""
        try:
            meta = self.data(f"/fields/{self.settings.collection}/{field}").get("meta")
        except (RejectedByServer, CredentialsRefused):
            return ()
        found = meta.get("special") if isinstance(meta, dict) else None
        return found if isinstance(found, list) else ()

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
        found = body.get("data") if isinstance(body, dict) else None
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
            problem = error
        self._learn(problem, limit)
        return self._part(path, condition, size, params, sort)

    def _get(self, path: str, condition: Condition, params: Mapping[str, Any], *, once: bool = False) -> dict[str, Any]:
        filtered = {"filter": json.dumps(condition, separators=(",", ":"))} if condition else {}
        body, _ = self.http.json("GET", path, params={**params, **filtered}, once=once)
        return body if isinstance(body, dict) else {}

    def _entries(self, body: Any) -> list[dict[str, Any]]:
        found = body.get("data") if isinstance(body, dict) else None
        if isinstance(found, list):
            return found
        if isinstance(found, dict):
            raise ConfigError(
                f"`{self.settings.collection}` is a single object, and not a collection of many",
                hint="set `collection` in [cms] to the collection that holds the brands",
            )
        raise Unreadable(f"GET {self.path}: `data` holds {kind(found)}; a list was expected", hint=_NOT_DIRECTUS)

    def _learn(self, error: RejectedByServer, limit: int) -> None:
        """Take the largest page size from the refusal: nothing else tells ``QUERY_LIMIT_MAX``."""
        found = _LIMITED.search(error.message)
        if found is None or not 1 < int(found[1]) < limit:
            raise ConfigError(error.message, hint="check `url`, `filter`, `include` and `collection` in [cms]")
        self.largest = int(found[1])


_NOT_DIRECTUS: Final = "check `url` in [cms]: it may not be where Directus is"
