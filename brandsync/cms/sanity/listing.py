"""The published documents of one type, page by page in the order of their ids.

Each page begins after the last id of the page before ("Paginating with GROQ"), so none is missed while editors add and
delete others. One entry more than a page is asked for: it shows whether another page follows.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from brandsync.cms.answers import CHECK_URL, required
from brandsync.cms.by_id import Answer, LookUp
from brandsync.cms.interface import CmsPage
from brandsync.cms.sanity.dataset import Dataset
from brandsync.cms.sanity.settings import SanitySettings
from brandsync.errors import Unreadable
from brandsync.json_reading import a_list, at
from brandsync.observing.excerpt import kind

PUBLISHED: Final = '!string::startsWith(_id, "drafts.") && !string::startsWith(_id, "versions.")'
"""The perspective ``published`` also leaves them out; an API without perspectives doesn't."""

_DEEPEST: Final = 3
"""How many references are followed, one from another, to see what was changed behind them."""
_LONGEST: Final = 200_000
"""Characters of ids in one query, which is then posted: a twentieth of what the API takes."""


class Listing:
    """Lists documents. Thread-safe."""

    def __init__(self, dataset: Dataset, settings: SanitySettings) -> None:
        self.dataset = dataset
        self._settings = settings

    def page(self, cursor: str | None, since: datetime | None) -> CmsPage:
        """A page of documents. The first page tells how many there are."""
        size = self._settings.page_size
        values = {"type": self._settings.document_type, "since": since and _moment(since), "after": cursor}
        given = {name: value for name, value in values.items() if value is not None}
        entries, total = _page(self.dataset.query(self._query(cursor, since), given), first=cursor is None)
        if cursor in [_id(entry) for entry in entries]:
            raise Unreadable("Sanity lists a document again that has been listed", hint=CHECK_URL)
        following = _id(entries[size - 1]) if len(entries) > size else None
        return CmsPage(entries[:size], following, total)

    def of(self, ids: Sequence[str]) -> list[Any]:
        """The published ones among these documents: one request per page of them. A long query is posted."""
        return LookUp(self._some, _id, "Sanity's listing", self._settings.page_size, longest=_LONGEST).of(ids)

    def _some(self, ids: Sequence[str]) -> Answer:
        every = f"_type == $type && {PUBLISHED} && _id in $ids"
        query = f'{{"entries": *[{every}] {{{self._shown()}}}, "total": count(*[{every}])}}'
        return _page(self.dataset.query(query, {"type": self._settings.document_type, "ids": list(ids)}), first=True)

    def first_id(self) -> str | None:
        """The id of any document, or none where there is none."""
        found = self.dataset.query(f"*[_type == $type && {PUBLISHED}][0]._id", {"type": self._settings.document_type})
        return found if isinstance(found, str) else None

    def types(self) -> list[str]:
        """The types of documents that exist, also of drafts, but without Sanity's own."""
        found = self.dataset.query("array::unique(*[]._type)", {}, raw=True)
        names = (name for name in a_list(found) if isinstance(name, str))
        return [name for name in names if not name.startswith(("sanity.", "system."))]

    def _query(self, cursor: str | None, since: datetime | None) -> str:
        settings = self._settings
        every = f"_type == $type && {PUBLISHED}" + (f" && ({self._changed()})" if since else "")
        some = every + ("" if cursor is None else " && _id > $after")
        entries = f'"entries": *[{some}] | order(_id) [0...{settings.page_size + 1}] {{{self._shown()}}}'
        return f"{{{entries}}}" if cursor is not None else f'{{{entries}, "total": count(*[{every}])}}'

    def _changed(self) -> str:
        """The condition that a document was changed, or one that it refers to, if the projection follows references."""
        changed = "_updatedAt >= $since"
        for _ in range(min(self._settings.projection.count("->"), _DEEPEST)):
            changed = f"_updatedAt >= $since || references(*[{changed}]._id)"
        return changed

    def _shown(self) -> str:
        # The projection may end in a comment.
        return f"{self._settings.projection}\n, _id, _updatedAt, {self._settings.external_id}"


def _moment(since: datetime) -> str:
    """A second, without its zone: as text it comes before every moment in it, however many digits that has."""
    return since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _page(found: Any, *, first: bool) -> tuple[list[Any], int | None]:
    entries = at(found, "entries")
    required(entries, list, f"Sanity's listing holds {kind(entries)} where entries should be")
    return entries, required(found.get("total"), int, "Sanity's listing tells no `total`") if first else None


def _id(entry: Any) -> str:
    hint = "leave `_id` as it is in `projection` in [cms]"
    return required(at(entry, "_id"), str, "a document of Sanity has no `_id`", hint)
