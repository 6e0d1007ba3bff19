"""Any JSON API by configuration, against real sockets."""

import base64
import json
import re
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone

import pytest
import stamina
from pydantic import ValidationError
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from brandsync.brand import ExternalId
from brandsync.cms.rest.backend import RestCms, RestSettings
from brandsync.errors import ConfigError, CredentialsRefused, Rejected, TryAgainLater, Unreadable

JSON = "application/json"
SECRET = "s3cret-value"


def entries(count: int, first: int = 0) -> list[dict]:
    return [{"id": number, "name": f"Brand {number}"} for number in range(first, first + count)]


def settings(url: str = "https://cms.example.com/api", **given) -> RestSettings:
    return RestSettings.model_validate({"backend": "rest", "url": url, **given})


@pytest.fixture(autouse=True)
def quick_retries():
    with stamina.set_testing(True, attempts=2):
        yield


@pytest.fixture
def cms(httpserver: HTTPServer):
    opened = []

    def build(**given) -> RestCms:
        opened.append(RestCms(settings(httpserver.url_for("/api"), **given)))
        return opened[-1]

    yield build
    for one in opened:
        one.close()


def listed(source: RestCms, limit: int = 40) -> list:
    page = source.retrieve_brands()
    found = list(page.entries)
    while page.next and limit:
        page, limit = source.retrieve_brands(page.next), limit - 1
        found += page.entries
    assert limit, "the listing did not end"
    return found


def serve(httpserver: HTTPServer, answer, path: str = "/api/brands") -> None:
    """Answer with what ``answer(request)`` returns: a response, or what is to become JSON."""

    def respond(request: Request) -> Response:
        found = answer(request)
        return found if isinstance(found, Response) else Response(json.dumps(found), content_type=JSON)

    httpserver.expect_request(path).respond_with_handler(respond)


def arguments(httpserver: HTTPServer) -> list[dict]:
    return [request.args.to_dict() for request, _ in httpserver.log]


def test_the_defaults_fit_the_cms_of_the_guide(httpserver, cms):
    serve(httpserver, lambda _: entries(3))
    source = cms(token=SECRET)
    page = source.retrieve_brands()
    assert (list(page.entries), page.next, page.total) == (entries(3), None, None)
    assert httpserver.log[0][0].headers["Authorization"] == f"Bearer {SECRET}"
    assert arguments(httpserver) == [{}]
    assert source.requests == 1
    assert source.links
    assert not source.changed_since


@pytest.mark.parametrize(
    ("given", "header", "value"),
    [
        ({"token": SECRET}, "Authorization", f"Bearer {SECRET}"),
        ({"auth": "header", "auth_header": "X-API-Key", "token": SECRET}, "X-API-Key", SECRET),
        (
            {"auth": "header", "auth_header": "Authorization", "auth_prefix": "users API-Key", "token": SECRET},
            "Authorization",
            f"users API-Key {SECRET}",
        ),
        (
            {"auth": "basic", "username": "ed", "password": SECRET},
            "Authorization",
            f"Basic {base64.b64encode(f'ed:{SECRET}'.encode()).decode()}",
        ),
        ({"auth": "basic", "username": "ed", "password": ""}, "Authorization", "Basic ZWQ6"),
        ({"headers": {"X-Tenant": "t1"}}, "X-Tenant", "t1"),
        ({}, "Authorization", None),
    ],
)
def test_credentials_are_sent_as_configured(httpserver, cms, given, header, value):
    serve(httpserver, lambda _: [])
    listed(cms(**given))
    assert httpserver.log[0][0].headers.get(header) == value


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ({"token": SECRET}, "BRANDSYNC_CMS__TOKEN"),
        ({"auth": "basic", "username": "ed", "password": SECRET}, "`password`"),
        ({"params": {"api_key": SECRET}}, "wants credentials"),
        ({"headers": {"X-Key": SECRET}}, "wants credentials"),
    ],
)
@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_name_the_setting_and_never_the_secret(httpserver, cms, given, hint, status):
    serve(httpserver, lambda _: Response(f"no: {SECRET}", status=status))
    with pytest.raises(CredentialsRefused, match=str(status)) as caught:
        cms(**given).retrieve_brands()
    assert hint in (caught.value.hint or "")
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(settings(**given))


def by_page(request: Request) -> dict:
    number, size = int(request.args["page"]), int(request.args["limit"])
    return {"data": entries(25)[(number - 1) * size : number * size], "meta": {"total": "25"}}


