"""Credentials go to the configured server alone, whatever answers and links say."""

import re
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler
from http.server import HTTPServer as PlainServer
from threading import Thread
from typing import Any

import pytest
from evidence import BASIC_USER, SECRET, assert_silent, leaks
from extent import enough
from pytest_httpserver import HTTPServer
from ran import Command
from shop import Shop
from werkzeug import Request, Response

pytestmark = pytest.mark.usefixtures("no_retries")

ANY = re.compile(".*")
CREDENTIALS: Mapping[str, dict[str, Any]] = {
    "bearer": {"token": SECRET},
    "basic": {"auth": "basic", "username": BASIC_USER, "password": SECRET},
    "header": {"auth": "header", "auth_header": "X-Api-Key", "token": SECRET},
}
ELSEWHERE = {
    "another port": "http://localhost:{port}/brands",
    "another host": "http://127.0.0.1:{here}/brands",
    "another scheme": "https://localhost:{here}/brands",
    "no scheme": "//localhost:{port}/brands",
    "with a user": "http://editor:x@localhost:{port}/brands",
    "with the host for a user": "http://localhost:{here}@localhost:{port}/brands",
    "a backslash": "http:\\\\localhost:{port}\\brands",
    "another kind": "file:///etc/passwd",
}
"""Where an answer of localhost may send one; ``port`` is the trap's, ``here`` the server's own."""


def credentials_at(where: str) -> list[Mapping[str, Any]]:
    """A place is refused before anybody looks at the credentials: every kind of them for one place is enough."""
    every = list(CREDENTIALS.values())
    return enough(every if where == "another port" else every[:1], of=every)


@pytest.fixture(scope="module")
def other() -> Iterator[HTTPServer]:
    """Another server."""
    with HTTPServer(host="localhost") as server:
        yield server


@pytest.fixture
def trap(other: HTTPServer) -> HTTPServer:
    """Another server, which nobody is to talk to, and which nobody has talked to."""
    other.clear()
    other.expect_request(ANY).respond_with_json([])
    return other


@pytest.fixture
def site(httpserver: HTTPServer, shop: Shop) -> HTTPServer:
    """The configured server: sets a cookie, and answers as the test says."""
    shop.set("cms", url=httpserver.url_for(""))
    return httpserver


def sent(location: str, status: int) -> Response:
    return Response(status=status, headers={"Location": location, "Set-Cookie": f"session={SECRET}; Path=/"})


@pytest.mark.parametrize(
    ("where", "status"),
    [*((where, 302) for where in ELSEWHERE), *(("another port", status) for status in (301, 303, 307, 308))],
)
def test_a_redirect_to_elsewhere_is_refused_and_named(
    brandsync: Command, shop: Shop, site: HTTPServer, trap: HTTPServer, *, where: str, status: int
) -> None:
    location = ELSEWHERE[where].format(port=trap.port, here=site.port)
    site.expect_request(ANY).respond_with_handler(lambda _: sent(location, status))
    for credentials in credentials_at(where):
        shop.sections["cms"] = {"backend": "rest", "url": site.url_for(""), **credentials}
        ran = brandsync("sync", "--config", str(shop.config))
        assert ran.code == 78
        assert "is redirected to" in ran.err or "is not a valid URL" in ran.err or "more than 5 times" in ran.err
        assert_silent(ran)
    assert not trap.log


@pytest.mark.parametrize(
    ("location", "code", "told"),
    [
        ("http:\\\\localhost\\brands", 78, "is redirected to what is not a valid URL"),
        ("http://[", 78, "is redirected to another server"),
        ("http:", 78, "was redirected more than 5 times"),
        ("http://localhost:99999999/", 78, "is redirected to another server"),
        ("\x7f", 75, "Invalid URL in location header"),
    ],
)
def test_a_redirect_to_nowhere_is_an_error_that_says_so(
    brandsync: Command, shop: Shop, *, location: str, code: int, told: str
) -> None:
    class Nowhere(BaseHTTPRequestHandler):
        """Sends the header as it is; Werkzeug, depending on the Python, mends it first."""

        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", location)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with PlainServer(("localhost", 0), Nowhere) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        shop.set("cms", url=f"http://localhost:{server.server_port}", token=SECRET)
        ran = brandsync("sync", "--config", str(shop.config))
        server.shutdown()
    assert ran.code == code
    assert told in ran.err
    assert "bug" not in ran.err
    assert_silent(ran)


