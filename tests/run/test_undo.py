"""Taking a finished run back, and taking that back: on each database where the store's answers matter.

tests/faults has an undo die at every point on each of them.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cms_server import CmsServer, Fault
from ran import command
from shop import Shop, entries


@pytest.fixture
def empty_shop(cms: CmsServer, sqlite_url: str, tmp_path: Path) -> Iterator[Shop]:
    with Shop(tmp_path, cms, sqlite_url) as shop:
        yield shop


@pytest.fixture
def shop(empty_shop: Shop) -> Shop:
    """A shop on SQLite whose last run did everything."""
    return busy(empty_shop)


@pytest.fixture
def busy_shop(any_shop: Shop) -> Shop:
    """The same on each database."""
    return busy(any_shop)


def busy(shop: Shop) -> Shop:
    """Let the last run create two brands, update two, adopt one and delete one."""
    shop.set("sync", on_missing="delete").set("safety", max_deletes="100%")
    shop.publish(*entries(8))
    assert shop.sync()["exit_code"] == 0
    shop.execute(
        "INSERT INTO brand (id, name, created_at, updated_at) VALUES ('theirs', 'Adopted', '2026-01-01', '2026-01-01')"
    )
    shop.before = state(shop)
    shop.cms.add({"id": "a", "name": " ADOPTED ", "description": "brought in line", "external_id": None})
    shop.cms.add({"id": "n1", "name": "New 1", "description": None, "external_id": None})
    shop.cms.add({"id": "n2", "name": "New 2", "description": "", "external_id": None})
    shop.cms.edit("e1", name="First")
    shop.cms.edit("e2", description=None)
    shop.cms.remove("e7")
    result = shop.sync()
    assert result["exit_code"] == 0
    assert {name: result["counts"][name] for name in ("created", "updated", "adopted", "deleted")} == {
        "created": 2,
        "updated": 2,
        "adopted": 1,
        "deleted": 1,
    }
    return shop


def state(shop: Shop) -> list[tuple[object, ...]]:
    """The store, modified times aside."""
    return shop.query("SELECT id, cms_id, name, description FROM brand ORDER BY id")


def test_an_undo_restores_both_sides(busy_shop):
    result = busy_shop.undo()
    assert (result["status"], result["exit_code"], result["kept"], result["failed"]) == ("done", 0, [], [])
    assert state(busy_shop) == busy_shop.before
    assert {key: busy_shop.external_ids()[key] for key in ("a", "n1", "n2")} == {"a": None, "n1": None, "n2": None}
    assert (result["counts"]["deleted"], result["counts"]["created"]) == (2, 1)


def test_an_undo_can_be_undone(busy_shop):
    after, linked = state(busy_shop), busy_shop.external_ids()
    undone = busy_shop.undo()
    again = busy_shop.undo(undone["run"])
    assert again["exit_code"] == 0
    assert state(busy_shop) == after
    assert busy_shop.external_ids() == linked
    assert busy_shop.undo(undone["run"])["exit_code"] == 78


def test_a_run_that_stands_again_is_what_it_was(shop, monkeypatch, capsys):
    brandsync = command(monkeypatch, capsys)
    shop.publish({"id": "nameless", "name": ""}, {"id": "z", "name": "Zeal"})
    run = shop.sync()
    assert (run["exit_code"], run["counts"]["created"]) == (65, 1)
    for needed in (False, True):
        assert shop.undo()["exit_code"] == 0
        listed = json.loads(brandsync("runs", "--output", "json", "--config", str(shop.config)).out)["runs"]
        (found,) = [one for one in listed if one["id"] == run["run"]]
        assert (found["status"], found["needs_person"]) == ("skipped_some" if needed else "undone", needed)


def test_the_run_after_an_undo_makes_the_same_changes_again(shop):
    after = shop.names()
    shop.undo()
    assert shop.sync()["counts"]["created"] == 2
    assert sorted(shop.names().values()) == sorted(after.values())
    assert shop.sync()["changes"] == []


def test_what_a_person_has_edited_since_is_kept_and_listed(shop):
    created = shop.external_ids()["n1"]
    updated = shop.external_ids()["e1"]
    shop.execute(f"UPDATE brand SET name = 'mine' WHERE id = '{created}'")
    shop.execute(f"UPDATE brand SET description = 'theirs' WHERE id = '{updated}'")
    result = shop.undo()
    assert (result["status"], result["exit_code"]) == ("kept_some", 65)
    assert [(kept["brand_id"], kept["found"]["name"]) for kept in result["kept"]] == [(created, "mine")]
    assert shop.names()[created] == "mine"
    assert shop.names()[updated] == "Brand 1"
    assert shop.sync()["exit_code"] == 0
    assert shop.is_in_line()


def test_a_preview_says_what_an_undo_would_do_and_does_nothing(shop):
    created = shop.external_ids()["n1"]
    shop.execute(f"UPDATE brand SET name = 'mine' WHERE id = '{created}'")
    before, linked, patches = state(shop), shop.external_ids(), shop.cms.requests["PATCH"]
    preview = shop.preview_undo()
    assert (preview["status"], preview["exit_code"]) == ("dry_run", 0)
    assert [kept["brand_id"] for kept in preview["kept"]] == [created]
    assert (state(shop), shop.external_ids(), shop.cms.requests["PATCH"]) == (before, linked, patches)
    counts = shop.undo()["counts"]
    assert counts == preview["counts"]


def make_used(shop: Shop, brand_id: str | None) -> None:
    """Let the shop refuse to delete the brand called New 1: its products use it."""
    shop.execute(
        "CREATE TABLE product (brand_id VARCHAR(26) NOT NULL REFERENCES brand (id))"
        if not shop.database_url.startswith("mysql")
        else "CREATE TABLE product (brand_id char(26) CHARACTER SET ascii NOT NULL)"
    )
    if shop.database_url.startswith("mysql"):
        shop.execute(
            "CREATE TRIGGER used BEFORE DELETE ON brand FOR EACH ROW BEGIN IF OLD.name = 'New 1' THEN"
            " SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'still used'; END IF; END"
        )
    shop.execute(f"INSERT INTO product (brand_id) VALUES ('{brand_id}')")


def make_unused(shop: Shop) -> None:
    if shop.database_url.startswith("mysql"):
        shop.execute("DROP TRIGGER used")
    shop.execute("DELETE FROM product")


def test_one_brand_that_cannot_be_taken_back_never_stops_the_others(busy_shop):
    created = busy_shop.external_ids()["n1"]
    make_used(busy_shop, created)
    result = busy_shop.undo()
    assert (result["status"], result["exit_code"]) == ("rollback_incomplete", 74)
    assert [failed["brand_id"] for failed in result["failed"]] == [created]
    assert {row[0] for row in state(busy_shop)} == {row[0] for row in busy_shop.before} | {created}
    assert busy_shop.sync()["exit_code"] == 0
    assert busy_shop.is_in_line()


@pytest.mark.usefixtures("no_retries")
def test_an_undo_that_is_cut_short_is_taken_back_itself(shop):
    after, linked = state(shop), shop.external_ids()
    shop.cms.faults = [Fault("status", "PATCH", nth=2, status=500)]
    result = shop.undo()
    assert (result["status"], result["exit_code"]) == ("rolled_back", 75)
    assert (state(shop), shop.external_ids()) == (after, linked)
    shop.cms.faults = []
    assert shop.undo(shop.run_ids()[1])["exit_code"] == 0
    assert state(shop) == shop.before


def test_a_run_that_was_rolled_back_or_is_not_known_is_refused(shop):
    undone = shop.undo()
    again = shop.undo(shop.run_ids()[1])
    assert (again["exit_code"], again["run"]) == (78, None)
    assert "undone" in again["error"]
    assert "nobody" in shop.undo("nobody")["error"]
    assert "more than one" in shop.undo(undone["run"][:2])["error"]


def test_a_link_that_a_person_has_rewritten_is_kept(shop):
    shop.cms.edit("n1", external_id="elsewhere")
    result = shop.undo()
    assert result["exit_code"] == 65
    assert shop.external_ids()["n1"] == "elsewhere"


def test_recovery_finishes_an_undo_when_its_cause_is_gone(shop):
    created = shop.external_ids()["n1"]
    make_used(shop, created)
    undone = shop.undo()
    assert created in undone["failed"][0]["brand_id"]
    assert "brandsync recover" in undone["hint"]
    again = shop.recover()
    assert (again["exit_code"], [failed["brand_id"] for failed in again["failed"]]) == (74, [created])
    make_unused(shop)
    recovered = shop.recover()
    assert (recovered["exit_code"], recovered["recovered"]) == (
        0,
        [{"run": undone["run"], "status": "done", "undone": 2}],
    )
    assert state(shop) == shop.before
    assert shop.recover()["recovered"] == []


def test_an_undo_that_a_later_run_went_on_from_is_not_finished_any_more(shop):
    created = shop.external_ids()["n1"]
    make_used(shop, created)
    undone = shop.undo()
    assert shop.sync()["exit_code"] == 0
    make_unused(shop)
    recovered = shop.recover()
    assert [(run["run"], run["status"], run["undone"]) for run in recovered["recovered"]] == [
        (undone["run"], "kept_some", 0)
    ]
    assert created in shop.names()
    assert shop.is_in_line()


def test_a_person_may_accept_what_an_undo_left(shop):
    created = shop.external_ids()["n1"]
    make_used(shop, created)
    shop.undo()
    assert [run["status"] for run in shop.recover("accept")["recovered"]] == ["kept_some"]
    make_unused(shop)
    assert shop.recover()["recovered"] == []
    assert created in shop.names()


def test_what_is_restored_is_listed_as_the_preview_listed_it(shop):
    linked = shop.external_ids()
    preview = shop.preview_undo()
    changes = {change["brand_id"]: change for change in preview["changes"]}
    assert {key: changes[linked[key]]["action"] for key in ("a", "n1", "n2", "e1", "e2")} == {
        "a": "update",
        "n1": "delete",
        "n2": "delete",
        "e1": "update",
        "e2": "update",
    }
    assert (changes[linked["e1"]]["before"], changes[linked["e1"]]["after"]) == ({"name": "First"}, {"name": "Brand 1"})
    assert sorted(change["action"] for change in preview["changes"] if change["cms_id"] == "e7") == ["create"]
    undone = shop.undo(expect=preview["checksum"])
    assert (undone["changes"], undone["counts"]) == (preview["changes"], preview["counts"])


def test_an_undo_that_is_not_the_one_that_was_reviewed_is_refused(shop):
    preview, after = shop.preview_undo(), state(shop)
    shop.execute(f"UPDATE brand SET name = 'mine' WHERE id = '{shop.external_ids()['n1']}'")
    edited = state(shop)
    refused = shop.undo(expect=preview["checksum"])
    assert (refused["status"], refused["exit_code"], state(shop)) == ("refused", 4, edited)
    assert edited != after
    assert f"brandsync undo {refused['undoes']} --dry-run" in refused["hint"]


def test_an_external_id_that_is_taken_back_is_listed_though_its_brand_stays_as_it_is(empty_shop):
    empty_shop.cms.add({"id": "a", "name": "Theirs", "description": None})
    empty_shop.sync(dry_run=True)
    empty_shop.cms.add({"id": "b", "name": "Other", "description": None})
    empty_shop.sync()
    empty_shop.cms.edit("a", external_id=None)
    linked = empty_shop.sync()
    assert [(change["action"], change["cms_id"]) for change in linked["changes"]] == [("link", "a")]
    assert (linked["counts"]["adopted"], linked["counts"]["unchanged"]) == (0, 2)
    undone = empty_shop.undo()
    assert [(change["action"], change["cms_id"]) for change in undone["changes"]] == [("unlink", "a")]
    assert empty_shop.external_ids()["a"] is None
    again = empty_shop.undo()
    assert [(change["action"], change["cms_id"]) for change in again["changes"]] == [("link", "a")]
    assert empty_shop.is_in_line()
