"""The state of an entry: what its draft holds, what is published, and whether publishing would show anything new.

An entry is published as it stands exactly if its version is one more than the published version. (Tutorial "Determine
the state of entries and assets".) For any other entry, draft and publication are compared: a write-back that stopped
before it was published has changed nothing but the external id.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from brandsync.cms.contentful.delivery import Delivery
from brandsync.cms.contentful.management import Entry, Management, sys_of


@dataclass(frozen=True, slots=True)
class View:
    """One entry, as it was read."""

    version: int
    """Changes name this version, so that somebody else's newer change is never overwritten."""
    held: str | None
    """The external id in its latest version."""
    shown: str | None
    """The external id that is published; none also where the entry isn't published."""
    alone: bool
    """It is published, and publishing it would show nothing but the external id."""
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
        return {
            cms_id: self._view(full.get(cms_id, draft), published.get(cms_id), locale)
            for cms_id, draft in drafts.items()
        }

    def held(self, ids: Sequence[str]) -> dict[str, str | None]:
        """The external ids in the latest versions of the entries among these that exist."""
        drafts = self.management.drafts(ids, f"sys,fields.{self.field}")
        locale = self.delivery.default_locale() if drafts else ""
        return {cms_id: self._external_id(draft, locale) for cms_id, draft in drafts.items()}

    def _view(self, draft: Entry, published: Entry | None, locale: str) -> View:
        sys, held = sys_of(draft), self._external_id(draft, locale)
        archived = bool(sys.get("archivedVersion"))
        if not sys.get("publishedVersion"):
            return View(sys["version"], held, None, alone=False, archived=archived)
        whole = not _has_draft_locale(sys)
        if sys["version"] == sys["publishedVersion"] + 1:
            return View(sys["version"], held, held, alone=whole)
        if published is None:  # an editor changed it between two looks: it has to wait
            return View(sys["version"], held, held, alone=False)
        alone = whole and self._rest(draft) == self._rest(published)
        return View(sys["version"], held, self._external_id(published, locale), alone=alone)

    def _external_id(self, entry: Entry, locale: str) -> str | None:
        values = _object(_object(entry.get("fields")).get(self.field))
        found = values.get(locale)
        return None if found is None or found == "" else str(found)

    def _rest(self, entry: Entry) -> Any:
        fields = {name: value for name, value in _object(entry.get("fields")).items() if name != self.field}
        return fields, _object(entry.get("metadata"))


def _is_changed(entry: Entry) -> bool:
    sys = sys_of(entry)
    published = sys.get("publishedVersion")
    return type(published) is int and sys["version"] != published + 1


def _has_draft_locale(sys: Mapping[str, Any]) -> bool:
    """Publishing an entry publishes all of its locales, even those that an editor has kept back ("fieldStatus")."""
    return "draft" in _object(_object(sys.get("fieldStatus")).get("*")).values()


def _object(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, dict) else {}
