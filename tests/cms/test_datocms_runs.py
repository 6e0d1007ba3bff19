"""Whole runs from the fake DatoCMS into a table in SQLite: requests, drafts, deaths, and back again."""

import json
import logging
import os
from collections import Counter

import pytest
import real_brands
from fake_datocms import READ_ONLY, FakeDatocms
from shop import Shop

from brandsync.workflow.external_ids import ExternalIds

COUNT = 2_000
ROWS = "SELECT id, name, description, metadata FROM brand ORDER BY id"


@pytest.fixture
def shop(datocms_shop: Shop) -> Shop:
    return datocms_shop


def publish(dato: FakeDatocms, count: int) -> list[str]:
    return [dato.project.add(name=f"Brand {number}", description=f"No. {number}") for number in range(count)]


def in_line(shop: Shop, dato: FakeDatocms) -> bool:
    """Whether every record is one brand, linked in what is published, and no draft waits."""
    names, linked = shop.names(), dato.project.shown()
    held = {names.get(linked[cms_id]): name for cms_id, name in dato.project.shown("name").items()}
    return dato.project.pristine() and len(names) == len(linked) and all(key == name for key, name in held.items())


def asked(dato: FakeDatocms) -> dict[str, int]:
    """How many requests there were, by what they do; they are forgotten."""
    counts = Counter(_kind(one.method, one.path) for one in dato.log)
    dato.log.clear()
    return dict(counts)


def _kind(method: str, path: str) -> str:
    return "publish" if path.endswith("/publish") else "save" if method == "PUT" else path.rpartition("/")[2]


def test_a_run_takes_two_requests_a_brand_and_a_second_one_takes_a_page(shop, dato):
    publish(dato, 150)
    result = shop.sync()
    assert (result["exit_code"], result["counts"]["created"]) == (0, 150)
    assert in_line(shop, dato)
    # the page, and each batch of a hundred; the model and its fields; may the token write
    reads = {"items": 1 + 2, "brand": 1, "fields": 1, "me": 1}
    assert asked(dato) == reads | {"save": 150, "publish": 150}
    again = shop.sync(full=True)
    assert (again["counts"]["unchanged"], again["changes"]) == (150, [])
    assert asked(dato) == {"items": 1, "fields": 1}
    assert shop.undo(result["run"])["exit_code"] == 0
    # each batch of a hundred, for the plan, once more before it, and for its versions
    assert asked(dato) == {"items": 3 * 2, "save": 150, "publish": 150}


def test_in_a_model_without_drafts_a_brand_takes_one_request(shop, dato):
    dato.project.drafts = False
    publish(dato, 3)
    result = shop.sync()
    assert in_line(shop, dato)
    assert {key: count for key, count in asked(dato).items() if key in {"save", "publish"}} == {"save": 3}
    assert shop.undo(result["run"])["exit_code"] == 0
    assert set(dato.project.shown().values()) == {None}


def test_an_incremental_run_lists_what_changed_and_knows_its_own_write_backs(shop, dato):
    ids = publish(dato, 3)
    shop.sync()
    asked(dato)
    dato.project.edit(ids[0], description="New")
    result = shop.sync()
    columns = [key for one in dato.log for key in one.query if key.endswith("[gte]")]
    assert columns == ["filter[fields][_published_at][gte]", "filter[fields][_updated_at][gte]"]
    assert (result["counts"]["updated"], result["counts"]["unchanged"]) == (1, 2)
    assert asked(dato) == {"items": 2, "fields": 1}


def test_a_record_with_a_draft_is_synced_as_published_and_linked_once_its_editor_has_published(shop, dato):
    ids = publish(dato, 3)
    dato.project.save(ids[1], name="Brand 1, pending")
    assert shop.sync()["counts"]["created"] == 3
    assert sorted(shop.names().values()) == ["Brand 0", "Brand 1", "Brand 2"]
    assert [dato.project.shown()[cms_id] is None for cms_id in ids] == [False, True, False]
    asked(dato)
    again = shop.sync(full=True)
    assert (again["counts"]["unchanged"], again["changes"]) == (3, [])
    assert asked(dato).keys() == {"items", "brand", "fields", "me"}
    assert dato.project.drafted("name")[ids[1]] == "Brand 1, pending"
    dato.project.publish(ids[1])
    counts = shop.sync(full=True)["counts"]
    assert (counts["adopted"], counts["created"]) == (1, 0)
    assert "Brand 1, pending" in shop.names().values()
    assert in_line(shop, dato)


def test_an_undo_clears_the_external_ids_and_keeps_that_of_a_record_with_a_draft(shop, dato):
    ids = publish(dato, 3)
    shop.sync()
    dato.project.save(ids[1], name="Brand 1, pending")
    undone = shop.undo()
    assert (undone["exit_code"], [kept["cms_id"] for kept in undone["kept"]]) == (65, [ids[1]])
    assert [dato.project.shown()[cms_id] is None for cms_id in ids] == [True, False, True]
    assert dato.project.drafted("name")[ids[1]] == "Brand 1, pending"


def test_an_undo_reads_what_was_written_and_not_what_is_listed(shop, dato, monkeypatch):
    publish(dato, 3)
    shop.sync()
    monkeypatch.setattr(ExternalIds, "_listed", lambda _self: iter([]))
    assert shop.undo()["exit_code"] == 0
    assert set(dato.project.shown().values()) == {None}
    assert shop.names() == {}