def test_pages_are_counted_until_the_total_is_reached(httpserver, cms):
    serve(httpserver, by_page)
    source = cms(paging="page", page_size=10, items="data", total="meta.total", params={"status": "live", "deep": True})
    assert listed(source) == entries(25)
    assert arguments(httpserver) == [
        {"status": "live", "deep": "true", "page": str(number), "limit": "10"} for number in (1, 2, 3)
    ]
    assert source.retrieve_brands().total == 25


def test_without_a_total_pages_go_on_until_one_is_empty(httpserver, cms):
    serve(httpserver, by_page)
    assert listed(cms(paging="page", page_size=10, items="data")) == entries(25)
    assert len(httpserver.log) == 4


def test_pages_may_start_at_zero_and_have_other_names(httpserver, cms):
    serve(httpserver, lambda request: entries(2) if request.args["p"] == "0" else [])
    assert listed(cms(paging="page", first_page=0, page_param="p", size_param="")) == entries(2)
    assert arguments(httpserver) == [{"p": "0"}, {"p": "1"}]


def test_a_short_page_does_not_end_the_listing(httpserver, cms):
    short = [entries(10), entries(4, 10), entries(10, 14), []]
    serve(httpserver, lambda request: short[int(request.args["page"]) - 1])
    assert listed(cms(paging="page", page_size=10)) == entries(24)


def test_a_listing_that_grows_while_it_is_read_is_read_to_its_end(httpserver, cms):
    everything = entries(20)

    def growing(request: Request) -> Response:
        number = int(request.args["page"])
        if number == 2:
            everything.insert(0, {"id": 99, "name": "New"})
        found = everything[(number - 1) * 10 : number * 10]
        return Response(json.dumps(found), content_type=JSON, headers={"X-Total-Count": str(len(everything))})

    serve(httpserver, growing)
    found = listed(cms(paging="page", page_size=10, total="header:X-Total-Count"))
    assert {entry["id"] for entry in found} == {*range(20), 99}
    assert [given["page"] for given in arguments(httpserver)] == ["1", "2", "1", "2", "3"]


def distinct(found: list) -> list:
    """The entries in the order in which they came first."""
    return list({entry["id"]: entry for entry in found}.values())


def test_an_offset_advances_by_what_came_less_three_entries(httpserver, cms):
    def capped(request: Request) -> list:
        start = int(request.args["offset"])
        return entries(25)[start : start + 7]

    serve(httpserver, capped)
    assert distinct(listed(cms(paging="offset", page_size=10))) == entries(25)
    assert [given["offset"] for given in arguments(httpserver)] == ["0", "4", "8", "12", "16", "20", "25"]


def test_an_offset_ends_at_the_total(httpserver, cms):
    def answer(request: Request) -> dict:
        start = int(request.args["skip"])
        return {"brands": entries(20)[start : start + int(request.args["n"])], "count": 20}

    serve(httpserver, answer)
    source = cms(paging="offset", page_size=10, offset_param="skip", size_param="n", items="brands", total="count")
    assert distinct(listed(source)) == entries(20)
    assert [given["skip"] for given in arguments(httpserver)] == ["0", "7", "14"]


def totalling(*totals: object):
    """Two entries on the first page, none on the others, and a total on each."""
    return lambda request: {
        "d": entries(2) if request.args["page"] == "1" else [],
        "total": totals[min(int(request.args["page"]), len(totals)) - 1],
    }


@pytest.mark.parametrize("total", [True, "many", 1.5, -1, [2], {"value": 2}, "9" * 5_000, 10**19, "1,05"])
def test_a_total_that_is_no_number_is_a_mistake_in_the_configuration(httpserver, cms, total):
    serve(httpserver, totalling(total))
    with pytest.raises(ConfigError, match=r"`total` \(total\) finds .*, which is no number of entries") as caught:
        listed(cms(paging="page", items="d", total="total"))
    assert len(caught.value.message) < 300
    assert "leave it out" in (caught.value.hint or "")


@pytest.mark.parametrize("total", [1050, 1050.0, "1050", " 1050 ", "1050.0", "1,050", "1 050", "1'050", "1\u202f050"])
def test_a_total_is_read_in_any_form_that_has_one_meaning(httpserver, cms, total):
    serve(httpserver, totalling(total))
    assert cms(paging="page", items="d", total="total").retrieve_brands().total == 1050


