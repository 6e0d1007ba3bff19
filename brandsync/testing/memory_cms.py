"""An in-memory CMS, for tests of store backends and for anything that needs an obedient CMS."""

from collections.abc import Collection, Sequence
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from brandsync.brand import ExternalId, Fields
from brandsync.cms.interface import Cms, CmsLinks, CmsPage, CmsSettings, FieldPaths
from brandsync.errors import Rejected
from brandsync.testing.memory import Behaviour, MemoryState

EVERY_FIELD = FieldPaths(
    handle="handle", description="description", logo_url="logo_url", website_url="website_url", metadata="metadata"
)


class MemoryCatalogue(MemoryState):
    """The published entries of a CMS, and what its editors do. Several ``MemoryCms`` may share it."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[str, dict[str, Any]] = {}
        """The entries by id, in the order in which they were published."""
        self.listed: dict[str, dict[str, Any]] = {}
        """What a listing shows."""
        self._made = 0

    def publish(self, *brands: Fields) -> list[str]:
        """Publish entries; returns their ids."""
        return [self._publish(brand) for brand in brands]

    def edit(self, cms_id: str, **fields: Any) -> None:
        """Change an entry, as an editor would."""
        with self.lock:
            self.entries[cms_id] |= {**fields, "updated_at": _now()}
            self.changed()

    def remove(self, cms_id: str) -> None:
        """Remove an entry."""
        with self.lock:
            del self.entries[cms_id]
            self.changed()

    def external_ids(self) -> dict[str, str | None]:
        """The external id of each entry, by entry id."""
        return {cms_id: entry["external_id"] for cms_id, entry in self.entries.items()}

    def _publish(self, brand: Fields) -> str:
        with self.lock:
            self._made += 1
            cms_id = f"{self._made:06}"
            self.entries[cms_id] = {"id": cms_id, "external_id": None, "updated_at": _now(), **brand}
            self.changed()
            return cms_id


class MemoryCmsSettings(CmsSettings):
    """``[cms]`` for an in-memory CMS."""

    backend: str = "memory"
    catalogue: str = "catalogue"
    """The name of the ``MemoryCatalogue``, within the process."""
    behaviour: Behaviour = Behaviour()
    fields: FieldPaths = EVERY_FIELD


class MemoryLinks(CmsLinks):
    """External ids in memory."""

    def __init__(self, cms: "MemoryCms") -> None:
        self.cms = cms
        self.batch = cms.behaviour.batch
        self.threads = cms.behaviour.link_threads

    def write(self, links: Sequence[ExternalId]) -> Collection[str]:
        """Write external ids, all or none. As in most CMSes, this changes the entry's time of change."""
        catalogue = self.cms.catalogue
        with catalogue.write(self.cms.behaviour, len(links)) as count:
            for link in links:
                if link.cms_id not in catalogue.entries:
                    raise Rejected(f"there is no entry {link.cms_id}")
            for link in links[:count]:
                catalogue.edit(link.cms_id, external_id=link.external_id)
        return ()


class MemoryCms(Cms):
    """Entries in memory."""

    Links: ClassVar[type[MemoryLinks]] = MemoryLinks
    Settings: ClassVar[type[CmsSettings]] = MemoryCmsSettings
    settings: MemoryCmsSettings

    def __init__(self, settings: MemoryCmsSettings) -> None:
        super().__init__(settings)
        self.behaviour = settings.behaviour
        self.catalogue = MemoryCatalogue.named(settings.catalogue)
        self.changed_since = self.behaviour.changed_since
        self.links = self.Links(self) if self.behaviour.writes_links else None

    @classmethod
    def of(cls, catalogue: MemoryCatalogue, behaviour: Behaviour | None = None) -> Self:
        """A CMS for this catalogue, without a configuration."""
        cms = cls(MemoryCmsSettings(behaviour=behaviour or Behaviour()))
        cms.catalogue = catalogue
        return cms

    def retrieve_brands(self, cursor: str | None = None, since: datetime | None = None) -> CmsPage:
        """One page of the entries, by id."""
        catalogue = self.catalogue
        with catalogue.call(self.behaviour):
            if cursor is None and catalogue.is_fresh(self.behaviour):
                catalogue.listed = deepcopy(catalogue.entries)
            changed = [cms_id for cms_id, entry in catalogue.listed.items() if _changed(entry, since)]
            ids = [cms_id for cms_id in sorted(changed) if cms_id > (cursor or "")]
            page = ids[: self.behaviour.page_size]
            entries = [deepcopy(catalogue.listed[cms_id]) for cms_id in page]
            return CmsPage(entries, page[-1] if len(ids) > len(page) else None, len(changed))

    def retrieve_entries(self, cms_ids: Sequence[str]) -> Sequence[Any] | None:
        """The entries among these that are there, whatever a listing shows."""
        catalogue = self.catalogue
        if not self.behaviour.finds_by_id:
            return super().retrieve_entries(cms_ids)
        with catalogue.call(self.behaviour):
            return [deepcopy(catalogue.entries[key]) for key in dict.fromkeys(cms_ids) if key in catalogue.entries]


def _changed(entry: dict[str, Any], since: datetime | None) -> bool:
    return since is None or datetime.fromisoformat(entry["updated_at"]) >= since


def _now() -> str:
    return datetime.now(UTC).isoformat()
