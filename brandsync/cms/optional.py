"""Protocols for what few CMSes do. A CMS, or its ``links``, has one by having its method; the engine looks first."""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from brandsync.http import HttpClient


@runtime_checkable
class MissesChanges(Protocol):
    """A CMS that can list changes, but not all changes of what is linked to an entry."""

    def unseen_changes(self) -> str | None:
        """The changes of mapped fields that a listing of changes doesn't show, as the end of a sentence, or none.

        A linked file or entry may change or be deleted while the entry's own moment stays the same:
        ``that a file behind `logo_url` (logo.url) is deleted``. Only ``brandsync check`` asks.
        """


@runtime_checkable
class HasServer(Protocol):
    """A CMS over HTTP. What its entries name on the same server may need the same credentials."""

    http: HttpClient
    """Reads from it."""


@runtime_checkable
class HoldsDrafts(Protocol):
    """Links that may leave a write where no listing shows it: in a draft that is not published yet."""

    def held(self, cms_ids: Sequence[str]) -> Mapping[str, str | None]:
        """The external ids of the entries among these that exist, as ``write`` would find them.

        Asked before a link is taken back.
        """


@runtime_checkable
class CountsRequests(Protocol):
    """Links that know in advance how many requests they need. A dry run tells the sum."""

    def requests_for(self, links: int) -> int:
        """How many requests one ``write`` of this many links takes in all, where no draft waits.

        Repeated requests don't count.
        """
