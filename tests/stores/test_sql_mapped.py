import pytest
from databases import column_types, kind_of, name_of, quoted, run

from brandsync.brand import Brand, BrandUpdate, NewBrand
from brandsync.errors import ConfigError, CredentialsRefused, Rejected, Unreadable
from brandsync.stores.sql import SqlStore

ODD = 'my "odd" `select`\'s table'


def make(store: SqlStore, *ids: str) -> None:
    store.create_brands([NewBrand(brand_id, {"name": brand_id}) for brand_id in ids])


def names(store: SqlStore) -> dict[str, object]:
    return {brand.id: brand.fields["name"] for brand in store.list_brands(["name"]).brands}


def test_only_what_is_mapped_is_held(medusa: SqlStore) -> None:
    assert medusa.capabilities.fields == {"name"}
    make(medusa, "a", "b")
    assert names(medusa) == {"a": "a", "b": "b"}
    assert all(finding.ok for finding in medusa.check())


def test_a_softly_deleted_brand_is_hidden_unchangeable_and_restorable(medusa: SqlStore, url: str) -> None:
    make(medusa, "a", "b")
    assert medusa.delete_brands([Brand("a", {"name": "a"})]) == ["a"]
    assert names(medusa) == {"b": "b"}
    assert not medusa.get_brands(["name"], ["a"])
    assert not medusa.update_brands([BrandUpdate("a", {"name": "a"}, {"name": "x"})])
    assert medusa.delete_brands([Brand("a", {"name": "a"})]) == ["a"]
    assert run(url, "SELECT count(*) FROM brand WHERE deleted_at IS NOT NULL") == [(1,)]
    wanted = [NewBrand("a", {"name": "A"}), NewBrand("b", {"name": "b"}), NewBrand("c", {"name": "c"})]
    assert medusa.restore_brands(wanted) == [Brand(str(new.id), new.fields) for new in wanted]
    assert names(medusa) == {"a": "A", "b": "b", "c": "c"}


def test_taking_back_a_creation_leaves_no_trace(medusa: SqlStore, url: str) -> None:
    make(medusa, "a", "b", "c")
    medusa.delete_brands([Brand("c", {})])
    expected = [Brand("a", {"name": "a"}), Brand("b", {"name": "edited"}), Brand("c", {"name": "c"})]
    assert set(medusa.uncreate_brands(expected)) == {"a", "c"}
    assert run(url, "SELECT id FROM brand") == [("b",)]


def test_an_update_moves_updated_at_alone(medusa: SqlStore, url: str) -> None:
    run(url, "INSERT INTO brand VALUES ('a', 'a', '2020-01-01 00:00:00', '2020-01-01 00:00:00', NULL)")
    medusa.update_brands([BrandUpdate("a", {"name": "a"}, {"name": "b"})])
    moved = "SELECT count(*) FROM brand WHERE created_at < '2021-01-01' AND updated_at > '2021-01-01'"
    assert run(url, moved) == [(1,)]


def test_times_are_utc(medusa: SqlStore, url: str) -> None:
    make(medusa, "a")
    apart = {
        "sqlite": "SELECT abs(julianday(created_at) - julianday('now')) * 86400 FROM brand",
        "postgresql": "SELECT abs(extract(epoch FROM created_at - now()))::float8 FROM brand",
        "mysql": "SELECT abs(timestampdiff(SECOND, created_at, utc_timestamp(6))) FROM brand",
    }[kind_of(url)]
    assert run(url, apart)[0][0] < 60


def test_a_table_without_times_is_fine(url: str, open_store) -> None:
    run(url, f"CREATE TABLE labels (code {column_types(url)[0]} PRIMARY KEY, title {column_types(url)[0]})")
    store = open_store(url, table="labels", columns={"id": "code", "name": "title"})
    make(store, "a")
    store.update_brands([BrandUpdate("a", {"name": "a"}, {"name": "b"}), BrandUpdate("a", {}, {})])
    assert names(store) == {"a": "b"}
    assert store.delete_brands([Brand("a", {"name": "b"})]) == ["a"]


