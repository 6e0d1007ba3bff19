"""Whole runs into the fake BigCommerce store, which chooses ids, takes each name once and limits requests."""

from dataclasses import replace

import pytest
from fake_server import Answer
from ran import command
from shop import entries

from brandsync.stores.bigcommerce import BigCommerceStore


@pytest.mark.usefixtures("no_retries")
def test_a_creation_whose_answer_is_lost_is_found_by_its_name_and_taken_back(big_shop, fake):
    big_shop.publish(*entries(3))
    big_shop.set("store", page_size=50)
    for number in range(200):
        fake.add(f"Other {number}")
    fake.after.extend([lambda done: done, lambda _: Answer(500, {})])
    assert big_shop.sync()["status"] == "rolled_back"
    assert len(fake.brands) == 200
    looked_up = [asked.query["name"] for asked in fake.log if "name" in asked.query]
    assert sorted(looked_up) == ["Brand 0", "Brand 1", "Brand 2"]
    assert big_shop.sync()["status"] == "done"


# Limits


def test_a_plan_beyond_what_the_store_can_hold_is_refused_even_by_force(big_shop, fake, monkeypatch):
    monkeypatch.setattr(BigCommerceStore, "capabilities", replace(BigCommerceStore.capabilities, most_brands=5))
    for name in ("A", "B", "C"):
        fake.add(name)
    big_shop.publish(*entries(3))
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
    big_shop.publish(*entries(60))
    planned = big_shop.sync(dry_run=True)
    assert (planned["requests_needed"], planned["seconds_needed"]) == (60, pytest.approx(1.2))
    result = big_shop.sync()
    assert result["status"] == "done"
    assert result["seconds"] >= planned["seconds_needed"] - 2 * fake.window
    assert {asked.status for asked in fake.log} == {200}
    assert big_shop.undo()["exit_code"] == 0
    assert 429 not in {asked.status for asked in fake.log}


def test_the_report_says_what_it_takes(big_shop, fake, monkeypatch, capsys):
    brandsync = command(monkeypatch, capsys)
    dry_run = ("sync", "--dry-run", "--config", str(big_shop.config))
    fake.quota, fake.window = 150, 30
    big_shop.publish(*entries(300))
    *_, said, _links, _last = brandsync(*dry_run).lines
    assert said == "The store takes 300 requests for it: 1 min 0 s at its limit of 150 requests in 30.0 s."
    fake.quota = None
    assert brandsync(*dry_run).lines[-3] == "The store takes 300 requests for it."
    assert big_shop.sync(dry_run=True)["seconds_needed"] is None
