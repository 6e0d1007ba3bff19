"""Somebody has edited rows of the journal: one clear message in the commands that need those rows, and in no other."""

from pathlib import Path

import pytest
from cms_server import CmsServer
from ran import Command, Ran, assert_refused, command
from shop import Shop, entries

from brandsync.cli import ephemeral

NO_JSON = ("", "{", "[]]", "null", "7", '"text"', "[1, 2]", '{"rows": 5}', '{"created": "many"}', '[{"cms_id": "e0"}]')
COMMANDS = (
    ("sync",),
    ("sync", "--dry-run"),
    ("check",),
    ("runs",),
    ("runs", "--output", "json"),
    ("runs", "show", "last"),
    ("undo", "last", "--dry-run"),
    ("undo", "last"),
    ("recover",),
)


@pytest.fixture
def brandsync(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.setattr(ephemeral, "in_container", lambda: False)
    return command(monkeypatch, capsys)


@pytest.fixture
def pipeline(cms: CmsServer, shop: Shop, tmp_path: Path) -> Shop:
    """Two runs of three brands, the second of which has changed one."""
    shop.set("journal", url=f"sqlite:///{tmp_path}/journal.db").set("sync", link="journal")
    for entry in entries(3):
        cms.add(entry)
    assert shop.sync()["exit_code"] == 0
    cms.edit("e1", name="First")
    assert shop.sync()["exit_code"] == 0
    return shop


def run(brandsync: Command, shop: Shop, *arguments: str) -> Ran:
    return brandsync(*arguments, "--config", str(shop.config))


DAMAGE = {
    **{f"counts {bad}": f"UPDATE brandsync_run SET counts = '{bad}'" for bad in NO_JSON},
    **{f"skipped {bad}": f"UPDATE brandsync_run SET skipped = '{bad}'" for bad in NO_JSON},
    **{f"intent {bad}": f"UPDATE brandsync_entry SET intent = '{bad}', outcome = NULL" for bad in NO_JSON},
    **{f"outcome {bad}": f"UPDATE brandsync_entry SET outcome = '{bad}'" for bad in NO_JSON},
    **{f"written {bad}": f"UPDATE brandsync_link SET written = '{bad}'" for bad in NO_JSON},
    **{f"stored {bad}": f"UPDATE brandsync_link SET stored = '{bad}'" for bad in NO_JSON},
    "started_at": "UPDATE brandsync_run SET started_at = 'yesterday'",
    "started_at without a zone": "UPDATE brandsync_run SET started_at = '2026-11-25T17:06:53'",
    "started_at far away": "UPDATE brandsync_run SET started_at = '9999-12-31T23:59:59-23:59'",
    "watermark": "UPDATE brandsync_run SET watermark = 'yesterday'",
    "seconds": "UPDATE brandsync_run SET seconds = 'long'",
    "exit_code": "UPDATE brandsync_run SET exit_code = 'zero'",
    "status": "UPDATE brandsync_run SET status = 'well'",
    "kind of a run": "UPDATE brandsync_run SET kind = 'dance'",
    "undoes": "UPDATE brandsync_run SET undoes = 'x y'",
    "kind of an entry": "UPDATE brandsync_entry SET kind = 'dance'",
    "state": "UPDATE brandsync_entry SET state = 'well'",
    "lease": "INSERT INTO brandsync_lease VALUES ('shop', 'R', 'x', 'y', 'h', 'f')",
}


@pytest.mark.slow
@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_no_command_ends_in_a_bug_whatever_a_row_holds(brandsync: Command, pipeline: Shop, damage: str) -> None:
    pipeline.cms.edit("e2", name="Second")
    pipeline.execute_in_journal(damage)
    for arguments in COMMANDS:
        ran = run(brandsync, pipeline, *arguments)
        assert ran.code in {0, 1, 4, 65, 74, 75, 78}, f"{arguments}: {ran.err}{ran.out}"
        assert "Traceback" not in ran.err
        assert "a bug in" not in ran.err + ran.out


@pytest.mark.parametrize("column", ["counts", "skipped"])
@pytest.mark.parametrize("bad", ["{", '{"created": "many"}'])
def test_a_damaged_record_is_named_where_it_is_shown_and_a_sync_goes_on(
    brandsync: Command, pipeline: Shop, column: str, bad: str
) -> None:
    pipeline.execute_in_journal(
        f"UPDATE brandsync_run SET {column} = '{bad}' WHERE id < (SELECT max(id) FROM brandsync_run)"
    )
    for arguments in (("runs",), ("runs", "--output", "json")):
        ran = run(brandsync, pipeline, *arguments)
        assert_refused(ran, 1, f"`{column}` of run 01", f"UPDATE brandsync_run SET {column} = NULL")
    assert run(brandsync, pipeline, "runs", "show", "last").code == 0
    assert run(brandsync, pipeline, "sync").code == 0
    hint = ran.err.splitlines()[1]
    statement = hint.removeprefix("hint: ").partition(", if")[0]
    pipeline.execute_in_journal(statement)
    assert run(brandsync, pipeline, "runs").code == 0


@pytest.mark.parametrize("column", ["intent", "outcome"])
def test_a_damaged_undo_entry_is_named_where_its_run_is_undone_or_shown_and_a_sync_goes_on(
    brandsync: Command, pipeline: Shop, column: str
) -> None:
    pipeline.execute_in_journal(f"UPDATE brandsync_entry SET {column} = '{{}}'")
    for arguments in (("runs", "show", "last"), ("undo", "last", "--dry-run"), ("undo", "last")):
        ran = run(brandsync, pipeline, *arguments)
        assert ran.code == 1
        assert "in brandsync_entry, `" in ran.err
        assert "DELETE FROM brandsync_entry WHERE id = " in ran.err
    assert [run(brandsync, pipeline, *arguments).code for arguments in (("runs",), ("sync",), ("check",))] == [0, 0, 0]


@pytest.mark.parametrize("column", ["written", "stored"])
def test_a_damaged_memory_is_named_where_both_sides_differ_and_forgotten_where_they_agree(
    brandsync: Command, pipeline: Shop, column: str
) -> None:
    pipeline.execute_in_journal(f"UPDATE brandsync_link SET {column} = '{{'")
    assert run(brandsync, pipeline, "runs").code == 0
    assert run(brandsync, pipeline, "sync").code == 0
    pipeline.execute_in_journal(f"UPDATE brandsync_link SET {column} = '{{'")
    pipeline.cms.edit("e2", name="Second")
    ran = run(brandsync, pipeline, "sync", "--dry-run")
    assert_refused(ran, 1, f"in brandsync_link, `{column}` of entry e2", "UPDATE brandsync_link SET written = NULL")
    pipeline.execute_in_journal("UPDATE brandsync_link SET written = NULL, stored = NULL WHERE cms_id = 'e2'")
    assert run(brandsync, pipeline, "sync").code == 0


def test_a_bad_date_is_shown_in_an_error_where_runs_are_listed_and_a_sync_goes_on(
    brandsync: Command, pipeline: Shop
) -> None:
    pipeline.set("cms", changed_since_param="since", updated_at="updated_at")
    pipeline.execute_in_journal("UPDATE brandsync_run SET started_at = 'yesterday'")
    assert_refused(run(brandsync, pipeline, "runs"), 1, "`started_at` is 'yesterday'", "ISO 8601")
    assert_refused(run(brandsync, pipeline, "runs", "show", "last"), 1, "`started_at` is 'yesterday'")
    assert run(brandsync, pipeline, "sync").code == 0
