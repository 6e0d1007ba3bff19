"""Step 1, ``retrieve-brands-from-cms``: read and validate both sides. Nothing is written."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import astuple, replace

from brandsync.brand import LINK_FIELD, Brand, CmsBrand, Skipped
from brandsync.brand.listed import ListedEntries
from brandsync.cms.images import ImageReader, ImageSource
from brandsync.cms.interface import Cms
from brandsync.cms.mapping import EntryMapping
from brandsync.cms.moment import newest
from brandsync.errors import ConfigError
from brandsync.errors.hints import near_miss
from brandsync.journal import Journal
from brandsync.observing.excerpt import excerpt, kind
from brandsync.plan.images import ImagePlan
from brandsync.plan.second_look import SecondLook
from brandsync.plan.spool import Spool
from brandsync.stores.interface import BrandStore
from brandsync.stores.optional import id_spelling, kinds_of, takes_all
from brandsync.workflow.engine import Step, UndoStack
from brandsync.workflow.pages import Tally, cms_pages, store_pages
from brandsync.workflow.stale_ids import has_unknown, mark_stale

BY_ID = 1_000
"""The most entries that are fetched by id. For more, a listing takes fewer requests."""
LONGEST_ID = 255
"""The longest id of an entry that every journal can hold, in characters."""


@dataclass(slots=True)
class Retrieved:
    """How the reading went."""

    complete: bool = True
    """The CMS was listed as a whole."""
    short: str | None = None
    """Why a listing that should be whole is known to be incomplete, as a sentence."""
    newest: datetime | None = None
    """The latest change of any entry, by the CMS's own clock, in UTC. Known only where the CMS can list changes.

    A moment later than our own clock is ignored: one mistyped year would hide all edits before it.
    """
    undated: bool = False
    """There are entries, and none of them has such a moment."""


class RetrieveBrands(Step):
    """Streams the CMS's published brands, and the store's, into the spool."""

    name = "retrieve-brands-from-cms"

    def __init__(  # noqa: PLR0913 - the two sides, the journal, and the place for what is read
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
        self._spelled = id_spelling(store)
        self._images = ImageReader(cms.settings)
        self.images = ImagePlan(spool, self._images.fields)
        self._tally = Tally()
        self._now = datetime.now(UTC)
        self.result = Retrieved()

    @property
    def fields(self) -> list[str]:
        """The fields that are read, compared and written."""
        return list(self._spool.fields)

    @property
    def _wanted(self) -> list[str]:
        """What is read of the store's brands: the same, and the references to their pictures."""
        return [*self._spool.fields, *self.images.fields]

    def run(self, stack: UndoStack | None = None) -> None:
        """Fill the spool."""
        link_field = LINK_FIELD in self._spool.fields
        self._mapping = EntryMapping(self._cms.settings, kinds_of(self._store), link_field=link_field)
        others = self._read_others()
        self._read_cms(self._since, () if self._since else others)
        self._spool.add_links(self._links_of_entries())
        if self._since and self._needs_complete():
            # A separate listing: what was seen before is ignored, because it may be gone by now.
            self._spool.forget_entries()
            self.images.forget_sources()
            self._read_cms(None, others)
            self._since = None
        self._judge(self._spool.listed_at_most())
        if self._since and not self._spool.lacks_links():
            self._read_linked_brands()
        else:
            deque(others, 0)
        self._look_again()
        mark_stale(self._journal, self._spool)
        others_here = self._journal.runs.of_other_sources(self._cms.where(), self._store.where())
        if others_here and self._spool.has_linked_brands():
            self._spool.add_theirs(self._journal.links.of_others(others_here))
        for ids in self.images.entry_ids():
            self.images.recall(map(astuple, self._journal.images.of(ids)))

    def _read_cms(self, since: datetime | None, beside: Iterable[None]) -> None:
        """List the CMS, and go on with ``beside`` while each page is on its way."""
        beside = iter(beside)
        self._tally, identified = Tally(), False
        first: Sequence[Any] = ()
        for page in cms_pages(self._cms, since):
            entries = self._read(page.entries)
            first = first or page.entries
            identified = identified or any(entry.cms_id for entry in entries)
            self._spool.add_entries(entries)
            self.images.add_sources(map(_kept, self._images.of(page.entries)))
            self._tally.add(page)
            self._note_newest(entries)
            self._progress("cms", len(entries))
            next(beside, None)
        if first and not identified and not since:
            raise _without_ids(first[0], self._cms)

    def _look_again(self) -> None:
        """Look a second time at what one listing can't prove."""
        look = SecondLook(self._spool, whole=self.result.complete)
        wanted = look.wanted(BY_ID + 1)
        if not wanted:
            return
        found, lacking = self._cms.retrieve_entries(wanted) if len(wanted) <= BY_ID else None, None
        if found is None:
            lacking = self._list_again(look)
        else:
            look.add(self._read(found))
        look.conclude(proved=lacking is None)
        self._judge(self._spool.listed(), lacking and f"the second listing, which was to prove the first: {lacking}")

    def _list_again(self, look: SecondLook) -> str | None:
        """Show a second listing to this look. Returns why it is known to be incomplete, or none."""
        tally = Tally()
        for page in cms_pages(self._cms, self._since):
            look.add(self._read(page.entries))
            tally.add(page)
        listed = look.listed()
        if not listed and self._spool.listed():
            return "the CMS listed nothing"
        return None if self._since else tally.lacking(listed)

    def _judge(self, listed: int, otherwise: str | None = None) -> None:
        """Record whether the listing was whole. ``otherwise``: why not, if the listing doesn't say so itself."""
        self.result.short = (None if self._since else self._tally.lacking(listed)) or otherwise
        self.result.complete = self._since is None and self.result.short is None

    def _read(self, page: Sequence[Any]) -> Sequence[CmsBrand | Skipped]:
        """The entries of a page. What the store or the journal could not hold is skipped."""
        entries = self._mapping.read_all(page)
        if isinstance(entries, ListedEntries):
            entries.external_ids = [brand_id and self._spelled(brand_id) for brand_id in entries.external_ids]
            if self._fit(entries):
                return entries
        fitting = [self._fitting(entry) for entry in entries]
        return entries if isinstance(entries, ListedEntries) and {*map(type, fitting)} == {CmsBrand} else fitting

    def _fit(self, entries: ListedEntries) -> bool:
        """Whether both sides are known to take all of these."""
        can_hold = max(map(len, entries.ids), default=0) <= LONGEST_ID and self._journal.room.is_ample
        return can_hold and takes_all(self._store, dict(zip(entries.fields, entries.columns, strict=True)))

    def _fitting(self, entry: CmsBrand | Skipped) -> CmsBrand | Skipped:
        external_id = entry.external_id and self._spelled(entry.external_id)
        if external_id != entry.external_id:
            entry = replace(entry, external_id=external_id)
        if isinstance(entry, Skipped):
            return entry
        if len(entry.cms_id) > LONGEST_ID:
            return Skipped(entry.cms_id, "invalid", f"its id is longer than {LONGEST_ID} characters", external_id)
        refusal = self._store.refuses(entry.fields) or self._journal.room.problem(entry.cms_id, entry.fields)
        return Skipped(entry.cms_id, "invalid", refusal, external_id) if refusal else entry

    def _note_newest(self, entries: Sequence[CmsBrand | Skipped]) -> None:
        if not self._cms.changed_since:
            return
        if isinstance(entries, ListedEntries):
            read = entries.moments
        else:
            read = [entry.updated_at for entry in entries if isinstance(entry, CmsBrand)]
        found = [moment for moment in (newest(read, self._now), self.result.newest) if moment]
        self.result.newest = max(found, default=None)
        self.result.undated = self.result.newest is None and bool(read or self.result.undated)

    def _links_of_entries(self) -> Iterator[Sequence[str | None]]:
        """The journal's links of the listed entries, for an incremental run."""
        if not self._since:
            return
        for ids in self._spool.entry_ids():
            for cms_id, link in self._journal.links.get(ids).items():
                yield (cms_id, link.brand_id, link.written, link.stored)

    def _needs_complete(self) -> bool:
        """Whether a whole listing is needed: an external id that the journal doesn't know may be another entry's."""
        return has_unknown(self._journal, self._store, self._spool)

    def _read_others(self) -> Iterator[None]:
        """Read the journal's links and the whole store, page by page."""
        for links in self._journal.links.pages():
            self._spool.add_links(links)
            yield
        for page in store_pages(self._store, self._wanted):
            self._add_brands(page.brands)
            yield

    def _read_linked_brands(self) -> None:
        for ids in self._spool.linked_brand_ids():
            self._add_brands(self._store.get_brands(self._wanted, ids))

    def _add_brands(self, brands: Sequence[Brand]) -> None:
        if self.images.fields:
            self.images.add_brands(brands)
            brands = [Brand(one.id, {name: one.fields.get(name) for name in self.fields}) for one in brands]
        self._spool.add_brands(brands)
        self._progress("store", len(brands))


def _kept(source: ImageSource) -> tuple[str, str, str | None, str | None, str | None]:
    """How a plan keeps where a picture is."""
    whole = source.address and "\n".join(filter(None, (source.address, source.mark)))
    return source.cms_id, source.field, source.address, whole, source.problem


def _without_ids(first: Any, cms: Cms) -> ConfigError:
    """``first``: the first entry as it was listed."""
    path = cms.settings.id
    if not isinstance(first, dict):
        problem, hint = f"the entries are {kind(first)}, not objects", "check where the list is: `items` in [cms]"
    elif path in first:
        problem = (
            f"no entry of the CMS has an id that can be used at {path!r}: in the first one it is {kind(first[path])}"
        )
        hint = "an id is a text or a whole number: give entries such ids, or set `id` in [cms] to where they stand"
    else:
        keys = [str(key) for key in first]
        problem = f"no entry of the CMS has an id at {path!r}: the first one has {excerpt(', '.join(keys), 200)}"
        near = near_miss(path, keys)
        hint = f'set id = "{excerpt(near)}" in [cms]' if near else "set `id` in [cms] to where an entry holds its id"
    return ConfigError(problem, hint=hint)