def test_a_redirect_on_the_same_server_takes_the_credentials_along(
    brandsync: Command, shop: Shop, site: HTTPServer
) -> None:
    site.expect_request("/brands").respond_with_handler(lambda _: sent("/v2/brands", 302))
    site.expect_request("/v2/brands").respond_with_json([])
    shop.set("cms", token=SECRET)
    assert brandsync("sync", "--dry-run", "--config", str(shop.config)).code in {0, 4}
    assert site.log[1][0].headers["Authorization"] == f"Bearer {SECRET}"


def test_a_write_back_that_is_redirected_is_refused_and_rolled_back(
    brandsync: Command, shop: Shop, site: HTTPServer, trap: HTTPServer
) -> None:
    site.expect_request("/brands").respond_with_json([{"id": "a", "name": "A"}])
    site.expect_request("/brands/a").respond_with_handler(lambda _: sent(trap.url_for("/brands/a"), 307))
    shop.set("cms", token=SECRET)
    ran = brandsync("sync", "--config", str(shop.config))
    assert "PATCH" in ran.err
    assert "is redirected to another server" in ran.err
    assert_silent(ran)
    assert not trap.log
    assert shop.names() == {}


LINKS = [(form, where) for form in ("header", "body") for where in ELSEWHERE]


@pytest.mark.parametrize(
    ("form", "where"),  # wherever a link was found, it is looked at alike
    enough([link for link in LINKS if link[0] == "header" or link[1] in {"another port", "no scheme"}], of=LINKS),
)
def test_a_link_to_a_next_page_elsewhere_is_refused_and_named(
    brandsync: Command, shop: Shop, site: HTTPServer, trap: HTTPServer, *, where: str, form: str
) -> None:
    target = ELSEWHERE[where].format(port=trap.port, here=site.port)

    def listing(_: Request) -> Response:
        headers = {"Link": f'<{target}>; rel="next"'} if form == "header" else {}
        response = Response('{"data": [{"id": "a", "name": "A"}], "next": ' + repr(target).replace("'", '"') + "}")
        response.headers.update(headers)
        return response

    site.expect_request(ANY).respond_with_handler(listing)
    for credentials in credentials_at(where):
        shop.sections["cms"] = {"backend": "rest", "url": site.url_for(""), "paging": "link", "items": "data"}
        shop.sections["cms"] |= credentials | ({"next_cursor": "next"} if form == "body" else {})
        ran = brandsync("sync", "--config", str(shop.config))
        assert ran.code in {1, 78}, ran.err
        assert "no credentials are sent there" in ran.err or "valid URL" in ran.err or "has no end" in ran.err
        assert_silent(ran)
    assert not trap.log
    assert "brand" not in shop.database.get_tables() or shop.names() == {}


def test_a_cookie_goes_back_to_the_server_that_set_it_alone(
    brandsync: Command, shop: Shop, site: HTTPServer, trap: HTTPServer
) -> None:
    site.expect_request("/brands").respond_with_json(
        [{"id": "a", "name": "A"}], headers={"Set-Cookie": f"session={SECRET}; Domain=localhost; Path=/"}
    )
    site.expect_request("/brands/a").respond_with_json({})
    trap.clear()
    trap.expect_request("/admin/brands").respond_with_json({"brands": []})
    shop.sections["store"] = {"backend": "medusa", "url": trap.url_for(""), "api_key": "sk_another"}
    shop.sections["cms.fields"] = {"name": "name"}
    brandsync("sync", "--config", str(shop.config))
    assert trap.log
    assert not [request for request, _ in trap.log if leaks(str(request.headers))]
