"""Attributes of every type in the data model of a real Medusa: whole runs, and what its routes say and refuse."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fake_medusa
import httpx
import pytest
from cms_server import CmsServer
from medusa import Medusa
from medusa_kinds import ATTRIBUTES, every_kind_is_held_compared_and_taken_back
from shop import Shop

from brandsync.brand import Brand, BrandUpdate, NewBrand
from brandsync.stores.medusa import MedusaStore

pytest_plugins = ("medusa_fixtures",)
pytestmark = [pytest.mark.live, pytest.mark.slow]

REFUSED: dict[str, list[Any]] = {
    "founded": [1.5, "5", True, 2**31],
    "is_active": [None, 1, "true"],
    "weight": ["1", 1e39],
    "price": [5],
    "raw_price": [{"value": "5", "precision": 20}],
    "price_range": ["mid", 5],
    "opened_at": [5, "soon"],
    "tags": ["a", [1]],
    "stats": ["text", 5],
}
"""What the routes or the database refuse."""
WEIGHTS = ["0.1", "123456.7", "16777216", "34028235" + "0" * 31, "0.000099999"]


@pytest.fixture
def shop(cms: CmsServer, sqlite_url: str, tmp_path: Path, medusa_shop: Medusa) -> Iterator[Shop]:
    with Shop(tmp_path, cms, sqlite_url) as shop:
        shop.sections["store"] = medusa_shop.settings()
        yield shop.set("journal", url=sqlite_url)


def asked(shop: Medusa, method: str, path: str, body: Any = None) -> httpx.Response:
    key = (shop.facts["secret_key"], "")
    return httpx.request(method, f"{shop.url}/admin/brands/{path}", json=body, auth=key, timeout=60)


def test_every_kind_is_held_compared_and_taken_back(shop: Shop, medusa_shop: Medusa) -> None:
    def held() -> list[dict[str, Any]]:
        return [row | {"updated_at": None} for row in medusa_shop.brands(deleted=True).values()]

    every_kind_is_held_compared_and_taken_back(shop, held)


def test_the_routes_describe_the_data_model_as_the_fake_does(medusa_shop: Medusa) -> None:
    batch = asked(medusa_shop, "GET", "batch").json()["batch"]
    assert (batch["version"], batch["model"]["version"]) == (1, 2)
    attributes = batch["model"]["attributes"]
    assert {name: attributes[name] for name in fake_medusa.MODEL} == fake_medusa.MODEL
    assert set(batch["fields"]) == attributes.keys() - {"price"}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in REFUSED.items() for value in values])
def test_what_an_attribute_cannot_hold_is_refused_as_by_the_fake(medusa_shop: Medusa, name: str, value: Any) -> None:
    create = {"create": [{"id": "b1", "name": "A"}, {"id": "b2", "name": "B", name: value}]}
    status = asked(medusa_shop, "POST", "batch", create).status_code
    assert medusa_shop.brands() == {}
    with fake_medusa.FakeMedusa() as fake:
        answer = httpx.post(f"{fake.url}/admin/brands/batch", json=create)
    assert status == answer.status_code
    assert status in {400, 500}


def test_what_the_plan_does_not_refuse_reads_back_as_it_was_written(
    medusa_shop: Medusa, open_medusa: Callable[..., MedusaStore]
) -> None:
    store = open_medusa(medusa_shop)
    store = MedusaStore(store.settings.holding(dict.fromkeys(ATTRIBUTES)))
    store.kinds()
    for number, weight in enumerate(WEIGHTS):
        fields = {"name": "A", "is_active": True, "weight": weight}
        assert store.refuses(fields) is None
        store.create_brands([NewBrand(f"b{number}", fields)])
        assert store.get_brands([*fields], [f"b{number}"]) == [Brand(f"b{number}", fields)]
        update = BrandUpdate(f"b{number}", {"weight": weight}, {"weight": "-" + weight})
        assert store.update_brands([update]) == [Brand(f"b{number}", {"weight": "-" + weight})]
    store.close()
