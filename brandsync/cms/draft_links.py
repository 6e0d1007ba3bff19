"""What the links of CMSes share that save a draft and then publish it."""

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

from brandsync.brand import ExternalId
from brandsync.cms.interface import CmsLinks
from brandsync.errors import Rejected


class Seen(Protocol):
    """An entry as it was looked at."""

    @property
    def alone(self) -> bool:
        """Whether publishing it would show nothing but an external id."""


View = TypeVar("View", bound=Seen)
Found_co = TypeVar("Found_co", bound=Seen, covariant=True)


class Looking(Protocol[Found_co]):
    """Looks at entries."""

    def of(self, cms_ids: Sequence[str], /) -> Mapping[str, Found_co]:
        """Those of these entries that are there, by id."""

    def held(self, cms_ids: Sequence[str], /) -> Mapping[str, str | None]:
        """The external ids that their drafts hold."""


class DraftLinks(CmsLinks, Generic[View]):
    """The external ids of such a CMS: one is written only where publishing the draft shows nothing else."""

    _views: Looking[View]

    def write(self, links: Sequence[ExternalId]) -> list[str]:
        """Write them; returns the ids of those entries that have to wait for their editor.

        Raises:
            Rejected: one of the entries is gone, before anything was written, or the CMS refuses one for good.
        """
        views = self._views.of([link.cms_id for link in links])
        if gone := [link.cms_id for link in links if link.cms_id not in views]:
            raise self.gone(gone[0])
        return [link.cms_id for link in links if not self.is_written(link, views[link.cms_id])]

    def pending(self, cms_ids: Sequence[str]) -> Collection[str]:
        """Which of these entries have to wait. One that is gone doesn't."""
        found: set[str] = set()
        for start in range(0, len(cms_ids), self.batch):
            views = self._views.of(cms_ids[start : start + self.batch])
            found |= {cms_id for cms_id, view in views.items() if not view.alone}
        return found

    def held(self, cms_ids: Sequence[str]) -> Mapping[str, str | None]:
        """What the drafts hold: a write may have been cut short before it was published."""
        return self._views.held(cms_ids)

    @abstractmethod
    def is_written(self, link: ExternalId, view: View) -> bool:
        """Write one; false where it has to wait."""

    @abstractmethod
    def gone(self, cms_id: str) -> Rejected:
        """The error for an entry that is gone."""
