import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import hostile_catalogue
import pytest
from hostile_catalogue import HOSTILE, incomplete, synced

from brandsync.cli.ending import choose
from brandsync.cli.logs import configure
from brandsync.errors import ConfigError
from brandsync.report.interface import Sheet
from brandsync.report.json import JsonReport
from brandsync.report.plain import PlainReport
from brandsync.report.rich import RichReport

SHOWN = "\\x1b]0;pwned\\x07[red]Evil[/red]\\u202e :smile:\\nSynced brands from CMS: 0 brands"


@pytest.fixture(autouse=True)
def stderr_lines() -> Iterator[None]:
    """What is said on stderr arrives there, as the command line has it."""
    root = logging.getLogger()
    before = list(root.handlers)
    configure(verbose=False)
    yield
    root.handlers[:] = before


def hostile(directory: Path) -> None:
    hostile_catalogue.write(
        directory,
        [{"id": HOSTILE, "name": HOSTILE, "description": "d" * 5000}, {"id": f"2{HOSTILE}", "name": None}],
    )


def many(directory: Path, count: int) -> None:
    unnamed = [{"id": f"u{number}", "name": ""} for number in range(count)]
    named = [{"id": f"b{number}", "name": f"Brand {number}"} for number in range(count)]
    hostile_catalogue.write(directory, unnamed + named)


def test_plain_lines_show_hostile_text_and_never_interpret_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile(tmp_path)
    with synced(tmp_path, dry_run=True) as result:
        PlainReport().result(result)
    create, skipped, counts, last = capsys.readouterr().out.splitlines()
    assert create == f'create  {SHOWN}  -  name="{SHOWN}"  description="{"d" * 5000}"'
    assert skipped.startswith(f"skipped  2{SHOWN}  invalid  ")
    assert counts.startswith("sync  -  brandsync  status=dry_run  retrieved=2  created=1  updated=0")
    assert re.fullmatch(r"Dry run: 1 brand would be created and 0 brands updated\. Checksum [0-9a-f]{16}\.", last)


@pytest.mark.parametrize("width", [60, 200])
def test_tables_show_hostile_text_and_never_interpret_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    hostile(tmp_path)
    with synced(tmp_path, dry_run=True) as result:
        RichReport().result(result)
    out = capsys.readouterr().out
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e]", out)
    cells = [line.split("│")[1:-1] for line in out.splitlines() if line.startswith("│")]
    joined = "".join(row[3].strip() for row in cells if len(row) == 4)
    assert "[red]Evil[/red]" in joined
    assert ":smile:" in joined
    assert "d" * 200 not in joined
    *table, last = out.splitlines()
    assert last.startswith("Dry run: 1 brand would be created and 0 brands updated. Checksum ")
    assert max(map(len, table)) <= width


def test_a_real_run_ends_with_the_guides_words_whatever_the_width(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    hostile(tmp_path)
    with synced(tmp_path, dry_run=False) as result:
        RichReport().result(result)
        run = result.run
    out = capsys.readouterr().out
    assert out.splitlines()[-1] == "Synced brands from CMS: 1 brand created and 0 brands updated."
    assert "Plan of" not in out
    assert run


def test_long_tables_say_how_much_more_there_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    many(tmp_path, 60)
    with synced(tmp_path, dry_run=True) as result:
        RichReport().result(result)
    out = capsys.readouterr().out
    assert "and 10 more; with --dry-run --output plain, all are listed" in out
    assert "and 40 more; with --dry-run --output plain, all are listed" in out
    assert out.count("invalid") == 20
    with synced(tmp_path, dry_run=False) as result:
        RichReport().result(result)
        out = capsys.readouterr().out
        assert re.search(rf"and 40 more; `brandsync runs show (--config \S+ )?{result.run} --output plain` lists", out)


def test_plain_lines_leave_nothing_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    many(tmp_path, 60)
    with synced(tmp_path, dry_run=True) as result:
        PlainReport().result(result)
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition("  ")[0] for line in lines[:120]] == ["create"] * 60 + ["skipped"] * 60


