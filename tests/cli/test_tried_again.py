"""In a directory, a worse exit code hides a pipeline that should be tried again: the run itself tries it again."""

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from cms_server import CmsServer, Fault

from brandsync.cli.pipelines import RETRY_DELAYS, sync_all
from brandsync.config import load_all
from brandsync.errors import BrandsyncError
from brandsync.journal.lease import TIME_TO_LIVE
from brandsync.report.plain import PlainReport
from brandsync.run.result import Result
from brandsync.run.sync import Options

pytestmark = pytest.mark.usefixtures("no_retries")

PIPELINE = """
[cms]
backend = "rest"
url = "{url}"
{more}
[store]
backend = "sql"
url = "sqlite:///{store}.db"
"""
DOWN = "/down"
"""The path under which the CMS of a pipeline answers 503."""


class Ended(PlainReport):
    """Remembers how each try ended."""

    def __init__(self) -> None:
        super().__init__()
        self.codes: list[tuple[str | None, int]] = []
        self.notices: list[str] = []

    def notice(self, text: str) -> None:
        self.notices.append(text)

    def result(self, result: Result) -> None:
        self.codes.append((result.pipeline, result.exit_code))

    def failure(self, error: BrandsyncError) -> None:
        self.codes.append((None, error.exit_code))


@pytest.fixture
def shops(tmp_path: Path, cms: CmsServer) -> Path:
    """Three pipelines: one of a good CMS, one whose configuration is wrong, one of a CMS that is down."""
    cms.entries.update({"a": {"id": "a", "name": "Acme"}})
    directory = tmp_path / "shops"
    directory.mkdir()
    pipelines = {"good": (cms.url, ""), "wrong": (cms.url, "timeuot = 3"), "passing": (cms.url + DOWN, "")}
    for name, (url, more) in pipelines.items():
        (directory / f"{name}.toml").write_text(PIPELINE.format(url=url, more=more, store=name))
    return directory


def synced(shops: Path, report: Ended, delays: Sequence[float], *, dry_run: bool = False) -> int:
    return sync_all(report, load_all(shops), Options(dry_run=dry_run), exit_code=False, delays=delays)


def test_what_can_be_mended_is_tried_again_and_nothing_else(shops: Path, cms: CmsServer) -> None:
    cms.faults.append(Fault("status", path=DOWN))
    report = Ended()
    assert synced(shops, report, [0, 0, 0]) == 78
    assert report.codes == [("good", 0), ("passing", 75), (None, 78), *[("passing", 75)] * 3]


def test_it_is_not_tried_again_once_it_has_ended_well(shops: Path, cms: CmsServer) -> None:
    (shops / "passing.toml").write_text(PIPELINE.format(url=cms.url, more="", store="passing"))
    cms.faults.append(Fault("status", nth=1))
    (shops / "good.toml").unlink()
    report = Ended()
    assert synced(shops, report, [0, 0, 0]) == 78
    assert report.codes == [("passing", 75), (None, 78), ("passing", 0)]


def test_a_75_that_nothing_hides_is_left_to_the_scheduler(shops: Path, cms: CmsServer) -> None:
    cms.faults.append(Fault("status", path=DOWN))
    (shops / "wrong.toml").unlink()
    report = Ended()
    assert synced(shops, report, [0, 0, 0]) == 75
    assert report.codes == [("good", 0), ("passing", 75)]


def test_a_dry_run_tries_nothing_again(shops: Path, cms: CmsServer) -> None:
    cms.faults.append(Fault("status", path=DOWN))
    report = Ended()
    assert synced(shops, report, [0, 0, 0], dry_run=True) == 78
    assert [code for _, code in report.codes].count(75) == 1


def test_the_wait_is_announced(shops: Path, cms: CmsServer) -> None:
    cms.faults.append(Fault("status", path=DOWN))
    report = Ended()
    synced(shops, report, [0])
    assert report.notices[-2:] == ["trying 1 pipeline again in 0 s", "pipeline passing"]


def test_the_tries_outlast_a_dead_runs_lease() -> None:
    assert sum(RETRY_DELAYS) > TIME_TO_LIVE


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_wait_at_once(shops: Path, cms: CmsServer, number: signal.Signals) -> None:
    cms.faults.append(Fault("status", path=DOWN, headers={"Retry-After": "3600"}))
    command = [sys.executable, "-m", "brandsync", "sync", "--config", str(shops)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    while "trying 1 pipeline again in 10 s" not in process.stderr.readline():
        assert process.poll() is None
    time.sleep(0.2)
    asked = time.monotonic()
    process.send_signal(number)
    rest = process.communicate(timeout=60)[1]
    assert (process.returncode, time.monotonic() - asked < 5) == (78, True)
    assert f"error: {number.name} asked this run to stop" in rest
