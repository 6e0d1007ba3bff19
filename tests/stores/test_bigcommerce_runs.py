"""Whole runs into the fake BigCommerce store, which chooses ids, takes each name once and limits requests."""

from dataclasses import replace
from typing import Any

import pytest
from extent import enough
from fake_bigcommerce import FakeBigCommerce
from fake_server import Answer, Asked
from ran import command
from shop import Shop, entries

from brandsync.stores.bigcommerce import BigCommerceStore


def publish(shop: Shop, *found: dict[str, Any]) -> None:
    for entry in found:
        shop.cms.add(dict(entry))


def writes(fake: FakeBigCommerce) -> int:
    """The requests of a run but for its listing."""
    return sum(1 for asked in fake.log if "page" not in asked.query)


def linked(shop: Shop, fake: FakeBigCommerce) -> bool:
    """Whether every entry is one brand, linked in the CMS."""
    names = {str(key): record["name"] for key, record in fake.brands.items()}
    return names == {entry["external_id"]: entry["name"] for entry in shop.cms.entries.values()}


# Names are taken once


def test_a_run_that_is_overtaken_by_a_person_takes_back_its_own_and_leaves_theirs(big_shop, fake):
    """The person's brand is like ours to the letter, and isn't ours: nobody may delete it."""
    publish(big_shop, *entries(5))

    def act(asked: Asked) -> None:
        if asked.method == "POST" and len(fake.brands) == 2:
            fake.add("Brand 3", meta_description="No. 3")

    fake.act = act
    result = big_shop.sync()
    assert (result["status"], result["exit_code"]) == ("rolled_back", 1)
    assert "entry e3 ('Brand 3') is refused: " in result["error"]
    assert "another brand has the name 'Brand 3'" in result["error"]
    assert fake.names() == ["Brand 3"]
    assert set(big_shop.external_ids().values()) == {None}
    fake.act = lambda _asked: None
    counts = big_shop.sync()["counts"]
    assert (counts["created"], counts["adopted"]) == (4, 1)
    assert linked(big_shop, fake)


def test_with_keep_going_only_the_brand_whose_name_was_taken_is_left(big_shop, fake):
    publish(big_shop, *entries(5))
    big_shop.set("sync", keep_going=True)
    fake.act = lambda asked: fake.add("Brand 3") if asked.method == "POST" and len(fake.brands) == 2 else None
    result = big_shop.sync()
    assert (result["status"], result["counts"]["created"]) == ("skipped_some", 4)
    assert [(left["cms_id"], left["reason"]) for left in result["skipped"]] == [("e3", "rejected")]
    assert len(fake.brands) == 5


@pytest.mark.usefixtures("no_retries")
def test_a_creation_whose_answer_is_lost_is_found_by_its_name_and_taken_back(big_shop, fake):
    publish(big_shop, *entries(3))
    big_shop.set("store", page_size=50)
    for number in range(200):
        fake.add(f"Other {number}")
    fake.after.extend([lambda done: done, lambda _: Answer(500, {})])
    assert big_shop.sync()["status"] == "rolled_back"
    assert len(fake.brands) == 200
    looked_up = [asked.query["name"] for asked in fake.log if "name" in asked.query]
    assert sorted(looked_up) == ["Brand 0", "Brand 1", "Brand 2"]
    assert big_shop.sync()["status"] == "done"


# What can't be taken back exactly


def test_a_deletion_says_beforehand_that_it_cannot_be_taken_back_exactly(big_shop, fake):
    publish(big_shop, *entries(3))
    big_shop.set("sync", on_missing="delete").sync()
    big_shop.cms.remove("e1")
    for result in (big_shop.sync(dry_run=True), big_shop.sync()):
        (warning,) = result["warnings"]
        assert warning.startswith("what this run deletes cannot be taken back exactly: BigCommerce gives")
    assert big_shop.sync()["warnings"] == []
    assert fake.names() == ["Brand 0", "Brand 2"]


