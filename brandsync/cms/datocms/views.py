"""The state of a record: what its latest version holds, what is published, and whether publishing would show more.

``meta.status`` is ``published`` where the latest version is the published one, ``updated`` where it isn't, and
``draft`` where none is. For an ``updated`` record both versions are compared, with the content of their blocks: a block
keeps its id when it is edited. A write-back that stopped before its publication differs only by the external id.

Source: datocms.com/docs/content-management-api/resources/item; datocms.com/docs/general-concepts/draft-published.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from brandsync.cms.datocms.api import Api, Record, attributes_of, meta_of, version_of

DRAFT: Final = "draft"
UPDATED: Final = "updated"
SCHEDULES: Final = ("publication_scheduled_at", "unpublishing_scheduled_at")
"""What an editor has planned. No document says whether publishing by hand leaves it as it is."""


@dataclass(frozen=True, slots=True)
class View:
    """One record, as it was read."""

    version: str
    """Changes name this version, so that somebody else's newer change is never overwritten."""
    held: str | None
    """The external id in its latest version."""
    shown: str | None
    """The external id that is published; none also where the record isn't published."""
    alone: bool
    """It is published; publishing it would show only the external id, and undo no editor's schedule."""


class Views:
    """Looks at records: one request per hundred, and two more per thirty that have unpublished changes."""

    def __init__(self, api: Api, field: str) -> None:
        self.api = api
        self.field = field

    def of(self, ids: Sequence[str]) -> dict[str, View]:
        """The records among these that exist, by id."""
        records = self.api.current(ids)
        changed = [cms_id for cms_id, record in records.items() if status_of(record) == UPDATED]
        whole = self.api.whole(changed, "current") if changed else {}
        published = self.api.whole(changed, "published") if changed else {}
        return {
            cms_id: self._view(whole.get(cms_id, record), published.get(cms_id)) for cms_id, record in records.items()
        }

    def held(self, ids: Sequence[str]) -> dict[str, str | None]:
        """The external ids in the latest versions of the records among these that exist."""
        return {cms_id: self._external_id(record) for cms_id, record in self.api.current(ids).items()}

    def _view(self, record: Record, published: Record | None) -> View:
        version, held, status = version_of(record), self._external_id(record), status_of(record)
        if status == DRAFT:
            return View(version, held, None, alone=False)
        free = not any(meta_of(record).get(name) for name in SCHEDULES)
        if status != UPDATED:
            return View(version, held, held, alone=free)
        if published is None:  # an editor changed it between two looks: it has to wait
            return View(version, held, held, alone=False)
        alone = free and self._rest(record) == self._rest(published)
        return View(version, held, self._external_id(published), alone=alone)

    def _external_id(self, record: Record) -> str | None:
        found = attributes_of(record).get(self.field)
        return None if found is None or found == "" else str(found)

    def _rest(self, record: Record) -> Mapping[str, Any]:
        return {name: value for name, value in attributes_of(record).items() if name != self.field}


def status_of(record: Record) -> Any:
    """``draft``, ``updated`` or ``published``; none in a model without drafts (assumed: the type allows it)."""
    return meta_of(record).get("status")
