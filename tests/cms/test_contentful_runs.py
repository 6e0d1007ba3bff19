"""Whole runs from the fake Contentful into a table in SQLite: requests, drafts, deaths, and back again."""

from functools import partial

import pytest
from fake_contentful import api_of
from shop import Shop
from whole_runs import (
    COUNT,
    add_real_brands,
    counted,
    die,
    filled,
    follows_an_editors_day_and_is_taken_back,
    in_line,
    is_taken_back_and_goes_on,
    publish,
)

PAGES = 4
"""Of 100 entries, each with the last ones of the page before it."""


asked = partial(counted, kind=lambda one: f"{api_of(one)} {one.method}")


@pytest.fixture
def shop(contentful_shop: Shop) -> Shop:
    return contentful_shop


def test_a_run_takes_two_requests_a_brand_and_a_second_one_takes_a_page(shop, fake):
    publish(fake.space, 150)
    planned = shop.sync(dry_run=True)
    reads = sum(asked(fake).values())
    result = shop.sync()
    assert (result["exit_code"], result["counts"]["created"]) == (0, 150)
    assert (planned["link_requests_needed"], planned["link_seconds_needed"]) == (len(fake.log) - reads, None)
    assert in_line(shop, fake.space)
    # delivered: the page, the content type, the locales; managed: may it write (2), and each batch of a hundred
    assert asked(fake) == {"cdn GET": 3, "api GET": 1 + 2, "api PATCH": 1 + 150, "api PUT": 150}
    again = shop.sync(full=True)
    assert (again["counts"]["unchanged"], again["changes"]) == (150, [])
    assert asked(fake) == {"cdn GET": 1}
    assert shop.undo(result["run"])["exit_code"] == 0
    # delivered: the locales; managed: each batch of a hundred, for the plan, once more before it, and for its versions
    assert asked(fake) == {"cdn GET": 1, "api GET": 3 * 2, "api PATCH": 150, "api PUT": 150}


def test_an_incremental_run_lists_what_changed_and_knows_its_own_write_backs(shop, fake):
    ids = publish(fake.space, 3)
    shop.sync()
    asked(fake)
    fake.space.edit(ids[0], description="New")
    result = shop.sync()
    assert "sys.updatedAt[gte]" in fake.log[0].query
    assert (result["counts"]["updated"], result["counts"]["unchanged"]) == (1, 2)
    assert asked(fake) == {"cdn GET": 1}


@pytest.mark.slow
def test_a_run_never_provokes_a_429(shop, fake):
    fake.limit = 50
    publish(fake.space, 80)
    result = shop.sync()
    assert result["exit_code"] == 0
    assert result["seconds"] > 2 * 80 / fake.limit - 1
    assert {asked.status for asked in fake.requests("GET", "PATCH", "PUT")} == {200, 404}  # 404: nobody
    assert shop.undo()["exit_code"] == 0
    assert 429 not in {asked.status for asked in fake.log}


@pytest.mark.slow
def test_a_run_that_is_killed_between_an_external_id_and_its_publication_is_taken_back(shop, fake):
    publish(fake.space, 3)
    die(shop, fake, lambda one: one.method == "PUT")
    is_taken_back_and_goes_on(shop, fake.space)
    assert fake.space.pristine()


@pytest.mark.slow
def test_real_brands_arrive_stay_follow_an_editors_day_and_are_taken_back(shop, fake):
    shop.set("cms.fields", metadata="extra")
    add_real_brands(shop, lambda brand: fake.space.add(brand["id"], **filled(brand, extra="metadata")))
    first = shop.sync()
    assert (first["exit_code"], first["counts"]["created"], in_line(shop, fake.space)) == (0, COUNT, True)
    reads = {"cdn GET": PAGES + 2, "api GET": 1 + COUNT // 100}
    assert asked(fake) == reads | {"api PATCH": 1 + COUNT, "api PUT": COUNT}
    assert shop.sync(full=True)["counts"]["unchanged"] == COUNT
    assert asked(fake) == {"cdn GET": PAGES}
    follows_an_editors_day_and_is_taken_back(shop, fake.space, first["run"])
