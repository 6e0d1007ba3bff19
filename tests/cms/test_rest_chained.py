"""Listings in which each answer leads to the next: a cursor in a header, a link with another host."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from cms_listing import all_entries, problems
from pydantic import ValidationError
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from brandsync.cms.rest.backend import RestCms
from brandsync.cms.rest.settings import RestSettings
from brandsync.errors import ConfigError, Unreadable

Build = Callable[..., RestCms]


@pytest.fixture
def cms(rest_cms: Build) -> Build:
    return rest_cms


def as_json(value: Any, **headers: str) -> Response:
    return Response(json.dumps(value), content_type="application/json", headers=headers)


def mistake(**given: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        RestSettings.model_validate({"backend": "rest", "url": "https://cms.example.com", **given})
    return str(caught.value)


# A cursor in a header, as Kontent.ai has it.

CONTINUED: dict[str, Any] = {
    "path": "/items-feed",
    "items": "items",
    "paging": "cursor",
    "next_cursor": "header:X-Continuation",
    "cursor_param": "header:X-Continuation",
    "size_param": "",
    "id": "system.id",
    "fields": {"name": "elements.name.value"},
}


def item(number: int) -> dict[str, Any]:
    return {"system": {"id": f"i{number}"}, "elements": {"name": {"value": f"Brand {number}"}}}


@pytest.fixture
def feed(httpserver: HTTPServer) -> list[str | None]:
    """Kontent.ai's feed of 5 items, two a page: the cursors that came with each request."""
    asked: list[str | None] = []

    def respond(request: Request) -> Response:
        cursor = request.headers.get("X-Continuation")
        asked.append(cursor)
        assert request.args.to_dict() in ({}, {"system.type": "brand"})
        start = int((cursor or "at==0").removeprefix("at=="))
        more = {"X-Continuation": f"at=={start + 2}"} if start + 2 < 5 else {}
        return as_json({"items": [item(number) for number in range(start, min(5, start + 2))]}, **more)

    httpserver.expect_request("/api/items-feed").respond_with_handler(respond)
    return asked


@pytest.mark.parametrize("spelled", ["header:X-Continuation", "header: x-continuation"])
def test_a_cursor_in_a_header_goes_back_as_a_header(feed: list[str | None], cms: Build, spelled: str) -> None:
    source = cms(**CONTINUED | {"next_cursor": spelled, "cursor_param": spelled, "params": {"system.type": "brand"}})
    assert all_entries(source) == [item(number) for number in range(5)]
    assert feed == [None, "at==2", "at==4"]
    assert not [one for one in problems(source) if "external_id" not in one.what]


@pytest.mark.usefixtures("feed")
def test_an_unpaged_listing_with_such_a_header_names_the_settings_that_follow_it(cms: Build) -> None:
    with pytest.raises(ConfigError, match="`header:X-Continuation` names a next page") as caught:
        all_entries(cms(path="/items-feed", items="items"))
    assert caught.value.hint == (
        'set paging = "cursor", next_cursor = "header:X-Continuation", cursor_param = "header:X-Continuation" in [cms]'
    )


def test_a_cursor_may_come_in_a_header_and_go_back_in_the_url_or_the_body(httpserver: HTTPServer, cms: Build) -> None:
    def respond(request: Request) -> Response:
        after = request.args.get("after") or (request.json or {}).get("after") if request.is_json else None
        after = after or request.args.get("after")
        return as_json([{"id": after or "0"}], **({} if after else {"X-Next": "1"}))

    httpserver.expect_request("/api/brands").respond_with_handler(respond)
    following = {"paging": "cursor", "next_cursor": "header:X-Next"}
    assert all_entries(cms(**following, cursor_param="after")) == [{"id": "0"}, {"id": "1"}]
    assert all_entries(cms(**following, body={"after": "{cursor}"})) == [{"id": "0"}, {"id": "1"}]


def test_a_cursor_may_come_in_the_body_and_go_back_in_a_header(httpserver: HTTPServer, cms: Build) -> None:
    def respond(request: Request) -> Response:
        at = request.headers.get("X-At", "0")
        return as_json({"d": [{"id": at}], "next": "1" if at == "0" else None})

    httpserver.expect_request("/api/brands").respond_with_handler(respond)
    given = {"paging": "cursor", "items": "d", "next_cursor": "next", "cursor_param": "header:X-At"}
    assert all_entries(cms(**given)) == [{"id": "0"}, {"id": "1"}]
    assert all_entries(cms(**given, body={})) == [{"id": "0"}, {"id": "1"}]


@pytest.mark.parametrize("cursor", ["a\nInjected: yes", "é", "\x7f"])
def test_a_cursor_that_no_header_can_hold_is_told(httpserver: HTTPServer, cms: Build, cursor: str) -> None:
    httpserver.expect_request("/api/brands").respond_with_json({"d": [], "next": cursor})
    with pytest.raises(Unreadable, match="which no header can hold"):
        cms(items="d", paging="cursor", next_cursor="next", cursor_param="header:X-At").retrieve_brands()


