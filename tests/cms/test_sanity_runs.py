"""Whole runs from the fake Sanity into a table in SQLite: requests, drafts, releases, deaths, and back again."""

import os
from collections import Counter

import pytest
import real_brands
from fake_sanity import VIEWER, FakeSanity
from shop import Shop

COUNT = 2_000
ROWS = "SELECT id, name, description, metadata FROM brand ORDER BY id"


@pytest.fixture
def shop(sanity_shop: Shop) -> Shop:
    return sanity_shop


def publish(fake: FakeSanity, count: int) -> list[str]:
    return [fake.dataset.add(name=f"Brand {number}", description=f"No. {number}") for number in range(count)]


def in_line(shop: Shop, fake: FakeSanity) -> bool:
    """Whether every published document is one brand, and linked."""
    names, linked = shop.names(), fake.dataset.shown()
    held = {names.get(linked[cms_id]): name for cms_id, name in fake.dataset.shown("name").items()}
    return len(names) == len(linked) and all(key == name for key, name in held.items())


def asked(fake: FakeSanity) -> dict[str, int]:
    """How many requests there were, by the API; they are forgotten."""
    counts = Counter(exchange.path.split("/")[3] for exchange in fake.log)
    fake.log.clear()
    return dict(counts)


def test_a_run_takes_three_requests_for_200_links_and_a_second_one_takes_a_page(shop, project):
    publish(project, 300)
    result = shop.sync()
    assert (result["exit_code"], result["counts"]["created"]) == (0, 300)
    assert in_line(shop, project)
    # queries: the page, some document to ask whether it may be written (a dry run), two looks for each batch
    assert asked(project) == {"query": 1 + 1 + 2 * 2, "mutate": 1 + 2}
    again = shop.sync(full=True)
    assert (again["counts"]["unchanged"], again["changes"]) == (300, [])
    assert asked(project) == {"query": 1}
    assert shop.undo(result["run"])["exit_code"] == 0
    # queries: each batch for the plan, once more before it, and the two looks of its write
    assert asked(project) == {"query": 2 * (2 + 2), "mutate": 2}
    assert set(project.dataset.shown().values()) == {None}


def test_an_incremental_run_lists_what_changed_and_knows_its_own_write_backs(shop, project):
    ids = publish(project, 3)
    shop.sync()
    asked(project)
    project.dataset.edit(ids[0], description="New")
    result = shop.sync()
    assert "$since" in project.log[0].query
    assert (result["counts"]["updated"], result["counts"]["unchanged"]) == (1, 2)
    assert asked(project) == {"query": 1}


def test_a_document_with_a_draft_is_synced_as_published_and_stays_linked_when_it_is_published(shop, project):
    ids = publish(project, 3)
    project.dataset.save(ids[1], name="Brand 1, pending")
    project.dataset.release("summer", ids[2], name="Brand 2, in summer")
    assert shop.sync()["counts"]["created"] == 3
    assert in_line(shop, project)
    assert project.dataset.waiting("name") == {
        f"drafts.{ids[1]}": "Brand 1, pending",
        f"versions.summer.{ids[2]}": "Brand 2, in summer",
    }
    project.dataset.publish(ids[1])
    project.dataset.publish_release("summer")
    asked(project)
    counts = shop.sync(full=True)["counts"]
    assert (counts["updated"], counts["created"], counts["adopted"]) == (2, 0, 0)
    assert sorted(shop.names().values()) == ["Brand 0", "Brand 1, pending", "Brand 2, in summer"]
    assert asked(project) == {"query": 1}


def test_a_document_in_a_scheduled_release_is_linked_once_that_is_published(shop, project):
    ids = publish(project, 2)
    project.dataset.release("summer", ids[1], name="Brand 1, in summer")
    project.dataset.schedule("summer")
    assert shop.sync()["counts"]["created"] == 2
    assert [project.dataset.shown()[cms_id] is None for cms_id in ids] == [False, True]
    assert shop.sync(full=True)["changes"] == []
    project.dataset.publish_release("summer")
    counts = shop.sync(full=True)["counts"]
    assert (counts["adopted"], counts["created"]) == (1, 0)
    assert in_line(shop, project)


def test_a_draft_that_lost_its_external_id_after_all_is_linked_again_by_the_journal(shop, project):
    """As where a browser begins it from what it showed before the run."""
    ids = publish(project, 2)
    shop.sync()
    project.dataset.edit(ids[0], external_id=None, name="Brand 0, edited")
    counts = shop.sync(full=True)["counts"]
    assert (counts["created"], counts["deleted"]) == (0, 0)
    assert in_line(shop, project)


def test_a_document_that_an_editor_has_duplicated_is_skipped_until_the_copy_is_cleared(shop, project):
    ids = publish(project, 2)
    shop.sync()
    project.dataset.put({**project.dataset.documents[ids[0]], "_id": "copy", "name": "Copy"})
    result = shop.sync(full=True)
    assert (result["exit_code"], {skipped["cms_id"] for skipped in result["skipped"]}) == (65, {ids[0], "copy"})
    project.dataset.edit("copy", external_id=None)
    assert shop.sync(full=True)["counts"]["created"] == 1
    assert in_line(shop, project)


