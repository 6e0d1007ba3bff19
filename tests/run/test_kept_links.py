"""A brand that an undo or a rollback leaves in the store keeps its link, in the CMS too."""

from pathlib import Path
from typing import Any

import pytest
from cms_server import CmsServer, Fault
from extent import enough
from model.child import Call, run_and_die
from shop import Shop, entries
from test_undo import make_unused, make_used

from brandsync.stores.sql import SqlStore
from brandsync.testing import Behaviour, MemoryCatalogue, MemoryCms, MemoryShop, MemoryStore
from brandsync.testing.bench import Bench, cms_side, store_side

INSERT = "INSERT INTO brand (id, name, created_at, updated_at) VALUES ('{}', '{}', '2026-01-01', '2026-01-01')"
EDIT = "UPDATE brand SET description = 'mine' WHERE id = '{}'"


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """A shop that has synced a brand, and has two to create and one to adopt."""
    shop.cms.add(entries(1)[0])
    assert shop.sync()["exit_code"] == 0
    shop.execute(INSERT.format("theirs", "Adopted"))
    shop.cms.add({"id": "a", "name": "ADOPTED", "description": "in line", "external_id": None})
    shop.cms.add({"id": "n1", "name": "New 1", "description": "new", "external_id": None})
    shop.cms.add({"id": "n2", "name": "New 2", "description": "new", "external_id": None})
    return shop


def kept(result: dict[str, Any]) -> list[str]:
    return [item["cms_id"] for item in result["kept"]]


def links(shop: Shop) -> dict[str, str]:
    return {key: value for key, value in shop.external_ids().items() if value}


def journal_links(shop: Shop) -> dict[str, str]:
    return dict(shop.query("SELECT cms_id, brand_id FROM brandsync_link"))


def own_side(shop: Shop) -> dict[str, str]:
    return dict(shop.query("SELECT cms_id, id FROM brand WHERE cms_id IS NOT NULL"))


def undone_as_foreseen(shop: Shop, run: str = "last", **options: Any) -> dict[str, Any]:
    preview = shop.preview_undo(run, **options)
    result = shop.undo(run, expect=preview["checksum"], **options)
    for name in ("changes", "counts", "kept", "checksum"):
        assert result[name] == preview[name], name
    return result


@pytest.mark.parametrize("key", ["n1", "a"])
def test_a_brand_that_a_person_edited_keeps_its_link_on_both_sides(shop, key):
    shop.sync()
    linked = shop.external_ids()
    shop.execute(EDIT.format(linked[key]))
    undone = undone_as_foreseen(shop)
    assert (undone["exit_code"], kept(undone)) == (65, [key])
    assert links(shop) == journal_links(shop) == own_side(shop) == {"e0": linked["e0"], key: linked[key]}
    again = shop.sync()
    assert (again["exit_code"], again["counts"]["updated"]) == (0, 1)
    assert shop.external_ids()[key] == linked[key]
    assert shop.is_in_line()


@pytest.mark.parametrize("on_conflict", ["store", "skip"])
def test_its_edit_is_still_known_as_one(shop, on_conflict):
    shop.set("sync", on_conflict=on_conflict)
    shop.sync()
    shop.execute(EDIT.format(shop.external_ids()["n1"]))
    undone_as_foreseen(shop)
    shop.sync()
    assert shop.query("SELECT description FROM brand WHERE name = 'New 1'") == [("mine",)]


def test_a_value_that_an_undo_restored_in_an_adopted_brand_beside_an_edited_one_is_no_edit(shop):
    shop.set("sync", on_conflict="store")
    shop.sync()
    shop.execute("UPDATE brand SET name = 'mine' WHERE id = 'theirs'")
    assert kept(undone_as_foreseen(shop)) == ["a"]
    assert shop.query("SELECT name, description FROM brand WHERE id = 'theirs'") == [("mine", None)]
    shop.sync()
    assert shop.query("SELECT name, description FROM brand WHERE id = 'theirs'") == [("mine", "in line")]


def test_what_nobody_edited_is_unlinked_on_both_sides(shop):
    before = links(shop)
    shop.sync()
    undone = undone_as_foreseen(shop)
    assert (undone["exit_code"], undone["kept"]) == (0, [])
    assert links(shop) == journal_links(shop) == own_side(shop) == before
    assert "theirs" in shop.names()


