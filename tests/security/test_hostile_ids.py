"""Ids come from outside too: none leaves its place in a URL, a header or a statement."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from cms_server import CmsServer
from cms_wire import Answer, Request
from ran import Command
from shop import Shop

pytestmark = pytest.mark.usefixtures("no_retries")

IDS = (
    "a/b",
    "../users/1",
    "..%2fusers%2f1",
    "a\r\nX-Injected: yes",
    "a\r\n\r\nDELETE /brands/x HTTP/1.1\r\n\r\n",
    "a?admin=1",
    "a#fragment",
    "a&b=c;d",
    "//other.example/x",
    "http://other.example/x",
    "@other.example",
    "\\\\other\\share",
    "{external_id}",
    "{id}",
    "%00",
    "a b\tc",
    "Ü/漢",
    "'; DROP TABLE brand; --",
)
UNWRITABLE = (".", "..")
"""What means another path in a URL, however it is encoded."""


class Recording(CmsServer):
    """Notes each request as it was sent."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.sent: list[Request] = []

    def answer(self, request: Request) -> Answer:
        self.sent.append(request)
        return super().answer(request)


@pytest.mark.parametrize("path", ["/brands/{id}", "{id}", "/x/{id}.json", "/set?entry={id}"])
def test_a_write_back_stays_in_its_place(brandsync: Command, sqlite_url: str, *, path: str) -> None:
    listed = [
        {"id": identifier, "name": f"Brand {number}", "external_id": None} for number, identifier in enumerate(IDS)
    ]
    with Recording(entries=listed) as cms:
        with Shop(Path.cwd(), cms, sqlite_url) as shop:
            shop.set("cms", link_path=path).set("sync", keep_going=True)  # most of these paths this CMS refuses
            brandsync("sync", "--config", str(shop.config))
        listing, *others = cms.sent
        assert listing.path == "/brands"
        assert {request.method for request in others} <= {"GET", "PATCH"}
        writes = [request for request in others if request.method == "PATCH"]
        start, _, end = f"/{path.lstrip('/')}".partition("?")
        for request in writes:
            assert "x-injected" not in request.headers
            assert request.headers["host"] == cms.url.removeprefix("http://")
            assert request.path.count("/") == start.count("/")
        expected = [(start.replace("{id}", identifier), {"entry": identifier} if end else {}) for identifier in IDS]
        sent = [(unquote(request.path), request.query) for request in writes]
        assert sorted(sent, key=str) == sorted(expected, key=str)


@pytest.mark.parametrize("path", ["/brands/{id}", "/brands/{id}?locale=de", "/brands/{id}#x", "/brands/{id};v=1"])
@pytest.mark.parametrize("identifier", UNWRITABLE)
def test_an_id_that_is_a_path_is_refused_and_rolled_back(
    brandsync: Command, shop: Shop, identifier: str, *, path: str
) -> None:
    shop.set("cms", link_path=path)
    shop.cms.add({"id": identifier, "name": "A", "external_id": None})
    ran = brandsync("sync", "--config", str(shop.config))
    assert ran.code == 1
    assert "its id means another path in a URL" in ran.err
    assert shop.names() == {}
    assert not [request for request in shop.cms.log if request[0] != "GET"]


def test_external_ids_that_the_store_lacks_are_skipped_whatever_they_hold(brandsync: Command, any_shop: Shop) -> None:
    for number, identifier in enumerate(IDS):
        any_shop.cms.add({"id": f"a{number}", "name": f"A {number}", "external_id": identifier})
    for number in range(2 * len(IDS)):
        any_shop.cms.add({"id": f"b{number}", "name": f"B {number}", "external_id": None})
    ran = brandsync("sync", "--output", "json", "--config", str(any_shop.config))
    assert ran.code == 65
    assert {skipped["cms_id"] for skipped in ran.json["skipped"]} == {f"a{number}" for number in range(len(IDS))}
    assert set(any_shop.names().values()) == {f"B {number}" for number in range(2 * len(IDS))}


LONG: Mapping[str, str] = {"long": "x" * 300, "huge": "x" * 100_000}


@pytest.mark.parametrize("length", LONG)
def test_an_id_that_is_too_long_ends_in_one_clear_error_or_is_kept(
    brandsync: Command, any_shop: Shop, length: str
) -> None:
    any_shop.cms.add({"id": LONG[length], "name": "A", "external_id": None})
    ran = brandsync("sync", "--config", str(any_shop.config))
    assert "a bug in" not in ran.err
    assert "Traceback" not in ran.err
    assert ran.code in {0, 1, 65, 78}, ran.err
    made = "brand" in any_shop.database.get_tables()
    assert ran.code == 0 or not made or any_shop.names() == {}
