"""One content type of one environment of a Contentful space: read as published, written as editors write it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from pydantic import SecretStr

from brandsync.backend import Finding
from brandsync.cms.checked import link_finding, page_finding
from brandsync.cms.contentful.delivery import PACE, Delivery
from brandsync.cms.contentful.fields import may_lack
from brandsync.cms.contentful.links import Links
from brandsync.cms.contentful.management import Management
from brandsync.cms.contentful.settings import ContentfulSettings
from brandsync.cms.contentful.views import Views
from brandsync.cms.entry_check import Sample, entry_findings
from brandsync.cms.interface import CmsPage
from brandsync.cms.looked_into import fields_that, names_any
from brandsync.cms.two_tokens import TwoTokenCms
from brandsync.errors.hints import did_you_mean

_DELIVERY: Final = "the Content Delivery API access token of an API key (Settings → API keys)"
_MANAGEMENT: Final = "a Content Management API token of a user whose role may read, edit and publish brands"
_WITH: Final = "with access to `environment`"
_SHOWN: Final = "where brands have one, publish what `{}` links to, and see that `include` in [cms] is deep enough"


class ContentfulCms(TwoTokenCms):
    """A content type of Contentful: its published entries, in one locale."""

    Settings: ClassVar[type[ContentfulSettings]] = ContentfulSettings
    settings: ContentfulSettings
    verified: ClassVar[str] = "the vendor's documents, 2026-11; not a real space"

    def __init__(self, settings: ContentfulSettings) -> None:
        headers = _bearer(settings.delivery_token)
        super().__init__(settings, f"{_DELIVERY}, {_WITH}", headers=headers, quota=PACE)
        self.delivery = Delivery(self.http, settings)
        if settings.management_token:
            http = self.writing(f"{_MANAGEMENT}, {_WITH}", headers=_bearer(settings.management_token))
            views = Views(self.delivery, Management(http, settings), settings.external_id)
            self.links = Links(views, settings, self.where())

    def retrieve_brands(self, cursor: str | None = None, since: datetime | None = None) -> CmsPage:
        """One page of published entries: their fields, with ``sys`` beside them. See ``Cms.retrieve_brands``."""
        return self.delivery.page(cursor, since)

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
        wanted, known = self.settings.content_type, self.delivery.content_types()
        if wanted not in known:
            yield Finding(
                ok=False,
                what=f"the environment has no content type `{wanted}`{did_you_mean(wanted, known)}",
                fix="correct `content_type` in [cms]: it takes the content type's id, and not its name",
            )
            return
        page = self.retrieve_brands()
        yield page_finding(self, page)
        sample, lacking = Sample.of(page, self.retrieve_brands), may_lack(self.delivery)
        yield from entry_findings(self.settings, sample, links=False, may_lack=lacking, allow=_SHOWN)
        yield link_finding(self.links, f"the management token may write `{self.settings.external_id}`")


def _bearer(token: SecretStr) -> dict[str, str]:
    return {"Authorization": f"Bearer {token.get_secret_value()}"}