@pytest.mark.parametrize("totals", [(2, "many"), (2, None), (2, "")])
def test_a_total_that_only_later_is_no_number_stops_nothing(httpserver, cms, totals):
    serve(httpserver, totalling(*totals))
    assert listed(cms(paging="page", items="d", total="total")) == entries(2)


@pytest.mark.parametrize("total", [None, ""])
@pytest.mark.parametrize("where", ["total", "totl", "header:X-Total"])
def test_a_total_that_finds_nothing_beside_entries_proves_nothing_and_is_a_mistake(httpserver, cms, total, where):
    serve(httpserver, totalling(total))
    with pytest.raises(ConfigError, match=rf"`total` \({where}\) finds nothing, which is no number of entries"):
        listed(cms(paging="page", items="d", total=where))


def test_a_listing_of_nothing_may_lack_its_total(httpserver, cms):
    serve(httpserver, lambda _: {"d": []})
    source = cms(paging="page", items="d", total="total")
    assert listed(source) == []
    assert any("`total` (total) finds nothing" in finding.what and finding.fix for finding in source.check())


def test_a_page_can_be_fetched_again_by_its_cursor(httpserver, cms):
    serve(httpserver, by_page)
    source = cms(paging="page", page_size=10, items="data", total="meta.total")
    cursor = source.retrieve_brands().next
    assert source.retrieve_brands(cursor) == source.retrieve_brands(cursor)
    assert cms(paging="page", page_size=10, items="data").retrieve_brands(cursor).entries == entries(10, 10)


@pytest.mark.parametrize("paging", ["page", "offset"])
def test_a_server_that_ignores_the_paging_parameters_is_found_out(httpserver, cms, paging):
    serve(httpserver, lambda _: entries(10))
    with pytest.raises(ConfigError, match="the same page came 3 times") as caught:
        listed(cms(paging=paging, page_size=10))
    assert "paging parameters" in (caught.value.hint or "")


def test_the_same_page_twice_does_not_pass_for_the_total(httpserver, cms):
    serve(httpserver, lambda _: {"d": entries(10), "total": 20})
    with pytest.raises(ConfigError, match="the same page came 2 times"):
        listed(cms(paging="page", page_size=10, items="d", total="total"))


def test_an_unpaged_listing_that_is_not_complete_is_an_error(httpserver, cms):
    serve(httpserver, lambda _: {"d": entries(10), "total": 20})
    with pytest.raises(ConfigError, match="10 entries that came are not all") as caught:
        listed(cms(items="d", total="total"))
    assert "set paging =" in (caught.value.hint or "")


def linked(
    request: Request,
    total: int = 25,
    target: str = "/api/brands?page={}&limit=10",
    header: str = '<{}>; rel="next"',
) -> Response:
    number = int(request.args.get("page", 1))
    found = entries(total)[(number - 1) * 10 : number * 10]
    headers = {"Link": header.replace("{}", target.format(number + 1))} if number * 10 < total else {}
    return Response(json.dumps(found), content_type=JSON, headers=headers)


def test_an_unpaged_listing_with_a_following_page_is_an_error(httpserver, cms):
    serve(httpserver, linked)
    with pytest.raises(ConfigError) as caught:
        listed(cms())
    assert caught.value.hint == 'set paging = "link" in [cms]'


def test_links_are_followed_with_the_parameters_they_lack(httpserver, cms):
    serve(httpserver, linked)
    assert listed(cms(paging="link", page_size=10, params={"api_key": SECRET, "page": 1})) == entries(25)
    assert arguments(httpserver) == [{"api_key": SECRET, "page": str(number), "limit": "10"} for number in (1, 2, 3)]


@pytest.mark.parametrize(
    "header",
    [
        '<{}>; rel="prefetch next"',
        "<{}>; REL=Next",
        "<{}>;rel = next",
        '<{}>; title="a, <b>; \\" rel=\'x\'"; rel=next',
        '<{}>; rel="next"; rel="last"',
        '</other?a=b,c;d>; rel="last", <{}>; rel="next"',
        ', </other>; anchor="/elsewhere"; rel=next, <{}>;; rel="NEXT" ;',
    ],
)
def test_a_link_header_is_read_as_its_standard_says(httpserver, cms, header):
    serve(httpserver, lambda request: linked(request, target="/api/brands?page={}&q=a,b;c&limit=10", header=header))
    assert listed(cms(paging="link", page_size=10)) == entries(25)


