"""In a shop's table with unique indexes, a brand that needs what is taken is skipped, named, and the others go on."""

import random
from typing import Any

import pytest
from databases import kind_of
from shop import Shop

EXTRA = {"sqlite": "COLLATE NOCASE", "postgresql": "", "mysql": "COLLATE utf8mb4_general_ci"}


@pytest.fixture
def once(any_shop: Shop) -> Shop:
    """A shop's own table, in which each name and each website can be once, and rows are deleted softly."""
    kind = kind_of(any_shop.database_url)
    text = f"varchar(99) {EXTRA[kind]}"
    any_shop.execute(
        f"CREATE TABLE brand (id varchar(99) PRIMARY KEY, name {text} UNIQUE, description varchar(99),"
        " website varchar(99), deleted_at varchar(99))"
    )
    any_shop.execute("CREATE UNIQUE INDEX one_site ON brand (website)")
    any_shop.set("cms.fields", website_url="website").set("safety", max_creates="100", max_updates="100")
    return any_shop.set(
        "store.columns", id="id", name="name", description="description", website_url="website", deleted_at="deleted_at"
    )


def add(shop: Shop, key: str, name: str, website: str | None = None, external_id: str | None = None) -> None:
    shop.cms.add({"id": key, "name": name, "description": None, "website": website, "external_id": external_id})


def insert(shop: Shop, brand_id: str, name: str, website: str | None = None, deleted_at: str | None = None) -> None:
    values = ", ".join("NULL" if value is None else f"'{value}'" for value in (brand_id, name, website, deleted_at))
    shop.execute(f"INSERT INTO brand (id, name, website, deleted_at) VALUES ({values})")


def synced(shop: Shop, **options: Any) -> dict[str, str]:
    """Sync as the dry run before says; returns the reasons, by entry."""
    dry, done = shop.sync(dry_run=True, **options), shop.sync(**options)
    assert dry["skipped"] == done["skipped"]
    assert dry["checksum"] == done["checksum"]
    assert (dry["exit_code"], done["exit_code"]) == (0, 65 if done["skipped"] else 0)
    return {skipped["cms_id"]: skipped["reason"] for skipped in done["skipped"]}


def details(shop: Shop) -> dict[str, str]:
    return {skipped["cms_id"]: skipped["detail"] for skipped in shop.sync(dry_run=True)["skipped"]}


def rename_a_to_b(shop: Shop, *, other: str) -> None:
    """Two brands in line, A and B: the first is to be called B, and the second otherwise."""
    add(shop, "1", "A")
    add(shop, "2", "B")
    shop.sync()
    shop.cms.edit("1", name="B")
    shop.cms.edit("2", name=other)


def of(shop: Shop, key: str) -> str:
    return str(shop.external_ids()[key])


def test_a_taken_name_skips_the_entry_and_nobody_else(once: Shop) -> None:
    insert(once, "b1", "Acme")
    insert(once, "b2", "Acme 2")
    add(once, "1", "Acme", external_id="b2")
    add(once, "2", "New")
    assert synced(once) == {"1": "name_taken"}
    assert sorted(once.names().values()) == ["Acme", "Acme 2", "New"]
    index = {"sqlite": "sqlite_autoindex_brand_2", "postgresql": "brand_name_key", "mysql": "name"}
    assert details(once)["1"] == (
        f"brand 'b1' has the name 'Acme', and the store takes it once (unique index"
        f" {index[kind_of(once.database_url)]}): rename one, or link that brand by writing its id into the entry's"
        " external id"
    )
    assert synced(once) == {"1": "name_taken"}


def test_two_new_entries_of_one_name_are_both_left(once: Shop) -> None:
    once.set("sync", match_on="none")
    for key, name in (("1", "Acme"), ("2", "Acme"), ("3", "Acme"), ("4", "New")):
        add(once, key, name)
    assert synced(once) == dict.fromkeys("123", "name_taken")
    assert list(once.names().values()) == ["New"]
    assert details(once)["1"].startswith("entry 3 and 1 more are to have the name 'Acme' too, and the store takes it")
    once.cms.edit("1", name="Acme 1")
    once.cms.edit("2", name="Acme 2")
    assert synced(once) == {}


