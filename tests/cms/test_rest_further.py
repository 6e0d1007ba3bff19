"""An answer that says that there is more than it holds is never taken for everything."""

import json
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from brandsync.cms.rest.backend import RestCms, RestSettings
from brandsync.errors import ConfigError


def entries(count: int, first: int = 0) -> list[dict]:
    return [{"id": f"e{number}", "name": f"Brand {number}", "total": 9_999} for number in range(first, first + count)]


@pytest.fixture
def cms(httpserver: HTTPServer):
    opened = []

    def build(**given: Any) -> RestCms:
        url = httpserver.url_for("/api")
        opened.append(RestCms(RestSettings.model_validate({"backend": "rest", "url": url, **given})))
        return opened[-1]

    yield build
    for one in opened:
        one.close()


def serve(httpserver: HTTPServer, body: Any, headers: dict[str, str] | None = None, status: int = 200) -> None:
    answer = Response(json.dumps(body), status, content_type="application/json", headers=headers)
    httpserver.expect_request("/api/brands").respond_with_handler(lambda _: answer)


TEN = entries(10)
PAGE_OR_OFFSET = 'set paging = "page" or "offset", as the API has it'


@pytest.mark.parametrize(
    ("beside", "what", "hint"),
    [
        ({"total": 503}, "`total` says 503", f'{PAGE_OR_OFFSET}, and total = "total" in [cms]'),
        ({"total": "503"}, "`total` says 503", f'{PAGE_OR_OFFSET}, and total = "total" in [cms]'),
        ({"count": 503, "next": None}, "`count` says 503", 'total = "count" in [cms]'),
        ({"totalCount": 503}, "`totalCount` says 503", 'total = "totalCount"'),
        ({"total_count": 503}, "`total_count` says 503", 'total = "total_count"'),
        ({"totalItems": 503}, "`totalItems` says 503", 'total = "totalItems"'),
        ({"hydra:totalItems": 503}, '`"hydra:totalItems"` says 503', "total = '\"hydra:totalItems\"'"),
        ({"@odata.count": 503}, '`"@odata.count"` says 503', "total = '\"@odata.count\"'"),
        ({"count": 10, "total": 503}, "`total` says 503", 'total = "total"'),
        (
            {"meta": {"pagination": {"total": 503}}},
            "`meta.pagination.total` says 503",
            'total = "meta.pagination.total"',
        ),
        (
            {"page": {"totalElements": 503, "number": 0}},
            "`page.totalElements` says 503",
            'paging = "page", first_page = 0',
        ),
        (
            {"totalDocs": 503, "limit": 10, "page": 1, "hasNextPage": True, "nextPage": 2},
            "`nextPage` names a next page",
            'set paging = "page", and total = "totalDocs" in [cms]',
        ),
        (
            {"total": 194, "skip": 0, "limit": 10},
            "`total` says 194",
            'set paging = "offset", offset_param = "skip", total = "total" in [cms]',
        ),
        ({"offset": 0, "total": 194}, "`total` says 194", 'set paging = "offset", and total = "total" in [cms]'),
        ({"last_page": 6, "current_page": 1}, "`last_page` says 6 pages", 'set paging = "page" in [cms]'),
        (
            {"count": 503, "next": "https://cms.example.com/api/brands?page=2", "previous": None},
            "`next` names a next page",
            'set paging = "link", next_cursor = "next", total = "count" in [cms]',
        ),
        (
            {"links": [{"rel": "self", "href": "/api/brands"}, {"rel": "next", "href": "/api/brands?page=2"}]},
            "`links[?rel=='next'].href | [0]` names a next page",
            'set paging = "link", and next_cursor = "links[?rel==\'next\'].href | [0]" in [cms]',
        ),
        (
            {"link": [{"relation": "next", "url": "/api/brands?page=2"}]},
            "`link[?relation=='next'].url | [0]` names a next page",
            'paging = "link"',
        ),
        ({"pages": 5, "page": 1}, "`pages` says 5 pages", 'set paging = "page" in [cms]'),
        ({"meta": {"num_pages": 5}}, "`meta.num_pages` says 5 pages", 'set paging = "page" in [cms]'),
        ({"meta": {"page": {"current": 1, "total": 5}}}, "`meta.page.total` says 5 pages", 'paging = "page"'),
        ({"truncated": True}, "`truncated` is true", PAGE_OR_OFFSET),
        ({"has_more": "true"}, "`has_more` is true", PAGE_OR_OFFSET),
        ({"truncated": False, "next": "?page=2"}, "`next` names", 'paging = "link"'),
        ({"total": 503.0}, "`total` says 503", 'total = "total"'),
        ({"total": "1,503"}, "`total` says 1503", 'total = "total"'),
        ({"next": "?page=2"}, "`next` names", 'set paging = "link", and next_cursor = "next" in [cms]'),
        ({"links": {"next": "/api/brands?page=2"}}, "`links.next` names", 'next_cursor = "links.next"'),
        ({"links": {"next": {"href": "/brands?page=2"}}}, "`links.next.href` names", 'next_cursor = "links.next.href"'),
        ({"_links": {"next": {"href": "/brands?page=2"}}}, "`_links.next.href` names", 'paging = "link"'),
        ({"next_page_url": "https://x.example/?page=2"}, "`next_page_url` names", 'next_cursor = "next_page_url"'),
        (
            {"@odata.nextLink": "https://x.example/2"},
            '`"@odata.nextLink"` names',
            "next_cursor = '\"@odata.nextLink\"'",
        ),
        ({"next_page": 2}, "`next_page` names", 'set paging = "page" in [cms]'),
        ({"nextPageToken": "abc"}, "`nextPageToken` names", 'paging = "cursor", next_cursor = "nextPageToken"'),
        ({"meta": {"next_cursor": "abc"}}, "`meta.next_cursor` names", 'next_cursor = "meta.next_cursor"'),
        ({"paging": {"next": {"after": "abc"}}}, "`paging.next.after` names", 'next_cursor = "paging.next.after"'),
        ({"offset": "itr1/rec2"}, "`offset` names", 'next_cursor = "offset", cursor_param = "offset"'),
        ({"has_more": True}, "`has_more` is true", PAGE_OR_OFFSET),
        ({"pageInfo": {"hasNextPage": True}}, "`pageInfo.hasNextPage` is true", PAGE_OR_OFFSET),
        (
            {"isLast": False, "startAt": 0},
            "`isLast` is false",
            'set paging = "offset", and offset_param = "startAt" in [cms]',
        ),
    ],
)
def test_an_unpaged_answer_that_says_there_is_more_names_it_and_the_settings(httpserver, cms, beside, what, hint):
    serve(httpserver, {"data": TEN, **beside})
    with pytest.raises(ConfigError, match="the 10 entries that came are not all there are") as refused:
        cms(items="data").retrieve_brands()
    assert what in refused.value.message
    assert hint in (refused.value.hint or "")


