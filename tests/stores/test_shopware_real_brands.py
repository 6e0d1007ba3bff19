"""2,000 real brands from a file into the fake Shopware shop: there, again, an editor's day, and back."""

from collections import Counter
from pathlib import Path

import pytest
from extent import enough
from fake_shopware import FakeShopware, kind
from real_catalogue import CHANGED, COUNT, Catalogue, edit_for_a_day, real_catalogue
from shop import Shop
from shopware_texts import purify, strip_tags

pytestmark = pytest.mark.slow

PAGES = enough(2, of=5)
"""500, and then 499, 496, ... more of each, since they overlap."""


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return real_catalogue(tmp_path)


@pytest.fixture
def shop(ware_shop: Shop, catalogue: Catalogue) -> Shop:
    ware_shop.sections["cms"] = {"backend": "file", "path": str(catalogue.path)}
    ware_shop.set("sync", on_missing="delete", match_on="none")
    return ware_shop.set("safety", max_updates="100%", max_deletes="100%")


def held(fake: FakeShopware) -> list[tuple[str, str]]:
    return sorted((brand["name"], brand["description"] or "") for brand in fake.brands.values())


def published(catalogue: Catalogue) -> list[tuple[str, str]]:
    return sorted((strip_tags(entry["name"]), purify(entry["description"] or "")) for entry in catalogue.entries)


def requests(fake: FakeShopware) -> dict[str, int]:
    """How many of each kind there have been, logins apart; forgets them."""
    found = Counter(kind(asked) for asked in fake.log if kind(asked) != "login")
    fake.log.clear()
    return dict(found)


def test_real_brands_arrive_stay_follow_an_editors_day_and_are_taken_back(
    shop: Shop, catalogue: Catalogue, ware: FakeShopware
) -> None:
    batches = -(-COUNT // 500)
    assert shop.sync(dry_run=True)["requests_needed"] == 2 * batches
    requests(ware)
    first = shop.sync()
    assert (first["exit_code"], first["counts"]["created"]) == (0, COUNT)
    assert requests(ware) == {"list": 1, "create": batches, "read": batches}
    assert held(ware) == published(catalogue)
    before = held(ware)

    assert shop.sync()["counts"]["unchanged"] == COUNT
    assert requests(ware) == {"list": PAGES}

    edit_for_a_day(catalogue)
    needed = shop.sync(dry_run=True)["requests_needed"]
    requests(ware)
    day = shop.sync()
    counts = {"created": CHANGED, "updated": 2 * CHANGED, "deleted": CHANGED}
    assert day["counts"] | counts == day["counts"]
    sent = requests(ware)
    assert sent == {"list": PAGES, "create": 1, "update": 1, "delete": 1, "read": 1 + 2 + 1}
    assert needed == sum(sent.values()) - PAGES
    assert held(ware) == published(catalogue)

    undone = shop.undo(day["run"])
    assert (undone["exit_code"], undone["kept"], undone["failed"]) == (0, [], [])
    assert held(ware) == before
    requests(ware)
    undone = shop.undo(first["run"])
    assert (undone["exit_code"], undone["counts"]["deleted"]) == (0, COUNT)
    assert ware.brands == {}
    sent = requests(ware)
    assert sent.keys() == {"read", "delete"}
    assert sum(sent.values()) <= 4 * batches
