"""Whole runs from the fake Storyblok into a table in SQLite: requests, drafts, deaths, and back again."""

import os
from collections import Counter

import pytest
import real_brands
from fake_storyblok import DELIVERY, MANAGEMENT, FakeStoryblok
from shop import Shop

from brandsync.workflow.external_ids import ExternalIds

COUNT = 2_000
PAGES = 23
"""Of 100 stories, each with the last three of the one before it."""
ROWS = "SELECT id, name, description, metadata FROM brand ORDER BY id"


@pytest.fixture
def shop(storyblok_shop: Shop) -> Shop:
    return storyblok_shop


def publish(blok: FakeStoryblok, count: int) -> list[str]:
    return [blok.space.add(name=f"Brand {number}", description=f"No. {number}") for number in range(count)]


def in_line(shop: Shop, blok: FakeStoryblok) -> bool:
    """Whether every story is one brand, linked in what is published, and no draft waits."""
    names, linked = shop.names(), blok.space.shown()
    held = {names.get(linked[cms_id]): name for cms_id, name in blok.space.shown("name").items()}
    return blok.space.pristine() and len(names) == len(linked) and all(key == name for key, name in held.items())


def asked(blok: FakeStoryblok) -> dict[str, int]:
    """How many requests there were, by API and method; they are forgotten."""
    counts = Counter(f"{one.path[:3]} {one.method}" for one in blok.log)
    blok.log.clear()
    return dict(counts)


def test_a_run_takes_three_requests_a_brand_and_a_second_one_takes_the_pages(shop, blok):
    shop.set("cms", page_size=100)
    publish(blok, 150)
    planned = shop.sync(dry_run=True)
    reads = sum(asked(blok).values())
    result = shop.sync()
    assert (result["exit_code"], result["counts"]["created"]) == (0, 150)
    needed = len(blok.log) - reads
    assert (planned["link_requests_needed"], planned["link_seconds_needed"]) == (needed, needed / 1_000)
    assert in_line(shop, blok)
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
    ids = publish(blok, 3)
    shop.sync()
    asked(blok)
    blok.space.edit(ids[0], description="New")
    result = shop.sync()
    assert "published_at_gte" in blok.log[1].query
    assert (result["counts"]["updated"], result["counts"]["unchanged"]) == (1, 2)
    assert asked(blok) == {"/v2 GET": 2}


def test_a_story_with_a_draft_is_synced_as_published_and_linked_once_its_editor_has_published(shop, blok):
    ids = publish(blok, 3)
    blok.space.save(ids[1], name="Brand 1, pending")
    assert shop.sync()["counts"]["created"] == 3
    assert sorted(shop.names().values()) == ["Brand 0", "Brand 1", "Brand 2"]
    assert [blok.space.shown()[cms_id] is None for cms_id in ids] == [False, True, False]
    again = shop.sync(full=True)
    assert (again["counts"]["unchanged"], again["changes"]) == (3, [])
    assert blok.space.drafted("name")[ids[1]] == "Brand 1, pending"
    blok.space.publish(ids[1])
    counts = shop.sync(full=True)["counts"]
    assert (counts["adopted"], counts["created"]) == (1, 0)
    assert "Brand 1, pending" in shop.names().values()
    assert in_line(shop, blok)


def test_a_story_that_an_editor_has_open_is_linked_by_a_later_run(shop, blok):
    ids = publish(blok, 2)
    blok.space.of(ids[0]).locked = True
    assert shop.sync()["exit_code"] == 0
    assert [blok.space.shown()[cms_id] is None for cms_id in ids] == [True, False]
    blok.space.of(ids[0]).locked = False
    assert shop.sync(full=True)["exit_code"] == 0
    assert in_line(shop, blok)


def test_an_undo_clears_the_external_ids_and_keeps_that_of_a_story_with_a_draft(shop, blok):
    ids = publish(blok, 3)
    shop.sync()
    blok.space.save(ids[1], description="pending")
    undone = shop.undo()
    assert (undone["exit_code"], [kept["cms_id"] for kept in undone["kept"]]) == (65, [ids[1]])
    assert [blok.space.shown()[cms_id] is None for cms_id in ids] == [True, False, True]
    assert blok.space.drafted("description")[ids[1]] == "pending"


def test_an_undo_reads_what_was_written_and_not_what_the_delivery_still_shows(shop, blok, monkeypatch):
    """Between Storyblok and those who read from it stands a cache."""
    publish(blok, 3)
    shop.sync()
    monkeypatch.setattr(ExternalIds, "_listed", lambda _self: iter([]))
    assert shop.undo()["exit_code"] == 0
    assert set(blok.space.shown().values()) == {None}
    assert shop.names() == {}


