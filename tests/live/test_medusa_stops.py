"""Medusa is stopped in the middle of a run and started again: the run is finished or taken back, never in between."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cms_server import CmsServer
from extent import AT_NIGHT
from medusa import Medusa
from shop import Shop, entries
from test_guide_in_medusa import Both

pytestmark = [pytest.mark.live, pytest.mark.slow]

COUNT = 3_000


@pytest.fixture
def both(started: Any, tmp_path: Path, sqlite_url: str) -> Iterator[Both]:
    medusa = started(Medusa)
    medusa.up()
    medusa.reset()
    with CmsServer(entries(COUNT)) as cms, Both(tmp_path, cms, sqlite_url) as both:
        both.medusa = medusa
        both.sections["store"] = medusa.settings(batch=1_000)
        both.set("journal", url=sqlite_url)
        yield both


def is_in_line(both: Shop, medusa: Medusa) -> bool:
    brands = medusa.brands()
    return sorted(both.external_ids().values(), key=str) == sorted(brands) and {
        brand["name"] for brand in brands.values()
    } == {entry["name"] for entry in both.cms.entries.values()}


def test_a_medusa_that_is_back_soon_does_not_end_the_run(both: Both) -> None:
    process = both.start("sync", "--output", "json")
    both.until(lambda count: count > 0)
    both.medusa.kill()
    both.medusa.up()
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert json.loads(out)["counts"]["created"] == COUNT
    assert is_in_line(both, both.medusa)


@AT_NIGHT
def test_a_medusa_that_stays_away_is_put_in_order_by_the_next_run(both: Both) -> None:
    process = both.start("sync", "--output", "json")
    both.until(lambda count: count > 0)
    both.medusa.kill()
    out, err = process.communicate(timeout=300)
    assert process.returncode in {74, 75}, err
    assert json.loads(out)["error"]

    both.medusa.up()
    after = both.sync()
    assert after["exit_code"] == 0, json.dumps(after)[:2000]
    assert is_in_line(both, both.medusa)
    assert both.sync()["counts"]["unchanged"] == COUNT
