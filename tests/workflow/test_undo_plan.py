"""What an undo is going to do is foreseen, brand by brand, before it does anything."""

from contextlib import closing

import pytest
from desk import created, desk, linked, new_link, row
from msgspec.structs import replace

from brandsync.journal import Batch, BatchKind, LinkChange, LinkRow
from brandsync.plan import MatchOn
from brandsync.plan.spool import Spool
from brandsync.testing import MemoryStore
from brandsync.testing.memory_cms import MemoryLinks
from brandsync.workflow.undo_plan import plan_undo


class Seen:
    def __init__(self, at, *batches, links=10):
        """The plan of undoing these batches, the oldest first."""
        writes = at.shop.writes
        entries = [at.push(batch) for batch in batches]
        with closing(Spool(MatchOn.NAME)) as spool:
            found = plan_undo(reversed(entries), at.take_back, spool, linked=links)
            self.changes = [
                (change.action, change.cms_id, change.brand_id, dict(change.before), dict(change.after))
                for change in found.plan.changes()
            ]
            self.kept = [(kept.row.cms_id, kept.found) for kept in found.kept]
            self.plan, self.requests = found.plan, found.requests
        assert at.shop.writes == writes


NOTHING = {}
A, B, NEW = {"name": "A"}, {"name": "B"}, {"name": "new"}


def test_created_brands_will_be_deleted_and_their_links_are_no_change_of_their_own(at):
    at.put(b1="A")
    (entry,) = at.catalogue.publish({**A, "external_id": "b1"})
    seen = Seen(at, Batch(BatchKind.CREATE, [created(entry, "b1")]), Batch(BatchKind.LINK, [linked(entry, "b1")]))
    assert seen.changes == [("delete", entry, "b1", A, NOTHING)]
    assert seen.plan.counts["delete"] == 1
    assert seen.kept == []


def test_deleted_brands_will_be_created_again(at):
    assert Seen(at, Batch(BatchKind.DELETE, [row("1", "b1", A, {})])).changes == [("create", "1", "b1", NOTHING, A)]


def test_restored_brands_will_be_gone_again(at):
    at.put(b1="A")
    assert Seen(at, Batch(BatchKind.RESTORE, [created("1", "b1")])).changes == [("delete", "1", "b1", A, NOTHING)]


def test_updated_brands_will_be_as_they_were(at):
    at.put(b1={**NEW, "handle": "h"})
    seen = Seen(at, Batch(BatchKind.UPDATE, [row("1", "b1", A, NEW)]))
    assert seen.changes == [("update", "1", "b1", NEW, A)]
    assert (seen.plan.field_changes, seen.plan.retrieved, seen.plan.unchanged, seen.plan.missing) == (1, 0, 0, 0)


def test_a_brand_that_changed_twice_will_be_as_it_was_at_first(at):
    at.put(b1="new")
    batches = [Batch(BatchKind.UPDATE, [row("1", "b1", A, B)]), Batch(BatchKind.UPDATE, [row("1", "b1", B, NEW)])]
    assert Seen(at, *batches).changes == [("update", "1", "b1", NEW, A)]


def test_a_brand_that_was_changed_and_then_adopted_as_it_was_will_be_as_it_was_at_first(at):
    at.put(b1="new")
    batches = [
        Batch(BatchKind.UPDATE, [row("1", "b1", A, NEW)]),
        Batch(BatchKind.UPDATE, [row("1", "b1", NOTHING, NOTHING)]),
    ]
    assert Seen(at, *batches).changes == [("update", "1", "b1", NEW, A)]


def test_fields_that_were_changed_by_different_runs_are_one_change(at):
    at.put(b1={"name": "new", "handle": "new"})
    batches = [
        Batch(BatchKind.UPDATE, [row("1", "b1", {"handle": "old"}, {"handle": "new"})]),
        Batch(BatchKind.UPDATE, [row("1", "b1", A, NEW)]),
    ]
    expected = ("update", "1", "b1", {"handle": "new", "name": "new"}, {"handle": "old", "name": "A"})
    assert Seen(at, *batches).changes == [expected]


def test_a_brand_that_was_created_and_then_changed_will_be_gone(at):
    at.put(b1={"name": "new", "handle": "h"})
    batches = [
        Batch(BatchKind.CREATE, [row("1", "b1", {}, {"name": "A", "handle": "h"})]),
        Batch(BatchKind.UPDATE, [row("1", "b1", A, NEW)]),
    ]
    assert Seen(at, *batches).changes == [("delete", "1", "b1", {"name": "new", "handle": "h"}, NOTHING)]


def test_a_brand_that_was_changed_and_then_deleted_will_be_back_as_it_was_at_first(at):
    batches = [
        Batch(BatchKind.UPDATE, [row("1", "b1", A, NEW)]),
        Batch(BatchKind.DELETE, [row("1", "b1", {"name": "new", "handle": "h"}, {})]),
    ]
    assert Seen(at, *batches).changes == [("create", "1", "b1", NOTHING, {"name": "A", "handle": "h"})]


