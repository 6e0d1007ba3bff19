"""The external ids that the CMS holds now, asked for or listed."""

import pytest
from desk import linked

from brandsync.cms.interface import CmsPage
from brandsync.testing import Behaviour, MemoryCms
from brandsync.testing.memory_cms import MemoryLinks
from brandsync.workflow.external_ids import ExternalIds


class Asked(MemoryCms):
    """A CMS that can tell them of the entries that it is asked about, without a listing."""

    class Links(MemoryLinks):
        def held(self, cms_ids):
            held = self.cms.catalogue.external_ids()
            return {cms_id: held[cms_id] for cms_id in cms_ids if cms_id in held}

    def retrieve_brands(self, cursor=None, since=None):
        raise NotImplementedError


@pytest.mark.parametrize("kind", [MemoryCms, Asked])
def test_the_external_ids_of_the_entries_asked_for_are_told_and_one_that_is_gone_is_missing(at, kind):
    one, two, three = at.catalogue.publish(*({"name": "A", "external_id": held} for held in ("b1", None, "b3")))
    found = ExternalIds(kind.of(at.catalogue)).of([linked(two, "b2"), linked(three, "b3"), linked("gone", "b4")])
    assert found == {two: {"external_id": None}, three: {"external_id": "b3"}}
    assert one not in found


def test_a_listing_is_made_once_and_again_when_what_it_told_is_to_be_forgotten(at):
    (entry,) = at.catalogue.publish({"name": "A"})
    only_listing = MemoryCms.of(at.catalogue, Behaviour(finds_by_id=False))
    external_ids, asked = ExternalIds(only_listing), [linked(entry, "b1")]
    external_ids.of(asked)
    external_ids.written(asked)
    assert external_ids.of(asked) == {entry: {"external_id": "b1"}}
    assert at.catalogue.calls == 1
    external_ids.forget()
    assert external_ids.of(asked) == {entry: {"external_id": None}}


class InDrafts(MemoryCms):
    """A CMS in which each entry has a draft with an external id that no listing shows."""

    class Links(MemoryLinks):
        def held(self, cms_ids):
            return dict.fromkeys(cms_ids, "DRAFTED")


def test_what_drafts_hold_counts_and_ids_are_spelled_as_the_store_does(at):
    one, two = at.catalogue.publish({"name": "A", "external_id": "B1"}, {"name": "B"})
    asked = [linked(one, "b1"), linked(two, "b2")]
    drafted = ExternalIds(InDrafts.of(at.catalogue), str.lower).of(asked)
    assert drafted == {one: {"external_id": "drafted"}, two: {"external_id": "drafted"}}
    shown = ExternalIds(at.cms, str.lower).of(asked)
    assert shown == {one: {"external_id": "b1"}, two: {"external_id": None}}


class Doubled(MemoryCms):
    """A CMS that can only be listed, and lists an older copy of each entry after it."""

    def retrieve_entries(self, _cms_ids):
        return None

    def retrieve_brands(self, cursor=None, since=None):
        page = super().retrieve_brands(cursor, since)
        copies = [{**entry, "external_id": "older"} for entry in page.entries]
        return CmsPage([*page.entries, *copies], page.next)


def test_of_several_entries_with_one_id_the_first_counts(at):
    (entry,) = at.catalogue.publish({"name": "A"})
    assert ExternalIds(Doubled.of(at.catalogue)).of([linked(entry, "b1")]) == {entry: {"external_id": None}}