def test_a_token_that_is_missing_leaves_the_links_in_the_journal(shop, blok):
    publish(blok, 3)
    shop.set("cms", management_token=None)
    first = shop.run("sync", "--output", "json")
    assert first.returncode == 0, first.stderr
    assert first.stderr.count("there is no `management_token`") == 1
    assert shop.sync(full=True)["counts"]["unchanged"] == 3
    assert shop.undo()["exit_code"] in {0, 4}
    assert asked(blok).keys() == {"/v2 GET"}


def test_a_token_in_a_query_is_in_no_log(shop, blok):
    publish(blok, 1)
    ran = shop.run("--verbose", "sync")
    assert {one.query.get("token") for one in blok.requests("GET", api="/v2")} == {DELIVERY}
    assert ran.returncode == 0
    assert "Synced brands" in ran.stdout
    assert DELIVERY not in ran.stdout + ran.stderr
    assert MANAGEMENT not in ran.stdout + ran.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("nth", "mode"), [(1, "rollback"), (1, "resume"), (2, "rollback"), (4, "resume")])
def test_a_run_that_is_killed_around_any_write_is_taken_back_or_kept_and_the_next_one_is_whole(shop, blok, nth, mode):
    """As a story is written, before its versions are read, and at the one after it."""
    ids = publish(blok, 3)
    requests = iter(range(100))
    process = shop.start("sync")

    def act(one):
        if one.path.endswith((*ids, "/story_versions")) and next(requests) == nth:
            process.kill()

    blok.act = act
    process.communicate()
    assert process.returncode < 0
    blok.act = lambda _one: None
    assert shop.recover(mode)["exit_code"] == 0
    if mode == "rollback":
        assert (set(blok.space.drafted().values()), shop.names()) == ({None}, {})
    assert shop.sync()["exit_code"] == 0
    assert in_line(shop, blok)
    asked(blok)
    assert shop.sync(full=True)["changes"] == []
    assert asked(blok) == {"/v2 GET": 2}


@pytest.mark.slow
def test_a_run_never_provokes_a_429(shop, blok):
    shop.set("cms", management_rate=20)
    blok.management_limit, blok.delivery_limited = 20, True
    publish(blok, 20)
    result = shop.sync()
    assert result["exit_code"] == 0
    assert result["seconds"] > 3 * 20 / 20 - 1
    assert 429 not in {one.status for one in blok.log}
    assert in_line(shop, blok)


@pytest.mark.slow
def test_real_brands_arrive_stay_follow_an_editors_day_and_are_taken_back(shop, blok):
    missing = real_brands.available()
    if missing:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(missing)
    shop.set("sync", match_on="none", on_missing="delete").set("cms.fields", metadata="content.extra")
    shop.set("safety", max_updates="100%", max_deletes="100%").set("cms", page_size=100)
    for brand in real_brands.load()[:COUNT]:
        blok.space.add(name=brand["name"], description=brand["description"], extra=brand["metadata"])
    ids = list(blok.space.drafted())
    first = shop.sync()
    assert (first["exit_code"], first["counts"]["created"]) == (0, COUNT)
    assert in_line(shop, blok)
    requests = asked(blok)
    looks = COUNT // 100
    assert requests == {"/v2 GET": 1 + PAGES, "/v1 GET": 1 + looks + 2 * COUNT, "/v1 PUT": 1 + COUNT}
    assert shop.sync(full=True)["counts"]["unchanged"] == COUNT
    assert asked(blok) == {"/v2 GET": 1 + PAGES}

    before, rows = blok.space.shown(), shop.query(ROWS)
    for cms_id in ids[:20]:
        blok.space.edit(cms_id, name=f"{blok.space.shown('name')[cms_id]} – 新")
    for cms_id in ids[20:40]:
        blok.space.unpublish(cms_id)
    for cms_id in ids[40:60]:
        blok.space.save(cms_id, name="pending")
    made = [blok.space.add(name=f"New ® {number}") for number in range(20)]
    day = shop.sync(full=True)
    counts = {"created": 20, "updated": 20, "deleted": 20}
    assert day["counts"] | counts == day["counts"]
    undone = shop.undo(day["run"])
    assert (undone["exit_code"], undone["failed"]) == (0, [])
    assert shop.query(ROWS) == rows
    assert {key: value for key, value in before.items() if key not in ids[20:40]} == {
        key: value for key, value in blok.space.shown().items() if key not in made
    }
    blok.space.publish(*ids[20:60])
    undone = shop.undo(first["run"])
    assert (undone["exit_code"], undone["error"], undone["failed"], shop.names()) == (0, None, [], {})
    assert set(blok.space.shown().values()) == {None}
    assert blok.space.drafted("name") == blok.space.shown("name")