def test_a_brand_that_was_created_and_deleted_will_be_as_it_is(at):
    batches = [Batch(BatchKind.CREATE, [created("1", "b1")]), Batch(BatchKind.DELETE, [row("1", "b1", A, {})])]
    assert Seen(at, *batches).changes == []


def test_a_brand_that_was_deleted_and_restored_will_be_as_it_was_before_all_that(at):
    at.put(b1="new")
    batches = [
        Batch(BatchKind.UPDATE, [row("1", "b1", A, NEW)]),
        Batch(BatchKind.DELETE, [row("1", "b1", NEW, {})]),
        Batch(BatchKind.RESTORE, [row("1", "b1", {}, NEW)]),
    ]
    assert Seen(at, *batches).changes == [("update", "1", "b1", NEW, A)]


def test_a_field_that_an_older_run_knew_is_read_of_a_brand_that_will_be_gone_between(at):
    at.put(b1={"name": "new", "handle": "h"})
    batches = [
        Batch(BatchKind.UPDATE, [row("1", "b1", A, NEW)]),
        Batch(BatchKind.DELETE, [row("1", "b1", {"name": "new", "handle": "h"}, {})]),
        Batch(BatchKind.RESTORE, [row("1", "b1", {}, NEW)]),
    ]
    assert Seen(at, *batches).changes == [("update", "1", "b1", NEW, A)]


def test_every_brand_that_was_created_or_deleted_is_listed(at):
    at.put(b1="A", b2="B")
    batches = [
        Batch(BatchKind.CREATE, [created("1", "b1", "A"), created("2", "b2", "B")]),
        Batch(BatchKind.DELETE, [row("3", "b3", A, {}), row("4", "b4", B, {})]),
    ]
    assert [change[:3] for change in Seen(at, *batches).changes] == [
        ("create", "3", "b3"),
        ("create", "4", "b4"),
        ("delete", "1", "b1"),
        ("delete", "2", "b2"),
    ]


def test_what_somebody_has_edited_since_is_kept(at):
    at.put(b1="edited", b2="new", b3="edited")
    batches = [
        Batch(BatchKind.CREATE, [created("3", "b3", "C")]),
        Batch(BatchKind.UPDATE, [row("1", "b1", A, NEW), row("2", "b2", B, NEW)]),
    ]
    seen = Seen(at, *batches)
    assert seen.changes == [("update", "2", "b2", NEW, B)]
    assert seen.kept == [("1", {"name": "edited"}), ("3", {"name": "edited"})]


def test_what_is_already_as_it_was_is_no_change(at):
    at.put(b1="A")
    assert (
        Seen(
            at, Batch(BatchKind.UPDATE, [row("1", "b1", A, NEW)]), Batch(BatchKind.CREATE, [created("2", "b2")])
        ).changes
        == []
    )


def test_an_adoption_will_be_unlinked_and_one_that_was_taken_back_made_again(at):
    at.put(b1="A", b2="B")
    one, two = at.catalogue.publish({**A, "external_id": "b1"}, B)
    cleared = Batch(BatchKind.LINK, [linked(two, "b2")]).inverse()
    seen = Seen(at, Batch(BatchKind.LINK, [linked(one, "b1")]), cleared)
    assert sorted(seen.changes) == [("adopt", two, "b2", NOTHING, NOTHING), ("unlink", one, "b1", NOTHING, NOTHING)]


@pytest.mark.parametrize("beside", [False, True])
def test_an_external_id_will_not_be_written_again_where_its_brand_was_to_come_back_and_has_not(at, beside):
    at.put(b1="A")
    one, two = at.catalogue.publish(A, B)
    entry = at.push(Batch(BatchKind.LINK, [linked(one, "b1"), linked(two, "gone")]).inverse())
    with closing(Spool(MatchOn.NAME)) as spool:
        found = plan_undo([replace(entry, beside=frozenset({two} if beside else ()))], at.take_back, spool, linked=10)
        ids = [(change.action, change.cms_id, change.brand_id) for change in found.plan.changes()]
    assert ids == [("adopt", one, "b1"), *([] if beside else [("link", two, "gone")])]
    assert found.kept == []


def test_an_entry_that_was_linked_to_one_brand_and_then_to_another_will_be_linked_to_none(at):
    at.put(b1="A", b2="B")
    (entry,) = at.catalogue.publish({**A, "external_id": "b2"})
    first = Batch(BatchKind.LINK, [linked(entry, "b1")])
    seen = Seen(at, first, first.inverse(), Batch(BatchKind.LINK, [linked(entry, "b2")]))
    assert seen.changes == [("unlink", entry, "b2", NOTHING, NOTHING)]
    assert seen.kept == []


