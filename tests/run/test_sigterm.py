"""SIGTERM in the middle of a large run, as a drained node or a deadline sends it."""

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from databases import fresh_database
from extent import enough
from pipelines import catalogue
from shop import CmsProcess, Shop, entries

pytestmark = pytest.mark.slow

BRANDS = {"links in the journal": enough(30_000, of=100_000), "links in the CMS too": enough(2_000, of=20_000)}
"""A write-back costs a request."""
CRON_JOB = Path(__file__).parents[2] / "k8s" / "base" / "cronjob.yaml"


def grace_period() -> float:
    """The seconds that the manifests give a pod to end."""
    job = yaml.safe_load(CRON_JOB.read_text("utf-8"))["spec"]["jobTemplate"]["spec"]
    return float(job["template"]["spec"]["terminationGracePeriodSeconds"])


@pytest.fixture(params=BRANDS)
def large(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Shop, int]]:
    """A shop with nothing in it yet, and a CMS with many brands; and how many."""
    brands = BRANDS[request.param]
    paged: dict[str, Any] = {"paging": "page", "page_size": 1_000, "total": "header:X-Total-Count"}
    if request.param == "links in the CMS too":
        file = tmp_path / "brands.json"
        file.write_text(json.dumps(list(entries(brands))))
        served = CmsProcess("--file", str(file), "--paging", "page", "--total", "header")
        with served as cms, fresh_database("postgresql", tmp_path) as database, Shop(tmp_path, cms, database) as shop:
            yield shop.set("cms", **paged), brands
        return
    with (
        catalogue(brands) as url,
        fresh_database("sqlite", tmp_path) as database,
        Shop(tmp_path, NoServer(url), database) as shop,
    ):
        yield shop.set("cms", **paged).set("sync", link="journal"), brands


class NoServer:
    """A CMS that another program serves."""

    def __init__(self, url: str) -> None:
        self.url = url


def made(shop: Shop) -> int:
    """How many brands the store has; none while it has no table."""
    try:
        return int(shop.query("SELECT count(*) FROM brand")[0][0])
    except Exception:  # noqa: BLE001 - whatever this database calls a table that isn't there
        return 0


def test_a_large_run_is_rolled_back_within_the_grace_period_and_the_next_one_goes_on(
    large: tuple[Shop, int], record_property: Any
) -> None:
    shop, brands = large
    with shop.start("sync", "--output", "json") as process:
        while made(shop) < brands // 3:
            assert process.poll() is None
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        output, errors = process.communicate(timeout=grace_period())
    seconds, result = time.monotonic() - began, json.loads(output)
    record_property("tried", f"SIGTERM after a third of {brands} brands: rolled back in {seconds:.1f} s")
    assert process.returncode == 75, errors
    assert (result["status"], result["kept"], result["failed"]) == ("rolled_back", [], [])
    assert made(shop) == 0
    if isinstance(shop.cms, CmsProcess):
        assert not [entry for entry in shop.cms.entries.values() if entry.get("external_id")]

    ended = shop.run("sync", "--output", "json")
    assert ended.returncode == 0, ended.stderr
    assert made(shop) == brands
    assert json.loads(ended.stdout)["recovered"] == []
