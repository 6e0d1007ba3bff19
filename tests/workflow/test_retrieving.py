"""Both sides are read whole or in part, entry by entry checked, page by page."""

import logging
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest
from desk import desk

from brandsync.brand import FIELDS, LINK_FIELD, CmsBrand, ExternalId, encode
from brandsync.cms.interface import CmsLinks, CmsPage
from brandsync.errors import ConfigError, TryAgainLater
from brandsync.journal import Batch, BatchKind, LinkRow
from brandsync.plan import MatchOn
from brandsync.plan.change import Change
from brandsync.plan.spool import Spool
from brandsync.stores.interface import StoreCapabilities
from brandsync.stores.optional import brands_named
from brandsync.testing import Behaviour, MemoryCms, MemoryStore
from brandsync.workflow.external_ids import ExternalIds
from brandsync.workflow.link_check import may_link
from brandsync.workflow.pages import cms_pages, store_pages
from brandsync.workflow.retrieve_brands import BY_ID, RetrieveBrands

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class Linking(MemoryStore):
    """A store that keeps its own side of the link, and refuses one name."""

    def __init__(self, settings):
        super().__init__(settings)
        self.capabilities = StoreCapabilities(fields=frozenset({*FIELDS, "cms_id"}))

    def refuses(self, fields):
        return "that name is reserved" if fields["name"] == "Reserved" else None


class Narrow(MemoryStore):
    """A store that refuses what it cannot hold."""

    def refuses(self, fields):
        return None if set(fields) <= self.capabilities.fields else "too much"


class Boastful(MemoryCms):
    """A CMS that says it has more than it lists."""

    def retrieve_brands(self, cursor=None, since=None):
        page = super().retrieve_brands(cursor, since)
        return CmsPage(page.entries, page.next, page.total + 1)


class Retrieved:
    def __init__(self, at, since=None, cms=None):
        told = []
        cms = cms or at.cms
        link_field = [LINK_FIELD] if LINK_FIELD in at.store.capabilities.fields else []
        with closing(Spool(MatchOn.NAME, [*cms.settings.fields.mapped, *link_field])) as spool:
            step = RetrieveBrands(
                cms, at.store, at.journal, spool, since=since, progress=lambda *call: told.append(call)
            )
            step.run()
            entries = spool.query(f"SELECT cms_id, external_id, detail, {spool.of_fields('{}')} FROM cms").fetchall()
            self.entries = {
                cms_id: (external_id, None if detail else encode(*spool.read([row])))
                for cms_id, external_id, detail, *row in entries
            }
            brands = spool.query(f"SELECT id, {spool.of_fields('{}')} FROM store").fetchall()
            self.brands = {brand_id: encode(*spool.read([row])) for brand_id, *row in brands}
            self.links = spool.query("SELECT cms_id, brand_id, written, stored FROM link").fetchall()
            self.skipped = [(found.cms_id, found.reason, found.detail) for found in spool.skipped()]
            self.result, self.fields, self.told = step.result, step.fields, told


def messages(caplog):
    return [record.getMessage() for record in caplog.records if record.name.startswith("brandsync")]


def changed_at(at, cms_id, moment):
    at.catalogue.entries[cms_id]["updated_at"] = moment


def test_both_sides_and_the_journals_links_are_read_whole():
    with desk(page_size=2) as at:
        at.put(**{f"b{number}": f"Brand {number}" for number in range(5)})
        ids = at.catalogue.publish(*({"name": f"Entry {number}"} for number in range(5)))
        at.journal.links.put([("gone", LinkRow("b1", "w", "s"))])
        found = Retrieved(at)
    assert list(found.entries) == ids
    assert sorted(found.brands) == [f"b{number}" for number in range(5)]
    assert found.links == [("gone", "b1", "w", "s")]
    assert found.result.complete is True
    assert found.fields == list(FIELDS)
    assert found.told == [("cms", 2), ("cms", 2), ("store", 2), ("cms", 1), ("store", 2), ("store", 1)]


def test_a_store_with_room_for_it_holds_its_own_side_of_the_link():
    with desk(store=Linking) as at:
        (entry,) = at.catalogue.publish({"name": "A", "external_id": "b1"})
        found = Retrieved(at)
    assert found.fields == [*FIELDS, "cms_id"]
    external_id, fields = found.entries[entry]
    assert external_id == "b1"
    assert f'"cms_id":"{entry}"' in fields


