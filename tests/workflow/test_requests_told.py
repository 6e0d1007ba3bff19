"""What writing takes of either side is counted batch by batch, before the first request is sent."""

import pytest
from desk import created, desk, linked, row

from brandsync.brand import Brand, CmsBrand
from brandsync.http import Rate
from brandsync.journal import Batch, BatchKind
from brandsync.testing import MemoryCms, MemoryStore
from brandsync.testing.memory_cms import MemoryLinks
from brandsync.workflow.requests import RequestCount, count_requests
from brandsync.workflow.work import LINKS_AT_ONCE

PRICES = {"read": 1_000, "create": 10_000, "update": 100_000, "delete": 1_000_000}


class PricedStore(MemoryStore):
    """A store where every batch takes its own price and one for each brand, so that no two counts have one sum."""

    rate = Rate(10, 1.0)

    def requests_for(self, action, brands):
        return PRICES[action] + brands

    def cost_of(self, action, brands):
        return 2 * self.requests_for(action, brands)


class PricedCms(MemoryCms):
    """Likewise, for external ids."""

    class Links(MemoryLinks):
        def requests_for(self, links):
            return 1_000 + links


def store_takes(*batches):
    """What the store takes of so many brands each."""
    return sum(PRICES[action] + brands for action, brands in batches)


def cms_takes(*calls):
    """What the CMS takes of calls with so many external ids each."""
    return sum(1_000 + links for links in calls)


class Counted:
    """What is counted on a desk, told of both sides."""

    def __init__(self, at):
        self.count = RequestCount(at.store, PricedCms.of(at.catalogue, at.cms.behaviour))

    @property
    def both(self):
        return self.count.store.requests, self.count.cms.requests


@pytest.fixture
def counted():
    with desk(store=PricedStore, batch=3) as at:
        yield Counted(at)


def test_every_batch_is_counted_and_an_empty_one_takes_nothing(counted):
    for brands in (2, 2, 5, 0, 2):
        counted.count.write("create", brands)
    counted.count.write("delete", 2)
    batches = [("create", 2), ("create", 2), ("create", 5), ("create", 2), ("delete", 2)]
    assert counted.both == (store_takes(*batches), 0)
    assert counted.count.store.cost == 2 * store_takes(*batches)
    assert counted.count.store.seconds == Rate(10, 1.0).seconds_for(2 * store_takes(*batches))


def test_external_ids_are_counted_in_calls_of_as_many_as_the_cms_takes_at_once(counted):
    counted.count.link(7)
    assert counted.both == (0, cms_takes(3, 3, 1))
    counted.count.link(0)
    counted.count.link(3)
    assert counted.both == (0, cms_takes(3, 3, 1, 3))


@pytest.mark.parametrize(
    ("kind", "asked"), [("uncreate", "delete"), ("delete", "delete"), ("restore", "create"), ("update", "update")]
)
def test_a_batch_that_is_taken_back_is_read_as_a_whole_and_written_where_it_has_to_be(counted, kind, asked):
    rows = [row(key, f"b{key}", "new", "old") for key in "123"]
    counted.count.take_back(Batch(BatchKind(kind), [*rows, created("4", None)]), rows[:2])
    assert counted.both == (store_takes(("read", 3), (asked, 2)), 0)


def test_of_external_ids_that_are_taken_back_only_brands_that_they_are_to_lead_to_are_looked_for(counted):
    cleared = Batch(BatchKind.LINK, [linked("3", "b3")]).inverse().rows
    rows = [linked("1", "b1"), linked("2", "b2"), *cleared]
    counted.count.take_back(Batch(BatchKind.LINK, [*rows, linked("4", "b4")]), rows)
    assert counted.both == (store_takes(("read", 2)), cms_takes(3))
    counted.count.take_back(Batch(BatchKind.LINK, cleared), cleared)
    assert counted.both == (store_takes(("read", 2)), cms_takes(3, 1))


def planned(at, entries, brands=(), links=(), *, most=2, **settings):
    """What a plan takes of the store and of the CMS, in batches of so many brands at most."""
    counted = Counted(at)
    with at.work(entries, brands, links, **settings) as work:
        count_requests(work.plan, counted.count, most)
    return counted.both


ENTRIES = [
    *(CmsBrand(f"new{number}", None, {"name": f"New {number}"}) for number in range(3)),
    CmsBrand("changed", "b1", {"name": "Changed"}),
    CmsBrand("same", None, {"name": "Same"}),
    CmsBrand("spelt", None, {"name": "Spelt"}),
    CmsBrand("linked", "b4", {"name": "Linked"}),
]
BRANDS = [
    Brand(f"b{number}", {"name": name})
    for number, name in enumerate(["Old", "Same", "SPELT", "Linked", "Gone", "Gone too", "And gone"], 1)
]
GONE = [(f"gone{number}", f"b{number}") for number in (5, 6, 7)]


def test_a_plan_takes_what_its_steps_write_and_a_brand_that_is_only_adopted_takes_nothing_of_the_store():
    with desk(store=PricedStore) as at:
        taken = planned(at, ENTRIES, BRANDS, GONE, delete_missing=True)
    batches = [("create", 2), ("create", 1), ("update", 1), ("update", 1), ("delete", 2), ("delete", 1)]
    assert taken == (store_takes(*batches), cms_takes(2, 1, 1, 1))


def test_links_that_stay_in_the_journal_take_nothing_of_the_cms():
    with desk(store=PricedStore) as at:
        assert planned(at, ENTRIES[:3], link_in_cms=False) == (store_takes(("create", 2), ("create", 1)), 0)


def test_an_entry_that_holds_an_external_id_already_is_not_counted_again():
    with desk(store=PricedStore) as at:
        assert planned(at, ENTRIES[3:4], BRANDS[:1]) == (store_takes(("update", 1)), 0)


def test_many_external_ids_are_counted_in_the_parts_in_which_they_are_written():
    names = [f"Brand {number}" for number in range(2 * LINKS_AT_ONCE + 1)]
    with desk(store=PricedStore, batch=len(names)) as at:
        taken = planned(at, [CmsBrand(name, None, {"name": name}) for name in names], most=len(names))
    assert taken == (store_takes(("create", len(names))), cms_takes(LINKS_AT_ONCE, LINKS_AT_ONCE, 1))


def test_where_a_side_cannot_tell_nothing_is_told_of_it(at):
    count = RequestCount(at.store, at.cms)
    assert (count.store, count.cms.requests) == (None, 0)
    count.write("create", 1)
    count.link(1)
    assert (count.store, count.cms) == (None, None)
