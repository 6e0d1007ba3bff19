"""A value that cannot be read says so to whoever looks into it, and to nobody else."""

import json

import pytest

from brandsync.database import execute
from brandsync.errors import Unreadable
from brandsync.journal import EDITED_SINCE, NOT_UNDONE, Lease, RunStart
from brandsync.journal.damage import Damaged, damaged


@pytest.mark.parametrize("look", [lambda value: value["a"], list, len])
def test_whoever_looks_into_a_damaged_value_is_told(look):
    error = damaged("brandsync_run", "run R1", "`counts`", "put it right")
    with pytest.raises(Unreadable) as told:
        look(Damaged(error))
    assert told.value is error
    assert error.message == "the journal is damaged: in brandsync_run, `counts` of run R1 cannot be read"
    assert error.hint == "put it right"


@pytest.fixture
def damage(journal):
    """What changes a column of the only run."""
    journal.runs.start("R1", RunStart("sync", "here", "1", "cms", "store", "same"))

    def change(column, value):
        execute(journal.database, f"UPDATE brandsync_run SET {column} = ?", [value])
        return journal.runs.latest()[0]

    return change


@pytest.mark.parametrize("value", ["{", "[]]", "7", '{"created": "many"}'])
def test_damaged_counts_are_told_with_their_run_and_a_remedy(damage, value):
    with pytest.raises(Unreadable) as told:
        damage("counts", value).counts["created"]
    assert told.value.message == "the journal is damaged: in brandsync_run, `counts` of run R1 cannot be read"
    assert told.value.hint == "UPDATE brandsync_run SET counts = NULL WHERE id = 'R1', if nobody can put it right"


@pytest.mark.parametrize("lacks", ["brand_id", "written", "before"])
@pytest.mark.parametrize("reason", [EDITED_SINCE, NOT_UNDONE])
def test_a_brand_that_was_left_as_it_is_has_to_say_what_was_written(damage, reason, lacks):
    whole = {"cms_id": "1", "reason": reason, "detail": "why", "brand_id": "b", "written": {}, "before": {}}
    run = damage("skipped", json.dumps([whole]))
    assert [*run.kept, *run.failed] == [whole]
    run = damage("skipped", json.dumps([{key: value for key, value in whole.items() if key != lacks}]))
    for left in (run.kept, run.failed, run.skipped):
        with pytest.raises(Unreadable, match="in brandsync_run, `skipped` of run R1 cannot be read"):
            list(left)


def test_an_unknown_status_may_be_unfinished_work_and_is_told(damage):
    with pytest.raises(Unreadable) as told:
        damage("status", "paused\n")
    assert told.value.message == (
        "the journal is damaged: in brandsync_run, `status` ('paused\\\\n') of run R1 cannot be read"
    )
    assert told.value.hint == (
        "use the brandsync that wrote it; or else have the run settled: UPDATE brandsync_run SET status ="
        " 'rollback_incomplete' WHERE id = 'R1', and `brandsync recover`"
    )


def test_an_exit_code_or_a_number_of_requests_that_is_a_text_is_unknown(damage):
    damage("exit_code", "zero")
    run = damage("requests", "many")
    assert (run.exit_code, run.requests) == (None, None)


@pytest.mark.parametrize(
    ("column", "value", "why"),
    [("host", b"\xff", "can't decode"), ("exit_code", "1e999", "infinity"), ("requests", "1e999", "infinity")],
)
def test_a_value_that_cannot_be_read_at_all_is_told(damage, column, value, why):
    with pytest.raises(Unreadable) as told:
        damage(column, value)
    assert told.value.message == "the journal is damaged: in brandsync_run, a value of a run of shop cannot be read"
    assert told.value.hint.startswith("correct that value, or set it to NULL (")
    assert why in told.value.hint


@pytest.mark.parametrize("column", ["expires_at", "renewals"])
def test_a_lease_with_a_text_for_a_number_is_told(journal, tmp_path, monkeypatch, column):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    lease = Lease(journal.database, "shop", "R1")
    lease.acquire()
    execute(journal.database, f"UPDATE brandsync_lease SET {column} = 'soon'")
    with pytest.raises(Unreadable) as told:
        journal.at_work()
    assert told.value.message == (
        "the journal is damaged: in brandsync_lease, a number of the lease of 'shop' cannot be read"
    )
    assert told.value.hint == "while no run is at work: DELETE FROM brandsync_lease WHERE pipeline = 'shop'"
    lease.release()
