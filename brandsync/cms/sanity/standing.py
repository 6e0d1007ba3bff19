"""The state of a document: what is published, and which copies wait to be published.

An editor's draft is a whole copy of the document, ``drafts.<id>``. A release holds another copy,
``versions.<release>.<id>``. The copy that is published replaces what was published before. Copies in a scheduled
release are locked. (sanity.io/docs, "Drafts and versions", "Content release document flow", "Scheduled drafts".)
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from brandsync.brand import batched
from brandsync.cms.answers import required
from brandsync.cms.external_ids import id_in
from brandsync.cms.sanity.dataset import Dataset
from brandsync.cms.sanity.settings import SanitySettings
from brandsync.json_reading import at

AT_ONCE: Final = 200
"""Documents in one query and one transaction: about 40 kB, or 256 kB with the longest ids. Sanity's own migrations send
up to 256 kB at once, and the API takes 4 MB."""

_DRAFT: Final = "drafts."
_VERSION: Final = "versions."
_OPEN: Final = "active"
"""The state of a release in which its documents may be changed."""


@dataclass(slots=True)
class Standing:
    """One document, as it was read."""

    revision: str | None = None
    """The revision of the published document; none where it isn't published."""
    shown: str | None = None
    """The external id that is published."""
    copies: dict[str, str | None] = field(default_factory=dict)
    """The external ids in the waiting copies, by the copies' ids."""
    locked: bool = False
    """A copy can't be changed, or nobody knows whether it can."""

    @property
    def held(self) -> str | None:
        """The external id in the document, or in a copy that is to replace it."""
        return self.shown or next(filter(None, self.copies.values()), None)


class Standings:
    """Looks at documents with all their copies: one request per ``AT_ONCE``."""

    def __init__(self, dataset: Dataset, settings: SanitySettings) -> None:
        self._dataset = dataset
        self._settings = settings
        whole_id = 'array::join(string::split(_id, ".")[2..-1], ".")'
        release = '*[_id == "_.releases." + string::split(^._id, ".")[1]][0].state'
        self._query = (
            f'*[_type == $type && (_id in $every || _id in path("{_VERSION}**") && {whole_id} in $ids)]'
            f'{{_id, _rev, "held": {settings.external_id},'
            f' "state": select(_id in path("{_VERSION}**") => {release})}}'
        )

    def of(self, ids: Sequence[str]) -> dict[str, Standing]:
        """The documents among these that exist in any form, by id."""
        found: dict[str, Standing] = {}
        for some in batched(ids, AT_ONCE):
            found |= self._some(some)
        return found

    def _some(self, ids: Sequence[str]) -> dict[str, Standing]:
        every = [*ids, *(_DRAFT + cms_id for cms_id in ids)]
        answer = self._dataset.query(
            self._query, {"type": self._settings.document_type, "every": every, "ids": list(ids)}, raw=True
        )
        found: dict[str, Standing] = {}
        for document in required(answer, list, "Sanity answers with no list of documents"):
            _add(found, document, set(ids))
        return found


def _add(found: dict[str, Standing], document: Any, wanted: set[str]) -> None:
    own_id, revision = (
        required(at(document, key), str, "a document of Sanity has no `_id` or no `_rev`") for key in ("_id", "_rev")
    )
    cms_id = _published_id(own_id)
    if cms_id not in wanted:
        return
    standing = found.setdefault(cms_id, Standing())
    held = id_in(document.get("held"))
    if own_id == cms_id:
        standing.revision, standing.shown = revision, held
    else:
        standing.copies[own_id] = held
        # Nobody knows the state of a release that the token doesn't see.
        standing.locked |= own_id.startswith(_VERSION) and document.get("state") != _OPEN


def _published_id(own_id: str) -> str:
    if own_id.startswith(_VERSION):
        return own_id.split(".", 2)[-1]
    return own_id.removeprefix(_DRAFT)
