"""Kill -9 and SIGTERM at moments of a run by the clock, as a power cut comes, and then one more run makes all right.

``tests/faults`` has every point of a run. Here a process dies as it really does: while it starts, and anywhere between.
"""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from databases import fresh_database, run
from extent import enough
from shop import Shop, WatchedCms, entries

pytestmark = pytest.mark.slow

KINDS = ("postgresql", "sqlite, journal elsewhere")
MODES = ("rollback", "resume")
MOMENTS = enough(4, of=20)
STARTING = MOMENTS // 2
"""So many of the moments are before the run begins to read."""
NEW, ADOPTED, UPDATED, KNOWN = 60, 12, 20, 40


@contextmanager
def busy_shop(kind: str, directory: Path) -> Iterator[Shop]:
    """A shop that has brands to create, to adopt, to update and to leave alone."""
    directory.mkdir(exist_ok=True)
    database, _, elsewhere = kind.partition(", ")
    with fresh_database(database, directory) as url, WatchedCms() as cms, Shop(directory, cms, url) as shop:
        journal = f"sqlite:///{directory}/journal.db" if elsewhere else None
        shop.set("journal", url=journal).set("safety", max_updates="100%", max_creates=1_000)
        for entry in entries(KNOWN):
            cms.add(entry)
        assert shop.sync()["exit_code"] == 0
        make_busy(shop)
        yield shop


def make_busy(shop: Shop) -> None:
    """What an evening of editors and a migration leave behind."""
    for number in range(ADOPTED):
        shop.execute(
            "INSERT INTO brand (id, name, description, created_at, updated_at)"
            f" VALUES ('theirs-{number}', 'Adopted {number}', 'by hand', '2026-01-01', '2026-01-01')"
        )
    for prefix, count in (("New", NEW), ("Adopted", ADOPTED)):
        for entry in entries(count, prefix):
            shop.cms.add({**entry, "id": f"{prefix}-{entry['id']}"})
    for number in range(UPDATED):
        shop.cms.edit(f"e{number}", name=f"Renamed {number}", description=None)
    shop.cms.patches = 0
    shop.cms.requests.clear()


def state(shop: Shop) -> tuple[object, ...]:
    """Both sides, modified times aside."""
    return (shop.query("SELECT id, name, description FROM brand ORDER BY id"), shop.external_ids())


def unfinished(shop: Shop) -> list[Any]:
    """The journal's runs that may have left something behind."""
    journal = shop.sections["journal"].get("url", shop.database_url)
    return run(journal, "SELECT id FROM brandsync_run WHERE status IN ('running', 'rollback_incomplete')")


def assert_one_more_run_is_enough(shop: Shop, mode: str) -> None:
    """A run after the death of another ends well, with everything as it should be; the one after has nothing to do."""
    result = shop.set("sync", recover=mode).sync()
    assert result["exit_code"] == 0, result
    assert (result["kept"], result["failed"], unfinished(shop)) == ([], [], [])
    assert_in_line(shop)
    patches, before = shop.cms.patches, state(shop)
    again = shop.sync()
    assert (again["exit_code"], again["changes"], again["recovered"]) == (0, [], [])
    assert (shop.cms.patches, state(shop)) == (patches, before)


def assert_in_line(shop: Shop) -> None:
    """No duplicate, no orphan, every link and every field right, and the adopted brands still the shop's own."""
    assert shop.is_in_line()
    held = {row[0]: row[1:] for row in shop.query("SELECT id, name, description FROM brand")}
    linked = shop.external_ids()
    assert {held[linked[key]] for key in linked} == {(e["name"], e["description"]) for e in shop.cms.entries.values()}
    adopted = {linked[f"Adopted-e{number}"] for number in range(ADOPTED)}
    assert adopted == {f"theirs-{number}" for number in range(ADOPTED)}


@dataclass(frozen=True, slots=True)
class Duration:
    """How long an undisturbed run takes, in seconds."""

    starting: float
    """From the start of its process to its first request."""
    working: float
    """From then to its end."""


