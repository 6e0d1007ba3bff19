"""What changed since a moment, in three parts.

First come items with a new date, or with a new date on a linked item. Then come the items that the activity log
names: publishing a version ("promote") sets ``date_updated`` back to when the version was saved, perhaps days ago, so
no date shows it. Where the token may not read the log, all items come, since nothing less is certain to hold it.
(Observed with Directus 11.17.4.)
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from brandsync.cms.directus.items import Condition, Items, both
from brandsync.cms.directus.related import Keys, Related, date_since
from brandsync.cms.directus.settings import DirectusSettings
from brandsync.cms.interface import CmsPage
from brandsync.errors import CredentialsRefused

DATED: Final = "dated"
TOUCHED: Final = "touched"
ALL: Final = "all"

List = Callable[[Condition, str | None], CmsPage]
"""Lists a page of the items that meet a condition, from a cursor on."""


class Changes:
    """Lists changed items. A cursor is the part's name, a space, and the position in that part."""

    def __init__(self, items: Items, related: Related, list_page: List) -> None:
        self._items = items
        self._related = related
        self._list = list_page
        self._published = items.settings.filter

    def page(self, cursor: str | None, since: datetime) -> CmsPage:
        """One page; the first where ``cursor`` is none."""
        part, _, place = (cursor or DATED).partition(" ")
        if part == TOUCHED:
            return self._touched(int(place), since)
        if part == ALL:
            return self._listed(ALL, self._published, place, None)
        dated = both(self._published, dated_since(self._items.settings, since, self._related.dates))
        return self._listed(DATED, dated, place, f"{TOUCHED} 0")

    def _listed(self, part: str, condition: Condition, place: str, after: str | None) -> CmsPage:
        page = self._list(condition, place or None)
        return CmsPage(page.entries, f"{part} {page.next}" if page.next else after)

    def _touched(self, offset: int, since: datetime) -> CmsPage:
        try:
            ids, following = self._items.touched(touched_since(since), offset)
        except CredentialsRefused:
            return CmsPage([], f"{ALL} ")
        entries = self._items.of(ids, self._published) if ids else []
        return CmsPage(entries, None if following is None else f"{TOUCHED} {following}")


def dated_since(settings: DirectusSettings, since: datetime, related: Sequence[Keys] = ()) -> Condition:
    """Items made or changed since, or related to such. ``date_updated`` is null until the first change."""
    moment = {"_gte": _moment(since)}
    made = {settings.date_created: moment} if settings.date_created else {settings.date_updated: {"_null": True}}
    return {"_or": [{settings.date_updated: moment}, made, *(date_since(keys, _moment(since)) for keys in related)]}


def touched_since(since: datetime) -> Condition:
    """Updates by anybody else: without this, most would be our own write-backs."""
    others = {"_or": [{"user_agent": {"_null": True}}, {"user_agent": {"_nstarts_with": "brandsync/"}}]}
    return {"_and": [{"action": {"_eq": "update"}}, {"timestamp": {"_gte": _moment(since)}}, others]}


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
