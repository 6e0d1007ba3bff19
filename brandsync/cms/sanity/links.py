"""Writing external ids so that none is lost when an editor publishes, and nothing is published by it.

An external id goes into the published document and into each copy of it that waits, in one transaction: a copy without
it would take it away when it is published. Nothing but that one field is touched, so that it merges with what an editor
is typing. The published document is changed only in the revision that was looked at (``ifRevisionID``); the copies are
not held to theirs, which change with every key that an editor presses. After each transaction the documents are looked
at again, for drafts that were begun in between.

A document has to wait where a copy is locked in a scheduled release. One that isn't published any more has to wait for
an external id, but not to be rid of one.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from brandsync.brand import ExternalId
from brandsync.cms.sanity.dataset import Dataset, Patch, StaleError
from brandsync.cms.sanity.standing import Standing, Standings
from brandsync.errors import Rejected
from brandsync.excerpt import excerpt
from brandsync.http import RejectedByServer

LOOKS: Final = 4
"""How often documents are looked at that somebody else keeps changing; then each half of them by itself."""

Wanted = Mapping[str, str | None]


class Links:
    """The external ids of one document type."""

    def __init__(self, dataset: Dataset, standings: Standings, field: str) -> None:
        self._dataset = dataset
        self._standings = standings
        self._field = field

    def write(self, links: Sequence[ExternalId]) -> Collection[str]:
        """Write them; returns the ids of those entries that have to wait.

        Raises:
            Rejected: one of the entries is gone, and nothing was written; or Sanity refuses them for good.
        """
        return self._write({link.cms_id: link.external_id for link in links})

    def pending(self, ids: Sequence[str]) -> Collection[str]:
        """Which of these entries have to wait. One that is gone doesn't."""
        found = self._standings.of(ids)
        return {cms_id for cms_id, standing in found.items() if standing.locked or not standing.revision}

    def _write(self, wanted: Wanted) -> set[str]:
        written: set[str] = set()
        for _ in range(LOOKS):
            found = self._standings.of(list(wanted))
            if gone := [cms_id for cms_id in wanted if cms_id not in found and cms_id not in written]:
                raise _gone(gone[0])
            waiting, patches = self._plan({key: wanted[key] for key in wanted if key in found}, found)
            if not patches:
                return waiting
            if self._mutated(patches):
                written |= wanted.keys() - waiting
        return self._write_halves(list(wanted), wanted)

    def _write_halves(self, ids: list[str], wanted: Wanted) -> set[str]:
        if len(ids) == 1:
            return {*ids}
        half = len(ids) // 2
        first, second = ({key: wanted[key] for key in part} for part in (ids[:half], ids[half:]))
        return self._write(first) | self._write(second)

    def _plan(self, wanted: Wanted, found: Mapping[str, Standing]) -> tuple[set[str], list[Patch]]:
        """Which have to wait, and what is to be changed of the others."""
        waiting, patches = set[str](), list[Patch]()
        for cms_id, external_id in wanted.items():
            standing = found[cms_id]
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

    def _mutated(self, patches: Sequence[Patch]) -> bool:
        try:
            self._dataset.mutate(patches)
        except StaleError:
            return False
        except RejectedByServer as error:
            refusal = error.message
        else:
            return True
        raise Rejected(f"external ids cannot be written: {refusal}", hint="see what Sanity says of it")


def _gone(cms_id: str) -> Rejected:
    return Rejected(
        f"the external id of the entry {excerpt(cms_id)} cannot be written: Sanity has no such document any more",
        hint="run again: a deleted document is no longer in the listing",
    )
