"""What a CMS backend is: a small synchronous class.

It fetches one page, writes external ids, and says what it can do. Threads, mapping, progress and undo are the engine's.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from brandsync.backend import Backend, Finding
from brandsync.brand import ExternalId
from brandsync.cms.fields import FieldPaths
from brandsync.errors import Rejected
from brandsync.errors.plural import counted
from brandsync.settings import JmesPath, SettingsModel

__all__ = ["Cms", "CmsLinks", "CmsPage", "CmsSettings", "FieldPaths", "ReadOnlyLinks"]


class CmsSettings(SettingsModel):
    """What every CMS backend can be told. A backend's own ``Settings`` adds to it."""

    backend: str
    """Which kind of CMS."""
    id: JmesPath = "id"
    """Where an entry holds its own id."""
    external_id: JmesPath = "external_id"
    """Where an entry holds the store's id of its brand."""
    updated_at: JmesPath = "updated_at"
    """Where an entry holds the moment of its last change."""
    fields: FieldPaths = FieldPaths()


@dataclass(frozen=True, slots=True)
class CmsPage:
    """One page of raw entries, as the CMS gave them."""

    entries: Sequence[Any]
    next: str | None = None
    """The cursor of the next page, or none after the last page."""
    total: int | None = None
    """How many entries the whole listing has, where the CMS says so. The last page that says so counts."""
    more: str | None = None
    """Why the listing is known to lack entries, as a sentence without a full stop; else none."""


class CmsLinks(ABC):
    """How external ids are written into the entries of a CMS, and looked at."""

    batch: int = 1
    """The most external ids that one ``write`` takes."""
    threads: int = 1
    """How many ``write`` calls may run at once."""
    looks_back: ClassVar[bool] = True
    """Whether ``write``, in a CMS that finds entries by their ids, notices an external id that was not kept."""
    waits_until: ClassVar[str] = "an editor has published a draft"
    """What those wait for that ``write`` leaves for later."""

    @abstractmethod
    def write(self, links: Sequence[ExternalId]) -> Collection[str]:
        """Write external ids into entries. Repeating it must be harmless.

        Returns the ids of the entries that were left alone, because writing would publish, lose or show an editor's
        unpublished draft, or is not allowed yet. Such a link stays in the journal, and a later run writes it.

        Raises:
            Rejected: the CMS refused it for good.
            CredentialsRefused, TryAgainLater: as their names say.
        """

    def pending(self, cms_ids: Sequence[str]) -> Collection[str]:
        """The entries among these that ``write`` would leave for later right now. Asked while planning."""
        return ()

    def refusal(self) -> str | None:
        """Why these credentials may not write external ids, as a sentence, or none. Asked once per run; writes nothing.

        Links then stay in the journal, as with ``link = "journal"``.
        """
        return None


class ReadOnlyLinks(CmsLinks):
    """The external ids of a CMS that these settings can only read."""

    def __init__(self, why: str) -> None:
        self._why = why

    def write(self, links: Sequence[ExternalId]) -> Collection[str]:
        """Refuse to write.

        Raises:
            Rejected: always.
        """
        raise Rejected(self._why)

    def refusal(self) -> str:
        """The reason."""
        return self._why


class Cms(Backend):
    """A CMS. Built from its settings alone; opens nothing before the first call."""

    Settings: ClassVar[type[CmsSettings]] = CmsSettings
    """The settings of ``[cms]`` that this backend takes."""
    changed_since: bool = False
    """Whether the CMS can list just what changed since a moment."""
    links: CmsLinks | None = None
    """Writes external ids. Where nothing can, links live in the journal."""

    @abstractmethod
    def retrieve_brands(self, cursor: str | None = None, since: datetime | None = None) -> CmsPage:
        """One page of published entries; the first where ``cursor`` is none. ``since`` (UTC) needs ``changed_since``.

        Raises:
            CredentialsRefused, TryAgainLater, Unreadable: as their names say.
        """

    def retrieve_entries(self, cms_ids: Sequence[str]) -> Sequence[Any] | None:
        """The entries among these that are published now, raw, as the listing shows them; none where it can't be asked.

        Takes any number of ids, in any order. An id without an entry counts as gone, and its brand may be deleted. So
        an incomplete answer is completed or raised: a page that was cut off, a filter that the CMS ignored. An id that
        no entry can have, such as text where ids are numbers, is left out. Where the CMS can't be asked, the engine
        reads the whole listing a second time.

        Raises:
            CredentialsRefused, TryAgainLater, Unreadable: as their names say.
        """
        return None

    def check(self) -> Iterator[Finding]:
        """Reach the CMS and say what is there and what is missing. Writes nothing."""
        page = self.retrieve_brands()
        yield Finding(ok=True, what=f"the first page holds {counted(len(page.entries), 'entry')}")
