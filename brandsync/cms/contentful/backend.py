"""One content type of one environment of a Contentful space: read as published, written as editors write it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from brandsync.backend import Finding, Rate
from brandsync.cms.contentful.checking import findings
from brandsync.cms.contentful.delivery import PACE, Delivery
from brandsync.cms.contentful.links import Links
from brandsync.cms.contentful.management import Management
from brandsync.cms.contentful.settings import ContentfulSettings
from brandsync.cms.contentful.views import Views
from brandsync.cms.http_cms import HttpCms
from brandsync.cms.interface import CmsLinks, CmsPage, ReadOnlyLinks
from brandsync.cms.looked_into import fields_that, names_any
from brandsync.cms.two_tokens import UNWRITABLE
from brandsync.http import HttpClient


class ContentfulCms(HttpCms):
    """A content type of Contentful: its published entries, in one locale."""

    Settings: ClassVar[type[ContentfulSettings]] = ContentfulSettings
    settings: ContentfulSettings
    verified: ClassVar[str] = "the vendor's documents, 2026-11; not a real space"
    changed_since = True

    def __init__(self, settings: ContentfulSettings) -> None:
        secrets = settings.tokens
        shared = {"secrets": secrets, "quota": PACE}
        super().__init__(settings, headers=_bearer(secrets[0]), credentials_hint=_hint("delivery_token"), **shared)
        self.delivery = Delivery(self.http, settings)
        self.links: CmsLinks = ReadOnlyLinks(UNWRITABLE)
        if len(secrets) > 1:
            endpoint = replace(
                self.http.endpoint,
                url=settings.management_url,
                headers=_bearer(secrets[1]),
                credentials_hint=_hint("management_token"),
            )
            writing = HttpClient(endpoint)
            self.clients = (self.http, writing)
            views = Views(self.delivery, Management(writing, settings), settings.external_id)
            self.links = Links(views, settings, self.where())

    @property
    def rate(self) -> Rate | None:
        """What the Content Management API allows, as its answers tell."""
        return super().rate if len(self.clients) > 1 else None

    def retrieve_brands(self, cursor: str | None = None, since: datetime | None = None) -> CmsPage:
        """One page of published entries: their fields, with ``sys`` beside them. See ``Cms.retrieve_brands``."""
        entries, total, following = self.delivery.page(cursor, since)
        return CmsPage(entries, following, total if cursor is None else None)

    def retrieve_entries(self, cms_ids: Sequence[str]) -> list[Any]:
        """The published ones among these entries. See ``Cms.retrieve_entries``."""
        return self.delivery.of(cms_ids)

    def unseen_changes(self) -> str | None:
        """Changes behind links: an asset or a linked entry has its own moment. See ``MissesChanges``."""
        linked = fields_that(names_any("fields"), self.settings.fields)
        return f"that an asset or an entry behind {linked} is changed, unpublished or deleted" if linked else None

    def where(self) -> str:
        """The listing's URL."""
        return f"{self.settings.url.rstrip('/')}{self.delivery.path}?content_type={self.settings.content_type}"

    def check(self) -> Iterator[Finding]:
        """Look at the content type, the listing, the fields and the tokens' rights."""
        return findings(self)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _hint(setting: str) -> str:
    whose = {
        "delivery_token": "the Content Delivery API access token of an API key (Settings → API keys)",
        "management_token": "a Content Management API token of a user whose role may read, edit and publish brands",
    }
    return (
        f"check `{setting}` in [cms] (BRANDSYNC_CMS__{setting.upper()}): it is {whose[setting]}, with access to"
        " `environment`"
    )