def test_an_entry_that_the_store_could_never_hold_is_skipped_and_still_claims_its_brand():
    with desk(store=Linking) as at:
        (entry,) = at.catalogue.publish({"name": "Reserved", "external_id": "b1"})
        found = Retrieved(at)
    assert found.skipped == [(entry, "invalid", "that name is reserved")]
    assert found.entries[entry] == ("b1", None)


@pytest.mark.parametrize(("length", "valid"), [(255, True), (256, False)])
def test_an_entrys_id_is_no_longer_than_a_journal_holds(length, valid):
    with desk() as at:
        name = "x" * length
        at.catalogue.entries[name] = {"id": name, "name": "A", "external_id": "b1", "updated_at": None}
        at.catalogue.changed()
        found = Retrieved(at)
    expected = [] if valid else [(name, "invalid", "its id is longer than 255 characters")]
    assert found.skipped == expected
    assert found.entries[name][0] == "b1"


def test_a_listing_that_lacks_entries_is_not_complete_and_says_how_many():
    with desk() as at:
        at.catalogue.publish({"name": "A"})
        found = Retrieved(at, cms=Boastful.of(at.catalogue))
    assert found.result.complete is False
    assert found.result.short == "the CMS says that it has 2 entries, and listed 1: 1 is missing"


def test_the_latest_change_is_noted_in_utc_and_what_is_no_moment_is_passed_over():
    with desk(page_size=1) as at:
        first, second, third = at.catalogue.publish({"name": "A"}, {"name": "B"}, {"name": "C"})
        changed_at(at, first, "2026-01-03T00:00:00")
        changed_at(at, second, "2026-01-02T00:00:00+00:00")
        changed_at(at, third, "yesterday")
        at.catalogue.changed()
        found = Retrieved(at)
    assert found.result.newest == datetime(2026, 1, 3, tzinfo=UTC)


def test_a_moment_of_another_zone_is_compared_as_the_moment_that_it_is():
    with desk(store=Linking, page_size=1) as at:
        first, second = at.catalogue.publish({"name": "A"}, {"name": "B"})
        changed_at(at, first, "2026-01-01T12:00:00+00:00")
        changed_at(at, second, "2026-01-01T13:30:00+02:00")
        at.catalogue.changed()
        assert Retrieved(at).result.newest == datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_an_empty_cms_is_listed_as_a_whole(caplog):
    with desk() as at:
        found = Retrieved(at)
    assert (found.result.complete, found.entries, messages(caplog)) == (True, {}, [])


def test_a_store_without_room_for_a_link_is_not_asked_about_one():
    with desk(store=Narrow) as at:
        at.catalogue.publish({"name": "A"})
        assert Retrieved(at).skipped == []


def test_a_cms_without_moments_has_no_latest_change():
    with desk() as at:
        (entry,) = at.catalogue.publish({"name": "A"})
        changed_at(at, entry, None)
        at.catalogue.changed()
        assert Retrieved(at).result.newest is None


def test_a_cms_in_which_no_entry_has_an_id_is_not_set_up():
    with desk() as at:
        at.catalogue.entries["x"] = {"name": "A"}
        at.catalogue.changed()
        with pytest.raises(ConfigError, match="no entry of the CMS has an id at 'id'") as refused:
            Retrieved(at)
        assert refused.value.message.endswith(": the first one has name")
        assert refused.value.hint == "set `id` in [cms] to where an entry holds its id"
        at.catalogue.entries["x"] = {"ID": "x", "name": "A"}
        at.catalogue.changed()
        with pytest.raises(ConfigError, match="the first one has ID, name") as refused:
            Retrieved(at)
        assert refused.value.hint == 'set id = "ID" in [cms]'
        at.catalogue.entries["x"] = {"id": ["x"], "name": "A"}
        at.catalogue.changed()
        with pytest.raises(ConfigError, match="an id that can be used at 'id': in the first one it is a list"):
            Retrieved(at)
        at.catalogue.entries["y"] = {"id": "y", "name": "B", "external_id": None, "updated_at": None}
        at.catalogue.changed()
        assert [skipped[1] for skipped in Retrieved(at).skipped] == ["invalid"]


@pytest.mark.parametrize("page_size", [1, 2, 100])
def test_an_entry_without_an_id_costs_itself_alone_on_whatever_page_it_is(page_size):
    with desk(page_size=page_size) as at:
        at.catalogue.entries["!"] = {"name": "A"}
        at.catalogue.publish({"name": "B"}, {"name": "C"})
        found = Retrieved(at)
        assert [skipped[1] for skipped in found.skipped] == ["invalid"]
        assert len(found.entries) == 2