def test_a_brand_that_comes_back_edited_keeps_the_external_id_that_an_older_run_wrote(at):
    (entry,) = at.catalogue.publish({**A, "external_id": "b1"})
    link = at.push(Batch(BatchKind.LINK, [linked(entry, "b1")]))
    made = at.push(Batch(BatchKind.CREATE, [created(entry, "b1")], [new_link(entry, "b1")]))
    gone = [LinkChange(entry, LinkRow("b1"), None)]
    deleted = at.push(Batch(BatchKind.DELETE, [row(entry, "b1", "edited", {})], gone))
    with closing(Spool(MatchOn.NAME)) as spool:
        entries = [deleted, made, replace(link, made=frozenset({entry}))]
        found = plan_undo(entries, at.take_back, spool, linked=10)
        assert [change.action for change in found.plan.changes()] == ["create"]
        assert [kept.row.cms_id for kept in found.kept] == [entry]
        assert found.requests.cms.requests == 0


class Priced(MemoryStore):
    """A store that can tell what it takes."""

    def requests_for(self, action, brands):
        return {"read": 10, "update": 100}.get(action, 1_000) + brands


def test_what_an_undo_takes_of_the_store_is_told():
    with desk(store=Priced) as at:
        at.put(b1="edited", b2="new")
        seen = Seen(at, Batch(BatchKind.UPDATE, [row("1", "b1", A, NEW), row("2", "b2", B, NEW)]))
    assert seen.requests.store.requests == (10 + 2) + (100 + 1)


def test_the_stores_own_side_of_a_link_is_unlinked_like_one_in_the_cms(at):
    at.put(b1={"name": "A", "cms_id": "1"})
    seen = Seen(at, Batch(BatchKind.UPDATE, [row("1", "b1", {"cms_id": None}, {"cms_id": "1"})]))
    assert [change[:3] for change in seen.changes] == [("unlink", "1", "b1")]
    both = row("1", "b1", {"cms_id": None, "name": "old"}, {"cms_id": "1", "name": "A"})
    assert [change[:3] for change in Seen(at, Batch(BatchKind.UPDATE, [both])).changes] == [("update", "1", "b1")]


def test_changes_come_in_the_order_in_which_they_are_undone(at):
    at.put(b1="new", b2="new", b3="C")
    batches = [
        Batch(BatchKind.CREATE, [created("3", "b3", "C")]),
        Batch(BatchKind.UPDATE, [row("1", "b1", A, NEW)]),
        Batch(BatchKind.UPDATE, [row("2", "b2", B, NEW)]),
    ]
    assert [change[1] for change in Seen(at, *batches).changes] == ["2", "1", "3"]


@pytest.mark.parametrize(
    ("links", "batch", "expected"),
    [
        (10, Batch(BatchKind.CREATE, [created("1", "b1")], [new_link("1", "b1")]), 9),
        (10, Batch(BatchKind.DELETE, [row("1", "b1", A, {})], [LinkChange("1", LinkRow("b1"), None)]), 11),
        (10, Batch(BatchKind.UPDATE, [row("1", "b1", A, B)], [LinkChange("1", LinkRow("b1"), LinkRow("b1"))]), 10),
        (0, Batch(BatchKind.CREATE, [created("1", "b1")], [new_link("1", "b1")]), 0),
    ],
)
def test_the_brands_that_were_linked_before_the_runs_are_what_its_limits_count_against(at, links, batch, expected):
    assert Seen(at, batch, links=links).plan.linked == expected


def test_the_checksum_is_that_of_the_changes(at):
    at.put(b1="new")
    batch = Batch(BatchKind.UPDATE, [row("1", "b1", A, NEW)])
    first = Seen(at, batch).plan.checksum
    assert len(first) == 16
    assert Seen(at, batch).plan.checksum == first
    assert Seen(at, Batch(BatchKind.UPDATE, [row("1", "b1", B, NEW)])).plan.checksum != first


def test_each_brand_is_read_once_however_often_it_changed(at):
    at.put(b1="new", b2="new")
    rows = [row(key, f"b{key}", A, NEW) for key in "12"]
    Seen(
        at,
        *[Batch(BatchKind.UPDATE, [row(key, f"b{key}", A, A) for key in "12"]) for _ in range(5)],
        Batch(BatchKind.UPDATE, rows),
    )
    assert at.shop.calls == 1


class Telling(MemoryLinks):
    """Links that know how many requests they take."""

    def requests_for(self, links):
        return links


def test_an_external_id_is_cleared_where_its_brand_will_have_lost_its_link(at):
    at.put(b1="A")
    (entry,) = at.catalogue.publish({**A, "external_id": "b1"})
    at.journal.links.put([(entry, LinkRow("b1"))])
    at.cms.links = Telling(at.cms)
    brand = at.push(Batch(BatchKind.CREATE, [created(entry, "b1", "A")], [new_link(entry, "b1")]))
    link = replace(at.push(Batch(BatchKind.LINK, [linked(entry, "b1")])), made=frozenset({entry}))
    with closing(Spool(MatchOn.NAME)) as spool:
        found = plan_undo([brand, link], at.take_back, spool, linked=1)
        assert [change.action for change in found.plan.changes()] == ["delete"]
    assert found.requests.cms.requests == 1
