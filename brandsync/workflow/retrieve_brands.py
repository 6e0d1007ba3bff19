"""Step 1, ``retrieve-brands-from-cms``: read and validate both sides. Nothing is written."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from msgspec.structs import replace

from brandsync.brand import LINK_FIELD, Brand, CmsBrand, Skipped
from brandsync.cms.interface import Cms
from brandsync.cms.mapping import EntryMapping
from brandsync.cms.moment import read_moment
from brandsync.errors import ConfigError
from brandsync.journal import Journal
from brandsync.second_look import SecondLook
from brandsync.spool import Spool
from brandsync.stores.interface import BrandStore
from brandsync.workflow.engine import Step, UndoStack
from brandsync.workflow.pages import BY_ID, cms_pages, entries_again, ids_in_chunks, store_pages
from brandsync.workflow.stale_ids import has_unknown, mark_stale

LONGEST_ID = 255
"""Characters of an entry's id that every journal can hold."""


@dataclass(slots=True)
class Retrieved:
    """How the reading went."""

    complete: bool = True
    """The CMS was listed as a whole."""
    short: str | None = None
    """Why a listing that was to be whole is known not to be, as a sentence."""
    newest: datetime | None = None
    """The latest change of any entry, by the CMS's own clock, in UTC. Known only where the CMS can list changes.

    A moment later than our own clock counts for nothing: one mistyped year would hide all that is edited before it.
    """
    undated: bool = False
    """There are entries, and none holds such a moment."""


class RetrieveBrands(Step):
    """Streams the CMS's published brands, and the store's, into the spool."""

    name = "retrieve-brands-from-cms"

    def __init__(  # noqa: PLR0913 - the two sides, the journal, and where they go
        self,
        cms: Cms,
        store: BrandStore,
        journal: Journal,
        spool: Spool,
        *,
        since: datetime | None,
        progress: Callable[[str, int], None],
    ) -> None:
        self._cms = cms
        self._store = store
        self._journal = journal
        self._spool = spool
        self._since = since
        self._progress = progress
        self._mapping = EntryMapping(cms.settings)
        self._in_store = LINK_FIELD in store.capabilities.fields
        self._now = datetime.now(UTC)
        self.result = Retrieved()

    @property
    def fields(self) -> list[str]:
        """The fields that are read, compared and written."""
        return [*self._mapping.fields, *([LINK_FIELD] if self._in_store else [])]

    def run(self, stack: UndoStack | None = None) -> None:
        """Fill the spool."""
        self._read_cms(self._since)
        self._spool.add_links(self._links_of_entries())
        if self._since and self._needs_complete():
            # A listing of its own: what was seen before counts for nothing, and may be gone by now.
            self._spool.forget_entries()
            self._read_cms(None)
            self._since = None
        self.result.complete = self._since is None and self.result.short is None
        if self._since and not self._unlinked():
            self._read_linked_brands()
        else:
            self._read_links()
            self._read_store()
        self._look_again()
        mark_stale(self._journal, self._spool)

    def _read_cms(self, since: datetime | None) -> None:
        listed, total, more, identified = 0, 0, None, False
        for page in cms_pages(self._cms, since):
            entries = [self._entry(raw) for raw in page.entries]
            identified = identified or any(entry.cms_id for entry in entries)
            new = self._spool.add_entries(entries)
            listed += new + _repeated(entries)
            total = total if page.total is None else page.total
            more = page.more or more
            self._note_newest(entries)
            self._progress("cms", len(entries))
        if not since:
            if listed and not identified:
                raise _without_ids(self._cms)
            self.result.short = more or _lacking(listed, total)

    def _look_again(self) -> None:
        """What one listing can't prove is looked at a second time."""
        look = SecondLook(self._spool, whole=self.result.complete)
        wanted = look.wanted(BY_ID + 1)
        if not wanted:
            return
        for entries in entries_again(self._cms, wanted, self._since):
            look.add([self._entry(raw) for raw in entries])
        look.conclude()

    def _entry(self, raw: object) -> CmsBrand | Skipped:
        entry = self._mapping.read(raw)
        if entry.external_id and (canonical := self._store.canonical_id(entry.external_id)) != entry.external_id:
            entry = replace(entry, external_id=canonical)
        if isinstance(entry, Skipped):
            return entry
        fields = {**entry.fields, LINK_FIELD: entry.cms_id} if self._in_store else entry.fields
        if len(entry.cms_id) > LONGEST_ID:
            return Skipped(entry.cms_id, "invalid", f"its id is longer than {LONGEST_ID} characters", entry.external_id)
        if refusal := self._store.refuses(fields):
            return Skipped(entry.cms_id, "invalid", refusal, entry.external_id)
        return CmsBrand(entry.cms_id, entry.external_id, fields, entry.updated_at) if self._in_store else entry

    def _note_newest(self, entries: Iterable[CmsBrand | Skipped]) -> None:
        if not self._cms.capabilities.changed_since:
            return
        read = [entry for entry in entries if isinstance(entry, CmsBrand)]
        moments = [moment for entry in read if (moment := read_moment(entry.updated_at)) and moment <= self._now]
        newest = self.result.newest
        self.result.newest = max([*moments, newest] if newest else moments, default=None)
        self.result.undated = self.result.newest is None and bool(read or self.result.undated)

    def _links_of_entries(self) -> Iterator[Sequence[str | None]]:
        """The journal's links of the entries listed, for an incremental run."""
        if not self._since:
            return
        for ids in ids_in_chunks(self._spool.query("SELECT cms_id FROM cms").fetchall()):
            for cms_id, link in self._journal.links.get(ids).items():
                yield (cms_id, link.brand_id, link.written, link.stored)

    def _needs_complete(self) -> bool:
        """An entry with an external id that the journal doesn't know may claim another entry's brand."""
        return has_unknown(self._journal, self._store, self._spool)

    def _unlinked(self) -> bool:
        return bool(
            self._spool.value("SELECT EXISTS (SELECT 1 FROM cms WHERE cms_id NOT IN (SELECT cms_id FROM link))")
        )

    def _read_links(self) -> None:
        for page in self._journal.links.pages():
            self._spool.add_links(page)

    def _read_store(self) -> None:
        for page in store_pages(self._store, self.fields):
            self._add_brands(page.brands)

    def _read_linked_brands(self) -> None:
        for ids in ids_in_chunks(self._spool.query("SELECT brand_id FROM link").fetchall()):
            self._add_brands(self._store.get_brands(self.fields, ids))

    def _add_brands(self, brands: Sequence[Brand]) -> None:
        self._spool.add_brands(brands)
        self._progress("store", len(brands))


def _repeated(entries: Sequence[CmsBrand | Skipped]) -> int:
    """How many entries of one page the spool doesn't count as new: those without an id, and copies of others."""
    return len(entries) - len({entry.cms_id for entry in entries if entry.cms_id})


def _lacking(listed: int, total: int) -> str | None:
    if listed >= total:
        return None
    return f"the CMS says that it has {total} entries, and listed {listed}: {total - listed} are missing"


def _without_ids(cms: Cms) -> ConfigError:
    return ConfigError(
        f"no entry of the CMS has an id at {cms.settings.id!r}",
        hint="say where it stands: id under [cms], a JMESPath in one entry",
    )
