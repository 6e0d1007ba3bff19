"""Faults on the way to the CMS's server. Whatever happens to a request, no entry is lost and no stray link stays."""

from contextlib import closing

from brandsync.cms.interface import Cms, CmsLinks
from brandsync.testing.bench import Bench, Side
from brandsync.testing.cms_by_id import looked_up
from brandsync.testing.cms_fixtures import links, texts
from brandsync.testing.cms_runs import CmsRuns, assert_as_before, assert_in_line
from brandsync.testing.contract import caught, difference, judge, require
from brandsync.testing.faults import Fault
from brandsync.testing.memory_store import MemoryShop
from brandsync.testing.proxied import struck_by
from brandsync.testing.proxy import FaultProxy
from brandsync.testing.samples import samples
from brandsync.testing.verdict import OF_A_RUNS_READING, OF_READING, PERSISTENT, right_codes, right_errors, told

LISTS = Cms.retrieve_brands


class CmsFaults(CmsRuns):
    """For a CMS over HTTP. ``url_setting`` says where the proxy goes."""

    @struck_by(OF_READING)
    def test_a_listing_is_whole_or_fails_as_it_should(
        self, faulty: FaultProxy, cms: Cms, side: Side, mapped: list[str], fault: Fault
    ) -> None:
        self.publish(samples(3, mapped))
        expected = texts(cms)
        with closing(side.open()) as fresh:
            faulty.strike(1, fault)
            with caught() as errors:
                found = texts(fresh)
        judge(next(iter(errors), None), right_errors(fault), fault, LISTS)
        if not errors:
            require(found == expected, f"{fault}: the listing isn't whole:\n{difference(found, expected)}", LISTS)

    @struck_by(OF_READING)
    def test_a_look_by_ids_is_whole_or_fails_as_it_should(
        self, faulty: FaultProxy, cms: Cms, side: Side, mapped: list[str], fault: Fault
    ) -> None:
        ids = self.publish(samples(3, mapped))
        expected = set(looked_up(cms, ids))
        with closing(side.open()) as fresh:
            faulty.strike(1, fault)
            with caught() as errors:
                found = set(looked_up(fresh, ids))
        judge(next(iter(errors), None), right_errors(fault), fault, Cms.retrieve_entries)
        if not errors:
            require(found == expected, f"{fault}: {len(found)} of 3 entries are found", Cms.retrieve_entries)

    def test_credentials_that_are_refused_for_good_are_told_as_such(self, faulty: FaultProxy, cms: Cms) -> None:
        faulty.strike(1, Fault.UNAUTHORIZED, count=PERSISTENT)
        with caught() as errors:
            cms.retrieve_brands()
        require(errors, "a 401 is told as a listing", LISTS)
        judge(errors[0], right_errors(Fault.UNAUTHORIZED), "a 401", LISTS)

    @struck_by([*Fault])
    def test_a_run_whose_link_goes_wrong_is_whole_or_taken_back(
        self, faulty: FaultProxy, bench: Bench, writable: Cms, shop: MemoryShop, mapped: list[str], fault: Fault
    ) -> None:
        self.publish(samples(2, mapped))
        self._run_with(fault, "write_links", faulty, bench, writable, shop, mapped)

    @struck_by(OF_A_RUNS_READING)
    def test_a_run_whose_first_reading_goes_wrong_is_whole_or_does_nothing(
        self, faulty: FaultProxy, bench: Bench, cms: Cms, shop: MemoryShop, mapped: list[str], fault: Fault
    ) -> None:
        self.days_work(bench, mapped)
        self._run_with(fault, "retrieve_brands", faulty, bench, cms, shop, mapped)

    def _run_with(
        self, fault: Fault, method: str, proxy: FaultProxy, bench: Bench, cms: Cms, shop: MemoryShop, mapped: list[str]
    ) -> None:
        """One fault strikes a run: it completes or is taken back. The next one completes. The third writes nothing."""
        before, linked = dict(shop.brands), links(cms)
        bench.cms.watch.before(method, lambda: proxy.strike(1, fault))
        result = bench.sync()
        contract = CmsLinks.write if method == "write_links" else LISTS
        where = f"{fault} at the first request of {method}"
        require(any(call.fault for call in proxy.calls), f"{method} sends no request", contract)
        require(result["exit_code"] in right_codes(fault), f"{where}: the run ends as {told(result)}", contract)
        if result["exit_code"] == 0:
            assert_in_line(cms, shop, mapped)
        else:
            assert_as_before(cms, shop, before, linked, where)
        after = bench.sync()
        require(after["exit_code"] == 0, f"{where}: the next run ends as {told(after)}", contract)
        assert_in_line(cms, shop, mapped)
        bench.clear()
        again = bench.sync()
        require(not bench.writes, f"{where}: two runs later, one still calls {bench.writes}: {told(again)}", contract)