def test_a_name_in_another_case_is_taken_where_the_column_says_so(once: Shop) -> None:
    once.set("sync", match_on="none")
    insert(once, "b1", "ACME")
    add(once, "1", "Acme")
    add(once, "2", "Mine", external_id=None)
    add(once, "3", "MINE", external_id=None)
    is_exact = kind_of(once.database_url) == "postgresql"
    assert synced(once) == ({} if is_exact else dict.fromkeys("123", "name_taken"))


def test_a_brand_may_have_its_own_name_in_another_case(once: Shop) -> None:
    insert(once, "b1", "acme")
    add(once, "1", "Acme", external_id="b1")
    assert synced(once) == {}
    assert once.names() == {"b1": "Acme"}


def test_a_name_that_a_brand_only_spells_anew_is_taken_for_others_and_not_for_it(once: Shop) -> None:
    if kind_of(once.database_url) == "postgresql":
        pytest.skip("there the two names are two")
    once.set("sync", match_on="none")
    insert(once, "b1", "acme")
    add(once, "1", "Acme", external_id="b1")
    add(once, "2", "ACME")
    assert synced(once) == {"2": "name_taken"}
    assert once.names() == {"b1": "Acme"}


def test_two_brands_that_exchange_their_names_are_told_so_and_can_in_two_runs(once: Shop) -> None:
    rename_a_to_b(once, other="A")
    add(once, "3", "New")
    assert synced(once) == {"1": "name_taken", "2": "name_taken"}
    assert "its entry 2 is to get this one's in exchange" in details(once)["1"]
    assert "give one of the two a third value, run, and give it the right one afterwards" in details(once)["2"]
    assert sorted(once.names().values()) == ["A", "B", "New"]
    once.cms.edit("1", name="A third one")
    assert synced(once) == {"2": "name_taken"}
    once.cms.edit("1", name="B")
    assert synced(once) == {"1": "name_taken"}
    assert synced(once) == {}
    assert once.names() == {of(once, "1"): "B", of(once, "2"): "A", of(once, "3"): "New"}


def test_what_this_run_sets_free_the_next_one_gives(once: Shop) -> None:
    rename_a_to_b(once, other="C")
    assert "until this run changes it" in details(once)["1"]
    assert synced(once) == {"1": "name_taken"}
    assert synced(once) == {}


def test_what_a_deletion_sets_free_the_next_run_gives(once: Shop) -> None:
    once.set("sync", on_missing="delete", match_on="none").set("safety", max_deletes="100").set(
        "store.columns", deleted_at=None
    )
    add(once, "1", "A")
    once.sync()
    once.cms.remove("1")
    add(once, "2", "A")
    assert synced(once) == {"2": "name_taken"}
    assert synced(once) == {}
    assert once.names() == {of(once, "2"): "A"}


def test_three_that_pass_their_names_on_in_a_ring_stay_as_they_are(once: Shop) -> None:
    for key, name in zip("123", "ABC", strict=True):
        add(once, key, name)
    once.sync()
    for key, name in zip("123", "BCA", strict=True):
        once.cms.edit(key, name=name)
    assert synced(once) == dict.fromkeys("123", "name_taken")
    assert sorted(once.names().values()) == ["A", "B", "C"]


def test_a_row_that_is_deleted_softly_has_its_name_still(once: Shop) -> None:
    insert(once, "b1", "Acme", deleted_at="2026-01-01")
    add(once, "1", "Acme")
    add(once, "2", "New")
    assert synced(once) == {"1": "name_taken"}
    assert "though it is deleted" in details(once)["1"]
    once.execute("DELETE FROM brand WHERE id = 'b1'")
    assert synced(once) == {}


def test_any_other_field_is_a_reason_of_its_own(once: Shop) -> None:
    insert(once, "b1", "Acme", "https://acme.example")
    add(once, "1", "Other", "https://acme.example")
    add(once, "2", "Third", None)
    add(once, "3", "Fourth", None)
    assert synced(once) == {"1": "value_taken"}
    assert (
        "has the website_url 'https://acme.example', and the store takes it once (unique index one_site)"
        in (details(once)["1"])
    )


