"""Listings by POST: a GraphQL server that executes each query, and whatever else takes a JSON body."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import stamina
from cms_listing import all_entries, problems
from graphql import build_schema, graphql_sync
from pydantic import ValidationError
from pytest_httpserver import HTTPServer
from shop import Shop, WatchedCms
from werkzeug import Request, Response

from brandsync.cms.rest.backend import RestCms
from brandsync.cms.rest.settings import RestSettings
from brandsync.errors import ConfigError, CredentialsRefused, TryAgainLater, Unreadable

SCHEMA = build_schema(
    """
    type Brand { id: ID!  name: String  updatedAt: String!  externalId: String }
    type Edge { cursor: String!  node: Brand! }
    type PageInfo { hasNextPage: Boolean!  endCursor: String }
    type Aggregate { count: Int! }
    type BrandConnection { edges: [Edge!]!  pageInfo: PageInfo!  aggregate: Aggregate! }
    input BrandWhereInput { updatedAt_gt: String }
    type Query {
      brandsConnection(first: Int, skip: Int, after: String, where: BrandWhereInput): BrandConnection!
    }
    """
)
"""The part of a Hygraph project's schema that lists brands."""

QUERY = """
query Brands($size: Int, $skip: Int, $after: String, $where: BrandWhereInput) {
  page: brandsConnection(first: $size, skip: $skip, after: $after, where: $where) {
    edges { node { id name updatedAt externalId } }
    pageInfo { hasNextPage endCursor }
    aggregate { count }
  }
}
"""
NEXT = "data.page.pageInfo.hasNextPage && data.page.pageInfo.endCursor"
BY_CURSOR: dict[str, Any] = {
    "path": "/graphql",
    "items": "data.page.edges[].node",
    "paging": "cursor",
    "page_size": 10,
    "next_cursor": NEXT,
    "total": "data.page.aggregate.count",
    "updated_at": "updatedAt",
    "external_id": "externalId",
    "body": {"query": QUERY, "variables": {"size": "{page_size}", "after": "{cursor}"}},
    "changed_since_body": {"variables": {"where": {"updatedAt_gt": "{since}"}}},
}
BY_OFFSET = {
    **{key: value for key, value in BY_CURSOR.items() if key != "next_cursor"},
    "paging": "offset",
    "body": {"query": QUERY, "variables": {"size": "{page_size}", "skip": "{offset}"}},
}


def brand(number: int) -> dict[str, Any]:
    day = f"2026-01-{number % 28 + 1:02}T00:00:00Z"
    return {"id": f"b{number}", "name": f"Brand {number}", "updatedAt": day, "externalId": None}


class GraphQL:
    """Executes what it is asked. ``first`` is refused beyond the most that it allows, as by Hygraph."""

    def __init__(self, count: int = 25) -> None:
        self.brands = [brand(number) for number in range(count)]
        self.asked: list[dict[str, Any]] = []
        self.answers: list[Response] = []
        """What to answer first."""

    def respond(self, request: Request) -> Response:
        assert request.method == "POST"
        self.asked.append({**request.json, "url": request.args.to_dict()})
        if self.answers:
            return self.answers.pop(0)
        given = request.json
        found = graphql_sync(SCHEMA, given["query"], self, variable_values=given.get("variables"))
        return as_json(found.formatted)

    def brandsConnection(self, _info: Any, **asked: Any) -> dict[str, Any]:  # noqa: N802 - the schema's name
        since = (asked.get("where") or {}).get("updatedAt_gt", "")
        rows = [row for row in self.brands if row["updatedAt"] > since]
        start = asked.get("skip") or (int(b64decode(asked["after"])) if asked.get("after") else 0)
        shown = rows[start : start + asked.get("first", 10)]
        edges = [{"cursor": _cursor(start + at + 1), "node": row} for at, row in enumerate(shown)]
        info = {
            "hasNextPage": start + len(shown) < len(rows),
            "endCursor": _cursor(start + len(shown)) if shown else None,
        }
        return {"edges": edges, "pageInfo": info, "aggregate": {"count": len(rows)}}


