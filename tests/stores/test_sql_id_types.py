"""Ids of every type of column: each brand is listed once, page by page, and found again by its id."""

from collections.abc import Iterator
from contextlib import nullcontext
from itertools import islice
from pathlib import Path

import pytest
from databases import encoded_database, fresh_database, run

from brandsync.brand import Brand, BrandUpdate, NewBrand
from brandsync.errors import ConfigError, Unreadable
from brandsync.stores.optional import brands_named
from brandsync.stores.sql import SqlStore

NUMBERS = ("-3", "0", "7", "10", "12")
TEXTS = ("A1", "B2", "C3", "a4", "b5", "ä6")
FOLDED = ("A1", "a4", "B2", "b5", "C3")
UUIDS = tuple(f"{first}50e8400-e29b-41d4-a716-446655440000" for first in "05af")
BEYOND = tuple(str(2**63 + n) for n in range(-2, 3))
HUGE = tuple(str(10**19 + n) for n in range(5))
TYPES = [
    ("sqlite", "text", TEXTS),
    ("sqlite", "", TEXTS),
    ("sqlite", "uuid", UUIDS),
    ("sqlite", "integer", NUMBERS),
    ("sqlite", "int", (*NUMBERS, "a1", "b2")),  # which holds texts too
    ("sqlite", "decimal(9,2)", (*NUMBERS, "12.5")),
    ("postgresql", "text", TEXTS),
    ("postgresql", 'text COLLATE "C"', TEXTS),
    ("postgresql", "text COLLATE folding", FOLDED),
    ("postgresql", "varchar(9)", TEXTS),
    ("postgresql", "char(9)", TEXTS),
    ("postgresql", "citext", FOLDED),
    ("postgresql", 'citext COLLATE "C"', FOLDED),
    ("postgresql", "code", TEXTS),
    ("postgresql", "shorter_code", TEXTS),
    ("postgresql", "folded_code", FOLDED),
    ("postgresql", "number", NUMBERS[1:]),
    ("postgresql", "tier", ("gold", "tin", "clay", "air")),
    ("postgresql", '"odd %% type"', ("b", "a", "d", "c")),
    ("postgresql", "uuid", UUIDS),
    ("postgresql", "smallint", NUMBERS),
    ("postgresql", "integer", NUMBERS),
    ("postgresql", "bigint", NUMBERS),
    ("postgresql", "numeric", (*NUMBERS, *HUGE)),
    ("postgresql", "numeric(9,2)", ("-3.00", "0.00", "7.50", "10.00")),
    ("mysql", "varchar(9)", FOLDED),
    ("mysql", "varchar(9) COLLATE utf8mb4_bin", TEXTS),
    ("mysql", "char(9)", FOLDED),
    ("mysql", "uuid", UUIDS),
    ("mysql", "smallint", NUMBERS),
    ("mysql", "bigint", NUMBERS),
    ("mysql", "bigint unsigned", (*NUMBERS[1:], *BEYOND)),
    ("mysql", "decimal(20,0)", (*NUMBERS, *HUGE)),
    ("mysql", "datetime", ("2025-01-01 00:00:00", "2025-01-02 00:00:00", "2025-01-03 00:00:00")),
]
"""Each with ids of that type."""
LABELS = ("tier", 'odd % type"')
NONSENSE = (
    "abc",
    "A1 ",
    "01",
    "1.0",
    "",
    "99999999999999999999",
    "9223372036854775808",
    "9" * 40,
    "nan",
    UUIDS[0].upper(),
)
POSTGRES = (
    "CREATE EXTENSION citext",
    "CREATE COLLATION folding (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
    "CREATE DOMAIN code AS text CHECK (length(VALUE) > 1)",
    "CREATE DOMAIN shorter_code AS code CHECK (length(VALUE) < 5)",
    "CREATE DOMAIN folded_code AS citext",
    "CREATE DOMAIN number AS bigint CHECK (VALUE >= 0)",
    "CREATE TYPE tier AS ENUM ('gold', 'tin', 'clay', 'air')",
    """CREATE TYPE "odd %% type" AS ENUM ('b', 'a', 'd', 'c')""",
)


