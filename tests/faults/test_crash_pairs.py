"""Kill -9 at every point of a run, and again at every point of the run that settles it: one more makes all right."""

from itertools import product

import crash_telling  # noqa: F401 - before all that asserts
import pytest
from crash_endings import finish_sync, finish_undo
from crash_kinds import SYNCS, UNDOS
from crash_matrix import EVERY, Matrix
from crash_shops import MODES, PLACES, crash_shop
from crash_telling import conclude

pytestmark = pytest.mark.slow

STRIDE = 1 if EVERY else 13
"""Every pair of two points would take hours of a machine with two cores; that of ``all`` in one place takes minutes."""
WHOLE = (PLACES[0], "all", "rollback")
PAIRED = [(place, "all", mode) for place in PLACES[:2] for mode in MODES] + [(PLACES[1], "rejected", "rollback")]
"""``all`` holds all the others; with ``BRANDSYNC_TEST_CRASH=all`` the others, and every place, are paired too."""
UNDONE = [(PLACES[1], "undo", "rollback")]


@pytest.mark.parametrize(("place", "kind", "mode"), [*product(PLACES, SYNCS, MODES)] if EVERY else PAIRED)
def test_after_a_death_and_another_while_it_is_settled_one_more_sync_makes_everything_right(
    place, kind, mode, tmp_path, record_property
):
    with crash_shop(place, tmp_path) as shop:
        matrix = Matrix(shop, SYNCS[kind], 1 if (place, kind, mode) == WHOLE else STRIDE)
        for first, died in matrix.deaths():
            for second, _ in matrix.second_deaths(died, lambda fatal: shop.run("sync", fatal=fatal, mode=mode)):
                with matrix.coming_right(f"{mode} after {first} and {second}"):
                    finish_sync(matrix, mode, further=EVERY)
        assert matrix.counts["second"] >= matrix.counts["first"]
        conclude(matrix, place, f"{kind}, {mode}", record_property)


@pytest.mark.parametrize(("place", "kind", "mode"), [*product(PLACES, UNDOS, MODES)] if EVERY else UNDONE)
def test_after_a_death_and_another_while_it_is_settled_an_undo_is_done_again(
    place, kind, mode, tmp_path, record_property
):
    with crash_shop(place, tmp_path) as shop:
        matrix = Matrix(shop, UNDOS[kind], STRIDE)
        undo = matrix.argument
        for first, died in matrix.deaths():
            for second, _ in matrix.second_deaths(died, lambda fatal: shop.run("undo", undo, fatal=fatal, mode=mode)):
                with matrix.coming_right(f"{mode} after {first} and {second}"):
                    finish_undo(matrix, mode)
        assert matrix.counts["second"] >= matrix.counts["first"]
        conclude(matrix, place, f"{kind}, {mode}", record_property)
