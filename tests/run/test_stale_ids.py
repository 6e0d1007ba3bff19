"""A brand that brandsync itself has removed is known to be gone: its external id is stale, and never unknown."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cms_server import CmsServer, Fault
from databases import fresh_database
from model.child import Call, run_and_die
from shop import MEDUSA_TABLE, Shop, entries

from brandsync.testing import Behaviour, MemoryCatalogue, MemoryCms, MemoryShop, MemoryStore
from brandsync.testing.bench import Bench, cms_side, store_side
from brandsync.testing.store_runs import refuse


def begin(shop: Shop, count: int = 3) -> Shop:
    """Sync some brands, in a pipeline that deletes those whose entries are gone."""
    shop.set("sync", on_missing="delete").set("safety", max_deletes="100%")
    shop.publish(*entries(count))
    assert shop.sync()["exit_code"] == 0
    return shop


@pytest.fixture
def shop(shop: Shop) -> Shop:
    return begin(shop)


@pytest.fixture
def counting_shop(cms: CmsServer, postgres_url: str, tmp_path: Path) -> Iterator[Shop]:
    """A shop whose database counts its brands. The journal is elsewhere."""
    with Shop(tmp_path, cms, postgres_url) as shop:
        shop.execute("CREATE TABLE brand (id serial PRIMARY KEY, name text NOT NULL, description text)")
        shop.set("store", id_from="database").set("store.columns", name="name", description="description")
        shop.set("journal", url=f"sqlite:///{tmp_path}/journal.db")
        yield begin(shop)


def withdraw(shop: Shop, key: str) -> tuple[dict[str, Any], str]:
    """Unpublish an entry and sync. Returns the entry, and the run that deleted its brand."""
    entry = dict(shop.cms.entries[key])
    shop.cms.remove(key)
    result = shop.sync()
    assert (result["exit_code"], result["counts"]["deleted"]) == (0, 1)
    return entry, result["run"]


def republish(shop: Shop, entry: dict[str, Any], **fields: Any) -> None:
    shop.cms.add({name: value for name, value in entry.items() if name != "updated_at"} | fields)


def reasons(result: dict[str, Any]) -> dict[str, str]:
    return {skipped["cms_id"]: skipped["reason"] for skipped in result["skipped"]}


def actions(result: dict[str, Any]) -> list[tuple[str, str]]:
    return sorted((change["action"], change["cms_id"]) for change in result["changes"])


def test_an_entry_that_comes_back_after_its_brand_was_deleted_gets_a_new_one(any_shop):
    shop = begin(any_shop)
    entry, _ = withdraw(shop, "e1")
    republish(shop, entry)
    preview = shop.sync(dry_run=True)
    result = shop.sync(expect=preview["checksum"])
    for told in (preview, result):
        assert (told["exit_code"], actions(told), told["skipped"]) == (0, [("create", "e1")], [])
    assert shop.external_ids()["e1"] != entry["external_id"]
    assert shop.is_in_line()
    assert shop.sync()["changes"] == []


def test_an_entry_whose_brand_a_person_deleted_is_skipped_as_before(shop):
    shop.execute(f"DELETE FROM brand WHERE id = '{shop.external_ids()['e1']}'")
    assert reasons(shop.sync()) == {"e1": "unknown_external_id"}


def test_a_brand_of_the_same_name_is_adopted_in_place_of_the_one_that_is_gone(shop):
    entry, _ = withdraw(shop, "e1")
    shop.execute("INSERT INTO brand (id, name, created_at, updated_at) VALUES ('theirs', 'brand 1', '2026', '2026')")
    republish(shop, entry)
    assert actions(shop.sync()) == [("adopt", "e1")]
    assert shop.external_ids()["e1"] == "theirs"
    assert shop.is_in_line()


def test_it_is_known_long_after_the_run_is_forgotten(shop):
    entry, run = withdraw(shop, "e1")
    shop.set("journal", keep_runs=1)
    for number in range(3):
        shop.cms.edit("e0", name=f"Renamed {number}")
        shop.sync()
    assert run not in shop.run_ids()
    republish(shop, entry)
    assert actions(shop.sync()) == [("create", "e1")]


def test_an_incremental_run_knows_it_without_listing_everything(shop):
    shop.set("cms", changed_since_param="updated_since")
    for key in shop.external_ids():
        shop.cms.edit(key, updated_at="2026-01-01T00:00:00Z")
    entry = dict(shop.cms.entries["e1"])
    shop.cms.remove("e1")
    assert shop.sync(full=True)["counts"]["deleted"] == 1
    assert shop.sync()["exit_code"] == 0
    shop.cms.log.clear()
    republish(shop, entry)
    result = shop.sync()
    asked = [query for method, path, query, _ in shop.cms.log if (method, path) == ("GET", "/brands")]
    assert (result["exit_code"], actions(result), len(asked)) == (0, [("create", "e1")], 1)
    assert "updated_since" in asked[0]
    assert shop.is_in_line()


def test_an_incremental_run_looks_at_everything_where_a_person_has_brought_the_brand_back(shop):
    shop.set("cms", changed_since_param="updated_since")
    entry = dict(shop.cms.entries["e1"])
    shop.cms.remove("e1")
    assert shop.sync(full=True)["counts"]["deleted"] == 1
    assert shop.sync()["exit_code"] == 0
    shop.execute(
        "INSERT INTO brand (id, name, created_at, updated_at) VALUES (?, 'Brand 1', '2026', '2026')",
        entry["external_id"],
    )
    republish(shop, entry)
    shop.cms.add({**entries(1)[0], "id": "copy", "external_id": shop.external_ids()["e0"]})
    assert reasons(shop.sync()) == {"copy": "ambiguous", "e0": "ambiguous"}
    assert shop.external_ids()["e1"] == entry["external_id"]


def test_an_undo_of_the_new_creation_leaves_both_sides_as_they_were(shop):
    entry, deletion = withdraw(shop, "e1")
    republish(shop, entry)
    before = shop.names(), shop.external_ids()
    created = shop.sync()["run"]
    preview = shop.preview_undo(created)
    undone = shop.undo(created, expect=preview["checksum"])
    assert (undone["exit_code"], undone["kept"], undone["changes"]) == (0, [], preview["changes"])
    assert (shop.names(), shop.external_ids()) == before
    assert shop.undo(deletion, through=True)["exit_code"] == 0
    assert shop.names()[entry["external_id"]] == "Brand 1"
    assert shop.is_in_line()
    assert shop.sync()["changes"] == []


def test_an_undo_of_that_undo_links_the_new_brand_again(shop):
    entry, _ = withdraw(shop, "e1")
    republish(shop, entry)
    created = shop.sync()["run"]
    after = shop.names(), shop.external_ids()
    undone = shop.undo(created)["run"]
    assert shop.undo(undone)["exit_code"] == 0
    assert (shop.names(), shop.external_ids()) == after


def test_what_a_person_has_deleted_stays_deleted_after_an_undo_and_the_undo_of_that(shop):
    deleted = shop.external_ids()["e1"]
    shop.execute(f"DELETE FROM brand WHERE id = '{deleted}'")
    linked = shop.external_ids()
    undone = shop.undo()
    assert shop.external_ids()["e1"] is None
    preview = shop.preview_undo(undone["run"])
    assert ("link", "e1") in actions(preview)
    again = shop.undo(undone["run"], expect=preview["checksum"])
    assert (again["exit_code"], again["changes"]) == (0, preview["changes"])
    assert shop.external_ids() == linked
    assert reasons(shop.sync()) == {"e1": "unknown_external_id"}


@pytest.mark.usefixtures("no_retries")
def test_a_run_that_fails_leaves_the_stale_id_as_it_was(shop):
    entry, _ = withdraw(shop, "e1")
    republish(shop, entry)
    republish(shop, {**entries(1)[0], "id": "new", "name": "New"})
    before = shop.names(), shop.external_ids()
    shop.cms.faults = [Fault("status", "PATCH", nth=2, status=500)]
    assert shop.sync()["status"] == "rolled_back"
    assert (shop.names(), shop.external_ids()) == before
    shop.cms.faults = []
    assert actions(shop.sync()) == [("create", "e1"), ("create", "new")]
    assert shop.is_in_line()


@pytest.fixture
def nameless(shop):
    """A shop with two entries that hold stale ids and get no brand."""
    for entry in [withdraw(shop, key)[0] for key in ("e1", "e2")]:
        republish(shop, entry, name=" ")
    return shop


def test_the_stale_ids_of_entries_that_get_no_brand_are_cleared(nameless):
    before = nameless.external_ids()
    preview = nameless.sync(dry_run=True)
    assert (preview["link_requests_needed"], preview["counts"]["unchanged"]) == (2, 1)
    result = nameless.sync(expect=preview["checksum"])
    for told in (preview, result):
        changes = [(change["action"], change["cms_id"], change["brand_id"]) for change in told["changes"]]
        assert changes == [("unlink", key, before[key]) for key in ("e1", "e2")]
    assert nameless.external_ids() == {**before, "e1": None, "e2": None}
    assert nameless.sync()["changes"] == []
    undone = nameless.undo(result["run"])
    assert (undone["exit_code"], actions(undone)) == (0, [("link", "e1"), ("link", "e2")])
    assert nameless.external_ids() == before
    again = nameless.undo(undone["run"])
    assert (again["exit_code"], actions(again)) == (0, [("unlink", "e1"), ("unlink", "e2")])
    assert nameless.external_ids() == {**before, "e1": None, "e2": None}


@pytest.mark.usefixtures("no_retries")
def test_a_run_that_fails_while_it_clears_stale_ids_leaves_them(nameless):
    before = nameless.external_ids()
    nameless.cms.faults = [Fault("status", "PATCH", "/brands/e2", status=400)]
    assert nameless.sync()["status"] == "rolled_back"
    assert nameless.external_ids() == before
    nameless.set("sync", keep_going=True)
    result = nameless.sync()
    assert (result["exit_code"], actions(result)) == (65, [("unlink", "e1")])
    assert reasons(result)["e2"] == "link_rejected"
    assert nameless.external_ids() == {**before, "e1": None}


def test_a_brand_that_is_there_again_is_not_gone(shop):
    entry, deletion = withdraw(shop, "e1")
    assert shop.undo(deletion)["exit_code"] == 0
    republish(shop, entry)
    assert shop.sync()["changes"] == []
    shop.execute(f"DELETE FROM brand WHERE id = '{entry['external_id']}'")
    assert reasons(shop.sync()) == {"e1": "unknown_external_id"}


def test_a_brand_that_a_person_has_brought_back_is_found_by_its_id(shop):
    entry, _ = withdraw(shop, "e1")
    shop.execute(
        "INSERT INTO brand (id, name, created_at, updated_at) VALUES (?, 'theirs', '2026', '2026')",
        entry["external_id"],
    )
    republish(shop, entry)
    assert shop.sync()["exit_code"] == 0
    assert shop.external_ids()["e1"] == entry["external_id"]
    assert shop.is_in_line()
    shop.execute(f"DELETE FROM brand WHERE id = '{entry['external_id']}'")
    assert reasons(shop.sync()) == {"e1": "unknown_external_id"}


def test_a_brand_that_came_back_under_another_id_is_linked_by_the_journal(tmp_path):
    name, behaviour = str(tmp_path), Behaviour(chooses_ids=False)
    cms = cms_side(MemoryCms, {"catalogue": name}, tmp_path)
    bench = Bench(tmp_path, cms, store_side(MemoryStore, {"shop": name, "behaviour": behaviour}, tmp_path))
    catalogue, brands = MemoryCatalogue.named(name), MemoryShop.named(name).brands
    _, second = catalogue.publish({"name": "A"}, {"name": "B"})
    bench.sync()
    entry = dict(catalogue.entries[second])
    catalogue.remove(second)
    deletion = bench.sync()["run"]
    assert bench.undo(deletion)["exit_code"] == 0
    assert entry["external_id"] not in brands
    catalogue.entries[second] = dict(entry)
    result = bench.sync()
    assert (result["exit_code"], actions(result), result["counts"]["unchanged"]) == (0, [("link", second)], 2)
    assert {brands[key]["name"] for key in catalogue.external_ids().values()} == {"A", "B"}
    assert bench.sync()["changes"] == []
    assert bench.undo(result["run"])["exit_code"] == 0
    assert catalogue.external_ids()[second] == entry["external_id"]


@pytest.mark.parametrize("refusals", [0, 1])
def test_an_undo_that_ends_before_it_has_cleared_the_external_ids_leaves_none_of_a_brand_that_is_gone(
    tmp_path, refusals
):
    name, behaviour = str(tmp_path), Behaviour(chooses_ids=False)
    cms = cms_side(MemoryCms, {"catalogue": name}, tmp_path)
    bench = Bench(tmp_path, cms, store_side(MemoryStore, {"shop": name, "behaviour": behaviour}, tmp_path))
    catalogue, brands = MemoryCatalogue.named(name), MemoryShop.named(name).brands
    [key] = catalogue.publish({"name": "A"})
    run = bench.sync()["run"]
    [gone] = brands
    bench.cms.watch.dies("before", "write_links")
    assert bench.dies(lambda: bench.undo(run))
    assert (catalogue.external_ids(), brands) == ({key: gone}, {})
    for _ in range(refusals):
        bench.cms.watch.before("write_links", refuse)
        recovered = bench.recover()
        assert (recovered["exit_code"], [row["cms_id"] for row in recovered["failed"]]) == (74, [key])
    assert bench.recover()["exit_code"] == 0
    [again] = brands
    assert again != gone
    assert catalogue.external_ids() == {key: again}
    assert bench.sync()["changes"] == []
    assert bench.undo(run)["exit_code"] == 0
    assert (catalogue.external_ids(), brands) == ({key: None}, {})


def test_where_links_live_in_the_journal_taking_brands_back_never_asks_the_cms(tmp_path):
    name, behaviour = str(tmp_path), Behaviour(chooses_ids=False)
    cms = cms_side(MemoryCms, {"catalogue": name}, tmp_path)
    store = store_side(MemoryStore, {"shop": name, "behaviour": behaviour}, tmp_path)
    bench = Bench(tmp_path, cms, store, link="journal")
    MemoryCatalogue.named(name).publish({"name": "A"})
    run = bench.sync()["run"]
    bench.store.watch.dies("after", "delete_brands")
    assert bench.dies(lambda: bench.undo(run))
    bench.clear()
    assert bench.recover()["exit_code"] == 0
    assert bench.cms.watch.calls == []
    assert bench.sync()["changes"] == []


def test_a_store_that_counts_its_brands_gets_a_new_one(counting_shop):
    shop = counting_shop
    entry, _ = withdraw(shop, "e1")
    republish(shop, entry)
    created = shop.sync()
    assert (created["exit_code"], actions(created)) == (0, [("create", "e1")])
    assert shop.is_in_line()
    assert shop.undo(created["run"])["exit_code"] == 0
    assert shop.external_ids()["e1"] == entry["external_id"]
    assert actions(shop.sync()) == [("create", "e1")]
    assert shop.is_in_line()


def test_an_id_that_the_store_gives_again_is_not_gone(cms, sqlite_url, tmp_path):
    with Shop(tmp_path, cms, sqlite_url) as shop:
        shop.execute("CREATE TABLE brand (id INTEGER PRIMARY KEY, name text NOT NULL, description text)")
        shop.set("store", id_from="database").set("store.columns", name="name", description="description")
        begin(shop)
        entry, _ = withdraw(shop, "e2")
        republish(shop, entry, external_id=None)
        assert actions(shop.sync()) == [("create", "e2")]
        assert shop.external_ids()["e2"] == entry["external_id"]
        shop.execute(f"DELETE FROM brand WHERE id = {entry['external_id']}")
        assert reasons(shop.sync()) == {"e2": "unknown_external_id"}


def test_a_brand_that_was_deleted_softly_is_gone_too(cms, sqlite_url, tmp_path):
    with Shop(tmp_path, cms, sqlite_url) as shop:
        shop.execute(MEDUSA_TABLE.replace("now()", "CURRENT_TIMESTAMP"))
        shop.set("cms.fields", description=None)
        shop.set("store.columns", **{name: name for name in ("id", "name", "created_at", "updated_at", "deleted_at")})
        begin(shop)
        entry, _ = withdraw(shop, "e1")
        republish(shop, entry)
        assert actions(shop.sync()) == [("create", "e1")]
        assert shop.external_ids()["e1"] != entry["external_id"]
        assert shop.query("SELECT count(*) FROM brand") == [(4,)]


def test_the_id_of_a_creation_that_was_undone_while_its_entry_was_away_is_stale(shop):
    shop.cms.add({"id": "n", "name": "New", "description": None, "external_id": None})
    run = shop.sync()["run"]
    entry = dict(shop.cms.entries["n"])
    shop.cms.remove("n")
    assert shop.undo(run)["exit_code"] == 0
    republish(shop, entry)
    assert actions(shop.sync()) == [("create", "n")]
    assert shop.is_in_line()


def test_the_id_of_a_creation_that_a_person_had_deleted_before_it_was_undone_is_stale(shop):
    shop.cms.add({"id": "n", "name": "New", "description": None, "external_id": None})
    run = shop.sync()["run"]
    entry = dict(shop.cms.entries["n"])
    shop.cms.remove("n")
    shop.execute(f"DELETE FROM brand WHERE id = '{entry['external_id']}'")
    assert shop.undo(run)["exit_code"] == 0
    republish(shop, entry)
    assert actions(shop.sync()) == [("create", "n")]


def test_where_links_live_in_the_journal_a_stale_id_in_the_cms_is_passed_over(shop):
    entry, _ = withdraw(shop, "e1")
    republish(shop, entry)
    republish(shop, {**entries(1)[0], "id": "nameless", "name": " ", "external_id": entry["external_id"]})
    shop.set("sync", link="journal")
    patches = shop.cms.requests["PATCH"]
    result = shop.sync(force=True)
    assert (actions(result), reasons(result)) == ([("create", "e1")], {"nameless": "invalid"})
    assert shop.sync()["changes"] == []
    assert shop.cms.requests["PATCH"] == patches


def test_two_entries_that_hold_one_stale_id_are_two_brands(shop):
    entry, _ = withdraw(shop, "e1")
    republish(shop, entry)
    republish(shop, {**entry, "id": "copy", "name": "Copy"})
    assert actions(shop.sync()) == [("create", "copy"), ("create", "e1")]
    assert shop.is_in_line()


def test_another_pipeline_of_the_same_store_knows_nothing_of_it(shop, tmp_path):
    entry, _ = withdraw(shop, "e1")
    with CmsServer([entry]) as cms, Shop(tmp_path / "other", cms, shop.database_url) as other:
        other.directory.mkdir()
        other.set("journal", url=f"sqlite:///{tmp_path}/other.db")
        assert reasons(other.sync()) == {"e1": "unknown_external_id"}


def test_an_older_journal_knows_nothing_of_it_until_something_is_written(shop):
    entry, _ = withdraw(shop, "e1")
    shop.execute("DROP TABLE brandsync_gone")
    shop.execute("DELETE FROM brandsync_schema WHERE version > 2")
    shop.execute("INSERT INTO brandsync_schema (version) VALUES (2)")
    republish(shop, entry)
    assert reasons(shop.sync(dry_run=True)) == {"e1": "unknown_external_id"}
    shop.cms.edit("e1", external_id=None)
    assert shop.sync()["exit_code"] == 0
    entry, _ = withdraw(shop, "e1")
    republish(shop, entry)
    assert actions(shop.sync()) == [("create", "e1")]


@pytest.mark.slow  # it dies at every point
@pytest.mark.parametrize("mode", ["rollback", "resume"])
@pytest.mark.parametrize("elsewhere", [True, False])
def test_a_deletion_that_dies_at_any_point_leaves_no_unknown_id(shop, tmp_path, mode, elsewhere):
    if elsewhere:
        shop.set("journal", url=f"sqlite:///{tmp_path}/journal.db")
        shop.sync()
    number = 0
    while True:
        entry = dict(shop.cms.entries["e1"])
        shop.cms.remove("e1")
        died = run_and_die(Call(shop.config.read_text("utf-8"), shop.config, "sync"), number)
        assert shop.recover(mode)["exit_code"] == 0
        republish(shop, entry)
        result = shop.sync()
        assert (result["exit_code"], result["skipped"], shop.is_in_line()) == (0, [], True), number
        if not died:
            break
        number += 1
    assert number > 5


def test_databases_of_every_kind_forget_what_is_there_again(tmp_path):
    for kind in ("sqlite", "postgresql", "mysql"):
        with fresh_database(kind, tmp_path) as url, CmsServer() as cms, Shop(tmp_path, cms, url) as shop:
            begin(shop)
            _, deletion = withdraw(shop, "e1")
            assert shop.query("SELECT count(*) FROM brandsync_gone") == [(1,)]
            assert shop.undo(deletion)["exit_code"] == 0
            assert shop.query("SELECT count(*) FROM brandsync_gone") == [(0,)]