def test_odd_names_of_tables_and_columns_are_quoted(url: str, open_store) -> None:
    text, long, _, json = column_types(url)
    table, key, name, meta = (quoted(url, odd) for odd in (ODD, "the id", "select %s", "meta"))
    run(url, f"CREATE TABLE {table} ({key} {text} PRIMARY KEY, {name} {long} NOT NULL, {meta} {json})")
    columns = {"id": "the id", "name": "select %s", "metadata": "meta"}
    store = open_store(url, table=ODD, columns=columns)
    made = store.create_brands([NewBrand(i, {"name": i, "metadata": {"b": 1, "a": [i]}}) for i in ("a", "b")])
    assert made[0].fields == {"name": "a", "metadata": {"a": ["a"], "b": 1}}
    assert store.update_brands([BrandUpdate("a", made[0].fields, {"name": "%s", "metadata": None})])
    assert names(store) == {"a": "%s", "b": "b"}
    assert store.delete_brands(made) == ["b"]


def test_a_table_of_another_schema_is_found(url: str, medusa: SqlStore, open_store) -> None:
    schema = "main" if kind_of(url) == "sqlite" else name_of(url)
    store = open_store(url.partition("?")[0], table=f"{schema}.brand", columns={})
    make(store, "a")
    assert names(store) == names(medusa) == {"a": "a"}


def test_metadata_written_with_other_spacing_is_the_same(url: str, open_store) -> None:
    run(url, f"CREATE TABLE t (id {column_types(url)[0]} PRIMARY KEY, name {column_types(url)[0]}, meta text)")
    run(url, """INSERT INTO t VALUES ('a', 'a', '{"b" :  1, "a":2}'), ('b', 'b', 'null')""")
    store = open_store(url, table="t", columns={"metadata": "meta"})
    assert store.update_brands([BrandUpdate("a", {"metadata": {"a": 2, "b": 1}}, {"metadata": {}})])
    assert store.get_brands(["metadata"], ["b"]) == [Brand("b", {"metadata": None})]


def test_metadata_that_is_no_json_is_unreadable_and_names_the_brand(url: str, open_store) -> None:
    run(url, f"CREATE TABLE t (id {column_types(url)[0]} PRIMARY KEY, name {column_types(url)[0]}, meta text)")
    run(url, "INSERT INTO t VALUES ('b7', 'a', '{oops')")
    with pytest.raises(Unreadable, match="b7"):
        open_store(url, table="t", columns={"metadata": "meta"}).list_brands(["metadata"])


@pytest.mark.parametrize("other", ["ACME", "Acme "])
def test_a_lax_collation_takes_nothing_for_something_else(url: str, open_store, other: str) -> None:
    lax = {"sqlite": "COLLATE NOCASE", "mysql": "COLLATE utf8mb4_general_ci", "postgresql": "COLLATE ci"}
    collation = lax[kind_of(url)]
    if kind_of(url) == "postgresql":
        run(url, "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)")
    run(url, f"CREATE TABLE t (id varchar(99) {collation} PRIMARY KEY, name varchar(99) {collation})")
    store = open_store(url, table="t", columns={})
    make(store, "Acme")
    assert not store.update_brands([BrandUpdate("Acme", {"name": other}, {"name": "x"})])
    assert not store.update_brands([BrandUpdate(other, {"name": "Acme"}, {"name": "x"})])
    assert not store.get_brands(["name"], [other])
    assert store.delete_brands([Brand(other, {})]) == [other]
    assert names(store) == {"Acme": "Acme"}
    assert store.update_brands([BrandUpdate("Acme", {"name": "Acme"}, {"name": other})])
    store.page_size = 1
    assert [*store.list_brands(["name"], store.list_brands(["name"]).next).brands] == []
    assert names(store) == {"Acme": other}


def test_a_text_too_long_for_its_column_is_rejected_and_never_cut(url: str, open_store) -> None:
    check = "CHECK (length(name) <= 5)" if kind_of(url) == "sqlite" else ""
    run(url, f"CREATE TABLE t (id varchar(99) PRIMARY KEY, name varchar(5) {check})")
    store = open_store(url, table="t", columns={})
    make(store, "a")
    with pytest.raises(Rejected):
        make(store, "too long")
    with pytest.raises(Rejected):
        store.update_brands([BrandUpdate("a", {"name": "a"}, {"name": "too long"})])
    assert names(store) == {"a": "a"}


