"""Medusa shops as they once answered: ``python tests/record.py medusa`` records them anew."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError
from pytest_httpserver import HTTPServer
from recorded import RECORDING, cassette
from werkzeug import Request, Response

from brandsync.brand import Brand, BrandUpdate, NewBrand
from brandsync.errors import ConfigError, CredentialsRefused, Rejected, Unreadable
from brandsync.stores.medusa import MedusaStore
from brandsync.stores.medusa.batch_routes import Manifest

CORE = "/admin/core-brands"
IDS = [f"01J0000000000000000000000{number}" for number in range(4)]


class Recorded:
    """One shop, played back or being recorded."""

    def __init__(self, test: str, *, guide: bool) -> None:
        self.test = test
        self.server: Any = None
        if RECORDING:
            from medusa import Medusa, MedusaTutorial  # noqa: PLC0415 - asks for a real server

            self.server = (MedusaTutorial if guide else Medusa)().up()
            self.server.reset()

    @contextmanager
    def open(self, **others: Any) -> Iterator[MedusaStore]:
        """The store, talking to the cassette of this test."""
        with ExitStack() as stack:
            real = self.server.settings() if RECORDING else {}
            settings = dict(stack.enter_context(cassette("medusa", self.test, real)))
            if not RECORDING:
                settings["api_key"] = "sk_scrubbed"
            store = MedusaStore(MedusaStore.Settings.model_validate(settings | others))
            stack.callback(store.close)
            yield store

    def meanwhile(self, act: Callable[[Any], object]) -> None:
        """What somebody else does to the shop."""
        if RECORDING:
            act(self.server)


@pytest.fixture
def shop(request: pytest.FixtureRequest) -> Recorded:
    """A shop with brandsync's routes."""
    return Recorded(request.node.name.removeprefix("test_"), guide=False)


@pytest.fixture
def guide(request: pytest.FixtureRequest) -> Recorded:
    """A shop with the guide's routes; below ``CORE``, with Medusa's conventions."""
    return Recorded(request.node.name.removeprefix("test_"), guide=True)


def new(number: int, **fields: Any) -> NewBrand:
    return NewBrand(IDS[number], {"name": f"Brand {number}", "metadata": {"number": number}, **fields})


def brand(made: NewBrand) -> Brand:
    return Brand(made.id or "", made.fields)


def test_a_day_in_a_shop_with_brandsyncs_routes(shop: Recorded) -> None:
    brands = [new(number) for number in range(4)]
    with shop.open() as store:
        assert store.list_brands(["name"]).brands == []
        assert store.create_brands(brands) == store.create_brands(brands) == [brand(made) for made in brands]
        assert store.list_brands(["name", "metadata"]).brands == [brand(made) for made in brands]
        shop.meanwhile(lambda server: server.edit(IDS[0], name="A person's"))
        updates = [BrandUpdate(made.id or "", made.fields, {"name": "New", "metadata": None}) for made in brands]
        assert [written.id for written in store.update_brands(updates)] == IDS[1:]
        assert [written.id for written in store.update_brands(updates)] == IDS[1:]
        left = [Brand(brand_id, {"name": "New"}) for brand_id in IDS]
        assert store.delete_brands(left[:2]) == [IDS[1]]
        assert [back.id for back in store.restore_brands([NewBrand(IDS[1], {"name": "New"})])] == [IDS[1]]
        assert store.uncreate_brands(left) == IDS[1:]
        assert store.get_brands(["name"], IDS) == [Brand(IDS[0], {"name": "A person's"})]
        assert [(finding.ok, finding.fix) for finding in store.check()] == [(True, None)] * 2


def test_a_body_limit_that_is_not_raised(shop: Recorded) -> None:
    with shop.open() as store:
        store.prepare()
        routes: Any = store._routes
        routes.manifest = replace(routes.manifest, max_batch=1_000, body_limit=2_000)
        assert "brandBatchMiddlewares" in str([*store.check()][-1])
        before = store.requests
        assert len(store.create_brands([new(number, description="ü" * 200) for number in range(4)])) == 4
        assert store.requests - before == 4
        with pytest.raises(Rejected, match="400"):
            store.create_brands([NewBrand("01J1", {"name": "Acme", "metadata": "no object"})])


