"""What a table's unique indexes have taken, as the database that keeps them compares."""

import logging
from collections.abc import Sequence
from typing import Any

import pytest
from databases import kind_of, name_of, run

from brandsync.brand import NewBrand
from brandsync.database import execute
from brandsync.errors import Rejected
from brandsync.stores.interface import Claim
from brandsync.stores.optional import UniqueValues
from brandsync.stores.sql import SqlStore

ALL = {"id": "id", "name": "name", "handle": "handle", "deleted_at": "deleted_at"}
ALIKE = ("Acme", "ACME", "acme ", "Acm\u00e9", "Acme\u0301", "Acme")


def make(url: str, *more: str, name: str = "varchar(99)", extra: str = "") -> None:
    """A shop's table, and what else is to be done with it."""
    handle = "varchar(99)"
    run(
        url,
        f"CREATE TABLE brand (id varchar(99) PRIMARY KEY, name {name}, handle {handle}, deleted_at varchar(99){extra})",
        *more,
    )


def row(brand_id: str, name: str | None, handle: str | None = None, deleted_at: str | None = None) -> str:
    values = (f"'{value}'" if value is not None else "NULL" for value in (brand_id, name, handle, deleted_at))
    return f"INSERT INTO brand (id, name, handle, deleted_at) VALUES ({', '.join(values)})"


def claims(store: SqlStore, *brands: tuple[str | None, dict[str, Any]], rule: int = 0) -> Sequence[Claim]:
    return store.claims(store.unique_rules()[rule], brands)


def holders(store: SqlStore, *names: str) -> list[str | None]:
    return [claim.holder for claim in claims(store, *((None, {"name": name}) for name in names))]


def fields(store: SqlStore) -> list[tuple[str, ...]]:
    return [rule.fields for rule in store.unique_rules()]


def empty(store: SqlStore) -> None:
    """Delete all rows, on the store's own connection: many times a test."""
    execute(store.database, "DELETE FROM brand")


def agrees(store: SqlStore, names: Sequence[str]) -> bool:
    """Whether two new brands have one claim exactly where the database would refuse the second one."""
    keys = [claim.key for claim in claims(store, *((None, {"name": name}) for name in names))]
    for one, first in enumerate(names):
        for two, second in enumerate(names[:one]):
            refused = _is_refused(store, first, second)
            if refused != (keys[one] == keys[two]):
                raise AssertionError(f"{first!r} and {second!r}: {refused=}, {keys[one]=}, {keys[two]=}")
            store.create_brands([NewBrand("x", {"name": second})])
            if (holders(store, first)[0] == "x") != refused:
                raise AssertionError(f"{first!r} beside {second!r}: {refused=}")
            empty(store)
    return True


def _is_refused(store: SqlStore, *names: str) -> bool:
    try:
        store.create_brands([NewBrand(f"n{number}", {"name": name}) for number, name in enumerate(names)])
    except Rejected:
        return True
    empty(store)
    return False


def test_a_table_without_unique_indexes_has_nothing_to_ask(url: str, open_store) -> None:
    make(url, "CREATE INDEX several ON brand (name)")
    store = open_store(url, columns=ALL)
    assert isinstance(store, UniqueValues)
    assert store.unique_rules() == []


def test_our_own_table_has_none_and_one_that_is_not_there_neither(url: str, open_store) -> None:
    assert open_store(url).unique_rules() == []
    store = open_store(url)
    store.prepare()
    assert store.unique_rules() == []
    run(url, "ALTER TABLE brand ADD COLUMN other varchar(9)", "CREATE UNIQUE INDEX other ON brand (other)")
    assert open_store(url).unique_rules() == []


def test_who_has_a_value_is_told_and_a_brands_own_is_its_own(url: str, open_store) -> None:
    make(url, row("a", "A"), row("b", "B"), row("n", None), "CREATE UNIQUE INDEX once ON brand (name)")
    store = open_store(url, columns=ALL)
    assert fields(store) == [("name",)]
    wanted = [(None, "A"), (None, "new"), ("a", "A"), ("a", "B"), ("b", "new"), ("n", None), (None, None)]
    found = claims(store, *((brand_id, {"name": name}) for brand_id, name in wanted))
    assert [claim.holder for claim in found] == ["a", None, None, "b", None, None, None]
    assert [claim.own for claim in found] == [False, False, True, False, False, False, False]
    assert (found[0].key, found[1].key) == (found[2].key, found[4].key)
    assert found[5].key is found[6].key is None
    assert claims(store, ("a", {"handle": "A"}), (None, {"handle": "A"})) == [Claim(), Claim()]


