"""The state of an entry: what its draft holds, what is published, and whether publishing would show anything new.

An entry is published as it stands exactly if its version is one more than the published version. (Tutorial "Determine
the state of entries and assets".) For any other entry, draft and publication are compared: a write-back that stopped
before it was published has changed nothing but the external id.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from brandsync.cms import draft_links
from brandsync.cms.contentful.delivery import Delivery
from brandsync.cms.contentful.management import Entry, Management, version_of
from brandsync.cms.external_ids import id_in
from brandsync.json_reading import an_object, at


@dataclass(frozen=True, slots=True)
class View(draft_links.View):
    """One entry, as it was read."""

    version: int
    """Changes name this version, so that somebody else's newer change is never overwritten."""
    archived: bool = False
    """It can't be changed."""


class Views:
    """Looks at entries: one request per hundred, and two more for those that aren't published as they stand."""

    def __init__(self, delivery: Delivery, management: Management, field: str) -> None:
        self.delivery = delivery
        self.management = management
        self.field = field

    def of(self, ids: Sequence[str]) -> dict[str, View]:
        """The entries among these that exist, by id."""
        drafts = self.management.drafts(ids, f"sys,fields.{self.field}")
        locale = self.delivery.default_locale()
        changed = [cms_id for cms_id, draft in drafts.items() if _is_changed(draft)]
        full = self.management.drafts(changed) if changed else {}
        published = self.management.published(changed) if changed else {}
        return {cms_id: self._view(draft, published.get(cms_id), locale) for cms_id, draft in (drafts | full).items()}

    def held(self, ids: Sequence[str]) -> dict[str, str | None]:
        """The external ids in the latest versions of the entries among these that exist."""
        drafts = self.management.drafts(ids, f"sys,fields.{self.field}")
        locale = self.delivery.default_locale() if drafts else ""
        return {cms_id: self._external_id(draft, locale) for cms_id, draft in drafts.items()}

    def _view(self, draft: Entry, published: Entry | None, locale: str) -> View:
        version, held = version_of(draft), self._external_id(draft, locale)
        if not at(draft, "sys", "publishedVersion"):
            return View(held, None, alone=False, version=version, archived=bool(at(draft, "sys", "archivedVersion")))
        # Publishing an entry publishes all of its locales, even those that an editor has kept back ("fieldStatus").
        whole = "draft" not in an_object(at(draft, "sys", "fieldStatus", "*")).values()
        if not _is_changed(draft):
            return View(held, held, alone=whole, version=version)
        if published is None:  # an editor changed it between two looks: it has to wait
            return View(held, held, alone=False, version=version)
        alone = whole and self._rest(draft) == self._rest(published)
        return View(held, self._external_id(published, locale), alone=alone, version=version)

    def _external_id(self, entry: Entry, locale: str) -> str | None:
        return id_in(at(entry, "fields", self.field, locale))

    def _rest(self, entry: Entry) -> Any:
        fields = {name: value for name, value in an_object(entry.get("fields")).items() if name != self.field}
        # Published entries come without ``metadata`` where drafts have ``{"tags": []}`` (recorded).
        return fields, {name: value for name, value in an_object(entry.get("metadata")).items() if value}


def _is_changed(entry: Entry) -> bool:
    published = at(entry, "sys", "publishedVersion")
    return bool(published) and version_of(entry) != published + 1