def test_a_token_that_may_only_read_leaves_the_links_in_the_journal(shop, dato, caplog):
    publish(dato, 3)
    shop.set("cms", token=READ_ONLY)
    with caplog.at_level(logging.WARNING):
        assert shop.sync()["counts"]["created"] == 3
    assert caplog.text.count("may not update and publish records of this model") == 1
    assert shop.sync(full=True)["counts"]["unchanged"] == 3
    assert dato.requests("PUT") == []


def test_a_brand_whose_record_cannot_be_published_rolls_the_run_back_or_is_skipped(shop, dato):
    ids = publish(dato, 3)
    dato.project.fields["website_url"]["validators"] = {"required": {}}
    for cms_id in ids[1:]:
        dato.project.edit(cms_id, website_url="https://example.com")
    result = shop.sync()
    assert (result["status"], result["exit_code"]) == ("rolled_back", 1)
    assert "INVALID_FIELD (website_url: VALIDATION_REQUIRED)" in result["error"]
    assert (set(dato.project.drafted().values()), shop.names()) == ({None}, {})
    result = shop.set("sync", keep_going=True).sync()
    assert result["exit_code"] == 65
    assert dato.project.drafted()[ids[0]] is None
    assert all(dato.project.shown()[cms_id] for cms_id in ids[1:])


def test_a_dry_run_writes_nothing(shop, dato):
    publish(dato, 3)
    assert shop.sync(dry_run=True)["counts"]["created"] == 3
    assert dato.requests("PUT", "POST") == []


@pytest.mark.slow
def test_a_run_never_provokes_a_429(shop, dato):
    dato.limit = 20
    publish(dato, 20)
    result = shop.sync()
    assert result["exit_code"] == 0
    assert result["seconds"] > 3 * (2 * 20 / dato.limit - 1)
    assert {one.status for one in dato.log} == {200}
    assert in_line(shop, dato)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mode", "nth"), [*(("rollback", nth) for nth in (0, 1, 3, 5)), *(("resume", nth) for nth in (0, 1, 4))]
)
def test_a_run_that_is_killed_at_any_write_is_taken_back_or_kept_and_the_next_one_is_whole(shop, dato, mode, nth):
    """Between an external id and its publication among them: the draft then holds what nobody has published."""
    publish(dato, 3)
    writes = iter(range(100))
    process = shop.start("sync")

    def act(one):
        if one.method != "GET" and next(writes) == nth:
            process.kill()

    dato.act = act
    process.communicate()
    assert process.returncode < 0
    dato.act = lambda _asked: None
    assert shop.recover(mode)["exit_code"] == 0
    if mode == "rollback":
        assert (set(dato.project.drafted().values()), shop.names()) == ({None}, {})
    assert shop.sync()["exit_code"] == 0
    assert in_line(shop, dato)
    asked(dato)
    assert shop.sync(full=True)["changes"] == []
    assert asked(dato) == {"items": 1, "fields": 1}


@pytest.mark.slow
def test_real_brands_arrive_stay_follow_an_editors_day_and_are_taken_back(shop, dato):
    missing = real_brands.available()
    if missing:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(missing)
    shop.set("sync", match_on="none", on_missing="delete").set("cms.fields", metadata="extra")
    shop.set("safety", max_updates="100%", max_deletes="100%")
    for brand in real_brands.load()[:COUNT]:
        extra = json.dumps(brand["metadata"])
        dato.project.add(brand["id"], name=brand["name"], description=brand["description"], extra=extra)
    ids = list(dato.project.items)
    first = shop.sync()
    assert (first["exit_code"], first["counts"]["created"]) == (0, COUNT)
    assert in_line(shop, dato)
    reads = {"items": 5 + COUNT // 100, "brand": 1, "fields": 1, "me": 1}
    assert asked(dato) == reads | {"save": COUNT, "publish": COUNT}
    assert shop.sync(full=True)["counts"]["unchanged"] == COUNT
    assert asked(dato) == {"items": 5, "fields": 1}

    before, rows = dato.project.shown(), shop.query(ROWS)
    for cms_id in ids[:20]:
        dato.project.edit(cms_id, name=f"{dato.project.shown('name')[cms_id]} – 新")
    for cms_id in ids[20:40]:
        dato.project.unpublish(cms_id)
    for cms_id in ids[40:60]:
        dato.project.save(cms_id, name="pending")
    made = [dato.project.add(name=f"New ® {number}") for number in range(20)]
    day = shop.sync(full=True)
    counts = {"created": 20, "updated": 20, "deleted": 20}
    assert day["counts"] | counts == day["counts"]
    undone = shop.undo(day["run"])
    assert (undone["exit_code"], undone["failed"]) == (0, [])
    assert shop.query(ROWS) == rows
    assert {key: value for key, value in before.items() if key not in ids[20:40]} == {
        key: value for key, value in dato.project.shown().items() if key not in made
    }
    dato.project.publish(*ids[20:60])
    undone = shop.undo(first["run"])
    assert (undone["exit_code"], undone["error"], undone["failed"], shop.names()) == (0, None, [], {})
    assert set(dato.project.shown().values()) == {None}
    assert dato.project.drafted("name") == dato.project.shown("name")
