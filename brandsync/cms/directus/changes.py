"""What changed since a moment, in three parts.

First come items with a new date, or with a new date on a linked item. Then come the items that the activity log
names: publishing a version ("promote") sets ``date_updated`` back to when the version was saved, perhaps days ago, so
no date shows it. Where the token may not read the log, all items come, since nothing less is certain to hold it.
(Observed with Directus 11.17.4.)
"""

from collections.abc import Sequence
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


def changed_page(items: Items, related: Related, cursor: str | None, since: datetime) -> CmsPage:
    """One page of changed items. A cursor is the part's name, a space, and the position in that part."""
    part, _, place = (cursor or DATED).partition(" ")
    if part == TOUCHED:
        return _touched(items, int(place), since)
    changed = dated_since(items.settings, since, related.dates) if part == DATED else {}
    page = items.page(both(items.settings.filter, changed), place)
    after = f"{TOUCHED} 0" if part == DATED else None
    return CmsPage(page.entries, f"{part} {page.next}" if page.next else after)


def _touched(items: Items, offset: int, since: datetime) -> CmsPage:
    try:
        ids, following = items.touched(touched_since(since), offset)
    except CredentialsRefused:
        return CmsPage([], f"{ALL} ")
    entries = items.of(ids, items.settings.filter) if ids else []
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
