"""The backends in memory misbehave as they are told to, and a run copes with it."""

import time
from pathlib import Path
from typing import Any

import pytest

from brandsync.brand import Brand, ExternalId, NewBrand
from brandsync.errors import Rejected, TryAgainLater
from brandsync.testing import Behaviour, MemoryCatalogue, MemoryCms, MemoryShop, MemoryStore
from brandsync.testing.bench import Bench, Side
from brandsync.testing.memory_cms import MemoryCmsSettings
from brandsync.testing.memory_store import MemoryStoreSettings

FOUR = [{"name": f"Brand {number}"} for number in range(4)]


def new(count: int) -> list[NewBrand]:
    return [NewBrand(f"b{number}", {"name": f"Brand {number}"}) for number in range(count)]


def bench(tmp_path: Path, behaviour: Behaviour) -> tuple[Bench, MemoryCatalogue, MemoryShop]:
    """A pipeline from a good CMS to a store that behaves so."""
    cms = MemoryCmsSettings(catalogue=str(tmp_path))
    store = MemoryStoreSettings(shop=str(tmp_path), behaviour=behaviour)
    sides = Side(MemoryCms, cms), Side(MemoryStore, store)
    return Bench(tmp_path, *sides), MemoryCatalogue.named(str(tmp_path)), MemoryShop.named(str(tmp_path))


def test_stores_of_one_name_share_their_brands(tmp_path: Path) -> None:
    first, second = (MemoryStore(MemoryStoreSettings(shop=str(tmp_path))) for _ in range(2))
    first.create_brands(new(2))
    assert [brand.id for brand in second.list_brands(["name"]).brands] == ["b0", "b1"]


def test_each_call_takes_its_time() -> None:
    store = MemoryStore.of(MemoryShop(), Behaviour(latency=0.05))
    began = time.monotonic()
    store.create_brands(new(1))
    store.list_brands(["name"])
    assert time.monotonic() - began >= 0.1


def test_a_batch_that_is_too_large_is_rejected_and_nothing_of_it_is_there() -> None:
    shop, catalogue = MemoryShop(), MemoryCatalogue()
    with pytest.raises(Rejected, match="3 is more than the 2"):
        MemoryStore.of(shop, Behaviour(batch=2)).create_brands(new(3))
    links = [ExternalId(cms_id, "b") for cms_id in catalogue.publish(*FOUR)]
    with pytest.raises(Rejected, match="4 is more than the 2"):
        MemoryCms.of(catalogue, Behaviour(batch=2)).links.write(links)
    assert not shop.brands
    assert set(catalogue.external_ids().values()) == {None}


def test_now_and_then_it_is_busy_and_does_nothing() -> None:
    store = MemoryStore.of(MemoryShop(), Behaviour(busy_every=2))
    assert not store.list_brands(["name"]).brands
    with pytest.raises(TryAgainLater, match="busy at its call 2"):
        store.create_brands(new(1))
    assert not store.list_brands(["name"]).brands


def test_a_batch_that_breaks_off_leaves_its_first_half() -> None:
    shop = MemoryShop()
    store = MemoryStore.of(shop, Behaviour(partial_every=2))
    store.create_brands(new(4))
    with pytest.raises(TryAgainLater, match="broke off within its write 2"):
        store.delete_brands([Brand(brand_id, {}) for brand_id in shop.brands])
    assert [*shop.brands] == ["b2", "b3"]


def test_a_write_shows_in_the_listing_after_so_many_readings_and_at_once_by_id() -> None:
    store = MemoryStore.of(MemoryShop(), Behaviour(visible_after=2))
    store.create_brands(new(1))
    assert len(store.get_brands(["name"], ["b0"])) == 1
    assert [len(store.list_brands(["name"]).brands) for _ in range(3)] == [0, 0, 1]


@pytest.mark.parametrize("chooses_ids", [True, False])
@pytest.mark.parametrize("every", [1, 2, 3])
def test_a_run_whose_batches_break_off_is_taken_back_in_the_end(tmp_path: Path, every: int, chooses_ids: bool) -> None:
    run, catalogue, shop = bench(tmp_path, Behaviour(batch=2, partial_every=every, chooses_ids=chooses_ids))
    catalogue.publish(*FOUR, {"name": "Brand 4"})
    result: dict[str, Any] = run.sync()
    # The writes of the rollback break off too: what is left is listed, and each recovery takes some more of it back.
    assert (result["exit_code"], bool(result["failed"])) in {(74, True), (75, False)}
    for _ in range(10):
        result = run.recover()
        if result["exit_code"] == 0:
            break
        assert (result["exit_code"], bool(result["failed"])) == (74, True)
    assert result["exit_code"] == 0
    assert not shop.brands
    assert set(catalogue.external_ids().values()) == {None}
