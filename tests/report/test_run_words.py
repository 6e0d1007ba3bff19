import time
from dataclasses import replace
from typing import Any, get_args

import pytest

from brandsync.brand import Reason
from brandsync.journal import RunRecord, RunStatus
from brandsync.report.html.sentences import REASONS, explanation, headline, tone
from brandsync.report.moments import long, short, spoken
from brandsync.report.run_words import changed, ending, next_step, short_ids, urgent

RUN = RunRecord(
    id="01M89TSBH4S99VQPDSX7HKA5Y1",
    pipeline="shop",
    kind="sync",
    undoes=None,
    through=[],
    status=RunStatus.DONE,
    exit_code=0,
    started_at="2026-11-25T17:06:53+00:00",
    seconds=1.5,
    requests=2,
    host="here",
    version="0.1.0",
    source="cms",
    target="store",
    settings="same",
    complete=True,
    watermark=None,
    checksum=None,
    counts={},
    skipped=[],
    kept=[],
    failed=[],
    error=None,
)
ENDINGS = [
    ("done", 0),
    ("skipped_some", 65),
    ("kept_some", 65),
    ("failed", 75),
    ("failed", 77),
    ("refused", 4),
    ("rolled_back", 1),
    ("rolled_back", None),
    ("rollback_incomplete", 74),
    ("taken_over", 75),
    ("undone", 0),
    ("resumed", None),
    ("accepted", None),
    ("running", None),
    ("rolling_back", None),
]


@pytest.fixture(params=["UTC", "Europe/Berlin", "America/St_Johns"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


def test_moments_are_in_the_local_zone_which_is_named(zone: str) -> None:
    moment = "2026-11-25T23:06:53+00:00"
    told = {
        "UTC": ("2026-11-25 23:06 UTC", "Wednesday 2026-11-25 23:06:53 UTC"),
        "Europe/Berlin": ("2026-11-26 00:06 CET", "Thursday 2026-11-26 00:06:53 CET"),
        "America/St_Johns": ("2026-11-25 19:36 NST", "Wednesday 2026-11-25 19:36:53 NST"),
    }
    assert (short(moment), long(moment)) == told[zone]
    assert spoken("2026-07-01T10:00:00+00:00").startswith("Wednesday 1 July 2026 at ")


@pytest.mark.parametrize(("status", "code"), ENDINGS)
def test_every_ending_is_told_in_few_words_without_a_word_of_the_machine(status: str, code: int | None) -> None:
    run = replace(RUN, status=RunStatus(status), exit_code=code)
    for text in (ending(run), headline(run), *explanation(run)):
        assert text
        assert "_" not in text
    assert len(ending(run)) <= 40
    assert tone(run) in {"good", "warn", "bad"}


@pytest.mark.parametrize(("status", "code"), ENDINGS)
def test_whoever_is_needed_is_told_what_to_do(status: str, code: int | None) -> None:
    run = replace(RUN, status=RunStatus(status), exit_code=code)
    if urgent([run]):
        assert next_step(run)
    assert bool(urgent([run])) == (status in {"running", "rolling_back"} or code in {1, 4, 65, 74, 77} or status == "")


def test_a_failure_that_a_good_run_followed_needs_nobody_any_more() -> None:
    failed = replace(RUN, id="1", status=RunStatus.FAILED, exit_code=77)
    stuck = replace(RUN, id="0", status=RunStatus.ROLLBACK_INCOMPLETE, exit_code=74)
    assert urgent([RUN, failed]) == []
    assert urgent([failed, RUN]) == [failed]
    assert urgent([RUN, failed, stuck]) == [stuck]
    assert urgent([replace(RUN, kind="recover"), failed]) == [failed]
    assert urgent([]) == []


def test_an_undo_makes_no_sync_good_but_for_the_one_that_it_undid() -> None:
    skipped = replace(RUN, id="1", status=RunStatus.SKIPPED_SOME, exit_code=65)
    undo = replace(RUN, id="2", kind="undo")
    assert urgent([undo, skipped, RUN]) == [skipped]
    assert urgent([undo, replace(skipped, status=RunStatus.UNDONE), RUN]) == []
    assert urgent([replace(undo, exit_code=65), RUN]) == [replace(undo, exit_code=65)]


def test_what_a_run_changed_is_told_in_numbers_and_an_undo_in_words_of_its_own() -> None:
    run = replace(RUN, counts={"retrieved": 9, "created": 1_200, "updated": 3, "deleted": 0})
    assert changed(run) == "1,200 created, 3 updated"
    assert changed(replace(run, counts={"created": 1, "images": 2})) == "1 created, 2 with changed pictures"
    assert changed(replace(run, kind="undo")) == "1,200 created again, 3 set back"
    assert changed(RUN) == "nothing to change"
    assert ending(replace(run, kind="recover")) == "settled runs that had died"


def test_ids_are_cut_to_what_tells_them_apart() -> None:
    assert short_ids(["01M89TSBH4S99VQPDSX7HKA5Y1", "01M89TSBH5S99VQPDSX7HKA5Y1"]) == ["01M89TSBH4", "01M89TSBH5"]
    alike = ["01M89TSBH4S99VQPDSX7HKA5Y1", "01M89TSBH4S99VQPDSX7HKA5Y2"]
    assert short_ids(alike) == alike
    assert short_ids([]) == []


def test_editors_are_told_what_to_do_for_every_reason_that_there_is() -> None:
    assert set(REASONS) == set(get_args(Reason))