def test_a_row_that_is_deleted_softly_holds_its_name_still(url: str, open_store) -> None:
    make(url, row("a", "A", None, "2026"), row("b", "B"), "CREATE UNIQUE INDEX once ON brand (name)")
    found = claims(open_store(url, columns=ALL), (None, {"name": "A"}), (None, {"name": "B"}))
    assert [(claim.holder, claim.dead) for claim in found] == [("a", True), ("b", False)]


COLLATIONS = {
    "sqlite": ("", "COLLATE NOCASE", "COLLATE RTRIM"),
    "postgresql": ("", 'COLLATE "C"', "COLLATE ci", "COLLATE ai", "citext"),
    "mysql": (
        "CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
        "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        "CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
        "CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_nopad_ci",
        "CHARACTER SET utf8mb4 COLLATE utf8mb4_german2_ci",
        "CHARACTER SET latin1 COLLATE latin1_swedish_ci",
    ),
}
MORE = ("\u00c4hre", "Aehre", "Ahre", "stra\u00dfe", "strasse", "a", "a  ", "\u00b5", "\u03bc")


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "collation"), [(kind, each) for kind in COLLATIONS for each in COLLATIONS[kind]])
def test_values_are_equal_where_the_column_says_so(kind: str, collation: str, request, open_store) -> None:
    url = request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "postgres", "mysql": "mysql"}[kind])
    prepared = {
        "COLLATE ci": "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
        "COLLATE ai": "CREATE COLLATION ai (provider = icu, locale = 'und-u-ks-level1', deterministic = false)",
    }
    if collation in prepared:
        run(url, prepared[collation])
    if collation == "citext" and not _has_citext(url):
        pytest.skip("this server has no citext")
    make(url, "CREATE UNIQUE INDEX once ON brand (name)", name=f"{'varchar(99) ' * (collation != 'citext')}{collation}")
    names = [name for name in dict.fromkeys((*ALIKE, *MORE)) if "latin1" not in collation or _is_latin(name)]
    assert agrees(open_store(url, columns=ALL), names[:9] if kind == "mysql" else names)


def _has_citext(url: str) -> bool:
    try:
        run(url, "CREATE EXTENSION IF NOT EXISTS citext")
    except Rejected:
        return False
    return True


def _is_latin(name: str) -> bool:
    return name.isascii() or max(name) <= "\xff"


def test_an_index_may_compare_otherwise_than_its_column(url: str, open_store) -> None:
    if kind_of(url) == "mysql":
        pytest.skip("there, an index has no collation of its own")
    if kind_of(url) == "postgresql":
        run(url, "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)")
    collation = "NOCASE" if kind_of(url) == "sqlite" else "ci"
    make(url, f"CREATE UNIQUE INDEX once ON brand (name COLLATE {collation} DESC)")
    assert agrees(open_store(url, columns=ALL), ["Acme", "ACME", "Other", "acme "])


def test_an_index_on_an_expression_is_asked_as_it_is(url: str, open_store) -> None:
    if kind_of(url) == "mysql":
        pytest.skip("MariaDB has no such index")
    make(url, "CREATE UNIQUE INDEX \"odd (name), 100\" ON brand (lower(trim(name)), (coalesce(handle, ',)')) DESC)")
    store = open_store(url, columns=ALL)
    assert fields(store) == [("name", "handle")]
    assert agrees(store, ["Acme", " ACME ", "Other"])
    make_handle = [NewBrand("a", {"name": "A", "handle": "x"})]
    store.create_brands(make_handle)
    found = claims(store, (None, {"name": "a ", "handle": "x"}), (None, {"name": "a", "handle": "y"}))
    assert [claim.holder for claim in found] == ["a", None]
    assert claims(store, ("a", {"handle": "y"}))[0].holder is None


