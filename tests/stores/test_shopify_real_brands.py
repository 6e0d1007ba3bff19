"""2,000 real brands from a file into the fake Shopify shop: there, again, an editor's day, and back."""

from collections import Counter
from pathlib import Path

import pytest
from fake_shopify import FakeShopify, operation
from real_catalogue import CHANGED, COUNT, Catalogue, edit_for_a_day, real_catalogue
from shop import Shop

pytestmark = pytest.mark.slow


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return real_catalogue(tmp_path)


@pytest.fixture
def shop(pipeline_to_shopify: Shop, catalogue: Catalogue) -> Shop:
    pipeline_to_shopify.sections["cms"] = {"backend": "file", "path": str(catalogue.path)}
    pipeline_to_shopify.set("cms.fields", metadata="metadata").set("sync", on_missing="delete", match_on="none")
    return pipeline_to_shopify.set("safety", max_updates="100%", max_deletes="100%")


def held(fake: FakeShopify) -> list[tuple[str, str]]:
    return sorted((brand["values"]["name"], brand["values"].get("description", "")) for brand in fake.brands.values())


def published(catalogue: Catalogue) -> list[tuple[str, str]]:
    return sorted((entry["name"], entry["description"] or "") for entry in catalogue.entries)


def requests(fake: FakeShopify) -> dict[str, int]:
    return dict(Counter(map(operation, fake.log)))


def test_real_brands_arrive_stay_follow_an_editors_day_and_are_taken_back(
    shop: Shop, catalogue: Catalogue, shopify_shop: FakeShopify
) -> None:
    """Names that several have are no trouble: Shopify takes each handle once, and any name."""
    batches, pages = -(-COUNT // 50), -(-COUNT // 250)
    planned = shop.sync(dry_run=True)
    assert planned["requests_needed"] == batches
    shopify_shop.log.clear()
    first = shop.sync()
    assert (first["exit_code"], first["counts"]["created"]) == (0, COUNT)
    assert (requests(shopify_shop), held(shopify_shop)) == ({"Brands": 1, "Create": batches}, published(catalogue))
    before = held(shopify_shop)

    shopify_shop.log.clear()
    assert shop.sync()["counts"]["unchanged"] == COUNT
    assert requests(shopify_shop) == {"Brands": pages}

    edit_for_a_day(catalogue)
    needed = shop.sync(dry_run=True)["requests_needed"]
    shopify_shop.log.clear()
    day = shop.sync()
    counts = {"created": CHANGED, "updated": 2 * CHANGED, "deleted": CHANGED}
    assert day["counts"] | counts == day["counts"]
    assert requests(shopify_shop) == {"Brands": pages, "Create": 1, "Update": 1, "Delete": 1, "BrandsOfIds": 2}
    assert needed == len(shopify_shop.log) - pages
    assert held(shopify_shop) == published(catalogue)

    undone = shop.undo(day["run"])
    assert (undone["exit_code"], undone["kept"], undone["failed"]) == (0, [], [])
    assert held(shopify_shop) == before
    shopify_shop.log.clear()
    undone = shop.undo(first["run"])
    assert (undone["exit_code"], undone["counts"]["deleted"]) == (0, COUNT)
    assert shopify_shop.brands == {}
    assert len(shopify_shop.log) <= 4 * batches
