"""What a table's columns cannot hold is known while planning, or told with the field at fault."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from databases import encoded_database, fresh_database, kind_of, run

from brandsync.brand import Brand, NewBrand
from brandsync.database import connect, execute
from brandsync.errors import ConfigError, Rejected
from brandsync.new_id import new_id
from brandsync.stores.sql import SqlStore


def values(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, **more}


@pytest.mark.parametrize("own", [True, False])
def test_a_character_that_the_databases_encoding_lacks_is_known_while_planning(open_store, own: bool) -> None:
    with encoded_database("LATIN1") as url:
        columns = {} if own else {"columns": {"handle": "slug"}}
        if not own:
            run(url, "CREATE TABLE brand (id text PRIMARY KEY, name text, slug text)")
        store = open_store(url, **columns)
        store.read_only()
        reason = store.refuses(values("無印良品"))
        assert reason
        assert "name '無印良品'" in reason
        assert "'無'" in reason
        assert "LATIN1" in reason
        assert "half a character" not in reason
        assert "handle" in str(store.refuses(values("Acme", handle="無")))
        assert store.refuses(values("Café")) is None
        if own:
            assert "metadata" in str(store.refuses(values("Acme", metadata={"ja": "無"})))
        store.close()


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("name", "a\0b", "its name holds the character U+0000, which PostgreSQL cannot store"),
        ("description", "a\0b", "its description holds the character U+0000, which PostgreSQL cannot store"),
        ("metadata", {"a": ["\0"]}, "its metadata holds the character U+0000, which PostgreSQL cannot store"),
        ("handle", "a\ud83c", "its handle holds half a character (a lone surrogate), which no database can store"),
        ("metadata", {"a": float("nan")}, "its metadata holds NaN or Infinity, which JSON does not have"),
    ],
)
def test_a_text_that_no_database_holds_is_told_with_its_field(
    postgres: str, open_store, field: str, value: object, reason: str
) -> None:
    run(postgres, "CREATE TABLE brand (id text PRIMARY KEY, name text, h text, d text, m jsonb)")
    store = open_store(postgres, columns={"handle": "h", "description": "d", "metadata": "m"})
    assert store.refuses({**values("Acme", handle="h", description="d", metadata={"a": 1}), field: value}) == reason


def test_a_database_that_takes_any_bytes_keeps_every_text(open_store) -> None:
    with encoded_database("SQL_ASCII") as url:
        store = open_store(url)
        assert store.refuses(values("無印良品")) is None
        store.prepare()
        store.create_brands([NewBrand("b1", values("無印良品", handle="é"))])
        assert [*store.list_brands(["name", "handle"]).brands] == [Brand("b1", {"name": "無印良品", "handle": "é"})]
        store.close()


def test_a_column_of_mysql_has_an_encoding_of_its_own(mysql: str, open_store) -> None:
    run(
        mysql,
        "CREATE TABLE brand (id varchar(40) PRIMARY KEY, name varchar(50) CHARACTER SET latin1,"
        " slug varchar(50) CHARACTER SET utf8mb3, d longtext CHARACTER SET utf8mb4)",
    )
    store = open_store(mysql, columns={"handle": "slug", "description": "d"})
    assert store.refuses(values("Café €", handle="無", description="🙂")) is None
    assert "latin1" in str(store.refuses(values("無")))
    assert "utf8mb3" in str(store.refuses(values("A", handle="🙂")))
    store.create_brands([NewBrand("b1", values("Café €", handle="無", description="🙂"))])
    assert store.get_brands(["name"], ["b1"]) == [Brand("b1", {"name": "Café €"})]


def test_a_text_that_no_statement_of_the_server_can_hold_is_known_while_planning(mysql: str, open_store) -> None:
    store = open_store(mysql)
    with closing(connect(mysql)) as database:
        (most,) = execute(database, "SELECT @@max_allowed_packet").fetchone()
    assert "max_allowed_packet" in str(store.refuses(values("Huge", description="y" * most)))
    assert store.refuses(values("Large", description="y" * (most // 2))) is None


def test_a_text_that_is_too_long_is_known_while_planning(postgres: str, open_store) -> None:
    run(postgres, "CREATE TABLE brand (id text PRIMARY KEY, name varchar(20), slug char(5))")
    store: SqlStore = open_store(postgres, columns={"handle": "slug"})
    store.list_brands(["name"])
    assert store.refuses(values("Acme", handle="acme")) is None
    assert store.refuses(values("A name that is longer than twenty", handle="a")) == (
        'its name is text ("A name that is longer than twenty"), and the column "name" takes 20 characters,'
        " and it has 33"
    )
    assert 'the column "slug" takes 5 characters, and it has 6' in str(store.refuses(values("Acme", handle="longer")))


def test_a_value_that_is_taken_is_named_by_postgresql(postgres: str, open_store) -> None:
    run(postgres, "CREATE TABLE brand (id text PRIMARY KEY, name text, slug text UNIQUE)")
    store = open_store(postgres, columns={"handle": "slug"})
    store.create_brands([NewBrand("b1", values("A", handle="acme"))])
    with pytest.raises(Rejected, match=r"Key \(slug\)=\(acme\) already exists"):
        store.create_brands([NewBrand("b2", values("B", handle="acme"))])


# Row-level security.


@pytest.fixture
def secured(postgres: str) -> Any:
    """A table under row-level security, as a user whom it concerns: the URL, and what adds a policy."""
    name = postgres.rpartition("%3D")[2]
    role = f"{name}_user"
    run(
        postgres,
        "CREATE TABLE brand (id text PRIMARY KEY, name text NOT NULL)",
        "ALTER TABLE brand ENABLE ROW LEVEL SECURITY",
        f"CREATE ROLE {role} LOGIN",
        f"GRANT USAGE ON SCHEMA {name} TO {role}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON brand TO {role}",
        "INSERT INTO brand VALUES ('theirs', 'Acme')",
    )
    scheme, _, rest = postgres.partition("://")
    yield f"{scheme}://{role}@{rest.rpartition('@')[2]}", lambda policy: run(postgres, f"CREATE POLICY {policy}")
    run(postgres, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def found(store: SqlStore) -> dict[str, bool]:
    return {finding.what: finding.ok for finding in store.check()}


def test_under_row_level_security_rows_are_inserted_where_they_cannot_be_copied(secured: Any, open_store) -> None:
    url, allow = secured
    allow("everything ON brand USING (true) WITH CHECK (true)")
    store = open_store(url, columns={})
    assert all(found(store).values())
    assert not any("row-level" in what for what in found(store))
    store.create_brands([NewBrand("b1", values("A")), NewBrand("b2", values("B"))])
    assert {brand.id for brand in store.list_brands(["name"]).brands} == {"theirs", "b1", "b2"}


def test_a_table_whose_every_row_is_hidden_is_refused_by_check_and_by_a_run(secured: Any, open_store) -> None:
    url, allow = secured
    allow("writing ON brand FOR INSERT WITH CHECK (true)")
    with pytest.raises(ConfigError, match="hides every row") as caught:
        open_store(url, columns={}).list_brands(["name"])
    assert "_user USING (true)" in str(caught.value.hint)
    store = open_store(url, columns={})
    assert [ok for what, ok in found(store).items() if "hides every row" in what] == [False]


def test_hidden_rows_are_told_of_a_table_with_a_percent_sign_in_its_name(secured: Any, postgres, open_store) -> None:
    url, allow = secured
    run(postgres, 'ALTER TABLE brand RENAME TO "50%%s off"')
    store = open_store(url, table="50%s off", columns={})
    assert any("hides every row of the table 50%s off" in what for what in found(store))
    allow("these ON \"50%%s off\" USING (name <> 'Acme')")
    store = open_store(url, table="50%s off", columns={})
    assert any("may hide rows of the table 50%s off" in what for what in found(store))


def test_a_row_that_a_policy_refuses_is_that_brands_matter(secured: Any, open_store) -> None:
    url, allow = secured
    allow("everything ON brand USING (true) WITH CHECK (name <> 'Bad')")
    store = open_store(url, columns={})
    store.create_brands([NewBrand("b1", values("Good"))])
    with pytest.raises(Rejected, match="row-level security policy"):
        store.create_brands([NewBrand("b2", values("Bad"))])


def test_a_policy_that_may_hide_rows_is_told_by_check(secured: Any, open_store) -> None:
    url, allow = secured
    allow("a_part ON brand USING (name <> 'Acme') WITH CHECK (true)")
    store = open_store(url, columns={})
    assert [ok for what, ok in found(store).items() if "may hide rows" in what] == [True]
    assert [*store.list_brands(["name"]).brands] == []


# What a new row needs.

NEEDY = {
    "sqlite": "CREATE TABLE brand (id text PRIMARY KEY, name text, shop text NOT NULL)",
    "postgresql": "CREATE TABLE brand (id text PRIMARY KEY, name text, shop text NOT NULL)",
    "mysql": "CREATE TABLE brand (id varchar(40) PRIMARY KEY, name text, shop varchar(9) NOT NULL)",
}


def test_check_names_a_column_that_needs_a_value_and_gets_none(url: str, open_store) -> None:
    run(url, NEEDY[kind_of(url)])
    wrong = [what for what, ok in found(open_store(url, columns={})).items() if not ok]
    assert len(wrong) == 1
    assert "shop" in wrong[0]


def test_a_trigger_may_give_that_value(postgres: str, open_store) -> None:
    run(
        postgres,
        NEEDY["postgresql"],
        "CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.shop = 's'; RETURN NEW; END $$",
        "CREATE TRIGGER fill BEFORE INSERT ON brand FOR EACH ROW EXECUTE FUNCTION fill()",
    )
    store = open_store(postgres, columns={})
    assert all(found(store).values())
    store.create_brands([NewBrand("b1", values("A"))])


@pytest.mark.parametrize(
    ("kind", "id_type"),
    [
        ("sqlite", "integer"),
        ("postgresql", "serial"),
        ("postgresql", "numeric"),
        ("postgresql", "uuid"),
        ("postgresql", "varchar(20)"),
        ("mysql", "int AUTO_INCREMENT"),
        ("mysql", "varchar(20)"),
        ("mysql", "decimal(20)"),
    ],
)
def test_an_id_that_does_not_fit_its_column_is_found_by_check_and_told_by_the_first_run(
    kind: str, id_type: str, tmp_path: Path, open_store
) -> None:
    with fresh_database(kind, tmp_path) as url:
        run(url, f"CREATE TABLE brand (id {id_type} PRIMARY KEY, name varchar(50))")
        store = open_store(url, columns={})
        assert [ok for what, ok in found(store).items() if "id_from" in what] == [False]
        with pytest.raises(ConfigError, match="id_from"):
            store.create_brands([NewBrand(new_id(), values("A"))])
        store.close()


def test_a_file_whose_directory_is_missing_or_may_not_be_written_is_found_by_check(tmp_path: Path, open_store) -> None:
    (finding,) = open_store(f"sqlite:///{tmp_path}/none/brands.db").check()
    assert (finding.ok, finding.fix) == (False, "make it")
    assert f"{tmp_path}/none" in finding.what
