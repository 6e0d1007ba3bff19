"""Whole runs from one CMS into one store, each as its own test class serves it.

class TestAcmeIntoShop(PairConformance):
    cms_suite = TestAcmeCms
    store_suite = TestShopStore
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest

from brandsync.brand import Fields, encode
from brandsync.cms.interface import Cms, CmsLinks
from brandsync.cms.mapping import EntryMapping
from brandsync.stores.interface import BrandStore
from brandsync.stores.optional import prepare
from brandsync.testing.bench import Bench, cms_side, store_side
from brandsync.testing.cms_fixtures import CmsFixtures, links, texts
from brandsync.testing.contract import difference, require
from brandsync.testing.samples import edited, sample, samples
from brandsync.testing.store_fixtures import StoreFixtures, listed
from brandsync.testing.verdict import told


@dataclass(frozen=True, slots=True)
class Pair:
    """A CMS, its editors, a store, and the pipeline between them."""

    editors: CmsFixtures
    bench: Bench
    cms: Cms
    store: BrandStore
    mapped: Sequence[str] = field(default=())
    """The fields that the CMS has and the store holds."""

    def contents(self) -> list[str]:
        """What the store holds, without ids: a deleted brand may come back with another id."""
        brands = listed(self.store, self.mapped)
        return sorted(encode({name: brand.fields[name] for name in self.mapped}) for brand in brands)

    def links(self) -> Mapping[str, str | None]:
        """The external ids in the CMS."""
        return links(self.cms)

    def entries(self) -> Mapping[str, Fields]:
        """The fields that the CMS publishes, by entry."""
        return texts(self.cms)


class PairConformance:
    """All of the tests. Both suites must say how they are served: ``serving``."""

    cms_suite: ClassVar[type[CmsFixtures]]
    """The tests of the CMS."""
    store_suite: ClassVar[type[StoreFixtures]]
    """The tests of the store."""

    @pytest.fixture
    def editors(self) -> CmsFixtures:
        """The suite that serves the CMS, and edits it."""
        return self.cms_suite()

    @pytest.fixture
    def shop(self) -> StoreFixtures:
        """The suite that serves the store."""
        return self.store_suite()

    @pytest.fixture
    def pair(self, editors: CmsFixtures, shop: StoreFixtures, tmp_path: Path) -> Iterator[Pair]:
        """Both sides, empty."""
        with shop.serving(tmp_path) as of_store, editors.serving(tmp_path) as of_cms:
            store_at = store_side(shop.backend, of_store, tmp_path)
            with closing(store_at.open()) as store:
                store.list_brands(("name",))
                prepare(store)
                paths = EntryMapping(cms_side(editors.backend, of_cms, tmp_path).settings).fields
                mapped = [name for name in paths if name in store.capabilities.fields]
                fields = {name: path for name, path in of_cms["fields"].items() if name in mapped}
                cms_at = cms_side(editors.backend, of_cms | {"fields": fields}, tmp_path)
                with closing(cms_at.open()) as cms:
                    yield Pair(editors, Bench(tmp_path, cms_at, store_at), cms, store, mapped)

    def test_a_run_makes_the_requests_that_the_dry_run_told_and_a_second_one_writes_nothing(self, pair: Pair) -> None:
        pair.editors.publish(samples(5, pair.mapped))
        planned = pair.bench.sync(dry_run=True)
        first = pair.bench.sync()
        require(first["counts"]["created"] == 5, f"of 5 entries: {told(first)}", BrandStore.create_brands)
        assert_in_line(pair)
        needed = [planned["requests_needed"], planned["link_requests_needed"]]
        if None not in needed:
            made = first["requests"] - planned["requests"]
            require(made == sum(needed), f"writing took {made} requests, and was to take {needed}", Cms)
        pair.bench.clear()
        second = pair.bench.sync()
        require(not pair.bench.writes, f"a second run calls {pair.bench.writes}: {told(second)}", BrandStore)
        require(second["counts"]["unchanged"] == 5, f"a second run: {told(second)}", BrandStore)

    def test_an_editors_day_arrives_and_is_taken_back(self, pair: Pair) -> None:
        first = days_work(pair)
        before, linked = pair.contents(), pair.links()
        day = pair.bench.sync()
        counts = [day["counts"][name] for name in ("created", "updated", "deleted")]
        require(counts == [1, 1, 1], f"one of each was due: {told(day)}", BrandStore)
        assert_in_line(pair)
        for run in (day, first):
            undone = pair.bench.undo(run["run"])
            require(undone["exit_code"] == 0, f"undo: {told(undone)}", BrandStore)
            assert_as_before(pair, before if run is day else [], linked if run is day else {}, "after an undo")

    @pytest.mark.parametrize("method", ["create_brands", "write_links"])
    def test_a_run_that_dies_is_recovered_and_the_next_one_is_whole(self, pair: Pair, method: str) -> None:
        days_work(pair)
        before, linked = pair.contents(), pair.links()
        side = pair.bench.cms if method == "write_links" else pair.bench.store
        side.watch.dies("after", method)
        if not pair.bench.dies(pair.bench.sync):
            pytest.skip(f"the run never calls {method}")
        where = f"a run died after it had called {method}"
        recovered = pair.bench.recover()
        require(recovered["exit_code"] == 0, f"{where}; recover: {told(recovered)}", BrandStore)
        assert_as_before(pair, before, linked, where)
        result = pair.bench.sync()
        require(result["exit_code"] == 0, f"{where}; the next run: {told(result)}", BrandStore)
        assert_in_line(pair)


def days_work(pair: Pair) -> dict[str, Any]:
    """Sync three brands. Then an editor publishes one, changes one and removes one. Returns the first run."""
    first, second, _ = pair.editors.publish(samples(3, pair.mapped))
    result = pair.bench.sync()
    require(result["exit_code"] == 0, f"the first run: {told(result)}", BrandStore)
    pair.editors.publish([sample(4, pair.mapped)])
    pair.editors.edit(first, **edited(pair.mapped))
    pair.editors.remove(second)
    pair.bench.clear()
    return result


def assert_in_line(pair: Pair) -> None:
    """Every entry is one brand with its fields, linked if the CMS takes links. Nothing else is there."""
    brands = {brand.id: {name: brand.fields[name] for name in pair.mapped} for brand in listed(pair.store, pair.mapped)}
    entries = pair.entries()
    found, expected = (sorted(map(encode, side)) for side in (brands.values(), entries.values()))
    require(found == expected, f"{len(entries)} entries have become other {len(found)} brands", BrandStore)
    if pair.cms.links:
        linked = {cms_id: brands.get(external_id or "") for cms_id, external_id in pair.links().items()}
        require(linked == entries, f"links lead elsewhere:\n{difference(linked, entries)}", CmsLinks.write)


def assert_as_before(pair: Pair, contents: list[str], linked: Mapping[str, str | None], where: str) -> None:
    """Nothing of a run is left: entries that had no external id have none."""
    left = pair.contents()
    require(left == contents, f"{where} the store isn't as it was:\n{left}\n{contents}", BrandStore)
    found = pair.links()
    expected = {cms_id: linked.get(cms_id) for cms_id in found}
    require(found == expected, f"{where} external ids are left:\n{difference(found, expected)}", CmsLinks.write)
