"""A database that keeps rows as they are without an error: what it was told to write is never told as written."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from databases import fresh_database, kind_of, name_of, run
from shop import Shop, entries

from brandsync.brand import Brand, BrandUpdate, NewBrand
from brandsync.errors import Rejected
from brandsync.stores.interface import PartlyRejected
from brandsync.stores.sql import SqlStore

WORD = {"Keep": "OLD", "Bad": "NEW"}
"""Names that start so stay what they are, or never come to be."""
GUARDS = {"DELETE": "Keep", "UPDATE": "Bad", "INSERT": "Bad"}
A_KEPT, B_KEPT, C = (Brand(key, {"name": name}) for key, name in (("a", "Keep a"), ("b", "Keep b"), ("c", "Cube")))


def guarded(url: str, table: str, *events: str) -> None:
    """Let triggers swallow some writes of a table."""
    for event in events:
        starts = f"substr({WORD[GUARDS[event]]}.name, 1, {len(GUARDS[event])}) = '{GUARDS[event]}'"
        if kind_of(url) == "sqlite":
            body = f"FOR EACH ROW WHEN {starts} BEGIN SELECT RAISE(IGNORE); END"
        else:
            run(url, f"CREATE FUNCTION no_{event}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
            body = f"FOR EACH ROW WHEN ({starts}) EXECUTE FUNCTION no_{event}()"
        run(url, f"CREATE TRIGGER no_{event} BEFORE {event} ON {table} {body}")


@pytest.fixture(params=["sqlite", "postgresql"])
def swallowing(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database whose triggers can pass over a row: MariaDB's cannot."""
    with fresh_database(request.param, tmp_path) as fresh:
        yield fresh


@pytest.fixture(params=["own", "mapped"])
def store(request: pytest.FixtureRequest, swallowing: str, open_store) -> SqlStore:
    """A table whose triggers pass over rows: brandsync's own, and one of a shop."""
    if request.param == "mapped":
        run(swallowing, "CREATE TABLE t (id varchar(99) PRIMARY KEY, name varchar(99))")
    mapped = {"table": "t", "columns": {}} if request.param == "mapped" else {}
    store: SqlStore = open_store(swallowing, **mapped)
    store.prepare()
    guarded(swallowing, "t" if mapped else "brand", "DELETE", "UPDATE", "INSERT")
    return store


def make(store: SqlStore, *brands: Brand) -> None:
    store.create_brands([NewBrand(brand.id, brand.fields) for brand in brands])


def names(store: SqlStore) -> list[object]:
    return sorted(str(brand.fields["name"]) for brand in store.list_brands(["name"]).brands)


@pytest.mark.parametrize("method", ["delete_brands", "uncreate_brands"])
def test_a_brand_that_the_database_keeps_is_refused_and_the_others_are_deleted(store: SqlStore, method: str) -> None:
    make(store, A_KEPT, C, B_KEPT)
    with pytest.raises(PartlyRejected, match=r"the database kept the brand.*: see the triggers of ") as caught:
        getattr(store, method)([Brand("gone", {}), A_KEPT, C, B_KEPT])
    assert ([*caught.value.refused], caught.value.done) == ([1, 3], ["gone", "c"])
    assert names(store) == ["Keep a", "Keep b"]


def test_an_update_that_the_database_passes_over_is_refused_and_the_others_are_made(store: SqlStore) -> None:
    make(store, A_KEPT, C)
    updates = [BrandUpdate(b.id, b.fields, {"name": name}) for b, name in ((A_KEPT, "Bad keep a"), (C, "New"))]
    with pytest.raises(PartlyRejected, match="kept the old value of name") as caught:
        store.update_brands(updates)
    assert ([*caught.value.refused], caught.value.done) == ([0], [Brand("c", {"name": "New"})])
    assert names(store) == ["Keep a", "New"]


@pytest.mark.parametrize("method", ["create_brands", "restore_brands"])
def test_a_new_brand_that_the_database_leaves_out_is_refused_and_the_others_are_made(
    store: SqlStore, method: str
) -> None:
    new = [NewBrand("a", {"name": "Acme"}), NewBrand("x", {"name": "Bad"}), NewBrand("b", {"name": "Bolt"})]
    with pytest.raises(PartlyRejected, match="left the brand out without an error") as caught:
        getattr(store, method)(new)
    assert ([*caught.value.refused], [brand.id for brand in caught.value.done]) == ([1], ["a", "b"])
    assert names(store) == ["Acme", "Bolt"]


