"""The guide's own workflow and brandsync, side by side: in one Medusa, on one catalogue."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import real_brands
from cms_server import CmsServer
from medusa import Medusa
from shop import Shop, entries

pytestmark = [pytest.mark.live, pytest.mark.slow]

CMS_PORT = 9019
"""Where the workflow in Medusa looks for the CMS: ``CMS_URL`` of the live server."""
WORKFLOW = "sync-brands-from-system"
NOISE = 1.2
"""A whole process is compared with one HTTP call, while the machine does other things too: so much is no difference."""


class Both(Shop):
    """One Medusa, one CMS, and two ways of syncing them."""

    medusa: Medusa

    def guide(self) -> None:
        """Run the guide's workflow once, and wait until nothing comes after it either."""
        self.workflow()
        self.settled()

    def workflow(self) -> None:
        """Run the guide's workflow once: Medusa answers at its end."""
        httpx.post(
            f"{self.medusa.url}/admin/workflows-executions/{WORKFLOW}/run",
            json={"input": {}, "transaction_id": f"t{time.monotonic_ns()}"},
            auth=(self.medusa.facts["secret_key"], ""),
            timeout=600,
        ).raise_for_status()

    def settled(self) -> int:
        """How many brands there are, once their number has stopped growing."""
        count = -1
        while count != (count := len(self.medusa.brands())):
            time.sleep(1)
        return count

    def until(self, reached: Callable[[int], bool]) -> None:
        """Wait for a number of brands."""
        deadline = time.monotonic() + 60
        with self.medusa.sql() as sql:
            sql.autocommit = True
            while not reached(sql.execute("SELECT count(*) AS n FROM brand").fetchone()["n"]):
                assert time.monotonic() < deadline
                time.sleep(0.01)


@pytest.fixture
def both(started: Any, tmp_path: Path, sqlite_url: str) -> Iterator[Both]:
    medusa = started(Medusa)
    medusa.reset()
    with CmsServer(port=CMS_PORT) as cms, Both(tmp_path, cms, sqlite_url) as both:
        both.medusa = medusa
        both.sections["store"] = medusa.settings()
        both.set("journal", url=sqlite_url)
        yield both


def fill(both: Both, count: int) -> None:
    for entry in entries(count):
        both.cms.entries[entry["id"]] = entry


def test_the_guide_duplicates_and_brandsync_does_not(both: Both) -> None:
    fill(both, 50)
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
    fill(both, 2_000)
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
    fill(both, 2_000)
    process = both.start("sync")
    both.until(lambda count: count > 0)
    process.kill()
    process.communicate()
    assert both.sync()["exit_code"] == 0
    assert len(both.medusa.brands()) == 2_000
    assert sorted(both.external_ids().values()) == sorted(both.medusa.brands())
    assert both.sync()["counts"]["unchanged"] == 2_000


def test_all_real_brands_are_created_left_alone_and_updated_faster_than_by_the_guide(
    both: Both, record_property: Any
) -> None:
    entries = [{"id": brand["id"], "name": brand["name"], "external_id": None} for brand in real_brands.load()]
    count = len(entries)
    both.cms.entries |= {entry["id"]: entry for entry in entries}
    both.sections["cms.fields"] = {"name": "name"}
    both.set("sync", link="journal").set("safety", max_creates="100%", max_updates="100%")

    def anew(work: Callable[[], object]) -> float:
        both.medusa.reset()
        return timed(work)

    guide = min(anew(both.workflow), anew(both.workflow))
    assert both.settled() == count
    first = anew(lambda: told(both, "created", count))
    both.execute("DELETE FROM brandsync_link")
    seconds = {"created": (guide, min(first, anew(lambda: told(both, "created", count))))}

    ids = dict(both.query("SELECT cms_id, brand_id FROM brandsync_link"))
    for entry in both.cms.entries.values():
        entry["external_id"] = ids[entry["id"]]  # or else the guide creates them all again
    ours = timed(lambda: told(both, "unchanged", count))
    seconds["unchanged"] = (timed(both.workflow), ours)
    assert len(both.medusa.brands()) == count

    rename(both, "today")
    ours = timed(lambda: told(both, "updated", count))
    rename(both, "tomorrow")
    seconds["updated"] = (timed(both.workflow), ours)
    assert all(brand["name"].endswith("tomorrow") for brand in both.medusa.brands().values())

    for work, (guide, ours) in seconds.items():
        record_property(
            "tried", f"{count} real brands {work} in Medusa: the guide {guide:.1f} s, brandsync {ours:.1f} s"
        )
    assert all(ours < NOISE * guide for guide, ours in seconds.values()), seconds


def timed(work: Callable[[], object]) -> float:
    """The seconds that it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def told(both: Both, counted: str, count: int) -> None:
    """Run the command itself, start-up and all, and have it say that it did so much."""
    ended = both.run("sync", "--output", "json")
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["counts"][counted] == count


def rename(both: Both, day: str) -> None:
    """Let an editor rename every brand."""
    for entry in both.cms.entries.values():
        entry["name"] = f"{entry['name'].partition(' of ')[0]} of {day}"
