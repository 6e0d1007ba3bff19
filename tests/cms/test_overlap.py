"""Paging by offset while others add and delete entries."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandsync.cms.overlap import Window


@dataclass
class Listing:
    """A server's listing, sorted by id, in which things happen between two requests."""

    ids: list[int]
    deleted: list[set[int]] = field(default_factory=list)
    """What is deleted before each request after the first."""
    added: list[set[int]] = field(default_factory=list)
    unreadable: frozenset[int] = frozenset()
    """What the server counts and never shows."""
    most: int = 1_000
    """It cuts a page to this, silently."""
    requests: int = 0

    def page(self, window: Window) -> tuple[list[str], int, int]:
        if self.requests:
            gone = self.deleted.pop(0) if self.deleted else set()
            new = self.added.pop(0) if self.added else set()
            self.ids = sorted({*self.ids, *new} - gone)
        self.requests += 1
        rows = self.ids[window.offset : window.offset + min(window.size, self.most)]
        return [f"{row:06}" for row in rows if row not in self.unreadable], len(self.ids), len(rows)


def listed(listing: Listing, size: int, *, counts_rows: bool = False) -> list[str]:
    window: Window | None = Window(size=size)
    seen: list[str] = []
    while window:
        assert listing.requests < 1_000, "the listing did not end"
        ids, total, rows = listing.page(window)
        seen += ids
        window = window.following(ids, total, rows=rows if counts_rows else None)
        window = Window.parse(str(window), size) if window else None
    return seen


def names(ids: set[int]) -> set[str]:
    return {f"{number:06}" for number in ids}


@pytest.mark.parametrize(("count", "requests"), [(0, 1), (1, 1), (100, 1), (101, 2), (197, 2), (198, 3), (2_000, 21)])
def test_a_quiet_listing_takes_the_fewest_requests(count: int, requests: int) -> None:
    listing = Listing([*range(count)])
    assert set(listed(listing, 100)) == names({*range(count)})
    assert listing.requests == requests


def test_entries_that_are_deleted_before_the_place_hide_no_other() -> None:
    listing = Listing([*range(1_000)], deleted=[set(), {*range(150)}, {*range(200, 299)}])
    assert names({*range(300, 1_000)}) <= set(listed(listing, 100))


@given(
    count=st.integers(0, 60),
    size=st.integers(2, 10),
    most=st.integers(2, 10),
    deleted=st.lists(st.sets(st.integers(0, 120), max_size=20), max_size=8),
    added=st.lists(st.sets(st.integers(0, 120), max_size=20), max_size=8),
)
def test_whatever_is_there_all_the_time_is_listed(
    count: int, size: int, most: int, deleted: list[set[int]], added: list[set[int]]
) -> None:
    listing = Listing([*range(0, 2 * count, 2)], deleted, added, most=most)
    gone = set().union(*deleted)
    assert names({*range(0, 2 * count, 2)} - gone) <= set(listed(listing, size))


@given(count=st.integers(0, 60), size=st.integers(2, 10), unreadable=st.frozensets(st.integers(0, 60)))
def test_entries_that_the_server_leaves_out_do_not_end_the_listing(
    count: int, size: int, unreadable: frozenset[int]
) -> None:
    listing = Listing([*range(count)], unreadable=unreadable)
    assert set(listed(listing, size, counts_rows=True)) == names({*range(count)} - unreadable)