def test_a_brand_left_out_where_the_database_makes_the_ids_is_refused(swallowing: str, open_store) -> None:
    serial = {"sqlite": "INTEGER PRIMARY KEY", "postgresql": "serial PRIMARY KEY"}[kind_of(swallowing)]
    run(swallowing, f"CREATE TABLE t (id {serial}, name varchar(99))")
    guarded(swallowing, "t", "INSERT")
    store = open_store(swallowing, table="t", columns={}, id_from="database")
    for method in (store.create_brands, store.restore_brands):
        with pytest.raises(PartlyRejected, match="left the brand out") as caught:
            method([NewBrand(None, {"name": name}) for name in ("Bad", "Acme", "Bad too", "Bolt")])
        assert [*caught.value.refused] == [0, 2]
        assert [brand.fields["name"] for brand in caught.value.done] == ["Acme", "Bolt"]
    assert names(store) == ["Acme", "Acme", "Bolt", "Bolt"]


def keep_column(url: str, column: str) -> None:
    """Let a trigger give a column of brands named ``Keep …`` its old value back, whatever is written."""
    starts, table = "substr(OLD.name, 1, 4) = 'Keep'", "brand"
    if kind_of(url) == "sqlite":
        body = f"WHEN {starts} BEGIN UPDATE {table} SET {column} = OLD.{column} WHERE id = OLD.id; END"
        run(url, f"CREATE TRIGGER k AFTER UPDATE OF {column} ON {table} {body}")
    elif kind_of(url) == "postgresql":
        body = f"BEGIN NEW.{column} = OLD.{column}; RETURN NEW; END"
        run(url, f"CREATE FUNCTION k() RETURNS trigger LANGUAGE plpgsql AS '{body}'")
        run(url, f"CREATE TRIGGER k BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({starts}) EXECUTE FUNCTION k()")
    else:
        body = f"IF {starts} THEN SET NEW.{column} = OLD.{column}; END IF"
        run(url, f"CREATE TRIGGER k BEFORE UPDATE ON {table} FOR EACH ROW {body}")


def test_a_softly_deleted_brand_that_the_database_keeps_alive_is_refused(medusa: SqlStore, url: str) -> None:
    make(medusa, A_KEPT, C)
    keep_column(url, "deleted_at")
    with pytest.raises(PartlyRejected, match="the database kept the brand") as caught:
        medusa.delete_brands([A_KEPT, C])
    assert ([*caught.value.refused], caught.value.done) == ([0], ["c"])
    assert names(medusa) == ["Keep a"]


def test_a_column_to_which_a_trigger_gives_its_old_value_back_is_named(medusa: SqlStore, url: str) -> None:
    make(medusa, A_KEPT, C)
    keep_column(url, "name")
    updates = [BrandUpdate(brand.id, brand.fields, {"name": f"{brand.id} 2"}) for brand in (A_KEPT, C)]
    with pytest.raises(PartlyRejected, match="the database kept the old value of name: see the triggers of brand"):
        medusa.update_brands(updates)
    assert names(medusa) == ["Keep a", "c 2"]


LONG = "A family of watchmakers from the valley of the river, since the year 1884"


@pytest.mark.parametrize(
    ("makes", "before", "after"),
    [
        ("lower(trim(NEW.name))", "acme", " ACME "),
        ("replace(lower(NEW.name), ' ', '-')", "acme-inc", "Acme Inc"),
        ("nullif(NEW.name, '')", None, ""),
        ("replace(NEW.name, '&', '&amp;')", "A &amp; B", "A & B"),
        (f"left(NEW.name, {len(LONG)})", LONG, f"{LONG}, and before"),
    ],
)
def test_a_new_value_that_the_database_spells_as_the_old_one_is_written(
    mysql: str, open_store, makes: str, before: Any, after: str
) -> None:
    run(mysql, "CREATE TABLE t (id varchar(99) PRIMARY KEY, name varchar(200))")
    run(mysql, f"CREATE TRIGGER s BEFORE UPDATE ON t FOR EACH ROW SET NEW.name = {makes}")
    store = open_store(mysql, table="t", columns={})
    make(store, Brand("a", {"name": before}))
    assert store.update_brands([BrandUpdate("a", {"name": before}, {"name": after})]) == [Brand("a", {"name": before})]


@pytest.fixture
def user(postgres: str) -> Iterator[str]:
    """A user that row-level security concerns."""
    user, schema = f"r_{name_of(postgres)[-12:]}", name_of(postgres)
    run(postgres, f"CREATE ROLE {user} LOGIN", f"GRANT USAGE ON SCHEMA {schema} TO {user}")
    yield user
    run(postgres, f"DROP OWNED BY {user}", f"DROP ROLE {user}")


