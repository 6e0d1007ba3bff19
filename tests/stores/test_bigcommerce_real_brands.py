"""2,000 real brands from a file into the fake BigCommerce store: there, again, an editor's day, and back."""

from collections import Counter
from pathlib import Path

import pytest
from fake_bigcommerce import FakeBigCommerce
from real_catalogue import CHANGED, COUNT, Catalogue, edit_for_a_day, real_catalogue
from shop import Shop

pytestmark = pytest.mark.slow


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return real_catalogue(tmp_path)


@pytest.fixture
def shop(big_shop: Shop, catalogue: Catalogue) -> Shop:
    big_shop.sections["cms"] = {"backend": "file", "path": str(catalogue.path)}
    big_shop.set("sync", on_missing="delete", match_on="name")
    return big_shop.set("safety", max_updates="100%", max_deletes="100%")


def held(fake: FakeBigCommerce) -> list[tuple[str, str]]:
    return sorted((record["name"], record["meta_description"]) for record in fake.brands.values())


def published(catalogue: Catalogue) -> list[tuple[str, str]]:
    entries = catalogue.of_a_name_of_their_own().values()
    return sorted((entry["name"], entry["description"] or "") for entry in entries)


def written(fake: FakeBigCommerce) -> dict[str, int]:
    return dict(Counter(asked.method for asked in fake.log if asked.method != "GET"))


def test_real_brands_arrive_stay_follow_an_editors_day_and_are_taken_back(
    shop: Shop, catalogue: Catalogue, fake: FakeBigCommerce
) -> None:
    able = len(catalogue.of_a_name_of_their_own())
    assert CHANGED * 3 < able < COUNT
    planned = shop.sync(dry_run=True)
    assert planned["requests_needed"] == able
    first = shop.sync()
    assert (first["exit_code"], first["counts"]["created"], first["counts"]["skipped"]) == (65, able, COUNT - able)
    assert {skipped["reason"] for skipped in first["skipped"]} == {"name_taken"}
    assert (written(fake), held(fake)) == ({"POST": able}, published(catalogue))
    before = held(fake)

    fake.log.clear()
    assert shop.sync()["counts"]["unchanged"] == able
    assert written(fake) == {}
    assert len(fake.log) == -(-able // 250)

    edit_for_a_day(catalogue)
    needed = shop.sync(dry_run=True)["requests_needed"]
    fake.log.clear()
    day = shop.sync()
    counts = {"created": CHANGED, "updated": 2 * CHANGED, "deleted": CHANGED}
    assert day["counts"] | counts == day["counts"]
    assert written(fake) == {"POST": CHANGED, "PUT": 2 * CHANGED, "DELETE": CHANGED}
    assert needed == len([asked for asked in fake.log if "page" not in asked.query])
    assert held(fake) == published(catalogue)

    undone = shop.undo(day["run"])
    assert (undone["exit_code"], undone["kept"], undone["failed"]) == (0, [], [])
    assert held(fake) == before
    fake.log.clear()
    undone = shop.undo(first["run"])
    assert (undone["exit_code"], undone["counts"]["deleted"]) == (0, able)
    assert fake.brands == {}
    assert len(fake.log) <= able * 1.2
