"""Tables that refer to the brands, and what the brands refer to."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cms_server import CmsServer
from databases import fresh_database, kind_of, run
from shop import Shop, entries

from brandsync.brand import Brand, BrandUpdate, NewBrand
from brandsync.errors import Rejected
from brandsync.stores.sql import SqlStore

Open = Callable[..., SqlStore]

COLUMNS = {"id": "id", "name": "name"}
BRAND = "CREATE TABLE brand (id varchar(40) PRIMARY KEY, name varchar(99) NOT NULL, {more})"
CHILD = (
    "CREATE TABLE {name} (id integer PRIMARY KEY, brand_id varchar(40),"
    " CONSTRAINT {name}_brand FOREIGN KEY (brand_id) REFERENCES brand (id) {what})"
)


def tables(shop: Shop, *children: tuple[str, str], more: str = "sort_order integer DEFAULT 0, seo text") -> Shop:
    """A shop's own table of brands, and those that refer to it."""
    made = [CHILD.format(name=name, what=what) for name, what in children]
    run(shop.database_url, BRAND.format(more=more), *made)
    return shop.set("store.columns", **COLUMNS).set("cms.fields", description=None)


def warnings(result: dict[str, Any]) -> list[str]:
    return [warning for warning in result["warnings"] if "cannot be taken back exactly" in warning]


def test_what_a_deletion_takes_with_it_is_told_before_anything_is_written(any_shop: Shop) -> None:
    shop = tables(
        any_shop, ("product", "ON DELETE CASCADE"), ("article", "ON DELETE SET NULL"), ("offer", "ON DELETE NO ACTION")
    )
    shop.set("sync", on_missing="delete").set("safety", max_deletes="100%")
    shop.publish(*entries(2))
    assert warnings(shop.sync()) == []
    del shop.cms.entries["e0"]
    key = "foreign key brand_id" if kind_of(shop.database_url) == "sqlite" else "foreign key {}_brand"
    told = (
        f"rows of article lose the brand ({key.format('article')}, ON DELETE SET NULL), for good; rows of product are"
        f" deleted with the brand ({key.format('product')}, ON DELETE CASCADE), for good; columns of brand that are not"
        " mapped get their defaults: sort_order, seo"
    )
    assert any(told in line for line in shop.run("check", "--output", "plain").stdout.splitlines())
    for dry_run in (True, False):
        (warning,) = warnings(shop.sync(dry_run=dry_run))
        assert warning == f"what this run deletes cannot be taken back exactly: {told}"
    assert warnings(shop.undo()) == []  # it creates
    assert len(warnings(shop.preview_undo())) == 1  # it deletes what that has created again


@pytest.mark.parametrize(
    ("columns", "more"),
    [
        ({**COLUMNS, "deleted_at": "deleted_at"}, "deleted_at varchar(40), seo varchar(9)"),
        (
            {**COLUMNS, "handle": "seo"},
            "seo varchar(9), upper_name varchar(99) GENERATED ALWAYS AS (upper(name)) STORED",
        ),
    ],
    ids=["softly", "all mapped"],
)
def test_nothing_is_told_where_nothing_is_lost(any_shop: Shop, columns: dict[str, str], more: str) -> None:
    tables(any_shop, more=more).set("store.columns", **columns)
    any_shop.cms.add(entries(1)[0])
    any_shop.sync()
    assert warnings(any_shop.preview_undo()) == []


@pytest.fixture(params=["sqlite", "postgresql"])
def waiting(request: pytest.FixtureRequest, cms: CmsServer, tmp_path: Path) -> Iterator[Shop]:
    """A shop with three brands, the second of which has a product, by a foreign key that waits. MySQL has none such."""
    with fresh_database(request.param, tmp_path) as url, Shop(tmp_path, cms, url) as shop:
        for entry in entries(3):
            cms.add(entry)
        tables(shop, ("product", "DEFERRABLE INITIALLY DEFERRED")).sync()
        run(url, "INSERT INTO product SELECT 7, id FROM brand WHERE name = 'Brand 1'")
        yield shop


