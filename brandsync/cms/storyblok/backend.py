"""One content type of a Storyblok space: read as published, written as editors write it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from brandsync.backend import Finding, Rate
from brandsync.cms.http_cms import HttpCms
from brandsync.cms.interface import CmsLinks, CmsPage, ReadOnlyLinks
from brandsync.cms.storyblok.checking import findings
from brandsync.cms.storyblok.delivery import PATH, Delivery
from brandsync.cms.storyblok.links import Links
from brandsync.cms.storyblok.management import Management
from brandsync.cms.storyblok.settings import StoryblokSettings
from brandsync.cms.storyblok.views import Views
from brandsync.cms.two_tokens import UNWRITABLE
from brandsync.http import HttpClient, PaceHeaders


class StoryblokCms(HttpCms):
    """A content type of Storyblok: its published stories, in one language."""

    Settings: ClassVar[type[StoryblokSettings]] = StoryblokSettings
    settings: StoryblokSettings
    verified: ClassVar[str] = "the vendor's documents, 2026-11; not a real space"
    changed_since = True

    def __init__(self, settings: StoryblokSettings) -> None:
        secrets = settings.tokens
        pace = PaceHeaders(documented=settings.delivery_rate)
        super().__init__(settings, secrets=secrets, quota=pace, credentials_hint=_hint("delivery_token"))
        self.delivery = Delivery(self.http, settings)
        self.management = self._management(secrets[1]) if len(secrets) > 1 else None
        self.links: CmsLinks = ReadOnlyLinks(UNWRITABLE)
        if self.management:
            self.clients = (self.http, self.management.http)
            self.links = Links(Views(self.delivery, self.management, settings.field), settings)

    def _management(self, token: str) -> Management:
        """The client for writing. ``Authorization`` holds only the token: Management API, "Authentication"."""
        endpoint = replace(
            self.http.endpoint,
            url=self.settings.management_url,
            headers={"Authorization": token},
            quota=PaceHeaders(documented=self.settings.management_rate),
            credentials_hint=_hint("management_token"),
        )
        return Management(HttpClient(endpoint), self.settings)

    @property
    def rate(self) -> Rate | None:
        """What limits its writes. See ``Cms.rate``."""
        return self.management.http.rate if self.management else None

    def retrieve_brands(self, cursor: str | None = None, since: datetime | None = None) -> CmsPage:
        """One page of published stories. See ``Cms.retrieve_brands``."""
        stories, total, following = self.delivery.page(cursor, since)
        return CmsPage(stories, following, total if cursor is None else None)

    def retrieve_entries(self, cms_ids: Sequence[str]) -> list[Any]:
        """The published ones among these stories. See ``Cms.retrieve_entries``."""
        return self.delivery.of(cms_ids)

    def where(self) -> str:
        """The listing's URL without its token, and the space."""
        settings = self.settings
        folder = f"&starts_with={settings.starts_with}" if settings.starts_with else ""
        return f"{settings.url.rstrip('/')}{PATH}?content_type={settings.content_type}{folder} (space {settings.space})"

    def check(self) -> Iterator[Finding]:
        """Look at the listing, the fields, the content type and the tokens' rights."""
        return findings(self)


def _hint(setting: str) -> str:
    whose = {
        "delivery_token": "a public or preview access token of the space (Settings → Access Tokens)",
        "management_token": "a personal access token (My account) of a user who may read, edit and publish brands",
    }
    return (
        f"check `{setting}` in [cms] (BRANDSYNC_CMS__{setting.upper()}): it is {whose[setting]}; and `region`: each"
        " server location has tokens of its own"
    )
