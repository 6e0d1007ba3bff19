"""A Medusa shop whose routes answer with other brands than they were asked for: that is an error, and never a link."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from cms_server import CmsServer
from pytest_httpserver import HTTPServer
from shop import Shop, entries
from werkzeug import Request, Response

from brandsync.brand import Brand, BrandUpdate, NewBrand
from brandsync.errors import Unreadable
from brandsync.stores.medusa import MedusaStore

Answer = dict[str, Any]
MANIFEST = {"batch": {"version": 1, "fields": ["name"], "max_batch": 100, "body_limit": 100_000}}


class Routes:
    """brandsync's routes in a shop, whose answers to writes can be altered."""

    def __init__(self) -> None:
        self.brands: dict[str, Answer] = {"theirs": {"id": "theirs", "name": "Foreign"}}
        self.altered: Callable[[Answer], Answer] = lambda answer: answer

    def answer(self, request: Request) -> Answer:
        """What the shop answers."""
        body = request.get_json() if request.data else {}
        if request.method == "GET":
            return MANIFEST
        if request.path.endswith("/query"):
            wanted = body.get("ids", [*self.brands])
            after = body.get("after", "")
            return {"brands": [b for key, b in sorted(self.brands.items()) if key in wanted and key > after]}
        for record in (*body.get("create", []), *body.get("restore", [])):
            self.brands.setdefault(record["id"], record)
        updated = [self.brands[record["id"]] | record for record in body.get("update", [])]
        self.brands |= {record["id"]: record for record in updated}
        gone = [*body.get("delete", []), *body.get("purge", [])]
        self.brands = {key: brand for key, brand in self.brands.items() if key not in gone}
        done = {"created": body.get("create", []), "updated": updated, "restored": body.get("restore", [])}
        return self.altered({**done, "deleted": {"ids": gone}})


@pytest.fixture
def routes(httpserver: HTTPServer) -> Routes:
    routes = Routes()
    httpserver.expect_request("/admin/brands/batch").respond_with_handler(lambda r: _json(routes.answer(r)))
    httpserver.expect_request("/admin/brands/query").respond_with_handler(lambda r: _json(routes.answer(r)))
    return routes


def _json(answer: Answer) -> Response:
    return Response(json.dumps(answer), content_type="application/json")


@pytest.fixture
def store(httpserver: HTTPServer) -> Iterator[MedusaStore]:
    settings = {"backend": "medusa", "url": httpserver.url_for(""), "api_key": "sk_x", "fields": ["name"]}
    with closing(MedusaStore(MedusaStore.Settings.model_validate(settings))) as store:
        yield store


def foreign(key: str) -> Callable[[Answer], Answer]:
    return lambda answer: {**answer, key: [{**record, "id": "theirs"} for record in answer[key]]}


WRITES: dict[str, tuple[Callable[[Answer], Answer], Callable[[MedusaStore], object]]] = {
    "created as another": (foreign("created"), lambda s: s.create_brands([NewBrand("b1", {"name": "A"})])),
    "restored as another": (foreign("restored"), lambda s: s.restore_brands([NewBrand("b1", {"name": "A"})])),
    "updated another": (
        foreign("updated"),
        lambda s: s.update_brands([BrandUpdate("b0", {"name": "0"}, {"name": "A"})]),
    ),
    "deleted another": (
        lambda answer: {**answer, "deleted": {"ids": ["theirs"]}},
        lambda s: s.delete_brands([Brand("b0", {"name": "0"})]),
    ),
    "created fewer": (lambda a: {**a, "created": []}, lambda s: s.create_brands([NewBrand("b1", {"name": "A"})])),
    "created in another order": (
        lambda a: {**a, "created": a["created"][::-1]},
        lambda s: s.create_brands([NewBrand("b1", {"name": "A"}), NewBrand("b2", {"name": "B"})]),
    ),
    "created twice": (
        lambda a: {**a, "created": a["created"] * 2},
        lambda s: s.create_brands([NewBrand("b1", {"name": "A"})]),
    ),
    "created nothing known": (
        lambda a: {**a, "created": [5]},
        lambda s: s.create_brands([NewBrand("b1", {"name": "A"})]),
    ),
    "deleted nothing known": (
        lambda a: {**a, "deleted": None},
        lambda s: s.delete_brands([Brand("b0", {"name": "0"})]),
    ),
}


@pytest.mark.parametrize("case", WRITES)
def test_an_answer_about_another_brand_is_unreadable(store: MedusaStore, routes: Routes, case: str) -> None:
    routes.brands["b0"] = {"id": "b0", "name": "0"}
    routes.altered, write = WRITES[case]
    with pytest.raises(Unreadable):
        write(store)


def test_a_run_that_is_answered_with_another_brand_takes_its_own_back_and_links_nothing(
    cms: CmsServer, httpserver: HTTPServer, routes: Routes, sqlite_url: str, tmp_path: Any
) -> None:
    for entry in entries(2):
        cms.add(entry)
    routes.altered = foreign("created")
    with Shop(tmp_path, cms, sqlite_url) as shop:
        shop.sections["store"] = {
            "backend": "medusa",
            "url": httpserver.url_for(""),
            "api_key": "sk_x",
            "fields": ["name"],
        }
        shop.sections["cms.fields"] = {"name": "name"}
        result = shop.set("journal", url=sqlite_url).sync()
        assert (result["status"], result["exit_code"]) == ("rolled_back", 1)
        assert [*routes.brands] == ["theirs"]
        assert set(shop.external_ids().values()) == {None}
        routes.altered = lambda answer: answer
        assert shop.sync()["counts"]["created"] == 2
