"""One document type of one dataset of a Sanity project: read as published, linked in all its copies."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from brandsync.backend import Finding
from brandsync.cms.checked import link_finding, page_finding
from brandsync.cms.entry_check import Sample, entry_findings
from brandsync.cms.http_cms import HttpCms
from brandsync.cms.interface import CmsLinks, CmsPage, ReadOnlyLinks
from brandsync.cms.sanity.dataset import PACE, Dataset
from brandsync.cms.sanity.links import Links
from brandsync.cms.sanity.listing import Listing
from brandsync.cms.sanity.settings import SanitySettings
from brandsync.cms.sanity.standing import Standings
from brandsync.errors.hints import did_you_mean

UNWRITABLE: Final = "there is no `token` in [cms] (BRANDSYNC_CMS__TOKEN) to write them with"

_HINT: Final = (
    "check `token` in [cms] (BRANDSYNC_CMS__TOKEN): it is an API token of the project (API → Tokens) whose role may"
    " read and update the documents of the dataset"
)


class SanityCms(HttpCms):
    """A document type of Sanity: its published documents."""

    Settings: ClassVar[type[SanitySettings]] = SanitySettings
    settings: SanitySettings
    verified: ClassVar[str] = "the vendor's documents, 2026-11; not a real project"
    changed_since = True

    def __init__(self, settings: SanitySettings) -> None:
        secrets = (settings.token.get_secret_value(),) if settings.token else ()
        super().__init__(
            settings,
            url=settings.server,
            headers={"Authorization": f"Bearer {secrets[0]}"} if secrets else {},
            secrets=secrets,
            quota=PACE,
            credentials_hint=_HINT,
        )
        self.dataset = Dataset(self.http, settings)
        self.listing = Listing(self.dataset, settings)
        links = Links(self.listing, Standings(self.dataset, settings), settings)
        self.links: CmsLinks = links if settings.token else ReadOnlyLinks(UNWRITABLE)

    def retrieve_brands(self, cursor: str | None = None, since: datetime | None = None) -> CmsPage:
        """One page of published documents, as ``projection`` shows them. See ``Cms.retrieve_brands``."""
        return self.listing.page(cursor, since)

    def retrieve_entries(self, cms_ids: Sequence[str]) -> list[Any]:
        """The published ones among these documents, as ``projection`` shows them. See ``Cms.retrieve_entries``."""
        return self.listing.of(cms_ids)

    def unseen_changes(self) -> str | None:
        """A document behind a strong reference can't be deleted. See ``MissesChanges``."""
        if "->" not in self.settings.projection:
            return None
        return "that a document is deleted to which a weak reference leads, where `projection` follows it (->)"

    def where(self) -> str:
        """The listing's URL, and the type."""
        return f"{self.settings.server}{self.dataset.query_path}?$type={self.settings.document_type}"

    def check(self) -> Iterator[Finding]:
        """Look at the dataset, the documents' fields and the token's rights."""
        page = self.retrieve_brands()
        if not page.entries:
            yield self._none()
            return
        yield page_finding(self, page, "document")
        sample = Sample.of(page, self.retrieve_brands)
        # A document lacks its empty fields, and no schema tells which fields there can be.
        yield from entry_findings(self.settings, sample, links=False, may_lack=lambda _: True, certain=False)
        yield link_finding(self.links, f"the token may write `{self.settings.external_id}`")

    def _none(self) -> Finding:
        """What there is where nothing is listed. The API has no schemas: a type exists where a document of it does."""
        wanted, known = self.settings.document_type, self.listing.types()
        if wanted in known:
            return Finding(ok=True, what=f"no document of the type `{wanted}` is published")
        if known:
            return Finding(
                ok=False,
                what=f"the dataset has no document of the type `{wanted}`{did_you_mean(wanted, known)}",
                fix="correct `document_type` in [cms]: it takes the schema type's name, and not its title",
            )
        return Finding(
            ok=False,
            what="no document is seen: the dataset is empty, or private",
            fix="correct `dataset` in [cms], or set `token` (BRANDSYNC_CMS__TOKEN) to a token that may read it",
        )
