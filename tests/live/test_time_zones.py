"""Runs of one pipeline at moments and in zones where local time jumps: all that is kept is in UTC."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import debian
import pytest
from cms_server import CmsServer
from live_server import NotHereError
from shop import Shop, entries

pytestmark = pytest.mark.live

Run = Callable[[datetime, str], dict[str, Any]]

FORWARD = ("Europe/Berlin", datetime(2026, 3, 29, 1, 0, tzinfo=UTC))
"""02:00 is followed by 03:00."""
BACK = ("Europe/Berlin", datetime(2026, 10, 25, 1, 0, tzinfo=UTC))
"""03:00 is followed by 02:00."""
AT_MIDNIGHT = ("America/Havana", datetime(2026, 11, 1, 5, 0, tzinfo=UTC))
"""01:00 is followed by 00:00: the daily line's time comes twice."""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with CmsServer() as cms, Shop(tmp_path, cms, f"sqlite:///{tmp_path / 'shop.db'}") as shop:
        yield shop.set("cms", changed_since_param="updated_since")


@pytest.fixture
def run(shop: Shop) -> Run:
    """Runs a sync at a moment, on a machine in a zone."""
    try:
        faketime = debian.have("faketime", program="faketime")
    except NotHereError as lack:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(lack))

    def run(moment: datetime, zone: str) -> dict[str, Any]:
        offset = (moment - datetime.now(UTC)).total_seconds()
        ended = subprocess.run(
            [faketime, "-f", f"{offset:+.0f}s", *shop.command("sync", "--output", "json")],
            env=os.environ | {"TZ": zone},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        result: dict[str, Any] = json.loads(ended.stdout)
        return result

    return run


@pytest.mark.parametrize(("zone", "jump"), [FORWARD, BACK, AT_MIDNIGHT])
def test_no_edit_is_missed_and_no_run_is_out_of_order_where_the_clock_jumps(
    shop: Shop, run: Run, zone: str, jump: datetime
) -> None:
    shop.publish(*entries(3))
    for entry in shop.cms.entries.values():
        entry["updated_at"] = (jump - timedelta(days=2)).isoformat()
    moments = [jump + timedelta(minutes=minutes) for minutes in (-90, -30, 30, 90)]
    runs = [run(moments[0], zone)]
    for moment in moments[1:]:
        shop.cms.edit(
            "e0", name=f"Edited before {moment:%H:%M}", updated_at=(moment - timedelta(minutes=5)).isoformat()
        )
        runs.append(run(moment, zone))
    assert [result["counts"]["updated"] for result in runs] == [0, 1, 1, 1]
    ids = [result["run"] for result in runs]
    assert ids == sorted(ids)
    started = [datetime.fromisoformat(row[0]) for row in shop.query("SELECT started_at FROM brandsync_run ORDER BY id")]
    assert all(abs(found - moment) < timedelta(minutes=1) for found, moment in zip(started, moments, strict=True))


def test_machines_in_different_zones_share_a_pipeline(shop: Shop, run: Run) -> None:
    now = datetime.now(UTC)
    shop.cms.add({"id": "a", "name": "A", "external_id": None, "updated_at": (now - timedelta(hours=2)).isoformat()})
    run(now, "Pacific/Kiritimati")
    shop.cms.edit("a", name="B", updated_at=(now + timedelta(seconds=30)).isoformat())
    assert run(now + timedelta(minutes=1), "Pacific/Niue")["counts"]["updated"] == 1
    assert run(now + timedelta(minutes=2), "UTC")["counts"]["updated"] == 0
