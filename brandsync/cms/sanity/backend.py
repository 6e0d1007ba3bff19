"""One document type of one dataset of a Sanity project: read as it is published, linked in all its copies."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from brandsync.brand import ExternalId
from brandsync.cms.http_cms import HttpCms
from brandsync.cms.interface import CmsCapabilities, CmsPage
from brandsync.cms.sanity.checking import findings
from brandsync.cms.sanity.dataset import PACE, Dataset
from brandsync.cms.sanity.links import Links
from brandsync.cms.sanity.listing import Listing
from brandsync.cms.sanity.settings import SanitySettings
from brandsync.cms.sanity.standing import AT_ONCE, Standings
from brandsync.errors import CredentialsRefused
from brandsync.finding import Finding

LINK_THREADS: Final = 4
"""A transaction that waits for the index (``visibility=sync``) takes a while; a hundred may be under way at once."""

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
    capabilities = CmsCapabilities(writes_links=True, changed_since=True, link_batch=AT_ONCE, link_threads=LINK_THREADS)

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
        self._standings = Standings(self.dataset, settings)
        self._links = Links(self.dataset, self._standings, settings.external_id)

    def retrieve_brands(self, cursor: str | None = None, since: datetime | None = None) -> CmsPage:
        """One page of published documents, as ``projection`` shows them. See ``Cms.retrieve_brands``."""
        entries, total, following = self.listing.page(cursor, since)
        return CmsPage(entries, following, total)

    def retrieve_entries(self, cms_ids: Sequence[str]) -> list[Any]:
        """What is published of these documents, as ``projection`` shows it. See ``Cms.retrieve_entries``."""
        return self.listing.of(cms_ids)

    def unseen_changes(self) -> str | None:
        """A document behind a strong reference can't be deleted. See ``Cms.unseen_changes``."""
        if "->" not in self.settings.projection:
            return None
        return "that a document is deleted to which a weak reference leads, where `projection` follows it (->)"

    def write_links(self, links: Sequence[ExternalId]) -> Collection[str]:
        """Write external ids into documents and their copies. See ``Cms.write_links``."""
        return self._links.write(links)

    def pending_drafts(self, cms_ids: Sequence[str]) -> Collection[str]:
        """Which have a copy that can't be changed, or are published no more. See ``Cms.pending_drafts``."""
        return self._links.pending(cms_ids)

    def written_ids(self, cms_ids: Sequence[str]) -> Mapping[str, str | None] | None:
        """What is published, or else what waits to be: an editor may have unpublished it. See ``Cms.written_ids``."""
        if self.settings.token is None:
            return None
        return {cms_id: standing.held for cms_id, standing in self._standings.of(cms_ids).items()}

    def requests_for_links(self, links: int) -> int | None:
        """The documents are looked at, written, and looked at again. See ``Cms.requests_for_links``."""
        return 3 * -(-links // AT_ONCE)

    def link_refusal(self) -> str | None:
        """Why external ids may not be written. See ``Cms.link_refusal``."""
        if self.settings.token is None:
            return UNWRITABLE
        some = self.listing.first_id()
        if some is None:
            return None
        try:
            self.dataset.may_change(some)
        except CredentialsRefused:
            return f"the token may not update `{self.settings.document_type}` in `{self.settings.dataset}`"
        return None

    def where(self) -> str:
        """The listing's URL, and the type."""
        return f"{self.settings.server}{self.dataset.query_path}?$type={self.settings.document_type}"

    def check(self) -> Iterator[Finding]:
        """Look at the dataset, the documents' fields and the token's rights."""
        return findings(self)