@pytest.mark.parametrize(
    ("headers", "what", "hint"),
    [
        ({"X-Total-Count": "503"}, "`header:X-Total-Count` says 503", 'total = "header:X-Total-Count"'),
        ({"x-wp-total": "503"}, "`header:X-WP-Total` says 503", 'total = "header:X-WP-Total"'),
        ({"Content-Range": "items 0-9/503"}, "`header:Content-Range` says 503", 'total = "header:Content-Range"'),
        ({"X-Next-Page": "2", "X-Page": "1"}, "`header:X-Next-Page` names a next page", 'set paging = "page" in [cms]'),
        ({"X-Total-Pages": "5"}, "`header:X-Total-Pages` says 5 pages", 'set paging = "page" in [cms]'),
        ({"X-WP-TotalPages": "5"}, "`header:X-WP-Totalpages` says 5 pages", 'set paging = "page" in [cms]'),
        ({"X-Pagination-Page-Count": "5"}, "`header:X-Pagination-Page-Count` says 5 pages", 'paging = "page"'),
        ({"X-Has-More": "true"}, "`header:X-Has-More` is true", PAGE_OR_OFFSET),
        ({"X-Next-Cursor": "abc"}, "`header:X-Next-Cursor` names a next page", PAGE_OR_OFFSET),
        ({"Link": "</api/brands?page=2>; REL=Next"}, "the Link header names", 'set paging = "link" in [cms]'),
        ({"Link": '</api/brands?page=2>; rel="next"'}, "the Link header names", 'set paging = "link" in [cms]'),
    ],
)
def test_a_bare_list_whose_headers_say_there_is_more_is_not_everything(httpserver, cms, headers, what, hint):
    serve(httpserver, TEN, headers)
    with pytest.raises(ConfigError) as refused:
        cms().retrieve_brands()
    assert what in refused.value.message
    assert hint in (refused.value.hint or "")


