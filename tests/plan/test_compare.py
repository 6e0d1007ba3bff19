"""Field by field, in the light of what the last run wrote."""

import pytest

from brandsync.plan.compare import compare
from brandsync.plan.memory import Settled


def memory(written, stored):
    """What both sides held when they were last settled."""
    return {name: Settled(written[name], stored[name]) for name in written.keys() & stored.keys()}


def test_without_a_memory_every_difference_is_written():
    found = compare({"name": "A", "handle": "a"}, {"name": "B", "handle": "a"}, {}, "skip")
    assert (found.before, found.after, found.conflicts) == ({"name": "B"}, {"name": "A"}, ())


def test_a_field_that_is_not_mapped_is_not_compared():
    assert compare({"name": "A"}, {"name": "A", "handle": "kept"}, {}, "cms").after == {}


def test_a_store_that_spells_a_value_its_own_way_is_left_alone():
    settled = memory({"name": " A "}, {"name": "A"})
    assert compare({"name": " A "}, {"name": "A"}, settled, "cms").after == {}


def test_a_value_that_is_left_in_the_stores_own_spelling_keeps_no_other_from_being_written():
    settled = memory({"name": " A ", "handle": "a"}, {"name": "A", "handle": "a"})
    found = compare({"name": " A ", "handle": "b"}, {"name": "A", "handle": "a"}, settled, "skip")
    assert (found.before, found.after, found.conflicts) == ({"handle": "a"}, {"handle": "b"}, ())


def test_an_editors_change_is_written_though_the_store_spells_values_its_own_way():
    settled = memory({"name": " A "}, {"name": "A"})
    found = compare({"name": " B "}, {"name": "A"}, settled, "skip")
    assert (found.before, found.after, found.conflicts) == ({"name": "A"}, {"name": " B "}, ())


@pytest.mark.parametrize(("on_conflict", "written"), [("cms", {"name": "A"}), ("store", {}), ("skip", {})])
def test_a_persons_edit_in_the_store_is_settled_as_asked(on_conflict, written):
    found = compare({"name": "A"}, {"name": "edited"}, memory({"name": "A"}, {"name": "A"}), on_conflict)
    assert found.conflicts == ("name",)
    assert found.after == written


def test_a_conflict_in_one_field_does_not_keep_the_others_from_being_written():
    settled = memory({"name": "A", "handle": "a"}, {"name": "A", "handle": "a"})
    found = compare({"name": "A", "handle": "b"}, {"name": "edited", "handle": "a"}, settled, "store")
    assert (found.after, found.conflicts) == ({"handle": "b"}, ("name",))


def test_both_sides_edited_to_the_same_value_agree():
    found = compare({"name": "B"}, {"name": "B"}, memory({"name": "A"}, {"name": "A"}), "skip")
    assert (found.after, found.conflicts) == ({}, ())


def test_a_field_mapped_since_the_last_run_is_no_conflict():
    found = compare(
        {"name": "A", "handle": "a"}, {"name": "A", "handle": None}, memory({"name": "A"}, {"name": "A"}), "skip"
    )
    assert (found.after, found.conflicts) == ({"handle": "a"}, ())


def test_the_stores_own_side_of_the_link_is_never_a_conflict():
    settled = memory({"name": "A", "cms_id": "1"}, {"name": "A", "cms_id": "1"})
    found = compare({"name": "A", "cms_id": "1"}, {"name": "A", "cms_id": None}, settled, "skip")
    assert (found.after, found.conflicts) == ({"cms_id": "1"}, ())


def test_a_field_mapped_since_the_last_run_takes_the_cmss_value_whatever_the_store_held():
    settled = memory({"name": "A"}, {"name": "A"})
    found = compare({"name": "A", "handle": "a"}, {"name": "A", "handle": "theirs"}, settled, "skip")
    assert (found.before, found.after, found.conflicts) == ({"handle": "theirs"}, {"handle": "a"}, ())


def test_a_value_that_the_store_made_up_gives_way_to_an_empty_one_of_the_cms():
    settled = memory({"name": "A"}, {"name": "A", "handle": "made-up"})
    found = compare({"name": "A", "handle": None}, {"name": "A", "handle": "made-up"}, settled, "skip")
    assert (found.after, found.conflicts) == ({"handle": None}, ())


def test_a_value_that_the_store_lost_when_it_was_written_is_written_again():
    settled = memory({"name": "A", "handle": "a"}, {"name": "A"})
    found = compare({"name": "A", "handle": "a"}, {"name": "A", "handle": None}, settled, "skip")
    assert (found.after, found.conflicts) == ({"handle": "a"}, ())
