"""A run, from one end to the other, on each database."""

from shop import Shop, entries

from brandsync.stores.interface import StoreCapabilities


def fill(shop: Shop, count: int = 12) -> None:
    shop.publish(*entries(count))


def test_new_brands_are_created_and_their_ids_written_to_the_cms(any_shop):
    fill(any_shop)
    result = any_shop.sync()
    assert (result["status"], result["exit_code"], result["error"]) == ("done", 0, None)
    assert result["counts"]["created"] == 12
    assert any_shop.is_in_line()
    assert {change["brand_id"] for change in result["changes"]} == set(any_shop.names())


def test_a_second_run_writes_nothing(any_shop):
    fill(any_shop)
    any_shop.sync()
    before = (any_shop.query("SELECT * FROM brand ORDER BY id"), dict(any_shop.cms.requests))
    result = any_shop.sync()
    assert (result["status"], result["counts"]["unchanged"], result["changes"]) == ("done", 12, [])
    assert any_shop.query("SELECT * FROM brand ORDER BY id") == before[0]
    assert any_shop.cms.requests["PATCH"] == before[1]["PATCH"]


def test_an_editors_change_reaches_the_store_in_its_changed_field_only(any_shop):
    fill(any_shop)
    any_shop.sync()
    any_shop.cms.edit("e3", name="Renamed")
    result = any_shop.sync()
    assert [(change["before"], change["after"]) for change in result["changes"]] == [
        ({"name": "Brand 3"}, {"name": "Renamed"})
    ]
    assert any_shop.is_in_line()


def test_what_could_not_be_taken_back_is_said_of_the_plans_that_do_it():
    able = StoreCapabilities(
        lacks={"delete": "the shop has no route to delete a brand with"},
        inexact={"update": "the logo is another copy", "delete": "the brand gets another id"},
    )
    told = list(able.not_taken_back({"create": 2, "update": 1, "delete": 0}))
    assert told == [
        "what this run creates cannot be taken back: the shop has no route to delete a brand with",
        "what this run updates cannot be taken back exactly: the logo is another copy",
    ]
    assert list(able.not_taken_back({"create": 0, "update": 0, "delete": 0})) == []
    assert list(StoreCapabilities().not_taken_back({"create": 9, "update": 9, "delete": 9})) == []
