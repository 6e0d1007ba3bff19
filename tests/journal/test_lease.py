"""Of all runs of a pipeline, one may write."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest
from peewee import Database

from brandsync.database import connect
from brandsync.errors import LeaseHeld, LeaseLost
from brandsync.journal import Journal, Lease

MANY = 6
"""Runs that begin at once."""
HOLDER = """
import sys, time
from brandsync.database import connect
from brandsync.journal import Lease
lease = Lease(connect(sys.argv[1]), "shop", "DEAD")
lease.acquire()
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def lock_files_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Runs of these tests share their names, and tests run at the same time."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = connect(database_url)
    Journal(database, "shop", "test").prepare()
    yield database
    database.close()


def elsewhere(database: Database, seconds: float) -> None:
    """A run on another machine has the lease, and still for so many seconds."""
    lease = Lease(database, "shop", "ELSEWHERE")
    lease.acquire()
    lease._unlock()
    database.execute_sql(
        f"UPDATE brandsync_lease SET lock_file = '/not/here', expires_at = expires_at - 60 + {seconds}"
    )


def expiry(database: Database) -> float:
    """When the lease ends, as its table has it."""
    return float(database.execute_sql("SELECT expires_at FROM brandsync_lease").fetchone()[0])


def await_true(holds: Callable[[], bool]) -> None:
    """Wait until it holds: for a minute at most, on a machine that is busy."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)


def test_a_second_run_is_told_who_is_at_work(database):
    first = Lease(database, "shop", "FIRST")
    first.acquire()
    with pytest.raises(LeaseHeld, match="FIRST") as refused:
        Lease(database, "shop", "SECOND").acquire()
    assert refused.value.exit_code == 75
    first.release()
    second = Lease(database, "shop", "SECOND")
    second.acquire()
    second.release()


def test_pipelines_do_not_stand_in_each_others_way(database):
    one, other = Lease(database, "shop", "ONE"), Lease(database, "other shop", "TWO")
    one.acquire()
    other.acquire()
    other.release()
    one.release()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # a file tells that it is dead
def test_a_dead_run_on_this_machine_is_taken_over_at_once(database, database_url):
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, database_url], stdout=subprocess.PIPE, text=True)
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(LeaseHeld):
            Lease(database, "shop", "NEXT").acquire()
        holder.kill()
        holder.wait()
        lease = Lease(database, "shop", "NEXT")
        lease.acquire()
        lease.release()


def test_a_run_elsewhere_is_left_alone_until_its_time_is_up(database):
    elsewhere(database, 60)
    with pytest.raises(LeaseHeld):
        Lease(database, "shop", "NEXT").acquire()
    database.execute_sql("UPDATE brandsync_lease SET expires_at = expires_at - 61")
    lease = Lease(database, "shop", "NEXT")
    lease.acquire()
    lease.release()


def test_a_run_that_was_taken_over_notices_before_it_writes(database):
    slow = Lease(database, "shop", "SLOW")
    slow.acquire()
    database.execute_sql("UPDATE brandsync_lease SET expires_at = 0")
    quick = Lease(database, "shop", "QUICK")
    quick.acquire()
    with pytest.raises(LeaseLost) as lost:
        slow.renew()
    assert lost.value.exit_code == 75
    slow.release()
    quick.renew()
    quick.release()


def test_a_lease_is_renewed_in_the_background(database):
    lease = Lease(database, "shop", "LONG")
    lease.time_to_live = 3.0
    lease.acquire()
    first = expiry(database)
    lease.keep()
    await_true(lambda: expiry(database) > first)
    lease.release()


def test_the_background_stops_when_the_lease_is_lost_or_the_journal_is_gone(database):
    lease = Lease(database, "shop", "LOST")
    lease.time_to_live = 0.1
    lease.acquire()
    lease.keep()
    database.execute_sql("UPDATE brandsync_lease SET run = 'OTHER'")
    assert lease._thread is not None
    lease._thread.join(60)
    assert not lease._thread.is_alive()
    lease.release()


def test_confirming_asks_the_journal_only_when_it_may_be_too_late(database):
    lease = Lease(database, "shop", "RUN")
    lease.acquire()
    database.execute_sql("UPDATE brandsync_lease SET run = 'OTHER'")
    lease.confirm()
    lease._confirmed -= 31
    with pytest.raises(LeaseLost):
        lease.confirm()
    lease.release()


@pytest.mark.parametrize("seen", ["a dead run", "nothing"])
def test_of_many_that_begin_at_once_one_gets_the_lease(database, database_url, seen):
    if seen == "a dead run":
        elsewhere(database, 0)
    start, leases = Barrier(MANY), list[Lease]()

    def begin(number: int) -> bool:
        with closing(connect(database_url)) as own:
            own.connect()
            leases.append(lease := Lease(own, "shop", f"RUN{number}"))  # its file is held as long as it lives
            start.wait()
            try:
                lease.acquire()
            except LeaseHeld:
                return False
            return True

    with ThreadPoolExecutor(MANY) as pool:
        assert sum(pool.map(begin, range(MANY))) == 1
