"""Two systems write into one JSON field: each key belongs to whom it is from."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from brandsync.plan.compare import compare
from brandsync.plan.memory import Settled, agreed
from brandsync.plan.owned_keys import EDITED, taken_back, unchanged, written_over
from brandsync.plan.policy import OnConflict

VALUES = some.sampled_from([None, True, 1, "a", {"x": 1}])
OBJECTS = some.dictionaries(some.sampled_from("abcde"), VALUES)


@pytest.mark.parametrize(
    ("held", "source", "before", "wanted"),
    [
        ({"erp_id": 7}, {"tier": "gold"}, None, {"erp_id": 7, "tier": "gold"}),
        ({"erp_id": 7, "tier": "gold"}, {"tier": "silver"}, {"tier": "gold"}, {"erp_id": 7, "tier": "silver"}),
        ({"erp_id": 7, "tier": "gold"}, {}, {"tier": "gold"}, {"erp_id": 7}),
        ({"erp_id": 7, "tier": "gold"}, {}, None, {"erp_id": 7, "tier": "gold"}),
        (None, {"tier": "gold"}, None, {"tier": "gold"}),
        ({"erp_id": 7}, None, {"tier": "gold"}, {"erp_id": 7}),
        ({"erp_id": 7, "tier": "gold"}, None, {"tier": "gold"}, {"erp_id": 7}),
        ({"tier": "gold"}, None, {"tier": "gold"}, None),
        ({"erp_id": 7}, None, None, {"erp_id": 7}),
        ({}, None, None, {}),
        ("broken", {"tier": "gold"}, None, {"tier": "gold"}),
        (["a"], ["b"], ["a"], ["b"]),
    ],
)
def test_another_systems_keys_stay_and_keys_that_the_cms_gave_up_go(
    held: Any, source: Any, before: Any, wanted: Any
) -> None:
    assert written_over(held, source, before) == wanted


@given(OBJECTS, OBJECTS, OBJECTS)
def test_a_write_and_its_undo_leave_what_another_system_wrote_before_or_since(
    held: dict[str, Any], source: dict[str, Any], theirs: dict[str, Any]
) -> None:
    wrote = written_over(held, source, None)
    assert written_over(wrote, source, source) == wrote
    assert taken_back(wrote, held, wrote) == held
    since = {**wrote, **{f"their {key}": value for key, value in theirs.items()}}
    back = taken_back(wrote, held, since)
    assert back == {**held, **{f"their {key}": value for key, value in theirs.items()}}
    assert taken_back(wrote, held, back) == back


def test_a_key_that_somebody_has_edited_since_is_not_taken_back() -> None:
    assert taken_back({"tier": "gold"}, {"tier": "silver"}, {"tier": "bronze"}) is EDITED
    assert taken_back({"tier": "gold"}, {"tier": "silver"}, {}) is EDITED
    assert taken_back({"on": True}, {"on": None}, {"on": 1}) is EDITED
    assert taken_back({"tier": "gold"}, None, {"tier": "gold", "erp_id": 7}) is EDITED
    assert taken_back("b", "a", "c") is EDITED
    assert taken_back("b", "a", "b") == "a"


def test_only_the_keys_that_brandsync_owns_tell_of_an_edit() -> None:
    assert unchanged({"tier": "gold"}, {"tier": "gold", "erp_id": 7}, {"tier": "gold"})
    assert not unchanged({"tier": "gold"}, {"tier": "bronze", "erp_id": 7}, {"tier": "gold"})
    assert not unchanged({"tier": "gold"}, {"erp_id": 7}, {"tier": "gold"})
    assert not unchanged({"erp_id": 7}, {"erp_id": 8}, {}, {"erp_id": 9})
    assert unchanged("a", "a", "b")
    assert not unchanged({"a": 1}, None, {"a": 1})


def compared(source: Any, held: Any, settled: Settled | None, policy: OnConflict = OnConflict.SKIP) -> Any:
    memory = {"metadata": settled} if settled else {}
    found = compare({"metadata": source}, {"metadata": held}, memory, policy)
    return found.after.get("metadata", "nothing"), found.conflicts


def test_a_key_of_another_system_is_neither_a_difference_nor_a_conflict() -> None:
    settled = Settled({"tier": "gold"}, {"tier": "gold"})
    assert compared({"tier": "gold"}, {"tier": "gold", "erp_id": 7}, settled) == ("nothing", ())
    assert compared({"tier": "gold"}, {"tier": "gold", "erp_id": 7}, None) == ("nothing", ())
    changed = {"tier": "silver", "erp_id": 7}
    assert compared({"tier": "silver"}, {"tier": "gold", "erp_id": 7}, settled) == (changed, ())
    assert compared({}, {"tier": "gold", "erp_id": 7}, settled) == ({"erp_id": 7}, ())
    assert compared({"tier": "gold"}, {"tier": "mine", "erp_id": 7}, settled) == ("nothing", ("metadata",))


def test_an_edit_of_a_key_that_the_cms_gives_up_or_takes_on_is_a_conflict() -> None:
    settled = Settled({"tier": "gold"}, {"tier": "gold", "erp_id": 7})
    assert compared({}, {"tier": "bronze", "erp_id": 7}, settled) == ("nothing", ("metadata",))
    assert compared({"tier": "gold", "erp_id": 9}, {"tier": "gold", "erp_id": 8}, settled) == ("nothing", ("metadata",))


def test_what_the_store_spells_in_its_own_way_is_settled_whatever_another_system_adds() -> None:
    settled = Settled({"site": "acme.com"}, {"site": "https://acme.com"})
    held = {"site": "https://acme.com", "erp_id": 7}
    assert compared({"site": "acme.com"}, held, settled) == ("nothing", ())


def test_a_link_remembers_the_cmss_own_keys_as_its_source() -> None:
    held = {"metadata": {"tier": "gold", "erp_id": 7}}
    memory = agreed({}, {"metadata": {"tier": "gold"}}, held)
    assert memory == {"metadata": Settled({"tier": "gold"}, {"tier": "gold", "erp_id": 7})}
    assert compared({}, held["metadata"], memory["metadata"]) == ({"erp_id": 7}, ())


def test_a_key_that_the_cms_gave_up_and_the_store_still_has_is_not_settled() -> None:
    memory = {"metadata": Settled({"tier": "gold"}, {"tier": "gold"})}
    held = {"metadata": {"tier": "gold", "erp_id": 7}}
    assert agreed(memory, {"metadata": {}}, held) == memory
    assert agreed({}, {"metadata": {}}, held) == {"metadata": Settled({}, held["metadata"])}
    assert agreed({}, {"metadata": {"site": "acme.com"}}, held) == {}
