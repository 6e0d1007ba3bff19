import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import StringIO
from pathlib import Path

import pytest
from command import Catalogue, Command, Ran

import brandsync as package
from brandsync.cli.logs import StderrLines, configure
from brandsync.errors import EXIT_CODES

HEAVY = (
    *("httpx", "peewee", "pydantic", "jmespath", "stamina", "yaml", "rich.table", "rich.console"),
    *("brandsync.plan", "brandsync.run.sync"),
)

OPTIONS = {
    "sync": "--dry-run --exit-code --expect --full --keep-going --force --recover --config --output",
    "init": "DIRECTORY",
    "check": "--config --output",
    "backends": "NAME --output",
    "runs": "--limit --config --output show",
    "runs show": "RUN --config --output",
    "undo": "RUN --dry-run --config --output",
    "recover": "--resume --accept --config --output",
}


@contextmanager
def stdout_to(descriptor: int, encoding: str = "utf-8") -> Iterator[None]:
    """Stdout as a process has it that was started with this descriptor for it."""
    with os.fdopen(descriptor, "w", encoding=encoding) as stream, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        yield


def test_the_version_imports_little_more_than_typer() -> None:
    code = (
        "import sys, typer; known = set(sys.modules); sys.argv = ['brandsync', '--version']\n"
        "from brandsync.cli import main\n"
        "try: main()\n"
        "except SystemExit: print(*(set(sys.modules) - known), file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == f"brandsync {package.__version__}\n"
    modules = ran.stderr.split()
    assert not set(modules) & set(HEAVY)
    assert len(modules) < 40


def test_every_command_has_help_that_names_its_options(brandsync: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    for command, options in OPTIONS.items():
        ran = brandsync(*command.split(), "--help")
        assert ran.code == 0
        for option in options.split():
            assert option in ran.out, f"{option} is not in the help of {command}"


def test_the_help_lists_every_command_and_exit_code(brandsync: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    ran = brandsync("--help")
    for command in OPTIONS:
        assert command.split()[0] in ran.out
    for code, meaning in EXIT_CODES:
        assert f"{code} {meaning}" in ran.out


def test_no_arguments_show_the_help(brandsync: Command) -> None:
    assert re.search(r"Usage: .*brandsync", brandsync().out)


def test_an_unknown_option_is_a_usage_error(brandsync: Command) -> None:
    assert brandsync("sync", "--dryrun").code == 2


def test_a_broken_installation_ends_in_one_line(brandsync: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brandsync.cli.ending.choose", None)
    ran = brandsync("sync")
    assert (ran.code, ran.err) == (70, "error: a bug in brandsync: TypeError\n")


def test_ctrl_c_in_the_middle_of_anything_exits_with_130(brandsync: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("brandsync.cli.application.app", interrupted)
    assert (brandsync("check").code, brandsync("check").err) == (130, "")


@pytest.mark.parametrize("output", ["plain", "rich", "json"])
def test_a_reader_that_goes_away_ends_nothing(brandsync: Command, catalogue: Catalogue, output: str) -> None:
    catalogue.edit("sondag", description="x" * 300_000)
    reader, writer = os.pipe()
    os.close(reader)
    with stdout_to(writer):
        ran = brandsync("sync", "--dry-run", "--exit-code", "--output", output)
    assert (ran.code, ran.err) == (3, "")


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize("output", ["plain", "rich", "json"])
@pytest.mark.parametrize(
    "command", ["sync --dry-run --exit-code", "sync", "check", "runs", "runs show last", "undo last", "recover"]
)
def test_a_result_that_cannot_be_written_has_an_exit_code_of_its_own(
    brandsync: Command, command: str, output: str
) -> None:
    if not command.startswith("sync"):
        brandsync("sync")
    ran = into_a_full_disk(brandsync, *command.split(), "--output", output)
    assert ran.code == 73
    told = ran.err[ran.err.index("error: ") :].splitlines()
    assert told[0] == "error: the result could not be written to stdout: No space left on device"
    assert told[1].startswith("hint: make room where stdout leads to; what a run did stays done")


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize(
    "command", ["--help", "--version", "sync --help", "backends", "backends rest", "init x", "runs show last --html -"]
)
def test_every_command_tells_that_it_could_not_print(brandsync: Command, command: str) -> None:
    brandsync("sync")
    ran = into_a_full_disk(brandsync, *command.split())
    assert (ran.code, ran.err.splitlines()[0]) == (
        73,
        "error: the result could not be written to stdout: No space left on device",
    )


@pytest.mark.usefixtures("catalogue")
def test_a_worse_exit_code_is_not_hidden_by_a_full_disk(brandsync: Command) -> None:
    brandsync("sync")
    assert into_a_full_disk(brandsync, "sync", "--expect", "0" * 16).code == 4


@pytest.mark.usefixtures("catalogue")
def test_a_run_that_could_not_print_its_result_stays_done(brandsync: Command) -> None:
    into_a_full_disk(brandsync, "sync")
    assert "status  done\n" in brandsync("runs", "show", "last").out
    assert "created=0" in brandsync("sync").out


def into_a_full_disk(brandsync: Command, *arguments: str) -> Ran:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with stdout_to(os.open("/dev/full", os.O_WRONLY)):
        return brandsync(*arguments)


@pytest.mark.usefixtures("catalogue")
def test_json_is_utf_8_and_plain_lines_are_readable_in_any_locale(brandsync: Command, tmp_path: Path) -> None:
    file = tmp_path / "shown"
    for output, encoding, name in (("json", "utf-8", '"name": "Söndag"'), ("plain", "ascii", 'name="S\\xf6ndag"')):
        with stdout_to(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "ascii"):
            assert brandsync("sync", "--dry-run", "--output", output).code == 0
        assert name in file.read_text(encoding)


def test_log_records_are_single_lines_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    configure(verbose=True)
    configure(verbose=True)
    (handler,) = [handler for handler in root.handlers if isinstance(handler, StderrLines)]
    try:
        logging.getLogger("brandsync.x").debug("a page of %s", "b\x1b[31m\nc")
        configure(verbose=False)
        logging.getLogger("brandsync.x").debug("not told")
        logging.getLogger("brandsync.x").warning("told")
        assert not logging.getLogger("httpx").isEnabledFor(logging.INFO)
        for library in ("psycopg", "psycopg.pool", "apprise", "urllib3.connectionpool"):
            logging.getLogger(library).error("error ignored terminating")
    finally:
        root.removeHandler(handler)
    assert capsys.readouterr().err == "debug: a page of b\\x1b[31m\\nc\nwarning: told\n"


def test_any_stream_will_do_for_stderr(brandsync: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    assert brandsync("sync", "--config", "nowhere.toml").code == 78
    assert stream.getvalue().startswith("error: nowhere.toml")


def test_the_log_as_json_names_the_pipeline_and_the_run_and_hides_nothing_of_a_line(
    brandsync: Command, tmp_path: Path
) -> None:
    (tmp_path / "brands.json").write_text('[{"id": "1", "name": "A"}, {"id": "2", "name": " "}]')
    (tmp_path / "shop.toml").write_text(
        '[cms]\nbackend = "file"\npath = "brands.json"\n[store]\nbackend = "sql"\nurl = "sqlite:///shop.db"\n'
    )
    ran = brandsync(
        *("--log-format", "json", "--verbose", "sync", "--output", "json", "--config", str(tmp_path / "shop.toml"))
    )
    assert ran.code == 65
    result, lines = ran.json, [json.loads(line) for line in ran.err.splitlines()]
    assert {(line["pipeline"], line["run"], line["level"]) for line in lines} == {("shop", result["run"], "debug")}
    assert lines[-1]["message"].startswith("sync: ")
    assert all(datetime.fromisoformat(line["time"]).tzinfo for line in lines)


@pytest.mark.parametrize("output", ["rich", "plain", "json"])
def test_errors_and_hints_are_json_too_where_the_environment_says_so(
    brandsync: Command, monkeypatch: pytest.MonkeyPatch, output: str, tmp_path: Path
) -> None:
    missing = str(tmp_path / "a\x1b.toml")
    monkeypatch.setenv("BRANDSYNC_LOG_FORMAT", "json")
    ran = brandsync("sync", "--output", output, "--config", missing)
    assert ran.code == 78
    error, hint = (json.loads(line) for line in ran.err.splitlines())
    assert (error["level"], error["logger"]) == ("error", "brandsync.report")
    assert missing in error["message"]
    assert (hint["level"], hint["kind"]) == ("info", "hint")


def test_a_log_format_that_is_none_is_a_usage_error(brandsync: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRANDSYNC_LOG_FORMAT", "xml")
    ran = brandsync("sync")
    assert ran.code == 2
    assert "BRANDSYNC_LOG_FORMAT" in ran.err


def test_a_line_of_json_holds_no_more_of_a_record_than_its_message(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    configure(verbose=False, log_format="json")
    (handler,) = [handler for handler in root.handlers if isinstance(handler, StderrLines)]
    try:
        logging.getLogger("other").error(
            "failed at %s", "x", exc_info=ValueError("a secret"), extra={"args_of_call": "a secret"}
        )
    finally:
        root.removeHandler(handler)
    line = json.loads(capsys.readouterr().err)
    context = {"pipeline", "run"}  # another test may have run a sync in this process
    assert line.keys() - context == {"time", "level", "logger", "message"}
    assert line["message"] == "failed at x"
