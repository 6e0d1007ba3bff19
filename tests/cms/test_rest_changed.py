"""Which parameters a listing sends, and those of incremental runs, in the forms that real APIs want."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from cms_entries import moment_of
from cms_listing import all_entries
from pydantic import ValidationError
from pytest_httpserver import HTTPServer
from shop import Shop, WatchedCms
from werkzeug import Request, Response

from brandsync.cms.rest.backend import RestCms
from brandsync.cms.rest.settings import RestSettings
from brandsync.config import load

Build = Callable[..., RestCms]
SINCE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def cms(rest_cms: Build) -> Build:
    return rest_cms


def sent(httpserver: HTTPServer) -> list[list[tuple[str, str]]]:
    """The parameters of each request, in their order."""
    return [parse_qsl(request.query_string.decode(), keep_blank_values=True) for request, _ in httpserver.log]


GHOST = {"changed_since_params": {"filter": "updated_at:>'{since}'"}}
DRUPAL = {
    "changed_since_format": "epoch",
    "changed_since_params": {
        "filter[c][condition][path]": "changed",
        "filter[c][condition][operator]": ">",
        "filter[c][condition][value]": "{since}",
    },
}
UMBRACO = {
    "params": {"filter": "contentType:brand", "Sort": "name:asc"},
    "changed_since_params": {"filter": "updateDate>{since}", "sort": ["a", "b"]},
}


@pytest.mark.parametrize(
    ("given", "always", "incremental"),
    [
        (GHOST, [], [("filter", "updated_at:>'2026-01-02T03:04:05Z'")]),
        (
            DRUPAL,
            [],
            [
                ("filter[c][condition][path]", "changed"),
                ("filter[c][condition][operator]", ">"),
                ("filter[c][condition][value]", "1767323045"),
            ],
        ),
        (
            UMBRACO,
            [("filter", "contentType:brand"), ("Sort", "name:asc")],
            [
                ("filter", "contentType:brand"),
                ("filter", "updateDate>2026-01-02T03:04:05Z"),
                ("Sort", "name:asc"),
                ("sort", "a"),
                ("sort", "b"),
            ],
        ),
        (
            {"changed_since_params": {"where": '{"updatedAt": {"gt": "{since}"}}'}},
            [],
            [("where", '{"updatedAt": {"gt": "2026-01-02T03:04:05Z"}}')],
        ),
    ],
)
def test_only_incremental_runs_send_their_parameters_beside_the_fixed_ones(
    httpserver: HTTPServer, cms: Build, given: dict[str, Any], always: Any, incremental: Any
) -> None:
    httpserver.expect_request("/api/brands").respond_with_json([])
    source = cms(**given)
    assert source.changed_since
    source.retrieve_brands()
    source.retrieve_brands(since=SINCE)
    assert sent(httpserver) == [always, incremental]


def test_a_list_sends_its_parameter_several_times(httpserver: HTTPServer, cms: Build) -> None:
    httpserver.expect_request("/api/brands").respond_with_json([])
    all_entries(cms(params={"filter": ["a:1", "b:2"], "Filter": [True, 2], "none": []}))
    assert sent(httpserver) == [[("filter", "a:1"), ("filter", "b:2"), ("Filter", "true"), ("Filter", "2")]]


@pytest.mark.parametrize("paging", ["page", "link"])
def test_every_page_of_an_incremental_run_has_them_once(httpserver: HTTPServer, cms: Build, paging: str) -> None:
    def respond(request: Request) -> Response:
        last = request.args.get("page") == "2"
        following = f"{request.full_path}&page=2"
        headers = {} if last or paging == "page" else {"Link": f'<{following}>; rel="next"'}
        return Response('[{"id": 1}]' if not last else "[]", content_type="application/json", headers=headers)

    httpserver.expect_request("/api/brands").respond_with_handler(respond)
    source = cms(paging=paging, size_param="", **UMBRACO)
    all_entries(source, SINCE)
    for asked in sent(httpserver):
        assert [pair for pair in asked if pair[0] == "filter"] == [
            ("filter", "contentType:brand"),
            ("filter", "updateDate>2026-01-02T03:04:05Z"),
        ]
    assert len(sent(httpserver)) == 2


def test_credentials_in_a_list_are_hidden(httpserver: HTTPServer, cms: Build) -> None:
    httpserver.expect_request("/api/brands").respond_with_data("no: k3y-s3cret", 400)
    with pytest.raises(Exception, match="400 BAD REQUEST: no: ") as caught:
        cms(params={"api_key": ["k3y-s3cret"]}).retrieve_brands()
    assert "k3y-s3cret" not in str(caught.value)


def test_names_keep_their_case_in_the_file_and_in_a_variable_of_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "brandsync.toml"
    cms = '[cms]\nbackend = "rest"\nurl = "https://cms.example.com"\n'
    file.write_text(
        f'{cms}params = {{ "filter[Kind]" = ["a", "b"], Limit = 5 }}\n'
        'changed_since_params = { "filter[updatedAt]" = "{since}" }\n[store]\nbackend = "sql"\nurl = "sqlite:///b.db"\n',
        "utf-8",
    )
    settings = load(file).cms
    assert isinstance(settings, RestSettings)
    assert list(settings.params) == ["filter[Kind]", "Limit"]
    assert settings.changed_since_params == {"filter[updatedAt]": "{since}"}
    monkeypatch.setenv("BRANDSYNC_CMS__CHANGED_SINCE_PARAMS", '{"UpdatedAfter": "{since}"}')
    monkeypatch.setenv("BRANDSYNC_CMS__PARAMS", '{"apiKey": ["k"]}')
    settings = load(file).cms
    assert isinstance(settings, RestSettings)
    assert "UpdatedAfter" in settings.changed_since_params
    assert "apiKey" in settings.params


def test_an_incremental_run_asks_for_what_changed_and_misses_nothing(
    httpserver: HTTPServer, sqlite_url: str, tmp_path: Path
) -> None:
    rows = [{"id": f"e{at}", "name": f"Brand {at}", "updated_at": "2026-01-01T00:00:00Z"} for at in range(20)]
    rows[0]["updated_at"] = "2026-01-02T00:00:00Z"  # the newest comes again: a run asks for a little before it
    asked: list[dict[str, str]] = []

    def ghost(request: Request) -> Response:
        asked.append(request.args.to_dict())
        given = request.args.get("filter")
        since = moment_of(given.removeprefix("updated_at:>'").removesuffix("'")) if given else None
        found = [row for row in rows if since is None or moment_of(row["updated_at"]) > since]
        return Response(json.dumps({"posts": found}), content_type="application/json")

    httpserver.expect_request("/api/posts").respond_with_handler(ghost)
    with WatchedCms() as unused, Shop(tmp_path, unused, sqlite_url) as shop:
        shop.set("cms", url=httpserver.url_for("/api"), path="/posts", items="posts").set("sync", link="journal")
        shop.set("cms.changed_since_params", filter="updated_at:>'{since}'")
        assert shop.sync()["counts"]["created"] == 20
        rows[4] |= {"name": "Renamed", "updated_at": "2026-02-01T00:00:00Z"}
        day = shop.sync()
        assert (day["counts"]["updated"], day["counts"]["retrieved"], day["counts"]["missing"]) == (1, 2, 0)
    assert [list(one) for one in asked] == [[], ["filter"]]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"changed_since_params": {"a": "since"}}, "{since} must be somewhere in `changed_since_params`"),
        ({"changed_since_params": {"a": "{since}"}, "changed_since_param": "b"}, "leave out one"),
        ({"changed_since_params": {"a": 5}}, "valid string"),
        ({"params": {"a": {"b": 1}}}, "valid list"),
        ({"params": {"a": [["b"]]}}, "valid string"),
    ],
)
def test_parameters_that_make_no_request_are_a_mistake(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        RestSettings.model_validate({"backend": "rest", "url": "https://cms.example.com", **given})
    assert message in str(caught.value)