@pytest.mark.parametrize(
    "header", ['<{}>; rel="last"', "<{}>", "{}; rel=next", "<>; rel=next", '<{}>; title="rel=next"']
)
def test_a_link_header_that_names_no_next_page_leads_nowhere(httpserver, cms, header):
    serve(httpserver, lambda request: linked(request, header=header))
    assert listed(cms(paging="link", page_size=10)) == entries(10)


def test_a_next_page_that_is_no_address_is_told(httpserver, cms):
    serve(httpserver, lambda _: {"d": entries(2), "next": "http://[x"})
    with pytest.raises(Unreadable, match="which is no valid URL"):
        listed(cms(paging="link", items="d", next_cursor="next"))
    with pytest.raises(ConfigError, match="`next` names a next page"):
        listed(cms(items="d"))


def test_a_relative_link_starts_at_the_page_that_holds_it(httpserver, cms):
    serve(httpserver, lambda request: linked(request, target="?page={}"))
    assert listed(cms(paging="link", page_size=10)) == entries(25)


def test_a_link_to_another_server_is_not_followed(httpserver, cms):
    serve(httpserver, lambda request: linked(request, target="https://evil.example/brands?page={}"))
    with pytest.raises(ConfigError, match=r"https://evil.example/brands is not on the configured server"):
        listed(cms(paging="link", token=SECRET))


@pytest.mark.parametrize("start", ["", "/api/brands", None])
def test_the_following_url_may_stand_in_the_answer(httpserver, cms, start):
    start = httpserver.url_for("/api/brands") if start is None else start

    def answer(request: Request) -> dict:
        number = int(request.args.get("page", 1))
        following = f"{start}?page={number + 1}" if number < 3 else None
        return {"results": entries(2, 2 * number), "next": following}

    serve(httpserver, answer)
    assert listed(cms(paging="link", items="results", next_cursor="next")) == entries(6, 2)


@pytest.mark.parametrize("end", [None, "", False])
def test_a_cursor_is_followed_until_there_is_none(httpserver, cms, end):
    chain = {None: ("c1", entries(2)), "c1": (7, []), "7": (end, entries(2, 2))}

    def answer(request: Request) -> dict:
        following, found = chain[request.args.get("after")]
        return {"d": found, "meta": {"next": following}}

    serve(httpserver, answer)
    source = cms(paging="cursor", cursor_param="after", next_cursor="meta.next", items="d")
    assert listed(source) == entries(4)
    assert arguments(httpserver)[1] == {"after": "c1", "limit": "100"}


@pytest.mark.parametrize("circle", [["a", "a"], ["a", "b", "a"], ["a", "b", "c", "d", "e", "f", "c"]])
def test_a_cursor_that_comes_again_is_unreadable(httpserver, cms, circle):
    after = dict(zip([None, *circle], circle, strict=False))
    serve(httpserver, lambda request: {"d": entries(1), "next": after[request.args.get("cursor")]})
    with pytest.raises(Unreadable, match="second time"):
        listed(cms(paging="cursor", next_cursor="next", items="d"))


@pytest.mark.parametrize("cursor", [True, {}, [1], 1.5])
def test_a_cursor_of_another_type_is_unreadable(httpserver, cms, cursor):
    serve(httpserver, lambda _: {"d": [], "next": cursor})
    with pytest.raises(Unreadable, match=r"`next_cursor` \(next\) finds"):
        listed(cms(paging="cursor", next_cursor="next", items="d"))


@pytest.mark.parametrize(
    ("form", "sent"), [("iso", "2026-01-02T03:04:05Z"), ("epoch", "1767323045")], ids=["iso", "epoch"]
)
def test_a_listing_can_be_limited_to_what_changed(httpserver, cms, form, sent):
    serve(httpserver, lambda _: [])
    source = cms(changed_since_param="updated_after", changed_since_format=form)
    assert source.changed_since
    moment = datetime(2026, 1, 2, 3, 4, 5, 999, tzinfo=UTC).astimezone(timezone(timedelta(hours=5)))
    source.retrieve_brands(since=moment)
    source.retrieve_brands()
    assert arguments(httpserver) == [{"updated_after": sent}, {}]


def test_a_moment_is_not_sent_where_nothing_takes_it(httpserver, cms):
    serve(httpserver, lambda _: [])
    cms().retrieve_brands(since=datetime.now(UTC))
    assert arguments(httpserver) == [{}]