def test_an_id_that_a_run_only_wrote_again_is_taken_back_though_its_brand_was_edited(shop):
    shop.sync()
    linked = shop.external_ids()
    for key in ("a", "n1"):
        shop.cms.edit(key, external_id=None)
    shop.cms.edit("a", description="new words")
    result = shop.sync()
    assert sorted((change["action"], change["cms_id"]) for change in result["changes"]) == [
        ("link", "n1"),
        ("update", "a"),
    ]
    for key in ("a", "n1"):
        shop.execute(EDIT.format(linked[key]))
    undone = undone_as_foreseen(shop)
    assert (undone["exit_code"], kept(undone)) == (65, ["a"])
    assert links(shop) == {key: linked[key] for key in ("e0", "n2")}
    assert journal_links(shop) == linked


def test_an_id_that_a_person_rewrote_is_none_of_its_business(shop):
    shop.sync()
    shop.execute(EDIT.format(shop.external_ids()["n1"]))
    shop.cms.edit("n1", external_id="elsewhere")
    undone = undone_as_foreseen(shop)
    assert kept(undone) == ["n1"]
    assert shop.external_ids()["n1"] == "elsewhere"


def test_an_undo_of_that_undo_links_the_others_again(shop):
    shop.sync()
    after, linked = sorted(shop.names().values()), shop.external_ids()
    shop.execute(EDIT.format(linked["n1"]))
    undone = shop.undo()["run"]
    again = undone_as_foreseen(shop, undone)
    assert (again["exit_code"], again["kept"]) == (0, [])
    assert sorted(shop.names().values()) == after
    assert links(shop) == journal_links(shop) == own_side(shop) == linked


def test_an_undo_through_two_runs_keeps_the_link_of_what_the_first_had_made(shop):
    first = shop.sync()["run"]
    linked = shop.external_ids()
    shop.cms.edit("n1", name="Renamed")
    shop.sync()
    shop.execute(EDIT.format(linked["n1"]))
    undone = undone_as_foreseen(shop, first, through=True)
    assert (undone["exit_code"], set(kept(undone))) == (65, {"n1"})
    assert links(shop) == journal_links(shop) == own_side(shop) == {key: linked[key] for key in ("e0", "n1")}


def test_a_brand_that_cannot_be_deleted_keeps_its_link_until_it_can(shop):
    shop.sync()
    linked = shop.external_ids()
    make_used(shop, linked["n1"])
    assert shop.undo()["exit_code"] == 74
    assert links(shop) == journal_links(shop) == {key: linked[key] for key in ("e0", "n1")}
    make_unused(shop)
    assert shop.recover()["exit_code"] == 0
    assert links(shop) == journal_links(shop) == {"e0": linked["e0"]}


@pytest.mark.usefixtures("no_retries")
def test_a_rollback_that_cannot_delete_a_brand_leaves_its_link_on_the_stack(watched_shop):
    shop = watched_shop
    before = links(shop)
    shop.cms.acts[1] = lambda: make_used(shop, next(key for key, name in shop.names().items() if name == "New 1"))
    shop.cms.faults = [Fault("status", "PATCH", "/brands/n2", status=500)]
    result = shop.sync()
    shop.cms.faults = []
    assert (result["exit_code"], [failed["cms_id"] for failed in result["failed"]]) == (74, ["n1"])
    assert links(shop).keys() - before.keys() == {"n1"}
    assert shop.recover()["exit_code"] == 74
    make_unused(shop)
    recovered = shop.recover()
    assert (recovered["exit_code"], recovered["recovered"][0]["undone"]) == (0, 2)
    assert links(shop) == journal_links(shop) == before
    assert list(shop.names().values()) == ["Brand 0"]


@pytest.fixture
def watched_shop(watched, sqlite_url, tmp_path, monkeypatch):
    """The same, one PATCH after another, and with nothing to adopt."""
    monkeypatch.setattr("brandsync.cms.rest.links.Links.threads", 1)
    with Shop(tmp_path, watched, sqlite_url) as shop:
        shop.cms.add(entries(1)[0])
        shop.sync()
        watched.patches = 0
        for name in ("1", "2"):
            shop.cms.add({"id": f"n{name}", "name": f"New {name}", "description": "new", "external_id": None})
        yield shop


def test_brands_that_come_back_under_other_ids_are_linked_again_under_these(tmp_path):
    name, behaviour = str(tmp_path), Behaviour(chooses_ids=False)
    cms = cms_side(MemoryCms, {"catalogue": name}, tmp_path)
    bench = Bench(tmp_path, cms, store_side(MemoryStore, {"shop": name, "behaviour": behaviour}, tmp_path))
    catalogue, brands = MemoryCatalogue.named(name), MemoryShop.named(name).brands
    catalogue.publish({"name": "A"}, {"name": "B"})
    bench.sync()
    before = catalogue.external_ids()
    undone = bench.undo("last")["run"]
    assert bench.undo(undone)["exit_code"] == 0
    after = catalogue.external_ids()
    assert not {*before.values()} & {*after.values()}
    assert [brands[brand_id]["name"] for brand_id in after.values()] == ["A", "B"]
    assert bench.sync()["changes"] == []