@pytest.mark.parametrize("journal", ["beside", "elsewhere"])
def test_a_deletion_that_a_waiting_foreign_key_refuses_costs_that_brand_alone(waiting: Shop, journal: str) -> None:
    waiting.set("sync", on_missing="delete").set("safety", max_deletes="100%")
    if journal == "elsewhere":
        run(f"sqlite:///{waiting.directory}/journal.db")
        waiting.set("journal", url=f"sqlite:///{waiting.directory}/journal.db").sync()
    waiting.cms.entries.clear()
    refused = waiting.sync(force=True)
    assert (refused["exit_code"], len(waiting.names())) == (1, 3)
    assert "entry e1 ('Brand 1') is refused: " in refused["error"]
    kept = waiting.set("sync", keep_going=True).sync(force=True)
    assert (kept["counts"]["deleted"], [*waiting.names().values()]) == (2, ["Brand 1"])
    assert [skipped["cms_id"] for skipped in kept["skipped"]] == ["e1"]


def test_an_undo_that_a_waiting_foreign_key_refuses_takes_back_all_others(waiting: Shop) -> None:
    undone = waiting.undo()
    assert (undone["exit_code"], undone["counts"]["deleted"]) == (74, 2)
    assert [*waiting.names().values()] == ["Brand 1"]


def test_what_others_left_behind_without_a_parent_is_no_brands_fault(sqlite_url: str, open_store: Open) -> None:
    run(
        sqlite_url,
        BRAND.format(more="kind varchar(9) REFERENCES kind (name) DEFERRABLE INITIALLY DEFERRED"),
        "CREATE TABLE kind (name varchar(9) PRIMARY KEY)",
        CHILD.format(name="product", what="DEFERRABLE INITIALLY DEFERRED"),
    )
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as careless:
        careless.execute("INSERT INTO brand VALUES ('a', 'A', 'gone')")
        careless.execute("INSERT INTO product VALUES (1, 'gone')")
        careless.commit()
    store = open_store(sqlite_url, columns={**COLUMNS, "handle": "kind"})
    assert store.update_brands([BrandUpdate("a", {"name": "A"}, {"name": "B"})]) == [Brand("a", {"name": "B"})]
    store.create_brands([NewBrand("b", {"name": "B", "handle": None})])
    with pytest.raises(Rejected, match="kind of brand is not in kind"):
        store.create_brands([NewBrand("c", {"name": "C", "handle": "none"})])
    with pytest.raises(Rejected, match="kind of brand is not in kind"):
        store.update_brands([BrandUpdate("b", {"name": "B"}, {"handle": "none"})])
    assert store.delete_brands([Brand("a", {"name": "B"}), Brand("b", {"name": "B"})]) == ["a", "b"]


@pytest.mark.parametrize("parent", ["brand", "BRAND (ID)"])
def test_ids_that_the_database_makes_are_looked_at_too(sqlite_url: str, open_store: Open, parent: str) -> None:
    run(
        sqlite_url,
        "CREATE TABLE brand (id integer PRIMARY KEY, name text NOT NULL REFERENCES ok (name) DEFERRABLE INITIALLY"
        " DEFERRED)",
        "CREATE TABLE ok (name text UNIQUE)",
        "INSERT INTO ok VALUES ('A')",
        f"CREATE TABLE product (brand_id integer REFERENCES {parent} deferrable initially deferred)",
    )
    store = open_store(sqlite_url, columns=COLUMNS, id_from="database")
    (made,) = store.create_brands([NewBrand(None, {"name": "A"})])
    with pytest.raises(Rejected, match="name of brand is not in ok"):
        store.create_brands([NewBrand(None, {"name": "A"}), NewBrand(None, {"name": "B"})])
    run(sqlite_url, f"INSERT INTO product VALUES ({made.id})")
    with pytest.raises(Rejected, match=r"(?i)brand_id of product is not in brand"):
        store.delete_brands([made])
    assert store.get_brands(["name"], [str(made.id)]) == [made]
