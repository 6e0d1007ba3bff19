"""Whose value a field holds: what is remembered of it through adoptions, refusals, deletions, deaths and undos."""

from pathlib import Path
from typing import Any

import pytest
from cms_server import Fault
from model.child import Call, run_and_die
from shop import Shop, entries


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """A shop that has synced one brand; where both have edited a value, a person's in the store stays."""
    shop.set("sync", on_conflict="store").set("safety", max_deletes="100%")
    shop.cms.add(entries(1)[0])
    assert shop.sync()["counts"]["created"] == 1
    return shop


def held(shop: Shop) -> list[tuple[Any, ...]]:
    """What the store holds of its brands."""
    return shop.query("SELECT name, description FROM brand ORDER BY name")


def by_a_person(shop: Shop, **fields: str) -> None:
    for name, value in fields.items():
        shop.execute(f"UPDATE brand SET {name} = '{value}'")


def test_a_persons_text_stays_though_the_editor_renames_the_brand_and_rewrites_the_text(shop):
    by_a_person(shop, description="by a person")
    shop.cms.edit("e0", name="Renamed")
    assert shop.sync()["changes"][0]["after"] == {"name": "Renamed"}
    shop.cms.edit("e0", description="by the editor")
    assert shop.sync()["changes"] == []
    assert held(shop) == [("Renamed", "by a person")]
    assert shop.set("sync", on_conflict="cms").sync()["counts"]["updated"] == 1
    assert held(shop) == [("Renamed", "by the editor")]


def test_a_difference_that_was_left_to_a_person_is_written_once_the_cms_wins(shop):
    by_a_person(shop, description="by a person")
    shop.cms.edit("e0", name="Renamed")
    shop.sync()
    shop.set("sync", on_conflict="cms").sync()
    assert held(shop) == [("Renamed", "No. 0")]


@pytest.mark.parametrize("policy", ["store", "skip"])
def test_what_both_sides_agreed_on_is_the_editors_to_change(shop, policy):
    shop.set("sync", on_conflict=policy)
    by_a_person(shop, description="agreed")
    shop.cms.edit("e0", description="agreed")
    assert shop.sync()["changes"] == []
    shop.cms.edit("e0", description="by the editor")
    assert shop.sync()["exit_code"] == 0
    assert held(shop) == [("Brand 0", "by the editor")]


def test_an_adoption_leaves_to_a_person_what_is_theirs(shop):
    by_a_person(shop, description="by a person")
    shop.cms.edit("e0", name="Renamed", external_id=None)
    shop.sync()
    shop.cms.edit("e0", description="by the editor")
    shop.sync()
    assert held(shop) == [("Renamed", "by a person")]
    assert shop.is_in_line()


