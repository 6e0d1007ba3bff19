"""Fields of a shop's own where something is unusual: their number, their columns, or what others keep in them."""

import json

import pytest
from databases import kind_of, run
from shop import Shop

from brandsync.brand.kind import Kind, Unfit, canonical

TABLE = "CREATE TABLE brand (id varchar(40) PRIMARY KEY, name varchar(200), {})"


def publish(shop: Shop, value: object) -> None:
    shop.cms.add({"id": "a", "name": "A", "external_id": None, "v": value})


def mapped(shop: Shop, column: str, row: str, **field: str) -> None:
    """A shop's own table that holds one brand, which the CMS has too."""
    shop.execute(TABLE.format(column))
    shop.execute(f"INSERT INTO brand VALUES ('x', 'A', {row})")
    shop.set("store.columns", name="name").set("cms.fields", description=None).set(
        "cms.fields.mine", value="v", **field
    )


def mine(shop: Shop) -> object:
    return run(shop.database_url, "SELECT mine FROM brand")[0][0]


def test_a_brand_may_have_hundreds_of_fields(any_shop: Shop) -> None:
    for number in range(150):
        any_shop.set(f"cms.fields.f{number}", value="v", type="integer")
    publish(any_shop, 1)
    assert any_shop.sync()["exit_code"] == 0
    again = any_shop.sync()
    assert (again["exit_code"], again["changes"]) == (0, [])


def test_brandsyncs_own_column_has_the_name_that_the_settings_say(any_shop: Shop) -> None:
    any_shop.set("cms.fields.founded", value="v", type="integer").set("store.fields", founded="founded_year")
    publish(any_shop, 1900)
    assert any_shop.sync()["exit_code"] == 0
    assert run(any_shop.database_url, "SELECT founded_year FROM brand") == [(1900,)]
    any_shop.set("cms.fields.tier", value="v", type="integer").set("store.fields", founded="founded_year", tier="level")
    assert any_shop.sync()["exit_code"] == 0
    assert run(any_shop.database_url, "SELECT founded_year, level FROM brand") == [(1900, 1900)]
    assert any_shop.sync()["changes"] == []


def test_what_the_own_column_will_not_hold_is_known_before_it_is_made(any_shop: Shop) -> None:
    if kind_of(any_shop.database_url) != "mysql":
        pytest.skip("there, such a column holds any decimal")
    any_shop.set("cms.fields.price", value="v", type="decimal")
    publish(any_shop, "0." + "1234567890" * 4)
    any_shop.cms.add({"id": "b", "name": "B", "external_id": None, "v": "1" * 60})
    any_shop.cms.add({"id": "c", "name": "C", "external_id": None, "v": "1.5"})
    done = any_shop.sync()
    assert (done["exit_code"], done["counts"]["created"]) == (65, 1)
    assert all("price" in skipped["detail"] for skipped in done["skipped"])


def test_an_empty_text_in_a_column_of_numbers_comes_back(any_shop: Shop) -> None:
    mapped(any_shop, "mine varchar(10) NOT NULL DEFAULT ''", "''", type="integer")
    publish(any_shop, 1)
    assert any_shop.sync()["exit_code"] == 0
    assert mine(any_shop) == "1"
    assert any_shop.undo()["exit_code"] == 0
    assert mine(any_shop) == ""


@pytest.mark.parametrize("held", ['{"erp": 7}', "{}"])
def test_another_systems_keys_stay_where_the_cms_has_none(any_shop: Shop, held: str) -> None:
    mapped(any_shop, "mine JSON", f"'{held}'", type="json")
    publish(any_shop, None)
    assert any_shop.sync()["exit_code"] == 0
    assert as_json(mine(any_shop)) == json.loads(held)
    any_shop.cms.edit("a", v={"ours": 1})
    any_shop.set("safety", max_updates="100%")
    assert any_shop.sync()["exit_code"] == 0
    assert as_json(mine(any_shop)) == {**json.loads(held), "ours": 1}
    any_shop.cms.edit("a", v=None)
    assert any_shop.sync()["exit_code"] == 0
    assert as_json(mine(any_shop)) == (json.loads(held) or None)
    assert any_shop.sync()["changes"] == []


def as_json(value: object) -> object:
    return json.loads(value) if isinstance(value, str) else value


def test_a_number_that_cannot_be_written_again_refuses_its_brand_alone(any_shop: Shop) -> None:
    any_shop.set("cms.fields.mine", value="v", type="json")
    publish(any_shop, {"n": 1})
    any_shop.cms.add({"id": "b", "name": "B", "external_id": None, "v": {"n": 1}})
    assert any_shop.sync()["exit_code"] == 0
    any_shop.execute("""UPDATE brand SET mine = '{"n": 1, "x": 1e400}' WHERE name = 'A'""")
    for key in "ab":
        any_shop.cms.edit(key, v={"n": 2})
    any_shop.set("safety", max_updates="100%").set("sync", keep_going=True)
    done = any_shop.sync()
    assert (done["exit_code"], [skipped["cms_id"] for skipped in done["skipped"]]) == (65, ["a"])
    assert "cannot be written again" in done["skipped"][0]["detail"]


def test_a_fraction_of_a_minute_is_no_moment() -> None:
    with pytest.raises(Unfit, match="seconds before their fraction"):
        canonical(Kind.DATETIME, "2026-01-31T12:30.5Z")
