"""Attributes of a Medusa shop's data model: kinds, refusals, older routes, and whole runs into the fake shop."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from catalogue import DAYS, MANY, STATS, TAGS, TEXTS, TRUTHS, Catalogue, as_written, is_held_compared_and_taken_back
from cms_server import CmsServer
from fake_medusa import FakeMedusa
from fake_server import Answer
from medusa_kinds import ATTRIBUTES, EDITS, entry, every_kind_is_held_compared_and_taken_back, mapped
from opening import served
from shop import Shop

from brandsync.brand import Brand, BrandUpdate, NewBrand
from brandsync.brand.kind import Kind
from brandsync.errors import ConfigError, Unreadable
from brandsync.stores.medusa import MedusaStore
from brandsync.stores.medusa.batch_routes import Manifest

UNFIT: dict[str, list[Any]] = {
    "founded": ["soon", 5.5, True, 2**31, -(2**31) - 1, 2**60],
    "is_active": ["yes", 2, None],
    "weight": ["1,5", 16_777_217, "0.123456789", "1e39", 3.4028236e38, "1e-60", False],
    "price_range": ["mid", "LOW", "", 5],
    "opened_at": ["2026-01-01", "2026-01-01T00:00:00.0001Z", 5],
    "tags": ["a, b", ["a", 1], [None], ["\0"]],
    "stats": ["text", 5, True, {"n": 2**53}, {"a": "\0"}],
}

EDGES: dict[str, list[Any]] = {
    "founded": [2**31 - 1, -(2**31), 0, "-0", " +12 ", 5.0],
    "is_active": [*TRUTHS],
    "weight": ["3.4028235e38", "-3.4028235e38", "0.000099999", 16_777_216, 0.1, "0"],
    "price_range": ["high", "low"],
    "opened_at": [*(f"{day[:10]}T23:59:59.999Z" for day in DAYS), "0001-01-01T00:00:00Z", "2026-06-30T12:00+14:00"],
    "tags": [*TAGS, [], [""], ["NULL", "null", '"', "{}", "\\", "a,b", " ", "\n"]],
    "stats": [*STATS, {}, []],
    "description": [*TEXTS, "", " <p>a\r\n&amp;\t</p> ", "x" * 100_000],
}
"""Values at the edges of what each attribute holds."""

medusa = served(FakeMedusa)


@pytest.fixture
def shop(cms: CmsServer, sqlite_url: str, tmp_path: Path, medusa: FakeMedusa) -> Iterator[Shop]:
    with Shop(tmp_path, cms, sqlite_url) as shop:
        shop.sections["store"] = {"backend": "medusa", **medusa.settings()}
        yield shop.set("journal", url=sqlite_url)


def opened(medusa: FakeMedusa, further: dict[str, Kind | None], **settings: Any) -> Any:
    given = {"backend": "medusa", **medusa.settings(**settings)}
    return closing(MedusaStore(MedusaStore.Settings.model_validate(given).holding(further)))


def test_every_kind_is_held_compared_and_taken_back(shop: Shop, medusa: FakeMedusa) -> None:
    every_kind_is_held_compared_and_taken_back(shop, medusa.alive)
    assert medusa.brands == {}


@pytest.mark.slow
def test_every_kind_of_a_large_catalogue_is_held_compared_and_taken_back(shop: Shop, medusa: FakeMedusa) -> None:
    edits = {**{name: values[0] for name, values in EDITS.items()}, "description": "<b>x</b>"}
    catalogue = Catalogue(described, EDGES, edits, never_empty={"is_active"})
    mapped(shop).set("cms.fields", description="description")
    shop.set("store", fields=["name", "metadata", "description"])
    for brand_id, name in {"t1": "Theirs", "t2": catalogue.entry(0)["name"]}.items():
        medusa.brands[brand_id] = theirs(medusa, brand_id, name)
    is_held_compared_and_taken_back(shop, catalogue, MANY, lambda: as_written(medusa.brands), fake=medusa, adopted=1)


def described(number: int) -> dict[str, Any]:
    return entry(number, description=f"<p>{number} &amp; {number}</p>")


def theirs(medusa: FakeMedusa, brand_id: str, name: str) -> dict[str, Any]:
    """A brand that somebody else has made."""
    own = {"id": brand_id, "name": name, "founded": 7, "is_active": False, "weight": 1.25, "tags": ["old"]}
    return {**dict.fromkeys(medusa.model), **own, "stats": {"erp": 1, "n": 5}, "deleted_at": None}


def test_an_update_sends_the_one_attribute_that_changed(shop: Shop, medusa: FakeMedusa) -> None:
    shop.cms.add(entry(1))
    mapped(shop).sync()
    shop.cms.edit("001", founded=1800)
    medusa.log.clear()
    shop.sync()
    (write,) = filter(medusa.writes, medusa.log)
    ((brand_id, expected),) = write.json["expect"].items()
    assert write.json == {"update": [{"id": brand_id, "founded": 1800}], "expect": {brand_id: expected}}
    assert expected["founded"] == 1901


def test_a_value_that_does_not_fit_skips_its_entry_with_the_value_and_the_reason(
    shop: Shop, medusa: FakeMedusa
) -> None:
    wrong = [(name, value) for name, values in UNFIT.items() for value in values]
    for number, (name, value) in enumerate(wrong):
        shop.cms.add(entry(number, **{name: value}))
    shop.cms.add(entry(999))
    done = mapped(shop).sync()
    assert (done["exit_code"], done["counts"]["created"]) == (65, 1)
    details = {skipped["cms_id"]: skipped["detail"] for skipped in done["skipped"]}
    assert len(details) == len(wrong)
    for number, (name, value) in enumerate(wrong):
        assert name in details[f"{number:03}"] or "U+0000" in details[f"{number:03}"], value
    assert [brand["name"] for brand in medusa.alive()] == ["Brand 999"]


def test_what_somebody_else_writes_into_the_shop_is_an_edit_and_comes_back_exactly(
    shop: Shop, medusa: FakeMedusa
) -> None:
    shop.cms.add(entry(1))
    mapped(shop).sync()
    (brand,) = medusa.alive()
    theirs = {"tags": [None, "x"], "opened_at": "2026-01-01T00:00:00.000Z", "weight": 16_777_216.0}
    medusa.edit(brand["id"], **theirs)
    done = shop.sync()
    assert sorted(done["changes"][0]["after"]) == sorted(theirs)
    assert shop.undo(done["run"])["exit_code"] == 0
    assert {name: medusa.brands[brand["id"]][name] for name in theirs} == theirs


def test_an_update_whose_answer_was_lost_is_settled(shop: Shop, medusa: FakeMedusa) -> None:
    shop.cms.add(entry(1))
    mapped(shop).sync()
    shop.cms.edit("001", opened_at="2020-01-01T00:00:00.5Z", weight="0.1", is_active=False)
    medusa.after.append(lambda _: Answer(502, "lost", kind="text/html"))
    done = shop.sync()
    assert (done["exit_code"], done["counts"]["updated"]) == (0, 1)
    assert shop.sync()["changes"] == []


def test_a_run_that_fails_in_its_second_batch_takes_everything_back(shop: Shop, medusa: FakeMedusa) -> None:
    for number in range(4):
        shop.cms.add(entry(number))
    medusa.instead += [None, Answer(400, {"message": "no"}), Answer(400, {"message": "no"}), Answer(400, {})]
    medusa.spares_reads = True  # type: ignore[misc]
    done = mapped(shop).set("store", batch=2).sync()
    assert (done["exit_code"], medusa.brands) == (1, {})


def test_kinds_are_those_of_the_data_model(medusa: FakeMedusa) -> None:
    further = {**dict.fromkeys(ATTRIBUTES), "description": None, "handle": Kind.DATE}
    with opened(medusa, further) as store:
        assert store.capabilities.fields == {"name", "metadata", *further}
        assert store.kinds() == {
            "founded": Kind.INTEGER,
            "is_active": Kind.BOOLEAN,
            "weight": Kind.DECIMAL,
            "price_range": Kind.TEXT,
            "opened_at": Kind.DATETIME,
            "tags": Kind.LIST,
            "stats": Kind.JSON,
            "description": Kind.TEXT,
            "handle": Kind.DATE,
        }
        assert [asked.path for asked in medusa.log] == ["/admin/brands/batch"]
        told = [finding.what for finding in store.check() if finding.ok]
    assert "founded is integer, in the shop's `founded` (number)" in told


@pytest.mark.parametrize(
    ("further", "says"),
    [
        ({"fuonded": None}, "no `fuonded`: .*did you mean `founded`"),
        ({"raw_price": None}, "no `raw_price`"),
        ({"price": None}, "`price` .* bigNumber, whose value stands in `raw_price` too"),
        ({"level": None}, "`level` .* of the type smallint, which brandsync can't write"),
        ({"founded": Kind.TEXT}, "`founded` .* of the type number, which holds integer, and the field is text"),
        ({"opened_at": Kind.DATE}, "of the type dateTime, which holds datetime, and the field is date"),
        ({"price_range": Kind.LIST}, "of the type enum, which holds text"),
    ],
)
def test_a_field_that_the_data_model_cannot_hold_is_named(
    medusa: FakeMedusa, further: dict[str, Kind | None], says: str
) -> None:
    medusa.model["level"] = {"type": "smallint", "nullable": True, "default": False}
    with opened(medusa, further) as store, pytest.raises(ConfigError, match=says) as refused:
        store.kinds()
    assert "[cms.fields]" in (refused.value.hint or "")


def test_the_column_of_the_link_is_no_field_too(medusa: FakeMedusa) -> None:
    with opened(medusa, {"handle": None}, cms_id="handle") as store, pytest.raises(ConfigError, match="only brandsync"):
        store.kinds()


def test_a_known_field_of_another_type_is_named(medusa: FakeMedusa) -> None:
    medusa.model["handle"]["type"] = "number"
    with (
        opened(medusa, {}, fields=["name", "handle"]) as store,
        pytest.raises(ConfigError, match=r"`handle` .* number"),
    ):
        store.kinds()


def test_an_attribute_that_is_required_and_not_mapped_is_found(shop: Shop, medusa: FakeMedusa) -> None:
    medusa.model["founded"]["nullable"] = medusa.model["price"]["nullable"] = False
    shop.cms.add(entry(1))
    done = shop.set("cms.fields", description=None).sync(dry_run=True)
    assert done["exit_code"] == 78
    assert "`founded`, `price` of the shop's data model" in done["error"]
    with opened(medusa, {}) as store:
        (wrong,) = [finding for finding in store.check() if not finding.ok]
    assert "no brand can be created" in wrong.what
    assert "`.nullable()`" in (wrong.fix or "")


def test_a_known_field_that_is_required_skips_the_entries_without_it(shop: Shop, medusa: FakeMedusa) -> None:
    medusa.model["description"]["nullable"] = False
    shop.set("store", fields=["name", "description"])
    shop.cms.add({"id": "1", "name": "With", "description": "text", "external_id": None})
    shop.cms.add({"id": "2", "name": "Without", "external_id": None})
    done = shop.sync()
    assert [skipped["cms_id"] for skipped in done["skipped"]] == ["2"]
    assert "`description` is never null" in done["skipped"][0]["detail"]
    skipped = shop.set("cms.fields", description=None).sync(full=True)["skipped"]
    assert ["has no description" in one["detail"] for one in skipped] == [True, True]


# The first routes, which tell names alone.


def test_the_first_routes_still_hold_the_known_fields(shop: Shop, medusa: FakeMedusa) -> None:
    medusa.version = 1
    shop.cms.add(entry(1))
    assert shop.set("cms.fields", description=None, metadata="stats").sync()["counts"]["created"] == 1
    assert shop.sync()["changes"] == []


def test_the_first_routes_hold_fields_of_declared_kinds(shop: Shop, medusa: FakeMedusa) -> None:
    medusa.version = 1
    shop.set("cms.fields", description=None).set("safety", max_updates="100%")
    for name, kind in {"founded": "integer", "is_active": "boolean", "stats": "json", "price_range": "text"}.items():
        shop.set(f"cms.fields.{name}", value=name, type=kind)
    shop.cms.add(entry(1))
    shop.cms.add(entry(2, founded=2**31))
    shop.cms.add(entry(3, stats=[1]))
    done = shop.sync()
    assert (done["counts"]["created"], len(done["skipped"])) == (1, 2)
    assert shop.sync()["changes"] == []
    before = medusa.alive()
    shop.cms.edit("001", founded=1800, is_active=False, stats={"a": 1}, price_range="high")
    done = shop.sync()
    assert done["counts"]["updated"] == 1
    assert shop.undo(done["run"])["exit_code"] == 0
    assert medusa.alive() == before


@pytest.mark.parametrize(
    ("further", "says"),
    [
        ({"founded": None}, "which kind of values `founded` holds"),
        ({"opened_at": Kind.DATETIME}, "how `opened_at` holds a datetime"),
        ({"weight": Kind.DECIMAL}, "how `weight` holds a decimal"),
        ({"tags": Kind.LIST}, "how `tags` holds a list"),
        ({"price": Kind.TEXT}, "bigNumber"),
        ({"raw_price": Kind.JSON}, "no `raw_price`"),
    ],
)
def test_the_first_routes_say_that_newer_ones_tell_more(
    medusa: FakeMedusa, further: dict[str, Kind | None], says: str
) -> None:
    medusa.version = 1
    with opened(medusa, further) as store, pytest.raises(ConfigError, match=says) as refused:
        store.kinds()
    if "older" in refused.value.message:
        assert "`brandsync init medusa-routes DIR`" in (refused.value.hint or "")
        assert "newer ones tell the types" in (refused.value.hint or "")


# What the routes say of themselves.


def test_a_description_of_another_version_and_a_broken_one_are_named() -> None:
    told: dict[str, Any] = {"version": 1, "fields": ["name"], "max_batch": 1, "body_limit": 1}
    with pytest.raises(ConfigError, match="in version 3"):
        Manifest.read({"batch": {**told, "model": {"version": 3}}})
    for attributes in (None, [], {"name": None}, {"name": {"type": "text"}}):
        with pytest.raises(Unreadable, match="what a batch takes"):
            Manifest.read({"batch": {**told, "model": {"version": 2, "attributes": attributes}}})


def test_values_come_back_as_they_were_written(medusa: FakeMedusa) -> None:
    fields = {"name": "A", "opened_at": "2026-01-01T00:00:00.5Z", "weight": "0.1", "is_active": False, "tags": ["x"]}
    with opened(medusa, dict.fromkeys([*fields][1:])) as store:
        made = [Brand("b1", fields)]
        assert store.create_brands([NewBrand("b1", fields)]) == made == store.get_brands([*fields], ["b1"])
        after = {"opened_at": None, "weight": "-2", "is_active": True, "tags": []}
        update = BrandUpdate("b1", {name: fields[name] for name in after}, after)
        assert store.update_brands([update]) == store.update_brands([update]) == [Brand("b1", after)]
        assert store.delete_brands([Brand("b1", {"name": "A", **after})]) == ["b1"]
        assert store.restore_brands([NewBrand("b1", fields)]) == made
        assert store.uncreate_brands(made) == ["b1"]
