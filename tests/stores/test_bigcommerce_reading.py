"""Listing the brands of a BigCommerce store, looking them up, and waiting for its rate limit."""

import time
from contextlib import closing

import pytest
from fake_bigcommerce import open_bigcommerce
from fake_server import Answer

from brandsync.brand import NewBrand
from brandsync.errors import TryAgainLater, Unreadable
from brandsync.http import Rate
from brandsync.workflow.pages import store_pages


def new(name):
    return NewBrand(None, {"name": name, "description": None})


def every(store):
    """The whole listing, as the engine reads it."""
    return [brand for page in store_pages(store, ["name"]) for brand in page.brands]


def test_a_listing_takes_pages_of_250_and_asks_for_no_more_than_it_needs(fake, bigcommerce):
    for number in range(251):
        fake.add(f"Brand {number}")
    assert len(list(bigcommerce.find_brands(["description"], ["Brand 250"]))) == 251
    assert [asked.query for asked in fake.log] == [
        {"page": page, "limit": "250", "include_fields": "name,meta_description"} for page in ("1", "2")
    ]


def test_a_listing_is_whole_where_the_store_gives_fewer_at_once_than_it_was_asked_for(fake, bigcommerce):
    fake.largest_page = 4
    for number in range(11):
        fake.add(f"Brand {number}")
    assert [brand.fields["name"] for brand in every(bigcommerce)] == [f"Brand {number}" for number in range(11)]


def test_an_empty_page_in_the_middle_is_not_believed(fake, bigcommerce):
    pagination = {"total": 900, "total_pages": 4}
    fake.instead.append(Answer(200, {"data": [], "meta": {"pagination": pagination}}))
    with pytest.raises(Unreadable, match=r"page 1 of 4 .* is empty"):
        every(bigcommerce)


def test_a_brand_that_moves_to_an_earlier_page_is_listed_all_the_same(fake):
    ids = [fake.add(f"Brand {number}") for number in range(7)]

    def act(_asked):
        if len(fake.requests("GET")) == 1:
            fake.brands.pop(ids[0], None)

    fake.act = act
    with closing(open_bigcommerce(fake, page_size=3)) as store:
        found = {brand.id for brand in every(store)}
    assert found >= {str(brand_id) for brand_id in ids[1:]}


def test_a_listing_that_never_holds_still_is_given_up(fake):
    for number in range(3):
        fake.add(f"Brand {number}")
    fake.act = lambda _asked: fake.add(f"New {fake.made}")
    with closing(open_bigcommerce(fake, page_size=2)) as store, pytest.raises(TryAgainLater, match="change while"):
        every(store)


def test_a_brand_is_looked_up_by_its_name_where_that_takes_fewer_requests(fake):
    ids = [fake.add(f"Brand {number}") for number in range(9)]
    with closing(open_bigcommerce(fake, page_size=3)) as store:
        found = {brand.id: brand.fields for brand in store.find_brands(["name"], ["brand 8"])}
        assert found[str(ids[8])] == {"name": "Brand 8"}
        assert [asked.query.get("name") for asked in fake.log] == [None, "brand 8"]
        fake.log.clear()
        assert len(list(store.find_brands(["name"], ["Brand 7", "Brand 8"]))) == 9
        assert [asked.query.get("page") for asked in fake.log] == ["1", "2", "3"]


# The rate limit


@pytest.mark.parametrize("refusals", [1, 3])
def test_a_429_without_headers_is_waited_for(fake, bigcommerce, refusals):
    fake.instead.extend([Answer(429, {})] * refusals)
    bigcommerce.create_brands([new("A")])
    assert (fake.names(), len(fake.requests("POST"))) == (["A"], refusals + 1)


def test_a_429_may_tell_the_seconds_to_wait_in_a_header_of_bigcommerces_own(fake, bigcommerce):
    """Documented in 2014 ("OAuth rate limits"); today's documents name ``X-Rate-Limit-Time-Reset-Ms`` alone."""
    fake.instead.append(Answer(429, {}, {"X-Retry-After": "1"}))
    began = time.monotonic()
    bigcommerce.create_brands([new("A")])
    assert time.monotonic() - began > 0.9


def test_a_429_is_waited_for_as_long_as_its_header_says(fake, bigcommerce):
    fake.quota, fake.window = 1, 3.0
    bigcommerce.list_brands(["name"])
    with closing(open_bigcommerce(fake)) as other:  # knows nothing of the quota yet
        other.create_brands([new("A")])
    assert [asked.status for asked in fake.requests("POST")] == [429, 200]
    assert bigcommerce.rate == Rate(1, 3.0)
