"""The guide's own workflow and brandsync, side by side: in one Medusa, on one catalogue."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import real_brands
from guide import Both, both_ways, race
from medusa import Medusa

pytestmark = [pytest.mark.live, pytest.mark.slow]

NOISE = 1.2
"""A whole process is compared with one HTTP call, while the machine does other things too: so much is no difference."""


@pytest.fixture
def both(started: Any, tmp_path: Path, sqlite_url: str) -> Iterator[Both]:
    with both_ways(started(Medusa), tmp_path, sqlite_url) as both:
        yield both


def test_the_guide_duplicates_and_brandsync_does_not(both: Both) -> None:
    both.fill(50)
    both.guide()
    both.guide()
    assert both.settled() == 100, "the guide's workflow creates what it has created before"

    both.medusa.reset()
    for _ in range(2):
        assert both.sync()["exit_code"] == 0
    assert len(both.medusa.brands()) == 50
    assert sorted(both.external_ids().values()) == sorted(both.medusa.brands())


def test_after_kill_9_the_guide_leaves_orphans_and_brandsync_does_not(both: Both) -> None:
    linked = [{"id": f"01J{number:023}", "name": f"Linked {number}"} for number in range(5_000)]
    both.medusa.insert_many(linked)
    for brand in linked:
        both.cms.entries[brand["id"]] = {"id": brand["id"], "name": "New name", "external_id": brand["id"]}
    both.fill(2_000)
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(both.guide)
        both.until(lambda count: count > 5_000)
        both.medusa.kill()
        assert isinstance(run.exception(), httpx.HTTPError), "it was still at its updates"
    both.medusa.up()
    assert both.settled() == 7_000, "2,000 created brands stay, and nothing resumes or takes back"
    both.guide()
    assert both.settled() == 9_000, "the next run doubles them"

    both.medusa.reset()
    both.cms.entries.clear()
    both.fill(2_000)
    process = both.start("sync")
    both.until(lambda count: count > 0)
    process.kill()
    process.communicate()
    assert both.sync()["exit_code"] == 0
    assert len(both.medusa.brands()) == 2_000
    assert sorted(both.external_ids().values()) == sorted(both.medusa.brands())
    assert both.sync()["counts"]["unchanged"] == 2_000


@pytest.mark.alone
def test_all_real_brands_are_created_left_alone_and_updated_faster_than_by_the_guide(
    both: Both, record_property: Any
) -> None:
    brands = real_brands.load()
    seconds = race(both, brands)
    for work, (guide, ours) in seconds.items():
        record_property(
            "tried", f"{len(brands)} real brands {work} in Medusa: the guide {guide:.1f} s, brandsync {ours:.1f} s"
        )
    assert all(ours < NOISE * guide for guide, ours in seconds.values()), seconds