def test_updates_and_deletions_show_both_sides(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    many(tmp_path, 2)
    with synced(tmp_path, dry_run=False):
        pass
    hostile_catalogue.write(tmp_path, [{"id": "b0", "name": "New"}])
    with (tmp_path / "brandsync.toml").open("a") as config:
        config.write('[sync]\non_missing = "delete"\n')
    with synced(tmp_path, dry_run=True) as result:
        RichReport().result(result)
        PlainReport().result(result)
    out = capsys.readouterr().out
    assert '"Brand 0" → "New"' in out
    assert re.search(r'(?m)^delete  b1  \w+  name="Brand 1"', out)
    assert re.search(r'(?m)^update  b0  \w+  name="Brand 0" -> "New"', out)


def test_plain_lines_tell_what_was_not_undone(capsys: pytest.CaptureFixture[str]) -> None:
    PlainReport().result(incomplete())
    out, err = capsys.readouterr()
    kept, failed, recovered, _, last = out.splitlines()
    assert kept == f'kept  cms-1  brand-1  wrote name="Written"  before name="Before"  found name="{SHOWN}"'
    assert failed == f'failed  cms-2  -  wrote external_id="brand-2"  before external_id=null  {SHOWN}'
    assert recovered == "recovered  01DEAD  rolled_back  undone=1"
    assert last == "Rollback incomplete: 1 write could not be taken back."
    assert err.splitlines() == ["error: 1 write of run 01RUN could not be undone", "hint: remove the cause"]


def test_tables_tell_what_was_not_undone(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    incompletely = incomplete()
    result = replace(incompletely, failed=[*incompletely.failed] * 25)
    RichReport().result(result)
    out, err = capsys.readouterr()
    assert 'name = "Written"' in out
    assert 'name = "Before"' in out
    assert f'name = "{SHOWN}"' in out
    assert f"and 5 more; `brandsync runs show {result.run} --output plain` lists them" in out
    assert "Recovered run 01DEAD: rolled back, 1 write undone" in out
    assert err.splitlines() == ["error: 1 write of run 01RUN could not be undone", "hint: remove the cause"]


def test_json_holds_hostile_text_as_it_is(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    hostile(tmp_path)
    with synced(tmp_path, dry_run=True) as result:
        JsonReport().result(result)
    out = capfdbinary.readouterr().out
    assert out.count(b"\n") == 1
    assert json.loads(out)["changes"][0]["after"]["name"] == HOSTILE


def test_json_of_a_lone_surrogate_is_utf_8_all_the_same(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    JsonReport().sheets([], {"name": "ü\ud800"})
    out = capfdbinary.readouterr().out
    assert out == '{"schema": 1, "name": "ü\\ud800"}\n'.encode()
    assert json.loads(out)["name"] == "ü\ud800"


def test_a_failure_outside_a_run_is_told_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    error = ConfigError("one\ntwo\x1b", hint="do this")
    PlainReport().failure(error)
    assert capsys.readouterr() == ("", "error: one\nerror: two\\x1b\nhint: do this\n")
    JsonReport().failure(error)
    out, _ = capsys.readouterr()
    assert {"pipeline": None, "status": "failed", "exit_code": 78, "hint": "do this"}.items() <= json.loads(out).items()


def test_sheets_of_plain_lines_have_headings_only_where_there_are_several(capsys: pytest.CaptureFixture[str]) -> None:
    sheet = Sheet("Runs of shop", ("run", "note"), [("01", ""), ("02", "a\nb")], "and more")
    PlainReport().sheets([sheet], {})
    assert capsys.readouterr().out == "01  -\n02  a\\nb\nand more\n"
    PlainReport().sheets([sheet, Sheet("Others.", ("run",), [("03",)])], {})
    assert capsys.readouterr().out.splitlines() == ["Runs of shop:", "01  -", "02  a\\nb", "and more", "Others:", "03"]
    RichReport().sheets([sheet], {})
    assert "a\\nb" in capsys.readouterr().out


def test_plain_progress_is_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    with PlainReport(every=0) as report:
        report.progress("cms", 100)
        report.progress("cms", 50)
    with PlainReport() as report:
        report.progress("cms", 100)
    assert capsys.readouterr() == ("", "progress: cms 100\nprogress: cms 150\n")


def test_the_report_fits_where_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(choose("json"), JsonReport)
    assert isinstance(choose("rich"), RichReport)
    assert isinstance(choose(None), PlainReport)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    assert isinstance(choose(None), RichReport)
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(choose(None), PlainReport)


def test_a_terminal_gets_progress_bars(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with RichReport() as report:
        report.progress("cms", 100)
        report.progress("cms", 50)
        report.progress("create-brands-step", 1)
        report.progress("rollback", 0)
        report.progress("recovery", 0)
    out, err = capsys.readouterr()
    assert out == ""
    assert "reading the CMS" in err
    assert "taking back what this run wrote" in err
    assert "taking back what a run wrote that died" in err
    assert "150 brands" in err
    assert "create-brands-step" in err


def test_without_a_terminal_there_are_no_bars(capsys: pytest.CaptureFixture[str]) -> None:
    with RichReport() as report:
        report.progress("cms", 100)
    assert capsys.readouterr() == ("", "")


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    RichReport().error("wrong")
    assert "\x1b[1;31m" in capsys.readouterr().err
    monkeypatch.setenv("NO_COLOR", "1")
    RichReport().error("wrong")
    assert "31m" not in capsys.readouterr().err


RUNS = Sheet(
    "Runs of shop",
    ("run", "started", "kind", "status", "created", "updated"),
    [("01M8619PTR14ASGWXWZZ2HXTQS", "2026-11-24T05:43:43+00:00", "sync", "done", "12", "")],
)


@pytest.mark.parametrize("width", [60, 80, 200])
def test_rows_that_do_not_fit_beside_each_other_become_lists(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    RichReport().sheets([RUNS], {})
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= width
    if width == 200:
        assert any("run " in line and "│" not in line and "updated" in line for line in lines)
        assert any("01M8619PTR14ASGWXWZZ2HXTQS │ 2026-11-24T05:43:43+00:00 │ sync" in line for line in lines)
    else:
        assert [line.rstrip() for line in lines[:3]] == [
            "Runs of shop",
            "run      01M8619PTR14ASGWXWZZ2HXTQS",
            "started  2026-11-24T05:43:43+00:00",
        ]
        assert not any(line.startswith("updated") for line in lines)


def test_a_table_without_headings_has_no_heading_line(capsys: pytest.CaptureFixture[str]) -> None:
    RichReport().sheets([Sheet("Run 01", ("", ""), [("status", "done")])], {})
    title, top, *_ = capsys.readouterr().out.splitlines()
    assert (title.rstrip(), top[0]) == ("Run 01", "┌")


def test_an_endless_cell_is_cut_in_a_table_and_not_in_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    sheet = Sheet("Runs", ("run",), [("x" * 100_000,)])
    RichReport().sheets([sheet], {})
    assert len(capsys.readouterr().out) < 5_000
    PlainReport().sheets([sheet], {})
    assert capsys.readouterr().out == "x" * 100_000 + "\n"


def test_a_summary_leaves_out_what_is_zero(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    many(tmp_path, 3)
    with synced(tmp_path, dry_run=False) as result:
        RichReport().result(replace(result, seconds=0.0234))
    out = capsys.readouterr().out
    shown = [line.strip("│ ").split() for line in out[out.index("╭") :].splitlines() if line.startswith("│")]
    assert shown == [["retrieved", "6"], ["created", "3"], ["skipped", "3"], ["time", "0.02", "s"]]


def test_a_dry_run_that_changes_nothing_shows_no_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hostile_catalogue.write(tmp_path, [{"id": "a", "name": "A"}])
    with synced(tmp_path, dry_run=False):
        pass
    with synced(tmp_path, dry_run=True) as result:
        RichReport().result(result)
    assert "Plan of" not in capsys.readouterr().out


def test_json_escapes_whatever_a_terminal_would_obey(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    JsonReport().sheets([], {"name": "ü \x9b\u202e\U000e0067 漢"})
    out = capfdbinary.readouterr().out.decode()
    assert out == '{"schema": 1, "name": "ü \\u009b\\u202e\\udb40\\udc67 漢"}\n'
    assert json.loads(out)["name"] == "ü \x9b\u202e\U000e0067 漢"


def test_a_warning_without_a_hint_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    PlainReport().warning("look at this")
    assert capsys.readouterr().err == "warning: look at this\n"
