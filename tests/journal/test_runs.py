"""The record of every run."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from brandsync.journal import RunEnd, RunStart, RunStatus
from brandsync.journal.runs import EDITED_SINCE, NOT_UNDONE

LEFT = [EDITED_SINCE, NOT_UNDONE]
RUN = {"host": "here", "version": "1", "source": "cms", "target": "store", "settings": "same"}


def start(runs, *names, kind="sync", **fields):
    for name in names:
        runs.start(name, RunStart(kind, **RUN), **fields)


def ids(records):
    return [record.id for record in records]


def test_a_run_that_has_begun_is_on_record_as_running(journal):
    start(journal.runs, "A1")
    (run,) = journal.runs.latest()
    assert (run.id, run.pipeline, run.kind, run.status) == ("A1", "shop", "sync", "running")
    assert (run.host, run.version, run.source, run.target, run.settings) == ("here", "1", "cms", "store", "same")
    assert run.started_at.endswith("+00:00")
    assert len(run.started_at) == len("2026-01-02T03:04:05+00:00")
    assert (run.undoes, list(run.through), run.counts, run.skipped, run.complete) == (None, [], {}, [], True)
    assert (run.exit_code, run.seconds, run.requests, run.error, run.checksum, run.watermark) == (None,) * 6


def test_how_a_run_ended_is_on_record(journal):
    start(journal.runs, "A1", "A2")
    left = [{"cms_id": "1", "reason": "invalid", "detail": "no name"}]
    end = RunEnd(status=RunStatus.DONE, exit_code=0, counts={"created": 2}, left=left, complete=False, seconds=1.5)
    journal.runs.finish("A1", replace(end, error="refused"))
    second, first = journal.runs.latest()
    assert (first.status, first.exit_code, first.counts, first.seconds) == ("done", 0, {"created": 2}, 1.5)
    assert list(first.skipped) == [{"cms_id": "1", "reason": "invalid", "detail": "no name"}]
    assert (first.complete, first.error, second.error) == (False, "refused", None)
    assert second.status == "running"


def test_what_a_run_skipped_kept_and_could_not_take_back_is_told_apart(journal):
    start(journal.runs, "A1")
    told = {"detail": "why", "brand_id": "b", "written": {"name": "B"}, "before": {"name": "A"}}
    brands = [{"cms_id": str(number), "reason": reason, **told} for number, reason in enumerate(["invalid", *LEFT * 2])]
    journal.runs.finish("A1", RunEnd(status=RunStatus.KEPT_SOME, left=brands))
    (run,) = journal.runs.latest()
    assert [brand["cms_id"] for brand in run.skipped] == ["0"]
    assert [brand["cms_id"] for brand in run.kept] == ["1", "3"]
    assert [brand["cms_id"] for brand in run.failed] == ["2", "4"]


def test_the_oldest_run_is_the_pipelines_own(journal, other):
    start(other.runs, "A1")
    assert journal.runs.oldest() == ""
    start(journal.runs, "A3", "A2")
    assert journal.runs.oldest() == "A2"


def test_an_undo_is_on_record_with_every_run_that_it_takes_back(journal):
    start(journal.runs, "A3", kind="undo", undoes=["A2", "A1"])
    start(journal.runs, "A4", kind="undo")
    plain, run = journal.runs.latest()
    assert (run.undoes, list(run.through)) == ("A2", ["A1"])
    assert plain.undoes is None
    journal.runs.finish("A4", RunEnd(status=RunStatus.DONE, undoes=["A3"]))
    assert journal.runs.latest(1)[0].undoes == "A3"


def test_the_latest_runs_come_first_and_no_more_than_asked_for(journal, other):
    start(journal.runs, *(f"A{number:02}" for number in range(25)))
    start(other.runs, "B1")
    assert ids(journal.runs.latest(2)) == ["A24", "A23"]
    assert len(journal.runs.latest()) == 20
    assert ids(other.runs.latest()) == ["B1"]


def test_a_run_is_found_by_how_its_id_begins(journal, other):
    start(journal.runs, "ABC1", "ABC2", "ABC3", "X1")
    start(other.runs, "ABC4")
    assert ids(journal.runs.find("x")) == ["X1"]
    assert ids(journal.runs.find("abc2")) == ["ABC2"]
    assert ids(journal.runs.find("ABC")) == ["ABC1", "ABC2"]
    assert ids(journal.runs.find("last")) == ["X1"]
    assert ids(journal.runs.find("BC")) == []
    assert ids(other.runs.find("abc")) == ["ABC4"]


def test_runs_that_died_or_could_not_be_rolled_back_are_unfinished(journal, other):
    start(journal.runs, "A1", "A2", "A3")
    start(other.runs, "B1")
    journal.runs.mark("A1", RunStatus.ROLLBACK_INCOMPLETE)
    journal.runs.mark("A2", RunStatus.DONE)
    assert ids(journal.runs.unfinished()) == ["A3", "A1"]
    assert journal.runs.incomplete_undos() == []


def test_an_undo_that_went_to_its_end_and_left_something_is_told_from_one_that_died(journal):
    start(journal.runs, "A1", "A2")
    start(journal.runs, "A3", kind="undo", undoes=["A1"])
    start(journal.runs, "A4", kind="undo", undoes=["A2"])
    journal.runs.mark("A1", RunStatus.UNDONE)
    journal.runs.mark("A2", RunStatus.DONE)
    journal.runs.mark("A3", RunStatus.ROLLBACK_INCOMPLETE)
    journal.runs.mark("A4", RunStatus.ROLLBACK_INCOMPLETE)
    assert ids(journal.runs.incomplete_undos()) == ["A3"]
    assert ids(journal.runs.unfinished()) == ["A4"]


def test_the_runs_after_one_come_oldest_first(journal, other):
    start(journal.runs, "A3", "A1", "A2", "A4")
    start(other.runs, "B1")
    assert ids(journal.runs.later_than("A2")) == ["A3", "A4"]
    assert ids(journal.runs.later_than("A4")) == []


def test_the_last_good_run_is_a_sync_that_ended_well(journal, other):
    assert journal.runs.last_good() is None
    start(journal.runs, "A1", "A2", "A3", "A5")
    start(journal.runs, "A4", kind="undo")
    start(other.runs, "B1")
    other.runs.mark("B1", RunStatus.DONE)
    journal.runs.mark("A1", RunStatus.DONE)
    journal.runs.finish("A2", RunEnd(status=RunStatus.SKIPPED_SOME, complete=False))
    journal.runs.mark("A3", RunStatus.FAILED)
    journal.runs.mark("A4", RunStatus.DONE)
    assert journal.runs.last_good().id == "A2"
    assert journal.runs.last_good(complete=True).id == "A1"
    assert journal.runs.last_good(before="A3").id == "A2"
    assert journal.runs.last_good(before="A2").id == "A1"
    assert journal.runs.last_good(before="A1") is None


def test_of_finished_runs_all_but_the_latest_may_be_forgotten(journal, other):
    start(journal.runs, "A1", "A2", "A3", "A4", "A5")
    start(other.runs, "B1")
    other.runs.mark("B1", RunStatus.DONE)
    for run in ("A1", "A2", "A4", "A5"):
        journal.runs.mark(run, RunStatus.DONE)
    assert journal.runs.prunable(1) == ["A1", "A2", "A4"]
    assert journal.runs.prunable(4) == []
    journal.runs.forget(["A1", "A4"])
    assert ids(journal.runs.latest()) == ["A5", "A3", "A2"]
    assert ids(other.runs.latest()) == ["B1"]


@pytest.mark.parametrize(
    ("kind", "status", "standing"),
    [
        ("sync", "done", True),
        ("sync", "rollback_incomplete", True),
        ("undo", "skipped_some", True),
        ("recover", "done", False),
        *(("sync", status, False) for status in ("undone", "failed", "refused", "rolled_back", "taken_over")),
    ],
)
def test_what_a_run_wrote_may_still_stand_unless_it_was_taken_back(journal, kind, status, standing):
    start(journal.runs, "A1", kind=kind)
    journal.runs.mark("A1", RunStatus(status))
    assert journal.runs.latest()[0].is_standing is standing


def test_a_run_that_is_being_rolled_back_is_on_record_as_unfinished(journal):
    start(journal.runs, "A1", "A2")
    journal.runs.rolls_back("A1")
    assert [(run.id, run.status) for run in journal.runs.latest()] == [("A2", "running"), ("A1", "rolling_back")]
    assert ids(journal.runs.unfinished()) == ["A2", "A1"]


@pytest.mark.parametrize(
    ("started_at", "began"),
    [
        ("2026-01-02T03:04:05+00:00", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05+02:00", datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("yesterday", None),
        ("9999-12-31T23:59:59-23:59", None),
    ],
)
def test_the_moment_when_a_run_began_is_in_utc_and_none_where_somebody_has_edited_it(journal, started_at, began):
    start(journal.runs, "R1")
    journal.database.execute_sql(f"UPDATE brandsync_run SET started_at = '{started_at}'")
    assert journal.runs.latest(1)[0].began == began
