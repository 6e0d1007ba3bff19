"""Whole runs from the CMS to an in-memory store: there, back again, and dying at every write-back."""

from collections.abc import Sequence

import pytest

from brandsync.cms.interface import Cms, CmsLinks
from brandsync.errors import Rejected
from brandsync.testing.bench import Bench
from brandsync.testing.cms_fixtures import CmsFixtures, links, texts
from brandsync.testing.contract import difference, require
from brandsync.testing.memory_store import MemoryShop
from brandsync.testing.samples import edited, sample, samples
from brandsync.testing.verdict import told


class CmsRuns(CmsFixtures):
    """The CMS as the engine uses it."""

    def test_a_run_takes_every_entry_and_a_second_one_writes_nothing(
        self, bench: Bench, cms: Cms, shop: MemoryShop, mapped: list[str]
    ) -> None:
        self.publish(samples(5, mapped))
        first = bench.sync()
        require(first["counts"]["created"] == 5, f"of 5 entries: {told(first)}", Cms.retrieve_brands)
        assert_in_line(cms, shop, mapped)
        bench.clear()
        second = bench.sync()
        require(not bench.writes, f"a second run calls {bench.writes}: {told(second)}", Cms.retrieve_brands)

    def test_an_incremental_run_takes_what_changed_alone(
        self, bench: Bench, cms: Cms, shop: MemoryShop, mapped: list[str]
    ) -> None:
        if not cms.changed_since:
            pytest.skip("the CMS doesn't declare `changed_since`: every run lists it whole")
        self.days_work(bench, mapped, remove=False)
        result = bench.sync(full=False)
        counts = [result["counts"][name] for name in ("created", "updated")]
        require(counts == [1, 1], f"one entry was new and one was edited: {told(result)}", Cms.retrieve_brands)
        assert_in_line(cms, shop, mapped)

    def test_undo_gives_the_external_ids_back(
        self, bench: Bench, cms: Cms, shop: MemoryShop, mapped: list[str]
    ) -> None:
        first = self.days_work(bench, mapped)
        before, linked = dict(shop.brands), links(cms)
        day = bench.sync()
        counts = [day["counts"][name] for name in ("created", "updated", "deleted")]
        require(counts == [1, 1, 1], f"one of each was due: {told(day)}", Cms)
        assert_in_line(cms, shop, mapped)
        written = texts(cms)
        for run in (day["run"], first):
            undone = bench.undo(run)
            require(undone["exit_code"] == 0, f"undo: {told(undone)}", CmsLinks.write)
            found, expected = links(cms), linked if run == day["run"] else dict.fromkeys(linked)
            require(
                found == expected, f"undo leaves other external ids:\n{difference(found, expected)}", CmsLinks.write
            )
            require(shop.brands == (before if run == day["run"] else {}), "undo leaves other brands", CmsLinks.write)
        require(texts(cms) == written, "undo has changed texts of entries", CmsLinks.write)

    def test_a_run_whose_link_is_refused_leaves_the_cms_as_it_was(
        self, bench: Bench, writable: Cms, shop: MemoryShop, mapped: list[str]
    ) -> None:
        self.days_work(bench, mapped)
        before, linked = dict(shop.brands), links(writable)
        bench.cms.watch.after("write_links", _refuse)
        result = bench.sync()
        require(result["status"] == "rolled_back", f"a link was refused: {told(result)}", CmsLinks.write)
        assert_as_before(writable, shop, before, linked, "a link was refused after it had been written")

    @pytest.mark.parametrize("moment", ["before", "after"])
    def test_a_run_that_dies_at_a_link_is_recovered(
        self, bench: Bench, writable: Cms, shop: MemoryShop, mapped: list[str], moment: str
    ) -> None:
        self.days_work(bench, mapped)
        before, linked = dict(shop.brands), links(writable)
        bench.cms.watch.dies(moment, "write_links")
        require(bench.dies(bench.sync), "a new brand, and the run never calls links.write", CmsLinks.write)
        where = f"a run died {moment} it had written a link"
        recovered = bench.recover()
        require(recovered["exit_code"] == 0, f"{where}; recover: {told(recovered)}", CmsLinks.write)
        assert_as_before(writable, shop, before, linked, where)
        result = bench.sync()
        require(result["exit_code"] == 0, f"{where}; the next run: {told(result)}", CmsLinks.write)
        assert_in_line(writable, shop, mapped)

    def days_work(self, bench: Bench, mapped: Sequence[str], *, remove: bool = True) -> str:
        """Sync three entries. Then an editor publishes one, changes one and removes one. Returns the first run."""
        first, second, _ = self.publish(samples(3, mapped))
        result = bench.sync()
        require(result["exit_code"] == 0, f"the first run: {told(result)}", Cms)
        self.publish([sample(4, mapped)])
        self.edit(first, **edited(mapped))
        if remove:
            self.remove(second)
        bench.clear()
        return str(result["run"])


def assert_in_line(cms: Cms, shop: MemoryShop, mapped: Sequence[str]) -> None:
    """Every entry is one brand with its fields, linked if the CMS takes links. Nothing else is there."""
    entries = texts(cms)
    found = sorted(repr([brand[name] for name in mapped]) for brand in shop.brands.values())
    expected = sorted(repr([fields[name] for name in mapped]) for fields in entries.values())
    require(found == expected, f"{len(entries)} entries have become other {len(found)} brands", Cms.retrieve_brands)
    if cms.links:
        for cms_id, external_id in links(cms).items():
            brand = shop.brands.get(external_id or "", {})
            linked = {name: brand.get(name) for name in mapped} == entries[cms_id]
            require(linked, f"entry {cms_id} is linked to {external_id}, which isn't its brand", CmsLinks.write)


def assert_as_before(
    cms: Cms, shop: MemoryShop, brands: dict[str, dict[str, object]], linked: dict[str, str | None], where: str
) -> None:
    """Nothing of a run is left."""
    found = links(cms)
    require(found == linked, f"{where}; external ids are left in the CMS:\n{difference(found, linked)}", CmsLinks.write)
    require(shop.brands == brands, f"{where}; the shop isn't as it was:\n{difference(shop.brands, brands)}", Cms)


def _refuse() -> None:
    raise Rejected("the CMS refuses this link, as the test wants")
