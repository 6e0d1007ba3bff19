"""``runs`` and ``runs show`` on a terminal: what happened last night, in one screen of 24 lines by 80 columns."""

import os
import pty
import re
import shutil
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from command import Catalogue, Command
from peewee import SqliteDatabase

Terminal = Callable[..., str]
"""``terminal(80, "runs", NO_COLOR="1")``."""


def nights(brandsync: Command, catalogue: Catalogue, count: int) -> None:
    for number in range(count):
        catalogue.edit("sondag", description=f"Linen for night {number}.")
        brandsync("sync")


@pytest.fixture(scope="module")
def old_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where three weeks of nights are kept, once they have been made."""
    return tmp_path_factory.mktemp("weeks") / "shop"


@pytest.fixture
def weeks(brandsync: Command, old_shop: Path, tmp_path: Path) -> Catalogue:
    """Three weeks of nights, more than a list shows; last night changed some brands and skipped one."""
    if not old_shop.exists():
        make_weeks(brandsync, tmp_path)
        shutil.copytree(tmp_path, old_shop)
    shutil.copytree(old_shop, tmp_path, dirs_exist_ok=True)
    return Catalogue(tmp_path)


def make_weeks(brandsync: Command, directory: Path) -> None:
    brandsync("init")
    catalogue = Catalogue(directory)
    nights(brandsync, catalogue, 20)
    catalogue.edit("glina", name="")
    catalogue.edit("cafe-alameda", description="Coffee roasted over oak in the old tram depot. Now on Sundays, too.")
    catalogue.edit("north-and-needle", logo_url="https://north-and-needle.example/new.svg")
    catalogue.brands = [*catalogue.brands, {"id": "new", "name": "New"}]
    brandsync("sync")


@pytest.fixture
def terminal(brandsync: Command, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """What the command itself writes to a terminal of this width."""

    def show(columns: int, *arguments: str, **environment: str) -> str:
        leader, follower = pty.openpty()
        with ThreadPoolExecutor(1) as reader, monkeypatch.context() as patch:
            shown = reader.submit(read, leader)
            with os.fdopen(follower, "w", encoding="utf-8") as screen:
                for name, value in {"COLUMNS": str(columns), "TERM": "xterm-256color", **environment}.items():
                    patch.setenv(name, value)
                for stream in ("stdout", "stderr"):
                    patch.setattr(sys, stream, screen)
                assert brandsync(*arguments).code == 0
        return shown.result().decode().replace("\r\n", "\n")

    return show


def read(leader: int) -> bytes:
    """All that comes until nobody has the other end any more."""
    shown = b""
    while True:
        try:
            some = os.read(leader, 65_536)
        except OSError:  # Linux's way of saying so
            some = b""
        if not some:
            os.close(leader)
            return shown
        shown += some


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


@pytest.mark.usefixtures("weeks")
@pytest.mark.parametrize("columns", [60, 80, 200])
@pytest.mark.parametrize("arguments", [["runs"], ["runs", "show", "last"]], ids=" ".join)
def test_a_usual_night_fits_one_screen(terminal: Terminal, columns: int, arguments: list[str]) -> None:
    lines = plain(terminal(columns, *arguments)).splitlines()
    assert max(map(len, lines)) <= columns
    assert len(lines) < (24 if columns >= 80 else 32)  # the prompt takes one


@pytest.mark.usefixtures("weeks")
def test_what_needs_a_person_comes_first_and_is_marked_without_colours_too(
    brandsync: Command, terminal: Terminal
) -> None:
    latest = brandsync("runs", "--output", "json").json["runs"][0]["id"]
    colourless = terminal(80, "runs", NO_COLOR="1")
    assert not re.search(r"\x1b\[[0-9;]*3\d", colourless)
    first, *_ = plain(colourless).splitlines()
    assert first.startswith(f"Look at run {latest[:10]}: 1 skipped; 1 created, 2 updated. Correct the entries")
    marked = [line for line in colourless.splitlines() if "! " in line]
    assert len(marked) == 1
    assert "\x1b[1;33m" in terminal(80, "runs", NO_COLOR="")


@pytest.mark.usefixtures("weeks")
def test_times_and_states_are_for_machines_in_plain_lines_and_json(brandsync: Command) -> None:
    ran = brandsync("runs")
    assert len(ran.lines) == 20
    run, started, kind, status, *counts, _seconds, code, error = ran.lines[0].split("  ")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", started)
    assert (len(run), kind, status, counts, code, error) == (26, "sync", "skipped_some", ["1", "2", "1"], "65", "-")
    runs = brandsync("runs", "--output", "json").json["runs"]
    assert [found["needs_person"] for found in runs] == [True] + [False] * 19
    assert runs[0]["hint"] == "correct the entries that are listed; the next run takes them up"
    assert runs[0]["started_at"] == started
    shown = brandsync("runs", "show", "last")
    assert f"started_at  {started}" in shown.lines
    assert "hint  correct the entries that are listed; the next run takes them up" in shown.lines


@pytest.mark.usefixtures("weeks")
def test_a_run_tells_what_changed_and_no_more_of_a_long_text_than_differs(terminal: Terminal) -> None:
    shown = " ".join(plain(terminal(80, "runs", "show", "last")).split())
    assert 'description: "… tram depot." → "… tram depot. Now on Sundays, too."' in shown
    assert "1 skipped; 1 created, 2 updated" in shown
    assert "glina the entry's `name` is blank; give it one in the CMS" in shown


def test_a_failed_night_says_what_was_wrong_and_what_to_do(
    brandsync: Command, catalogue: Catalogue, terminal: Terminal
) -> None:
    nights(brandsync, catalogue, 2)
    catalogue.brands = []
    assert brandsync("sync").code == 4
    shown = plain(terminal(80, "runs", "show", "last"))
    assert "refused: beyond a safety limit" in shown
    assert "the CMS returned no brands at all" in shown
    assert "`brandsync sync --dry-run`" in shown
    assert len(shown.splitlines()) < 24


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("running", "! not ended: at work, or dead"),
        ("rollback_incomplete", "! incomplete: 1 brand to put right"),
        ("rolled_back", "died: what it wrote was taken back"),
    ],
)
def test_a_run_that_is_stuck_is_marked_however_old_it_is(
    brandsync: Command, catalogue: Catalogue, terminal: Terminal, status: str, words: str
) -> None:
    nights(brandsync, catalogue, 3)
    database = SqliteDatabase(catalogue.directory / "shop.db")
    first = database.execute_sql("SELECT min(id) FROM brandsync_run").fetchone()[0]
    database.execute_sql("UPDATE brandsync_run SET status = ?, exit_code = NULL WHERE id = ?", (status, first))
    database.close()
    shown = plain(terminal(80, "runs"))
    assert words in shown
    assert shown.startswith("Look at run" if words.startswith("!") else "Runs of brandsync")


def test_every_pipeline_of_a_directory_is_listed(brandsync: Command, catalogue: Catalogue, monkeypatch: Any) -> None:
    directory = catalogue.directory / "pipelines"
    directory.mkdir()
    for name in ("north", "south"):
        text = catalogue.config.read_text("utf-8").replace('"brands.json"', '"../brands.json"')
        (directory / f"{name}.toml").write_text(text.replace("shop.db", f"{name}.db"), "utf-8")
    brandsync("sync", "--config", "pipelines")
    monkeypatch.setenv("COLUMNS", "80")
    shown = brandsync("runs", "--config", "pipelines", "--output", "rich").out
    assert re.findall(r"Runs of (\w+)", shown) == ["north", "south"]
    assert shown.count("12 created") == 2
