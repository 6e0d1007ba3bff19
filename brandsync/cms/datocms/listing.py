"""The listing of published records, in pages, whole or since a moment.

Ids can be sorted by but not compared, so pages go by offset. A record's ``meta.published_at`` is when it was last
published, and ``meta.updated_at`` when it was last saved, even as a draft. Both belong to the record and not to its
versions ("Data consistency: key concepts and implications"). No document says whether publishing only some locales
changes the first. So both are asked for, one after the other: whatever is published late has one of them.

Source: datocms.com/docs/content-management-api/resources/item/instances. A filter ignores a moment's seconds.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from brandsync.cms.datocms.api import Api, Record
from brandsync.cms.overlap import Window

MOMENTS: Final = ("_published_at", "_updated_at")

Page = tuple[Sequence[Record], int, str | None]
"""Published records, how many the filter finds in all, and the next page's cursor."""


def page_of(api: Api, size: int, cursor: str | None, since: datetime | None) -> Page:
    """A page of them."""
    if since is None:
        return _page(api, size, cursor, {})
    column, _, rest = (cursor or MOMENTS[0]).partition(" ")
    moment = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    records, total, following = _page(api, size, rest, {f"filter[fields][{column}][gte]": moment})
    if following is not None:
        return records, total, f"{column} {following}"
    return records, total, MOMENTS[1] if column == MOMENTS[0] else None


def _page(api: Api, size: int, cursor: str | None, filters: dict[str, str]) -> Page:
    window = Window.parse(cursor, size)
    records, total = api.listed(window.offset, window.size, filters)
    following = window.following([record["id"] for record in records], total)
    return records, total, str(following) if following else None
