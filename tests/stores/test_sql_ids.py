import pytest
from databases import kind_of, run

from brandsync.brand import Brand, BrandUpdate, NewBrand
from brandsync.errors import ConfigError
from brandsync.new_id import new_id
from brandsync.stores.sql import SqlStore
from brandsync.stores.sql.mysql import MySqlDialect
from brandsync.stores.sql.table import Table

SERIAL = {
    "sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT",
    "postgresql": "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    "mysql": "bigint AUTO_INCREMENT PRIMARY KEY",
}


@pytest.fixture
def serial(url: str, open_store) -> SqlStore:
    """A table whose ids the database counts up."""
    run(url, f"CREATE TABLE maker (id {SERIAL[kind_of(url)]}, name varchar(200) NOT NULL)")
    return open_store(url, table="maker", columns={}, id_from="database")


def fill(store: SqlStore, count: int) -> list[str]:
    return [brand.id for brand in store.create_brands([NewBrand(None, {"name": f"b{n}"}) for n in range(count)])]


def test_the_databases_ids_come_back_in_order_as_text(serial: SqlStore) -> None:
    assert not serial.capabilities.chooses_ids
    assert fill(serial, 12) == [str(n) for n in range(1, 13)]
    assert {brand.id: brand.fields["name"] for brand in serial.list_brands(["name"]).brands}["12"] == "b11"
    assert all(finding.ok for finding in serial.check())


def test_numbers_page_as_numbers(serial: SqlStore) -> None:
    serial.page_size = 3
    ids = fill(serial, 12)
    first = serial.list_brands(["name"])
    assert [brand.id for brand in first.brands] == ["1", "2", "3"]
    assert [brand.id for brand in serial.list_brands(["name"], "9").brands] == ids[9:]


@pytest.mark.parametrize("nonsense", ["abc", "01", "1 ", "1.0", "", "99999999999999999999", "9999999999999999999"])
def test_an_id_that_could_never_be_one_is_simply_not_there(serial: SqlStore, nonsense: str) -> None:
    fill(serial, 1)
    assert [brand.id for brand in serial.get_brands(["name"], [nonsense, "1"])] == ["1"]
    assert serial.delete_brands([Brand(nonsense, {})]) == [nonsense]
    assert not serial.update_brands([BrandUpdate(nonsense, {"name": "b0"}, {"name": "x"})])


def test_a_deleted_brand_comes_back_under_its_old_id(serial: SqlStore) -> None:
    fill(serial, 3)
    assert serial.delete_brands([Brand("2", {"name": "b1"})]) == ["2"]
    back = [NewBrand("2", {"name": "b1"}), NewBrand(None, {"name": "new"}), NewBrand("1", {"name": "b0"})]
    assert [brand.id for brand in serial.restore_brands(back)] == ["2", "4", "1"]


def test_updates_and_deletions_find_their_numbers(serial: SqlStore) -> None:
    one, two = fill(serial, 2)
    changes = [BrandUpdate(one, {"name": "b0"}, {"name": "x"}), BrandUpdate(two, {"name": "?"}, {"name": "y"})]
    assert [brand.id for brand in serial.update_brands(changes)] == [one]
    assert serial.uncreate_brands([Brand(one, {"name": "x"}), Brand(two, {"name": "?"})]) == [one]


def test_uuids_made_by_postgresql_work(postgres: str, open_store) -> None:
    run(postgres, "CREATE TABLE maker (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text, meta json)")
    store = open_store(postgres, table="maker", columns={"metadata": "meta"}, id_from="database")
    ids = fill(store, 5)
    assert {brand.id for brand in store.list_brands(["name"]).brands} == set(ids)
    assert not store.get_brands(["name"], ["abc", ids[0].upper()])
    assert store.update_brands([BrandUpdate(ids[0], {"metadata": None}, {"metadata": {"a": 1}})])
    assert store.list_brands(["name"], ids[0]).next is None


def test_char_ids_and_enums_of_postgresql_work(postgres: str, open_store) -> None:
    run(
        postgres,
        "CREATE TYPE tier AS ENUM ('gold', 'tin')",
        "CREATE TABLE maker (id char(4) PRIMARY KEY, name varchar(9), tier tier)",
    )
    store = open_store(postgres, table="maker", columns={"handle": "tier"})
    store.create_brands([NewBrand("abcd", {"name": "a", "handle": "gold"})])
    assert store.update_brands([BrandUpdate("abcd", {"handle": "gold"}, {"handle": "tin"})])
    assert store.get_brands(["handle"], ["abcd"]) == [Brand("abcd", {"handle": "tin"})]


def test_ids_of_brandsync_in_a_column_of_numbers_are_a_mistake_that_the_check_finds(url: str, open_store) -> None:
    run(url, f"CREATE TABLE maker (id {SERIAL[kind_of(url)]}, name varchar(200) NOT NULL)")
    store = open_store(url, table="maker", columns={})
    problem = next(finding for finding in store.check() if not finding.ok)
    assert 'the column "id" of maker is of the type integer, and id_from = "client" gives' in problem.what
    assert 'set id_from = "database" in [store]' in (problem.fix or "")
    with pytest.raises(ConfigError, match="id_from"):
        store.create_brands([NewBrand(new_id(), {"name": "a"})])
    assert not store.list_brands(["name"]).brands


def test_a_database_id_without_a_default_shows_in_the_check_of_mysql(mysql: str, open_store) -> None:
    run(mysql, "CREATE TABLE maker (id varchar(9) PRIMARY KEY, name varchar(9))")
    store = open_store(mysql, table="maker", columns={}, id_from="database")
    assert [finding.ok for finding in store.check()] == [True, True, False, True, True, True]
    with pytest.raises(ConfigError, match="default"):
        fill(store, 1)


class OfMySql(MySqlDialect):
    """What MySQL is told, to be tried on a MariaDB."""

    def is_mariadb(self) -> bool:
        return False


def test_mysql_tells_the_last_id_where_it_has_no_returning(mysql: str, open_store) -> None:
    run(mysql, f"CREATE TABLE maker (id {SERIAL['mysql']}, name varchar(200) NOT NULL)")
    store = open_store(mysql, table="maker", columns={}, id_from="database")
    table = Table.of(store.settings)
    assert OfMySql(store.database, table).insert_returning(["name"], [("a",), ("b",), ("c",)]) == ["1", "2", "3"]
    assert [brand.fields["name"] for brand in store.list_brands(["name"]).brands] == ["a", "b", "c"]


def test_a_number_in_a_field_is_read_as_text(url: str, open_store) -> None:
    run(url, "CREATE TABLE maker (id varchar(9) PRIMARY KEY, name integer)", "INSERT INTO maker VALUES ('a', 7)")
    store = open_store(url, table="maker", columns={})
    assert store.get_brands(["name"], ["a"]) == [Brand("a", {"name": "7"})]
    assert store.update_brands([BrandUpdate("a", {"name": "7"}, {"name": "8"})]) == [Brand("a", {"name": "8"})]
    assert store.update_brands([BrandUpdate("a", {"name": "8"}, {"name": "08"})]) == [Brand("a", {"name": "8"})]
