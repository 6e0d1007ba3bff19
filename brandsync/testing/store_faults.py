"""Faults on the way to the store's server. Whatever happens to a request, nothing is lost, doubled or half-done."""

from collections.abc import Sequence
from contextlib import closing

import pytest

from brandsync.stores.interface import BrandStore
from brandsync.testing.bench import Bench, Side
from brandsync.testing.contract import by_id, caught, difference, judge, require
from brandsync.testing.faults import Fault
from brandsync.testing.memory_cms import MemoryCatalogue
from brandsync.testing.proxied import struck_by
from brandsync.testing.proxy import FaultProxy
from brandsync.testing.samples import samples
from brandsync.testing.store_fixtures import listed, plain
from brandsync.testing.store_runs import StoreRuns, assert_in_line, contents, days_work
from brandsync.testing.verdict import (
    OF_A_CHANGE,
    OF_A_RUNS_READING,
    OF_READING,
    PERSISTENT,
    right_codes,
    right_errors,
    told,
)

LISTS = BrandStore.list_brands


class StoreFaults(StoreRuns):
    """For a store over HTTP. ``url_setting`` says where the proxy goes."""

    @struck_by(OF_READING)
    def test_a_listing_is_whole_or_fails_as_it_should(
        self, faulty: FaultProxy, store: BrandStore, side: Side, fault: Fault
    ) -> None:
        plain(store, 3)
        expected = by_id(listed(store, ["name"]))
        with closing(side.open()) as fresh:
            faulty.strike(1, fault)
            with caught() as errors:
                found = by_id(listed(fresh, ["name"]))
        judge(next(iter(errors), None), right_errors(fault), fault, LISTS)
        if not errors:
            require(found == expected, f"{fault}: the listing isn't whole:\n{difference(found, expected)}", LISTS)

    def test_credentials_that_are_refused_for_good_are_told_as_such(
        self, faulty: FaultProxy, store: BrandStore
    ) -> None:
        faulty.strike(1, Fault.UNAUTHORIZED, count=PERSISTENT)
        with caught() as errors:
            store.list_brands(["name"])
        require(errors, "a 401 is told as a listing", LISTS)
        judge(errors[0], right_errors(Fault.UNAUTHORIZED), "a 401", LISTS)

    @struck_by(OF_A_RUNS_READING)
    def test_a_run_whose_first_reading_goes_wrong_ends_as_it_should(
        self,
        faulty: FaultProxy,
        bench: Bench,
        catalogue: MemoryCatalogue,
        store: BrandStore,
        mapped: list[str],
        fault: Fault,
    ) -> None:
        days_work(bench, catalogue, mapped)
        _run_with(fault, "list_brands", faulty, bench, catalogue, store, mapped)

    @struck_by([*Fault])
    def test_a_run_whose_creation_goes_wrong_leaves_nothing_twice(
        self,
        faulty: FaultProxy,
        bench: Bench,
        catalogue: MemoryCatalogue,
        store: BrandStore,
        mapped: list[str],
        fault: Fault,
    ) -> None:
        if fault is Fault.DUPLICATED and not store.capabilities.chooses_ids:
            pytest.skip("the shop chooses the ids: a request that arrives twice makes two brands there")
        catalogue.publish(*samples(2, mapped))
        _run_with(fault, "create_brands", faulty, bench, catalogue, store, mapped)

    @struck_by(OF_A_CHANGE)
    @pytest.mark.parametrize("method", ["update_brands", "delete_brands"])
    def test_a_run_whose_change_goes_wrong_leaves_nothing_half_done(
        self,
        faulty: FaultProxy,
        bench: Bench,
        catalogue: MemoryCatalogue,
        store: BrandStore,
        mapped: list[str],
        method: str,
        fault: Fault,
    ) -> None:
        days_work(bench, catalogue, mapped)
        _run_with(fault, method, faulty, bench, catalogue, store, mapped)


def _run_with(
    fault: Fault,
    method: str,
    proxy: FaultProxy,
    bench: Bench,
    catalogue: MemoryCatalogue,
    store: BrandStore,
    mapped: Sequence[str],
) -> None:
    """One fault strikes a run: it completes or is taken back. The next one completes. The third writes nothing."""
    before, linked = contents(store, mapped), catalogue.external_ids()
    bench.store.watch.before(method, lambda: proxy.strike(1, fault))
    result = bench.sync()
    contract = getattr(BrandStore, method)
    where = f"{fault} at the first request of {method}"
    require(any(call.fault for call in proxy.calls), f"{method} sends no request", contract)
    require(result["exit_code"] in right_codes(fault), f"{where}: the run ends as {told(result)}", contract)
    if result["exit_code"] == 0:
        assert_in_line(store, catalogue, mapped)
    else:
        require(contents(store, mapped) == before, f"{where}: the run failed, and the shop isn't as it was", contract)
        require(catalogue.external_ids() == linked, f"{where}: the run failed, and links are left in the CMS", contract)
    after = bench.sync()
    require(after["exit_code"] == 0, f"{where}: the next run ends as {told(after)}", contract)
    assert_in_line(store, catalogue, mapped)
    bench.clear()
    again = bench.sync()
    require(not bench.writes, f"{where}: two runs later, one still calls {bench.writes}: {told(again)}", contract)
