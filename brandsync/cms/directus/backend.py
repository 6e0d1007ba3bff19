"""One collection of Directus 11, over its REST API."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar

from brandsync.backend import Finding
from brandsync.cms.directus.by_id import ById
from brandsync.cms.directus.changes import changed_page
from brandsync.cms.directus.checking import findings
from brandsync.cms.directus.items import Items
from brandsync.cms.directus.links import Links
from brandsync.cms.directus.related import Related
from brandsync.cms.directus.settings import DirectusSettings
from brandsync.cms.http_cms import HttpCms
from brandsync.cms.interface import CmsPage


class DirectusCms(HttpCms):
    """A collection of Directus. What ``filter`` finds is published."""

    Settings: ClassVar[type[DirectusSettings]] = DirectusSettings
    settings: DirectusSettings
    links: Links
    verified: ClassVar[str] = "a real Directus 11.17.4, 2026-11"
    public_files: ClassVar[str] = "give the Public role read access to `directus_files`"

    def __init__(self, settings: DirectusSettings) -> None:
        token = settings.token.get_secret_value()
        headers = {"Authorization": f"Bearer {token}"}
        super().__init__(settings, headers=headers, secrets=(token,), credentials_hint=_hint(settings))
        # Where items become visible as time passes, nothing in Directus changes that could be asked for.
        self.changed_since = "$NOW" not in repr(settings.filter)
        self.items = Items(self.http, settings)
        self._by_id = ById(self.items)
        self.links = Links(self.items)
        self._related = Related(self.items)

    def retrieve_brands(self, cursor: str | None = None, since: datetime | None = None) -> CmsPage:
        """One page of the published items, or of those that may have changed. See ``Cms.retrieve_brands``."""
        if since:
            return changed_page(self.items, self._related, cursor, since)
        return self.items.page(self.settings.filter, cursor)

    def retrieve_entries(self, cms_ids: Sequence[str]) -> list[Any]:
        """The items among these that ``filter`` finds. See ``Cms.retrieve_entries``."""
        return self._by_id.published(cms_ids)

    def unseen_changes(self) -> str | None:
        """Deletions have no date, and some changes can't be asked for by theirs. See ``MissesChanges``."""
        return self._related.unseen()

    def where(self) -> str:
        """The listing's URL."""
        return f"{self.settings.url.rstrip('/')}{self.items.path}"

    def check(self) -> Iterator[Finding]:
        """Look at the listing, the fields and the token's permissions."""
        return findings(self, self.links, self.items, changes=self.changed_since)


def _hint(settings: DirectusSettings) -> str:
    """Directus answers 403 both for what is forbidden and for what doesn't exist."""
    return (
        "check `token` in [cms] (BRANDSYNC_CMS__TOKEN): it is the static token of a user whose policy allows to read"
        f" `{settings.collection}` and to update its field `{settings.external_id}`; check too that this collection and"
        " every field named in [cms] exist"
    )
