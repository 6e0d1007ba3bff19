"""A table that takes no new brand, whatever it holds: check, a dry run and a run say so before anything is written."""

import pytest
from databases import kind_of, name_of, run
from shop import Shop, entries

from brandsync.brand import NewBrand
from brandsync.errors import ConfigError

_FUNCTION = """CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN NEW.id = gen_random_uuid()::text; NEW.tier = 'tin'; RETURN NEW; END$$"""
TRIGGERS = {
    "postgresql": (_FUNCTION, "CREATE TRIGGER fill BEFORE INSERT ON maker FOR EACH ROW EXECUTE FUNCTION fill()"),
    "mysql": ("CREATE TRIGGER fill BEFORE INSERT ON maker FOR EACH ROW SET NEW.id = uuid(), NEW.tier = 'tin'",),
}
NEEDS_A_TIER = 'the column "tier" of maker needs a value and has no default: no brand can be created'
GIVES_NO_IDS = 'the column "id" of maker has no default and does not count up'


def made(shop: Shop, columns: str, **settings: object) -> Shop:
    """A shop with a table of these columns, and three brands to create in it."""
    run(shop.database_url, f"CREATE TABLE maker ({columns})")
    shop.set("store", table="maker", **settings).set("store.columns", name="name")
    shop.set("cms.fields", description=None).set("journal", url=f"sqlite:///{shop.directory}/journal.db")
    shop.publish(*entries(3))
    return shop


def assert_said_alike(shop: Shop, told: str, hint: str) -> None:
    """Check, a dry run and a run say this, and nothing has been written."""
    before = shop.query("SELECT count(*) FROM maker")
    checked = shop.run("check")
    (found,) = (line for line in checked.stdout.splitlines() if line.startswith("✗"))
    assert (checked.returncode, told in found, hint in found) == (78, True, True)
    for options in ({}, {"dry_run": True}):
        ended = shop.sync(**options)
        assert (ended["exit_code"], told in ended["error"], hint in ended["hint"]) == (78, True, True), ended
        assert not ended["changes"]
    assert shop.query("SELECT count(*) FROM maker") == before


def test_a_column_that_nobody_fills_is_told_before_the_first_brand(any_shop: Shop) -> None:
    made(any_shop, "id varchar(40) PRIMARY KEY, name varchar(40) NOT NULL, tier varchar(9) NOT NULL")
    assert_said_alike(any_shop, NEEDS_A_TIER, "[store.columns]")


def test_it_is_no_hindrance_where_nothing_is_created(any_shop: Shop) -> None:
    made(any_shop, "id varchar(40) PRIMARY KEY, name varchar(40) NOT NULL, tier varchar(9) NOT NULL")
    for number in range(3):
        any_shop.execute(f"INSERT INTO maker VALUES ('b{number}', 'Brand {number}', 'tin')")
    assert any_shop.sync()["counts"]["adopted"] == 3


def test_a_mapped_column_to_which_no_field_of_the_cms_leads_is_told_too(any_shop: Shop) -> None:
    made(any_shop, "id varchar(40) PRIMARY KEY, name varchar(40) NOT NULL, tier varchar(9) NOT NULL")
    any_shop.set("store.columns", handle="tier")
    for options in ({}, {"dry_run": True}):
        ended = any_shop.sync(**options)
        assert (ended["exit_code"], ended["error"]) == (78, NEEDS_A_TIER)
        assert ended["hint"] == "give it a default, or map handle in [cms.fields]"


def test_ids_of_brandsync_in_a_column_of_numbers_are_told_before_the_first_brand(any_shop: Shop) -> None:
    made(any_shop, "id integer PRIMARY KEY, name varchar(40) NOT NULL")
    assert_said_alike(any_shop, 'is of the type integer, and id_from = "client"', 'id_from = "database"')


@pytest.mark.parametrize("key", ["PRIMARY KEY", "UNIQUE"])
def test_an_id_column_that_gives_no_ids_is_told_before_the_first_brand(any_shop: Shop, key: str) -> None:
    made(any_shop, f"id varchar(40) {key}, name varchar(40) NOT NULL", id_from="database")
    assert_said_alike(any_shop, GIVES_NO_IDS, 'set id_from = "client" in [store], or give the column a default')


