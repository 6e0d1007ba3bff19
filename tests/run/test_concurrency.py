"""Two at once: runs, undos and recoveries of one pipeline, and a process that was stopped for too long."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cms_server import Fault
from databases import fresh_database
from extent import enough
from shop import Shop, WatchedCms

pytestmark = pytest.mark.slow

TIME_TO_LIVE = 1.5
"""Seconds that a lease holds in these tests."""
HURRIED = f"""
import sys
from brandsync.journal import Lease
from brandsync.cms.rest.links import Links
from brandsync.database.kinds import Limits
Links.threads = 1  # so that nothing is on its way besides the request that is looked at
Lease.time_to_live = {TIME_TO_LIVE}
Limits.lock_seconds = 2
{{also}}
from brandsync.cli import main
main()
"""
STOP_BEFORE_COMMIT = """
import os, signal
from brandsync.stores.sql.rows import Rows
insert = Rows.insert
def stopped(*args, **kwargs):
    made = insert(*args, **kwargs)
    print("stopped", file=sys.stderr, flush=True)
    os.kill(os.getpid(), signal.SIGSTOP)
    return made
Rows.insert = stopped
"""
SHOPS = ("sqlite", "postgresql, journal elsewhere")
"""One whose lease and brands commit as one, and one with a server and the lease elsewhere."""


ALL = (*SHOPS, "postgresql", "mysql")


@pytest.fixture(params=enough(SHOPS, of=ALL))
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """A shop of six brands; four more are to be created."""
    kind, _, elsewhere = request.param.partition(", ")
    with fresh_database(kind, tmp_path) as url, WatchedCms() as cms, Shop(tmp_path, cms, url) as shop:
        if elsewhere:
            shop.set("journal", url=f"sqlite:///{tmp_path}/journal.db")
        shop.sync_and_publish_more(6, 4)
        cms.patches = 0
        yield shop


def state(shop: Shop) -> tuple[Any, ...]:
    return shop.names(), shop.external_ids()


def hurried(shop: Shop, *arguments: str, also: str = "") -> subprocess.Popen[str]:
    """The command as a process, with leases that run out soon."""
    program = HURRIED.format(also=also)
    command = [sys.executable, "-c", program, *arguments, "--config", str(shop.config)]
    return subprocess.Popen(
        command, cwd=shop.directory, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    )


BOTH = [("sync", "sync"), ("sync", "undo last"), ("sync", "recover"), ("undo last", "sync")]


@pytest.mark.parametrize("shop", enough(SHOPS[:1], of=ALL), indirect=True)
@pytest.mark.parametrize(("one", "another"), BOTH)
def test_while_one_is_at_work_no_other_is(shop, one, another):
    """Whatever is begun in the middle of a run or an undo exits 75 and leaves no trace."""
    if one == "undo last":
        assert shop.sync()["exit_code"] == 0
        shop.cms.patches = 0
    ends: list[int] = []
    shop.cms.acts[2] = lambda: ends.append(shop.run(*another.split()).returncode)
    ran = shop.run(*one.split())
    assert (ran.returncode, ends) == (0, [75]), ran.stderr
    assert len(shop.names()) == (6 if one == "undo last" else 10)
    assert shop.sync()["exit_code"] == 0
    assert shop.is_in_line()


@pytest.mark.parametrize("shop", enough(SHOPS[1:], of=ALL), indirect=True)
def test_of_many_that_begin_at_once_one_works_at_a_time(shop):
    processes = [shop.start("sync") for _ in range(6)]
    ends = [(process.communicate(timeout=120), process.returncode) for process in processes]
    codes = sorted(code for _, code in ends)
    assert set(codes) <= {0, 75}, ends
    assert codes[0] == 0
    assert shop.is_in_line()
    assert len(shop.names()) == 10


@pytest.mark.parametrize(("nth", "status"), [(1, None), (2, 503)])
def test_a_run_that_was_stopped_for_too_long_writes_nothing_more(shop, nth, status):
    """It is stopped while a request is under way; a refusal would make it try again."""
    process = hurried(shop, "sync")
    shop.cms.acts[nth] = lambda: process.send_signal(signal.SIGSTOP)
    if status:
        shop.cms.faults = [Fault("status", "PATCH", nth=nth + 1, status=status)]
    while shop.cms.patches < nth:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    time.sleep(TIME_TO_LIVE + 0.3)
    shop.cms.faults = []
    other = hurried(shop, "sync")
    out, err = other.communicate(timeout=60)
    assert other.returncode == 0, err
    assert "rolled_back" in out
    assert shop.is_in_line()
    before, patches = state(shop), shop.cms.patches
    process.send_signal(signal.SIGCONT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 75, err
    assert "another run took over" in err
    assert (state(shop), shop.cms.patches) == (before, patches)
    assert shop.sync()["changes"] == []


def test_a_transaction_that_was_open_for_too_long_is_not_committed(shop):
    """Where the journal is elsewhere, another run may take over meanwhile; elsewise it has to wait."""
    process = hurried(shop, "sync", also=STOP_BEFORE_COMMIT)
    assert process.stderr
    assert "stopped\n" in iter(process.stderr.readline, "")
    time.sleep(TIME_TO_LIVE + 0.3)
    taken_over = hurried(shop, "recover")
    out, err = taken_over.communicate(timeout=120)
    process.send_signal(signal.SIGCONT)
    process.communicate(timeout=60)
    if "url" in shop.sections.get("journal", {}):
        assert (taken_over.returncode, process.returncode) == (0, 75), out + err
        assert len(shop.names()) == 6
    else:
        assert (taken_over.returncode, process.returncode) == (75, 0), out + err
    assert shop.sync()["exit_code"] == 0
    assert shop.is_in_line()
    assert len(shop.names()) == 10


@pytest.mark.parametrize("shop", ["postgresql", "mysql"], indirect=True)
def test_a_server_does_not_wait_for_ever_for_a_run_that_was_stopped(shop):
    """It ends the transaction, so that the next run can take over. SQLite has none: the file stays locked."""
    process = hurried(shop, "sync", also="Limits.idle_seconds = 1\n" + STOP_BEFORE_COMMIT)
    assert process.stderr
    assert "stopped\n" in iter(process.stderr.readline, "")
    time.sleep(TIME_TO_LIVE + 0.3)
    other = hurried(shop, "sync")
    out, err = other.communicate(timeout=60)
    assert other.returncode == 0, out + err
    process.send_signal(signal.SIGCONT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 75, err
    assert shop.is_in_line()
    assert len(shop.names()) == 10


def test_an_undo_that_was_stopped_for_too_long_writes_nothing_more(shop):
    assert shop.sync()["exit_code"] == 0
    shop.cms.patches = 0
    process = hurried(shop, "undo", "last")
    shop.cms.acts[2] = lambda: process.send_signal(signal.SIGSTOP)
    while shop.cms.patches < 2:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    time.sleep(TIME_TO_LIVE + 0.3)
    other = hurried(shop, "recover")
    out, err = other.communicate(timeout=60)
    assert other.returncode == 0, out + err
    before, patches = state(shop), shop.cms.patches
    process.send_signal(signal.SIGCONT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, state(shop), shop.cms.patches) == (75, before, patches), err
    assert shop.is_in_line()
    assert len(shop.names()) == 10
