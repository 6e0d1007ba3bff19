"""One content type of a Storyblok space: read as it is delivered, written as editors write it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar, Final

from brandsync.brand import ExternalId
from brandsync.cms.http_cms import HttpCms
from brandsync.cms.interface import CmsCapabilities, CmsPage
from brandsync.cms.storyblok.checking import findings, without_field
from brandsync.cms.storyblok.delivery import PATH, Delivery
from brandsync.cms.storyblok.links import Links
from brandsync.cms.storyblok.management import AT_ONCE, Management
from brandsync.cms.storyblok.settings import StoryblokSettings
from brandsync.cms.storyblok.views import Views
from brandsync.errors import Rejected
from brandsync.finding import Finding
from brandsync.http import HttpClient, PaceHeaders, Rate

LINK_THREADS: Final = 4
"""Enough for six requests a second, the most that Storyblok allows, where each takes half a second."""
LINK_REQUESTS: Final = 3
"""For one link: the story is read, written, and its versions are read."""

UNWRITABLE: Final = "there is no `management_token` in [cms] (BRANDSYNC_CMS__MANAGEMENT_TOKEN) to write them with"


class StoryblokCms(HttpCms):
    """A content type of Storyblok: its published stories, in one language."""

    Settings: ClassVar[type[StoryblokSettings]] = StoryblokSettings
    settings: StoryblokSettings
    verified: ClassVar[str] = "the vendor's documents, 2026-11; not a real space"
    capabilities = CmsCapabilities(writes_links=True, changed_since=True, link_batch=AT_ONCE, link_threads=LINK_THREADS)

    def __init__(self, settings: StoryblokSettings) -> None:
        secrets = _secrets(settings)
        pace = PaceHeaders(documented=settings.delivery_rate)
        super().__init__(settings, secrets=secrets, quota=pace, credentials_hint=_hint("delivery_token"))
        self.delivery = Delivery(self.http, settings)
        self.management = self._management(secrets[1]) if len(secrets) > 1 else None
        self._views = Views(self.delivery, self.management, settings.field) if self.management else None
        if self.management:
            self.clients = (self.http, self.management.http)

    def _management(self, token: str) -> Management:
        """The client for writing. ``Authorization`` holds the token alone: Management API, "Authentication"."""
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
        """What is published of these stories. See ``Cms.retrieve_entries``."""
        return self.delivery.of(cms_ids)

    def write_links(self, links: Sequence[ExternalId]) -> Sequence[str]:
        """Write external ids where no draft waits. See ``Cms.write_links``."""
        if self._views is None:
            raise Rejected(UNWRITABLE)
        return Links(self._views).write(links)

    def pending_drafts(self, cms_ids: Sequence[str]) -> Collection[str]:
        """Which stories have changes that wait, or are published no more. See ``Cms.pending_drafts``."""
        return Links(self._views).pending(cms_ids) if self._views else ()

    def written_ids(self, cms_ids: Sequence[str]) -> Mapping[str, str | None] | None:
        """What the drafts hold: they are right where the delivery may lag behind. See ``Cms.written_ids``."""
        return self._views.held(cms_ids) if self._views else None

    def requests_for_links(self, links: int) -> int:
        """A look at a hundred, and three for each. See ``Cms.requests_for_links``."""
        return -(-links // AT_ONCE) + LINK_REQUESTS * links

    def link_refusal(self) -> str | None:
        """Why external ids may not be written. See ``Cms.link_refusal``.

        Raises:
            ConfigError: they may, but the content type has no field for them.
        """
        if self.management is None:
            return UNWRITABLE
        if problem := without_field(self.settings, self.management.components()):
            raise problem
        if self.management.may_write():
            return None
        return f"the management token may not change stories of the space {self.settings.space}"

    def where(self) -> str:
        """The listing's URL, without its token; and which space it is."""
        settings = self.settings
        folder = f"&starts_with={settings.starts_with}" if settings.starts_with else ""
        return f"{settings.url.rstrip('/')}{PATH}?content_type={settings.content_type}{folder} (space {settings.space})"

    def check(self) -> Iterator[Finding]:
        """Look at the listing, the fields, the content type and the tokens' rights."""
        return findings(self)


def _secrets(settings: StoryblokSettings) -> tuple[str, ...]:
    """The tokens, the one for reading first."""
    tokens = (settings.delivery_token, settings.management_token)
    return tuple(token.get_secret_value() for token in tokens if token)


def _hint(setting: str) -> str:
    whose = {
        "delivery_token": "a public or preview access token of the space (Settings → Access Tokens)",
        "management_token": "a personal access token (My account) of a user who may read, edit and publish brands",
    }
    return (
        f"check `{setting}` in [cms] (BRANDSYNC_CMS__{setting.upper()}): it is {whose[setting]}; and `region`: each"
        " server location has tokens of its own"
    )