@pytest.mark.parametrize(
    "beside",
    [
        {},
        {"total": 10, "count": 10},
        {"count": 3},
        {"total": 0},
        {"total": None},
        {"total": True},
        {"total": 503.5},
        {"total": "many"},
        {"total": "9" * 5_000},
        {"next": None},
        {"next": ""},
        {"next": False},
        {"next": 0},
        {"links": {"next": None, "self": "/api/brands", "last": "/api/brands?page=1"}},
        {"_links": {"next": {}}},
        {"has_more": False, "next_cursor": "abc"},
        {"pageInfo": {"hasNextPage": False, "endCursor": "abc"}},
        {"last": True, "totalPages": 1},
        {"last_page": 1},
        {"pages": 1, "num_pages": 0, "truncated": False},
        {
            "pages": [{"total": 503}],
            "links": [{"rel": "self", "href": "/api/brands?page=2"}, "next", {"rel": ["next"]}],
        },
        {"page": {"total": 10, "size": 10}},
        {"meta": {"total_count": 900, "filter_count": 10}},
        {"products": {"total": 503, "next": "/products?page=2"}},
        {"meta": [{"total": 503}]},
        {"totals": 503, "totally": 503, "tot\nal": 503},
    ],
)
def test_what_says_nothing_of_more_is_no_false_alarm(httpserver, cms, beside):
    serve(httpserver, {"data": TEN, **beside})
    page = cms(items="data").retrieve_brands()
    assert (len(page.entries), page.next, page.more) == (10, None, None)


def test_a_next_page_that_is_this_very_one_is_no_false_alarm(httpserver, cms):
    serve(httpserver, {"data": TEN, "next": httpserver.url_for("/api/brands")})
    assert cms(items="data").retrieve_brands().next is None


@pytest.mark.parametrize("given", ["0-9/*", "bytes 0-1023/146515", "items 0-9/10", "/"])
def test_a_range_that_says_nothing_of_more_entries_is_no_false_alarm(httpserver, cms, given):
    serve(httpserver, TEN, {"Content-Range": given, "X-Total-Count": "10"})
    assert cms().retrieve_brands().next is None


@pytest.mark.parametrize("items", ["data.brands.edges[].node", "data.brands.edges[*].node"])
def test_what_holds_the_list_is_looked_at_and_what_stands_elsewhere_is_not(httpserver, cms, items):
    edges = [{"node": entry} for entry in TEN]
    brands = {"edges": edges, "pageInfo": {"hasNextPage": False}}
    serve(httpserver, {"data": {"brands": brands, "products": {"totalCount": 900, "pageInfo": {"hasNextPage": True}}}})
    assert len(cms(items=items).retrieve_brands().entries) == 10
    httpserver.clear()
    serve(httpserver, {"data": {"brands": brands | {"pageInfo": {"hasNextPage": True}}}})
    with pytest.raises(ConfigError, match=r"`data.brands.pageInfo.hasNextPage` is true"):
        cms(items=items).retrieve_brands()


@pytest.mark.parametrize(
    ("body", "items", "path"),
    [
        ({"response-data": {"total": 50, "items": TEN}}, '"response-data".items', '"response-data".total'),
        ({"data": {"total": 50, "items": TEN}}, "@.data.items", "data.total"),
        ({"data": {"total": 50, "items": TEN}}, "data | items", "data.total"),
        ({"data": {"total": 50, "items": TEN}}, "data.items[?id]", "data.total"),
        ([{"total": 50, "items": TEN}], "[0].items", "[0].total"),
        ({"sets": [{"meta": {"total": 50}, "items": TEN}]}, "sets[-1].items[:]", "sets[-1].meta.total"),
    ],
)
def test_what_holds_the_list_is_found_however_items_leads_there(httpserver, cms, body, items, path):
    serve(httpserver, body)
    with pytest.raises(ConfigError) as refused:
        cms(items=items).retrieve_brands()
    assert f"`{path}` says 50" in refused.value.message
    assert cms(items=items, paging="page", total=path).retrieve_brands().total == 50, "the hint holds"


