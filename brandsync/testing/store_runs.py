"""Whole runs from an in-memory CMS to the store: there, back again, and dying at every write."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from brandsync.brand import LINK_FIELD, BrandUpdate, Fields
from brandsync.errors import Rejected
from brandsync.stores.interface import BrandStore
from brandsync.stores.optional import CountsRequests, SoftDeletion, restoration, uncreation
from brandsync.testing.bench import Bench, Side
from brandsync.testing.contract import difference, require
from brandsync.testing.memory_cms import MemoryCatalogue, MemoryCms, MemoryCmsSettings
from brandsync.testing.samples import edited, sample, samples
from brandsync.testing.store_fixtures import StoreFixtures, held, listed
from brandsync.testing.verdict import told
from brandsync.testing.watch import STORE_WRITES


class StoreRuns(StoreFixtures):
    """The store as the engine uses it."""

    @pytest.fixture
    def mapped(self, fields: list[str]) -> list[str]:
        """The fields that the runs sync."""
        return fields

    @pytest.fixture
    def catalogue(self, tmp_path: Path) -> MemoryCatalogue:
        """The CMS, without entries."""
        return MemoryCatalogue.named(str(tmp_path))

    @pytest.fixture
    def bench(self, side: Side, catalogue: MemoryCatalogue, mapped: list[str], tmp_path: Path) -> Bench:
        """The pipeline from that CMS to this store."""
        paths = {name: name for name in mapped}
        settings = MemoryCmsSettings.model_validate({"catalogue": str(tmp_path), "fields": paths})
        return Bench(tmp_path, Side(MemoryCms, settings), side)

    def test_a_run_creates_every_brand_and_a_second_one_writes_nothing(
        self, bench: Bench, catalogue: MemoryCatalogue, store: BrandStore, mapped: list[str]
    ) -> None:
        catalogue.publish(*samples(5, mapped))
        first = bench.sync()
        require(first["counts"]["created"] == 5, f"of 5 brands: {told(first)}", BrandStore.create_brands)
        assert_in_line(store, catalogue, mapped)
        bench.clear()
        second = bench.sync()
        require(not bench.writes, f"a second run calls {bench.writes}: {told(second)}", BrandStore.list_brands)
        require(second["counts"]["unchanged"] == 5, f"a second run: {told(second)}", BrandStore.list_brands)

    def test_a_run_that_creates_updates_and_deletes_can_be_taken_back(
        self, bench: Bench, catalogue: MemoryCatalogue, store: BrandStore, mapped: list[str]
    ) -> None:
        first = days_work(bench, catalogue, mapped)
        before = contents(store, mapped)
        day = bench.sync()
        counts = [day["counts"][name] for name in ("created", "updated", "deleted")]
        require(counts == [1, 1, 1], f"one of each was due: {told(day)}", BrandStore)
        assert_in_line(store, catalogue, mapped)
        for run in (day, first):
            undone = bench.undo(run["run"])
            require(undone["exit_code"] == 0, f"undo: {told(undone)}", BrandStore)
            left = contents(store, mapped)
            require(left == (before if run is day else []), "undo hasn't brought the shop back as it was", BrandStore)

    def test_a_dry_run_tells_how_many_requests_the_run_and_its_undo_then_make(
        self, bench: Bench, catalogue: MemoryCatalogue, store: BrandStore, mapped: list[str]
    ) -> None:
        if not isinstance(store, CountsRequests):
            pytest.skip("the store doesn't say how many requests a batch takes: `requests_for`")
        first = days_work(bench, catalogue, mapped)
        planned = bench.sync(dry_run=True)
        day = bench.sync()
        assert_told(planned, day)
        bench.undo(day["run"])
        planned = bench.undo(first["run"], dry_run=True)
        assert_told(planned, bench.undo(first["run"]))

    def test_undo_keeps_what_a_person_has_changed_since(
        self, bench: Bench, catalogue: MemoryCatalogue, store: BrandStore, mapped: list[str]
    ) -> None:
        catalogue.publish(*samples(2, mapped))
        run = bench.sync()["run"]
        person = next(brand for brand in listed(store, ["name"]) if brand.fields["name"] == "Brand 1")
        store.update_brands([BrandUpdate(person.id, person.fields, {"name": "A person's"})])
        undone = bench.undo(run)
        require(undone["exit_code"] == 65, f"one brand had to be kept: {told(undone)}", SoftDeletion.uncreate_brands)
        names = [brand.fields["name"] for brand in listed(store, ["name"])]
        require(names == ["A person's"], f"what a person changed is now {names}", SoftDeletion.uncreate_brands)

    def test_a_run_that_fails_in_the_cms_leaves_the_shop_as_it_was(
        self, bench: Bench, catalogue: MemoryCatalogue, store: BrandStore, mapped: list[str]
    ) -> None:
        days_work(bench, catalogue, mapped)
        before = contents(store, mapped)
        bench.cms.watch.before("write_links", refuse)
        result = bench.sync()
        require(
            result["status"] == "rolled_back", f"the CMS refused a link: {told(result)}", SoftDeletion.uncreate_brands
        )
        require(contents(store, mapped) == before, "the shop isn't as it was", SoftDeletion.uncreate_brands)

    @pytest.mark.parametrize("moment", ["before", "after"])
    @pytest.mark.parametrize("method", STORE_WRITES)
    def test_a_run_that_dies_is_recovered(
        self, bench: Bench, catalogue: MemoryCatalogue, store: BrandStore, mapped: list[str], method: str, moment: str
    ) -> None:
        days_work(bench, catalogue, mapped)
        before = contents(store, mapped)
        run = self._prepared(bench, method)
        instead = {"uncreate_brands": uncreation(store), "restore_brands": restoration(store)}
        called = instead[method].__name__ if method in instead else method
        bench.store.watch.dies(moment, called)
        if not bench.dies(run):
            pytest.skip(f"the run never calls {called}")
        recovered = bench.recover()
        contract = getattr(BrandStore, called, None) or getattr(SoftDeletion, called)
        where = f"a run died {moment} it had called {called}"
        require(recovered["exit_code"] == 0, f"{where}; recover: {told(recovered)}", contract)
        if method != "restore_brands":
            require(contents(store, mapped) == before, f"{where}; recovered, the shop isn't as it was", contract)
        result = bench.sync()
        require(result["exit_code"] == 0, f"{where}; the next run: {told(result)}", contract)
        assert_in_line(store, catalogue, mapped)

    def _prepared(self, bench: Bench, method: str) -> Any:
        """A run that will call this method."""
        if method == "uncreate_brands":
            bench.cms.watch.before("write_links", refuse)
        if method == "restore_brands":
            done = bench.sync()["run"]
            return lambda: bench.undo(done)
        return bench.sync


def assert_in_line(store: BrandStore, catalogue: MemoryCatalogue, mapped: Sequence[str]) -> None:
    """Every entry is one brand, with its fields and linked. Nothing else is there."""
    expected: dict[str, Fields] = {
        entry["external_id"] or f"entry {cms_id}, which has no external id": {name: entry[name] for name in mapped}
        for cms_id, entry in catalogue.entries.items()
    }
    found = {brand.id: brand.fields for brand in listed(store, mapped)}
    require(
        found == expected, f"the shop and the CMS differ, brand by brand:\n{difference(found, expected)}", BrandStore
    )
    if LINK_FIELD in store.capabilities.fields:
        links = {key: fields[LINK_FIELD] for key, fields in held(store, [LINK_FIELD], [*found]).items()}
        wanted = {entry["external_id"]: cms_id for cms_id, entry in catalogue.entries.items()}
        require(links == wanted, f"the shop's own links are wrong:\n{difference(links, wanted)}", BrandStore)


def assert_told(planned: dict[str, Any], done: dict[str, Any]) -> None:
    """A run's writes took as many requests as its dry run had said."""
    made, needed = done["requests"] - planned["requests"], planned["requests_needed"]
    require(made == needed, f"it took {made} requests, and was to take {needed}", CountsRequests.requests_for)


def contents(store: BrandStore, mapped: Sequence[str]) -> list[str]:
    """What the shop holds, without ids: a deleted brand may come back with another id."""
    return sorted(repr([brand.fields[name] for name in mapped]) for brand in listed(store, mapped))


def refuse() -> None:
    """Refuse for good."""
    raise Rejected("the CMS refuses this link, as the test wants")


def days_work(bench: Bench, catalogue: MemoryCatalogue, mapped: Sequence[str]) -> dict[str, Any]:
    """Sync three brands. Then an editor publishes one, changes one and removes one."""
    first, second, _ = catalogue.publish(*samples(3, mapped))
    result = bench.sync()
    require(result["exit_code"] == 0, f"the first run: {told(result)}", BrandStore)
    catalogue.publish(sample(4, mapped))
    catalogue.edit(first, **edited(mapped))
    catalogue.remove(second)
    bench.clear()
    return result
