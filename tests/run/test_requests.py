"""How many requests a run makes: the number says whether anything is asked for twice."""

import pytest
from shop import Shop, WatchedCms, entries

BRANDS, PAGE = 250, 100
PAGES = {"none": 1, "page": 3, "offset": 3, "cursor": 3, "link": 3}
"""Listings of that many entries, a hundred a page."""


@pytest.fixture(params=PAGES)
def paged(request, tmp_path, sqlite_url):
    """A shop whose CMS is listed in one of the ways."""
    cms = WatchedCms(entries=entries(BRANDS), paging=request.param, envelope="items", total="body", page_size=PAGE)
    with cms, Shop(tmp_path, cms, sqlite_url) as shop:
        settings = {"next_cursor": "next"} if request.param == "cursor" else {}
        yield shop.set("cms", paging=request.param, page_size=PAGE, items="items", total="total", **settings)


def test_a_listing_is_read_once_and_each_new_brand_linked_once(paged):
    pages = PAGES[paged.sections["cms"]["paging"]]
    planned = paged.sync(dry_run=True)
    assert (planned["requests"], planned["link_requests_needed"]) == (pages, BRANDS)
    assert paged.sync()["requests"] == pages + BRANDS
    assert paged.sync()["requests"] == pages
    assert paged.sync(dry_run=True)["link_requests_needed"] == 0
    paged.cms.edit("e7", name="Renamed")
    assert paged.sync()["requests"] == pages
    assert paged.undo()["requests"] == 0


def test_links_in_the_journal_cost_no_requests(paged):
    pages = PAGES[paged.sections["cms"]["paging"]]
    paged.set("sync", link="journal")
    assert paged.sync(dry_run=True)["link_requests_needed"] == 0
    assert paged.sync()["requests"] == pages
    assert paged.undo()["requests"] == 0


def test_a_store_that_cannot_tell_says_nothing_of_what_a_plan_takes(shop):
    shop.cms.add(entries(1)[0])
    planned = shop.sync(dry_run=True)
    assert (planned["requests_needed"], planned["seconds_needed"], planned["warnings"]) == (None, None, [])


def test_an_incremental_run_makes_one_request_however_large_the_catalogue_is(shop):
    shop.set("cms", changed_since_param="updated_since").set("sync", link="journal")
    for entry in entries(BRANDS):
        shop.cms.add(entry)
        shop.cms.edit(entry["id"], updated_at="2026-01-01T00:00:00Z")
    shop.sync()
    for number in range(20):
        shop.cms.edit(f"e{number}", name=f"Renamed {number}", updated_at="2026-02-01T00:00:00Z")
    result = shop.sync()
    assert (result["counts"]["updated"], result["requests"]) == (20, 1)


def test_an_undo_looks_for_its_plan_and_again_before_it_writes_and_writes_each_link_once(shop):
    shop.publish(*entries(20))
    shop.sync()
    result = shop.undo()
    assert (result["counts"]["deleted"], result["requests"]) == (20, 2 + 20)
