"""Old runs leave the journal with all that they wrote to it, and nothing goes that a later run needs."""

import subprocess
import sys
from contextlib import closing

import pytest
from cms_wire import Answer
from extent import enough

from brandsync.database import connect
from brandsync.errors import LeaseLost
from brandsync.journal import Batch, BatchKind, Journal, LinkRow, RunEnd, RunStart, RunStatus
from brandsync.plan.change import Change

RUN = {"host": "here", "version": "1", "source": "cms", "target": "store", "settings": "same"}


def made(journal, run, status="done", *, kind="sync", undoes=(), **fields):
    """A run that wrote one batch, and restored one brand under another id."""
    journal.runs.start(run, RunStart(kind, **RUN), undoes=undoes)
    journal.entries.push(run, "step", Batch(BatchKind.CREATE, [Change("1", "b1", {}, {"name": "A"})]))
    journal.new_ids.record(run, {f"old {run}": f"new {run}"})
    journal.runs.finish(run, RunEnd(status=RunStatus(status), **{"complete": True} | fields))


def kept(journal):
    """The runs that are left; whatever else is left must be theirs."""
    runs = [run.id for run in reversed(journal.runs.latest())]
    writing, moving = (
        [row[0] for row in journal.database.execute_sql(f"SELECT DISTINCT run FROM {table} ORDER BY run").fetchall()]
        for table in ("brandsync_entry", "brandsync_new_id")
    )
    assert writing == runs
    assert set(runs) <= set(moving)
    assert moving[0] == runs[0]  # what later runs recorded, it needs
    return runs


@pytest.fixture
def on_disk(database_url):
    """An empty journal on each database."""
    with closing(Journal(connect(database_url), "shop", "here")) as journal:
        journal.prepare()
        yield journal


def test_nothing_of_a_forgotten_run_is_left_and_links_stay(on_disk):
    on_disk.links.put([("1", LinkRow("b1"))])
    for number in range(1, 10):
        made(on_disk, f"A{number}")
    on_disk.prune(2)
    assert kept(on_disk) == ["A8", "A9"]
    assert on_disk.links.get(["1"]) == {"1": LinkRow("b1")}


def test_another_pipelines_runs_are_not_counted_and_not_forgotten(journal, other):
    for number in range(1, 4):
        made(journal, f"A{number}")
        made(other, f"B{number}")
    journal.prune(1)
    assert [run.id for run in journal.runs.latest()] == ["A3"]
    assert [run.id for run in other.runs.latest()] == ["B3", "B2", "B1"]
    assert other.new_ids.of(["old B1"]) == {"old B1": "new B1"}
    assert other.entries.has("B1")


@pytest.mark.parametrize("status", ["running", "rolling_back", "rollback_incomplete"])
def test_a_run_that_is_not_finished_stays(journal, status):
    made(journal, "A1", status)
    for number in range(2, 6):
        made(journal, f"A{number}")
    journal.prune(1)
    assert kept(journal) == ["A1", "A5"]


def test_what_an_incomplete_undo_still_has_to_take_back_stays(journal):
    made(journal, "A1", "undone")
    made(journal, "A2", "undone")
    made(journal, "A3", "rollback_incomplete", kind="undo", undoes=["A1", "A2"])
    for number in range(4, 9):
        made(journal, f"A{number}")
    journal.prune(1)
    assert kept(journal) == ["A1", "A2", "A3", "A8"]
    assert [run.id for run in journal.runs.incomplete_undos()] == ["A3"]


def test_the_last_good_run_and_the_last_complete_one_stay(journal):
    made(journal, "A1", complete=True)
    made(journal, "A2", complete=True)
    made(journal, "A3", complete=False)
    for number in range(4, 9):
        made(journal, f"A{number}", "failed")
    journal.prune(2)
    assert kept(journal) == ["A2", "A3", "A7", "A8"]
    assert journal.runs.last_good(complete=True).id == "A2"
    made(journal, "A9", complete=True)
    journal.prune(2)
    assert kept(journal) == ["A8", "A9"]


