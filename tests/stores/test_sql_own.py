import stat
import threading
from pathlib import Path

import pytest
from databases import kind_of, run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brandsync.brand import FIELDS, Brand, BrandUpdate, NewBrand
from brandsync.errors import ConfigError, Rejected
from brandsync.new_id import new_id
from brandsync.stores.sql import SqlStore

ALL = (*FIELDS, "cms_id")
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
JSON = st.dictionaries(
    TEXT,
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)
FIELDS_OF_ONE = st.fixed_dictionaries(
    {"name": TEXT, "handle": st.none() | TEXT, "description": st.none() | TEXT, "metadata": st.none() | JSON}
)


def new(name: str = "Acme", **fields: object) -> NewBrand:
    return NewBrand(new_id(), {"name": name, **fields})


def create(store: SqlStore, *brands: NewBrand) -> list[str]:
    return [brand.id for brand in store.create_brands(brands)]


def one(store: SqlStore, brand_id: str, *fields: str) -> dict[str, object]:
    (brand,) = store.get_brands(fields or ALL, [brand_id])
    return dict(brand.fields)


def test_before_the_first_run_there_are_no_brands_and_nothing_is_made(url: str, open_store) -> None:
    store = open_store(url)
    assert not store.list_brands(ALL).brands
    assert not store.get_brands(ALL, ["1"])
    assert [finding.ok for finding in store.check()] == [True] * (1 if kind_of(url) == "sqlite" else 2)
    if kind_of(url) == "sqlite":
        assert not Path(url.removeprefix("sqlite:///")).exists()


def test_it_says_what_it_can_do(own: SqlStore) -> None:
    assert own.capabilities.fields == {*ALL}
    assert own.capabilities.chooses_ids
    assert own.capabilities.compare_and_set


def test_a_new_sqlite_file_is_for_its_owner_alone(tmp_path: Path, open_store) -> None:
    open_store(f"sqlite:///{tmp_path / 'b.db'}").prepare()
    assert stat.S_IMODE((tmp_path / "b.db").stat().st_mode) == 0o600


