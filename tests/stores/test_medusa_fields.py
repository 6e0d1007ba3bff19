"""What ``check`` finds out of a shop with the guide's routes: whether they take the fields of ``[store]``."""

import json
from contextlib import closing

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from brandsync.brand.kind import Kind
from brandsync.errors import ConfigError
from brandsync.stores.medusa import MedusaStore


class GuideShop:
    """An empty shop with the guide's two routes, whose validation is as strict as Medusa's."""

    def __init__(self, server: HTTPServer, *takes: str, says: str = "Unrecognized fields: '{}'") -> None:
        self.takes, self.says = takes, says
        self.made: list[object] = []
        server.expect_request("/admin/brands", method="OPTIONS").respond_with_data("", headers={"Allow": "GET,POST"})
        answer = {"brands": [], "count": 0, "limit": 1000, "offset": 0}
        server.expect_request("/admin/brands", method="GET").respond_with_json(answer)
        server.expect_request("/admin/brands", method="POST").respond_with_handler(self._create)
        server.expect_request("/admin/brands/batch").respond_with_data("Cannot GET", 404)
        server.expect_request("/admin/brands/brandsync-looks-for-routes").respond_with_data("Cannot GET", 404)
        self.url = server.url_for("")

    def _create(self, request: Request) -> Response:
        body = request.get_json()
        problems = [] if "name" in body else ["Field 'name' is required"]
        unknown = [name for name in body if name not in self.takes]
        problems += [self.says.format(", ".join(unknown))] if unknown else []
        if problems:
            told = {"type": "invalid_data", "message": f"Invalid request: {'; '.join(problems)}"}
            return Response(json.dumps(told), 400, content_type="application/json")
        self.made.append(body)
        return Response(json.dumps({"brand": {"id": "1", **body}}), content_type="application/json")

    def check(self, *fields: str) -> tuple[list[str], list[str]]:
        """What is found to be right, and to be wrong."""
        settings = {"backend": "medusa", "url": self.url, "api_key": "sk_x", "fields": fields}
        with closing(MedusaStore(MedusaStore.Settings.model_validate(settings))) as store:
            found = list(store.check())
        assert not self.made
        return [one.what for one in found if one.ok], [f"{one.what}; {one.fix}" for one in found if not one.ok]


def test_a_field_that_the_route_does_not_take_is_found_before_the_first_brand(httpserver: HTTPServer) -> None:
    _, wrong = GuideShop(httpserver, "name").check("name", "description", "handle")
    (problem,) = wrong
    assert problem.startswith("POST /admin/brands doesn't take `description`, `handle`; ")
    assert "`fields` in [store]" in problem


def test_fields_that_the_route_takes_are_said_to_be_right(httpserver: HTTPServer) -> None:
    right, wrong = GuideShop(httpserver, "name", "description").check("name", "description")
    assert "POST /admin/brands takes `description`" in right
    assert wrong == []


def test_a_shop_with_a_name_alone_is_asked_nothing(httpserver: HTTPServer) -> None:
    GuideShop(httpserver, "name").check("name")
    assert not [request for request, _ in httpserver.log if (request.method, request.path) == ("POST", "/admin/brands")]


@pytest.mark.parametrize("says", ["Something is wrong with {}", "unknown: {}"])
def test_a_route_that_does_not_say_what_it_takes_is_believed(httpserver: HTTPServer, says: str) -> None:
    _, wrong = GuideShop(httpserver, "name", says=says).check("name", "description")
    assert wrong == []


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        (None, r"own routes don't tell .* `founded`"),
        (Kind.INTEGER, r"own routes don't tell .* `founded`"),
        (Kind.IMAGE, "own routes keep no pictures, and `founded` is an image"),
    ],
)
def test_a_field_of_the_shops_own_needs_brandsyncs_routes(httpserver: HTTPServer, kind: Kind | None, says: str) -> None:
    shop = GuideShop(httpserver, "name", "founded")
    settings = MedusaStore.Settings.model_validate({"backend": "medusa", "url": shop.url, "api_key": "sk_x"})
    with closing(MedusaStore(settings.holding({"founded": kind}))) as store:
        with pytest.raises(ConfigError, match=says) as refused:
            store.kinds()
        assert "`brandsync init medusa-routes DIR`" in (refused.value.hint or "")
    with closing(MedusaStore(settings)) as store:
        assert store.kinds() == {}
        with pytest.raises(ConfigError, match="no route for pictures"):
            store.find_upload("a.png", "0" * 64)