def test_a_list_that_items_makes_up_is_looked_at_from_outside(httpserver, cms):
    serve(httpserver, {"a": TEN[:5], "b": TEN[5:], "total": 50})
    with pytest.raises(ConfigError, match="`total` says 50"):
        cms(items="[a, b][]").retrieve_brands()


@pytest.mark.parametrize(("content_range", "partial"), [("items 0-9/*", True), (None, True), ("items 0-9/10", False)])
def test_a_status_that_stands_for_a_part_is_believed_save_where_a_range_knows_better(
    httpserver, cms, content_range, partial
):
    serve(httpserver, TEN, {"Content-Range": content_range} if content_range else None, 206)
    if not partial:
        assert len(cms().retrieve_brands().entries) == 10
        return
    with pytest.raises(ConfigError, match="its status is 206") as refused:
        cms().retrieve_brands()
    assert PAGE_OR_OFFSET in (refused.value.hint or "")


def test_a_list_of_links_can_be_followed_as_the_hint_says(httpserver, cms):
    def answer(request: Request) -> Response:
        start = int(request.args.get("from", 0))
        links = [{"rel": "self", "href": "/api/brands"}, {"rel": "next", "href": f"/api/brands?from={start + 10}"}]
        body = {"data": entries(25)[start : start + 10], "links": links[: 2 if start < 20 else 1]}
        return Response(json.dumps(body), content_type="application/json")

    httpserver.expect_request("/api/brands").respond_with_handler(answer)
    source = cms(items="data", paging="link", next_cursor="links[?rel=='next'].href | [0]")
    page, found = source.retrieve_brands(), []
    while page.next:
        found += page.entries
        page = source.retrieve_brands(page.next)
    assert [*found, *page.entries] == entries(25)


def test_a_total_of_a_search_engine_is_understood(httpserver, cms):
    serve(httpserver, {"hits": {"total": {"value": 503, "relation": "eq"}, "hits": TEN}})
    with pytest.raises(ConfigError, match=r"`hits.total.value` says 503") as refused:
        cms(items="hits.hits").retrieve_brands()
    assert 'total = "hits.total.value"' in (refused.value.hint or "")


def test_check_says_it_too(httpserver, cms):
    serve(httpserver, {"data": TEN, "total": 503})
    with pytest.raises(ConfigError, match="not all there are"):
        list(cms(items="data").check())


def paged(request: Request) -> Response:
    """Fifty entries, ten a page, in every way of paging at once."""
    args = request.args
    size = int(args.get("limit", 10))
    start = int(args.get("offset", 0)) or (int(args.get("page", 1)) - 1) * size
    start = int(args["cursor"]) if "cursor" in args else start
    last = start + size >= 50
    body = {
        "data": entries(50)[start : start + size],
        "total": 50,
        "offset": start,
        "next": None if last else f"/api/brands?limit={size}&offset={start + size}",
    }
    headers = {} if last else {"Link": f'</api/brands?limit={size}&offset={start + size}>; rel="next"'}
    return Response(json.dumps(body), content_type="application/json", headers=headers)


def test_the_settings_that_an_error_proposes_list_everything(httpserver, cms):
    httpserver.expect_request("/api/brands").respond_with_handler(paged)
    with pytest.raises(ConfigError) as refused:
        cms(items="data").retrieve_brands()
    assert refused.value.hint == 'set paging = "link", and total = "total" in [cms]'
    source = cms(items="data", paging="link", total="total", page_size=20)
    page, found = source.retrieve_brands(), []
    while page.next:
        found += page.entries
        page = source.retrieve_brands(page.next)
    assert [*found, *page.entries] == entries(50)
    assert page.total == 50