@pytest.fixture
def linked():
    """A shop of three entries that are linked, of which one has changed."""
    with desk() as at:
        at.put(b1="A", b2="B", b3="C")
        at.ids = at.catalogue.publish(*({"name": name, "external_id": f"b{n}"} for n, name in enumerate("ABC", 1)))
        for cms_id in at.ids[1:]:
            changed_at(at, cms_id, LONG_AGO.isoformat())
        at.catalogue.changed()
        at.journal.links.put([(cms_id, LinkRow(f"b{n}", "w", "s")) for n, cms_id in enumerate(at.ids, 1)])
        at.since = datetime.now(UTC) - timedelta(days=1)
        yield at


def test_an_incremental_run_reads_what_changed_and_the_brands_of_that(linked):
    found = Retrieved(linked, linked.since)
    assert list(found.entries) == linked.ids[:1]
    assert list(found.brands) == ["b1"]
    assert found.links == [(linked.ids[0], "b1", "w", "s")]
    assert found.result.complete is False
    assert found.told == [("cms", 1), ("store", 1)]


def test_one_changed_entry_without_an_id_costs_itself_alone(linked):
    del linked.catalogue.entries[linked.ids[0]]["id"]
    linked.catalogue.changed()
    found = Retrieved(linked, linked.since)
    assert [skipped[1] for skipped in found.skipped] == ["invalid"]


def test_a_new_entry_in_an_incremental_run_is_matched_against_the_whole_store(linked):
    (new,) = linked.catalogue.publish({"name": "New"})
    found = Retrieved(linked, linked.since)
    assert sorted(found.entries) == sorted([linked.ids[0], new])
    assert sorted(found.brands) == ["b1", "b2", "b3"]
    assert len(found.links) == 3
    assert found.result.complete is False


def test_an_external_id_that_the_journal_does_not_know_has_both_sides_read_whole(linked):
    linked.catalogue.edit(linked.ids[0], external_id="b2")
    found = Retrieved(linked, linked.since)
    assert list(found.entries) == linked.ids
    assert sorted(found.brands) == ["b1", "b2", "b3"]
    assert len(found.links) == 3


def test_the_next_page_is_fetched_while_one_is_worked_on_and_none_after_the_last():
    with desk(page_size=2) as at:
        at.catalogue.publish(*({"name": f"{number}"} for number in range(5)))
        assert [len(page.entries) for page in cms_pages(at.cms, None)] == [2, 2, 1]
        assert at.catalogue.calls == 3
        at.put(**{f"b{number}": "A" for number in range(5)})
        assert [len(page.brands) for page in store_pages(at.store, ["name"])] == [2, 2, 1]
        assert [brand.fields for brand in brands_named(at.store, ["name"], [])] == [{"name": "A"}] * 5


def test_only_what_changed_since_is_listed_where_asked():
    with desk(page_size=1) as at:
        first, second, third = at.catalogue.publish({"name": "A"}, {"name": "B"}, {"name": "C"})
        changed_at(at, second, LONG_AGO.isoformat())
        at.catalogue.changed()
        since = LONG_AGO + timedelta(days=1)
        listed = [entry["id"] for page in cms_pages(at.cms, since) for entry in page.entries]
        assert listed == [first, third]


def test_ids_are_asked_for_a_thousand_at_once():
    with closing(Spool()) as spool:
        assert list(spool.entry_ids()) == []
        ids = [f"{number}" for number in range(2_100)]
        spool.add_entries([CmsBrand(cms_id, None, {"name": "A"}) for cms_id in ids])
        chunks = list(spool.entry_ids())
    assert [len(chunk) for chunk in chunks] == [1_000, 1_000, 100]
    assert sorted(cms_id for chunk in chunks for cms_id in chunk) == sorted(ids)


def test_external_ids_are_listed_once_until_they_are_to_be_forgotten():
    with desk(finds_by_id=False) as at:
        one, two = at.catalogue.publish({"name": "A", "external_id": "b1"}, {"name": "B"})
        at.catalogue.entries["nameless"] = {"name": "no id"}
        at.catalogue.changed()
        found = ExternalIds(at.cms)
        rows = [Change(cms_id, None, {}, {"external_id": "new"}) for cms_id in (one, two, "gone")]
        found.written(rows)
        assert found.of(rows) == {one: {"external_id": "b1"}, two: {"external_id": None}}
        calls = at.catalogue.calls
        at.cms.links.write([ExternalId(one, "new")])
        assert found.of(rows[:1]) == {one: {"external_id": "b1"}}
        found.written(rows[1:2])
        assert found.of(rows[1:2]) == {two: {"external_id": "new"}}
        assert at.catalogue.calls == calls + 1, "writing was the only one"
        found.forget()
        assert found.of(rows) == {one: {"external_id": "new"}, two: {"external_id": None}}


