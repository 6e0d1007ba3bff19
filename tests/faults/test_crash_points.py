"""Kill -9 at every point of a run of every kind, and then one more run: all is right, and nothing is left over."""

from collections.abc import Iterator
from pathlib import Path

import crash_telling  # noqa: F401 - before all that asserts
import pytest
from crash_endings import finish_sync, finish_undo
from crash_kinds import SYNCS, UNDOS
from crash_matrix import Matrix
from crash_shops import HTTP, MODES, PLACES, CrashShop, crash_shop
from crash_telling import conclude
from extent import EVERY, enough

pytestmark = pytest.mark.slow

AT_LEAST = {
    "first": (20, 24),
    "create": (18, 22),
    "adopt": (11, 13),
    "update": (8, 12),
    "delete": (8, 12),
    "link": (18, 20),
    "stale": (10, 12),
    "all": (25, 35),
    "rejected": (46, 63),
    "recover": (25, 33),
    "resume": (6, 6),
    "undo": (27, 37),
    "redo": (27, 37),
}
"""Points of each kind of work, with the journal in the store's database and elsewhere: they must not get lost."""


WHOLE = {"first", "link", "stale", "rejected", "recover", "resume", "undo"}
TRIED = {
    "sqlite": {*SYNCS, *UNDOS},
    "sqlite, journal elsewhere": WHOLE,
    HTTP: {*WHOLE, "create"},
    "postgresql": {"rejected"},
    "mysql": {"all", "undo"},
    "postgresql, journal elsewhere": {"all"},
    "mysql, journal elsewhere": set(),
}
"""What is killed where. ``all`` holds what the other kinds do, and ``rejected`` does it all and takes it back; the
engine's part in it is the same on each database."""
HERE = [(place, kind) for place in PLACES for kind in (*SYNCS, *UNDOS) if EVERY or kind in TRIED[place]]


@pytest.fixture
def shop(place: str, tmp_path: Path) -> Iterator[CrashShop]:
    with crash_shop(place, tmp_path) as shop:
        yield shop


@pytest.mark.parametrize(("place", "kind"), [one for one in HERE if one[1] in SYNCS])
def test_after_a_death_at_any_point_one_more_sync_makes_everything_right(shop, kind, record_property):
    matrix = Matrix(shop, SYNCS[kind])
    for number, (point, died) in enumerate(matrix.deaths()):
        for mode in enough([MODES[number % len(MODES)]], of=[*MODES]):
            shop.put_back(died)
            with matrix.coming_right(f"{mode} after {point}"):
                finish_sync(matrix, mode)
    assert len(matrix.points) >= AT_LEAST[kind]["elsewhere" in shop.place], matrix.points
    conclude(matrix, shop.place, kind, record_property)


@pytest.mark.parametrize(("place", "kind"), [one for one in HERE if one[1] in UNDOS])
def test_after_a_death_at_any_point_an_undo_is_done_again_or_taken_back(shop, kind, record_property):
    matrix = Matrix(shop, UNDOS[kind])
    modes = (*MODES, "recover")
    for number, (point, died) in enumerate(matrix.deaths()):
        for mode in enough([modes[number % len(modes)]], of=[*modes]):
            shop.put_back(died)
            with matrix.coming_right(f"{mode} after {point}"):
                finish_undo(matrix, mode)
    assert len(matrix.points) >= AT_LEAST[kind]["elsewhere" in shop.place], matrix.points
    conclude(matrix, shop.place, kind, record_property)
