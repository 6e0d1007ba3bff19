"""Reading whole listings page by page: the next page of the CMS is under way while this one is worked on."""

import gc
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from brandsync.cms.interface import Cms, CmsPage
from brandsync.stores.interface import BrandStore, StorePage
from brandsync.tracing import carried

_IDS_AT_ONCE = 1_000
_COLLECT_EVERY = 50
"""Pages. Response bodies hang in reference cycles, and memory would grow with the catalogue."""


@dataclass(slots=True)
class Tally:
    """What a listing says of itself."""

    total: int | None = None
    more: str | None = None

    def add(self, page: CmsPage) -> None:
        """Take in what a page says."""
        self.total = self.total if page.total is None else page.total
        self.more = "; ".join(filter(None, (self.more, page.more))) or None

    def lacking(self, listed: int) -> str | None:
        """Why a listing that gave so many entries is known not to be whole, as a sentence; or none."""
        if self.more or self.total is None or listed >= self.total:
            return self.more
        missing = self.total - listed
        return f"the CMS says that it has {self.total} entries, and listed {listed}: {missing} are missing"


def cms_pages(cms: Cms, since: datetime | None) -> Iterator[CmsPage]:
    """The pages of the CMS's listing, the next one fetched ahead."""
    with ThreadPoolExecutor(1, thread_name_prefix="cms") as pool:
        ahead = pool.submit(carried(cms.retrieve_brands), None, since)
        number = 0
        while True:
            page = ahead.result()
            if page.next is not None:
                ahead = pool.submit(carried(cms.retrieve_brands), page.next, since)
            yield page
            if page.next is None:
                return
            number += 1
            if number % _COLLECT_EVERY == 0:
                gc.collect()


def store_pages(store: BrandStore, fields: Sequence[str]) -> Iterator[StorePage]:
    """The pages of the store's listing."""
    page = store.list_brands(fields)
    yield page
    while page.next is not None:
        page = store.list_brands(fields, page.next)
        yield page


def ids_in_chunks(rows: Sequence[Sequence[str]]) -> Iterator[list[str]]:
    """The ids in the first column of some rows, as many at once as one question should hold."""
    for start in range(0, len(rows), _IDS_AT_ONCE):
        yield [row[0] for row in rows[start : start + _IDS_AT_ONCE]]
