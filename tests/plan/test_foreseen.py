"""What both sides will hold after an undo."""

from contextlib import closing
from itertools import chain

import pytest

from brandsync.brand import LINK_FIELD
from brandsync.plan import add_changes
from brandsync.plan.change import AdoptBrand, LinkBrand, UnlinkBrand, UpdateBrand
from brandsync.plan.changes import changes
from brandsync.plan.foreseen import Foreseen, Held
from brandsync.plan.spool import Spool


@pytest.fixture
def spool():
    with closing(Spool()) as spool:
        yield spool


@pytest.fixture
def foreseen(spool):
    return Foreseen(spool)


def planned(spool, foreseen):
    foreseen.add_to_plan()
    return [*chain.from_iterable(changes(spool))]


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [(None, None, "b9"), (None, "other", "b9"), ("b1", "b1", "b9"), ("b1", None, "b9"), ("b1", "other", "other")],
    ids=["new", "whatever it is", "as it was", "gone meanwhile", "led elsewhere meanwhile"],
)
def test_a_link_that_leads_elsewhere_meanwhile_stays(foreseen, was, now, expected):
    foreseen.relink([("e1", was, "b9"), ("e2", "b2", "b2")])
    linked = {"e2": "b2"} | ({"e1": now} if now else {})
    assert foreseen.relinked(["e1", "e2"], linked) == {"e1": expected, "e2": "b2"}


def test_an_external_id_of_no_brand_names_what_it_says(spool, foreseen):
    none, stale = {"external_id": None}, {"external_id": "stale"}
    held = {"e1": Held("e1", None, none, stale), "e2": Held("e2", None, stale, none)}
    foreseen.keep(held, in_store=False)
    assert foreseen.at(["e1", "e2", "e3"], in_store=False) == held
    assert foreseen.at(["e1"], in_store=True) == {}
    assert planned(spool, foreseen) == [LinkBrand("e1", "stale", {}, {}), UnlinkBrand("e2", "stale", {}, {})]


def test_only_the_brand_that_an_entry_is_linked_to_is_linked_and_any_other_adopted(spool, foreseen):
    planned = [AdoptBrand("e1", "b1", {}, {}), AdoptBrand("e1", "b2", {}, {}), UpdateBrand("e2", "b3", {}, {})]
    for change in planned:
        add_changes(spool, [change])
    assert list(foreseen.adopted()) == [{"b1": "e1", "b2": "e1"}]
    foreseen.tell_links_from_adoptions([("e1", "b2"), ("e2", "b3"), ("e9", "b1")])
    found = spool.query("SELECT action, cms_id, brand_id FROM change ORDER BY seq").fetchall()
    assert found == [("adopt", "e1", "b1"), ("link", "e1", "b2"), ("update", "e2", "b3")]


def test_brands_that_will_be_there_are_told_from_those_that_will_be_gone(foreseen):
    fields = {"name": "Acme"}
    held = {"b1": Held("e1", "b1", fields, fields), "b2": Held("e2", "b2", fields, None)}
    foreseen.keep(held, in_store=True)
    assert foreseen.there(["b1", "b2", "b3"]) == {"b1": True, "b2": False}


def test_a_link_within_the_brand_is_unlinked_where_it_ends_and_adopted_where_it_leads_to_an_entry(spool, foreseen):
    none, linked = {LINK_FIELD: None}, {LINK_FIELD: "e1"}
    foreseen.keep({"b1": Held("e1", "b1", linked, none), "b2": Held("e2", "b2", none, linked)}, in_store=True)
    assert planned(spool, foreseen) == [UnlinkBrand("e1", "b1", linked, none), AdoptBrand("e2", "b2", none, linked)]
