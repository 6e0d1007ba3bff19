"""One content type of a Storyblok space: read as published, written as editors write it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from brandsync.backend import Finding
from brandsync.cms.checked import link_finding, page_finding
from brandsync.cms.entry_check import Sample, entry_findings
from brandsync.cms.interface import CmsPage
from brandsync.cms.storyblok.delivery import PATH, Delivery
from brandsync.cms.storyblok.fields import may_lack
from brandsync.cms.storyblok.links import Links
from brandsync.cms.storyblok.management import Management
from brandsync.cms.storyblok.settings import StoryblokSettings
from brandsync.cms.storyblok.views import Views
from brandsync.cms.two_tokens import TwoTokenCms
from brandsync.http import PaceHeaders

_DELIVERY: Final = "a public or preview access token of the space (Settings → Access Tokens)"
_MANAGEMENT: Final = "a personal access token (My account) of a user who may read, edit and publish brands"
_REGION: Final = "and `region`: each server location has tokens of its own"


class StoryblokCms(TwoTokenCms):
    """A content type of Storyblok: its published stories, in one language."""

    Settings: ClassVar[type[StoryblokSettings]] = StoryblokSettings
    settings: StoryblokSettings
    verified: ClassVar[str] = "the vendor's documents, 2026-11; not a real space"

    def __init__(self, settings: StoryblokSettings) -> None:
        super().__init__(settings, f"{_DELIVERY}; {_REGION}", quota=PaceHeaders(documented=settings.delivery_rate))
        self.delivery = Delivery(self.http, settings)
        self.management: Management | None = None
        if settings.management_token:
            # The header holds only the token: Management API, "Authentication".
            headers = {"Authorization": settings.management_token.get_secret_value()}
            pace = PaceHeaders(documented=settings.management_rate)
            self.management = Management(
                self.writing(f"{_MANAGEMENT}; {_REGION}", headers=headers, quota=pace), settings
            )
            self.links = Links(Views(self.delivery, self.management, settings.field), settings)

    def retrieve_brands(self, cursor: str | None = None, since: datetime | None = None) -> CmsPage:
        """One page of published stories. See ``Cms.retrieve_brands``."""
        return self.delivery.page(cursor, since)

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
        page = self.retrieve_brands()
        yield page_finding(self, page, "story")
        sample, lacking = Sample.of(page, self.retrieve_brands), may_lack(self.management, self.settings.content_type)
        # A story holds all that it shows, even the addresses of files: nothing has to be allowed.
        yield from entry_findings(self.settings, sample, links=False, may_lack=lacking, allow="")
        yield link_finding(self.links, f"the management token may write `{self.settings.external_id}`")
