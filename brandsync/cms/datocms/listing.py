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
from brandsync.cms.datocms.settings import DatocmsSettings
from brandsync.cms.overlap import Window

MOMENTS: Final = ("_published_at", "_updated_at")


class Listing:
    """Pages of published records."""

    def __init__(self, api: Api, settings: DatocmsSettings) -> None:
        self._api = api
        self._size = settings.page_size

    def page(self, cursor: str | None, since: datetime | None) -> tuple[Sequence[Record], int, str | None]:
        """A page of records, how many records the filter finds, and the next page's cursor."""
        if since is None:
            return self._page(cursor, {})
        column, _, rest = (cursor or MOMENTS[0]).partition(" ")
        records, total, following = self._page(rest, {f"filter[fields][{column}][gte]": _text(since)})
        if following is not None:
            return records, total, f"{column} {following}"
        return records, total, MOMENTS[1] if column == MOMENTS[0] else None

    def _page(self, cursor: str | None, filters: dict[str, str]) -> tuple[Sequence[Record], int, str | None]:
        window = Window.parse(cursor, self._size)
        records, total = self._api.listed(window.offset, window.size, filters)
        following = window.following([record["id"] for record in records], total)
        return records, total, str(following) if following else None


def _text(since: datetime) -> str:
    return since.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
