"""Kill -9 at points spread over a run against a real Medusa, and then one more run: everything is right."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cms_server import CmsServer
from medusa import Medusa
from shop import Shop, entries

pytestmark = [pytest.mark.live, pytest.mark.slow]

FAULTS = Path(__file__).parents[1] / "faults"
POINTS = 12
MODES = ("rollback", "resume")
THEIRS = "01JDTHEIRS0000000000000000"
"""A brand of the shop's own, which is adopted."""


@contextmanager
def busy_shop(medusa: Any, directory: Path) -> Iterator[Shop]:
    """A shop with three brands to create, one to adopt, two to update and one to delete."""
    sqlite_url = f"sqlite:///{directory}/journal.db"
    medusa.reset()
    with CmsServer(entries(4)) as cms, Shop(directory, cms, sqlite_url) as shop:
        shop.medusa = medusa
        shop.sections["store"] = medusa.settings(batch=2)
        shop.set("journal", url=sqlite_url).set("sync", on_missing="delete").set("safety", max_shrink="100%")
        assert shop.sync()["exit_code"] == 0
        medusa.insert({"id": THEIRS, "name": "Adopted", "description": "by hand"})
        for entry in entries(3, "New"):
            cms.add({**entry, "id": f"n{entry['id']}"})
        cms.add({"id": "a", "name": "ADOPTED", "description": "in line", "external_id": None})
        cms.edit("e0", name="First")
        cms.edit("e1", description=None)
        shop.doomed = shop.external_ids()["e3"]
        cms.remove("e3")
        yield shop


def dying_sync(shop: Shop, fatal: int | None) -> Any:
    """Have a process of its own do a sync, and die at a point; for none, it tells its points."""
    temporary = shop.directory / "temporary"
    temporary.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FAULTS))
        child = importlib.import_module("crash_child")
        return child.run(child.Call(shop.config, temporary, "sync"), fatal)


@pytest.fixture
def shop(started: Any, tmp_path: Path) -> Iterator[Shop]:
    with busy_shop(started(Medusa), tmp_path) as shop:
        yield shop


@pytest.fixture(scope="module")
def points(started: Any, tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many there are in a run that nothing kills."""
    with busy_shop(started(Medusa), tmp_path_factory.mktemp("counted")) as shop:
        ended = dying_sync(shop, None)
        assert ended.result["exit_code"] == 0, ended.result
        assert is_right(shop)
        return len(ended.points)


def is_right(shop: Shop) -> bool:
    """Each entry is one brand of Medusa's, with its fields; nothing is left over, not even softly deleted."""
    brands, linked = shop.medusa.brands(), shop.external_ids()
    dead = shop.medusa.brands(deleted=True).keys() - brands.keys()
    fields = {key: (brands[linked[key]]["name"], brands[linked[key]]["description"]) for key in linked}
    return (
        sorted(linked.values(), key=str) == sorted(brands)
        and fields == {key: (entry["name"], entry["description"]) for key, entry in shop.cms.entries.items()}
        and (linked["a"], dead) == (THEIRS, {shop.doomed})
    )


@pytest.mark.parametrize("nth", range(POINTS))
def test_after_a_death_at_a_point_of_a_run_one_more_makes_everything_right(shop, points, nth):
    fatal = nth * (points - 1) // (POINTS - 1)
    assert dying_sync(shop, fatal).result is None
    after = shop.set("sync", recover=MODES[nth % 2]).sync()
    assert (after["exit_code"], after["kept"], after["failed"]) == (0, [], []), after
    assert is_right(shop)
    again = shop.sync()
    assert (again["exit_code"], again["changes"], again["recovered"]) == (0, [], [])
    assert is_right(shop)