def _cursor(number: int) -> str:
    return b64encode(str(number).encode()).decode()


def as_json(value: Any, status: int = 200) -> Response:
    return Response(json.dumps(value), status, content_type="application/json")


@pytest.fixture(autouse=True)
def quick_retries() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2):
        yield


@pytest.fixture
def graphql(httpserver: HTTPServer) -> GraphQL:
    server = GraphQL()
    httpserver.expect_request("/api/graphql").respond_with_handler(server.respond)
    return server


Build = Callable[..., RestCms]


@pytest.fixture
def cms(rest_cms: Build) -> Build:
    return rest_cms


def test_graphql_is_listed_by_cursor_and_the_first_page_has_none(graphql: GraphQL, cms: Build) -> None:
    assert all_entries(cms(**BY_CURSOR)) == graphql.brands
    sent = [asked["variables"] for asked in graphql.asked]
    assert sent == [{"size": 10}, {"size": 10, "after": _cursor(10)}, {"size": 10, "after": _cursor(20)}]
    assert [asked["url"] for asked in graphql.asked] == [{}, {}, {}]


def test_graphql_is_listed_by_offset_with_overlapping_pages(graphql: GraphQL, cms: Build) -> None:
    found = all_entries(cms(**BY_OFFSET))
    assert {entry["id"] for entry in found} == {entry["id"] for entry in graphql.brands}
    assert [asked["variables"]["skip"] for asked in graphql.asked] == [0, 7, 14, 21][: len(graphql.asked)]


def test_pages_may_be_numbered_in_the_body(httpserver: HTTPServer, cms: Build) -> None:
    asked = []

    def search(request: Request) -> Response:
        asked.append(request.json)
        number = request.json["paging"]["page"]
        return as_json({"d": [brand(number)] if number < 3 else []})

    httpserver.expect_request("/api/brands").respond_with_handler(search)
    body = {"paging": {"page": "{page}", "of": "page {page}"}, "sort": ["id"], "deep": True}
    assert all_entries(cms(items="d", paging="page", body=body)) == [brand(1), brand(2)]
    assert asked[1] == {"paging": {"page": 2, "of": "page 2"}, "sort": ["id"], "deep": True}


def test_a_body_without_pages_is_sent_with_the_parameters(httpserver: HTTPServer, cms: Build) -> None:
    httpserver.expect_request("/api/brands", method="POST", json={}, query_string={"locale": "en"}).respond_with_json(
        [brand(1)]
    )
    assert all_entries(cms(body={}, params={"locale": "en"})) == [brand(1)]


@pytest.mark.parametrize(("form", "sent"), [("iso", "2026-01-20T00:00:00Z"), ("epoch", 1768867200)])
def test_only_an_incremental_run_sends_the_moment(graphql: GraphQL, cms: Build, form: str, sent: Any) -> None:
    since = datetime(2026, 1, 20, tzinfo=UTC)
    source = cms(**BY_CURSOR, changed_since_format=form)
    assert source.changed_since
    if form == "iso":
        changed = [one for one in graphql.brands if one["updatedAt"] > "2026-01-20"]
        assert all_entries(source, since) == changed[1:]
    else:
        with pytest.raises(Unreadable, match="String cannot represent a non string value"):
            all_entries(source, since)
    assert graphql.asked[0]["variables"] == {"size": 10, "where": {"updatedAt_gt": sent}}
    source.retrieve_brands()
    assert graphql.asked[-1]["variables"] == {"size": 10}


