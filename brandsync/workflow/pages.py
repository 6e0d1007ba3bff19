"""Reading whole listings page by page: the next page of the CMS is under way while this one is worked on."""

import gc
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from brandsync.cms.interface import Cms, CmsPage
from brandsync.stores.interface import BrandStore, StorePage
from brandsync.tracing import carried

_IDS_AT_ONCE = 1_000
BY_ID = 1_000
"""The most entries that are asked for by their ids: of more, a listing takes fewer requests."""
_COLLECT_EVERY = 50
"""Pages. Response bodies hang in reference cycles, and memory would grow with the catalogue."""


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


def entries_again(cms: Cms, cms_ids: Sequence[str], since: datetime | None = None) -> Iterator[Sequence[Any]]:
    """Whatever the CMS has now of these entries, page by page; other entries may come with them.

    Asks for them by their ids where that is possible and they are few, else reads the listing anew.
    """
    by_id = cms.retrieve_entries(cms_ids) if len(cms_ids) <= BY_ID else None
    if by_id is not None:
        yield by_id
        return
    for page in cms_pages(cms, since):
        yield page.entries


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
