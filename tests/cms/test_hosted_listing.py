"""The listings of hosted CMSes that go on by an offset: they take few pages and miss nothing."""

from contextlib import closing

import pytest
from cms_listing import listed


@pytest.mark.parametrize(
    ("backend", "count", "pages", "more"),
    [
        ("contentful", 1001, [{"order": "sys.id", "skip": "0"}, {"order": "sys.id", "skip": "997"}], 0),
        (
            "datocms",
            501,
            [{"order_by": "id_ASC", "page[offset]": "0"}, {"order_by": "id_ASC", "page[offset]": "497"}],
            1,  # the model's fields, once
        ),
    ],
)
def test_a_listing_takes_the_largest_pages_and_as_few_as_there_are(hosted, count, pages, more):
    for number in range(count):
        hosted.space.add(name=f"Brand {number}")
    assert len(listed(hosted.backend)) == count
    listings = [asked.query for asked in hosted.server.log if pages[0].keys() <= asked.query.keys()]
    assert [query | page for query, page in zip(listings, pages, strict=True)] == listings
    assert len(hosted.server.log) == len(pages) + more


@pytest.mark.parametrize(("backend", "pages"), [("contentful", {1, 2, 3, 4}), ("datocms", {2, 3, 4, 5})])
def test_no_entry_is_missed_while_editors_unpublish_others(hosted, pages):
    ids = [hosted.space.add(name=f"Brand {number}") for number in range(12)]
    gone = iter(ids[:4])

    def act(_asked):
        if len(hosted.server.log) in pages:
            hosted.space.unpublish(next(gone))

    hosted.server.act = act
    with closing(hosted.open(page_size=4)) as cms:
        assert set(ids[4:]) <= set(listed(cms))
