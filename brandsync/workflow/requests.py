"""How many requests the writing takes on each side, known before the first one is sent."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from brandsync.backend import Rate
from brandsync.cms import optional
from brandsync.cms.interface import Cms, ReadOnlyLinks
from brandsync.journal import Batch, BatchKind
from brandsync.plan import Plan
from brandsync.plan.change import Action, Change
from brandsync.stores.images import KeepsImages
from brandsync.stores.interface import BrandStore
from brandsync.stores.optional import CountsCost, CountsRequests
from brandsync.workflow.classification import connects
from brandsync.workflow.upload_images import AT_ONCE
from brandsync.workflow.work import LINKS_AT_ONCE

_STEPS = (
    ("create", (Action.CREATE,)),
    ("update", (Action.UPDATE, Action.ADOPT, Action.LINK)),
    ("delete", (Action.DELETE,)),
)
"""What the writing steps ask of the store, and for which changes, in their order."""

_INVERSES = {
    BatchKind.UNCREATE: "delete",
    BatchKind.DELETE: "delete",
    BatchKind.RESTORE: "create",
    BatchKind.UPDATE: "update",
}
"""What an undo asks of the store, by the kind of the inverse batch."""


@dataclass(frozen=True, slots=True)
class Needed:
    """What the writing takes on one side."""

    requests: int
    rate: Rate | None
    cost: float | None = None
    """What the requests use of that rate, in its unit, where it doesn't count requests."""

    @property
    def seconds(self) -> float | None:
        """How long that takes at the side's own limit; none where no limit is known."""
        taken = self.requests if self.cost is None else self.cost
        return self.rate.seconds_for(taken) if self.rate else None


class Uploads(NamedTuple):
    """The pictures that the store is to get."""

    files: int = 0
    size: int = 0
    """In bytes, of all together."""


class RequestCount:
    """Counts the planned writes by batch, and tells how many requests they take on both sides."""

    def __init__(self, store: BrandStore, cms: Cms) -> None:
        self._store, self._cms = store, cms
        self._cms_links = cms.links or ReadOnlyLinks("")
        self._batches: Counter[tuple[str, int]] = Counter()
        """How many batches do this action to this many brands in the store."""
        self._links: Counter[int] = Counter()
        """How many calls write this many external ids."""
        self.uploads = Uploads()

    @property
    def store(self) -> Needed | None:
        """What the batches take on the store; none where nobody knows."""
        store, uploads = self._store, self._upload_requests()
        if not isinstance(store, CountsRequests) or uploads is None:
            return None
        requests = sum(store.requests_for(*batch) * times for batch, times in self._batches.items()) + uploads
        if not isinstance(store, CountsCost):
            return Needed(requests, self._store.rate)
        if uploads:
            return Needed(requests, None)  # nobody knows what an upload costs
        return Needed(
            requests, self._store.rate, sum(store.cost_of(*batch) * times for batch, times in self._batches.items())
        )

    def _upload_requests(self) -> int | None:
        if not self.uploads.files:
            return 0
        each = self._store.images.requests if isinstance(self._store, KeepsImages) else None
        return each and each * self.uploads.files

    @property
    def cms(self) -> Needed | None:
        """What the external ids take on the CMS, if no draft waits; none where nobody knows."""
        links = self._cms_links
        if not self._links:
            return Needed(0, self._cms.rate)
        if not isinstance(links, optional.CountsRequests):
            return None
        return Needed(sum(links.requests_for(count) * times for count, times in self._links.items()), self._cms.rate)

    def write(self, action: str, brands: int) -> None:
        """Count a batch that does this action to so many brands in the store; the action may be ``read``."""
        if brands:
            self._batches[action, brands] += 1

    def link(self, links: int) -> None:
        """Count external ids that are written under one undo entry."""
        most = self._cms_links.batch
        for start in range(0, links, most):
            self._links[min(most, links - start)] += 1

    def take_back(self, inverse: Batch, write: Collection[Change]) -> None:
        """Count an inverse batch that writes these rows. It is read to decide that, and again just before writing."""
        if not inverse.kind.in_store:
            self.write("read", sum(map(connects, write)))
            self.link(len(write))
        else:
            self.write("read", sum(1 for row in inverse.rows if row.brand_id))
            self.write(_INVERSES[inverse.kind], len(write))


def count_requests(plan: Plan, count: RequestCount, most: int) -> None:
    """Count what it takes to write a plan, in batches of ``most`` brands at most."""
    for action, kinds in _STEPS:
        for batch in plan.batches(most, *kinds):
            count.write(action, _written(action, batch))
            _count_links(count, len(plan.spool.unlinked([change.cms_id for change in batch])))
    for batch in plan.batches(min(AT_ONCE, most), Action.IMAGE):
        count.write("update", len(batch))
    for batch in plan.batches(most, Action.UNLINK):
        _count_links(count, len(batch))


def _count_links(count: RequestCount, links: int) -> None:
    for start in range(0, links, LINKS_AT_ONCE):
        count.link(min(LINKS_AT_ONCE, links - start))


def _written(action: str, changes: Collection[Change]) -> int:
    """How many of them the store is asked to write. Changes that only link take nothing."""
    return sum(1 for change in changes if change.after or action == "delete")