def test_an_index_on_some_rows_concerns_only_these(url: str, open_store) -> None:
    if kind_of(url) == "mysql":
        pytest.skip("MariaDB has no such index")
    make(
        url,
        row("dead", "A", None, "2026"),
        row("b", "B"),
        row("c", "C", "skip it"),
        "CREATE UNIQUE INDEX once ON brand (name) WHERE deleted_at IS NULL AND coalesce(handle, '') <> 'skip it'",
    )
    store = open_store(url, columns=ALL)
    assert holders(store, "A", "B", "C") == [None, "b", None]
    found = claims(store, ("b", {"name": "C"}), ("c", {"name": "B"}), ("c", {"name": "B", "handle": "x"}))
    assert [claim.holder for claim in found] == [None, None, "b"]
    assert found[1].key is None


def test_an_index_on_several_columns_takes_the_others_from_the_row_or_the_default(url: str, open_store) -> None:
    make(
        url,
        row("a", "A", "h"),
        "INSERT INTO brand (id, name, handle, shop) VALUES ('a2', 'A', 'h', 'other')",
        "CREATE UNIQUE INDEX once ON brand (shop, name)",
        extra=", shop varchar(9) NOT NULL DEFAULT 'it''s'",
    )
    store = open_store(url, columns=ALL)
    assert fields(store) == [("name",)]
    run(url, row("b", "B"))
    assert holders(store, "A", "B") == ["a", "b"]
    assert [claim.holder for claim in claims(store, ("a2", {"name": "B"}), ("a", {"name": "B"}))] == [None, "b"]


def test_an_index_on_two_fields_is_about_both(url: str, open_store) -> None:
    make(url, row("a", "A", "h"), row("b", "B", "i"), "CREATE UNIQUE INDEX once ON brand (name, handle)")
    store = open_store(url, columns=ALL)
    wanted = [(None, {"name": "A", "handle": "h"}), (None, {"name": "A", "handle": "i"}), ("b", {"name": "A"})]
    wanted += [("b", {"name": "A", "handle": "h"}), (None, {"name": "A", "handle": None}), ("b", {"handle": "h"})]
    assert [claim.holder for claim in claims(store, *wanted)] == ["a", None, None, "a", None, None]


def test_an_index_on_a_generated_column_is_about_what_it_is_made_of(url: str, open_store) -> None:
    stored = {"postgresql": "STORED", "mysql": "PERSISTENT", "sqlite": "VIRTUAL"}[kind_of(url)]
    formula = "replace(name, '100', ',')" if kind_of(url) != "postgresql" else "lower(name)"
    if kind_of(url) == "sqlite":
        make(url, extra=f", \"the key\" text GENERATED ALWAYS AS (/* ( */ lower({formula})) {stored}, CHECK (id <> '')")
    else:
        key = quoted_key(url)
        make(url, extra=f", {key} varchar(99) GENERATED ALWAYS AS (lower({formula})) {stored}")
    run(url, f"CREATE UNIQUE INDEX once ON brand ({quoted_key(url)})")
    store = open_store(url, columns=ALL)
    assert fields(store) == [("name",)]
    assert agrees(store, ["Acme", "ACME", "other", "100", ","])


def quoted_key(url: str) -> str:
    return "`the key`" if kind_of(url) == "mysql" else '"the key"'


def test_an_index_on_the_first_characters_is_about_these(mysql: str, open_store) -> None:
    make(mysql, "CREATE UNIQUE INDEX once ON brand (name(5))", name="text")
    store = open_store(mysql, columns=ALL)
    assert agrees_over_rules(store, ["abcde", "abcdefg", "abcdeX", "abcd", "ABCDE", "abc", "abxde"])


def agrees_over_rules(store: SqlStore, names: Sequence[str]) -> bool:
    for one, first in enumerate(names):
        for second in names[:one]:
            refused = _is_refused(store, first, second)
            store.create_brands([NewBrand("x", {"name": second})])
            found = [claims(store, (None, {"name": first}), rule=rule)[0].holder for rule in range(2)]
            assert ("x" in found) == refused, (first, second)
            empty(store)
    return True


