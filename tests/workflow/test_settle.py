"""What nobody knows is read back, never guessed."""

import pytest
from desk import created, desk, new_link, row

from brandsync.brand import encode
from brandsync.journal import Batch, BatchKind, LinkChange, LinkRow
from brandsync.plan.change import Change
from brandsync.testing import MemoryStore
from brandsync.workflow.settle import linked


@pytest.fixture
def at():
    with desk(chooses_ids=False, page_size=2) as found:
        yield found


def ids(batch):
    return {row.cms_id: row.brand_id for row in batch.rows}


def test_brands_whose_ids_never_arrived_are_found_by_what_they_hold(at):
    at.put(b1="A", b2="B", b3="other", b4="C")
    batch = Batch(BatchKind.CREATE, [created("1", None, "A"), created("2", "b2", "B"), created("3", None, "C")])
    found, outcome = at.settling.ids(batch)
    assert ids(found) == {"1": "b1", "2": "b2", "3": "b4"}
    assert outcome.failed == []


def test_a_brand_that_was_never_created_is_not_found(at):
    at.put(b2="other")
    found, outcome = at.settling.ids(Batch(BatchKind.CREATE, [created("1", None, "A")]))
    assert (ids(found), outcome.failed) == ({}, [])


def test_where_every_id_is_known_nothing_is_asked(at):
    batch = Batch(BatchKind.CREATE, [created("1", "b1", "A")])
    found, outcome = at.settling.ids(batch)
    assert found is batch
    assert (outcome.failed, at.shop.calls) == ([], 0)


def test_brands_that_were_there_before_or_belong_to_an_entry_are_not_taken_for_ours(at):
    at.put(before="A", linked="A", ours="A")
    at.journal.links.put([("9", LinkRow("linked"))])
    found, outcome = at.settling.ids(Batch(BatchKind.CREATE, [created("1", None, "A")], known=["before"]))
    assert (ids(found), outcome.failed) == ({"1": "ours"}, [])


def test_two_brands_that_look_alike_are_both_ours_where_two_were_to_be_created(at):
    at.put(b1="A", b2="A")
    found, outcome = at.settling.ids(Batch(BatchKind.CREATE, [created("1", None, "A"), created("2", None, "A")]))
    assert sorted(ids(found).values()) == ["b1", "b2"]
    assert outcome.failed == []


def test_more_lookalikes_than_ours_are_left_to_a_person_and_the_rest_is_found(at):
    at.put(b1="A", b2="A", b3="B")
    rows = [created("1", None, "A"), created("2", None, "B")]
    found, outcome = at.settling.ids(Batch(BatchKind.CREATE, rows))
    assert ids(found) == {"2": "b3"}
    assert [failed.row for failed in outcome.failed] == [rows[0]]
    assert outcome.failed[0].error == "cannot tell which of the brands b1, b2 this run created"


def test_a_restoration_that_is_to_get_new_ids_remembers_its_lookalikes(at):
    at.put(mine="A", other="B")
    batch = Batch(BatchKind.RESTORE, [created("1", "b1", "A")], known=["old"])
    assert list(at.settling.known(batch).known) == ["mine"]
    at.journal.links.put([("9", LinkRow("mine"))])
    assert list(at.settling.known(batch).known) == []


def test_what_keeps_its_ids_needs_no_remembering(at):
    for batch in (Batch(BatchKind.UPDATE, [row("1", "b1", "A", "B")]), Batch(BatchKind.RESTORE, [])):
        assert at.settling.known(batch) is batch
        assert at.settling.restored(batch) is batch


def test_a_store_that_takes_the_ids_that_are_chosen_needs_no_remembering_either():
    with desk() as chosen:
        batch = Batch(BatchKind.RESTORE, [created("1", "b1", "A")])
        assert chosen.settling.known(batch) is batch
        assert chosen.settling.restored(batch) is batch


def test_restored_brands_are_found_under_their_new_ids_and_those_that_kept_theirs_stay(at):
    at.put(b1="A", new="B")
    batch = Batch(BatchKind.RESTORE, [created("1", "b1", "A"), created("2", "b2", "B"), created("3", "b3", "C")])
    assert ids(at.settling.restored(batch)) == {"1": "b1", "2": "new", "3": "b3"}
    whole = Batch(BatchKind.RESTORE, [created("1", "b1", "A")])
    assert ids(at.settling.restored(whole)) == {"1": "b1"}


def test_of_an_intent_what_the_store_holds_was_done(at):
    at.put(b1="A", b2="edited", b4="new")
    rows = [created("1", None, "A"), created("2", "b2", "B"), created("3", None, "C")]
    done = at.settling.done(Batch(BatchKind.CREATE, rows, [new_link("1", ""), new_link("2", "b2"), new_link("3", "")]))
    assert ids(done) == {"1": "b1"}
    assert done.links == [new_link("1", "b1")]
    updated = Batch(BatchKind.UPDATE, [row("4", "b4", "old", "new"), row("2", "b2", "old", "new")])
    assert ids(at.settling.done(updated)) == {"4": "b4"}


