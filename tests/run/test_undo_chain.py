"""Undoing a run that others were made after, and how much an undo may do at once."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from cms_server import CmsServer
from databases import KINDS, fresh_database
from shop import Shop, entries

on_each_database = pytest.mark.parametrize("shop", KINDS, indirect=True)
"""Where the journal's own SQL decides."""


@pytest.fixture
def shop(request: pytest.FixtureRequest, cms: CmsServer, tmp_path: Path) -> Iterator[Shop]:
    """A shop on SQLite, or on the database that the test names."""
    with fresh_database(getattr(request, "param", "sqlite"), tmp_path) as url, Shop(tmp_path, cms, url) as shop:
        yield shop


@pytest.fixture
def runs(shop: Shop) -> list[str]:
    """Three runs: one creates twenty brands, one renames the first of them, one the second."""
    shop.publish(*entries(20))
    found = [shop.sync()["run"]]
    for number in (0, 1):
        shop.cms.edit(f"e{number}", name=f"Renamed {number}")
        found.append(shop.sync()["run"])
    return found


def statuses(shop: Shop) -> list[str]:
    """How the runs ended, the newest first."""
    return [row[0] for row in shop.query("SELECT status FROM brandsync_run ORDER BY id DESC")]


def names(shop: Shop) -> set[str]:
    return {shop.names()[shop.external_ids()[key] or ""] for key in ("e0", "e1")}


@on_each_database
def test_a_run_is_not_undone_beneath_a_later_one_that_changed_the_same_brands(shop, runs):
    before = shop.names()
    for result in (shop.undo(runs[0]), shop.preview_undo(runs[0])):
        assert (result["status"], result["exit_code"], result["changes"]) == ("refused", 4, [])
        assert f"runs {runs[1]}, {runs[2]}, made since, changed brands that run {runs[0]}" in result["error"]
        assert f"brandsync undo {runs[0]} --through" in result["hint"]
    assert shop.names() == before


def test_later_runs_that_changed_other_brands_stay(shop, runs):
    assert shop.undo(runs[1])["exit_code"] == 0
    assert names(shop) == {"Brand 0", "Renamed 1"}


def test_runs_are_taken_back_together(shop, runs):
    preview = shop.preview_undo(runs[0], through=True)
    assert (preview["undoes"], preview["through"]) == (runs[0], [runs[2], runs[1]])
    assert {change["action"] for change in preview["changes"]} == {"delete"}
    assert sum(change["before"]["name"].startswith("Renamed") for change in preview["changes"]) == 2
    undone = shop.undo(runs[0], through=True)
    assert (undone["exit_code"], undone["changes"]) == (0, preview["changes"])
    assert (shop.names(), set(shop.external_ids().values())) == ({}, {None})
    assert statuses(shop) == ["done", "undone", "undone", "undone"]


@on_each_database
def test_an_undo_of_several_runs_can_be_undone(shop, runs):
    before, linked = shop.names(), shop.external_ids()
    undone = shop.undo(runs[0], through=True)
    again = shop.undo(undone["run"])
    assert (again["exit_code"], shop.names(), shop.external_ids()) == (0, before, linked)
    assert statuses(shop) == ["done", "undone", "done", "done", "done"]


def test_a_value_that_changed_twice_goes_back_to_its_first(shop, runs):
    shop.cms.edit("e0", name="Renamed again")
    shop.sync()
    undone = shop.undo(runs[1], through=True)
    assert len(undone["through"]) == 1
    assert [(change["before"], change["after"]) for change in undone["changes"]] == [
        ({"name": "Renamed again"}, {"name": "Brand 0"})
    ]
    assert names(shop) == {"Brand 0", "Renamed 1"}


def test_a_later_run_that_has_been_undone_is_in_nobodys_way(shop, runs):
    assert shop.undo(runs[2])["exit_code"] == 0
    assert shop.undo(runs[1])["exit_code"] == 0
    assert shop.undo(runs[0])["exit_code"] == 0
    assert shop.names() == {}


def test_a_run_that_was_made_after_an_undo_is_in_the_way_of_undoing_that(shop, runs):
    undone = shop.undo(runs[2])
    assert shop.sync()["counts"]["updated"] == 1
    refused = shop.undo(undone["run"])
    assert (refused["exit_code"], shop.run_ids()[1] in refused["error"]) == (4, True)


def test_what_was_edited_since_is_kept_through_several_runs(shop, runs):
    shop.execute(f"UPDATE brand SET name = 'mine' WHERE id = '{shop.external_ids()['e0']}'")
    undone = shop.undo(runs[0], through=True)
    assert undone["exit_code"] == 65
    assert {kept["found"]["name"] for kept in undone["kept"]} == {"mine"}
    assert list(shop.names().values()) == ["mine"]


def renamed(shop: Shop, numbers: Sequence[int]) -> dict[str, Any]:
    for number in numbers:
        shop.cms.edit(f"e{number}", name=f"Other {number}")
    return shop.sync(force=True)


@pytest.mark.usefixtures("runs")
def test_an_undo_is_held_to_the_limits(shop):
    renamed(shop, range(10))
    before = shop.names()
    refused = shop.undo()
    assert (refused["status"], refused["exit_code"], shop.names()) == ("refused", 4, before)
    assert "it would update 10 brands, 50% of the 20 linked, and max_updates is 30%" in refused["error"]
    assert f"brandsync undo {refused['undoes']} --dry-run" in refused["hint"]
    preview = shop.preview_undo()
    assert (preview["exit_code"], preview["error"]) == (0, refused["error"])
    assert shop.undo(force=True)["counts"]["updated"] == 10


@pytest.mark.usefixtures("runs")
def test_brands_that_an_undo_would_delete_are_counted_against_those_that_were_linked_before(shop):
    for entry in entries(6, "New"):
        shop.cms.add({**entry, "id": f"n{entry['id']}"})
    shop.sync()
    refused = shop.undo()
    assert refused["exit_code"] == 4
    assert "it would delete 6 brands, 30% of the 20 linked, and max_deletes is 10%" in refused["error"]


def test_the_first_run_can_be_taken_back_as_it_could_be_made(shop):
    shop.publish(*entries(50))
    shop.sync()
    assert shop.undo()["counts"]["deleted"] == 50
    assert shop.set("safety", max_deletes=49).undo(shop.run_ids()[0])["exit_code"] == 0
    assert shop.undo()["exit_code"] == 4
