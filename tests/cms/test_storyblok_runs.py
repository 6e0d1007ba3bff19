"""Whole runs from the fake Storyblok into a table in SQLite: requests, drafts, deaths, and back again."""

from functools import partial

import pytest
from fake_storyblok import DELIVERY, MANAGEMENT
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
"""Of 100 stories, each with the last three of the one before it."""


asked = partial(counted, kind=lambda one: f"{one.path[:3]} {one.method}")


@pytest.fixture
def shop(storyblok_shop: Shop) -> Shop:
    return storyblok_shop


def test_a_run_takes_three_requests_a_brand_and_a_second_one_takes_the_pages(shop, blok):
    shop.set("cms", page_size=100)
    publish(blok.space, 150)
    planned = shop.sync(dry_run=True)
    reads = sum(asked(blok).values())
    result = shop.sync()
    assert (result["exit_code"], result["counts"]["created"]) == (0, 150)
    needed = len(blok.log) - reads
    assert (planned["link_requests_needed"], planned["link_seconds_needed"]) == (needed, needed / 1_000)
    assert in_line(shop, blok.space)
    # delivered: the space and two pages; managed: the components and may it write; two looks, and three each
    assert asked(blok) == {"/v2 GET": 3, "/v1 GET": 1 + 2 + 2 * 150, "/v1 PUT": 1 + 150}
    again = shop.sync(full=True)
    assert (again["counts"]["unchanged"], again["changes"]) == (150, [])
    assert asked(blok) == {"/v2 GET": 3}
    assert shop.undo(result["run"])["exit_code"] == 0
    # each batch of a hundred, for the plan, once more before it, and to see what stands
    assert asked(blok) == {"/v1 GET": 3 * 2 + 2 * 150, "/v1 PUT": 150}
    assert set(blok.space.shown().values()) == {None}


def test_an_incremental_run_lists_what_was_published_and_knows_its_own_write_backs(shop, blok):
    ids = publish(blok.space, 3)
    shop.sync()
    asked(blok)
    blok.space.edit(ids[0], description="New")
    result = shop.sync()
    assert "published_at_gte" in blok.log[1].query
    assert (result["counts"]["updated"], result["counts"]["unchanged"]) == (1, 2)
    assert asked(blok) == {"/v2 GET": 2}


def test_a_story_that_an_editor_has_open_is_linked_by_a_later_run(shop, blok):
    ids = publish(blok.space, 2)
    blok.space.of(ids[0]).locked = True
    assert shop.sync()["exit_code"] == 0
    assert [blok.space.shown()[cms_id] is None for cms_id in ids] == [True, False]
    blok.space.of(ids[0]).locked = False
    assert shop.sync(full=True)["exit_code"] == 0
    assert in_line(shop, blok.space)


def test_a_token_in_a_query_is_in_no_log(shop, blok):
    publish(blok.space, 1)
    ran = shop.run("--verbose", "sync")
    assert {one.query.get("token") for one in blok.requests("GET", api="/v2")} == {DELIVERY}
    assert ran.returncode == 0
    assert "Synced brands" in ran.stdout
    assert DELIVERY not in ran.stdout + ran.stderr
    assert MANAGEMENT not in ran.stdout + ran.stderr


@pytest.mark.slow
def test_a_run_never_provokes_a_429(shop, blok):
    shop.set("cms", management_rate=20)
    blok.management_limit, blok.delivery_limited = 20, True
    publish(blok.space, 20)
    result = shop.sync()
    assert result["exit_code"] == 0
    assert result["seconds"] > 3 * 20 / 20 - 1
    assert 429 not in {one.status for one in blok.log}
    assert in_line(shop, blok.space)


@pytest.mark.slow
def test_a_run_that_is_killed_between_a_write_and_the_look_at_its_versions_is_taken_back(shop, blok):
    publish(blok.space, 3)
    die(shop, blok, lambda one: one.path.endswith("/story_versions"))
    is_taken_back_and_goes_on(shop, blok.space)
    assert blok.space.pristine()


@pytest.mark.slow
def test_real_brands_arrive_stay_follow_an_editors_day_and_are_taken_back(shop, blok):
    shop.set("cms.fields", metadata="content.extra")
    add_real_brands(shop, lambda brand: blok.space.add(**filled(brand, extra="metadata")))
    first = shop.sync()
    assert (first["exit_code"], first["counts"]["created"], in_line(shop, blok.space)) == (0, COUNT, True)
    managed = {"/v1 GET": 1 + COUNT // 100 + 2 * COUNT, "/v1 PUT": 1 + COUNT}
    assert asked(blok) == {"/v2 GET": 1 + PAGES} | managed
    assert shop.sync(full=True)["counts"]["unchanged"] == COUNT
    assert asked(blok) == {"/v2 GET": 1 + PAGES}
    follows_an_editors_day_and_is_taken_back(shop, blok.space, first["run"])
