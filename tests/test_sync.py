"""A run, from one end to the other, on each database."""

from shop import Shop, entries


def fill(shop: Shop, count: int = 12) -> None:
    for entry in entries(count):
        shop.cms.add(entry)


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