def test_numbers_that_do_not_count_up_need_a_default(any_shop: Shop) -> None:
    without_rowid = " WITHOUT ROWID" * (kind_of(any_shop.database_url) == "sqlite")
    made(any_shop, "id integer PRIMARY KEY, name varchar(40) NOT NULL", id_from="database")
    any_shop.execute("DROP TABLE maker")
    any_shop.execute(f"CREATE TABLE maker (id integer PRIMARY KEY, name varchar(40) NOT NULL){without_rowid}")
    assert_said_alike(any_shop, GIVES_NO_IDS, "give the column a default")


@pytest.mark.parametrize(
    "key",
    [
        "id TEXT PRIMARY KEY DEFAULT (hex(randomblob(9)))",
        "id INTEGER PRIMARY KEY",
        "id integer primary key autoincrement",
    ],
)
def test_sqlite_gives_ids_in_many_ways(shop: Shop, key: str) -> None:
    made(shop, f"{key}, name TEXT NOT NULL", id_from="database")
    assert shop.sync(dry_run=True)["exit_code"] == 0
    assert shop.sync()["counts"]["created"] == 3


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_what_a_trigger_fills_needs_nothing_else(any_shop: Shop, kind: str) -> None:
    if kind_of(any_shop.database_url) != kind:
        pytest.skip("another database's trigger")
    columns = "id varchar(40) PRIMARY KEY, name varchar(40) NOT NULL, tier varchar(9) NOT NULL"
    made(any_shop, columns, id_from="database")
    for statement in TRIGGERS[kind]:
        any_shop.execute(statement.replace("%", "%%"))
    assert any_shop.run("check").returncode == 0
    assert any_shop.sync(dry_run=True)["exit_code"] == 0
    assert any_shop.sync()["counts"]["created"] == 3


def test_what_a_domain_or_a_rule_fills_needs_nothing_else(postgres: str, open_store) -> None:
    run(
        postgres,
        "CREATE DOMAIN brand_id AS text DEFAULT gen_random_uuid()::text",
        "CREATE TABLE maker (id brand_id PRIMARY KEY, name text NOT NULL)",
        "CREATE TABLE other (id text PRIMARY KEY, name text NOT NULL)",
        "CREATE RULE fill AS ON INSERT TO other DO INSTEAD"
        " INSERT INTO maker (name) VALUES (NEW.name) RETURNING maker.id::text, maker.name",
    )
    for table in ("maker", "other"):
        open_store(postgres, table=table, columns={}, id_from="database").require_creatable(["name"])


def test_what_a_hidden_trigger_may_fill_is_left_to_mariadb(mysql: str, open_store) -> None:
    run(mysql, "CREATE TABLE maker (id varchar(40) PRIMARY KEY, name varchar(40) NOT NULL)")
    user = f"{name_of(mysql)[:20]}@'%%'"
    run(mysql, f"CREATE USER {user}", f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name_of(mysql)}.* TO {user}")
    try:
        scheme, _, rest = mysql.partition("://")
        store = open_store(
            f"{scheme}://{name_of(mysql)[:20]}@{rest.rpartition('@')[2]}", table="maker", columns={}, id_from="database"
        )
        store.require_creatable(["name"])
        run(mysql, f"GRANT TRIGGER ON {name_of(mysql)}.maker TO {user}")
        with pytest.raises(ConfigError, match="does not count up"):
            store.require_creatable(["name"])
    finally:
        run(mysql, f"DROP USER {user}")


def test_a_row_that_got_no_id_is_not_said_to_be_there(sqlite_url: str, open_store) -> None:
    run(sqlite_url, "CREATE TABLE maker (id TEXT PRIMARY KEY, name TEXT NOT NULL)")
    store = open_store(sqlite_url, table="maker", columns={}, id_from="database")
    with pytest.raises(ConfigError, match="waits for its ids"):
        store.create_brands([NewBrand(None, {"name": "a"})])
    assert not run(sqlite_url, "SELECT * FROM maker")


def test_a_dry_run_knows_that_a_new_file_cannot_be_made(shop: Shop) -> None:
    shop.set("store", url=f"sqlite:///{shop.directory}/none/brands.db")
    shop.set("journal", url=f"sqlite:///{shop.directory}/journal.db").publish(*entries(1))
    ended = shop.sync(dry_run=True)
    assert (ended["exit_code"], "none, where brands.db belongs, is not a directory" in ended["error"]) == (78, True)