@pytest.mark.parametrize(
    ("answer", "found", "hint"),
    [
        (None, "it is null", "set `items`"),
        ("x", "it is text", "set `items`"),
        (Response("<html>hi", content_type="text/html"), "text/html that is not JSON: <html>hi", "check the URL"),
        (Response("[{", content_type=JSON), "is not JSON", "check the URL"),
    ],
)
def test_what_is_no_listing_is_unreadable(httpserver, cms, answer, found, hint):
    serve(httpserver, lambda _: answer)
    with pytest.raises(Unreadable, match=found) as caught:
        cms().retrieve_brands()
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("answer", "found", "hint"),
    [
        ({"data": [], "meta": {}}, "an object with the keys data, meta", 'set items = "data" in [cms]'),
        ({"data": {"all-brands": []}}, "with the keys data", "set items = 'data.\"all-brands\"' in [cms]"),
        ({"a": [], "b": []}, "with the keys a, b", "the list of entries; there are lists at `a`, `b`"),
        ({"errors": [], "warnings": [], "data": None}, "with the keys", "the JMESPath of the list of entries"),
        ({}, "an empty object", "set `items`"),
    ],
)
def test_a_listing_without_the_list_is_a_wrong_setting_and_the_hint_says_the_right_one(
    httpserver, cms, answer, found, hint
):
    serve(httpserver, lambda _: answer)
    with pytest.raises(ConfigError, match=found) as caught:
        cms().retrieve_brands()
    assert hint in (caught.value.hint or "")


def test_items_where_the_answer_is_the_list_itself_is_a_wrong_setting(httpserver, cms):
    serve(httpserver, lambda _: [{"id": 1, "name": "A"}])
    with pytest.raises(ConfigError, match="finds null and no list, in a list") as caught:
        cms(items="data").retrieve_brands()
    assert caught.value.hint == "leave `items` out in [cms]: the answer is the list itself"


def test_a_null_page_in_an_envelope_is_a_wrong_setting(httpserver, cms):
    serve(httpserver, lambda _: {"data": None})
    with pytest.raises(ConfigError, match=r"`items` \(data\) finds null"):
        cms(items="data").retrieve_brands()


@pytest.mark.parametrize("items", [None, "data.brands"])
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"errors": [{"message": "Token has expired"}], "data": None}, "Token has expired"),
        ({"error": {"brands": ["are not yours"]}}, "brands: are not yours"),
        ({"message": "down for maintenance"}, "down for maintenance"),
        ({"detail": "secret-token-1 is unknown"}, "[*]+ is unknown"),
    ],
)
def test_an_error_in_a_200_is_shown_and_never_synced(httpserver, cms, answer, said, items):
    serve(httpserver, lambda _: answer)
    with pytest.raises(Unreadable, match=f'it says "{said}", and holds no list') as caught:
        cms(items=items, token="secret-token-1").retrieve_brands()
    assert "items" not in (caught.value.hint or "")


@pytest.mark.parametrize("way", [("page", 404), ("page", 400), ("offset", 416), ("offset", 422)])
@pytest.mark.parametrize(
    ("beside", "hint"),
    [
        ({"count": 250}, 'set total = "count" in [cms]'),
        ({"next": "/api/brands?page=2"}, 'set paging = "link", and next_cursor = "next" in [cms]'),
        ({}, "say how many entries there are: `total` in [cms]"),
    ],
)
def test_a_page_after_the_last_that_is_refused_names_what_tells_the_end(httpserver, cms, way, beside, hint):
    paging, status = way

    def answer(request: Request) -> object:
        start = int(request.args.get("offset", 0)) or 100 * (int(request.args.get("page", 1)) - 1)
        page = entries(250)[start : start + 100]
        return {"d": page, **beside} if page else Response('{"detail": "no such page"}', status, content_type=JSON)

    serve(httpserver, answer)
    with pytest.raises(ConfigError, match="no such page; the pages before it came") as caught:
        listed(cms(paging=paging, items="d"))
    assert hint in (caught.value.hint or "")
    told = [found for found in cms(paging=paging, items="d").check() if "where the listing ends" in found.what]
    assert [hint in (found.fix or "") for found in told] == [True]
    if "count" in beside:
        assert not [one for one in cms(paging=paging, items="d", total="count").check() if "ends" in one.what]
        found = listed(cms(paging=paging, items="d", total="count"))
        assert {entry["id"] for entry in found} == {entry["id"] for entry in entries(250)}


