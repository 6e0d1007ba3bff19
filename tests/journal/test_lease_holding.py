"""How a lease is held, lost and told of, moment by moment."""

import os
import socket
import sqlite3
import stat
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from databases import run

from brandsync.database import connect
from brandsync.errors import LeaseHeld, LeaseLost
from brandsync.journal import Journal, Lease


@pytest.fixture(autouse=True)
def lock_files_of_its_own(monkeypatch, tmp_path):
    """Runs of these tests share their names, and tests run at the same time."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


@pytest.fixture
def database(sqlite_url):
    with closing(connect(sqlite_url)) as database:
        Journal(database, "shop", "test").prepare()
        yield database


def taken(database, run="RUN", pipeline="shop", *, time_to_live=Lease.time_to_live):
    lease = Lease(database, pipeline, run)
    lease.time_to_live = time_to_live
    lease.acquire()
    return lease


def dead(database, run="DEAD"):
    """A run of this machine that died: its row and its file are there, and nobody holds the file."""
    lease = taken(database, run)
    lease._lock.release()
    return Path(lease._lock.lock_file)


def row(database, pipeline="shop"):
    """Run, renewals, and for how many seconds the lease still holds."""
    statement = (
        "SELECT run, renewals, expires_at - (julianday('now') - 2440587.5) * 86400.0, host FROM brandsync_lease"
        " WHERE pipeline = ?"
    )
    return database.execute_sql(statement, [pipeline]).fetchone()


def await_renewal(database):
    """Wait until a lease has been renewed: for a minute at most, on a machine that is busy."""
    deadline = time.monotonic() + 60
    while row(database)[1] == 0:
        assert time.monotonic() < deadline, "nobody renews it"
        time.sleep(0.02)


def test_who_is_told_to_wait_is_told_for_whom(database):
    first = taken(database, "FIRST")
    with pytest.raises(LeaseHeld) as refused:
        taken(database, "SECOND")
    first.release()
    assert refused.value.message == f"another run of 'shop' is at work: FIRST on {socket.gethostname()}"
    assert refused.value.hint == "try again when it is done: `brandsync runs` shows how it stands"
    assert not Path(Lease(database, "shop", "SECOND")._lock.lock_file).exists()


def test_a_lease_holds_for_a_minute_and_for_another_one_from_when_it_is_renewed(database):
    lease = taken(database)
    run, renewals, seconds, host = row(database)
    assert (run, renewals, host) == ("RUN", 0, socket.gethostname())
    assert 30 < seconds <= 60.1
    database.execute_sql("UPDATE brandsync_lease SET expires_at = expires_at - 50")
    lease.renew()
    _, renewals, seconds, _ = row(database)
    assert renewals == 1
    assert 30 < seconds <= 60.1


def test_only_its_owner_may_read_a_lock_file(database):
    lease = taken(database)
    assert stat.S_IMODE(Path(lease._lock.lock_file).stat().st_mode) == 0o600


def test_a_dead_run_of_this_machine_is_taken_over_at_once_and_its_file_goes_when_that_is_durable(database):
    file = dead(database)
    lease = taken(database)
    assert row(database)[:2] == ("RUN", 1)
    assert file.exists()
    lease.keep()
    assert not file.exists()
    lease.release()


def test_a_file_that_somebody_has_cleaned_away_does_no_harm(database):
    file = dead(database)
    lease = taken(database)
    file.unlink()
    lease.keep()
    Path(lease._lock.lock_file).unlink()
    lease.release()
    assert row(database) is None


@pytest.mark.parametrize("kind", ["another name", "a link", "a folder", "missing", "somebody else's", "an odd run"])
def test_a_file_that_is_not_the_dead_runs_own_says_nothing_and_is_left(database, tmp_path, monkeypatch, kind):
    file = dead(database)
    other = tmp_path / "precious"
    other.write_text("kept")
    if kind == "another name":
        database.execute_sql("UPDATE brandsync_lease SET lock_file = ?", [str(other)])
    elif kind == "somebody else's":
        monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    elif kind == "an odd run":
        odd = tmp_path / "brandsync-A.B.lock"
        odd.touch()
        database.execute_sql("UPDATE brandsync_lease SET run = 'A.B', lock_file = ?", [str(odd)])
    else:
        file.unlink()
        if kind == "a link":
            file.symlink_to(other)
        if kind == "a folder":
            file.mkdir()
    with pytest.raises(LeaseHeld):
        taken(database)
    database.execute_sql("UPDATE brandsync_lease SET expires_at = 0")
    lease = taken(database)
    lease.keep()
    lease.release()
    assert other.read_text() == "kept"
    if kind not in {"missing", "another name"}:
        assert file.is_symlink() or file.exists()


OLD = "INSERT INTO brandsync_lease VALUES ('shop', 'OLD', 3, 0, 'elsewhere', '/not/here')"
"""A run of another machine, whose time is up."""


def meanwhile(database, sqlite_url, statement):
    """Somebody else does this once the lease has been looked at, just before it is written."""
    waiting = [statement]

    def act(sql):
        if sql.startswith(("UPDATE", "INSERT")) and waiting:
            run(sqlite_url, waiting.pop())

    database.connect(reuse_if_open=True)
    database.connection().set_trace_callback(act)


@pytest.mark.parametrize(
    ("there", "act", "held"),
    [
        (True, "UPDATE brandsync_lease SET run = 'FASTER', renewals = 4", ("FASTER", 4)),
        (True, "UPDATE brandsync_lease SET run = 'FASTER'", ("FASTER", 3)),
        (True, "UPDATE brandsync_lease SET renewals = 4", ("OLD", 4)),
        (False, OLD, ("OLD", 3)),
    ],
    ids=["taken over", "taken over by a first run", "renewed", "taken first"],
)
def test_whoever_takes_or_renews_a_lease_meanwhile_keeps_it(database, sqlite_url, there, act, held):
    if there:
        database.execute_sql(OLD)
    meanwhile(database, sqlite_url, act)
    with pytest.raises(LeaseHeld, match="another run of 'shop' is at work: that was faster on another machine"):
        taken(database)
    assert row(database)[:2] == held


def test_each_take_over_counts_as_a_renewal(database):
    database.execute_sql(OLD)
    taken(database)
    assert row(database)[:2] == ("RUN", 4)


def test_what_one_pipeline_does_with_its_lease_leaves_anothers_alone(database):
    lease = taken(database)
    database.execute_sql("INSERT INTO brandsync_lease VALUES ('other', 'RUN', 0, 0, 'elsewhere', '/not/here')")
    lease.renew()
    assert row(database, "other")[:2] == ("RUN", 0)
    lease.release()
    assert row(database) is None
    assert row(database, "other")[:2] == ("RUN", 0)
    database.execute_sql("INSERT INTO brandsync_lease VALUES ('shop', 'RUN', 0, 0, 'elsewhere', '/not/here')")
    taken(database, "NEXT")
    assert (row(database)[0], row(database, "other")[0]) == ("NEXT", "RUN")


def test_a_run_that_was_taken_over_is_told_that_nothing_is_left_to_do(database):
    lease = taken(database)
    database.execute_sql("UPDATE brandsync_lease SET run = 'OTHER'")
    with pytest.raises(LeaseLost) as lost:
        lease.renew()
    assert lost.value.message == "run RUN was away for so long that another run took over"
    assert lost.value.hint == "nothing to do: the other run has undone what this one had begun"


def test_a_lease_is_sure_for_half_a_minute_after_it_was_renewed(database):
    lease = taken(database)
    lease._confirmed -= 29
    database.execute_sql("UPDATE brandsync_lease SET renewals = 7")
    lease.confirm()
    assert row(database)[1] == 7
    lease._confirmed -= 2
    lease.confirm()
    assert row(database)[1] == 8
    lease.confirm()
    assert row(database)[1] == 8


def test_a_run_confirms_its_lease_within_its_own_transaction(database):
    lease = taken(database)
    lease._confirmed -= 31
    with database.atomic():
        lease.confirm()
    assert row(database)[1] == 1


def test_another_thread_confirms_it_by_a_connection_of_its_own_and_leaves_none(database):
    lease = taken(database)
    lease._confirmed -= 31
    left = []

    def work():
        lease.confirm()
        left.append(database.is_closed())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert left == [True]
    assert row(database)[1] == 1


def test_a_lease_is_renewed_three_times_in_its_life_by_a_thread_that_keeps_no_process_alive(database):
    lease = taken(database, time_to_live=0.9)
    lease.keep()
    assert lease._thread.daemon is True
    await_renewal(database)
    lease.release()
    assert not lease._thread.is_alive()


def test_a_journal_that_is_away_for_a_moment_does_not_end_the_renewing(database):
    lease = taken(database, time_to_live=0.15)
    database.execute_sql("ALTER TABLE brandsync_lease RENAME TO away")
    lease.keep()
    time.sleep(0.2)
    assert lease._thread.is_alive()
    database.execute_sql("ALTER TABLE away RENAME TO brandsync_lease")
    await_renewal(database)
    lease.release()


def test_a_lease_that_cannot_be_given_back_leaves_its_file_for_the_next_run(database):
    lease = taken(database)
    database.execute_sql("ALTER TABLE brandsync_lease RENAME TO away")
    with pytest.raises(Exception, match="brandsync_lease"):
        lease.release()
    database.execute_sql("ALTER TABLE away RENAME TO brandsync_lease")
    assert Path(lease._lock.lock_file).exists()
    taken(database, "NEXT")
    assert row(database)[0] == "NEXT"


def test_a_renewal_holds_from_when_it_was_asked_for(database):
    """A process that is stopped while the journal answers must not take the answer for a new one when it goes on."""
    lease = taken(database, time_to_live=1.0)
    with closing(sqlite3.connect(database.database, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        ends = threading.Timer(0.7, other.rollback)
        ends.start()
        lease.renew()
        ends.join()
        other.execute("DELETE FROM brandsync_lease")
    with pytest.raises(LeaseLost):
        lease.confirm()


def test_the_clock_of_ones_own_machine_does_not_decide(database, monkeypatch):
    """Two machines may differ by an hour: the journal's clock is the same for both."""
    first, now = taken(database), time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3600)
    with pytest.raises(LeaseHeld):
        taken(database, run="OTHER")
    first.release()


def test_the_journal_tells_which_run_is_at_work_and_changes_nothing_by_it(database):
    journal = Journal(database, "shop", "test")
    assert journal.at_work() is None
    lease = taken(database, "FIRST")
    assert journal.at_work() == "FIRST"
    assert Journal(database, "other", "test").at_work() is None
    lease.release()
    dead(database)
    before = row(database)[:2]
    assert journal.at_work() is None
    assert row(database)[:2] == before
