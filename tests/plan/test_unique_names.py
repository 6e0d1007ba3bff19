"""In a store that takes each name once, a plan gives no name that another brand has or is to get."""

from contextlib import closing
from typing import Any

import pytest

from brandsync.brand import Brand, CmsBrand
from brandsync.plan import MatchOn, Rules, make_plan
from brandsync.plan.spool import Spool


def entry(cms_id: str, name: str, external_id: str | None = None) -> CmsBrand:
    return CmsBrand(cms_id, external_id, {"name": name})


def planned(entries: list[CmsBrand], brands: dict[str, str], *, match_on: MatchOn = MatchOn.NAME, **rules: Any) -> Any:
    """The names that the plan gives, by entry; the deletions; and who is skipped for a taken name, and why."""
    with closing(Spool(match_on)) as spool:
        spool.add_entries(entries)
        spool.add_brands([Brand(brand_id, {"name": name}) for brand_id, name in brands.items()])
        spool.add_links([("gone", "b9", None, None)] if "b9" in brands else [])
        chosen = Rules(match_on, unique=["name"], **rules)
        plan = make_plan(spool, chosen, complete=True, known_links=len(brands))
        names = {change.cms_id: change.after.get("name") for change in plan.changes()}
        taken = {skipped.cms_id: skipped.detail for skipped in plan.skipped() if skipped.reason == "name_taken"}
        assert sum(plan.counts.values()) == len(names)
        assert plan.unchanged + len(names) + len(taken) - plan.counts["delete"] == len(entries)
        return names, taken


def test_a_name_that_nobody_has_is_given():
    assert planned([entry("1", "A"), entry("2", "B", "b2")], {"b2": "old"}) == ({"1": "A", "2": "B"}, {})


def test_of_several_entries_with_one_new_name_none_gets_it():
    names, taken = planned([entry("1", "Acme"), entry("2", " ACME "), entry("3", "B")], {})
    assert (names, set(taken)) == ({"3": "B"}, {"1", "2"})
    assert taken["1"] == "entry 2 is to have the name 'Acme' too, and the store takes each name once: rename one"


@pytest.mark.parametrize("match_on", ["name", "none"])
def test_a_name_that_another_brand_has_is_not_given(match_on):
    entries = [entry("1", "acme"), entry("2", "Acme", "b2"), entry("3", "ACME", "b3")]
    names, taken = planned(entries, {"b2": "Acme", "b3": "old"}, match_on=match_on)
    assert (names, set(taken)) == ({}, {"1", "3"})
    assert taken["1"].startswith("brand 'b2' has the name 'acme', and the store takes each name once")


def test_a_brand_may_be_given_its_own_name_in_another_case():
    assert planned([entry("1", "ACME", "b1")], {"b1": "Acme"}) == ({"1": "ACME"}, {})


def test_what_another_change_sets_free_is_given_by_the_next_run():
    renamed = [entry("1", "B", "b1"), entry("2", "C", "b2")]
    names, taken = planned(renamed, {"b1": "A", "b2": "B"})
    assert (names, set(taken)) == ({"2": "C"}, {"1"})
    assert planned(renamed, {"b1": "A", "b2": "C"}) == ({"1": "B"}, {})


def test_a_deletion_is_planned_all_the_same():
    names, taken = planned([entry("1", "A")], {"b9": "Gone"}, delete_missing=True)
    assert (names, taken) == ({"1": "A", "gone": None}, {})


def test_a_store_that_takes_names_as_often_as_one_likes_is_given_them():
    with closing(Spool(MatchOn.NAME)) as spool:
        spool.add_entries([entry("1", "A"), entry("2", "A")])
        assert make_plan(spool, Rules(), complete=True, known_links=0).counts["create"] == 2


def test_handles_are_taken_once_too_where_the_store_takes_each_once():
    with closing(Spool(MatchOn.NAME, ["name", "handle"])) as spool:
        handles = {"1": "acme", "2": "ACME", "3": "taken", "4": None, "5": None, "6": "free"}
        spool.add_entries([CmsBrand(key, None, {"name": key, "handle": handle}) for key, handle in handles.items()])
        spool.add_brands([Brand("b1", {"name": "B", "handle": "taken"}), Brand("b2", {"name": "C", "handle": None})])
        plan = make_plan(spool, Rules(unique=["name", "handle"]), complete=True, known_links=0)
        skipped = {each.cms_id: (each.reason, each.detail) for each in plan.skipped()}
        assert {change.cms_id for change in plan.changes()} == {"4", "5", "6"}
    assert {reason for reason, _ in skipped.values()} == {"handle_taken"}
    assert (
        skipped["1"][1] == "entry 2 is to have the handle 'acme' too, and the store takes each handle once: change one"
    )
    assert skipped["3"][1].startswith(
        "brand 'b1' has the handle 'taken', and the store takes each handle once: change one"
    )
