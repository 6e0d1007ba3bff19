"""What the model found, as the shortest way to it."""

from pathlib import Path

import pytest
from cms_wire import Fault
from model.child import Call, run_and_die
from shop import Shop, entries

pytestmark = pytest.mark.usefixtures("no_retries")

INSERT = "INSERT INTO brand (id, name, created_at, updated_at) VALUES ('{}', '{}', '2026-01-01', '2026-01-01')"


def test_an_entry_that_an_editor_moves_to_another_brand_does_not_stop_the_others(any_shop: Shop) -> None:
    any_shop.publish(*entries(2))
    any_shop.sync()
    any_shop.execute(INSERT.format("hand", "By hand"))
    any_shop.cms.edit("e0", external_id="hand")
    any_shop.cms.edit("e1", name="Renamed")
    result = any_shop.sync()
    assert result["exit_code"] in {0, 65}, result["error"]
    assert any_shop.names()[any_shop.external_ids()["e1"] or ""] == "Renamed"


def test_an_undo_that_is_cut_short_leaves_an_external_id_that_an_editor_had_cleared(shop: Shop) -> None:
    shop.publish(*entries(2))
    run = shop.sync()["run"]
    shop.cms.edit("e0", external_id=None)
    before = shop.external_ids()
    shop.cms.faults = [Fault("status", "PATCH", nth=1, status=500)]
    assert shop.undo(run)["status"] == "rolled_back"
    assert shop.external_ids() == before


@pytest.mark.slow  # it dies at every point
def test_an_undo_that_dies_leaves_a_brand_deleted_that_a_person_had_deleted(shop: Shop, tmp_path: Path) -> None:
    shop.set("journal", url=f"sqlite:///{tmp_path}/journal.db")
    shop.publish(*entries(2))
    run = shop.sync()["run"]
    gone = shop.external_ids()["e0"]
    shop.execute(f"DELETE FROM brand WHERE id = '{gone}'")
    call = Call(shop.config.read_text("utf-8"), shop.config, "undo", run)
    number = 0
    while run_and_die(call, number):
        shop.recover()
        assert gone not in shop.names()
        number += 1


def test_an_undo_through_two_runs_that_linked_one_entry_keeps_nothing(shop: Shop) -> None:
    shop.publish(*entries(1))
    run = shop.sync()["run"]
    shop.execute("DELETE FROM brand")
    shop.cms.edit("e0", external_id=None)
    assert shop.sync()["counts"]["created"] == 1
    preview = shop.preview_undo(run, through=True)
    result = shop.undo(run, through=True)
    assert (result["exit_code"], result["kept"]) == (0, preview["kept"]) == (0, [])


def test_a_value_that_an_undo_restored_beside_an_edited_one_is_no_edit(shop: Shop) -> None:
    shop.set("sync", on_conflict="store")
    shop.publish(*entries(1))
    shop.sync()
    shop.cms.edit("e0", name="New", description="new")
    shop.sync()
    shop.execute("UPDATE brand SET description = 'mine'")
    assert shop.undo()["exit_code"] == 65
    assert list(shop.names().values()) == ["Brand 0"]
    shop.sync()
    assert list(shop.names().values()) == ["New"]


def test_a_run_that_was_resumed_is_undone_on_both_sides(shop: Shop) -> None:
    shop.publish(*entries(1))
    shop.sync()
    shop.cms.add({"id": "n", "name": "New", "description": None, "external_id": None})
    call = Call(shop.config.read_text("utf-8"), shop.config, "sync")
    before = shop.names()
    number = 0
    while run_and_die(call, number) and not shop.external_ids()["n"]:
        shop.recover()
        number += 1
    assert shop.names() != before
    assert shop.recover("resume")["recovered"][0]["status"] == "resumed"
    assert shop.undo()["exit_code"] == 0
    assert shop.external_ids()["n"] is None


