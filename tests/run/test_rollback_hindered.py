"""Rollbacks and undos that find something in their way."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from shop import Shop, WatchedCms, entries

from brandsync.stores.sql import SqlStore

pytestmark = pytest.mark.usefixtures("no_retries")


@pytest.fixture
def shop(sqlite_url: str, tmp_path: Path) -> Iterator[Shop]:
    """A shop with a journal of its own and five brands, and two more to create."""
    with WatchedCms() as cms, Shop(tmp_path, cms, sqlite_url) as shop:
        shop.set("journal", url=f"sqlite:///{tmp_path}/journal.db")
        shop.set("sync", on_missing="delete").set("safety", max_deletes="100%")
        shop.sync_and_publish_more(5, 2)
        cms.patches = 0
        yield shop


def test_a_rollback_without_its_journal_calls_a_person_and_the_next_run_makes_up_for_it(shop, tmp_path):
    journal, before = tmp_path / "journal.db", shop.names()
    kept: list[bytes] = []

    def lose() -> None:
        kept.append(journal.read_bytes())
        journal.write_bytes(b"not a database any more " * 4096)

    shop.cms.acts[1] = lose
    result = shop.sync()
    assert (result["status"], result["exit_code"]) == ("rollback_incomplete", 74)
    assert "the rollback could not begin" in result["error"]
    assert "brandsync recover" in result["hint"]
    journal.write_bytes(kept[0])
    journal.with_name("journal.db-journal").unlink(missing_ok=True)
    assert [run["status"] for run in shop.recover()["recovered"]] == ["rolled_back"]
    assert shop.names() == before
    assert shop.sync()["exit_code"] == 0
    assert shop.is_in_line()


def test_a_bug_in_the_middle_is_rolled_back_and_told_without_its_values(shop, monkeypatch):
    create, before = SqlStore.create_brands, shop.names()

    def buggy(store, brands):
        create(store, brands)
        raise ZeroDivisionError("a secret value")

    monkeypatch.setattr(SqlStore, "create_brands", buggy)
    result = shop.sync()
    assert (result["status"], result["exit_code"]) == ("rolled_back", 70)
    assert "ZeroDivisionError at run/test_rollback_hindered.py" in result["error"]
    assert "secret value" not in str(result)
    assert shop.names() == before


@pytest.mark.parametrize(("name", "status"), [("Brand 3", "done"), ("mine", "kept_some")])
def test_a_deleted_brand_that_somebody_has_made_again_is_left_as_it_is(shop, name, status):
    shop.sync()
    (deleted,) = [key for key, found in shop.names().items() if found == "Brand 3"]
    shop.cms.remove("e3")
    assert shop.sync()["counts"]["deleted"] == 1
    shop.execute(
        "INSERT INTO brand (id, cms_id, name, description, created_at, updated_at)"
        f" VALUES ('{deleted}', 'e3', '{name}', 'No. 3', '2026', '2026')"
    )
    result = shop.undo()
    assert (result["status"], [kept["brand_id"] for kept in result["kept"]]) == (
        status,
        [deleted] if name == "mine" else [],
    )
    assert shop.names()[deleted] == name


def test_an_updated_brand_that_somebody_has_deleted_since_is_told(shop):
    shop.sync()
    shop.cms.edit("e1", name="First")
    assert shop.sync()["counts"]["updated"] == 1
    shop.execute("DELETE FROM brand WHERE name = 'First'")
    result = shop.undo()
    assert (result["exit_code"], [kept["found"] for kept in result["kept"]]) == (65, [{}])


def test_an_entry_that_is_gone_needs_no_external_id_cleared(shop):
    shop.sync()
    shop.cms.remove("ne1")
    assert shop.undo()["exit_code"] == 0
    assert shop.external_ids()["ne0"] is None


def test_a_listing_that_is_shorter_than_it_says_deletes_nothing(shop):
    shop.set("cms", total="header:X-Total-Count", paging="page")
    with WatchedCms(paging="page", total="header") as cms:
        for entry in entries(5):
            cms.add({**entry, "external_id": shop.external_ids()[entry["id"]]})
        cms.add({"id": "hidden", "name": "Hidden", "external_id": None})
        shop.set("cms", url=cms.url, page_size=3)
        cms._headers = lambda _query, total, **_: {"X-Total-Count": str(total + 1)}
        cms.remove("e4")
        result = shop.sync(force=True)
    assert (result["exit_code"], result["counts"]["deleted"]) == (65, 0)
    assert [skipped["reason"] for skipped in result["skipped"]] == ["not_listed"]
