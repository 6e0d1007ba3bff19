"""A CMS in memory whose editors save drafts. It writes as Contentful does: into the draft, and then publishes that."""

from collections.abc import Callable, Collection, Mapping, Sequence
from copy import deepcopy
from typing import Any, ClassVar

from brandsync.brand import ExternalId, Fields
from brandsync.cms.interface import CmsSettings
from brandsync.errors import Rejected
from brandsync.testing import Behaviour, MemoryCatalogue, MemoryCms
from brandsync.testing.memory_cms import MemoryCmsSettings, MemoryLinks

LOOKS = 4


class StaleError(Exception):
    """Somebody has saved since."""


class UnpublishableError(Exception):
    """An entry may be saved, and not be published."""


class DraftCatalogue(MemoryCatalogue):
    """Entries, published and as their editors see them."""

    def __init__(self) -> None:
        super().__init__()
        self.drafts: dict[str, dict[str, Any]] = {}
        """The latest version of each entry, by id."""
        self.versions: dict[str, int] = {}
        self.unpublishable: set[str] = set()
        self.frozen = False

    def save(self, cms_id: str, **fields: Any) -> None:
        """Change the draft."""
        self.drafts[cms_id] = self.drafts[cms_id] | fields
        self.versions[cms_id] += 1

    def publish_draft(self, cms_id: str) -> None:
        """Publish an entry as it stands."""
        with self.lock:
            if cms_id in self.unpublishable:
                raise UnpublishableError
            self.entries[cms_id] = deepcopy(self.drafts[cms_id])
            super().edit(cms_id)
            self.versions[cms_id] += 1

    def edit(self, cms_id: str, **fields: Any) -> None:
        """Change an entry, and publish it."""
        self.save(cms_id, **fields)
        self.publish_draft(cms_id)

    def unpublish(self, cms_id: str) -> None:
        """Take an entry from the site."""
        with self.lock:
            del self.entries[cms_id]
            self.versions[cms_id] += 1
            self.changed()

    def remove(self, cms_id: str) -> None:
        """Take an entry away."""
        del self.drafts[cms_id]
        super().remove(cms_id)

    def differing(self, *but: str) -> set[str]:
        """The published entries whose drafts say something else, be it in other fields than these."""
        unseen = {"updated_at", *but}
        return {
            cms_id
            for cms_id, shown in self.entries.items()
            if _rest(shown, unseen) != _rest(self.drafts[cms_id], unseen)
        }

    def is_fresh(self, behaviour: Behaviour) -> bool:
        """A cache shows what it has."""
        return not self.frozen and super().is_fresh(behaviour)

    def _publish(self, brand: Fields) -> str:
        cms_id = super()._publish(brand)
        self.drafts[cms_id], self.versions[cms_id] = deepcopy(self.entries[cms_id]), 1
        return cms_id


class DraftingSettings(MemoryCmsSettings):
    token: str | None = "the-token"
    """What it takes to write."""


class DraftingLinks(MemoryLinks):
    """Writes external ids where no draft waits."""

    cms: "DraftingCms"

    def refusal(self) -> str | None:
        return None if self.cms.settings.token else "there is no `token` to write them with"

    def pending(self, cms_ids: Sequence[str]) -> Collection[str]:
        return {cms_id for cms_id in cms_ids if cms_id in self.cms.catalogue.drafts and not self.cms.is_alone(cms_id)}

    def held(self, cms_ids: Sequence[str]) -> Mapping[str, str | None] | None:
        drafts = self.cms.catalogue.drafts
        return {cms_id: drafts[cms_id]["external_id"] for cms_id in cms_ids if cms_id in drafts}

    def write(self, links: Sequence[ExternalId]) -> Collection[str]:
        for link in links:
            self.cms.require(link.cms_id)
        return [link.cms_id for link in links if not self.cms.write(link)]


class DraftingCms(MemoryCms):
    """Writes external ids where no draft waits, and takes out again what can't be published."""

    Settings: ClassVar[type[CmsSettings]] = DraftingSettings
    settings: DraftingSettings
    catalogue: DraftCatalogue
    Links = DraftingLinks

    def __init__(self, settings: DraftingSettings) -> None:
        super().__init__(settings)
        self.catalogue = DraftCatalogue.named(settings.catalogue)
        self.confirm: Callable[[], None] = lambda: None

    def guard_writes(self, confirm: Callable[[], None]) -> None:
        self.confirm = confirm

    # The parts that a broken one has otherwise.

    def is_alone(self, cms_id: str) -> bool:
        """Whether it is published, and publishing it would show nothing but an external id."""
        return cms_id in self.catalogue.entries and cms_id not in self.catalogue.differing("external_id")

    def put(self, cms_id: str, version: int, external_id: str | None, looked_at: Mapping[str, Any]) -> int:
        """Save an external id into the draft; returns its version."""
        self._require_version(cms_id, version)
        self.catalogue.save(cms_id, external_id=external_id)
        return self.catalogue.versions[cms_id]

    def publish(self, cms_id: str, version: int) -> None:
        """Publish a draft."""
        self._require_version(cms_id, version)
        self.catalogue.publish_draft(cms_id)

    def take_out(self, cms_id: str, version: int, shown: str | None) -> None:
        """Have a draft as it was."""
        self.put(cms_id, version, shown, {})

    def require(self, cms_id: str) -> None:
        """See that an entry is there."""
        if cms_id not in self.catalogue.drafts:
            raise Rejected(f"there is no entry {cms_id}")

    def _require_version(self, cms_id: str, version: int) -> None:
        self.confirm()
        self.require(cms_id)
        if self.catalogue.versions[cms_id] != version:
            raise StaleError

    def write(self, link: ExternalId) -> bool:
        """Write one; false where it has to wait."""
        touched = False
        for _ in range(LOOKS):
            try:
                return self._attempt(link, touched=touched)
            except StaleError:
                touched = True
        return False

    def _attempt(self, link: ExternalId, *, touched: bool) -> bool:
        self.require(link.cms_id)
        draft, version = self.catalogue.drafts[link.cms_id], self.catalogue.versions[link.cms_id]
        shown = self.catalogue.entries.get(link.cms_id, {}).get("external_id")
        if draft["external_id"] == shown == link.external_id:
            return True
        if self.is_alone(link.cms_id):
            if draft["external_id"] != link.external_id:
                version = self.put(link.cms_id, version, link.external_id, draft)
            return self._published(link, version, shown)
        if shown == link.external_id or (touched and draft["external_id"] == link.external_id):
            self.put(link.cms_id, version, shown, draft)
        return shown == link.external_id

    def _published(self, link: ExternalId, version: int, shown: str | None) -> bool:
        try:
            self.publish(link.cms_id, version)
        except UnpublishableError:
            if shown != link.external_id:
                self.take_out(link.cms_id, version, shown)
                raise Rejected(f"the entry {link.cms_id} cannot be published") from None
        return True


def _rest(entry: Mapping[str, Any], unseen: set[str]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name not in unseen}
