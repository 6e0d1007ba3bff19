"""Writing external ids into a CMS."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from brandsync.brand import ExternalId
from brandsync.cms.interface import Cms, CmsLinks
from brandsync.cms.optional import HoldsDrafts
from brandsync.errors import BrandsyncError, Rejected
from brandsync.testing.cms_fixtures import CmsFixtures, linking, links, texts, write
from brandsync.testing.contract import breach, difference, require
from brandsync.testing.samples import samples

WRITES = CmsLinks.write


class CmsLinking(CmsFixtures):
    """Writing external ids: the only thing that a run writes to a CMS."""

    def test_external_ids_are_written_replaced_and_cleared(self, writable: Cms, mapped: list[str]) -> None:
        first, second, third = self.publish(samples(3, mapped))
        wanted: dict[str, str | None] = {first: None, second: None, third: None}
        steps: list[dict[str, str | None]] = [
            {first: "brand-1", second: "01JD8Z7J9F0000000000000000"},
            {first: "brand-2"},
            {first: None, third: "3"},
            {second: None},
        ]
        for step in steps:
            write(writable, step)
            wanted |= step
            self._holds(writable, wanted, f"after writing {step}")

    def test_writing_the_same_twice_is_harmless(self, writable: Cms, mapped: list[str]) -> None:
        first, second = self.publish(samples(2, mapped))
        for value in ("brand-1", "brand-1", None, None):
            write(writable, {first: value})
            self._holds(writable, {first: value, second: None}, f"after writing {value} once more")

    def test_entries_stay_as_they_are_but_for_the_external_id(self, writable: Cms, mapped: list[str]) -> None:
        ids = self.publish(samples(3, mapped))
        before = texts(writable)
        write(writable, {cms_id: f"brand-{number}" for number, cms_id in enumerate(ids)})
        found = texts(writable)
        require(found == before, f"writing a link has changed texts:\n{difference(found, before)}", WRITES)

    def test_a_batch_as_large_as_declared_is_written(self, writable: Cms, mapped: list[str]) -> None:
        size = linking(writable).batch
        ids = self.publish(samples(size, mapped))
        wanted = {cms_id: f"brand-{number}" for number, cms_id in enumerate(ids)}
        write(writable, wanted)
        self._holds(writable, wanted, f"after a batch of {size}")

    def test_as_many_threads_as_declared_may_write_at_once(self, writable: Cms, mapped: list[str]) -> None:
        threads = linking(writable).threads
        ids = self.publish(samples(2 * threads, mapped))
        wanted = {cms_id: f"brand-{number}" for number, cms_id in enumerate(ids)}
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda pair: write(writable, dict([pair])), wanted.items()))
        self._holds(writable, wanted, f"after writes of {threads} threads")

    def test_an_entry_that_is_gone_is_rejected_and_stays_gone(self, writable: Cms, mapped: list[str]) -> None:
        first, second = self.publish(samples(2, mapped))
        self.remove(first)
        try:
            linking(writable).write([ExternalId(first, "brand-1")])
        except BrandsyncError as error:
            require(isinstance(error, Rejected), f"it raises {type(error).__name__}, not Rejected: {error}", WRITES)
        else:
            breach("the link of an entry that is gone was taken as written", WRITES)
        self._holds(writable, {second: None}, "after writing the link of an entry that is gone")

    def test_these_credentials_may_write_and_no_entry_has_to_wait(self, writable: Cms, mapped: list[str]) -> None:
        ids = self.publish(samples(2, mapped))
        refusal = linking(writable).refusal()
        require(refusal is None, f"the credentials of `settings` may not write links: {refusal}", CmsLinks.refusal)
        waiting = linking(writable).pending(ids)
        require(not waiting, f"no entry has a draft, and {list(waiting)} are to wait for one", CmsLinks.pending)
        self._holds(writable, dict.fromkeys(ids), "after asking, which must write nothing")

    def test_external_ids_are_read_back_where_they_are_written(self, writable: Cms, mapped: list[str]) -> None:
        held = linking(writable)
        if not isinstance(held, HoldsDrafts):
            pytest.skip("the CMS has no `links.held`: what it lists is all that it holds")
        first, second, third = self.publish(samples(3, mapped))
        write(writable, {first: "brand-1"})
        self.remove(third)
        found = held.held([first, second, third])
        shown = {key: value or None for key, value in found.items()}
        wanted = {first: "brand-1", second: None}
        require(shown == wanted, f"other external ids are read back:\n{difference(shown, wanted)}", HoldsDrafts.held)

    def _holds(self, cms: Cms, wanted: Mapping[str, str | None], when: str) -> None:
        for found, seen in ((dict(self.external_ids()), "the CMS holds"), (links(cms), "the listing shows")):
            shown = {key: value or None for key, value in found.items()}
            require(shown == wanted, f"{when}, {seen} other external ids:\n{difference(shown, wanted)}", WRITES)