def test_where_nulls_are_one_value_two_of_them_collide(postgres: str, open_store) -> None:
    make(postgres, "CREATE UNIQUE INDEX once ON brand (handle) NULLS NOT DISTINCT", row("a", "A"), row("b", "B", "b"))
    store = open_store(postgres, columns=ALL)
    found = claims(store, (None, {"name": "N", "handle": None}), ("b", {"handle": None}), ("a", {"handle": "b"}))
    assert [claim.holder for claim in found] == ["a", "a", "b"]
    assert found[0].key == found[1].key is not None


def test_a_char_and_a_domain_compare_as_they_do(postgres: str, open_store) -> None:
    run(postgres, "CREATE DOMAIN label AS varchar(9) CHECK (VALUE <> 'never')")
    make(postgres, "CREATE UNIQUE INDEX once ON brand (name)", name="char(9)")
    assert agrees(open_store(postgres, columns=ALL), ["Acme", "Acme  ", "ACME"])
    run(
        postgres,
        "DROP INDEX once",
        "ALTER TABLE brand ALTER name TYPE label",
        "CREATE UNIQUE INDEX once ON brand (name)",
    )
    assert holders(open_store(postgres, columns=ALL), "never", "a name too long for it") == [None, None]


def test_an_index_that_holds_the_id_tells_nothing(url: str, open_store) -> None:
    make(url, "CREATE UNIQUE INDEX together ON brand (id, name)")
    assert open_store(url, columns=ALL).unique_rules() == []


def test_an_index_that_cannot_be_asked_stops_nothing(url: str, open_store, caplog: pytest.LogCaptureFixture) -> None:
    make(url, "CREATE UNIQUE INDEX once ON brand (name)")
    store = open_store(url, columns=ALL)
    (rule,) = store.unique_rules()
    run(url, "ALTER TABLE brand RENAME TO label")
    assert store.claims(rule, [(None, {"name": "A"})]) == [Claim()]
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "unique index once can't be foreseen" in caplog.text


def test_a_table_of_another_schema_and_odd_names_are_asked_too(url: str, open_store) -> None:
    quote = "`" if kind_of(url) == "mysql" else '"'
    table, column = (f"{quote}{odd}{quote}" for odd in ("odd (x), y", "the %s, name"))
    made = f"CREATE TABLE {table} (id varchar(9) PRIMARY KEY, n varchar(9), {column} varchar(99) UNIQUE)"
    run(url, made if kind_of(url) == "sqlite" else made.replace("%", "%%"))
    store = open_store(url, table="odd (x), y", columns={"id": "id", "name": "the %s, name", "handle": "n"})
    store.create_brands([NewBrand("a", {"name": "100%s", "handle": None})])
    assert holders(store, "100%s", "other") == ["a", None]
    assert claims(store, ("a", {"name": "100%s"}))[0].own