@pytest.fixture(scope="module")
def types() -> Iterator[str]:
    """A PostgreSQL database of its own, for an extension is a whole database's."""
    with encoded_database("UTF8") as url:
        run(url, *POSTGRES)
        yield url


@pytest.fixture
def typed(request: pytest.FixtureRequest, tmp_path: Path, open_store) -> Iterator[tuple[SqlStore, tuple[str, ...]]]:
    """A table with brands of these ids, two of which make a page."""
    kind, id_type, ids = request.param
    with (
        nullcontext(request.getfixturevalue("types")) if kind == "postgresql" else fresh_database(kind, tmp_path) as url
    ):
        rows = ", ".join(f"('{brand_id}', 'Brand {brand_id}')" for brand_id in reversed(ids))
        table = f"CREATE TABLE maker (id {id_type} PRIMARY KEY, name varchar(200))"
        run(url, "DROP TABLE IF EXISTS maker", table, f"INSERT INTO maker VALUES {rows}")
        store = open_store(url, table="maker", columns={}, id_from="database")
        store.page_size = 2
        yield store, ids
        store.close()


def listed(store: SqlStore) -> list[str]:
    """The ids of all pages."""
    brands = brands_named(store, ["name"], ())
    return [brand.id for brand in islice(brands, 100)]  # a listing that goes in a circle has no end


@pytest.mark.parametrize("typed", TYPES, indirect=True, ids=lambda one: f"{one[0]}-{one[1]}")
def test_each_brand_is_listed_once_and_found_by_its_id(typed: tuple[SqlStore, tuple[str, ...]]) -> None:
    store, ids = typed
    assert sorted(listed(store)) == sorted(ids)
    if not store._table.id_kind.endswith(LABELS):  # these are texts of which the database alone knows
        wrong = [brand_id for brand_id in NONSENSE if brand_id not in ids]
        assert store.get_brands(["name"], wrong) == []
    assert {brand.id for brand in store.get_brands(["name"], ids)} == set(ids)
    changes = [BrandUpdate(brand_id, {"name": f"Brand {brand_id}"}, {"name": f"New {brand_id}"}) for brand_id in ids]
    assert sorted(brand.id for brand in store.update_brands(changes)) == sorted(ids)
    assert store.delete_brands([Brand(ids[0], {"name": f"New {ids[0]}"})]) == [ids[0]]
    assert sorted(listed(store)) == sorted(ids[1:])
    assert store.restore_brands([NewBrand(ids[0], {"name": "Back"})]) == [Brand(ids[0], {"name": "Back"})]


def test_a_listing_that_cannot_go_on_is_an_error(postgres: str, open_store) -> None:
    run(
        postgres,
        "CREATE TABLE maker (id numeric PRIMARY KEY, name text)",
        "INSERT INTO maker VALUES (1, 'a'), ('NaN', 'b')",
    )
    store = open_store(postgres, table="maker", columns={})
    store.page_size = 1
    with pytest.raises(Unreadable, match="the listing of the table maker does not go on after the brand of the id NaN"):
        listed(store)


@pytest.mark.parametrize(
    "table",
    [
        ("mysql", "varchar(9)", "varbinary(9)", "name"),
        ("mysql", "varchar(9)", "longblob", "name"),
        ("mysql", "binary(16)", "varchar(9)", "id"),
        ("mysql", "enum('a','blob')", "varchar(9)", "id"),
        ("mysql", "float", "varchar(9)", "id"),
        ("postgresql", "text", "bytea", "name"),
        ("postgresql", "bytea", "text", "id"),
    ],
)
def test_a_column_in_which_no_text_is_found_is_refused(
    table: tuple[str, str, str, str], tmp_path: Path, open_store
) -> None:
    kind, id_type, name_type, column = table
    with fresh_database(kind, tmp_path) as url:
        run(url, f"CREATE TABLE maker (id {id_type} PRIMARY KEY, name {name_type} NOT NULL)")
        store = open_store(url, table="maker", columns={})
        told = f'the column "{column}" of the table maker is of the type {id_type if column == "id" else name_type},'
        assert [told in finding.what for finding in store.check() if not finding.ok] == [True]
        with pytest.raises(ConfigError, match="is of the type"):
            store.list_brands(["name"])
        store.close()