def test_a_shop_with_the_guides_routes(guide: Recorded) -> None:
    with guide.open() as store:
        made = store.create_brands([NewBrand(None, {"name": "Acme"})])
        assert store.list_brands(["name"]).brands == store.get_brands(["name"], [made[0].id, "nobody"]) == made
        assert set(store.capabilities.lacks) == {"update", "delete"}
        with pytest.raises(Rejected, match="no POST /admin/brands/:id"):
            store.update_brands([BrandUpdate(made[0].id, {"name": "Acme"}, {"name": "New"})])
        with pytest.raises(Rejected, match="no DELETE /admin/brands/:id"):
            store.uncreate_brands(made)
        with pytest.raises(Rejected, match="400") as refused:
            store.create_brands([NewBrand(None, {"name": "Acme", "description": "None here"})])
        assert "`fields` in [store]" in (refused.value.hint or "")
        assert "what editors change never reaches the shop" in str([*store.check()])


def test_a_shop_with_medusas_conventions(guide: Recorded) -> None:
    with guide.open(path=CORE) as store:
        made = store.create_brands([NewBrand(None, {"name": name}) for name in "ABC"])
        updates = [BrandUpdate(one.id, one.fields, {"name": f"New {one.fields['name']}"}) for one in made]
        assert len(store.update_brands(updates)) == 3
        assert store.delete_brands(made[:1]) == store.uncreate_brands(made[:1]) == [made[0].id]
        assert store.get_brands(["name"], [made[0].id]) == []
        assert store.get_brands(["name"], [made[1].id]) == [Brand(made[1].id, {"name": "New B"})]
        (back,) = store.restore_brands([NewBrand(made[0].id, made[0].fields)])
        assert back.id != made[0].id


def test_a_shop_with_medusas_conventions_and_no_batches(guide: Recorded) -> None:
    with guide.open(path=CORE) as store:
        store.prepare()
        store._found = _without_batches(store)
        (made,) = store.create_brands([NewBrand(None, {"name": "Acme"})])
        assert store.update_brands([BrandUpdate(made.id, made.fields, {"name": "New"})]) == [
            Brand(made.id, {"name": "New"})
        ]
        assert store.delete_brands([made]) == [made.id]
        assert store.list_brands(["name"]).brands == []


def _without_batches(store: MedusaStore) -> Any:
    routes: Any = store._routes
    found = {name: getattr(routes.found, name) for name in type(routes.found).__slots__}
    return type(routes)(store.settings, routes.session, type(routes.found)(**found | {"batches": False}))


def test_a_listing_that_deletions_shorten(guide: Recorded) -> None:
    guide.meanwhile(lambda server: server.insert_many([{"id": f"{n}", "name": f"{n}"} for n in range(9)]))
    with guide.open() as store:
        store._routes.page_size = 3
        page = store.list_brands(["name"])
        seen = [one.id for one in page.brands]
        for number in (0, 1, 2):
            guide.meanwhile(lambda server, number=number: server.erase(f"{number}"))
        while page.next:
            page = store.list_brands(["name"], page.next)
            seen += [one.id for one in page.brands]
        assert seen == [f"{number}" for number in range(9)]


def test_a_column_that_is_not_there(shop: Recorded) -> None:
    with shop.open(cms_id="cms_key") as store, pytest.raises(ConfigError, match="has no `cms_key`"):
        store.prepare()


def test_a_column_that_the_guides_model_lacks(guide: Recorded) -> None:
    guide.meanwhile(lambda server: server.insert({"id": "1", "name": "Acme"}))
    with guide.open(fields=["name", "handle"]) as store, pytest.raises(ConfigError, match="with `handle`"):
        store.list_brands(["name", "handle"])


def test_a_path_without_routes(shop: Recorded) -> None:
    with shop.open(path="/admin/brnads") as store, pytest.raises(ConfigError, match="has no route to list brands"):
        store.prepare()


def test_a_key_that_is_refused(shop: Recorded) -> None:
    with shop.open(api_key="sk_gone") as store, pytest.raises(CredentialsRefused) as refused:
        store.list_brands(["name"])
    assert "`api_key` in [store]" in (refused.value.hint or "")
    assert "sk_gone" not in f"{refused.value}{refused.value.hint}"


# Without a shop.


@pytest.fixture
def unused() -> MedusaStore:
    return MedusaStore(settings())