def test_a_deletion_that_is_taken_back_gets_a_new_id_and_its_link(big_shop, fake):
    publish(big_shop, *entries(3))
    big_shop.set("sync", on_missing="delete").sync()
    gone = dict(big_shop.cms.entries["e1"])
    big_shop.cms.remove("e1")
    big_shop.sync()
    publish(big_shop, gone | {"external_id": None})
    undone = big_shop.undo()
    assert (undone["exit_code"], undone["counts"]["created"]) == (0, 1)
    assert str(fake.made) != gone["external_id"]
    assert fake.brands[fake.made]["meta_description"] == "No. 1"
    again = big_shop.sync()
    assert (again["status"], again["counts"]["created"]) == ("done", 0)
    assert linked(big_shop, fake)


# Limits


def test_a_plan_beyond_what_the_store_can_hold_is_refused_even_by_force(big_shop, fake, monkeypatch):
    monkeypatch.setattr(BigCommerceStore, "capabilities", replace(BigCommerceStore.capabilities, most_brands=5))
    for name in ("A", "B", "C"):
        fake.add(name)
    publish(big_shop, *entries(3))
    told = "the store can hold 5 brands: it has 3, and 3 would be created"
    assert big_shop.sync(dry_run=True)["error"] == told
    for options in ({}, {"force": True}):
        result = big_shop.sync(**options)
        assert (result["exit_code"], result["error"]) == (4, told)
    assert fake.names() == ["A", "B", "C"]
    big_shop.cms.remove("e0")
    assert big_shop.sync()["counts"]["created"] == 2


def test_a_run_never_provokes_a_429_and_takes_as_long_as_the_dry_run_says(big_shop, fake):
    """150 requests in 30 seconds, a hundred times as fast."""
    fake.quota, fake.window = 15, 0.3
    publish(big_shop, *entries(60))
    planned = big_shop.sync(dry_run=True)
    assert (planned["requests_needed"], planned["seconds_needed"]) == (60, pytest.approx(1.2))
    result = big_shop.sync()
    assert result["status"] == "done"
    assert result["seconds"] >= planned["seconds_needed"] - 2 * fake.window
    assert {asked.status for asked in fake.log} == {200}
    assert big_shop.undo()["exit_code"] == 0
    assert 429 not in {asked.status for asked in fake.log}


@pytest.mark.parametrize("quota", enough([150], of=[150, None]))
def test_a_dry_run_tells_how_many_requests_its_changes_take(big_shop, fake, quota):
    fake.quota, fake.window = quota, 0.3
    publish(big_shop, *entries(60))
    for number in range(60, 90):
        fake.add(f"Brand {number}", meta_description=f"No. {number}")
    publish(big_shop, *entries(100)[60:])
    big_shop.set("sync", on_missing="delete").set("safety", max_deletes="100%", max_updates="100%")
    first = _needed(big_shop, fake, created=70, adopted=30)
    assert first == 70  # to adopt what is in line takes nothing of the store
    for number in range(27):
        big_shop.cms.edit(f"e{number}", description="Edited")
    for number in range(30, 56):
        big_shop.cms.remove(f"e{number}")
    publish(big_shop, {"id": "new", "name": "New", "description": None, "external_id": None})
    assert _needed(big_shop, fake, created=1, updated=27, deleted=26) == 1 + (27 + 2) + (26 + 2)
    assert big_shop.sync(dry_run=True)["requests_needed"] == 0


def _needed(shop: Shop, fake: FakeBigCommerce, **counts: int) -> int:
    """What the dry run says, which has to be what the store then gets."""
    planned = shop.sync(dry_run=True)
    assert (planned["seconds_needed"] is None) == (fake.quota is None)
    fake.log.clear()
    result = shop.sync()
    assert result["counts"] | counts == result["counts"]
    assert planned["requests_needed"] == writes(fake)
    assert result["requests_needed"] is None
    return int(planned["requests_needed"])


def test_the_report_says_what_it_takes(big_shop, fake, monkeypatch, capsys):
    brandsync = command(monkeypatch, capsys)
    dry_run = ("sync", "--dry-run", "--config", str(big_shop.config))
    fake.quota, fake.window = 150, 30
    publish(big_shop, *entries(300))
    *_, said, _links, _last = brandsync(*dry_run).lines
    assert said == "The store takes 300 requests for it: 1 min 0 s at its limit of 150 requests in 30.0 s."
    fake.quota = None
    assert brandsync(*dry_run).lines[-3] == "The store takes 300 requests for it."
    assert big_shop.sync(dry_run=True)["seconds_needed"] is None
