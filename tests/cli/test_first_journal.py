"""A journal that version 0.1.0 has written, with a run that died: it is settled, gone on with, and taken back.

``written_by_0_1_0`` is what that version left after four runs: the first made Acme, the second Borea and Corvus and
adopted Dandy, the third renamed Acme, corrected Corvus, made Evora and deleted Borea, and the fourth was killed when it
had made Fennec and was about to rename Acme again.
"""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from shutil import copy

import pytest
from ran import Command

from brandsync.journal.tables import SCHEMA_VERSION

FILES = Path(__file__).parent / "written_by_0_1_0"
BEFORE = ("Acme Renamed", "Corvus", "Dandy", "Evora")
"""What the store held before the run that died."""
THEIRS = [("their-own", None, "Dandy", "dandy", "Theirs", None)]
"""What it held before brandsync came."""


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("brands.json", "brandsync.toml"):
        copy(FILES / name, tmp_path)
    for name in ("journal", "shop"):
        script = (FILES / f"{name}.sql").read_text("utf-8").replace("@FOLDER@", str(tmp_path))
        with closing(sqlite3.connect(tmp_path / f"{name}.db")) as database:
            database.executescript(script)
    ask(tmp_path, "journal", "UPDATE brandsync_lease SET expires_at = 0")  # it has been dead for long
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ask(folder: Path, name: str, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / f"{name}.db", isolation_level=None)) as database:
        return database.execute(sql).fetchall()


def names(folder: Path) -> list[object]:
    return [row[0] for row in ask(folder, "shop", "SELECT name FROM brand ORDER BY name")]


def test_a_dry_run_reads_it_as_it_is(old: Path, brandsync: Command) -> None:
    found = brandsync("sync", "--dry-run", "--output", "json")
    assert (found.code, found.json["counts"]["created"]) == (0, 0)
    assert "brandsync recover" in found.err
    assert ask(old, "journal", "SELECT version FROM brandsync_schema") == [(2,)]


def test_the_run_that_died_is_rolled_back_and_the_next_one_goes_on(old: Path, brandsync: Command) -> None:
    assert brandsync("recover").code == 0
    assert names(old) == [*BEFORE]
    assert max(ask(old, "journal", "SELECT version FROM brandsync_schema")) == (SCHEMA_VERSION,)
    found = brandsync("sync", "--output", "json")
    assert (found.code, found.json["counts"]["created"], found.json["counts"]["updated"]) == (0, 1, 1)
    assert names(old) == ["Acme Twice", "Corvus", "Dandy", "Evora", "Fennec"]
    assert brandsync("sync", "--output", "json").json["changes"] == []


def test_all_its_runs_are_taken_back_one_by_one(old: Path, brandsync: Command) -> None:
    assert brandsync("recover").code == 0
    runs = ask(old, "journal", "SELECT id FROM brandsync_run WHERE kind = 'sync' AND status = 'done' ORDER BY id DESC")
    for (run,), left in zip(runs, (["Acme", "Borea", "Corvus", "Dandy"], ["Acme", "Dandy"], ["Dandy"]), strict=True):
        assert brandsync("undo", str(run), "--force").code == 0
        assert names(old) == left
    assert ask(old, "shop", "SELECT id, cms_id, name, handle, description, metadata FROM brand") == THEIRS


def test_what_it_remembers_tells_whose_edit_it_is(old: Path, brandsync: Command) -> None:
    assert brandsync("recover").code == 0
    ask(old, "shop", "UPDATE brand SET description = 'By hand' WHERE name = 'Corvus'")
    entries = json.loads((old / "brands.json").read_text("utf-8"))
    entries[1]["metadata"] = {"founded": 1902, "tags": []}
    (old / "brands.json").write_text(json.dumps(entries), "utf-8")
    (old / "brandsync.toml").write_text(
        (old / "brandsync.toml").read_text("utf-8").replace("[sync]", '[sync]\non_conflict = "store"'), "utf-8"
    )
    assert brandsync("sync", "--force").code == 0
    found = ask(old, "shop", "SELECT description, metadata FROM brand WHERE name = 'Corvus'")
    assert found == [("By hand", '{"founded":1902,"tags":[]}')]
