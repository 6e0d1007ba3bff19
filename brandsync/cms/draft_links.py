"""Shared by the links of CMSes that first save a draft and then publish it."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Final, Generic, Protocol, TypeVar

from brandsync.brand import ExternalId
from brandsync.cms.interface import CmsLinks
from brandsync.errors import BrandsyncError, Rejected
from brandsync.http import RejectedByServer
from brandsync.observing.excerpt import excerpt

LOOKS: Final = 4
"""How often an entry is looked at while somebody else keeps saving it; then it is left for later."""


class DisturbedError(Exception):
    """Somebody else is changing the entry: nothing was written."""


class Seen(Protocol):
    """An entry as it was read."""

    @property
    def shown(self) -> str | None:
        """The external id that is published."""

    @property
    def held(self) -> str | None:
        """The external id in the draft."""

    @property
    def alone(self) -> bool:
        """Whether publishing it would show nothing but an external id."""


View = TypeVar("View", bound=Seen)
Found_co = TypeVar("Found_co", bound=Seen, covariant=True)


class Looking(Protocol[Found_co]):
    """Looks at entries."""

    def of(self, cms_ids: Sequence[str], /) -> Mapping[str, Found_co]:
        """The entries among these that exist, by id."""

    def held(self, cms_ids: Sequence[str], /) -> Mapping[str, str | None]:
        """The external ids that their drafts hold."""


class DraftLinks(CmsLinks, Generic[View]):
    """The external ids of such a CMS. One is written only where publishing the draft shows nothing else."""

    _views: Looking[View]

    def write(self, links: Sequence[ExternalId]) -> list[str]:
        """Write them; return the ids of the entries that have to wait for their editor.

        Raises:
            Rejected: an entry is gone (checked before anything is written), or the CMS refuses one for good.
        """
        views = self._views.of([link.cms_id for link in links])
        if gone := [link.cms_id for link in links if link.cms_id not in views]:
            raise self.gone(gone[0])
        return [link.cms_id for link in links if not self.is_written(link, views[link.cms_id])]

    def pending(self, cms_ids: Sequence[str]) -> Collection[str]:
        """The entries among these that have to wait. One that is gone doesn't."""
        found: set[str] = set()
        for start in range(0, len(cms_ids), self.batch):
            views = self._views.of(cms_ids[start : start + self.batch])
            found |= {cms_id for cms_id, view in views.items() if not view.alone}
        return found

    def held(self, cms_ids: Sequence[str]) -> Mapping[str, str | None]:
        """What the drafts hold: a write may have stopped before it was published."""
        return self._views.held(cms_ids)

    @abstractmethod
    def is_written(self, link: ExternalId, view: View) -> bool:
        """Write one; return false where it has to wait."""

    @abstractmethod
    def gone(self, cms_id: str) -> Rejected:
        """The error for an entry that is gone."""


class DraftWrite(ABC, Generic[View]):
    """The writing of one external id."""

    entry: str = "entry"
    """The CMS's word for an entry."""
    cms: str
    """The CMS's name."""

    def __init__(self, views: Looking[View], link: ExternalId) -> None:
        self._views = views
        self._link = link
        self._touched = False
        """The draft may hold the external id because we saved it."""

    @abstractmethod
    def save(self, view: View, value: str | None) -> object:
        """Put an external id into the draft that was seen.

        Raises:
                DisturbedError: the draft has another version by now.
        """

    def leave(self, view: View) -> bool:
        """Leave an entry with a waiting draft to its editor; return false where the external id has to wait, too.

        An external id that this run, or one that died, left in the draft is taken out.
        """
        if view.shown == self._link.external_id:
            self.save(view, view.shown)
            return True
        if self._touched and view.held == self._link.external_id:
            self.save(view, view.shown)
        return False

    def take_out(self, view: View) -> None:
        """Restore the draft: nobody else knows that the external id in it must not be published."""
        try:
            self.save(view, view.shown)
        except (DisturbedError, BrandsyncError):
            return  # the undo of the run looks at the draft, too

    def again(self) -> View:
        """The entry as it is now.

        Raises:
            Rejected: it is gone.
        """
        views = self._views.of([self._link.cms_id])
        if self._link.cms_id not in views:
            raise self.gone(self._link.cms_id)
        return views[self._link.cms_id]

    @classmethod
    def gone(cls, cms_id: str) -> Rejected:
        """The error for an entry that is gone."""
        what, cms = cls.entry, cls.cms
        return Rejected(
            f"the external id of the {what} {excerpt(cms_id)} cannot be written: {cms} has no such {what} any more",
            hint=f"run again: a deleted {what} is no longer in the listing",
        )

    def refused(self, error: RejectedByServer) -> Rejected:
        """The error for an entry that the CMS refuses."""
        if error.status == 404:
            return self.gone(self._link.cms_id)
        what = self.entry
        return Rejected(
            f"the external id of the {what} {excerpt(self._link.cms_id)} cannot be written: {error.message}",
            hint=f"open the {what} in {self.cms} and publish it: what it says there is wrong with the {what} as it is",
        )