class Shifting(MemoryCms):
    """A CMS whose first listing passes over its first entry."""

    listings = 0

    def retrieve_brands(self, cursor=None, since=None):
        page = super().retrieve_brands(cursor, since)
        self.listings += cursor is None
        return CmsPage(page.entries[1:], page.next, page.total) if self.listings == 1 else page


def test_an_entry_that_one_listing_lacks_is_not_gone_and_two_listings_are_enough():
    with desk() as at:
        one, two = at.catalogue.publish({"name": "A", "external_id": "b1"}, {"name": "B", "external_id": "b2"})
        cms = Shifting.of(at.catalogue, Behaviour(finds_by_id=False))
        found = ExternalIds(cms)
        rows = [Change(cms_id, None, {}, {"external_id": None}) for cms_id in (one, two, "gone")]
        expected = {one: {"external_id": "b1"}, two: {"external_id": "b2"}}
        assert [found.of(rows), found.of(rows)] == [expected, expected]
    assert cms.listings == 2


def test_a_cms_that_can_be_asked_for_entries_is_not_listed_for_their_external_ids():
    with desk() as at:
        (one, *_) = at.catalogue.publish(*({"name": f"{n}", "external_id": f"b{n}"} for n in range(20)))
        found = ExternalIds(MemoryCms.of(at.catalogue))
        rows = [Change(cms_id, None, {}, {"external_id": None}) for cms_id in (one, "gone")]
        assert found.of(rows) == {one: {"external_id": "b0"}}
        assert at.catalogue.calls == 1


def test_a_linked_entry_that_a_listing_lacks_is_asked_for_where_that_is_possible():
    with desk() as at:
        at.put(b0="0", b1="1")
        (one, *_) = at.catalogue.publish(*({"name": f"{n}", "external_id": None} for n in range(20)))
        at.journal.links.put([("gone", LinkRow("b0", "{}")), (one, LinkRow("b1", "{}"))])
        found = Retrieved(at)
        assert at.catalogue.calls == 2, "one listing, and one look"
    assert len(found.entries) == 20


class Choosy(CmsLinks):
    """External ids that may only be read, or that drafts are in the way of."""

    def __init__(self, refused=None):
        self.refused = refused
        self.drafts = ("2",)
        self.asked = ()

    def write(self, links):
        raise NotImplementedError

    def refusal(self):
        self.asked += ("refusal",)
        return self.refused

    def pending(self, cms_ids):
        self.asked += (tuple(cms_ids),)
        return [cms_id for cms_id in cms_ids if cms_id in self.drafts]


@pytest.fixture
def spool():
    with closing(Spool(MatchOn.NAME)) as spool:
        yield spool


def fill(spool, *rows):
    """Entries: their id, and their external id."""
    for cms_id, external_id in rows:
        spool.query("INSERT INTO cms (cms_id, external_id) VALUES (?, ?)", cms_id, external_id)
    spool.add_links([(cms_id, f"b{cms_id}", None, None) for cms_id, _ in rows if cms_id != "new"])


def test_where_every_entry_has_its_external_id_the_cms_is_not_asked(spool):
    fill(spool, ("1", "b1"))
    spool.query("INSERT INTO cms (cms_id, problem) VALUES ('9', 'invalid')")
    links = Choosy()
    assert may_link(links, spool) is True
    assert links.asked == ()


def test_entries_with_drafts_wait_and_that_is_told(spool, caplog):
    fill(spool, ("1", None), ("2", None), ("3", "b3"), ("new", None))
    links = Choosy()
    with caplog.at_level(logging.INFO, "brandsync"):
        assert may_link(links, spool) is True
    assert links.asked == ("refusal", ("1", "2"))
    assert spool.query("SELECT cms_id FROM pending").fetchall() == [("2",)]
    assert messages(caplog) == ["1 external ids wait in the journal until an editor has published a draft"]