def test_metadata_may_be_bytes(mysql: str, open_store) -> None:
    run(
        mysql,
        "CREATE TABLE maker (id varchar(9) PRIMARY KEY, name text, meta blob)",
        """INSERT INTO maker VALUES ('a', 'A', '{"b": 1}')""",
    )
    store = open_store(mysql, table="maker", columns={"metadata": "meta"})
    assert [*store.list_brands(["metadata"]).brands] == [Brand("a", {"metadata": {"b": 1}})]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("('b1', CAST('Acme' AS BLOB))", r"the name of brand b1 is no text but bytes \(X'41636d65'\)"),
        ("(CAST('b1' AS BLOB), 'Acme')", r"the id of a brand in the store is no text but bytes \(X'6231'\)"),
    ],
)
def test_bytes_in_a_text_column_of_sqlite_are_told_with_their_row(
    sqlite_url: str, open_store, row: str, told: str
) -> None:
    run(sqlite_url, "CREATE TABLE maker (id TEXT PRIMARY KEY, name TEXT)", f"INSERT INTO maker VALUES {row}")
    with pytest.raises(Unreadable, match=told):
        open_store(sqlite_url, table="maker", columns={}).list_brands(["name"])


def test_an_id_of_bytes_that_sqlite_makes_is_an_error(sqlite_url: str, open_store) -> None:
    run(sqlite_url, "CREATE TABLE maker (id TEXT PRIMARY KEY DEFAULT (randomblob(8)), name TEXT)")
    store = open_store(sqlite_url, table="maker", columns={}, id_from="database")
    with pytest.raises(Unreadable, match="bytes"):
        store.create_brands([NewBrand(None, {"name": "a"})])
    assert run(sqlite_url, "SELECT * FROM maker") == []


def test_brands_without_an_id_are_told_before_anything_else(url: str, open_store) -> None:
    run(
        url,
        "CREATE TABLE maker (id varchar(9) UNIQUE, name varchar(9), gone varchar(9))",
        "INSERT INTO maker VALUES (NULL, 'Acme', NULL), ('b2', 'Bolt', NULL), (NULL, 'Old', 'yes')",
    )
    store = open_store(url, table="maker", columns={"deleted_at": "gone"})
    assert next(finding.what for finding in store.check() if not finding.ok).startswith(
        "the table maker has rows where "
    )
    with pytest.raises(ConfigError, match=r"IS NULL: no id finds such a brand"):
        store.list_brands(["name"])
    run(url, "UPDATE maker SET id = 'b1' WHERE id IS NULL AND gone IS NULL")
    assert listed(store) == ["b1", "b2"]


@pytest.mark.parametrize("kind", ["", "BLOB"])
def test_numbers_in_an_id_column_without_a_type_are_told_and_texts_work(sqlite_url: str, open_store, kind: str) -> None:
    run(
        sqlite_url,
        f"CREATE TABLE maker (id {kind} PRIMARY KEY, name TEXT)",
        "INSERT INTO maker VALUES (1, 'Acme'), ('2', 'Bolt')",
    )
    store = open_store(sqlite_url, table="maker", columns={})
    with pytest.raises(ConfigError, match=r"""rows where typeof\("id"\) <> 'text'"""):
        store.list_brands(["name"])
    run(sqlite_url, "UPDATE maker SET id = CAST(id AS TEXT)")
    assert [brand.id for brand in store.get_brands(["name"], listed(store))] == ["1", "2"]


def sizes(store: SqlStore) -> list[int]:
    """How many brands each page holds."""
    page, found = store.list_brands(["description"]), []
    while page.next is not None:
        found.append(len(page.brands))
        page = store.list_brands(["description"], page.next)
    return [*found, len(page.brands)]


@pytest.mark.parametrize(
    ("brands", "length", "pages"), [(1_000, 10, [20, 200, 780]), (250, 100_000, [20, 80, 80, 70]), (20, 10, [20, 0])]
)
def test_a_page_holds_fewer_brands_the_larger_they_are(
    sqlite_url: str, open_store, brands: int, length: int, pages: list[int]
) -> None:
    store = open_store(sqlite_url)
    store.prepare()
    store.create_brands([NewBrand(f"b{n:04}", {"name": "a", "description": "x" * length}) for n in range(brands)])
    assert sizes(store) == sizes(store) == pages