@pytest.mark.parametrize("kind", ["delete", "uncreate"])
def test_of_a_deletion_what_the_store_lacks_was_done(at, kind):
    at.put(b1="A")
    batch = Batch(BatchKind(kind), [row("1", "b1", "A", {}), row("2", "b2", "B", {})])
    assert ids(at.settling.done(batch)) == {"2": "b2"}


def test_of_a_restoration_the_new_id_is_found_too(at):
    at.put(new="A")
    assert ids(at.settling.done(Batch(BatchKind.RESTORE, [created("1", "b1", "A")]))) == {"1": "new"}


def test_links_get_the_ids_that_came_back_and_one_that_goes_gets_none():
    rows = {row.cms_id: row for row in (created("1", "b1"), created("2", "b2"))}
    links = [new_link("1", "", "written"), LinkChange("2", LinkRow("b2"), None)]
    found = linked(Batch(BatchKind.CREATE, [*rows.values()], links, ["known"]), rows)
    assert found.links == [new_link("1", "b1", "written"), LinkChange("2", LinkRow("b2"), None)]
    assert (found.kind, found.rows, found.known) == ("create", [*rows.values()], ["known"])
    unknown = linked(Batch(BatchKind.CREATE, [created("1", None)], [new_link("1", "b1")]), {"1": created("1", None)})
    assert unknown.links == [new_link("1", "")]


def test_links_remember_how_the_store_spells_what_was_written_and_nothing_else():
    before, after = {"name": "A", "handle": "a"}, {"name": "B", "handle": "b"}
    done, intended = Change("1", "b1", before, {"name": "b", "handle": "b"}), Change("1", "b1", before, after)
    written = encode({**after, "description": "ours"})
    link = LinkRow("b1", written, encode({"name": "B", "handle": "elsewhere", "description": "theirs"}))
    (found,) = linked(Batch(BatchKind.UPDATE, [done], [LinkChange("1", None, link)]), {"1": intended}).links
    expected = encode({"name": "b", "handle": "elsewhere", "description": "theirs"})
    assert found.after == LinkRow("b1", written, expected)


def test_a_link_of_which_nothing_is_remembered_learns_nothing_from_what_came_back():
    done, intended = row("1", "b1", "A", "b"), row("1", "b1", "A", "B")
    (found,) = linked(Batch(BatchKind.UPDATE, [done], [LinkChange("1", None, LinkRow("b1"))]), {"1": intended}).links
    assert found.after == LinkRow("b1")


def test_lookalikes_that_were_known_before_are_remembered_again(at):
    at.put(mine="A")
    assert list(at.settling.known(Batch(BatchKind.RESTORE, [created("1", "b1", "A")], known=["mine"])).known) == [
        "mine"
    ]


class Altering(MemoryStore):
    """A store that keeps names in small letters, and is asked about them."""

    def comparison_key(self, fields):
        return fields["name"].lower()


def test_what_the_store_has_altered_is_known_again_and_taken_as_it_is_held():
    with desk(store=Altering, chooses_ids=False) as at:
        at.put(b1="acme", b2="other", b3="new")
        found, outcome = at.settling.ids(Batch(BatchKind.CREATE, [created("1", None, "ACME"), created("2", None, "X")]))
        assert (found.rows, outcome.failed) == ([created("1", "b1", "acme")], [])
        rows = [row("3", "b3", "old", "NEW"), row("2", "b2", "other", "Other"), row("4", "b4", "old", "NEW")]
        updates = Batch(BatchKind.UPDATE, rows)
        assert at.settling.as_held(updates).rows == [row("3", "b3", "old", "new"), *rows[1:]]
        assert at.settling.done(updates).rows == [row("3", "b3", "old", "new")]


def test_an_update_without_an_outcome_is_taken_back_though_the_store_has_altered_it():
    with desk(store=Altering) as at:
        at.put(b1="new", b2="a person's")
        entry = at.push(Batch(BatchKind.UPDATE, [row("1", "b1", "old", "NEW"), row("2", "b2", "old", "NEW")]))
        outcome = at.take_back(entry)
        assert at.names() == {"b1": "old", "b2": "a person's"}
        assert [kept.found for kept in outcome.kept] == [{"name": "a person's"}]


def test_a_creation_under_a_chosen_id_is_taken_back_though_the_store_has_altered_it():
    with desk(store=Altering, chooses_ids=True) as at:
        at.put(b1="new", b2="a person's")
        entry = at.push(
            Batch(BatchKind.CREATE, [created("1", "b1", "NEW"), created("2", "b2", "NEW"), created("3", "b3", "X")])
        )
        outcome = at.take_back(entry)
        assert at.names() == {"b2": "a person's"}
        assert [kept.found for kept in outcome.kept] == [{"name": "a person's"}]


class Searching(MemoryStore):
    """A store that looks names up."""

    def find_brands(self, fields, names):
        return (brand for brand in self.list_brands(fields).brands if brand.fields["name"] in names)


def test_a_store_that_looks_names_up_is_asked_for_those_that_were_to_be_created():
    with desk(store=Searching, chooses_ids=False) as at:
        at.put(b1="A", b2="B", b3="other")
        found, outcome = at.settling.ids(Batch(BatchKind.CREATE, [created("1", None, "A"), created("2", None, "B")]))
        assert (ids(found), outcome.failed) == ({"1": "b1", "2": "b2"}, [])
