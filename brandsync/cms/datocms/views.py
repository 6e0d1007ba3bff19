"""The state of a record: what its latest version holds, what is published, and whether publishing would show more.

``meta.status`` is ``published`` where the latest version is the published one, ``updated`` where it isn't, and
``draft`` where none is. For an ``updated`` record both versions are compared, with the content of their blocks: a block
keeps its id when it is edited. A write-back that stopped before its publication differs only by the external id, and
by the moment at which it was saved.

Sources: datocms.com/docs/content-management-api/resources/item; datocms.com/docs/general-concepts/draft-published;
recorded answers in github.com/datocms/js-datocms-client (cassettes, 2022-03).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from brandsync.cms import draft_links
from brandsync.cms.datocms.api import Api, Record, attributes_of, version_of
from brandsync.cms.datocms.schema import Schema
from brandsync.cms.external_ids import id_in
from brandsync.json_reading import at

DRAFT: Final = "draft"
UPDATED: Final = "updated"
SCHEDULES: Final = ("publication_scheduled_at", "unpublishing_scheduled_at")
"""What an editor has planned. No document says whether publishing by hand leaves it as it is."""

MOMENTS: Final = ("created_at", "updated_at")
"""Every record has them among its ``attributes``, beside the model's fields (recorded)."""


@dataclass(frozen=True, slots=True)
class View(draft_links.View):
    """One record, as it was read. It is not ``alone`` either where publishing it would undo an editor's schedule."""

    version: str
    """Changes name this version, so that somebody else's newer change is never overwritten."""


class Views:
    """Looks at records: one request per hundred, and two more per thirty that have unpublished changes."""

    def __init__(self, api: Api, schema: Schema, field: str) -> None:
        self.api = api
        self.schema = schema
        self.field = field

    def of(self, ids: Sequence[str]) -> dict[str, View]:
        """The records among these that exist, by id."""
        records = self.api.current(ids)
        changed = [cms_id for cms_id, record in records.items() if status_of(record) == UPDATED]
        whole = self.api.whole(changed, "current") if changed else {}
        published = self.api.whole(changed, "published") if changed else {}
        return {cms_id: self._view(record, published.get(cms_id)) for cms_id, record in (records | whole).items()}

    def held(self, ids: Sequence[str]) -> dict[str, str | None]:
        """The external ids in the latest versions of the records among these that exist."""
        return {cms_id: self._external_id(record) for cms_id, record in self.api.current(ids).items()}

    def _view(self, record: Record, published: Record | None) -> View:
        version, held, status = version_of(record), self._external_id(record), status_of(record)
        if status == DRAFT:
            return View(held, None, alone=False, version=version)
        free = not any(at(record, "meta", name) for name in SCHEDULES)
        if status != UPDATED:
            return View(held, held, alone=free, version=version)
        if published is None:  # an editor changed it between two looks: it has to wait
            return View(held, held, alone=False, version=version)
        alone = free and self._rest(record) == self._rest(published)
        return View(held, self._external_id(published), alone=alone, version=version)

    def _external_id(self, record: Record) -> str | None:
        return id_in(at(record, "attributes", self.field))

    def _rest(self, record: Record) -> dict[str, Any]:
        others = {self.field, *MOMENTS}
        return {name: value for name, value in attributes_of(record).items() if name not in others}


def status_of(record: Record) -> Any:
    """``draft``, ``updated`` or ``published``; none in a model without drafts (assumed: the type allows it)."""
    return at(record, "meta", "status")
