"""Reading whole listings page by page. The CMS's next page is fetched while this one is worked on."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from brandsync.cms.interface import Cms, CmsPage
from brandsync.cms.mapping import EntryMapping
from brandsync.cms.trail import MOST, Trail
from brandsync.errors import Unreadable
from brandsync.errors.plural import counted
from brandsync.interruptible import Helpers, Wait
from brandsync.observing.tracing import carried
from brandsync.stores.interface import BrandStore, StorePage

T = TypeVar("T")

MOST_ENTRIES = 100_000
"""The most entries in one page: all of them are in memory, with what is made from each."""
_COLLECT_EVERY = 50
"""In pages. Response bodies hang in reference cycles, and memory would grow with the catalogue."""


@dataclass(slots=True)
class Tally:
    """What a listing says about itself."""

    total: int | None = None
    more: str | None = None

    def add(self, page: CmsPage) -> None:
        """Take in what a page says."""
        self.total = self.total if page.total is None else page.total
        self.more = "; ".join(filter(None, (self.more, page.more))) or None

    def lacking(self, listed: int) -> str | None:
        """Why a listing with ``listed`` entries is known to be incomplete, as a sentence; or none."""
        if self.more or self.total is None or listed >= self.total:
            return self.more
        missing = self.total - listed
        are = "is" if missing == 1 else "are"
        return f"the CMS says that it has {counted(self.total, 'entry')}, and listed {listed}: {missing} {are} missing"


def cms_pages(cms: Cms, since: datetime | None) -> Iterator[CmsPage]:
    """The pages of the CMS's listing, the next one fetched ahead.

    Raises:
        Unreadable: it has no end, or a page is too large.
    """
    end, mapping = _End(f"the listing of the CMS ({cms.where()})"), EntryMapping(cms.settings)
    with closing(Helpers()) as helpers:
        ahead = _fetched(helpers, cms, None, since)
        number = 0
        while True:
            page = ahead.result()
            _require_few(page.entries)
            end.look([mapping.id_of(raw) for raw in _some(page.entries)])
            if page.next is not None:
                ahead = _fetched(helpers, cms, page.next, since)
            yield page
            if page.next is None:
                return
            number += 1
            if number % _COLLECT_EVERY == 0:
                gc.collect()


def _fetched(helpers: Helpers, cms: Cms, cursor: str | None, since: datetime | None) -> Wait[CmsPage]:
    """A page that is on its way. A run that is asked to stop need not wait for it."""
    return helpers.start(Wait("a page of the CMS"), partial(carried(cms.retrieve_brands), cursor, since))


def store_pages(store: BrandStore, fields: Sequence[str]) -> Iterator[StorePage]:
    """The pages of the store's listing.

    Raises:
        Unreadable: it has no end.
    """
    end = _End(f"the listing of the store ({store.where()})")
    page = store.list_brands(fields)
    yield page
    while page.next is not None:
        end.look([brand.id for brand in _some(page.brands)])
        page = store.list_brands(fields, page.next)
        yield page


def _require_few(entries: Sequence[Any]) -> None:
    if len(entries) > MOST_ENTRIES:
        raise Unreadable(
            f"a page of the CMS holds {len(entries):,} entries, and may hold {MOST_ENTRIES:,}",
            hint="ask for smaller pages: set `page_size`, and with the rest backend `paging`",
        )


def _some(entries: Sequence[T]) -> Sequence[T]:
    return [entries[place] for place in (0, len(entries) // 2, -1)] if entries else ()


class _End:
    """Checks that a listing ends, whatever cursors it gives."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._trail = Trail()

    def look(self, ids: Sequence[str]) -> None:
        """Look at one page. The ids of some of its entries tell whether it holds anything new."""
        self._trail = self._trail.after(ids)
        if problem := self._trail.problem(MOST):
            hint = (
                "see what its API answers page by page; where it is larger than that, ask for larger pages: `page_size`"
            )
            raise Unreadable(f"{self._what} has no end: {problem}", hint=hint)