def test_preparing_twice_and_at_once_is_harmless(url: str, open_store) -> None:
    failures: list[BaseException] = []

    def prepare() -> None:
        store = open_store(url)
        try:
            store.prepare()
        except BaseException as error:  # noqa: BLE001
            failures.append(error)
        finally:
            store.close()

    threads = [threading.Thread(target=prepare) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_creates_come_back_in_order_as_given_and_with_times(own: SqlStore, url: str) -> None:
    brands = [new(f"Brand {n}", cms_id=str(n)) for n in range(50)]
    assert own.create_brands(brands) == [Brand(brand.id, brand.fields) for brand in brands]
    assert run(url, "SELECT count(*) FROM brand WHERE created_at = updated_at") == [(50,)]
    assert not own.create_brands([])


def test_listing_pages_by_id_and_misses_none(own: SqlStore) -> None:
    own.page_size = 4
    ids = sorted(create(own, *(new(f"{n}") for n in range(12))))
    seen, cursor = [], None
    while True:
        page = own.list_brands(["name"], cursor)
        seen += [brand.id for brand in page.brands]
        cursor = page.next
        if cursor is None:
            break
    assert seen == ids


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(brands=st.lists(FIELDS_OF_ONE, max_size=8))
def test_any_text_and_metadata_come_back_to_the_letter(own: SqlStore, brands: list[dict[str, object]]) -> None:
    written = own.create_brands([NewBrand(new_id(), fields) for fields in brands])
    held = {brand.id: brand for brand in own.get_brands(list(FIELDS_OF_ONE_NAMES), [brand.id for brand in written])}
    assert [held[brand.id].fields for brand in written] == brands
    renamed = own.update_brands([BrandUpdate(b.id, b.fields, {**b.fields, "name": "x"}) for b in written])
    assert [brand.id for brand in renamed] != [] or not brands
    assert set(own.uncreate_brands(renamed)) == {brand.id for brand in written}


FIELDS_OF_ONE_NAMES = ("name", "handle", "description", "metadata")


def test_very_long_texts_fit(own: SqlStore) -> None:
    long = "é😀" * 300_000
    (brand_id,) = create(own, new(long, description=long))
    assert one(own, brand_id, "name", "description") == {"name": long, "description": long}


@pytest.mark.parametrize("other", ["ACME", "Acme ", "Ácme", "", None])
def test_what_differs_by_case_accent_or_a_trailing_space_is_another_value(own: SqlStore, other: str | None) -> None:
    (brand_id,) = create(own, new("Acme", handle="Acme"))
    assert not own.update_brands([BrandUpdate(brand_id, {"handle": other}, {"handle": "new"})])
    assert not own.delete_brands([Brand(brand_id, {"handle": other})])
    assert one(own, brand_id, "handle") == {"handle": "Acme"}


def test_cms_ids_that_differ_by_case_or_a_space_are_two_and_equal_ones_collide(own: SqlStore) -> None:
    create(own, new(cms_id="a"), new(cms_id="A"), new(cms_id="a "), new(cms_id=None), new(cms_id=None))
    with pytest.raises(Rejected):
        create(own, new("fine"), new(cms_id="a"))
    assert "fine" not in {brand.fields["name"] for brand in own.list_brands(["name"]).brands}


def test_updates_of_different_fields_go_together_and_conflicts_are_left_out(own: SqlStore) -> None:
    a, b, c, d = create(own, new("a", metadata={"n": 1}), new("b", handle="b"), new("c"), new("d", metadata=None))
    written = own.update_brands(
        [
            BrandUpdate(a, {"metadata": {"n": 1}}, {"metadata": {"n": 2}}),
            BrandUpdate(b, {"name": "b", "handle": "b"}, {"name": "B", "handle": None}),
            BrandUpdate(c, {"name": "someone's edit"}, {"name": "C"}),
            BrandUpdate(d, {"metadata": None}, {"metadata": {}}),
            BrandUpdate("nobody", {"name": "x"}, {"name": "y"}),
        ]
    )
    assert {brand.id: brand.fields for brand in written} == {
        a: {"metadata": {"n": 2}},
        b: {"name": "B", "handle": None},
        d: {"metadata": {}},
    }
    assert one(own, c, "name") == {"name": "c"}
    assert one(own, a, "name", "metadata") == {"name": "a", "metadata": {"n": 2}}


def test_metadata_is_compared_by_what_it_says(own: SqlStore) -> None:
    (brand_id,) = create(own, new(metadata={"a": 1, "b": [True]}))
    assert not own.update_brands([BrandUpdate(brand_id, {"metadata": {"a": True, "b": [1]}}, {"metadata": None})])
    assert own.update_brands([BrandUpdate(brand_id, {"metadata": {"b": [True], "a": 1}}, {"metadata": None})])


def test_deleting_tells_what_is_gone_and_leaves_what_was_edited(own: SqlStore) -> None:
    a, b = create(own, new("a"), new("b"))
    assert set(own.delete_brands([Brand(a, {"name": "a"}), Brand(b, {"name": "x"}), Brand("?", {})])) == {a, "?"}
    assert own.delete_brands([Brand(a, {})]) == [a]
    assert [brand.id for brand in own.list_brands(["name"]).brands] == [b]


def test_restoring_creates_what_is_gone_and_refuses_to_overwrite(own: SqlStore) -> None:
    brand = new("a", handle="h")
    assert own.restore_brands([brand]) == own.restore_brands([brand]) == [Brand(brand.id, brand.fields)]
    with pytest.raises(Rejected, match=brand.id):
        own.restore_brands([NewBrand(brand.id, {"name": "b"})])


def test_it_takes_part_in_a_transaction_that_is_open(own: SqlStore) -> None:
    with own.database.atomic() as transaction:
        create(own, new())
        transaction.rollback()
    assert not own.list_brands(["name"]).brands


def test_a_name_that_is_null_is_rejected_with_the_databases_own_words(own: SqlStore) -> None:
    with pytest.raises(Rejected, match=r"(?i)null"):
        own.create_brands([NewBrand("1", {"name": None})])


def test_it_foretells_what_no_database_could_hold(own: SqlStore, url: str) -> None:
    assert own.refuses({"name": "\\u0000 😀", "metadata": {"a": "\\u0000"}}) is None
    assert "lone surrogate" in str(own.refuses({"name": "\ud800"}))
    assert "NaN" in str(own.refuses({"name": "a", "metadata": {"x": float("nan")}}))
    refused = own.refuses({"name": "a\0"})
    assert (refused is not None) == (kind_of(url) == "postgresql")
    fields = {"name": "a" if refused else "a\0", "metadata": {"a": "\0"}}
    assert own.refuses(fields) is None
    (brand_id,) = create(own, NewBrand(new_id(), fields))
    assert one(own, brand_id, *fields) == fields


def test_a_lone_surrogate_is_rejected(own: SqlStore) -> None:
    with pytest.raises(Rejected, match="surrogate"):
        create(own, new("\ud800"))


@pytest.mark.usefixtures("medusa")
def test_a_table_of_that_name_that_is_someone_elses_is_not_touched(url: str, open_store) -> None:
    store = open_store(url)
    with pytest.raises(ConfigError, match="lacks the columns") as caught:
        store.prepare()
    assert "[store.columns]" in str(caught.value.hint)
    assert [finding.ok for finding in store.check()] == [True, False]


@pytest.mark.usefixtures("own")
def test_without_the_unique_index_it_refuses_to_work(url: str, open_store) -> None:
    run(url, "CREATE TABLE other AS SELECT * FROM brand")
    run(url, "CREATE UNIQUE INDEX other_id ON other (id)")
    with pytest.raises(ConfigError, match=r'"cms_id".*no unique index') as caught:
        open_store(url, table="other").list_brands(["name"])
    assert "CREATE UNIQUE INDEX" in str(caught.value.hint)


@pytest.mark.usefixtures("own")
def test_a_view_leads_to_the_table_beneath_it_as_no_view_has_an_index(url: str, open_store) -> None:
    run(url, "CREATE VIEW shown AS SELECT id, name FROM brand")
    with pytest.raises(ConfigError, match=r'"id".*no unique index') as caught:
        open_store(url, table="shown", columns={}).list_brands(["name"])
    assert "set `table` in [store] to the table beneath: " in str(caught.value.hint)
    assert "is a view, which has no index" in str(caught.value.hint)


def test_a_check_of_a_table_in_order_finds_all_in_order(own: SqlStore, url: str) -> None:
    create(own, new())
    findings = list(own.check())
    assert all(finding.ok for finding in findings), findings
    assert len(findings) == 5
    assert run(url, "SELECT count(*) FROM brand") == [(1,)]


def test_it_says_where_it_is_without_a_password(open_store) -> None:
    assert open_store("postgresql://u:secret@db/shop").where() == "postgresql://u@db/shop brand"


def test_a_run_that_must_not_write_cannot(own: SqlStore, url: str, open_store) -> None:
    brand = new()
    create(own, brand)
    store = open_store(url)
    store.read_only()
    assert [held.id for held in store.list_brands(["name"]).brands] == [brand.id]
    with pytest.raises(Rejected):
        store.update_brands([BrandUpdate(str(brand.id), {"name": "Acme"}, {"name": "x"})])