@pytest.mark.parametrize(
    ("given", "header", "hint"),
    [
        ({"paging": "link", "next_cursor": "next"}, False, "the page before leads there by `next_cursor` (next): corr"),
        ({"paging": "link"}, True, "the page before leads there by its Link header: set `next_cursor`"),
        (
            {"paging": "cursor", "next_cursor": "next", "cursor_param": "c"},
            False,
            "by `next_cursor` (next), sent as `cursor_param` (c): correct",
        ),
    ],
)
def test_a_page_that_the_cms_names_and_refuses_is_told_with_what_led_there(httpserver, cms, given, header, hint):
    def answer(request: Request) -> Response:
        if request.args:
            return Response(status=404)
        headers = {"Link": '</api/brands?p=2>; rel="next"'} if header else {}
        return Response(json.dumps({"d": entries(3), "next": "?p=2"}), 200, headers, content_type=JSON)

    serve(httpserver, answer)
    with pytest.raises(ConfigError, match="404 NOT FOUND; the pages before it came") as caught:
        listed(cms(items="d", size_param="", **given))
    assert hint in (caught.value.hint or "")
    assert "set paging" not in (caught.value.hint or "")


def test_a_later_page_that_is_no_list_is_the_servers_mistake(httpserver, cms):
    serve(httpserver, lambda request: {"d": entries(100) if request.args["page"] == "1" else None})
    with pytest.raises(Unreadable, match=r"finds null and no list.*the pages before had one") as caught:
        listed(cms(paging="page", items="d"))
    assert "`total`" in (caught.value.hint or "")


def test_a_listing_that_is_not_there_is_a_configuration_error(httpserver, cms):
    serve(httpserver, lambda _: Response(status=404), path="/api/nowhere")
    with pytest.raises(ConfigError, match=r"GET .*/api/nowhere answers") as caught:
        cms(path="/nowhere").retrieve_brands()
    assert "`path`" in (caught.value.hint or "")


def test_a_broken_server_means_try_again_later(httpserver, cms):
    serve(httpserver, lambda _: Response(status=500))
    with pytest.raises(TryAgainLater):
        cms().retrieve_brands()


def written(httpserver: HTTPServer, source: RestCms, *links: ExternalId) -> list[tuple]:
    """The requests that write these links."""
    seen = []

    def answer(request: Request) -> Response:
        seen.append((request.method, request.environ["REQUEST_URI"], request.json))
        return Response(status=204)

    httpserver.expect_request(re.compile("/api/.*")).respond_with_handler(answer)
    source.links.write(links)
    return seen


def test_a_link_is_written_and_cleared_as_the_guides_cms_wants_it(httpserver, cms):
    assert written(httpserver, cms(), ExternalId("e1", "b1"), ExternalId("e2", None)) == [
        ("PATCH", "/api/brands/e1", {"external_id": "b1"}),
        ("PATCH", "/api/brands/e2", {"external_id": None}),
    ]


def test_a_nested_external_id_is_written_where_it_is_read(httpserver, cms):
    source = cms(external_id="meta.shop.external_id", link_method="PUT", link_path="/items/{id}/link")
    assert written(httpserver, source, ExternalId("e1", "b1")) == [
        ("PUT", "/api/items/e1/link", {"meta": {"shop": {"external_id": "b1"}}})
    ]


def test_a_link_can_have_any_body(httpserver, cms):
    body = {"op": "set", "n": 5, "on": ["{id}", True], "to": "{external_id}", "note": "shop:{external_id}!"}
    source = cms(link_method="POST", link_path="/links", link_body=json.dumps(body))
    assert written(httpserver, source, ExternalId("e1", "b1"), ExternalId("e1", None)) == [
        ("POST", "/api/links", {"op": "set", "n": 5, "on": ["e1", True], "to": "b1", "note": "shop:b1!"}),
        ("POST", "/api/links", {"op": "set", "n": 5, "on": ["e1", True], "to": None, "note": "shop:!"}),
    ]


@pytest.mark.parametrize(
    ("cms_id", "sent"),
    [
        ("a/b", "a%2Fb"),
        ("../admin", "..%2Fadmin"),
        ("é?x=1#y", "%C3%A9%3Fx%3D1%23y"),
        ("a b%2F", "a%20b%252F"),
        ("...", "..."),
    ],
)
def test_an_id_never_leaves_its_segment(httpserver, cms, cms_id, sent):
    ((_, uri, _),) = written(httpserver, cms(), ExternalId(cms_id, "b1"))
    assert uri == f"/api/brands/{sent}"