def test_an_undo_takes_the_external_ids_out_of_drafts_too(shop, project):
    ids = publish(project, 3)
    shop.sync()
    project.dataset.save(ids[1], name="Brand 1, pending")
    project.dataset.unpublish(ids[2])
    undone = shop.undo()
    assert (undone["exit_code"], undone["kept"]) == (0, [])
    assert shop.names() == {}
    assert {*project.dataset.shown().values(), *project.dataset.waiting().values()} == {None}
    assert project.dataset.waiting("name") == {f"drafts.{ids[1]}": "Brand 1, pending", f"drafts.{ids[2]}": "Brand 2"}


def test_an_external_id_that_a_person_has_changed_is_kept_by_an_undo(shop, project):
    ids = publish(project, 2)
    shop.sync()
    project.dataset.edit(ids[0], external_id="mine")
    undone = shop.undo()
    assert (undone["exit_code"], [kept["cms_id"] for kept in undone["kept"]]) == (65, [ids[0]])
    assert project.dataset.shown() == {ids[0]: "mine", ids[1]: None}


@pytest.mark.parametrize(
    ("token", "told"), [(None, "there is no `token`"), (VIEWER, "the token may not update `brand` in `production`")]
)
def test_a_token_that_may_not_write_or_is_missing_leaves_the_links_in_the_journal(shop, project, caplog, token, told):
    publish(project, 3)
    shop.set("cms", token=token)
    assert shop.sync()["exit_code"] == 0
    assert [told in record.message for record in caplog.records if "links stay" in record.message] == [True]
    assert shop.sync(full=True)["counts"]["unchanged"] == 3
    assert set(project.dataset.shown().values()) == {None}


def test_a_write_that_is_refused_rolls_the_run_back(shop, project):
    publish(project, 3)
    project.dataset.is_locked = lambda _key: bool(project.asked("mutate"))  # but not yet when it is asked for
    result = shop.sync()
    assert (result["status"], result["exit_code"]) == ("rolled_back", 1)
    assert "is locked" in result["error"]
    assert (set(project.dataset.shown().values()), shop.names()) == ({None}, {})


@pytest.mark.slow
@pytest.mark.parametrize("moment", [("look", 1), ("write", 1), ("look", 2)])
@pytest.mark.parametrize("mode", ["rollback", "resume"])
def test_a_run_that_is_killed_at_a_link_is_taken_back_or_kept_and_the_next_one_is_whole(shop, project, moment, mode):
    """Whatever it has sent is carried out."""
    publish(project, 3)
    project.dataset.save("d00001", name="pending")
    process, seen = shop.start("sync"), Counter()

    def act(exchange):
        looks = exchange.query.get("perspective") == "raw"
        kind = "write" if project.writes(exchange) else "look" if looks else "listing"
        seen[kind] += 1
        if (kind, seen[kind]) == moment:
            process.kill()

    project.act = act
    process.communicate()
    assert process.returncode < 0
    project.act = lambda _exchange: None
    assert shop.recover(mode)["exit_code"] == 0
    if mode == "rollback":
        assert {*project.dataset.shown().values(), *project.dataset.waiting().values()} == {None}
        assert shop.names() == {}
    assert shop.sync()["exit_code"] == 0
    assert in_line(shop, project)
    assert project.dataset.waiting() == {"drafts.d00001": project.dataset.shown()["d00001"]}
    asked(project)
    assert shop.sync(full=True)["changes"] == []
    assert asked(project) == {"query": 1}


@pytest.mark.slow
def test_real_brands_arrive_stay_follow_an_editors_day_and_are_taken_back(shop, project):
    missing = real_brands.available()
    if missing:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(missing)
    shop.set("sync", match_on="none", on_missing="delete").set("cms.fields", metadata="extra")
    shop.set("safety", max_updates="100%", max_deletes="100%")
    for brand in real_brands.load()[:COUNT]:
        project.dataset.add(brand["id"], name=brand["name"], description=brand["description"], extra=brand["metadata"])
    ids = list(project.dataset.documents)
    first = shop.sync()
    assert (first["exit_code"], first["counts"]["created"]) == (0, COUNT)
    assert in_line(shop, project)
    assert asked(project) == {"query": 2 + 1 + 2 * COUNT // 200, "mutate": 1 + COUNT // 200}
    assert shop.sync(full=True)["counts"]["unchanged"] == COUNT
    assert asked(project) == {"query": 2}

    before, rows = project.dataset.shown(), shop.query(ROWS)
    for cms_id in ids[:20]:
        project.dataset.edit(cms_id, name=f"{project.dataset.shown('name')[cms_id]} – 新")
    for cms_id in ids[20:40]:
        project.dataset.unpublish(cms_id)
    for cms_id in ids[40:60]:
        project.dataset.save(cms_id, name="pending")
    made = [project.dataset.add(name=f"New ® {number}") for number in range(20)]
    day = shop.sync(full=True)
    counts = {"created": 20, "updated": 20, "deleted": 20}
    assert day["counts"] | counts == day["counts"]
    undone = shop.undo(day["run"])
    assert (undone["exit_code"], undone["failed"]) == (0, [])
    assert shop.query(ROWS) == rows
    assert {key: value for key, value in before.items() if key not in ids[20:40]} == {
        key: value for key, value in project.dataset.shown().items() if key not in made
    }
    project.dataset.publish(*ids[20:60])
    undone = shop.undo(first["run"])
    assert (undone["exit_code"], undone["error"], undone["failed"], shop.names()) == (0, None, [], {})
    assert {*project.dataset.shown().values(), *project.dataset.waiting().values()} == {None}
