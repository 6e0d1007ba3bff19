"""Entries that stand in an object by their ids, and expressions that see the whole answer."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cms_listing import all_entries, brands, problems
from pydantic import ValidationError
from pytest_httpserver import HTTPServer
from shop import Shop, WatchedCms
from werkzeug import Request, Response

from brandsync.cms.path import reader
from brandsync.cms.rest.backend import RestCms
from brandsync.cms.rest.place import identity
from brandsync.cms.rest.settings import RestSettings
from brandsync.errors import ConfigError, Unreadable

Build = Callable[..., RestCms]
BY_ID: dict[str, Any] = {
    "acme": {"name": "Acme"},
    "next": {"name": "Next", "url": "https://next.example.com", "href": "/x"},
    "total": {"name": "Total", "value": 5_000},
    "links": {"name": "Links", "next": "https://links.example.com"},
}
"""Brands whose ids would mean something else beside a list."""


@pytest.fixture
def cms(rest_cms: Build) -> Build:
    return rest_cms


def serve(httpserver: HTTPServer, body: Any) -> None:
    httpserver.expect_request("/api/brands").respond_with_data(
        body if isinstance(body, str) else json.dumps(body), content_type="application/json"
    )


# An object of entries


@pytest.mark.parametrize("items", [None, "data", "data.brands", "data.brands | @"])
def test_the_keys_of_an_object_of_entries_are_their_ids(httpserver: HTTPServer, cms: Build, items: str | None) -> None:
    keys = (items or "").split(" ")[0].split(".") if items else []
    body: Any = BY_ID
    for key in reversed(keys):
        body = {key: body}
    serve(httpserver, body)
    found = brands(cms(id="_key", items=items))
    assert {brand.cms_id: brand.fields["name"] for brand in found} == {key: one["name"] for key, one in BY_ID.items()}


def test_a_total_beside_an_object_of_entries_counts(httpserver: HTTPServer, cms: Build) -> None:
    serve(httpserver, {"data": BY_ID, "total": 9})
    with pytest.raises(ConfigError, match="`total` says 9"):
        all_entries(cms(id="_key", items="data"))


def test_an_empty_object_holds_no_entries(httpserver: HTTPServer, cms: Build) -> None:
    serve(httpserver, {})
    assert all_entries(cms(id="_key")) == []


def test_a_list_stays_a_list_whatever_keys_its_entries_have(httpserver: HTTPServer, cms: Build) -> None:
    serve(httpserver, [{"_key": "k1", "name": "A"}])
    assert all_entries(cms(id="_key")) == [{"_key": "k1", "name": "A"}]


def test_a_value_that_is_no_object_is_skipped_by_its_key(
    httpserver: HTTPServer, sqlite_url: str, tmp_path: Path
) -> None:
    serve(httpserver, {**BY_ID, "odd": "text"})
    with WatchedCms() as unused, Shop(tmp_path, unused, sqlite_url) as shop:
        shop.set("cms", url=httpserver.url_for("/api"), id="_key").set("sync", link="journal")
        result = shop.sync()
        assert (result["exit_code"], result["counts"]["created"]) == (65, 4)
        (skipped,) = result["skipped"]
        assert (skipped["cms_id"], skipped["reason"]) == ("odd", "invalid")
        assert "it is text" in skipped["detail"]


@pytest.mark.parametrize("error", [{"error": "Permission denied"}, {"message": "no", "status": 500}])
def test_an_error_is_no_object_of_entries(httpserver: HTTPServer, cms: Build, error: dict[str, Any]) -> None:
    serve(httpserver, error)
    with pytest.raises(Unreadable, match='it says "'):
        all_entries(cms(id="_key"))


def test_a_key_that_stands_twice_among_the_ids_is_told(httpserver: HTTPServer, cms: Build) -> None:
    serve(httpserver, '{"a": {"name": "A"}, "a": {"name": "B"}}')
    with pytest.raises(Unreadable, match='the key "a" is there twice'):
        all_entries(cms(id="_key"))


def test_an_object_of_objects_where_a_list_should_be_names_the_setting(httpserver: HTTPServer, cms: Build) -> None:
    serve(httpserver, BY_ID)
    with pytest.raises(ConfigError, match="a list of entries was expected") as caught:
        all_entries(cms())
    assert 'or, if the keys there are the ids of entries, set id = "_key"' in (caught.value.hint or "")


def test_an_object_of_ids_alone_leads_to_the_entries(httpserver: HTTPServer, cms: Build) -> None:
    """As Firebase answers to ``shallow=true``; it says null where nothing is."""
    httpserver.expect_request("/api/brands.json").respond_with_json(dict.fromkeys(BY_ID, True))
    for key, entry in BY_ID.items():
        httpserver.expect_request(f"/api/brands/{key}.json").respond_with_json(entry)
    httpserver.expect_request("/api/brands/gone.json").respond_with_json(None)
    source = cms(id="_key", path="/brands.json", entry_path="/brands/{id}.json")
    assert all_entries(source) == [{"_key": key, **entry} for key, entry in BY_ID.items()]
    assert source.retrieve_entries(["gone", "acme"]) == [{"_key": "acme", "name": "Acme"}]


# The whole answer

LOGO = "absolute(find(_answer.included, 'id', relationships.logo.data.id).attributes.url)"
JSON_API: dict[str, Any] = {
    "items": "data",
    "paging": "link",
    "next_cursor": "links.next",
    "size_param": "page[limit]",
    "fields": {
        "name": "attributes.title",
        "logo_url": LOGO,
        "tags": {
            "value": "find(_answer.included, 'id', relationships.tags.data[].id)[].attributes.name",
            "type": "list",
        },
    },
}


def resource(number: int) -> dict[str, Any]:
    data = {"type": "file", "id": f"f{number}"} if number else None
    tags = [{"type": "tag", "id": f"t{tag}"} for tag in range(number % 3)]
    return {
        "type": "brand",
        "id": f"b{number}",
        "attributes": {"title": f"Brand {number}"},
        "relationships": {"logo": {"data": data}, "tags": {"data": tags}},
    }


@pytest.fixture
def json_api(httpserver: HTTPServer) -> None:
    """Five brands, two a page. A page includes what its brands refer to."""

    def respond(request: Request) -> Response:
        start = int(request.args.get("page[offset]", 0))
        numbers = range(start, min(5, start + 2))
        included = [{"type": "file", "id": f"f{at}", "attributes": {"url": f"/logos/{at}.png"}} for at in numbers]
        included += [{"type": "tag", "id": f"t{at}", "attributes": {"name": f"Tag {at}"}} for at in range(2)]
        links = {"next": f"/api/brands?page[offset]={start + 2}"} if start + 2 < 5 else {}
        body = {"data": [resource(at) for at in numbers], "included": included, "links": links}
        return Response(json.dumps(body), content_type="application/vnd.api+json")

    httpserver.expect_request("/api/brands").respond_with_handler(respond)


@pytest.mark.usefixtures("json_api")
def test_an_expression_follows_references_into_the_answer_of_its_own_page(httpserver: HTTPServer, cms: Build) -> None:
    source = cms(**JSON_API)
    found = brands(source)
    logos = [None, *(httpserver.url_for(f"/logos/{number}.png") for number in range(1, 5))]
    assert [brand.fields["logo_url"] for brand in found] == logos
    assert [brand.fields["tags"] for brand in found] == [[], ["Tag 0"], ["Tag 0", "Tag 1"], [], ["Tag 0"]]
    assert not [one for one in problems(source) if "external_id" not in one.what]


@pytest.mark.usefixtures("json_api")
def test_an_answer_is_there_once_and_only_where_an_expression_names_it(cms: Build) -> None:
    first, second = cms(**JSON_API).retrieve_brands().entries
    assert first["_answer"] is second["_answer"]
    plain = cms(**JSON_API | {"fields": {"name": "attributes.title"}}).retrieve_brands().entries
    assert plain == [resource(0), resource(1)]


@pytest.mark.usefixtures("json_api")
def test_a_run_syncs_what_stands_beside_the_entries(httpserver: HTTPServer, sqlite_url: str, tmp_path: Path) -> None:
    with WatchedCms() as unused, Shop(tmp_path, unused, sqlite_url) as shop:
        shop.set(
            "cms", url=httpserver.url_for("/api"), **{key: one for key, one in JSON_API.items() if key != "fields"}
        )
        shop.sections["cms.fields"] = {"name": "attributes.title", "logo_url": LOGO}
        shop.set("sync", link="journal")
        assert shop.sync()["counts"]["created"] == 5
        again = shop.sync()
        assert (again["exit_code"], again["counts"]["unchanged"], again["changes"]) == (0, 5, [])
        rows = shop.query("SELECT logo_url FROM brand ORDER BY name")
        assert rows[1][0] == httpserver.url_for("/logos/1.png")


def test_an_entry_read_by_itself_sees_its_own_answer(httpserver: HTTPServer, cms: Build) -> None:
    serve(httpserver, {"data": [{"id": "b1"}, {"id": "b2"}]})
    for number in (1, 2):
        included = [{"id": f"f{number}", "attributes": {"url": f"/{number}.png"}}]
        body = {"data": resource(number), "included": included}
        httpserver.expect_request(f"/api/brands/b{number}").respond_with_json(body)
    given = {"items": "data", "fields": JSON_API["fields"], "entry_path": "/brands/{id}", "entry_item": "data"}
    found = brands(cms(**given))
    assert [brand.fields["logo_url"] for brand in found] == [httpserver.url_for(f"/{at}.png") for at in (1, 2)]


def test_a_key_of_that_name_in_the_entry_itself_stays(httpserver: HTTPServer, cms: Build) -> None:
    serve(httpserver, [{"id": 1, "name": "A", "_answer": "42"}])
    found = brands(cms(fields={"name": "name", "description": "_answer"}))
    assert [brand.fields["description"] for brand in found] == ["42"]


def test_an_entry_without_an_id_is_told_apart_without_the_answer() -> None:
    entry: dict[str, Any] = {"name": "A"}
    assert identity(reader("id"), {"_answer": {"d": [entry]}, **entry}) == identity(reader("id"), entry)


@pytest.mark.parametrize(
    ("expression", "value", "found"),
    [
        ("find(a, 'id', b)", {"a": [{"id": 1}, {"id": 2, "x": 3}], "b": 2}, {"id": 2, "x": 3}),
        ("find(a, 'sys.id', b).x", {"a": [{"sys": {"id": "i"}, "x": 1}, 5, None], "b": "i"}, 1),
        ("find(a, 'id', b)", {"a": [{"id": 1}], "b": None}, None),
        ("find(a, 'id', b)", {"a": [{}], "b": None}, None),
        ("find(a, 'id', b)", {"b": 1}, None),
        ("find(a, 'id', b)[].x", {"a": [{"id": 1, "x": "one"}, {"id": 2, "x": "two"}], "b": [2, 9, 1]}, ["two", "one"]),
    ],
)
def test_find_follows_a_reference(expression: str, value: Any, found: Any) -> None:
    assert reader(expression)(value) == found


@pytest.mark.parametrize("call", ["find(a, 'id')", "find(a)"])
def test_find_takes_three_arguments(call: str) -> None:
    with pytest.raises(ValidationError, match=r"calls find\(\) with . arguments?, and it takes 3 arguments"):
        RestSettings.model_validate({"backend": "rest", "url": "https://x.example", "fields": {"name": call}})
