"""Which brands and entries some runs have changed."""

from contextlib import closing

import pytest

from brandsync.plan.change import Change
from brandsync.plan.spool import Spool
from brandsync.plan.touched import Touched


@pytest.mark.parametrize(
    ("cms_id", "brand_id", "touched"),
    [("e1", "b9", True), ("e9", "b1", True), ("e9", "b9", False), ("e2", None, True), ("e9", None, False)],
)
def test_a_change_of_the_same_entry_or_the_same_brand_has_been_touched(cms_id, brand_id, touched):
    with closing(Spool()) as spool:
        changed = Touched(spool)
        changed.add([Change("e1", "b1", {}, {}), Change("e2", None, {}, {})])
        changed.add([Change("e1", "b1", {}, {})])
        assert changed.has(Change(cms_id, brand_id, {}, {})) is touched


def test_the_id_of_an_entry_is_not_that_of_a_brand():
    with closing(Spool()) as spool:
        changed = Touched(spool)
        changed.add([Change("1", "2", {}, {})])
        assert not changed.has(Change("2", "1", {}, {}))