def test_where_nothing_waits_nothing_is_told(spool, caplog):
    fill(spool, ("1", None))
    with caplog.at_level(logging.INFO, "brandsync"):
        assert may_link(Choosy(), spool) is True
    assert caplog.text == ""


def test_a_cms_that_refuses_external_ids_leaves_links_in_the_journal_and_is_told(spool, caplog):
    fill(spool, ("1", None))
    links = Choosy("the token may only read")
    with caplog.at_level(logging.WARNING):
        assert may_link(links, spool) is False
    assert messages(caplog) == ["links stay in the journal: the token may only read"]
    assert spool.query("SELECT cms_id FROM pending").fetchall() == []


def test_a_listing_that_breaks_off_is_no_shorter_listing():
    with desk(page_size=1, busy_every=2) as at:
        at.catalogue.publish({"name": "A"}, {"name": "B"})
        with pytest.raises(TryAgainLater):
            list(cms_pages(at.cms, None))


def test_an_external_id_that_the_journal_does_not_know_makes_a_run_complete(linked):
    linked.catalogue.edit(linked.ids[0], external_id="b2")
    assert Retrieved(linked, linked.since).result.complete is True


@pytest.mark.parametrize(
    ("external_id", "removed", "there", "complete"),
    [("b9", (), (), True), ("b9", ("b9",), (), False), ("b9", ("b9",), ("b9",), True)],
    ids=["a person may have removed it", "brandsync has removed it", "it is there again"],
)
def test_an_external_id_of_a_brand_that_brandsync_removed_makes_no_run_complete(
    linked, external_id, removed, there, complete
):
    linked.journal.gone.record("RUN", Batch(BatchKind.DELETE, [Change("e", key, {}, {}) for key in removed]), {})
    linked.put(**dict.fromkeys(there, "Again"))
    linked.catalogue.edit(linked.ids[0], external_id=external_id)
    assert Retrieved(linked, linked.since).result.complete is complete


class Twice(MemoryCms):
    """A CMS that can't be asked by id, with a say in what its second listing shows."""

    second: ClassVar = {}
    """Other values of that page."""
    doubled = False
    """Each entry comes again under another name."""

    def retrieve_entries(self, cms_ids):
        return None

    def retrieve_brands(self, cursor=None, since=None):
        self.asked = [*getattr(self, "asked", []), since]
        page = super().retrieve_brands(cursor, since)
        entries = [*page.entries, *({**entry, "name": "Other"} for entry in page.entries if self.doubled)]
        page = CmsPage(entries, page.next, len(entries))
        return replace(page, **self.second) if len(self.asked) > 1 else page


@pytest.mark.parametrize(
    ("second", "lacks"),
    [
        ({}, None),
        ({"entries": [], "total": None}, "the CMS listed nothing"),
        ({"total": 3}, "the CMS says that it has 3 entries, and listed 1: 2 are missing"),
        ({"more": "it names a next page"}, "it names a next page"),
    ],
)
def test_a_second_listing_that_is_known_to_lack_entries_proves_nothing(second, lacks, monkeypatch):
    monkeypatch.setattr(Twice, "second", second)
    with desk() as at:
        at.put(b0="0")
        at.catalogue.publish({"name": "A"})
        at.journal.links.put([("gone", LinkRow("b0"))])
        cms = Twice.of(at.catalogue)
        found = Retrieved(at, cms=cms)
        assert cms.asked == [None, None]
    assert (found.result.complete, found.result.short) == (
        lacks is None,
        lacks and f"the second listing, which was to prove the first: {lacks}",
    )


def test_the_second_listing_of_an_incremental_run_asks_for_the_same_changes(linked, monkeypatch):
    monkeypatch.setattr(Twice, "doubled", True)
    monkeypatch.setattr(Twice, "second", {"total": 9})
    cms = Twice.of(linked.catalogue)
    found = Retrieved(linked, linked.since, cms=cms)
    assert (cms.asked, found.result.short) == ([linked.since] * 2, None)
    assert [(cms_id, reason) for cms_id, reason, _ in found.skipped] == [(linked.ids[0], "duplicate_id")] * 2


class Raw(MemoryCms):
    """A CMS that lists this one entry."""

    entry: ClassVar[object] = None

    def retrieve_brands(self, cursor=None, since=None):
        return CmsPage([self.entry], None, 1)


KEYS = [f"key{number:03}" for number in range(60)]