def test_only_the_columns_that_an_index_looks_at_are_read(postgres: str, open_store) -> None:
    role = f"role_{name_of(postgres)}"
    odd = '"my ""odd"" 100%% name"'
    run(
        postgres,
        f"CREATE TABLE brand (id varchar(9) PRIMARY KEY, {odd} varchar(99), secret text)",
        f"CREATE UNIQUE INDEX once ON brand (lower({odd})) WHERE {odd} <> 'x'",
        "INSERT INTO brand VALUES ('a', 'A', NULL), ('b', 'B', NULL)",
        f"CREATE ROLE {role} LOGIN",
        f"GRANT USAGE ON SCHEMA {name_of(postgres)} TO {role}",
        f"GRANT SELECT (id, {odd}) ON brand TO {role}",
    )
    try:
        store = open_store(postgres.replace("postgres@", f"{role}@"), columns={"name": 'my "odd" 100% name'})
        assert [claim.holder for claim in claims(store, (None, {"name": "a"}), ("a", {"name": "b"}))] == ["a", "b"]
        store.close()
    finally:
        run(postgres, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def test_many_brands_are_asked_for_in_few_statements(url: str, open_store) -> None:
    make(url, "CREATE UNIQUE INDEX once ON brand (name)")
    store = open_store(url, columns=ALL)
    store.create_brands([NewBrand(f"b{number}", {"name": f"N{number}"}) for number in range(1200)])
    statements: list[str] = []
    execute = store.database.execute_sql
    store.database.execute_sql = lambda sql, *values: (statements.append(sql), execute(sql, *values))[1]
    found = claims(store, *((None, {"name": f"N{number}"}) for number in range(600, 1800)))
    assert [claim.holder for claim in found] == [f"b{n}" if n < 1200 else None for n in range(600, 1800)]
    assert len(statements) < 12


def test_the_check_tells_what_the_table_takes_once(url: str, open_store) -> None:
    make(url, "CREATE UNIQUE INDEX once ON brand (name)")
    told = [finding.what for finding in open_store(url, columns=ALL).check() if finding.ok]
    assert "each name can be there once (once): a brand in need of it is skipped" in told


def is_told(store: SqlStore, caplog: pytest.LogCaptureFixture, why: str) -> bool:
    """Whether ``check`` and a plan, once, say of the only index that nobody can know what is taken of it."""
    (rule,) = store.unique_rules()
    wanted = [(None, dict.fromkeys(rule.fields, "1")), ("a", {})]
    assert store.claims(rule, wanted) == store.claims(rule, wanted) == [Claim(), Claim()]
    (warning,) = [record.getMessage() for record in caplog.records]
    assert warning.startswith(f"what is taken of the unique index {rule.name} can't be foreseen: {why}")
    told = [finding.what for finding in store.check() if "foreseen" in finding.what]
    return len(told) == 1 and f"({rule.name}), and which are taken can't be foreseen: {why}" in told[0]


def test_what_is_no_text_is_left_to_the_database(url: str, open_store, caplog: pytest.LogCaptureFixture) -> None:
    make(url, "CREATE UNIQUE INDEX once ON brand (number)", extra=", number integer")
    store = open_store(url, columns={**ALL, "handle": "number"})
    assert fields(store) == [("handle",)]
    assert store.claims(store.unique_rules()[0], [("a", {"name": "A"})]) == [Claim()]
    assert not caplog.records
    assert kind_of(url) == "sqlite" or is_told(store, caplog, "the column number is not of a type of text")


@pytest.mark.parametrize(
    "kind", ["integer", "bigint", "numeric", "decimal(9, 2)", "real", "double", "text", "blob", ""]
)
def test_sqlite_makes_numbers_of_digits_as_a_column_of_numbers_does(sqlite_url: str, open_store, kind: str) -> None:
    make(sqlite_url, "CREATE UNIQUE INDEX once ON brand (name)", name=kind)
    names = ["1", "01", " 1", "1.0", "+1", "1e0", "one", "1 one", "", "-0", "0", "9007199254740993", "9007199254740992"]
    store = open_store(sqlite_url, columns=ALL)
    keys = [claim.key for claim in claims(store, *((None, {"name": name}) for name in names))]
    insert = "INSERT OR IGNORE INTO brand (id, name) VALUES (?, ?)"
    for one, first in enumerate(names):
        execute(store.database, insert, ["x", first])
        for two, second in enumerate(names):
            same = [keys[one] == keys[two], holders(store, second)[0] == "x"]
            is_refused = not execute(store.database, insert, ["y", second]).rowcount
            assert same == [is_refused] * 2, (first, second)
            execute(store.database, "DELETE FROM brand WHERE id = 'y'")
        empty(store)


DEFAULTS = {"sqlite": "(lower('IT''S'))", "postgresql": "current_database()", "mysql": "(concat('it', '''s'))"}


def test_a_default_may_be_an_expression(url: str, open_store) -> None:
    make(
        url,
        "CREATE UNIQUE INDEX once ON brand (shop, name)",
        row("a", "A"),
        "INSERT INTO brand (id, name, shop) VALUES ('o', 'Other', 'other')",
        extra=f", shop varchar(99) NOT NULL DEFAULT {DEFAULTS[kind_of(url)]}",
    )
    store = open_store(url, columns=ALL)
    assert holders(store, "A", "B", "Other") == ["a", None, None]
    keys = [claim.key for claim in claims(store, *((None, {"name": name}) for name in ("B", "B", "C")))]
    assert keys[0] == keys[1] != keys[2]


VARYING = {
    "sqlite": "blob DEFAULT (randomblob(16))",
    "postgresql": "uuid DEFAULT gen_random_uuid()",
    "mysql": "varchar(99) DEFAULT uuid()",
}


def test_a_default_that_is_another_each_time_is_told(url: str, open_store, caplog: pytest.LogCaptureFixture) -> None:
    make(url, "CREATE UNIQUE INDEX once ON brand (shop, name)", extra=f", shop {VARYING[kind_of(url)]}")
    store = open_store(url, columns=ALL)
    assert is_told(store, caplog, "the column shop has a default that each insert makes anew")


def test_an_index_of_which_all_new_brands_get_one_value_has_room_for_one(url: str, open_store) -> None:
    make(
        url,
        "CREATE UNIQUE INDEX once ON brand (shop)",
        "CREATE UNIQUE INDEX nulls ON brand (slug)",
        "CREATE UNIQUE INDEX counted ON brand (place)",
        extra=f", shop varchar(9) DEFAULT 'it''s', slug varchar(9), place {VARYING[kind_of(url)]}",
    )
    store = open_store(url, columns=ALL)
    (rule,) = store.unique_rules()
    assert (rule.name, rule.fields) == ("once", ())
    assert holders(store, "A") == [None]
    run(url, row("a", "A"))
    one, other, known = claims(store, (None, {"name": "B"}), (None, {"name": "C"}), ("a", {"name": "C"}))
    assert (one.holder, other.holder, known) == ("a", "a", Claim())
    assert one.key == other.key is not None
    told = [finding.what for finding in store.check()]
    assert "one new brand has room in the unique index once, whose columns are not mapped: map one of them" in told


def test_nulls_of_a_column_that_is_not_mapped_may_be_one_value(postgres: str, open_store) -> None:
    make(postgres, "CREATE UNIQUE INDEX once ON brand (slug) NULLS NOT DISTINCT", extra=", slug text")
    store = open_store(postgres, columns=ALL)
    assert claims(store, (None, {"name": "A"}))[0].key is not None
    run(postgres, row("a", "A"))
    assert holders(store, "B") == ["a"]


def test_an_exclusion_by_equality_alone_is_a_unique_index(postgres: str, open_store) -> None:
    make(postgres, extra=", EXCLUDE USING btree (lower(name) WITH =) WHERE (deleted_at IS NULL)")
    store = open_store(postgres, columns=ALL)
    assert fields(store) == [("name",)]
    assert agrees(store, ["Acme", "ACME", "Other"])


def test_an_exclusion_by_anything_else_is_told(postgres: str, open_store, caplog: pytest.LogCaptureFixture) -> None:
    overlap = "EXCLUDE USING gist (int4range(length(name), length(name) + 1) WITH &&)"
    make(postgres, extra=f", CONSTRAINT once {overlap}")
    assert is_told(open_store(postgres, columns=ALL), caplog, "it excludes by other operators than =")


def test_an_index_on_one_partition_is_told(postgres: str, open_store, caplog: pytest.LogCaptureFixture) -> None:
    run(
        postgres,
        "CREATE TABLE brand (id text PRIMARY KEY, name text) PARTITION BY HASH (id)",
        "CREATE TABLE brand_0 PARTITION OF brand FOR VALUES WITH (MODULUS 1, REMAINDER 0)",
        "CREATE UNIQUE INDEX once ON brand_0 (name)",
    )
    store = open_store(postgres, columns={"id": "id", "name": "name"})
    assert is_told(store, caplog, "it is on one partition alone, brand_0")


def test_an_index_whose_expression_fails_for_one_name_is_asked_about_the_others(
    postgres: str, open_store, caplog: pytest.LogCaptureFixture
) -> None:
    make(postgres, row("a", "07"), "CREATE UNIQUE INDEX once ON brand ((name::int))")
    store = open_store(postgres, columns=ALL)
    assert holders(store, "7", "8", "seven", "007") == ["a", None, None, "a"]
    (warning,) = [record.getMessage() for record in caplog.records]
    assert "can't be foreseen: " in warning
    assert '"seven"' in warning
