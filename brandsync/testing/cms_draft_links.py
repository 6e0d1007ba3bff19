"""Writing external ids into entries that have drafts, or get one during the write."""

from typing import Final

import pytest

from brandsync.brand import ExternalId
from brandsync.cms.interface import Cms, CmsLinks
from brandsync.cms.optional import HoldsDrafts
from brandsync.errors import LeaseLost, Rejected
from brandsync.testing.bench import Side
from brandsync.testing.cms_draft_fixtures import PENDING, WRITES, DraftFixtures
from brandsync.testing.cms_fixtures import drafts, linking
from brandsync.testing.contract import caught, require
from brandsync.testing.samples import samples

NEW: Final = "New, and published by an editor"


class DraftLinks(DraftFixtures):
    """No editor's draft is ever published, lost or shown, and no link stays half-written for good."""

    def test_an_entry_with_a_draft_waits_or_is_linked_in_both(self, guarded: Cms, mapped: list[str]) -> None:
        first, second = self.publish(samples(2, mapped))
        self.save_pending(first)
        waiting = set(linking(guarded).pending([first, second]))
        expected = set() if self.links_drafts else {first}
        require(waiting == expected, f"of one entry with a draft, {waiting} are to wait", CmsLinks.pending)
        later = set(_write(guarded, {first: "brand-1", second: "brand-2"}))
        when = "an entry had a draft"
        require(later == expected, f"{when}: {later} have to wait", WRITES)
        self.stands(guarded, first, "brand-1" if self.links_drafts else None, when)
        self.stands(guarded, second, "brand-2", when)
        self.is_of_the_editor(guarded, first, self.original(1), PENDING, when)
        self.nothing_waits(first, when=when)

    def test_an_entry_that_is_unpublished_waits(self, guarded: Cms, mapped: list[str]) -> None:
        first, second = self.publish(samples(2, mapped))
        self.unpublish(first)
        waiting = set(linking(guarded).pending([first, second]))
        require(waiting == {first}, f"of one unpublished entry, {waiting} are to wait", CmsLinks.pending)
        later = set(_write(guarded, {first: "brand-1", second: "brand-2"}))
        require(later == {first}, f"of one unpublished entry, {later} have to wait", WRITES)
        self.stands(guarded, first, None, "an entry is unpublished")
        self.is_of_the_editor(guarded, first, None, self.original(1), "an entry is unpublished")

    # Somebody works on it at the same time.

    def test_an_editor_who_saves_between_the_look_and_the_write_is_neither_overwritten_nor_published(
        self, guarded: Cms, side: Side, mapped: list[str]
    ) -> None:
        self._saves(guarded, side, mapped, requests=1)

    def test_an_editor_who_saves_before_any_later_request_is_not_published_either(
        self, guarded: Cms, side: Side, mapped: list[str]
    ) -> None:
        self._require_versions()
        self._saves(guarded, side, mapped, requests=None)

    def test_an_editor_who_unpublishes_between_the_look_and_the_write_is_obeyed(
        self, guarded: Cms, side: Side, mapped: list[str]
    ) -> None:
        self._unpublishes(guarded, side, mapped, requests=1)

    def test_an_editor_who_unpublishes_before_any_later_request_is_obeyed_too(
        self, guarded: Cms, side: Side, mapped: list[str]
    ) -> None:
        self._require_versions()
        self._unpublishes(guarded, side, mapped, requests=None)

    def test_an_editor_who_publishes_meanwhile_is_no_hindrance(
        self, guarded: Cms, side: Side, mapped: list[str]
    ) -> None:
        for done in self.written_meanwhile(guarded, side, mapped, self._edit):
            when = "an editor published meanwhile"
            require(not done.later and not done.error, f"{when}: the link {_told(done.error)}", WRITES)
            self.stands(guarded, done.cms_id, "brand-1", when)
            self.is_of_the_editor(guarded, done.cms_id, NEW, NEW, when)
            self.nothing_waits(when=when)

    def test_an_entry_that_is_removed_meanwhile_is_rejected_and_stays_gone(
        self, guarded: Cms, side: Side, mapped: list[str]
    ) -> None:
        for done in self.written_meanwhile(guarded, side, mapped, self.remove):
            require(isinstance(done.error, Rejected), f"an entry was removed: the link {_told(done.error)}", WRITES)
            require(done.cms_id not in self.drafted("name"), "a removed entry is there again", WRITES)

    def test_a_run_that_has_lost_its_lease_writes_nothing_more(
        self, guarded: Cms, side: Side, mapped: list[str]
    ) -> None:
        numbers = enumerate(self.written_meanwhile(guarded, side, mapped, _lose_the_lease), 1)
        for number, done in numbers:
            when = f"the lease was lost before request {number}"
            require(isinstance(done.error, LeaseLost), f"{when}: the link {_told(done.error)}", WRITES)
            require(side.watch.asked == number, f"{when}, and another request would follow", Cms.guard_writes)
            _write(guarded, {done.cms_id: None})
            self.stands(guarded, done.cms_id, None, f"{when}, and a later run took the link back")
            self.nothing_waits(when=f"{when}, and a later run took the link back")

    # What cannot be published.

    def test_an_entry_that_cannot_be_published_is_left_as_it_was(self, guarded: Cms, mapped: list[str]) -> None:
        (cms_id,) = self.publish(samples(1, mapped))
        self.hinder_publication(cms_id)
        with caught() as errors:
            _write(guarded, {cms_id: "brand-1"})
        error = next(iter(errors), None)
        when = "an entry can't be published"
        require(isinstance(error, Rejected), f"{when}: the link {_told(error)}", WRITES)
        self.stands(guarded, cms_id, None, when)
        waiting = linking(guarded).pending([cms_id])
        require(not waiting, f"{when}: nobody has a draft, and {list(waiting)} are to wait", CmsLinks.pending)
        require(not _write(guarded, {cms_id: None}), f"{when}, and no external id is in it: it is to wait", WRITES)

    # A run that died or lost the network between a write and its publication.

    def test_what_is_half_written_is_known(self, guarded: Cms, mapped: list[str]) -> None:
        first, second, third = self.publish(samples(3, mapped))
        _write(guarded, {second: "brand-2"})
        self.save_draft(first, external_id="brand-1")
        self.remove(third)
        found = drafts(guarded).held([first, second, third])
        wanted = {first: "brand-1", second: "brand-2"}
        require(found == wanted, f"a draft holds an external id: {found} are told", HoldsDrafts.held)

    @pytest.mark.parametrize("external_id", ["brand-1", "brand-2", None])
    def test_what_is_half_written_is_finished_replaced_or_taken_out(
        self, guarded: Cms, mapped: list[str], external_id: str | None
    ) -> None:
        (cms_id,) = self.publish(samples(1, mapped))
        self.save_draft(cms_id, external_id="brand-1")
        waiting = linking(guarded).pending([cms_id])
        require(not waiting, "an external id alone is in a draft, and it is to wait", CmsLinks.pending)
        require(not _write(guarded, {cms_id: external_id}), "an external id alone is in a draft, and waits", WRITES)
        self.stands(guarded, cms_id, external_id, "brand-1 had been written by half")
        if not self.links_drafts:
            self.nothing_waits(when="an external id had been written by half")

    @pytest.mark.parametrize("state", ["saved", "unpublished"])
    def test_it_is_taken_out_of_a_draft_that_nobody_may_publish(
        self, guarded: Cms, mapped: list[str], state: str
    ) -> None:
        (cms_id,) = self.publish(samples(1, mapped))
        self.save_draft(cms_id, external_id="brand-1")
        if state == "saved":
            self.save_pending(cms_id)
        else:
            self.unpublish(cms_id)
        later, waits = set(_write(guarded, {cms_id: "brand-1"})), not self.links_drafts or state == "unpublished"
        require(later == ({cms_id} if waits else set()), f"{state} by an editor: {later} have to wait", WRITES)
        require(not _write(guarded, {cms_id: None}), f"{state} by an editor: it isn't taken out", WRITES)
        self.stands(guarded, cms_id, None, f"{state} by an editor")
        published, drafted = (self.original(1), PENDING) if state == "saved" else (None, self.original(1))
        self.is_of_the_editor(guarded, cms_id, published, drafted, f"{state} by an editor")

    def test_it_is_taken_out_where_the_entry_cannot_be_published(self, guarded: Cms, mapped: list[str]) -> None:
        (cms_id,) = self.publish(samples(1, mapped))
        self.save_draft(cms_id, external_id="brand-1")
        self.hinder_publication(cms_id)
        require(not _write(guarded, {cms_id: None}), "it can't be published: what is half-written waits", WRITES)
        self.stands(guarded, cms_id, None, "an entry can't be published")

    def _require_versions(self) -> None:
        if not self.publishes_by_version:
            pytest.skip("the test class says that this CMS publishes whatever was saved last: `publishes_by_version`")

    def _edit(self, cms_id: str) -> None:
        self.edit(cms_id, **{self.draft_field: NEW})

    def _saves(self, cms: Cms, side: Side, mapped: list[str], *, requests: int | None) -> None:
        """An editor saves before a request. The external id is then in neither form, or in both."""
        numbers = enumerate(self.written_meanwhile(cms, side, mapped, self.save_pending, requests=requests), 1)
        for number, done in numbers:
            when = f"an editor saved before request {number}"
            require(not done.error, f"{when}: the link {_told(done.error)}", WRITES)
            waits = done.cms_id in done.later
            require(not (waits and self.links_drafts), f"{when}: the link waits", WRITES)
            self.stands(cms, done.cms_id, None if waits else "brand-1", when)
            self.is_of_the_editor(cms, done.cms_id, self.original(number), PENDING, when)

    def _unpublishes(self, cms: Cms, side: Side, mapped: list[str], *, requests: int | None) -> None:
        numbers = enumerate(self.written_meanwhile(cms, side, mapped, self.unpublish, requests=requests), 1)
        for number, done in numbers:
            when = f"an editor unpublished before request {number}"
            require(done.cms_id in done.later, f"{when}: the link {_told(done.error)}", WRITES)
            self.stands(cms, done.cms_id, None, when)
            self.is_of_the_editor(cms, done.cms_id, None, self.original(number), when)


def _write(cms: Cms, links: dict[str, str | None]) -> list[str]:
    return list(linking(cms).write([ExternalId(cms_id, external_id) for cms_id, external_id in links.items()]))


def _told(error: Exception | None) -> str:
    return f"raises {type(error).__name__}: {error}" if error else "is written, or waits"


def _lose_the_lease(_cms_id: str) -> None:
    raise LeaseLost("another run has taken over, as the test wants")