@pytest.mark.parametrize("cms_id", ["", ".", ".."])
def test_an_id_that_means_another_path_is_never_sent(cms, cms_id):
    source = cms()
    with pytest.raises(Rejected, match="cannot be written to"):
        source.links.write([ExternalId(cms_id, "b1")])
    assert source.requests == 0


def test_a_path_cannot_clear_what_only_it_carries(cms):
    with pytest.raises(Rejected, match="would be empty"):
        cms(link_path="/brands/{id}/to/{external_id}").links.write([ExternalId("e1", None)])


def test_a_link_that_the_cms_refuses_names_the_entry(httpserver, cms):
    serve(httpserver, lambda _: Response('{"message": "gone"}', status=404, content_type=JSON), "/api/brands/e1")
    with pytest.raises(Rejected, match=r"the entry e1 cannot be written: .* 404 .*: gone") as caught:
        cms().links.write([ExternalId("e1", "b1")])
    assert "`link_path`" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"errors": [{"id": "7", "message": "no permission for {token}"}]}, ": no permission for [*]+$"),
        ({"error": "read-only", "data": None}, ": read-only$"),
        ({"success": False}, "with an error$"),
        ({"ok": False, "message": "locked"}, ": locked$"),
        ({"status": "Failed"}, ": status: Failed$"),
    ],
)
@pytest.mark.parametrize("status", [200, 207])
def test_an_answer_to_a_link_that_calls_itself_an_error_is_no_success(httpserver, cms, answer, said, status):
    body = json.dumps(answer).replace("{token}", SECRET)
    serve(httpserver, lambda _: Response(body, status, content_type=JSON), path="/api/brands/9")
    with pytest.raises(
        Rejected, match=rf"entry 9 cannot be written: PATCH /brands/9 answers {status} .*{said}"
    ) as told:
        cms(token=SECRET).links.write([ExternalId("9", "b1")])
    assert "`link_body`" in (told.value.hint or "")


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "[]",
        "done",
        '{"errors": [], "error": null, "status": "ok"}',
        '{"success": true, "errors": ["`name` is deprecated"]}',
        '{"id": 9, "name": "A", "status": "failed", "error": "a field of the entry"}',
        '{"data": {"id": 9}, "errors": [{"message": "another entry is locked"}]}',
        '{"results": [{"id": 9, "status": 200}], "status": "failed"}',
    ],
)
def test_any_other_answer_to_a_link_is_the_servers_own_affair(httpserver, cms, answer):
    serve(httpserver, lambda _: Response(answer, 200, content_type=JSON), path="/api/brands/9")
    assert cms().links.write([ExternalId("9", "b1")]) == []


def test_a_link_is_written_again_after_an_unknown_outcome(httpserver, cms):
    answers = [Response(status=500), Response(status=204)]
    serve(httpserver, lambda _: answers.pop(0), "/api/brands/e1")
    source = cms(link_method="POST")
    source.links.write([ExternalId("e1", "b1")])
    assert source.requests == 2


def test_check_finds_every_path(httpserver, cms):
    serve(httpserver, lambda _: {"d": [{"id": 1, "name": "A", "external_id": None, "x": {"y": "z"}}], "n": 7})
    findings = list(cms(items="d", total="n", paging="page", fields={"name": "name", "handle": "x.y"}).check())
    assert all(finding.ok for finding in findings)
    assert "holds 1 of 7 entries" in findings[0].what
    assert any("`external_id`" in finding.what for finding in findings)


def test_check_warns_of_an_external_id_that_no_entry_has(httpserver, cms):
    serve(httpserver, lambda _: [*entries(2), None])
    bad = [finding for finding in cms(external_id="meta.external_id").check() if not finding.ok]
    assert ["may ignore what is written there" in finding.what for finding in bad] == [True]