@pytest.fixture(scope="module")
def durations(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Duration]:
    """How long an undisturbed run takes on each kind of database."""
    return {kind: duration(kind, tmp_path_factory.mktemp("timed")) for kind in KINDS}


def duration(kind: str, directory: Path) -> Duration:
    with busy_shop(kind, directory) as shop:
        began, process = time.monotonic(), shop.start("sync")
        await_first_request(shop, process)
        reading = time.monotonic()
        process.communicate(timeout=60)
        assert process.returncode == 0
        assert_in_line(shop)
        return Duration(reading - began, time.monotonic() - reading)


def await_first_request(shop: Shop, process: subprocess.Popen[str]) -> None:
    while not shop.cms.requests["GET"]:
        assert process.poll() is None, process.communicate()
        time.sleep(0.001)


def await_moment(shop: Shop, process: subprocess.Popen[str], moment: int, duration: Duration) -> None:
    """Wait for one of the moments, which are spread evenly over the start and over the work of a run."""
    if moment < STARTING:
        time.sleep(duration.starting * moment / STARTING)
        return
    await_first_request(shop, process)
    time.sleep(duration.working * (moment - STARTING) / (MOMENTS - STARTING))


@pytest.fixture
def shop(kind: str, tmp_path: Path) -> Iterator[Shop]:
    with busy_shop(kind, tmp_path) as shop:
        yield shop


BY_THE_CLOCK = [(moment, KINDS[moment % 2]) for moment in range(MOMENTS)]


@pytest.mark.parametrize(("moment", "kind"), enough(BY_THE_CLOCK, of=[*product(range(MOMENTS), KINDS)]))
def test_after_a_kill_at_any_moment_one_more_run_is_enough(shop, kind, moment, durations):
    process = shop.start("sync")
    await_moment(shop, process, moment, durations[kind])
    process.kill()
    process.communicate(timeout=60)
    assert_one_more_run_is_enough(shop, MODES[moment // 2 % 2])


@pytest.mark.parametrize("nth", range(1, NEW + ADOPTED + 1, enough(70, of=6)))
@pytest.mark.parametrize("kind", enough(KINDS[:1], of=KINDS))
def test_after_a_kill_at_any_write_to_the_cms_one_more_run_is_enough(shop, kind, nth):
    process = shop.start("sync")
    shop.cms.acts[nth] = process.kill
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert_one_more_run_is_enough(shop, MODES[(nth // 6 + KINDS.index(kind)) % 2])


@pytest.mark.parametrize(
    ("nth", "kind"), enough([(1, KINDS[0]), (40, KINDS[1])], of=[*product((1, 20, 40, 60), KINDS)])
)
def test_a_sigterm_during_its_writes_makes_a_run_exit_75_with_everything_as_before(shop, nth):
    before = state(shop)
    process = shop.start("sync")
    shop.cms.acts[nth] = process.terminate
    _, err = process.communicate(timeout=60)
    assert (process.returncode, state(shop), unfinished(shop)) == (75, before, []), err
    assert_one_more_run_is_enough(shop, "rollback")


@pytest.mark.parametrize(("moment", "kind"), [(moment, KINDS[moment // 2 % 2]) for moment in range(0, MOMENTS, 2)])
def test_a_sigterm_at_any_moment_exits_75_with_everything_as_before_or_comes_too_late(shop, kind, moment, durations):
    process, before = sigterm_at(shop, kind, moment, durations)
    assert unfinished(shop) == []
    if process.returncode == 0:
        assert_in_line(shop)
    else:
        # Before Python runs a line of ours, the signal alone ends the process.
        assert process.returncode in ({75, -signal.SIGTERM} if moment < STARTING else {75})
        assert state(shop) == before
    assert_one_more_run_is_enough(shop, "rollback")


def sigterm_at(
    shop: Shop, kind: str, moment: int, durations: dict[str, Duration]
) -> tuple[subprocess.Popen[str], tuple[object, ...]]:
    """Stop a run at a moment; returns its process, and how both sides were before."""
    before = state(shop)
    process = shop.start("sync")
    await_moment(shop, process, moment, durations[kind])
    process.terminate()
    process.communicate(timeout=60)
    return process, before
