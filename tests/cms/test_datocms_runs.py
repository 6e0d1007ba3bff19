"""Whole runs from the fake DatoCMS into a table in SQLite: requests, drafts, deaths, and back again."""

import json
from functools import partial

import pytest
from fake_server import Asked
from shop import Shop
from whole_runs import (
    COUNT,
    add_real_brands,
    counted,
    die,
    follows_an_editors_day_and_is_taken_back,
    in_line,
    is_taken_back_and_goes_on,
    publish,
)

PAGES = 4
"""Of 100 records, each with the last ones of the page before it."""


def _kind(one: Asked) -> str:
    if one.method == "PUT":
        return "publish" if one.path.endswith("/publish") else "save"
    return one.path.rpartition("/")[2]


asked = partial(counted, kind=_kind)


@pytest.fixture
def shop(datocms_shop: Shop) -> Shop:
    return datocms_shop


def test_a_run_takes_two_requests_a_brand_and_a_second_one_takes_a_page(shop, dato):
    publish(dato.project, 150)
    result = shop.sync()
    assert (result["exit_code"], result["counts"]["created"]) == (0, 150)
    assert in_line(shop, dato.project)
    # the page, and each batch of a hundred; the model and its fields; may the token write
    reads = {"items": 1 + 2, "brand": 1, "fields": 1, "me": 1}
    assert asked(dato) == reads | {"save": 150, "publish": 150}
    again = shop.sync(full=True)
    assert (again["counts"]["unchanged"], again["changes"]) == (150, [])
    assert asked(dato) == {"items": 1, "fields": 1}
    assert shop.undo(result["run"])["exit_code"] == 0
    # each batch of a hundred, for the plan, once more before it, and for its versions
    assert asked(dato) == {"items": 3 * 2, "save": 150, "publish": 150}


def test_in_a_model_without_drafts_a_brand_takes_one_request(shop, dato):
    dato.project.drafts = False
    publish(dato.project, 3)
    result = shop.sync()
    assert in_line(shop, dato.project)
    assert {key: count for key, count in asked(dato).items() if key in {"save", "publish"}} == {"save": 3}
    assert shop.undo(result["run"])["exit_code"] == 0
    assert set(dato.project.shown().values()) == {None}


def test_an_incremental_run_lists_what_changed_and_knows_its_own_write_backs(shop, dato):
    ids = publish(dato.project, 3)
    shop.sync()
    asked(dato)
    dato.project.edit(ids[0], description="New")
    result = shop.sync()
    columns = [key for one in dato.log for key in one.query if key.endswith("[gte]")]
    assert columns == ["filter[fields][_published_at][gte]", "filter[fields][_updated_at][gte]"]
    assert (result["counts"]["updated"], result["counts"]["unchanged"]) == (1, 2)
    assert asked(dato) == {"items": 2, "fields": 1}


def test_a_dry_run_writes_nothing(shop, dato):
    publish(dato.project, 3)
    assert shop.sync(dry_run=True)["counts"]["created"] == 3
    assert dato.requests("PUT", "POST") == []


@pytest.mark.slow
def test_a_run_never_provokes_a_429(shop, dato):
    dato.limit = 20
    publish(dato.project, 20)
    result = shop.sync()
    assert result["exit_code"] == 0
    assert result["seconds"] > 3 * (2 * 20 / dato.limit - 1)
    assert {one.status for one in dato.log} == {200}
    assert in_line(shop, dato.project)


@pytest.mark.slow
def test_a_run_that_is_killed_between_an_external_id_and_its_publication_is_taken_back(shop, dato):
    publish(dato.project, 3)
    die(shop, dato, lambda one: one.path.endswith("/publish"))
    is_taken_back_and_goes_on(shop, dato.project)
    assert dato.project.pristine()


@pytest.mark.slow
def test_real_brands_arrive_stay_follow_an_editors_day_and_are_taken_back(shop, dato):
    shop.set("cms.fields", metadata="extra")
    add_real_brands(shop, lambda brand: _add(dato, brand))
    first = shop.sync()
    assert (first["exit_code"], first["counts"]["created"], in_line(shop, dato.project)) == (0, COUNT, True)
    reads = {"items": PAGES + COUNT // 100, "brand": 1, "fields": 1, "me": 1}
    assert asked(dato) == reads | {"save": COUNT, "publish": COUNT}
    assert shop.sync(full=True)["counts"]["unchanged"] == COUNT
    assert asked(dato) == {"items": PAGES, "fields": 1}
    follows_an_editors_day_and_is_taken_back(shop, dato.project, first["run"])


def _add(dato, brand):
    """A JSON field holds text."""
    extra = json.dumps(brand["metadata"])
    dato.project.add(brand["id"], name=brand["name"], description=brand["description"], extra=extra)