def test_a_brand_that_other_rows_need_is_not_deleted(url: str, open_store) -> None:
    text = "varchar(99)"
    run(url, f"CREATE TABLE t (id {text} PRIMARY KEY, name {text})")
    run(url, f"CREATE TABLE product (brand {text}, FOREIGN KEY (brand) REFERENCES t (id))")
    store = open_store(url, table="t", columns={})
    make(store, "a", "b")
    run(url, "INSERT INTO product VALUES ('a')")
    with pytest.raises(Rejected, match=r"(?i)foreign key"):
        store.delete_brands([Brand("a", {}), Brand("b", {})])
    assert names(store) == {"a": "a", "b": "b"}


def test_a_trigger_has_the_last_word(postgres: str, open_store) -> None:
    run(
        postgres,
        "CREATE TABLE t (id text PRIMARY KEY, name text)",
        "CREATE FUNCTION trim_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF NEW.name = 'lost' THEN RETURN NULL; END IF; NEW.name = trim(NEW.name); RETURN NEW; END $$",
        "CREATE TRIGGER tidy BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION trim_it()",
    )
    store = open_store(postgres, table="t", columns={})
    assert store.create_brands([NewBrand("a", {"name": " a "})]) == [Brand("a", {"name": "a"})]
    assert store.update_brands([BrandUpdate("a", {"name": "a"}, {"name": " b"})]) == [Brand("a", {"name": "b"})]
    with pytest.raises(Rejected, match="triggers"):
        store.create_brands([NewBrand("c", {"name": "lost"})])


def test_a_mapped_table_that_is_missing_is_named(url: str, open_store) -> None:
    run(url, "CREATE TABLE other (id integer)")
    store = open_store(url, table="brnad", columns={})
    for call in (lambda: store.list_brands(["name"]), store.prepare, lambda: make(store, "a")):
        with pytest.raises(ConfigError, match="no table brnad in"):
            call()
    assert [finding.ok for finding in store.check()] == [True, False]


def test_a_mapped_table_in_a_file_that_is_missing_is_named_and_the_file_not_made(tmp_path, open_store) -> None:
    with pytest.raises(ConfigError, match="no table brand in"):
        open_store(f"sqlite:///{tmp_path / 'none.db'}", columns={}).list_brands(["name"])
    finding = next(finding for finding in open_store(f"sqlite:///{tmp_path / 'none.db'}", columns={}).check())
    assert "there is no such file" in finding.what
    assert "correct the path in [store] url" in (finding.fix or "")
    assert list(tmp_path.iterdir()) == []


def refused(store: SqlStore, match: str) -> None:
    """Both a run and the check say so before anything is written."""
    with pytest.raises(ConfigError, match=match) as caught:
        store.list_brands(["name"])
    assert (caught.value.message, caught.value.hint) in [(found.what, found.fix) for found in store.check()]


def test_a_mapped_column_that_is_generated_is_refused(url: str, open_store) -> None:
    lower = "varchar(99) GENERATED ALWAYS AS (lower(name)) STORED"
    run(url, f"CREATE TABLE t (id varchar(99) PRIMARY KEY, name varchar(99), s {lower})")
    refused(open_store(url, table="t", columns={"handle": "s"}), 'the column "s" of the table t is generated: handle')
    assert all(finding.ok for finding in open_store(url, table="t", columns={}).check())


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("created_at", "bigint"),
        ("updated_at", "INTEGER"),
        ("deleted_at", "boolean"),
        ("created_at", "numeric(12,3)"),
        ("deleted_at", "double precision"),
    ],
)
def test_a_column_that_holds_no_moment_is_not_taken_for_one(url: str, open_store, name: str, kind: str) -> None:
    run(url, f"CREATE TABLE t (id varchar(99) PRIMARY KEY, name varchar(99), moment {kind})")
    refused(open_store(url, table="t", columns={name: "moment"}), f'"moment" of the table t is of the type .*: {name}')


def test_a_time_of_deletion_that_every_row_has_is_refused(url: str, open_store) -> None:
    run(url, f"CREATE TABLE t (id varchar(99) PRIMARY KEY, name varchar(99), gone {column_types(url)[2]} NOT NULL)")
    refused(
        open_store(url, table="t", columns={"deleted_at": "gone"}), 'the column "gone" of the table t is never NULL'
    )