def test_of_a_batch_that_is_refused_in_part_each_brand_is_remembered_as_it_is(shop):
    shop.set("sync", keep_going=True)
    shop.cms.add({**entries(2)[1], "description": None})
    shop.sync()
    shop.execute(
        "CREATE TRIGGER refuse BEFORE UPDATE OF updated_at ON brand WHEN NEW.name = 'Refused'"
        " BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    by_a_person(shop, description="by a person")
    for entry, name in (("e0", "Renamed"), ("e1", "Refused")):
        shop.cms.edit(entry, name=name)
    assert [skipped["reason"] for skipped in shop.sync()["skipped"]] == ["rejected"]
    for entry in ("e0", "e1"):
        shop.cms.edit(entry, name="Accepted", description="by the editor")
    shop.sync()
    assert held(shop) == [("Accepted", "by a person")] * 2


def test_what_agreed_beside_a_refused_value_is_the_editors_to_change(shop):
    shop.set("sync", keep_going=True)
    shop.execute("CREATE TRIGGER refuse BEFORE UPDATE OF name ON brand BEGIN SELECT RAISE(ABORT, 'no'); END")
    by_a_person(shop, description="agreed")
    shop.cms.edit("e0", name="Refused", description="agreed")
    assert shop.sync()["exit_code"] == 65
    shop.cms.edit("e0", name="Brand 0", description="by the editor")
    shop.sync()
    assert held(shop) == [("Brand 0", "by the editor")]


@pytest.mark.parametrize("policy", ["store", "skip"])
def test_a_brand_that_a_person_edited_outlives_its_entry_and_is_listed(shop, policy):
    shop.set("sync", on_conflict=policy, on_missing="delete")
    shop.cms.add(entries(2)[1])
    shop.sync()
    shop.execute("UPDATE brand SET description = 'by a person' WHERE name = 'Brand 0'")
    shop.cms.remove("e0")
    for _ in range(2):
        result = shop.sync()
        (skipped,) = result["skipped"]
        assert (result["exit_code"], skipped["cms_id"], skipped["reason"]) == (65, "e0", "conflict")
        assert skipped["detail"].endswith("and its entry is gone: publish it again, or delete the brand in the store")
        assert len(held(shop)) == 2


def test_a_brand_that_was_renamed_since_is_a_persons_still_when_its_entry_goes(shop):
    shop.set("sync", on_missing="delete")
    shop.cms.add(entries(2)[1])
    by_a_person(shop, description="by a person")
    shop.cms.edit("e0", name="Renamed")
    shop.sync()
    shop.cms.remove("e0")
    assert shop.sync()["skipped"][0]["reason"] == "conflict"
    assert ("Renamed", "by a person") in held(shop)
    assert shop.set("sync", on_conflict="cms").sync()["counts"]["deleted"] == 1


def test_either_remedy_for_a_brand_that_outlives_its_entry_helps(shop):
    shop.set("sync", on_missing="delete")
    shop.cms.add(entries(2)[1])
    shop.sync()
    shop.execute("UPDATE brand SET description = 'by a person' WHERE name = 'Brand 0'")
    entry = dict(shop.cms.entries["e0"])
    shop.cms.remove("e0")
    assert shop.sync()["exit_code"] == 65
    shop.cms.add(entry)
    assert (shop.sync()["exit_code"], shop.sync()["changes"]) == (0, [])
    shop.cms.remove("e0")
    assert shop.sync()["exit_code"] == 65
    shop.execute("DELETE FROM brand WHERE name = 'Brand 0'")
    assert shop.sync()["exit_code"] == 0


def test_a_text_that_both_sides_agreed_on_does_not_keep_a_brand(shop):
    shop.set("sync", on_missing="delete")
    shop.cms.add(entries(2)[1])
    shop.execute("UPDATE brand SET description = 'agreed' WHERE name = 'Brand 0'")
    shop.cms.edit("e0", description="agreed")
    shop.sync()
    shop.cms.remove("e0")
    assert shop.sync()["counts"]["deleted"] == 1


@pytest.mark.usefixtures("no_retries")
def test_a_run_that_is_rolled_back_leaves_to_a_person_what_is_theirs(shop):
    by_a_person(shop, description="by a person")
    shop.cms.edit("e0", name="Renamed", external_id=None)
    shop.cms.faults = [Fault("status", "PATCH", nth=1, status=500)]
    assert shop.sync()["status"] == "rolled_back"
    assert held(shop) == [("Brand 0", "by a person")]
    shop.cms.faults = []
    shop.cms.edit("e0", description="by the editor")
    shop.sync()
    assert held(shop) == [("Renamed", "by a person")]


def test_an_undo_leaves_to_the_editor_what_was_agreed_on_since(shop):
    shop.cms.edit("e0", name="Renamed")
    run = shop.sync()["run"]
    by_a_person(shop, description="agreed")
    shop.cms.edit("e0", description="agreed")
    assert shop.sync()["changes"] == []
    assert shop.undo(run)["exit_code"] == 0
    shop.cms.edit("e0", description="by the editor")
    shop.sync()
    assert held(shop) == [("Renamed", "by the editor")]


def test_an_undo_of_what_overwrote_a_person_gives_it_back_as_theirs(shop):
    by_a_person(shop, description="by a person")
    shop.set("sync", on_conflict="cms").sync()
    assert held(shop) == [("Brand 0", "No. 0")]
    assert shop.undo()["exit_code"] == 0
    shop.cms.edit("e0", description="by the editor")
    assert shop.set("sync", on_conflict="store").sync()["changes"] == []
    assert held(shop) == [("Brand 0", "by a person")]


def test_an_undo_of_an_undo_remembers_what_the_first_run_did(shop):
    by_a_person(shop, description="by a person")
    shop.cms.edit("e0", name="Renamed")
    run = shop.sync()["run"]
    undone = shop.undo(run)["run"]
    assert shop.undo(undone)["exit_code"] == 0
    assert held(shop) == [("Renamed", "by a person")]
    shop.cms.edit("e0", name="Again", description="by the editor")
    shop.sync()
    assert held(shop) == [("Again", "by a person")]


def test_what_is_set_back_of_an_adoption_is_no_persons_edit_and_what_is_kept_is(shop):
    shop.cms.add({"id": "new", "name": "By hand", "description": "by the editor", "external_id": None})
    shop.execute(
        "INSERT INTO brand (id, name, description, created_at, updated_at)"
        " VALUES ('hand', 'by hand', 'theirs', '2026-01-01', '2026-01-01')"
    )
    assert shop.sync()["counts"]["adopted"] == 1
    shop.execute("UPDATE brand SET description = 'by a person' WHERE id = 'hand'")
    assert shop.undo()["exit_code"] == 65
    assert ("by hand", "by a person") in held(shop)
    shop.sync()
    assert ("By hand", "by a person") in held(shop)


def test_a_field_that_was_never_mapped_takes_the_cmss_value(shop):
    shop.execute("UPDATE brand SET handle = 'by-a-person'")
    shop.set("cms.fields", handle="description").sync()
    assert shop.query("SELECT handle FROM brand") == [("No. 0",)]


def test_a_persons_text_stays_though_the_field_is_not_mapped_for_a_while(shop):
    by_a_person(shop, description="by a person")
    shop.sync()
    shop.cms.edit("e0", name="Renamed")
    shop.set("cms.fields", description=None).sync()
    shop.set("cms.fields", description="description").sync()
    assert held(shop) == [("Renamed", "by a person")]
    by_a_person(shop, description="No. 0")
    shop.cms.edit("e0", description="by the editor")
    shop.sync()
    assert held(shop) == [("Renamed", "by the editor")]


@pytest.mark.slow  # it dies at every point
@pytest.mark.parametrize("mode", ["resume", "rollback"])
def test_a_run_that_died_leaves_to_a_person_what_is_theirs(shop, tmp_path: Path, mode):
    shop.set("journal", url=f"sqlite:///{tmp_path}/journal.db").set("sync", recover=mode)
    shop.sync()
    by_a_person(shop, description="by a person")
    shop.cms.edit("e0", description="by the editor")
    shop.sync()
    call = Call(shop.config.read_text("utf-8"), shop.config, "sync")
    number, name = 0, "Brand 0"
    while run_and_die(call, number):
        assert shop.sync()["exit_code"] == 0
        assert held(shop) == [(name, "by a person")]
        number, name = number + 1, f"Renamed {number}"
        shop.cms.edit("e0", name=name, description=f"by the editor {number}")
    assert number > 5