def settings(**others: Any) -> Any:
    given = {"backend": "medusa", "url": "https://shop.example.com", "api_key": "sk_1", **others}
    return MedusaStore.Settings.model_validate({name: value for name, value in given.items() if value is not None})


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"name": "nul\0"}, "its name holds the character U+0000"),
        ({"name": "x", "metadata": {"a": ["\0"]}}, "its metadata holds the character U+0000"),
        ({"name": "x", "metadata": {"a\0": 1}}, "U+0000"),
        ({"name": "half \ud83c"}, "its name holds half a character"),
        ({"name": "x", "metadata": {"a": float("nan")}}, "its metadata holds NaN"),
        ({"name": "x", "metadata": {"a": [{"b": 2**53}]}}, "JavaScript rounds"),
        ({"name": r"a \u0000 in letters", "metadata": {"a": [2**53 - 1, True, 1.5, None]}}, None),
    ],
)
def test_what_medusa_could_never_hold_is_refused_while_planning(
    unused: MedusaStore, fields: dict[str, Any], reason: str | None
) -> None:
    found = unused.refuses(fields)
    assert found is None if reason is None else reason in (found or "")
    assert unused.requests == 0


def test_before_the_first_call_the_fields_alone_are_known(unused: MedusaStore) -> None:
    assert unused.capabilities.fields == {"name"}
    assert unused.where() == "https://shop.example.com/admin/brands"
    assert unused.get_brands(["name"], []) == []
    assert unused.requests == 0


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"api_key": "pk_1"}, "is a publishable key"),
        ({"api_key": "eyJ"}, 'starts with "sk_"'),
        ({"api_key": None}, "needs `api_key`"),
        ({"api_key": None, "email": "a@example.com"}, "needs `api_key`"),
        ({"email": "a@example.com", "password": "p"}, "exclude each other"),
        ({"fields": ["handle"]}, "must have `name`"),
        ({"fields": []}, "at least 1 item"),
        ({"fields": ["name", "colour"]}, "metadata"),
        ({"path": "admin/brands"}, "must be a path"),
        ({"path": "/admin/brands/"}, "must be a path"),
        ({"batch": 0}, "greater than or equal to 1"),
        ({"url": "shop.example.com"}, "https://"),
    ],
)
def test_a_setting_that_cannot_be_right_is_refused_without_its_value(given: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError) as refused:
        settings(**given)
    assert reason in str(refused.value)
    assert "eyJ" not in str(refused.value)


@pytest.mark.parametrize("body", [None, [], {}, {"batch": []}, {"batch": {}}, {"brand": {"id": "batch"}}])
def test_an_answer_that_is_something_else_is_no_manifest(body: Any) -> None:
    assert Manifest.read(body) is None


def test_routes_of_another_version_and_broken_ones_are_named() -> None:
    with pytest.raises(ConfigError, match="are of version 2"):
        Manifest.read({"batch": {"version": 2}})
    with pytest.raises(Unreadable, match="what a batch takes"):
        Manifest.read({"batch": {"version": 1, "fields": ["name"]}})


def test_a_user_whose_token_expires_is_logged_in_again(httpserver: HTTPServer) -> None:
    """Tokens are credentials, so no cassette may hold one."""
    tokens = ["first", "second"]
    good = ["first"]

    def brands(request: Request) -> Response:
        signed = request.headers["authorization"] == f"Bearer {good[0]}"
        return Response("{}", 200 if signed else 401, content_type="application/json")

    user = {"email": "a@example.com", "password": "p"}
    httpserver.expect_request("/auth/user/emailpass", json=user).respond_with_handler(
        lambda _: Response(f'{{"token": "{tokens.pop(0)}"}}', content_type="application/json")
    )
    httpserver.expect_request("/admin/brands").respond_with_handler(brands)
    store = MedusaStore(settings(url=httpserver.url_for(""), api_key=None, **user))
    for _ in range(2):
        store._session.json("GET", "/admin/brands")
    assert (store.requests, tokens) == (3, ["second"])
    good[0] = "second"
    store._session.json("GET", "/admin/brands")
    assert (store.requests, tokens) == (6, [])
    store.close()


@pytest.mark.parametrize("answer", [{"location": "https://login.example.com"}, {"token": "\x80"}, {"token": "a\nb"}])
def test_a_login_without_a_token_is_named(httpserver: HTTPServer, answer: dict[str, str]) -> None:
    httpserver.expect_request("/auth/user/emailpass").respond_with_json(answer)
    store = MedusaStore(settings(url=httpserver.url_for(""), api_key=None, email="a@example.com", password="p"))
    with pytest.raises(Unreadable, match="answers without a token"):
        store.prepare()
    store.close()
