"""Whole runs from the fake Contentful into a table in SQLite: requests, drafts, deaths, and back again."""

import os
from collections import Counter

import pytest
import real_brands
from fake_contentful import FakeContentful, api_of
from shop import Shop

from brandsync.workflow.external_ids import ExternalIds

COUNT = 2_000
ROWS = "SELECT id, name, description, metadata FROM brand ORDER BY id"


@pytest.fixture
def shop(contentful_shop: Shop) -> Shop:
    return contentful_shop


def publish(fake: FakeContentful, count: int) -> list[str]:
    return [fake.space.add(name=f"Brand {number}", description=f"No. {number}") for number in range(count)]


def in_line(shop: Shop, fake: FakeContentful) -> bool:
    """Whether every entry is one brand, linked in what is published, and no draft waits."""
    names, linked = shop.names(), fake.space.shown()
    held = {names.get(linked[cms_id]): name for cms_id, name in fake.space.shown("name").items()}
    return fake.space.pristine() and len(names) == len(linked) and all(key == name for key, name in held.items())


def asked(fake: FakeContentful) -> dict[str, int]:
    """How many requests there were, by API and method; they are forgotten."""
    counts = Counter(f"{api_of(asked)} {asked.method}" for asked in fake.log)
    fake.log.clear()
    return dict(counts)


def test_a_run_takes_two_requests_a_brand_and_a_second_one_takes_a_page(shop, fake):
    publish(fake, 150)
    planned = shop.sync(dry_run=True)
    reads = sum(asked(fake).values())
    result = shop.sync()
    assert (result["exit_code"], result["counts"]["created"]) == (0, 150)
    assert (planned["link_requests_needed"], planned["link_seconds_needed"]) == (len(fake.log) - reads, None)
    assert in_line(shop, fake)
    # delivered: the page, the content type, the locales; managed: may it write (2), and each batch of a hundred
    assert asked(fake) == {"cdn GET": 3, "api GET": 1 + 2, "api PATCH": 1 + 150, "api PUT": 150}
    again = shop.sync(full=True)
    assert (again["counts"]["unchanged"], again["changes"]) == (150, [])
    assert asked(fake) == {"cdn GET": 1}
    assert shop.undo(result["run"])["exit_code"] == 0
    # delivered: the locales; managed: each batch of a hundred, for the plan, once more before it, and for its versions
    assert asked(fake) == {"cdn GET": 1, "api GET": 3 * 2, "api PATCH": 150, "api PUT": 150}


def test_an_incremental_run_lists_what_changed_and_knows_its_own_write_backs(shop, fake):
    ids = publish(fake, 3)
    shop.sync()
    asked(fake)
    fake.space.edit(ids[0], description="New")
    result = shop.sync()
    assert "sys.updatedAt[gte]" in fake.log[0].query
    assert (result["counts"]["updated"], result["counts"]["unchanged"]) == (1, 2)
    assert asked(fake) == {"cdn GET": 1}


def test_an_entry_with_a_draft_is_synced_as_published_and_linked_once_its_editor_has_published(shop, fake):
    ids = publish(fake, 3)
    fake.space.save(ids[1], name="Brand 1, pending")
    assert shop.sync()["counts"]["created"] == 3
    assert sorted(shop.names().values()) == ["Brand 0", "Brand 1", "Brand 2"]
    assert [fake.space.shown()[cms_id] is None for cms_id in ids] == [False, True, False]
    asked(fake)
    again = shop.sync(full=True)
    assert (again["counts"]["unchanged"], again["changes"]) == (3, [])
    assert asked(fake).keys() == {"cdn GET", "api GET", "api PATCH"}
    assert fake.space.drafted("name")[ids[1]] == "Brand 1, pending"
    fake.space.publish(ids[1])
    counts = shop.sync(full=True)["counts"]
    assert (counts["adopted"], counts["created"]) == (1, 0)
    assert "Brand 1, pending" in shop.names().values()
    assert in_line(shop, fake)


def test_an_undo_clears_the_external_ids_and_keeps_that_of_an_entry_with_a_draft(shop, fake):
    ids = publish(fake, 3)
    shop.sync()
    fake.space.save(ids[1], name="Brand 1, pending")
    undone = shop.undo()
    assert (undone["exit_code"], [kept["cms_id"] for kept in undone["kept"]]) == (65, [ids[1]])
    assert [fake.space.shown()[cms_id] is None for cms_id in ids] == [True, False, True]
    assert fake.space.drafted("name")[ids[1]] == "Brand 1, pending"


def test_an_undo_reads_what_was_written_and_not_what_the_delivery_still_shows(shop, fake, monkeypatch):
    """Between Contentful and those who read from it stands a cache."""
    publish(fake, 3)
    shop.sync()
    monkeypatch.setattr(ExternalIds, "_listed", lambda _self: iter([]))
    assert shop.undo()["exit_code"] == 0
    assert set(fake.space.shown().values()) == {None}
    assert shop.names() == {}


