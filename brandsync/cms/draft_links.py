"""Shared by the links of CMSes that first save a draft and then publish it."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from brandsync.brand import ExternalId, batched
from brandsync.cms.interface import CmsLinks
from brandsync.errors import BrandsyncError, Rejected, TryAgainLater
from brandsync.http import RejectedByServer
from brandsync.observing.excerpt import excerpt

LOOKS: Final = 4
"""How often an entry is looked at while somebody else keeps saving it; then it is left for later."""


class DisturbedError(Exception):
    """Somebody else is changing the entry: nothing was written."""


class StaleError(DisturbedError):
    """Somebody has saved the entry since it was read, or is saving it now."""


class LockedError(DisturbedError):
    """An editor is at work on the entry, or a workflow locks it. Nobody else may change it meanwhile."""


class UnsureError(Exception):
    """It is not known whether the entry was published."""

    def __init__(self, error: TryAgainLater) -> None:
        super().__init__(error.message)
        self.error = error


@dataclass(frozen=True, slots=True)
class View:
    """An entry, as it was read."""

    held: str | None
    """The external id in its latest version."""
    shown: str | None
    """The external id that is published; none also where the entry isn't published."""
    alone: bool
    """It is published, and publishing it would show nothing but the external id."""


Seen = TypeVar("Seen", bound=View)
Seen_co = TypeVar("Seen_co", bound=View, covariant=True)


class Looking(Protocol[Seen_co]):
    """Looks at entries."""

    def of(self, cms_ids: Sequence[str], /) -> Mapping[str, Seen_co]:
        """The entries among these that exist, by id."""

    def held(self, cms_ids: Sequence[str], /) -> Mapping[str, str | None]:
        """The external ids that their drafts hold."""


class DraftWrite(ABC, Generic[Seen]):
    """The writing of one external id."""

    entry: str = "entry"
    """The CMS's word for an entry."""
    cms: str
    """The CMS's name."""

    def __init__(self, views: Looking[Seen], link: ExternalId) -> None:
        self._views = views
        self._link = link
        self._touched = False
        """The draft may hold the external id because we saved it."""

    @abstractmethod
    def save(self, view: Seen, value: str | None) -> object:
        """Put an external id into the draft that was seen.

        Raises:
                DisturbedError: the draft has another version by now.
        """

    @abstractmethod
    def publish(self, view: Seen) -> bool:
        """Save and publish the external id, which shows nothing else; return false where it has to wait after all."""

    def attempt(self, view: Seen) -> bool:
        """Write it into the entry that was seen; return false where it has to wait."""
        if view.held == view.shown == self._link.external_id:
            return True
        return self.publish(view) if view.alone else self.leave(view)

    def leave(self, view: Seen) -> bool:
        """Leave an entry with a waiting draft to its editor; return false where the external id has to wait, too.

        An external id that this run, or one that died, left in the draft is taken out.
        """
        if view.shown == self._link.external_id:
            self.save(view, view.shown)
            return True
        if self._touched and view.held == self._link.external_id:
            self.save(view, view.shown)
        return False

    def again(self) -> Seen:
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


class VersionedWrite(DraftWrite[Seen]):
    """Where a save names the version that was looked at, and is refused after any other save."""

    def run(self, view: Seen) -> bool:
        """Write it; return false where it has to wait."""
        problem = None
        for _ in range(LOOKS):
            try:
                return self.attempt(view)
            except StaleError:
                problem = None
            except UnsureError as unsure:
                problem = unsure.error
            except LockedError:
                return False
            except RejectedByServer as error:
                raise self.refused(error) from None
            view = self.again()
        if problem:
            raise problem
        return False

    def take_out(self, view: Seen) -> None:
        """Restore the draft: nobody else knows that the external id in it must not be published."""
        try:
            self.save(view, view.shown)
        except (DisturbedError, BrandsyncError):
            return  # the undo of the run looks at the draft, too


class DraftLinks(CmsLinks, Generic[Seen]):
    """The external ids of such a CMS. One is written only where publishing the draft shows nothing else."""

    writing: type[VersionedWrite[Seen]]
    """Writes one."""
    _views: Looking[Seen]

    def write(self, links: Sequence[ExternalId]) -> list[str]:
        """Write them; return the ids of the entries that have to wait for their editor.

        Raises:
            Rejected: an entry is gone (checked before anything is written), or the CMS refuses one for good.
        """
        views = self._views.of([link.cms_id for link in links])
        if gone := [link.cms_id for link in links if link.cms_id not in views]:
            raise self.writing.gone(gone[0])
        return [link.cms_id for link in links if not self.writing(self._views, link).run(views[link.cms_id])]

    def pending(self, cms_ids: Sequence[str]) -> Collection[str]:
        """The entries among these that have to wait. One that is gone doesn't."""
        found: set[str] = set()
        for some in batched(cms_ids, self.batch):
            found |= {cms_id for cms_id, view in self._views.of(some).items() if not view.alone}
        return found

    def held(self, cms_ids: Sequence[str]) -> Mapping[str, str | None]:
        """What the drafts hold: a write may have stopped before it was published."""
        return self._views.held(cms_ids)
