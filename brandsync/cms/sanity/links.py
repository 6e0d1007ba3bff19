"""Writing external ids so that none is lost when an editor publishes, and that the write publishes nothing.

An external id goes into the published document and into each waiting copy of it, in one transaction: publishing a copy
without the id would remove it. Only that one field is touched, so it merges with what an editor is typing. The
published document is changed only in the revision that was looked at (``ifRevisionID``). The copies' revisions are not
compared: they change with every key that an editor presses. After each transaction the documents are looked at again,
because drafts may have been begun in between.

A document has to wait where a copy is locked in a scheduled release. One that isn't published any more has to wait for
an external id, but not for the removal of one.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from brandsync.brand import ExternalId
from brandsync.cms.interface import CmsLinks
from brandsync.cms.sanity.dataset import Dataset, Patch, StaleError
from brandsync.cms.sanity.listing import Listing
from brandsync.cms.sanity.settings import SanitySettings
from brandsync.cms.sanity.standing import AT_ONCE, Standing, Standings
from brandsync.errors import CredentialsRefused, Rejected
from brandsync.http import RejectedByServer
from brandsync.observing.excerpt import excerpt

LOOKS: Final = 4
"""How often documents are looked at while somebody keeps changing them; then each half is tried by itself."""


class Links(CmsLinks):
    """The external ids of one document type."""

    batch = AT_ONCE
    threads = 4
    """A transaction that waits for the index (``visibility=sync``) takes a while; a hundred may run at once."""

    def __init__(self, listing: Listing, standings: Standings, settings: SanitySettings) -> None:
        self._listing = listing
        self._standings = standings
        self._settings = settings

    def write(self, links: Sequence[ExternalId]) -> Collection[str]:
        """Write them; return the ids of the entries that have to wait.

        Raises:
            Rejected: one of the entries is gone, or Sanity refuses one for good. Others may be written by then.
        """
        return self._written({link.cms_id: link.external_id for link in links})

    def pending(self, cms_ids: Sequence[str]) -> Collection[str]:
        """The entries among these that have to wait. One that is gone doesn't."""
        found = self._standings.of(cms_ids)
        return {cms_id for cms_id, standing in found.items() if standing.locked or not standing.revision}

    def held(self, cms_ids: Sequence[str]) -> Mapping[str, str | None]:
        """What is published, or else what waits to be published: an editor may have unpublished it."""
        return {cms_id: standing.held for cms_id, standing in self._standings.of(cms_ids).items()}

    def requests_for(self, links: int) -> int:
        """The documents are looked at, written, and looked at again."""
        return 3 * -(-links // AT_ONCE)

    def refusal(self) -> str | None:
        """Why external ids may not be written."""
        some = self._listing.first_id()
        if some is None:
            return None
        try:
            self._listing.dataset.may_change(some)
        except CredentialsRefused:
            return f"the token may not update `{self._settings.document_type}` in `{self._settings.dataset}`"
        return None

    def _written(self, wanted: Mapping[str, str | None]) -> set[str]:
        waiting = _Writing(self._listing.dataset, self._standings, self._settings.external_id, wanted).run()
        if waiting is not None:
            return waiting
        ids = list(wanted)
        if len(ids) == 1:
            return {*ids}
        half = len(ids) // 2
        first, second = ({key: wanted[key] for key in part} for part in (ids[:half], ids[half:]))
        return self._written(first) | self._written(second)


class _Writing:
    """The writing of external ids in one transaction."""

    def __init__(self, dataset: Dataset, standings: Standings, field: str, wanted: Mapping[str, str | None]) -> None:
        self._dataset = dataset
        self._standings = standings
        self._field = field
        self._wanted = wanted
        self._done: set[str] = set()
        self._refused: list[Patch] = []
        self._refusal = ""

    def run(self) -> set[str] | None:
        """Write them; return the ids that have to wait, or none where somebody keeps changing a document."""
        for _ in range(LOOKS):
            waiting, patches = self._plan(self._looked_at())
            if not patches:
                return waiting
            self._attempt(patches, self._wanted.keys() - waiting)
        return None

    def _looked_at(self) -> dict[str, Standing]:
        found = self._standings.of(list(self._wanted))
        if gone := [cms_id for cms_id in self._wanted if cms_id not in found and cms_id not in self._done]:
            raise Rejected(
                f"the external id of the entry {excerpt(gone[0])} cannot be written: Sanity has no such document any"
                " more",
                hint="run again: a deleted document is no longer in the listing",
            )
        return found

    def _plan(self, found: Mapping[str, Standing]) -> tuple[set[str], list[Patch]]:
        """The ids that have to wait, and what to change in the other documents."""
        waiting, patches = set[str](), list[Patch]()
        for cms_id, standing in found.items():
            external_id = self._wanted[cms_id]
            changes = self._patches(external_id, cms_id, standing)
            if (standing.revision is None and external_id is not None) or (standing.locked and changes):
                waiting.add(cms_id)
            else:
                patches += changes
        return waiting, patches

    def _patches(self, external_id: str | None, cms_id: str, standing: Standing) -> list[Patch]:
        change: Patch = {"unset": [self._field]} if external_id is None else {"set": {self._field: external_id}}
        copies: list[Patch] = [{"id": key, **change} for key, held in standing.copies.items() if held != external_id]
        if standing.revision is None or standing.shown == external_id:
            return copies
        return [{"id": cms_id, "ifRevisionID": standing.revision, **change}, *copies]

    def _attempt(self, patches: list[Patch], ids: Collection[str]) -> None:
        """Carry them out. What is refused is looked at again: if nothing has changed, it is refused for good."""
        if patches == self._refused:
            hint = "see what Sanity says of it"
            raise Rejected(f"external ids cannot be written: {self._refusal}", hint=hint)
        try:
            self._dataset.mutate(patches)
        except StaleError:
            return
        except RejectedByServer as error:
            self._refused, self._refusal = patches, error.message
        else:
            self._done.update(ids)