def test_braces_in_a_query_are_no_placeholders_however_tight_they_are(httpserver: HTTPServer, cms: Build) -> None:
    query = "{page{cursor}offset{id}}"
    httpserver.expect_request("/api/brands", json={"query": query}).respond_with_json([])
    assert all_entries(cms(body={"query": query})) == []


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize(
    ("errors", "said"),
    [
        ([{"message": "Field 'naem' doesn't exist", "path": ["page"]}], "Field 'naem' doesn't exist"),
        ([{"message": "one"}, {"message": "two"}], r"one \(and 1 more\)"),
        ({"size": "is too large"}, "size: is too large"),
        (True, "no more than that"),
        (["it is down"], "it is down"),
    ],
)
def test_errors_in_a_good_answer_are_told_and_what_came_with_them_is_not_synced(
    graphql: GraphQL, cms: Build, errors: Any, said: str, first: bool
) -> None:
    source = cms(**BY_CURSOR)
    cursor = None if first else source.retrieve_brands().next
    page = {"edges": [{"node": {"id": "b1", "name": None}}], "pageInfo": {}, "aggregate": {"count": 1}}
    graphql.answers = [as_json({"data": {"page": page}, "errors": errors})]
    with pytest.raises(Unreadable, match=rf"POST .*/graphql: the answer names an error: ({said})") as caught:
        source.retrieve_brands(cursor)
    assert "`body`" in (caught.value.hint or "")


def test_an_empty_list_of_errors_is_none(graphql: GraphQL, cms: Build) -> None:
    page = {"edges": [], "pageInfo": {}, "aggregate": {"count": 0}}
    graphql.answers = [as_json({"data": {"page": page}, "errors": []})]
    assert all_entries(cms(**BY_CURSOR)) == []


def test_errors_that_refuse_the_credentials_say_so_and_name_the_setting(graphql: GraphQL, cms: Build) -> None:
    refusal = {"message": "not for s3cret-token", "extensions": {"code": "UNAUTHENTICATED"}}
    graphql.answers = [as_json({"data": None, "errors": [refusal]})]
    with pytest.raises(CredentialsRefused, match="the answer names an error: not for ") as caught:
        cms(**BY_CURSOR, token="s3cret-token").retrieve_brands()
    assert "`token`" in (caught.value.hint or "")
    assert "s3cret-token" not in str(caught.value)


def test_credentials_in_a_body_are_hidden_and_the_words_of_a_query_are_not(httpserver: HTTPServer, cms: Build) -> None:
    httpserver.expect_request("/api/brands").respond_with_json({"errors": ["no brandsConnection2024 for k3y-s3cret"]})
    body = {"query": "{ brandsConnection2024 { id } }", "auth": [{"api_key": "k3y-s3cret", "token": "{page_size}"}]}
    with pytest.raises(Unreadable, match=r"no brandsConnection2024 for \W") as caught:
        cms(body=body).retrieve_brands()
    assert "k3y-s3cret" not in str(caught.value)


def test_a_query_that_the_server_refuses_names_the_body(graphql: GraphQL, cms: Build) -> None:
    graphql.answers = [as_json({"errors": [{"message": "Syntax Error"}]}, 400)]
    with pytest.raises(ConfigError, match="400 BAD REQUEST: Syntax Error") as caught:
        cms(**BY_CURSOR).retrieve_brands()
    assert caught.value.hint == "check `url`, `path`, `body` and `params` in [cms]"


def test_a_listing_by_post_is_repeated_like_any_other(graphql: GraphQL, cms: Build) -> None:
    graphql.answers = [as_json({}, 500)]
    assert all_entries(cms(**BY_CURSOR)) == graphql.brands
    graphql.answers = [as_json({}, 502), as_json({}, 502)]
    with pytest.raises(TryAgainLater):
        all_entries(cms(**BY_CURSOR))