@pytest.mark.parametrize(
    ("beside", "what"),
    [
        ({"meta": {"next": "abc"}}, "`meta.next` names a next page; set paging ="),
        ({"links": {"next": "/api/brands?page=2"}}, "`links.next` names a next page"),
        ({"has_more": True}, "`has_more` is true"),
        ({"meta": {"total": 503}}, "`meta.total` says 503"),
        ({"total_pages": 9}, "`total_pages` says 9 pages"),
    ],
)
@pytest.mark.parametrize("given", [{"paging": "cursor", "next_cursor": "wrong"}, {"paging": "link"}])
def test_a_chain_that_ends_where_the_answer_leads_on_is_not_whole(httpserver, cms, beside, what, given):
    serve(httpserver, {"data": TEN, **beside})
    page = cms(items="data", **given).retrieve_brands()
    assert page.next is None
    assert what in (page.more or "")


def test_a_link_beside_a_cursor_that_ends_is_told(httpserver, cms):
    serve(httpserver, {"data": TEN}, {"Link": '</api/brands?page=2>; rel="next"'})
    page = cms(items="data", paging="cursor", next_cursor="next").retrieve_brands()
    assert "the Link header names a next page" in (page.more or "")


@pytest.mark.parametrize("beside", [{}, {"next": None}, {"total": 100}, {"total": 503, "has_more": False}])
def test_a_chain_that_ends_without_a_word_is_whole(httpserver, cms, beside):
    serve(httpserver, {"data": entries(100), **beside})
    page = cms(items="data", paging="cursor", next_cursor="next").retrieve_brands()
    assert (page.next, page.more) == (None, None)
    assert page.total in {None, 100}


@pytest.mark.parametrize("given", [{"paging": "cursor", "next_cursor": "next"}, {"paging": "link"}])
def test_a_chain_that_ends_before_the_total_of_an_earlier_answer_is_not_whole(httpserver, cms, given):
    def answer(request: Request) -> Response:
        if request.args.keys() & {"page", "cursor"}:
            return Response(json.dumps({"data": [], "total": 0}))
        by_cursor = {"next": "a"} if given["paging"] == "cursor" else {}
        link = {} if by_cursor else {"Link": '</api/brands?page=2>; rel="next"'}
        return Response(json.dumps({"data": TEN, "total": 503, **by_cursor}), headers=link)

    httpserver.expect_request("/api/brands").respond_with_handler(answer)
    source = cms(items="data", **given)
    page = source.retrieve_brands(source.retrieve_brands().next)
    assert (page.next, page.total) == (None, 503)
    assert "`total` says 503" in (page.more or "")


@pytest.mark.parametrize("paging", ["page", "offset"])
@pytest.mark.parametrize("count", [10, 20])
@pytest.mark.parametrize("status", [400, 404, 416])
def test_a_page_beyond_a_total_may_be_refused(httpserver, cms, paging, count, status):
    def answer(request: Request) -> Response:
        start = int(request.args["offset"]) if paging == "offset" else (int(request.args["page"]) - 1) * 10
        found = entries(count)[start : start + 10]
        if not found:
            return Response("there is no such page", status=status)
        return Response(json.dumps({"data": found, "total": count}), content_type="application/json")

    httpserver.expect_request("/api/brands").respond_with_handler(answer)
    source = cms(items="data", paging=paging, page_size=10, total="total")
    page, found = source.retrieve_brands(), []
    while page.next:
        found += [entry["id"] for entry in page.entries]
        page = source.retrieve_brands(page.next)
    found += [entry["id"] for entry in page.entries]
    assert {*found} == {f"e{number}" for number in range(count)}
    assert (page.total, page.more) == (count, None)


def test_a_server_that_refuses_offsets_within_a_page_is_asked_for_whole_pages(httpserver, cms):
    def answer(request: Request) -> Response:
        start = int(request.args["offset"])
        if start % 10:
            return Response("offset must be a multiple of limit", status=400)
        return Response(json.dumps(entries(25)[start : start + 10]), content_type="application/json")

    httpserver.expect_request("/api/brands").respond_with_handler(answer)
    source = cms(paging="offset", page_size=10)
    page, found = source.retrieve_brands(), []
    while page.next:
        found += page.entries
        page = source.retrieve_brands(page.next)
    assert found == entries(25)


def test_a_first_page_that_is_refused_is_a_mistake_in_the_configuration(httpserver, cms):
    httpserver.expect_request("/api/brands").respond_with_handler(lambda _: Response(status=400))
    with pytest.raises(ConfigError) as refused:
        cms(paging="offset", total="total").retrieve_brands()
    assert "`path`" in (refused.value.hint or "")