def test_a_brand_that_one_index_holds_back_takes_nothing_of_another(once: Shop) -> None:
    insert(once, "b1", "Acme")
    once.set("sync", match_on="none")
    add(once, "1", "Acme", "https://one.example")
    add(once, "2", "New", "https://one.example")
    assert synced(once) == {"1": "name_taken"}
    assert sorted(once.names().values()) == ["Acme", "New"]


def test_brands_that_would_all_get_one_value_by_default_are_left(any_shop: Shop) -> None:
    slug = "slug varchar(9) DEFAULT '' UNIQUE"
    any_shop.execute(f"CREATE TABLE brand (id varchar(99) PRIMARY KEY, name varchar(99), {slug})")
    any_shop.set("store.columns", id="id", name="name")
    any_shop.set("cms.fields", description=None)
    add(any_shop, "e1", "A")
    assert synced(any_shop) == {}
    add(any_shop, "e2", "B")
    any_shop.cms.edit("e1", name="Renamed")
    assert synced(any_shop) == {"e2": "value_taken"}
    assert any_shop.query("SELECT name FROM brand") == [("Renamed",)]
    detail = details(any_shop)["e2"]
    assert f"brand {of(any_shop, 'e1')!r} has what every new brand gets by default" in detail
    assert "map a field to one of its columns, or give the column another default" in detail


def test_a_unique_handle_is_a_taken_handle(any_shop: Shop) -> None:
    any_shop.execute(
        "CREATE TABLE brand (id varchar(99) PRIMARY KEY, name varchar(99), slug varchar(99) UNIQUE, ref varchar(99))"
    )
    any_shop.execute("INSERT INTO brand VALUES ('b1', 'ACME Incorporated', 'acme', NULL)")
    any_shop.set("store.columns", id="id", name="name", handle="slug", cms_id="ref")
    any_shop.set("cms.fields", description=None, handle="slug")
    any_shop.cms.add({"id": "1", "name": "Acme", "slug": "acme", "external_id": None})
    any_shop.cms.add({"id": "2", "name": "New", "slug": "new", "external_id": None})
    assert synced(any_shop) == {"1": "handle_taken"}


def test_entries_whose_ids_the_shops_column_takes_for_one_double_no_brand(any_shop: Shop) -> None:
    kind = kind_of(any_shop.database_url)
    text = f"varchar(99) {EXTRA[kind]}"
    any_shop.execute(f"CREATE TABLE brand (id varchar(99) PRIMARY KEY, name varchar(99), ref {text} UNIQUE)")
    any_shop.set("store.columns", id="id", name="name", cms_id="ref").set("cms.fields", description=None)
    for key in ("x", "X", "y"):
        any_shop.cms.add({"id": key, "name": f"Brand {key}", "external_id": None})
    expected = {} if kind == "postgresql" else {"x": "value_taken", "X": "value_taken"}
    assert [synced(any_shop) for _ in range(3)] == [expected] * 3
    assert len(any_shop.names()) == 3 - len(expected)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_whatever_editors_and_people_do_no_run_is_refused_by_the_database(once: Shop, seed: int) -> None:
    pick = random.Random(seed)
    once.set("sync", match_on=("none", "name")[seed % 2]).set("safety", max_shrink="100%")
    names = ("A", "a", "B", "b ", "C", "\u00c4", "D")
    for step in range(6):
        for _ in range(3):
            key, name = str(pick.randrange(6)), pick.choice(names)
            website = pick.choice((None, None, "https://one.example", "https://ONE.example"))
            if key in once.cms.entries:
                once.cms.edit(key, name=name, website=website)
            else:
                add(once, key, name, website)
        if step % 2:
            once.execute(
                "UPDATE brand SET deleted_at = '2026' WHERE id = (SELECT id FROM (SELECT min(id) AS id FROM brand) x)"
            )
        synced(once)