@pytest.mark.parametrize(
    ("entry", "problem", "hint"),
    [
        ("Acme", "the entries are text, not objects", "check where the list is: `items` in [cms]"),
        (
            {"id": ["x"]},
            "no entry of the CMS has an id that can be used at 'id': in the first one it is a list",
            "an id is a text or a whole number: give entries such ids, or set `id` in [cms] to where they stand",
        ),
        (
            dict.fromkeys(KEYS),
            f"no entry of the CMS has an id at 'id': the first one has {', '.join(KEYS)[:200]}…",
            "set `id` in [cms] to where an entry holds its id",
        ),
    ],
)
def test_a_listing_without_any_id_is_told_with_what_its_first_entry_is(entry, problem, hint, monkeypatch):
    monkeypatch.setattr(Raw, "entry", entry)
    with desk() as at, pytest.raises(ConfigError) as refused:
        Retrieved(at, cms=Raw.of(at.catalogue))
    assert (refused.value.message, refused.value.hint) == (problem, hint)


class Asked(MemoryCms):
    """A CMS that tells how many entries it was asked for by their ids."""

    asked = 0

    def retrieve_entries(self, cms_ids):
        self.asked = len(cms_ids)
        return super().retrieve_entries(cms_ids)


@pytest.mark.parametrize(("missing", "asked"), [(BY_ID, BY_ID), (BY_ID + 1, 0)])
def test_entries_are_looked_for_by_id_where_that_takes_fewer_requests_than_a_listing(missing, asked):
    with desk() as at:
        ids = [f"b{number}" for number in range(missing)]
        at.put(**dict.fromkeys(ids, "B"))
        at.catalogue.publish({"name": "A"})
        at.journal.links.put([(f"gone {brand_id}", LinkRow(brand_id)) for brand_id in ids])
        cms = Asked.of(at.catalogue)
        Retrieved(at, cms=cms)
        assert cms.asked == asked


class Spelling(MemoryStore):
    """A store whose ids are small letters, in whatever letters a CMS has them."""

    def canonical_id(self, brand_id):
        return brand_id.lower()


def test_an_external_id_is_spelled_as_the_store_does_whatever_else_is_wrong_with_the_entry():
    with desk(store=Spelling) as at:
        fine, plain, none, broken = at.catalogue.publish(
            {"name": "A", "external_id": "B1"},
            {"name": "B", "external_id": "b2"},
            {"name": "C"},
            {"name": " ", "external_id": "B4"},
        )
        found = Retrieved(at)
    assert [found.entries[key][0] for key in (fine, plain, none, broken)] == ["b1", "b2", None, "b4"]
    assert found.entries[fine][1] is not None
    assert [skipped[0] for skipped in found.skipped] == [broken]


class Doubled(MemoryCms):
    """A CMS that lists each entry twice, with two names, and has one when it is asked by id."""

    def retrieve_brands(self, cursor=None, since=None):
        page = super().retrieve_brands(cursor, since)
        return CmsPage([*({**entry, "name": "Old"} for entry in page.entries), *page.entries], page.next, page.total)


def test_an_entry_that_is_one_when_asked_for_by_its_id_is_one():
    with desk() as at:
        (entry,) = at.catalogue.publish({"name": "A"})
        found = Retrieved(at, cms=Doubled.of(at.catalogue))
    assert found.skipped == []
    assert '"name":"A"' in found.entries[entry][1]


def test_a_listing_of_changes_is_no_short_listing_whatever_number_it_tells(linked):
    found = Retrieved(linked, linked.since, cms=Boastful.of(linked.catalogue))
    assert (found.result.short, found.result.complete) == (None, False)


@pytest.mark.parametrize(
    ("moments", "undated"),
    [((), False), ((None, None, None), True), ((None, "2026-01-01", None), False), (("2026-01-01", None, None), False)],
)
def test_it_is_noted_where_no_entry_holds_a_moment_of_change(moments, undated):
    with desk(page_size=1) as at:
        for cms_id, moment in zip(at.catalogue.publish(*({"name": "A"} for _ in moments)), moments, strict=True):
            changed_at(at, cms_id, moment)
        at.catalogue.changed()
        assert Retrieved(at).result.undated is undated


def test_entries_that_cannot_be_read_say_nothing_of_moments():
    with desk(page_size=1) as at:
        first, second = at.catalogue.publish({"name": "A"}, {"name": " "})
        for cms_id in (first, second):
            changed_at(at, cms_id, None)
        at.catalogue.changed()
        assert Retrieved(at).result.undated is True
        at.catalogue.entries[first]["name"] = " "
        assert Retrieved(at).result.undated is False