def test_a_cursor_that_comes_again_in_a_header_ends_the_run(httpserver: HTTPServer, cms: Build) -> None:
    httpserver.expect_request("/api/items-feed").respond_with_handler(
        lambda _: as_json({"items": [item(1)]}, **{"X-Continuation": "round"})
    )
    with pytest.raises(Unreadable, match="came a second time"):
        all_entries(cms(**CONTINUED))


def test_the_url_of_the_next_page_may_stand_in_a_header_of_its_own(httpserver: HTTPServer, cms: Build) -> None:
    def respond(request: Request) -> Response:
        page = request.args.get("page", "1")
        return as_json([{"id": page}], **({"X-Next": "?page=2"} if page == "1" else {}))

    httpserver.expect_request("/api/brands").respond_with_handler(respond)
    assert all_entries(cms(paging="link", next_cursor="header:X-Next")) == [{"id": "1"}, {"id": "2"}]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"cursor_param": "header:"}, "must name the header that takes the cursor"),
        ({"cursor_param": "header:X Y"}, "must name the header that takes the cursor"),
        ({"next_cursor": "header: "}, "must name the header"),
        ({"cursor_param": "header:authorization", "token": "t"}, "already has a value"),
        ({"cursor_param": "header:X-Key", "headers": {"x-key": "1"}}, "already has a value"),
        ({"cursor_param": "header:X-C", "body": {"a": "{cursor}"}}, "leave out one"),
    ],
)
def test_a_header_that_can_take_no_cursor_is_a_mistake(given: dict[str, Any], message: str) -> None:
    assert message in mistake(**{"paging": "cursor", "next_cursor": "next", **given})


# A link that names the public address, where `url` is an internal one.


def results(number: int, target: str | None) -> dict[str, Any]:
    """A page as Django REST framework gives it."""
    return {"results": [{"id": number, "name": f"Brand {number}"}], "next": target, "count": 3}


@pytest.fixture
def public(httpserver: HTTPServer) -> list[str]:
    """A listing whose links name the public host: the requests that came."""
    asked: list[str] = []

    def respond(request: Request) -> Response:
        asked.append(f"{request.host} {request.full_path}")
        number = int(request.args.get("page", "1"))
        target = f"https://cms.example.com:8443/api/brands?page={number + 1}&q=a%2Fb" if number < 3 else None
        headers = {"Link": f'<{target}>; rel="next"'} if target else {}
        return as_json(results(number, target), **headers)

    httpserver.expect_request("/api/brands").respond_with_handler(respond)
    return asked


@pytest.mark.parametrize("way", [{"next_cursor": "next"}, {}])
def test_a_public_next_link_is_asked_for_at_the_configured_server(
    public: list[str], httpserver: HTTPServer, cms: Build, way: dict[str, str]
) -> None:
    source = cms(paging="link", items="results", next_origin="configured", token="secret", **way)
    assert [entry["id"] for entry in all_entries(source)] == [1, 2, 3]
    here = f"{httpserver.host}:{httpserver.port}"
    assert public == [
        f"{here} /api/brands?limit=100",
        f"{here} /api/brands?page=2&q=a%2Fb",
        f"{here} /api/brands?page=3&q=a%2Fb",
    ]


@pytest.mark.usefixtures("public")
def test_a_public_next_link_is_refused_by_default_and_the_error_names_the_setting(cms: Build) -> None:
    with pytest.raises(ConfigError, match="is not on the configured server") as caught:
        all_entries(cms(paging="link", items="results", next_cursor="next"))
    assert 'set next_origin = "configured"' in (caught.value.hint or "")


@pytest.mark.parametrize(
    "target", ["https://user:secret@cms.example.com/api/brands?page=2", "//other/api/brands?page=2"]
)
def test_credentials_in_a_link_are_not_taken_along(httpserver: HTTPServer, cms: Build, target: str) -> None:
    asked: list[str | None] = []

    def respond(request: Request) -> Response:
        asked.append(request.headers.get("Authorization"))
        return as_json(results(1, None if request.args.get("page") else target))

    httpserver.expect_request("/api/brands").respond_with_handler(respond)
    source = cms(paging="link", items="results", next_cursor="next", next_origin="configured")
    assert len(all_entries(source)) == 2
    assert asked == [None, None]


def test_links_to_two_hosts_that_are_one_page_go_round_in_circles(httpserver: HTTPServer, cms: Build) -> None:
    hosts = iter(range(10))
    httpserver.expect_request("/api/brands").respond_with_handler(
        lambda _: as_json(results(1, f"https://host{next(hosts)}.example.com/api/brands?page=2"))
    )
    with pytest.raises(Unreadable, match="came a second time"):
        all_entries(cms(paging="link", items="results", next_cursor="next", next_origin="configured"))


def test_the_origin_of_next_links_needs_links() -> None:
    assert '`next_origin` is for paging = "link" alone' in mistake(paging="page", next_origin="configured")