def test_a_token_that_is_missing_leaves_the_links_in_the_journal(shop, fake):
    publish(fake, 3)
    shop.set("cms", management_token=None)
    first = shop.run("sync", "--output", "json")
    assert first.returncode == 0, first.stderr
    assert first.stderr.count("there is no `management_token`") == 1
    assert shop.sync(full=True)["counts"]["unchanged"] == 3
    assert shop.undo()["exit_code"] in {0, 4}
    assert asked(fake).keys() == {"cdn GET"}


def test_a_brand_whose_entry_cannot_be_published_rolls_the_run_back_or_is_skipped(shop, fake):
    ids = publish(fake, 3)
    fake.space.model["website_url"]["required"] = True
    for cms_id in ids[1:]:
        fake.space.edit(cms_id, website_url="https://example.com")
    result = shop.sync()
    assert (result["status"], result["exit_code"]) == ("rolled_back", 1)
    assert "ValidationFailed" in result["error"]
    assert (set(fake.space.drafted().values()), shop.names()) == ({None}, {})
    result = shop.set("sync", keep_going=True).sync()
    assert result["exit_code"] == 65
    assert fake.space.drafted()[ids[0]] is None
    assert all(fake.space.shown()[cms_id] for cms_id in ids[1:])


@pytest.mark.slow
def test_a_run_never_provokes_a_429(shop, fake):
    fake.limit = 50
    publish(fake, 80)
    result = shop.sync()
    assert result["exit_code"] == 0
    assert result["seconds"] > 2 * 80 / fake.limit - 1
    assert {asked.status for asked in fake.requests("GET", "PATCH", "PUT")} == {200, 404}  # 404: nobody
    assert shop.undo()["exit_code"] == 0
    assert 429 not in {asked.status for asked in fake.log}


@pytest.mark.slow
@pytest.mark.parametrize("nth", range(6))
@pytest.mark.parametrize("mode", ["rollback", "resume"])
def test_a_run_that_is_killed_at_any_write_is_taken_back_or_kept_and_the_next_one_is_whole(shop, fake, nth, mode):
    """Between an external id and its publication among them: the draft then holds what nobody has published."""
    publish(fake, 3)
    writes = iter(range(100))
    process = shop.start("sync")

    def act(asked):
        if asked.method != "GET" and "brandsync" not in asked.path and next(writes) == nth:
            process.kill()

    fake.act = act
    process.communicate()
    assert process.returncode < 0
    fake.act = lambda _asked: None
    assert shop.recover(mode)["exit_code"] == 0
    if mode == "rollback":
        assert (set(fake.space.drafted().values()), shop.names()) == ({None}, {})
    assert shop.sync()["exit_code"] == 0
    assert in_line(shop, fake)
    asked(fake)
    assert shop.sync(full=True)["changes"] == []
    assert asked(fake) == {"cdn GET": 1}


@pytest.mark.slow
def test_real_brands_arrive_stay_follow_an_editors_day_and_are_taken_back(shop, fake):
    missing = real_brands.available()
    if missing:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(missing)
    shop.set("sync", match_on="none", on_missing="delete").set("cms.fields", metadata="extra")
    shop.set("safety", max_updates="100%", max_deletes="100%")
    for brand in real_brands.load()[:COUNT]:
        fake.space.add(brand["id"], name=brand["name"], description=brand["description"], extra=brand["metadata"])
    ids = list(fake.space.entries)
    first = shop.sync()
    assert (first["exit_code"], first["counts"]["created"]) == (0, COUNT)
    assert in_line(shop, fake)
    requests = asked(fake)
    assert requests == {"cdn GET": 3 + 2, "api GET": 1 + COUNT // 100, "api PATCH": 1 + COUNT, "api PUT": COUNT}
    assert shop.sync(full=True)["counts"]["unchanged"] == COUNT
    assert asked(fake) == {"cdn GET": 3}

    before, rows = fake.space.shown(), shop.query(ROWS)
    for cms_id in ids[:20]:
        fake.space.edit(cms_id, name=f"{fake.space.shown('name')[cms_id]} – 新")
    for cms_id in ids[20:40]:
        fake.space.unpublish(cms_id)
    for cms_id in ids[40:60]:
        fake.space.save(cms_id, name="pending")
    made = [fake.space.add(name=f"New ® {number}") for number in range(20)]
    day = shop.sync(full=True)
    counts = {"created": 20, "updated": 20, "deleted": 20}
    assert day["counts"] | counts == day["counts"]
    undone = shop.undo(day["run"])
    assert (undone["exit_code"], undone["failed"]) == (0, [])
    assert shop.query(ROWS) == rows
    assert {key: value for key, value in before.items() if key not in ids[20:40]} == {
        key: value for key, value in fake.space.shown().items() if key not in made
    }
    fake.space.publish(*ids[20:60])
    undone = shop.undo(first["run"])
    assert (undone["exit_code"], undone["error"], undone["failed"], shop.names()) == (0, None, [], {})
    assert set(fake.space.shown().values()) == {None}
    assert fake.space.drafted("name") == fake.space.shown("name")
