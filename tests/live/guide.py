"""The guide's own workflow and brandsync, side by side: in one Medusa, on one catalogue."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from cms_server import CmsServer
from medusa import Medusa
from shop import Shop, entries

CMS_PORT = 9019
"""Where the workflow in Medusa looks for the CMS: ``CMS_URL`` of the live server."""
WORKFLOW = "sync-brands-from-system"
Seconds = tuple[float, float]
"""What the guide's workflow takes, and what brandsync takes."""


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

    def brandsync(self, counted: str, count: int) -> None:
        """Run the command itself, start-up and all, and have it say that it did so much."""
        ended = self.run("sync", "--output", "json")
        assert ended.returncode == 0, ended.stderr
        assert json.loads(ended.stdout)["counts"][counted] == count

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

    def fill(self, count: int) -> None:
        """Publish so many entries."""
        for entry in entries(count):
            self.cms.entries[entry["id"]] = entry

    def rename(self, day: str) -> None:
        """Let an editor rename every brand."""
        for entry in self.cms.entries.values():
            entry["name"] = f"{entry['name'].partition(' of ')[0]} of {day}"


@contextmanager
def both_ways(medusa: Medusa, directory: Path, journal: str) -> Iterator[Both]:
    """An empty CMS where the workflow looks for it, an emptied Medusa, and brandsync's journal at an URL."""
    medusa.reset()
    with CmsServer(port=CMS_PORT) as cms, Both(directory, cms, journal) as both:
        both.medusa = medusa
        both.sections["store"] = medusa.settings()
        both.set("journal", url=journal)
        yield both


def race(both: Both, brands: Sequence[dict[str, Any]]) -> dict[str, Seconds]:
    """Both at the same work, one right after the other: all brands created, none changed, all renamed.

    The guide's is one HTTP call; brandsync's is a whole process, with its start-up and its journal.
    """
    count = len(brands)
    published = [{"id": brand["id"], "name": brand["name"], "external_id": None} for brand in brands]
    both.cms.entries |= {entry["id"]: entry for entry in published}
    both.sections["cms.fields"] = {"name": "name"}
    both.set("sync", link="journal").set("safety", max_creates="100%", max_updates="100%")

    def anew(work: Callable[[], object]) -> float:
        both.medusa.reset()
        return _timed(work)

    guide = min(anew(both.workflow), anew(both.workflow))
    assert both.settled() == count
    first = anew(lambda: both.brandsync("created", count))
    both.execute("DELETE FROM brandsync_link")
    seconds = {"created": (guide, min(first, anew(lambda: both.brandsync("created", count))))}

    ids = dict(both.query("SELECT cms_id, brand_id FROM brandsync_link"))
    for entry in both.cms.entries.values():
        entry["external_id"] = ids[entry["id"]]  # or else the guide creates them all again
    ours = _timed(lambda: both.brandsync("unchanged", count))
    seconds["unchanged"] = (_timed(both.workflow), ours)
    assert len(both.medusa.brands()) == count

    both.rename("today")
    ours = _timed(lambda: both.brandsync("updated", count))
    both.rename("tomorrow")
    seconds["updated"] = (_timed(both.workflow), ours)
    assert all(brand["name"].endswith("tomorrow") for brand in both.medusa.brands().values())
    return seconds


def _timed(work: Callable[[], object]) -> float:
    """The seconds that it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
