"""What a CMS backend is: a small synchronous class.

It fetches one page, writes external ids, and says what it can do. Threads, mapping, progress and undo are the engine's.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from brandsync.backend import Backend
from brandsync.brand import ExternalId
from brandsync.errors import Rejected
from brandsync.finding import Finding
from brandsync.settings import JmesPath, SettingsModel


class FieldPaths(SettingsModel):
    """Where each field of a brand stands in a raw entry. What isn't named isn't synced."""

    name: JmesPath = "name"
    """Required, and not blank."""
    handle: JmesPath | None = None
    description: JmesPath | None = None
    logo_url: JmesPath | None = None
    website_url: JmesPath | None = None
    metadata: JmesPath | None = None
    """A JSON object."""


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
    """The cursor that fetches the following page, or none after the last one."""
    total: int | None = None
    """How many entries the whole listing has, where the CMS says so. The last page that says so counts."""
    more: str | None = None
    """Why the listing is known to lack entries, as a sentence without a full stop; else none."""


class CmsLinks(ABC):
    """External ids in the entries of a CMS: how they are written, and looked at."""

    batch: int = 1
    """The most external ids that one ``write`` takes."""
    threads: int = 1
    """How many ``write`` may be under way at once."""

    @abstractmethod
    def write(self, links: Sequence[ExternalId]) -> Collection[str]:
        """Write external ids into entries. Repeating it must be harmless.

        Returns the ids of those entries that were left as they are, because an editor's unpublished draft would have
        been published, lost or shown by it. Such a link stays in the journal and is written by a later run.

        Raises:
            Rejected: the CMS refused it for good.
            CredentialsRefused, TryAgainLater: as their names say.
        """

    def pending(self, cms_ids: Sequence[str]) -> Collection[str]:
        """Which of these entries ``write`` would leave for later, as of now. Asked while planning."""
        return ()

    def refusal(self) -> str | None:
        """Why these credentials may not write external ids, as a sentence, or none. Asked once a run; writes nothing.

        Links then stay in the journal, as with ``link = "journal"``.
        """
        return None


class ReadOnlyLinks(CmsLinks):
    """The external ids of a CMS that these settings can only read."""

    def __init__(self, why: str) -> None:
        self._why = why

    def write(self, links: Sequence[ExternalId]) -> Collection[str]:
        """Never.

        Raises:
            Rejected: always.
        """
        raise Rejected(self._why)

    def refusal(self) -> str:
        """Why."""
        return self._why


class Cms(Backend):
    """A CMS. Built from its settings alone; opens nothing before the first call."""

    Settings: ClassVar[type[CmsSettings]] = CmsSettings
    """The settings of ``[cms]`` that this backend takes."""
    changed_since: bool = False
    """It can list only what changed since a moment."""
    links: CmsLinks | None = None
    """Writes external ids. Where nothing can, links live in the journal."""

    @abstractmethod
    def retrieve_brands(self, cursor: str | None = None, since: datetime | None = None) -> CmsPage:
        """One page of published entries; the first for no cursor. ``since`` (UTC) only where ``changed_since``.

        Raises:
            CredentialsRefused, TryAgainLater, Unreadable: as their names say.
        """

    def retrieve_entries(self, cms_ids: Sequence[str]) -> Sequence[Any] | None:
        """Those of these entries that are published now, raw, just as the listing shows them; none: it can't be asked.

        However many ids, and in any order. An id that isn't among them is taken for gone, and its brand may be deleted.
        So what may be incomplete is completed or raised: a page that was cut off, a filter that the CMS ignored. An id
        that no entry can have, such as text where ids are numbers, is left out. The engine reads the whole listing a
        second time where the CMS can't be asked.

        Raises:
            CredentialsRefused, TryAgainLater, Unreadable: as their names say.
        """
        return None

    def check(self) -> Iterator[Finding]:
        """Reach the CMS and say what is there and what is missing. Writes nothing."""
        page = self.retrieve_brands()
        yield Finding(ok=True, what=f"the first page holds {len(page.entries)} entries")