@pytest.fixture
def secured(postgres: str, user: str, open_store) -> SqlStore:
    """A table with two brands, whose policies let that user read and insert."""
    run(
        postgres,
        "CREATE TABLE t (id text PRIMARY KEY, name text)",
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY s ON t FOR SELECT USING (true)",
        "CREATE POLICY i ON t FOR INSERT WITH CHECK (true)",
        f"GRANT ALL ON t TO {user}",
    )
    start, _, end = postgres.partition("@")
    store: SqlStore = open_store(f"{start.partition('//')[0]}//{user}@{end}", table="t", columns={})
    make(store, A_KEPT, C)
    return store


def test_brands_that_row_level_security_lets_nobody_lock_are_not_taken_for_gone(secured: SqlStore) -> None:
    for delete in (secured.delete_brands, secured.uncreate_brands):
        with pytest.raises(Rejected, match="see the triggers of t and its row-level security"):
            delete([A_KEPT, C])
    with pytest.raises(Rejected, match="kept the old value of name"):
        secured.update_brands([BrandUpdate("c", C.fields, {"name": "CUBE"})])
    assert secured.delete_brands([Brand("c", {"name": "another"})]) == []
    assert names(secured) == ["Cube", "Keep a"]


def test_a_policy_for_deleting_is_enough_to_delete(secured: SqlStore, postgres: str) -> None:
    run(postgres, "CREATE POLICY d ON t FOR DELETE USING (id = 'c')")
    with pytest.raises(PartlyRejected) as caught:
        secured.delete_brands([A_KEPT, C])
    assert caught.value.done == ["c"]


def test_the_check_names_the_policies_that_are_missing_and_following_it_helps(secured: SqlStore, postgres: str) -> None:
    missing = [finding for finding in secured.check() if not finding.ok]
    assert [finding.what for finding in missing] == [
        f"row-level security of the table t lets this user {privilege} no row" for privilege in ("UPDATE", "DELETE")
    ]
    run(postgres, *(str(finding.fix) for finding in missing))
    assert all(finding.ok for finding in secured.check())
    assert secured.update_brands([BrandUpdate("c", C.fields, {"name": "New"})])
    assert secured.delete_brands([A_KEPT]) == ["a"]


@pytest.fixture
def kept_shop(shop: Shop, sqlite_url: str) -> Shop:
    """A shop of two brands that its database won't delete, and one that it will."""
    shop.set("sync", on_missing="delete").set("safety", max_deletes="100%", max_updates="100%")
    for number, name in enumerate(("Keep 0", "Keep 1", "Cube")):
        shop.cms.add({**entries(3)[number], "name": name})
    assert shop.sync()["exit_code"] == 0
    guarded(sqlite_url, "brand", "DELETE", "UPDATE")
    return shop


def test_a_run_whose_deletion_is_swallowed_is_rolled_back_or_goes_on_without_it(kept_shop: Shop) -> None:
    before = kept_shop.names()
    for key in ("e0", "e2"):
        kept_shop.cms.remove(key)
    result = kept_shop.sync()
    assert (result["exit_code"], result["status"]) == (1, "rolled_back")
    assert "entry e0 ('Keep 0') is refused: the database kept the brand" in result["error"]
    assert kept_shop.names() == before
    kept_shop.set("sync", keep_going=True)
    for _ in range(2):  # the next run has not forgotten it
        result = kept_shop.sync()
        assert (result["exit_code"], [skipped["cms_id"] for skipped in result["skipped"]]) == (65, ["e0"])
        assert sorted(kept_shop.names().values()) == ["Keep 0", "Keep 1"]


def test_a_run_whose_update_is_swallowed_is_rolled_back_by_name(kept_shop: Shop) -> None:
    kept_shop.cms.edit("e2", name="Bad cube")
    result = kept_shop.sync()
    assert (result["exit_code"], result["counts"]["updated"]) == (1, 0)
    assert "entry e2 ('Bad cube') is refused: the database kept the old value of name" in result["error"]


def test_an_undo_that_the_database_swallows_calls_a_person_and_names_the_brands(kept_shop: Shop) -> None:
    result = kept_shop.undo()
    assert (result["exit_code"], result["status"]) == (74, "rollback_incomplete")
    assert sorted(failed["cms_id"] for failed in result["failed"]) == ["e0", "e1"]
    assert sorted(kept_shop.names().values()) == ["Keep 0", "Keep 1"]
