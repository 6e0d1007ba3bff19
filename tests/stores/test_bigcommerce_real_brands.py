"""2,000 real brands from a file into the fake BigCommerce store: there, again, an editor's day, and back."""

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import real_brands
from fake_bigcommerce import FakeBigCommerce
from shop import Shop

from brandsync.brand import match_key

pytestmark = pytest.mark.slow

COUNT = 2_000
CHANGED = 20
"""Of each kind of change on the editor's day."""


class Catalogue:
    """A JSON file that editors edit."""

    def __init__(self, path: Path, entries: list[dict[str, Any]]) -> None:
        self.path, self.entries = path, entries
        self.save()

    def save(self) -> None:
        self.path.write_text(json.dumps(self.entries), "utf-8")

    def of_a_name_of_their_own(self) -> dict[str, dict[str, Any]]:
        """The entries that a store can hold which takes each name once, by id."""
        names = Counter(match_key(entry["name"]) for entry in self.entries)
        return {entry["id"]: entry for entry in self.entries if names[match_key(entry["name"])] == 1}


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    missing = real_brands.available()
    if missing:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(missing)
    return Catalogue(tmp_path / "brands.json", real_brands.load()[:COUNT])


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
    return dict(Counter(exchange.method for exchange in fake.log if exchange.method != "GET"))


def edit_for_a_day(catalogue: Catalogue) -> None:
    """Rename some, describe some anew, remove some and publish some."""
    ours = list(catalogue.of_a_name_of_their_own().values())
    for entry in ours[:CHANGED]:
        entry["name"] += " – 新"
    for entry in ours[CHANGED : 2 * CHANGED]:
        entry["description"] = "é 💶 \\ ' \" <b>&amp;</b>"
    gone = {entry["id"] for entry in ours[2 * CHANGED : 3 * CHANGED]}
    catalogue.entries = [entry for entry in catalogue.entries if entry["id"] not in gone]
    catalogue.entries += [{"id": f"new-{n}", "name": f"New ® {n}", "description": ""} for n in range(CHANGED)]
    catalogue.save()


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
    assert needed == len([exchange for exchange in fake.log if "page" not in exchange.query])
    assert held(fake) == published(catalogue)

    undone = shop.undo(day["run"])
    assert (undone["exit_code"], undone["kept"], undone["failed"]) == (0, [], [])
    assert held(fake) == before
    fake.log.clear()
    undone = shop.undo(first["run"])
    assert (undone["exit_code"], undone["counts"]["deleted"]) == (0, able)
    assert fake.brands == {}
    assert len(fake.log) <= able * 1.2
