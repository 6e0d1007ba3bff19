"""Listings page by page: each has to have an end, and pages that fit into memory."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import pytest
from extent import EVERY

from brandsync.brand import Brand
from brandsync.cms.interface import Cms, CmsPage, CmsSettings
from brandsync.cms.trail import EMPTY, MOST
from brandsync.errors import Unreadable
from brandsync.stores.interface import StorePage
from brandsync.testing import MemoryStore
from brandsync.workflow.pages import MOST_ENTRIES, Tally, cms_pages, store_pages

Ids = Callable[[int], Sequence[str]]
"""The ids of a page."""


class EndlessCms(Cms):
    """Each page leads to another one, by a cursor that is always new."""

    def __init__(self, ids: Ids) -> None:
        super().__init__(CmsSettings(backend="endless"))
        self._ids = ids

    def retrieve_brands(self, cursor: str | None = None, since: datetime | None = None) -> CmsPage:
        number = int(cursor or 0)
        return CmsPage([{"id": key, "name": key} for key in self._ids(number)], str(number + 1))


class EndlessStore(MemoryStore):
    """The same, of a store."""

    def __init__(self, ids: Ids) -> None:
        super().__init__(MemoryStore.Settings(backend="memory"))
        self._ids = ids

    def list_brands(self, fields: Sequence[str], cursor: str | None = None) -> StorePage:
        number = int(cursor or 0)
        return StorePage([Brand(key, {"name": key}) for key in self._ids(number)], str(number + 1))


def pages_of(side: str, ids: Ids) -> Iterator[Any]:
    return cms_pages(EndlessCms(ids), None) if side == "cms" else store_pages(EndlessStore(ids), ["name"])


def exhaust(pages: Iterator[Any], most: int) -> None:
    for number, _ in enumerate(pages):
        assert number <= most


WHERE = {"cms": "the listing of the CMS (endless) has no end", "store": "the listing of the store (memory) has no end"}
SAME: dict[str, Ids] = {
    "one page": lambda _number: ["a", "b"],
    "a circle": lambda number: [f"{number % 7} {place}" for place in range(3)],
    "nothing": lambda _number: [],
}


@pytest.mark.parametrize("side", ["cms", "store"])
@pytest.mark.parametrize("ids", SAME.values(), ids=SAME)
def test_a_listing_whose_pages_bring_nothing_new_ends(side: str, ids: Ids) -> None:
    pages = pages_of(side, ids)
    with pytest.raises(Unreadable, match="has no end") as caught:
        exhaust(pages, 1_100)
    assert caught.value.message.startswith(WHERE[side])
    assert caught.value.hint == (
        "see what its API answers page by page; where it is larger than that, ask for larger pages: `page_size`"
    )


@pytest.mark.parametrize("side", ["cms", "store"] if EVERY else ["store"])
def test_a_listing_that_invents_entries_for_ever_ends(side: str) -> None:
    pages = pages_of(side, lambda number: [str(number)])
    with pytest.raises(Unreadable, match=f"did not end after {MOST:,} pages"):
        exhaust(pages, MOST)


@pytest.mark.parametrize("side", ["cms", "store"])
def test_a_listing_of_very_many_pages_is_read_while_they_bring_anything_new(side: str) -> None:
    pages = pages_of(side, lambda number: [f"{number} {place}" for place in range(3)])
    assert len([*islice(pages, EMPTY + 10)]) == EMPTY + 10


def test_a_page_of_very_many_entries_is_refused() -> None:
    many = [str(number) for number in range(MOST_ENTRIES + 1)]
    assert len(next(pages_of("cms", lambda _number: many[1:])).entries) == MOST_ENTRIES
    with pytest.raises(Unreadable, match="a page of the CMS holds 100,001 entries, and may hold 100,000") as caught:
        next(pages_of("cms", lambda _number: many))
    assert caught.value.hint == "ask for smaller pages: set `page_size`, and with the rest backend `paging`"


def test_what_pages_say_of_their_listing_is_gathered() -> None:
    tally = Tally()
    for page in (CmsPage([], total=7), CmsPage([], more="one"), CmsPage([]), CmsPage([], more="two")):
        tally.add(page)
    assert (tally.total, tally.more) == (7, "one; two")
    tally.add(CmsPage([], total=9))
    assert tally.total == 9