def test_check_tells_of_entries_that_cannot_be_read(httpserver, cms):
    serve(httpserver, lambda _: [{"title": "A"}])
    source = cms(external_id="ids[0]", link_body={"x": "{external_id}"}, fields={"name": "join(',', title)"})
    assert [finding.ok for finding in source.check()] == [True, False, False, False]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"url": "ftp://x"}, "https://"),
        ({"url": "https://"}, "https://"),
        ({"url": f"https://me:{SECRET}@cms.example.com"}, "settings of their own"),
        ({"url": "https://cms.example.com/?a=1"}, "no query"),
        ({"auth": "basic", "username": "ed"}, "needs `username` and `password`"),
        ({"auth": "basic", "username": "ed", "password": SECRET, "token": SECRET}, "`token` is not sent"),
        ({"username": "ed", "password": SECRET}, 'only with auth = "basic"'),
        ({"auth": "header", "token": SECRET}, "needs `auth_header`"),
        ({"paging": "cursor"}, "needs `next_cursor`"),
        ({"page_size": 0}, "greater than or equal to 1"),
        ({"total": "header: "}, "must name the header"),
        ({"total": "a["}, "is not a JMESPath"),
        ({"total": 5}, "valid string"),
        ({"external_id": "ids[0]"}, "say in `link_body`"),
        ({"link_path": "/brands/{slug}"}, "holds {slug}; the placeholders are {id} and {external_id}"),
        ({"link_body": {"a": ["{what}", "{external_id}"]}}, "holds {what}"),
        ({"link_body": "{external_id}"}, "JSON object as text"),
        ({"link_body": "[]"}, "valid dictionary"),
        ({"link_body": {"a": 1}}, "{external_id} must be somewhere"),
        ({"link_path": "/brands"}, "{id} must be somewhere"),
        ({"link_method": "GET"}, "'PATCH', 'PUT' or 'POST'"),
        ({"pagin": "page"}, "Extra inputs"),
    ],
)
def test_a_mistake_in_the_settings_is_told_without_its_value(given, message):
    with pytest.raises(ValidationError) as caught:
        settings(**given)
    assert message in str(caught.value)
    assert SECRET not in str(caught.value)


def test_a_cms_is_known_by_its_listing_without_a_query():
    source = RestCms(settings("https://cms.example.com/api/", path=f"brands?key={SECRET}"))
    assert source.where() == "https://cms.example.com/api/brands"


def test_closing_lets_go_of_connections(httpserver):
    serve(httpserver, lambda _: [])
    with closing(RestCms(settings(httpserver.url_for("/api")))) as source:
        source.retrieve_brands()
    assert source.http._client is None


@pytest.mark.parametrize("target", ["http://[::1", "http://[evil]/x", "http://x:port/", "http://\ud800"])
@pytest.mark.parametrize("paging", ["link", "none"])
def test_a_link_to_the_next_page_that_is_no_address_is_named(httpserver: HTTPServer, cms, target: str, paging: str):
    serve(httpserver, lambda _: {"data": entries(2), "next": target})
    with pytest.raises((Unreadable, ConfigError), match="next"):
        listed(cms(items="data", paging=paging, **({"next_cursor": "next"} if paging == "link" else {})))


PLAIN = {
    "params": {"locale": "en", "status": "published", "fields[brands]": "name,logo", "since": "2026-01-01T00:00:00Z"},
    "headers": {"Accept-Language": "de-DE", "Accept": "application/vnd.api+json; version=2", "X-Tenant": "brands"},
}


def test_settings_that_are_no_credentials_are_not_hidden(httpserver: HTTPServer, cms):
    said = f"Forbidden: {json.dumps(PLAIN)}"[:200]
    httpserver.expect_request("/api/brands").respond_with_data(said, 403, content_type="text/plain")
    with pytest.raises(CredentialsRefused) as raised:
        cms(**PLAIN).retrieve_brands()
    assert raised.value.message.endswith(said)


@pytest.mark.parametrize(
    "given",
    [
        {"params": {"api_key": SECRET}},
        {"params": {"apikey": SECRET}},
        {"params": {"preview": "8f3b1c2d9e4a5f607182"}},
        {"headers": {"X-Api-Key": SECRET}},
        {"headers": {"Cookie": f"theme=dark; session={SECRET}"}},
        {"headers": {"Proxy-Authorization": f"Bearer {SECRET}"}},
        {"headers": {"X-Vault": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.x"}},
    ],
)
def test_credentials_among_headers_and_parameters_are_hidden(httpserver: HTTPServer, cms, given: dict):
    (values,) = given.values()
    secret = next(iter(values.values())).split("session=")[-1].removeprefix("Bearer ")
    httpserver.expect_request("/api/brands").respond_with_data(f"no: {secret}", 403, content_type="text/plain")
    with pytest.raises(CredentialsRefused, match=r"no: \*\*\*"):
        cms(**given).retrieve_brands()
