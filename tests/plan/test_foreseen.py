"""What both sides will hold after an undo."""

from contextlib import closing

import pytest

from brandsync.plan.change import LinkBrand, UnlinkBrand
from brandsync.plan.foreseen import Foreseen, Held
from brandsync.plan.spool import Spool


@pytest.fixture
def foreseen():
    with closing(Spool()) as spool:
        yield Foreseen(spool)


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [(None, None, "b9"), (None, "other", "b9"), ("b1", "b1", "b9"), ("b1", None, "b9"), ("b1", "other", "other")],
    ids=["new", "whatever it is", "as it was", "gone meanwhile", "led elsewhere meanwhile"],
)
def test_a_link_that_leads_elsewhere_meanwhile_stays(foreseen, was, now, expected):
    foreseen.relink([("e1", was, "b9"), ("e2", "b2", "b2")])
    linked = {"e2": "b2"} | ({"e1": now} if now else {})
    assert foreseen.relinked(["e1", "e2"], linked) == {"e1": expected, "e2": "b2"}


def test_an_external_id_of_no_brand_names_what_it_says(foreseen):
    none, stale = {"external_id": None}, {"external_id": "stale"}
    held = {"e1": Held("e1", None, none, stale), "e2": Held("e2", None, stale, none)}
    foreseen.keep(held, in_store=False)
    assert foreseen.at(["e1", "e2", "e3"], in_store=False) == held
    assert foreseen.at(["e1"], in_store=True) == {}
    assert list(foreseen.changes()) == [LinkBrand("e1", "stale", {}, {}), UnlinkBrand("e2", "stale", {}, {})]
