"""What few CMSes have: protocols. A CMS, or its ``links``, has one by having its method; the engine looks first."""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable


@runtime_checkable
class MissesChanges(Protocol):
    """A CMS that can list changes, and not each change of what hangs on an entry."""

    def unseen_changes(self) -> str | None:
        """What a listing of changes doesn't show of the mapped fields, as the end of a sentence; none: it shows all.

        A file or another entry hangs on an entry, and changing or deleting it may leave the entry's moment as it is:
        ``that a file behind `logo_url` (logo.url) is deleted``. Asked by ``brandsync check`` alone.
        """


@runtime_checkable
class HoldsDrafts(Protocol):
    """Links of a CMS in which a write may be left where no listing shows it: in a draft still to be published."""

    def held(self, cms_ids: Sequence[str]) -> Mapping[str, str | None]:
        """The external ids of those entries that are there, as ``write`` would find them.

        Asked before a link is taken back.
        """


@runtime_checkable
class CountsRequests(Protocol):
    """Links of which it is known before how many requests they take. A dry run tells the sum."""

    def requests_for(self, links: int) -> int:
        """How many requests one ``write`` of so many takes, in all, where no draft waits.

        Repeated requests are not in it.
        """