@pytest.mark.parametrize(
    ("more", "what", "hint"),
    [
        ({"pageInfo": {"hasNextPage": True}}, "`data.pageInfo.hasNextPage` is true", "`paging`"),
        ({"total": 7, "skip": 0}, "`data.total` says 7", 'set paging = "offset", {offset} in `body` where it belongs'),
        ({"nextCursor": "abc"}, "`data.nextCursor` names a next page", "{cursor} in `body` where it belongs"),
    ],
)
def test_an_answer_that_says_there_is_more_names_settings_that_a_body_takes(
    httpserver: HTTPServer, cms: Build, more: dict[str, Any], what: str, hint: str
) -> None:
    httpserver.expect_request("/api/brands").respond_with_json({"data": {"brands": [brand(1)], **more}})
    with pytest.raises(ConfigError) as caught:
        cms(items="data.brands", body={"query": "{ x }"}).retrieve_brands()
    assert what in caught.value.message
    assert hint in (caught.value.hint or "").replace('paging = "page" or "offset"', "`paging`")
    assert "_param" not in (caught.value.hint or "")


def test_a_check_asks_as_a_run_does(graphql: GraphQL, cms: Build) -> None:
    source = cms(**BY_CURSOR)
    assert problems(source) == []
    assert "POST" in next(source.check()).what
    assert len(graphql.asked) == 2


def test_a_dry_run_and_a_run_read_graphql_and_know_what_changed(
    graphql: GraphQL, httpserver: HTTPServer, sqlite_url: str, tmp_path: Path
) -> None:
    with WatchedCms() as unused, Shop(tmp_path, unused, sqlite_url) as shop:
        shop.set("cms", **{name: value for name, value in BY_CURSOR.items() if "body" not in name})
        shop.set("cms", url=httpserver.url_for("/api")).set("cms.body", query=QUERY)
        shop.set("cms.body.variables", size="{page_size}", after="{cursor}")
        shop.set("cms.changed_since_body.variables.where", updatedAt_gt="{since}").set("sync", link="journal")
        planned = shop.sync(dry_run=True)
        assert (planned["exit_code"], planned["counts"]["created"]) == (0, 25)
        assert shop.sync()["counts"]["created"] == 25
        graphql.brands[3] |= {"name": "Renamed", "updatedAt": "2026-02-01T00:00:00Z"}
        graphql.asked.clear()
        day = shop.sync()
        assert (day["counts"]["updated"], day["counts"]["missing"], day["requests"]) == (1, 0, 1)
        assert "updatedAt_gt" in graphql.asked[0]["variables"]["where"]
        graphql.brands[3]["name"] = "Lost"
        graphql.answers = [as_json({"data": {"page": None}, "errors": [{"message": "out of order"}]})]
        failed = shop.sync(full=True)
        assert failed["exit_code"] == 1
        assert "out of order" in failed["error"]
        assert len(shop.names()) == 25


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"body": {"a": "{curser}"}}, "holds {curser}; the placeholders are {page_size}, {page}, {offset}, {cursor}"),
        ({"body": {"a": ["{page}"]}}, '`body` holds {page}, which needs paging = "page"'),
        ({"body": {}, "paging": "offset"}, 'paging = "offset" needs {offset} somewhere in `body`'),
        ({"body": {"a": "{page}"}, "paging": "page", "page_param": "p"}, "`page_param` is not sent with a `body`: put"),
        ({"body": {"a": "{page}"}, "paging": "page", "size_param": "n"}, "put {page_size} into the body instead"),
        ({"body": {}, "page_size": 5}, "`page_size` is not sent: put {page_size} into `body`"),
        ({"body": {"a": "> {since}"}}, "move it to `changed_since_body`"),
        ({"body": {}, "changed_since_body": {"a": 1}}, "{since} must be somewhere in `changed_since_body`"),
        ({"changed_since_body": {"a": "{since}"}}, "which isn't set: set it, or leave both out"),
        ({"body": "{}x"}, "must be a table, or a JSON object as text"),
    ],
)
def test_a_body_that_fits_no_request_is_a_mistake(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        RestSettings.model_validate({"backend": "rest", "url": "https://cms.example.com", **given})
    assert message in str(caught.value)
