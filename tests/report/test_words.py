from dataclasses import replace
from typing import Any

import pytest

from brandsync.http import Rate
from brandsync.journal import RunStatus
from brandsync.plan.change import Change
from brandsync.report.words import closing, duration
from brandsync.run.result import COUNTS, Recovered, Result
from brandsync.workflow.outcome import Failed
from brandsync.workflow.requests import Needed


def result(status: str, kind: str = "sync", **counts: int) -> Result:
    return Result("shop", kind=kind, status=RunStatus(status), counts=dict.fromkeys(COUNTS, 0) | counts)


@pytest.mark.parametrize(
    ("status", "counts", "lines"),
    [
        ("done", {"created": 3, "updated": 5}, ["Synced brands from CMS: 3 brands created and 5 brands updated."]),
        ("done", {"created": 1, "updated": 0}, ["Synced brands from CMS: 1 brand created and 0 brands updated."]),
        (
            "skipped_some",
            {"adopted": 1, "deleted": 2},
            ["1 brand adopted and 2 brands deleted.", "Synced brands from CMS: 0 brands created and 0 brands updated."],
        ),
        ("rolled_back", {}, ["Rolled back: what this run wrote was taken back."]),
        ("failed", {}, ["Failed: nothing was written."]),
        ("refused", {}, ["Refused: nothing was written."]),
        ("rollback_incomplete", {}, ["Rollback incomplete: 0 writes could not be taken back."]),
        ("taken_over", {}, ["Taken over: another run has the lease, and rolls back what this one wrote."]),
    ],
)
def test_the_last_lines_of_a_sync(status: str, counts: dict[str, Any], lines: list[str]) -> None:
    assert closing(result(status, **counts)) == lines


def test_the_last_line_of_an_undo() -> None:
    ended = replace(result("kept_some", "undo", deleted=3, updated=1), undone=True)
    (line,) = closing(ended)
    assert line.startswith("Undid ")
    assert line.endswith(": 3 brands deleted, 1 brand set back and 0 brands created again.")
    ended = replace(ended, undoes="01RUN", through=["03RUN", "02RUN"])
    assert closing(ended)[0].startswith("Undid run 01RUN and 2 later runs: ")
    (line,) = closing(result("dry_run", "undo", created=1))
    assert line.endswith(": 0 brands would be deleted, 0 brands set back and 1 brand created again.")
    failed = [Failed(Change("e", "b", {}, {}), "still used")]
    ended = replace(ended, status=RunStatus.ROLLBACK_INCOMPLETE, failed=failed)
    assert closing(ended)[1:] == ["Rollback incomplete: 1 write could not be taken back."]
    assert closing(result("failed", "undo")) == ["Failed: nothing was written."]


def test_an_undo_of_no_change_says_that_there_was_nothing_to_undo() -> None:
    ended = replace(result("done", "undo"), undone=True, undoes="01RUN")
    assert closing(ended) == ["There was nothing to undo: run 01RUN changed no brand."]
    dry = replace(ended, status=RunStatus.DRY_RUN, undone=False)
    assert closing(dry) == ["There is nothing to undo: run 01RUN changed no brand."]
    waiting = replace(ended, warnings=["an external id has to wait"])
    assert closing(waiting)[0].startswith("Undid run 01RUN: ")


def test_the_last_line_of_a_recovery() -> None:
    nothing = result("done", "recover")
    assert closing(nothing) == ["Nothing to recover: no run has died."]
    recovered = [Recovered("01", "resumed", 0), Recovered("02", "resumed", 0)]
    assert closing(replace(nothing, recovered=recovered)) == ["Recovered 2 runs."]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0.00 s"),
        (0.0234, "0.02 s"),
        (9.994, "9.99 s"),
        (9.996, "10.0 s"),
        (12.34, "12.3 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 0 s"),
        (200.4, "3 min 20 s"),
    ],
)
def test_seconds_are_as_precise_as_they_are_worth(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_a_dry_run_says_what_each_side_takes_for_it_where_it_can_tell() -> None:
    planned = result("dry_run", created=450, adopted=1)
    assert len(closing(planned)) == 2
    planned = replace(planned, store_needs=Needed(450, None))
    assert closing(planned)[0] == "The store takes 450 requests for it."
    planned = replace(planned, cms_needs=Needed(70, Rate(7, 1)))
    assert closing(planned)[1] == (
        "The CMS takes 70 requests for the external ids: 10.0 s at its limit of 7 requests in 1.00 s."
    )
    planned = replace(planned, store_needs=Needed(450, Rate(150, 30)))
    told = planned.as_json()
    assert (told["requests_needed"], told["seconds_needed"]) == (450, 90)
    assert (told["link_requests_needed"], told["link_seconds_needed"]) == (70, 10)
    assert closing(planned)[0] == (
        "The store takes 450 requests for it: 1 min 30 s at its limit of 150 requests in 30.0 s."
    )
    planned = replace(planned, store_needs=Needed(9, Rate(100.0, 1, "point"), 4_950))
    assert closing(planned)[0] == "The store takes 9 requests for it: 49.5 s at its limit of 100 points in 1.00 s."
    planned = replace(planned, store_needs=Needed(0, Rate(150, 30)), cms_needs=Needed(0, None))
    assert len(closing(planned)) == 2