def as_in_0_1_0(shop: Shop, run: str) -> None:
    """Have an undo's stack as version 0.1.0 left it: each batch of external ids beneath that of its brands."""
    rows = shop.query("SELECT id, kind FROM brandsync_entry WHERE run = ? ORDER BY id", run)
    groups: list[list[int]] = []
    for number, kind in rows:
        if kind == "link":
            groups[-1].insert(-1, number)
        else:
            groups.append([number])
    for place, number in enumerate(number for group in groups for number in group):
        shop.execute("UPDATE brandsync_entry SET id = ? WHERE id = ?", -1 - place, number)
    shop.execute("UPDATE brandsync_entry SET id = 1000 - id WHERE id < 0")


@pytest.mark.parametrize("batch", [1, 1000])
def test_an_undo_of_version_0_1_0_can_be_undone(shop, monkeypatch, batch):
    monkeypatch.setattr(SqlStore, "batch_size", batch)
    shop.sync()
    names, linked = shop.names(), shop.external_ids()
    undone = shop.undo()["run"]
    as_in_0_1_0(shop, undone)
    kinds = [kind for (kind,) in shop.query("SELECT kind FROM brandsync_entry WHERE run = ? ORDER BY id", undone)]
    assert kinds[0] == "link"
    again = undone_as_foreseen(shop, undone)
    assert (again["exit_code"], again["kept"]) == (0, [])
    assert (shop.names(), shop.external_ids(), own_side(shop)) == (names, linked, linked)


# Deaths.


def call(shop: Shop, command: str, argument: str = "") -> Call:
    return Call(shop.config.read_text("utf-8"), shop.config, command, argument)


PLACES = ["in the store", "elsewhere"]


@pytest.fixture(params=PLACES)
def mortal_shop(request: Any, cms: CmsServer, sqlite_url: str, tmp_path: Path) -> Any:
    """Three brands to create, in batches of two."""
    with Shop(tmp_path, cms, sqlite_url) as shop:
        if request.param == "elsewhere":
            shop.set("journal", url=f"sqlite:///{tmp_path}/journal.db")
        shop.publish(*entries(3))
        yield shop


def left(shop: Shop) -> tuple[list[str], dict[str, str]]:
    """The descriptions of the store's brands, and the links in the CMS."""
    return [row[0] for row in shop.query("SELECT description FROM brand ORDER BY id")], links(shop)


@pytest.mark.slow  # it dies at every point
@pytest.mark.parametrize("mode", enough(["rollback"], of=["rollback", "resume"]))
@pytest.mark.parametrize("mortal_shop", enough(PLACES[1:], of=PLACES), indirect=True)
def test_an_undo_that_dies_at_any_point_keeps_the_same_links(mortal_shop, mode):
    shop = mortal_shop
    number, died = 0, True
    while died:
        run = shop.sync()["run"]
        linked = shop.external_ids()
        shop.execute(EDIT.format(linked["e1"]))
        died = run_and_die(call(shop, "undo", run), number)
        shop.recover(mode)
        result = shop.undo(run)
        assert result["exit_code"] == 65 or "is undone" in result["error"], (number, result["error"])
        assert left(shop) == (["mine"], {"e1": linked["e1"]}), number
        shop.execute("DELETE FROM brand")
        shop.cms.edit("e1", external_id=None)
        number += 1
    assert number > 8


@pytest.mark.slow  # it dies at every point
@pytest.mark.parametrize("mortal_shop", enough(PLACES[:1], of=PLACES), indirect=True)
def test_a_recovery_that_dies_at_any_point_keeps_the_same_links(mortal_shop):
    shop = mortal_shop
    number, died = 0, True
    while died:
        assert run_and_die(call(shop, "sync"), "PATCH /brands/e2 answered")
        linked = shop.external_ids()
        shop.execute(EDIT.format(linked["e1"]))
        died = run_and_die(call(shop, "recover", "rollback"), number)
        shop.recover()
        assert left(shop) == (["mine"], {"e1": linked["e1"]}), number
        assert shop.sync()["exit_code"] == 0
        assert shop.is_in_line()
        shop.undo()
        shop.execute("DELETE FROM brand")
        for key in shop.external_ids():
            shop.cms.edit(key, external_id=None)
        number += 1
    assert number > 8
