"""The tests that a CMS with editors' drafts must pass, besides ``CmsConformance``.

class TestAcmeCms(CmsConformance, DraftConformance):
    ...
    def save_draft(self, cms_id, **fields): ...
    def publish_draft(self, cms_id): ...
    def unpublish(self, cms_id): ...
    def drafted(self, field): ...
    def changed(self): ...
"""

from itertools import count
from pathlib import Path
from typing import Any

import pytest

from brandsync.cms.interface import Cms, CmsLinks
from brandsync.cms.optional import HoldsDrafts
from brandsync.testing.bench import Bench, cms_side
from brandsync.testing.cms_by_id import looked_up
from brandsync.testing.cms_draft_fixtures import EXTERNAL_ID, PENDING, WRITES, DraftFixtures
from brandsync.testing.cms_draft_links import DraftLinks
from brandsync.testing.cms_fixtures import bench_of, drafts, read
from brandsync.testing.cms_runs import assert_in_line
from brandsync.testing.contract import difference, require
from brandsync.testing.memory_store import MemoryShop
from brandsync.testing.samples import samples
from brandsync.testing.verdict import told


class DraftRuns(DraftFixtures):
    """Whole runs while editors have drafts."""

    def test_an_entry_with_a_draft_is_synced_as_published_and_linked_once_that_may_be(
        self, bench: Bench, guarded: Cms, shop: MemoryShop, mapped: list[str]
    ) -> None:
        ids = self.publish(samples(3, mapped))
        self.save_pending(ids[1])
        first = bench.sync()
        require(first["counts"]["created"] == 3, f"one of 3 entries has a draft: {told(first)}", WRITES)
        originals = [self.original(number) for number in (1, 2, 3)]
        require(self._shown(shop) == originals, "the shop shows a draft", Cms.retrieve_brands)
        linked = [cms_id for cms_id, external_id in self.external_ids().items() if external_id]
        due = ids if self.links_drafts else [ids[0], ids[2]]
        require(sorted(linked) == sorted(due), f"one of 3 entries has a draft: {len(linked)} are linked", WRITES)
        bench.clear()
        again = bench.sync()
        require(not bench.writes, f"a draft waits, and a second run calls {bench.writes}: {told(again)}", WRITES)
        self.is_of_the_editor(guarded, ids[1], self.original(2), PENDING, "two runs came")
        self.publish_draft(ids[1])
        self._follows(bench, guarded, shop, mapped)

    def _follows(self, bench: Bench, cms: Cms, shop: MemoryShop, mapped: list[str]) -> None:
        """A draft was published. It comes to the shop, and is linked."""
        result = bench.sync()
        counts = [result["counts"][name] for name in ("adopted", "created", "deleted", "skipped")]
        require(not any(counts), f"the draft was published: {told(result)}", WRITES)
        require(PENDING in self._shown(shop), "a draft was published: the shop doesn't show it", Cms.retrieve_brands)
        assert_in_line(cms, shop, mapped)
        self.nothing_waits(when="the draft was published")

    def test_only_what_is_published_comes_by_its_id(self, cms: Cms, mapped: list[str]) -> None:
        first, second, third = self.publish(samples(3, mapped))
        self.save_pending(second)
        self.unpublish(third)
        found = looked_up(cms, [first, second, third])
        require(third not in found, "an entry was unpublished, and comes by its id", Cms.retrieve_entries)
        listed = {brand.cms_id: brand for brand in read(cms)}
        require(found == listed, f"they come otherwise than listed:\n{difference(found, listed)}", Cms.retrieve_entries)
        self.publish_draft(third)
        require(
            third in looked_up(cms, [third]), "an entry was published again, and doesn't come", Cms.retrieve_entries
        )

    def test_undo_clears_the_external_ids_and_leaves_drafts_to_their_editors(
        self, bench: Bench, guarded: Cms, shop: MemoryShop, mapped: list[str]
    ) -> None:
        ids = self.publish(samples(3, mapped))
        bench.sync()
        self.save_pending(ids[1])
        undone = bench.undo("last")
        require(undone["exit_code"] == 0 and not undone["kept"], f"undo: {told(undone)}", WRITES)
        waiting = [] if self.links_drafts else [ids[1]]
        left = [cms_id for cms_id, external_id in self.external_ids().items() if external_id]
        require(left == waiting, f"{len(waiting)} entries have a draft, and undo left {len(left)} linked", WRITES)
        self.is_of_the_editor(guarded, ids[1], self.original(2), PENDING, "a run was undone")
        cleared = [cms_id for cms_id, external_id in self.drafted(EXTERNAL_ID).items() if not external_id]
        require(set(cleared) == set(ids) - set(waiting), "undo has left external ids in drafts", WRITES)
        self.publish_draft(ids[1])
        again = bench.sync()
        require(again["exit_code"] == 0, f"after an undo, a draft was published: {told(again)}", WRITES)
        assert_in_line(guarded, shop, mapped)

    def test_undo_clears_the_external_ids_of_entries_that_are_unpublished_by_now(
        self, bench: Bench, guarded: Cms, mapped: list[str]
    ) -> None:
        first, second = self.publish(samples(2, mapped))
        bench.sync()
        self.unpublish(second)
        undone = bench.undo("last")
        require(undone["exit_code"] == 0, f"undo: {told(undone)}", WRITES)
        for cms_id in (first, second):
            self.stands(guarded, cms_id, None, "a run was undone")
        self.is_of_the_editor(guarded, second, None, self.original(2), "a run was undone")

    def test_an_entry_that_is_published_again_after_its_brand_was_deleted_gets_another_one(
        self, bench: Bench, guarded: Cms, shop: MemoryShop, mapped: list[str]
    ) -> None:
        ids = self.publish(samples(3, mapped))
        bench.sync()
        self.unpublish(ids[1])
        gone = bench.sync()
        require(gone["counts"]["deleted"] == 1, f"an entry was unpublished: {told(gone)}", Cms.retrieve_brands)
        self.publish_draft(ids[1])
        back = bench.sync()
        require(back["exit_code"] == 0, f"an entry was published again: {told(back)}", WRITES)
        require(back["counts"]["created"] == 1, f"an entry was published again: {told(back)}", WRITES)
        assert_in_line(guarded, shop, mapped)
        self.nothing_waits(when="an entry was published again")

    def test_an_undo_reads_what_was_written_and_not_what_a_cache_still_shows(
        self, bench: Bench, writable: Cms, shop: MemoryShop, mapped: list[str]
    ) -> None:
        self.publish(samples(3, mapped))
        before = self.held()
        writable.retrieve_brands()
        self.freeze_listing()
        bench.sync()
        require(self.held() != before, "a run has written no external id", WRITES)
        undone = bench.undo("last")
        require(undone["exit_code"] == 0, f"undo: {told(undone)}", HoldsDrafts.held)
        self.holds(before, "after an undo")
        require(not shop.brands, f"after an undo, {len(shop.brands)} brands are left", HoldsDrafts.held)

    def test_without_what_it_takes_to_write_links_stay_in_the_journal(
        self, proxied: dict[str, Any], tmp_path: Path, shop: MemoryShop, mapped: list[str]
    ) -> None:
        self.publish(samples(3, mapped))
        before = self.held()
        bench = bench_of(cms_side(self.backend, self.without_write_credentials(proxied), tmp_path), tmp_path)
        first = bench.sync()
        require(first["exit_code"] == 0, f"these credentials may only read: {told(first)}", CmsLinks.refusal)
        require(len(shop.brands) == 3, f"these credentials may only read: {told(first)}", CmsLinks.refusal)
        bench.clear()
        again = bench.sync()
        require(not bench.writes, f"a second run calls {bench.writes}: {told(again)}", CmsLinks.refusal)
        undone = bench.undo(first["run"])
        require(undone["exit_code"] == 0, f"undo: {told(undone)}", CmsLinks.refusal)
        require(not shop.brands, f"undo leaves {len(shop.brands)} brands: {told(undone)}", CmsLinks.refusal)
        self.holds(before, "with credentials that may only read")

    def test_an_entry_that_cannot_be_published_rolls_the_run_back_or_is_skipped(
        self, bench: Bench, writable: Cms, shop: MemoryShop, mapped: list[str]
    ) -> None:
        ids = self.publish(samples(3, mapped))
        before = self.held()
        self.hinder_publication(ids[0])
        result = bench.sync()
        require(result["status"] == "rolled_back", f"a link was refused: {told(result)}", WRITES)
        require(not shop.brands, f"a run was rolled back, and {len(shop.brands)} brands are left", WRITES)
        self.holds(before, "after a run that was rolled back")
        bench.settings["keep_going"] = True
        result = bench.sync()
        require(result["exit_code"] == 65, f"a link was refused, with keep_going: {told(result)}", WRITES)
        linked = {cms_id: bool(external_id) for cms_id, external_id in self.drafted(EXTERNAL_ID).items()}
        require(linked == {ids[0]: False, ids[1]: True, ids[2]: True}, f"of 3, these are linked: {linked}", WRITES)
        found = drafts(writable).held(ids[:1])
        require(
            found == {ids[0]: None}, f"a link was refused, and these are told as written: {found}", HoldsDrafts.held
        )

    @pytest.mark.parametrize("mode", ["rollback", "resume"])
    def test_a_run_that_dies_at_any_request_is_taken_back_or_finished(
        self, bench: Bench, guarded: Cms, shop: MemoryShop, mapped: list[str], mode: str
    ) -> None:
        drafts: list[str] = []
        for nth in count(1):
            self._publish_two(nth, mapped, drafts)
            before, brands = self.held(), dict(shop.brands)
            bench.cms.watch.dies_before_request(nth)
            if not bench.dies(bench.sync):
                require(nth > 1, "a run writes links and asks no guard before it", Cms.guard_writes)
                return
            when = f"a run died before request {nth} that may write"
            self._recovers(bench, mode, when)
            if mode == "rollback":
                self.holds(before, f"{when} and was taken back")
                self.nothing_waits(*drafts, when=f"{when} and was taken back")
                require(shop.brands == brands, f"{when}; the shop isn't as it was", WRITES)
            self._goes_on(bench, guarded, shop, mapped, when)
            self.nothing_waits(*drafts, when=when)

    def _recovers(self, bench: Bench, mode: str, when: str) -> None:
        bench.clear()
        recovered = bench.recover(mode)
        require(recovered["exit_code"] == 0, f"{when}; recover: {told(recovered)}", WRITES)

    def _publish_two(self, nth: int, mapped: list[str], drafts: list[str]) -> None:
        """Publish two new entries. The second gets a draft, if an entry with a draft need not wait."""
        _, second = self.publish(samples(2, mapped, start=2 * nth))
        if self.links_drafts:
            self.save_pending(second)
            drafts.append(second)

    def _shown(self, shop: MemoryShop) -> list[str]:
        return sorted(brand[self.draft_field] for brand in shop.brands.values())

    def _goes_on(self, bench: Bench, cms: Cms, shop: MemoryShop, mapped: list[str], when: str) -> None:
        result = bench.sync()
        require(result["exit_code"] == 0, f"{when}; the next run: {told(result)}", WRITES)
        assert_in_line(cms, shop, mapped)
        bench.clear()
        again = bench.sync()
        require(not bench.writes, f"{when}; two runs later, one calls {bench.writes}: {told(again)}", WRITES)


class DraftConformance(DraftLinks, DraftRuns):
    """All of the tests. ``DraftFixtures`` says what a subclass can and must define."""
