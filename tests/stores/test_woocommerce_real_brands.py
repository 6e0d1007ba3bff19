"""2,000 real brands from a file into the fake WooCommerce shop: there, again, an editor's day, and back."""

import html
from collections import Counter
from pathlib import Path

import pytest
from fake_woocommerce import FakeWooCommerce
from real_catalogue import CHANGED, COUNT, Catalogue, edit_for_a_day, real_catalogue
from shop import Shop

from brandsync.stores.woocommerce.text import name_read

pytestmark = pytest.mark.slow


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return real_catalogue(tmp_path)


@pytest.fixture
def shop(woo_shop: Shop, catalogue: Catalogue) -> Shop:
    woo_shop.sections["cms"] = {"backend": "file", "path": str(catalogue.path)}
    woo_shop.set("sync", on_missing="delete", match_on="name")
    return woo_shop.set("safety", max_updates="100%", max_deletes="100%")


def held(fake: FakeWooCommerce) -> list[tuple[str, str]]:
    """Names and descriptions, the latter as a browser shows their entities."""
    return sorted((name_read(term["name"]), html.unescape(term["description"])) for term in fake.brands.values())


def published(catalogue: Catalogue) -> list[tuple[str, str]]:
    entries = catalogue.of_a_name_of_their_own().values()
    return sorted((entry["name"], html.unescape(entry["description"] or "")) for entry in entries)


def requests(fake: FakeWooCommerce) -> dict[str, int]:
    """How many there were: of the listing, of brands by their ids, and of batches by what they do."""
    kinds = (
        "list" if "offset" in asked.query else "read" if asked.method == "GET" else next(iter(asked.json))
        for asked in fake.log
    )
    return dict(Counter(kinds))


def test_real_brands_arrive_stay_follow_an_editors_day_and_are_taken_back(
    shop: Shop, catalogue: Catalogue, woo: FakeWooCommerce
) -> None:
    able = len(catalogue.of_a_name_of_their_own())
    batches, pages = -(-able // 100), -(-(able - 1) // 99)
    assert CHANGED * 3 < able < COUNT
    planned = shop.sync(dry_run=True)
    assert planned["requests_needed"] == batches
    woo.log.clear()
    first = shop.sync()
    assert (first["exit_code"], first["counts"]["created"], first["counts"]["skipped"]) == (65, able, COUNT - able)
    assert {skipped["reason"] for skipped in first["skipped"]} == {"name_taken"}
    assert (requests(woo), held(woo)) == ({"list": 1, "create": batches}, published(catalogue))
    before = held(woo)

    woo.log.clear()
    assert shop.sync()["counts"]["unchanged"] == able
    assert requests(woo) == {"list": pages}

    edit_for_a_day(catalogue)
    needed = shop.sync(dry_run=True)["requests_needed"]
    woo.log.clear()
    day = shop.sync()
    counts = {"created": CHANGED, "updated": 2 * CHANGED, "deleted": CHANGED}
    assert day["counts"] | counts == day["counts"]
    assert requests(woo) == {"list": pages, "create": 1, "read": 2, "update": 1, "delete": 1}
    assert needed == len(woo.log) - pages
    assert held(woo) == published(catalogue)

    undone = shop.undo(day["run"])
    assert (undone["exit_code"], undone["kept"], undone["failed"]) == (0, [], [])
    assert held(woo) == before
    woo.log.clear()
    undone = shop.undo(first["run"])
    assert (undone["exit_code"], undone["counts"]["deleted"]) == (0, able)
    assert woo.brands == {}
    assert requests(woo).keys() == {"read", "delete"}
    assert len(woo.log) <= 4 * batches