def test_ids_that_an_older_run_needs_outlive_the_run_that_recorded_them(journal):
    made(journal, "A1", "rollback_incomplete")
    made(journal, "A2")
    made(journal, "A3")
    journal.prune(1)
    assert journal.new_ids.of(["old A2"]) == {"old A2": "new A2"}
    journal.runs.mark("A1", RunStatus.ACCEPTED)
    journal.prune(1)
    assert journal.new_ids.of(["old A1", "old A2", "old A3"]) == {"old A3": "new A3"}


def test_nothing_goes_once_another_run_may_need_it(journal):
    def lost():
        raise LeaseLost("another run has taken over")

    made(journal, "A1")
    made(journal, "A2")
    with pytest.raises(LeaseLost):
        journal.prune(1, lost)
    assert kept(journal) == ["A1", "A2"]


_DYING = """
import os, sys
from brandsync.database import connect
from brandsync.journal import Journal
journal = Journal(connect(sys.argv[1]), "shop", "here")
forget, left = journal.runs.forget, int(sys.argv[2])
def dies(runs):
    global left
    forget(runs)
    left -= 1
    if not left:
        os._exit(9)
journal.runs.forget = dies
journal.prune(1)
"""


@pytest.mark.parametrize("after", enough([3], of=[1, 3]))
def test_killed_midway_it_leaves_whole_runs_and_the_next_one_goes_on(on_disk, database_url, after):
    for number in range(1, 7):
        made(on_disk, f"A{number}")
    on_disk.close()
    assert subprocess.run([sys.executable, "-c", _DYING, database_url, str(after)], check=False).returncode == 9
    on_disk.database.connect(reuse_if_open=True)
    assert kept(on_disk) == [f"A{number}" for number in range(after, 7)]
    on_disk.prune(1)
    assert kept(on_disk) == ["A6"]


def test_each_run_ends_with_no_more_than_it_may_keep(shop):
    shop.set("journal", keep_runs=2)
    shop.cms.add({"id": "a", "name": "A", "external_id": None})
    for number in range(5):
        shop.cms.edit("a", name=f"A{number}")
        shop.sync()
    runs = shop.run_ids()
    assert len(runs) == 2
    assert {row[0] for row in shop.query("SELECT run FROM brandsync_entry")} == set(runs)
    assert shop.query("SELECT count(*) FROM brandsync_link") == [(1,)]


@pytest.mark.usefixtures("no_retries")
def test_runs_that_fail_night_after_night_are_forgotten_too(shop):
    shop.set("journal", keep_runs=2)
    shop.cms.add({"id": "a", "name": "A", "external_id": None})
    good = shop.sync()["run"]
    shop.cms.answer = lambda _request: Answer({}, 500)
    assert [shop.sync()["status"] for _ in range(4)] == ["failed"] * 4
    assert len(shop.run_ids()) == 3
    assert good in shop.run_ids()


def test_a_run_stands_where_the_journal_cannot_be_tidied(shop, caplog):
    shop.set("journal", keep_runs=1)
    shop.cms.add({"id": "a", "name": "A", "external_id": None})
    shop.sync()
    shop.database.execute_sql(
        "CREATE TRIGGER stuck BEFORE DELETE ON brandsync_run BEGIN SELECT RAISE(ABORT, 'not today'); END"
    )
    shop.cms.edit("a", name="B")
    result = shop.sync()
    assert (result["status"], result["exit_code"], result["counts"]["updated"]) == ("done", 0, 1)
    assert list(shop.names().values()) == ["B"]
    assert len(shop.run_ids()) == 2
    assert "old runs could not be removed from the journal (" in caplog.text
    shop.database.execute_sql("DROP TRIGGER stuck")
    shop.sync()
    assert len(shop.run_ids()) == 1
