"""Kill -9 at every point of a run, and again at every point of the run that settles it: one more makes all right."""

from itertools import product

import crash_telling  # noqa: F401 - before all that asserts
import pytest
from crash_endings import finish_sync, finish_undo
from crash_kinds import SYNCS, UNDOS
from crash_matrix import Matrix
from crash_shops import HTTP, MODES, PLACES, crash_shop
from crash_telling import conclude
from extent import EVERY, enough

pytestmark = pytest.mark.slow

STRIDE = enough(17, of=1)
"""Every pair of two points takes hours of a machine with two cores."""
ONES = (PLACES[0], PLACES[1], HTTP)
"""Places that differ in what commits as one, and in who chooses ids. How each database commits, single deaths show."""
WHOLE = ("all", "rejected", "recover", "resume")
"""``all`` holds all kinds that are not here."""
PAIRED = enough(
    [(PLACES[0], "all", "rollback"), (PLACES[1], "all", "resume")],
    of=[(place, kind, mode) for place, kind, mode in product(PLACES, WHOLE, MODES) if place in ONES or kind == "all"],
)
UNDONE = enough(
    [(PLACES[1], "undo", "rollback")],
    of=[(place, kind, mode) for place, kind, mode in product(PLACES, UNDOS, MODES) if place in ONES or kind == "undo"],
)


@pytest.mark.parametrize("place", enough([PLACES[0], HTTP], of=[*PLACES]))
def test_what_is_there_while_a_process_waits_is_there_after_its_death(place, tmp_path):
    with crash_shop(place, tmp_path) as shop:
        matrix = Matrix(shop, SYNCS["all"])
        shop.put_back(matrix.base)
        waiting = [(point, shop.look().key) for point in shop.stops("sync")]
        assert [point for point, _ in waiting] == matrix.points
        for number, (point, left) in enumerate(waiting):
            shop.put_back(matrix.base)
            assert matrix.run(number).result is None
            assert shop.look().key == left, point


@pytest.mark.parametrize(("place", "kind", "mode"), PAIRED)
def test_after_a_death_and_another_while_it_is_settled_one_more_sync_makes_everything_right(
    place, kind, mode, tmp_path, record_property
):
    with crash_shop(place, tmp_path) as shop:
        matrix = Matrix(shop, SYNCS[kind], STRIDE)
        for first, died in matrix.deaths():
            for second, state in matrix.second_deaths(died, "sync", mode):
                shop.put_back(state)
                with matrix.coming_right(f"{mode} after {first} and {second}"):
                    finish_sync(matrix, mode, further=EVERY)
        assert matrix.counts["second"] >= matrix.counts["first"]
        conclude(matrix, place, f"{kind}, {mode}", record_property)


@pytest.mark.parametrize(("place", "kind", "mode"), UNDONE)
def test_after_a_death_and_another_while_it_is_settled_an_undo_is_done_again(
    place, kind, mode, tmp_path, record_property
):
    with crash_shop(place, tmp_path) as shop:
        matrix = Matrix(shop, UNDOS[kind], STRIDE)
        for first, died in matrix.deaths():
            for second, state in matrix.second_deaths(died, "undo", mode):
                shop.put_back(state)
                with matrix.coming_right(f"{mode} after {first} and {second}"):
                    finish_undo(matrix, mode)
        assert matrix.counts["second"] >= matrix.counts["first"]
        conclude(matrix, place, f"{kind}, {mode}", record_property)