def test_an_undo_through_an_undo_restores_the_external_id_too(shop: Shop) -> None:
    shop.publish(*entries(1))
    shop.sync()
    before, linked = shop.names(), shop.external_ids()
    undone = shop.undo()
    assert shop.sync()["counts"]["created"] == 1
    result = shop.undo(undone["run"], through=True)
    assert (result["exit_code"], shop.names(), shop.external_ids()) == (0, before, linked)


@pytest.mark.slow  # it dies at every point
def test_an_undo_that_died_and_was_resumed_is_finished_by_the_same_undo(shop: Shop) -> None:
    shop.publish(*entries(2))
    before = shop.external_ids()
    run = shop.sync()["run"]
    call = Call(shop.config.read_text("utf-8"), shop.config, "undo", run)
    number = 0
    while run_and_die(call, number):
        shop.recover("resume")
        result = shop.undo(run)
        assert result["exit_code"] == 0 or "is undone" in result["error"], (number, result["error"])
        assert (shop.names(), shop.external_ids()) == ({}, before)
        run = shop.sync()["run"]
        call = Call(call.config, call.path, "undo", run)
        number += 1


def test_a_run_that_dies_while_it_takes_over_from_a_dead_one_does_not_hold_up_the_next(shop: Shop) -> None:
    shop.publish(*entries(2))
    shop.sync()
    call = Call(shop.config.read_text("utf-8"), shop.config, "sync")
    for point in range(4):
        shop.cms.edit("e0", name=f"Renamed {point}")
        assert run_and_die(call, 2)
        assert run_and_die(call, point)
        result = shop.sync()
        assert result["exit_code"] == 0, (point, result["error"])


def test_a_brand_that_an_entry_may_turn_out_to_be_is_not_deleted_meanwhile(shop: Shop) -> None:
    shop.set("sync", on_missing="delete").set("safety", max_deletes="100%")
    shop.cms.add({"id": "old", "name": "Ada", "description": None, "external_id": None})
    shop.sync()
    shop.execute(INSERT.format("hand", "ADA"))
    both = shop.names()
    shop.cms.remove("old")
    shop.cms.add({"id": "new", "name": "Ada", "description": None, "external_id": None})
    result = shop.sync()
    assert [skipped["reason"] for skipped in result["skipped"]] == ["ambiguous"]
    assert shop.names() == both
    assert shop.sync()["changes"] == []


def test_an_undo_never_links_an_entry_to_a_brand_that_it_could_not_restore(shop: Shop) -> None:
    shop.publish(*entries(1))
    shop.sync()
    undone = shop.undo()["run"]
    shop.sync()
    shop.execute("UPDATE brand SET name = 'mine'")
    result = shop.undo(undone, through=True)
    assert (result["exit_code"], len(result["kept"]), len(result["failed"])) == (74, 1, 1)
    assert shop.external_ids()["e0"] in {None, *shop.names()}
    assert shop.sync()["exit_code"] == 0
    assert shop.is_in_line()


def test_an_undo_of_an_adoption_leaves_the_external_id_that_an_editor_wrote(shop: Shop) -> None:
    shop.publish(*entries(1))
    shop.sync()
    shop.execute(INSERT.format("hand", "By hand"))
    shop.cms.add({"id": "n", "name": "By hand", "description": None, "external_id": "hand"})
    assert shop.sync()["counts"]["adopted"] == 1
    assert shop.undo()["exit_code"] == 0
    assert shop.external_ids()["n"] == "hand"


def test_an_undo_leaves_the_link_of_a_brand_that_another_undo_has_kept(shop: Shop) -> None:
    shop.publish(*entries(1))
    first = shop.sync()["run"]
    shop.execute("DELETE FROM brand")
    shop.cms.edit("e0", external_id=None)
    second = shop.sync()["run"]
    linked = shop.external_ids()
    shop.execute("UPDATE brand SET description = 'mine'")
    assert shop.undo(second)["exit_code"] == 65
    preview = shop.preview_undo(first)
    undone = shop.undo(first)
    assert (undone["exit_code"], undone["kept"]) == (0, preview["kept"]) == (0, [])
    assert shop.external_ids() == dict(shop.query("SELECT cms_id, brand_id FROM brandsync_link")) == linked
