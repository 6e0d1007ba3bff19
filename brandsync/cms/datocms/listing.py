"""The listing of published records, in pages, whole or since a moment.

Ids can be sorted by and not compared, so that pages go by offset. Of a record, ``meta.published_at`` is when it was
last published and ``meta.updated_at`` when it was last saved, be it as a draft; both belong to the record and not to
its versions ("Data consistency: key concepts and implications"). Whether a publication of some locales alone counts for
the first is told nowhere. So both are asked for, one after the other: whatever is published late bears one of them.

Source: datocms.com/docs/content-management-api/resources/item/instances. A filter cuts a moment's seconds off.
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
        """A page of records, how many there are by this filter, and the next page's cursor."""
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