@pytest.mark.parametrize("kind", ["timestamp", "date", "varchar(40)", "text", "datetime"])
def test_moments_are_kept_in_columns_of_many_types(url: str, open_store, kind: str) -> None:
    if kind == "datetime" and kind_of(url) == "postgresql":
        kind = "timestamptz"
    run(url, f"CREATE TABLE t (id varchar(99) PRIMARY KEY, name varchar(99), made {kind} NULL, gone {kind} NULL)")
    store = open_store(url, table="t", columns={"created_at": "made", "deleted_at": "gone"})
    make(store, "a", "b")
    assert store.delete_brands([Brand("a", {})]) == ["a"]
    assert names(store) == {"b": "b"}
    assert all(finding.ok for finding in store.check())


@pytest.mark.usefixtures("medusa")
def test_a_mapped_column_that_is_missing_is_named_with_the_one_that_was_meant(url: str, open_store) -> None:
    store = open_store(url, columns={"name": "nmae", "handle": "zzz"})
    with pytest.raises(ConfigError, match=r'"nmae" \(did you mean "name"\?\), "zzz"'):
        store.list_brands(["name"])


def test_an_id_that_is_not_unique_is_refused(url: str, open_store) -> None:
    run(url, "CREATE TABLE t (id varchar(99), name varchar(99))")
    with pytest.raises(ConfigError, match="unique"):
        open_store(url, table="t", columns={}).list_brands(["name"])


def test_mapped_jsonb_cannot_hold_nul(postgres: str, open_store) -> None:
    store = open_store(postgres, table="t", columns={"metadata": "m"})
    assert store.refuses({"name": "a", "metadata": {"a": "\0"}})


@pytest.fixture
def reader(url: str, medusa: SqlStore):
    """A user of the server that may only read."""
    if kind_of(url) == "sqlite":
        pytest.skip("SQLite has no users")
    user, name = f"r_{name_of(url)[-12:]}", name_of(url)
    make(medusa, "a")
    medusa.close()
    if kind_of(url) == "postgresql":
        run(url, f"CREATE ROLE {user} LOGIN", f"GRANT USAGE ON SCHEMA {name} TO {user}")
    else:
        run(url, f"CREATE USER {user}@'%%'")
    yield user
    if kind_of(url) == "postgresql":
        run(url, f"DROP OWNED BY {user}", f"DROP ROLE {user}")
    else:
        run(url, f"DROP USER {user}@'%%'")


def as_user(url: str, user: str) -> str:
    start, _, end = url.partition("@")
    return f"{start.partition('//')[0]}//{user}@{end}"


def test_a_user_without_privileges_is_refused_and_told_what_to_grant(reader: str, url: str, open_store) -> None:
    with pytest.raises(CredentialsRefused) as caught:
        open_store(as_user(url, reader), columns={}).list_brands(["name"])
    assert "GRANT" in str(caught.value.hint)


def test_a_user_that_may_only_read_can_plan_and_is_told_what_is_missing(reader: str, url: str, open_store) -> None:
    grantee = reader if kind_of(url) == "postgresql" else f"{reader}@'%%'"
    run(url, f"GRANT SELECT ON {'brand' if kind_of(url) == 'postgresql' else name_of(url) + '.brand'} TO {grantee}")
    store = open_store(as_user(url, reader), columns={})
    assert names(store) == {"a": "a"}
    assert [finding.ok for finding in store.check()] == [True, True, True, False, False, False]
    with pytest.raises(CredentialsRefused):
        make(store, "b")


def test_the_check_tries_all_columns_that_are_written(reader: str, url: str, open_store) -> None:
    table, grantee = ("brand", reader) if kind_of(url) == "postgresql" else (f"{name_of(url)}.brand", f"{reader}@'%%'")
    run(url, f"GRANT SELECT, INSERT, DELETE ON {table} TO {grantee}", f"GRANT UPDATE (name) ON {table} TO {grantee}")
    store = open_store(as_user(url, reader), columns={"updated_at": "updated_at"})
    assert [finding.what.partition(":")[0] for finding in store.check() if not finding.ok] == ["UPDATE is refused"]
    run(url, f"GRANT UPDATE (updated_at) ON {table} TO {grantee}")
    assert all(finding.ok for finding in store.check())
