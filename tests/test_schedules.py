"""The crontab: cron checks nothing of what these tests check."""

import os
import re
import shlex
import shutil
import string
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
CRONTAB = ROOT / "crontab.example"
CONFIG = "/etc/brandsync/brandsync.toml"
_SCHEDULED = re.compile(r"^#?((?:[\d*/,-]+ ){5})(.+)$", re.MULTILINE)
_VARIABLE = re.compile(r"^([A-Z]+)=(.*)$", re.MULTILINE)


def cron_lines() -> list[tuple[str, str]]:
    """Each line's times and shell command, those that are commented out too."""
    return [(times.strip(), command) for times, command in _SCHEDULED.findall(CRONTAB.read_text())]


def cron_variables() -> dict[str, str]:
    return dict(_VARIABLE.findall(CRONTAB.read_text()))


def commands() -> list[list[str]]:
    """The arguments of every brandsync call in the crontab, ``brandsync`` itself first."""
    return [_brandsync_call(command) for _, command in cron_lines()]


def _brandsync_call(command: str) -> list[str]:
    words = shlex.split(string.Template(command).safe_substitute(cron_variables()).split(">>")[0])
    return words[words.index("brandsync") :]


# Every command line


@pytest.mark.parametrize("words", commands(), ids=shlex.join)
def test_the_command_line_takes_what_the_scheduler_gives_it(words: list[str], tmp_path: Path) -> None:
    from typer.main import get_command  # noqa: PLC0415 - the other tests do without the command line

    from brandsync.cli.application import app  # noqa: PLC0415

    config = tmp_path / "brandsync.toml"
    config.touch()
    arguments = [str(config) if word == CONFIG else word for word in words[1:]]
    group: Any = get_command(app)
    context = group.make_context(words[0], arguments)
    name, command, rest = group.resolve_command(context, [*context._protected_args, *context.args])
    with context, command.make_context(name, rest, parent=context) as parsed:
        assert Path(str(parsed.params["config"])) == config


def test_every_command_is_a_sync_with_the_documented_file() -> None:
    assert commands() == [["brandsync", "sync", "--config", CONFIG]] * 2


# cron


@pytest.mark.skipif(not shutil.which("crontab"), reason="cron is not installed")
def test_cron_takes_the_crontab() -> None:
    tried = subprocess.run(["crontab", "-n", CRONTAB], capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stderr


def test_the_crontab_runs_daily_at_midnight_and_offers_every_minute() -> None:
    assert [times for times, _ in cron_lines()] == ["0 0 * * *", "* * * * *"]
    assert re.findall(r"^#.*brandsync sync", CRONTAB.read_text(), re.MULTILINE)
    assert CRONTAB.read_text().endswith("\n")


def test_no_line_has_a_percent_sign_that_cron_would_take_for_a_newline() -> None:
    assert not [command for _, command in cron_lines() if re.search(r"(?<!\\)%", command)]


def test_no_line_is_longer_than_cron_reads() -> None:
    assert max(len(command) for _, command in cron_lines()) < 998


class Shell:
    """Runs the crontab's lines as cron would, with a stand-in for brandsync and files of the test's own."""

    def __init__(self, directory: Path) -> None:
        self.log = directory / "log"
        self.started = directory / "started"
        self._program = directory / "brandsync"
        paths = {name: str(directory / name.lower()) for name in ("CONFIG", "LOCK", "LOG")}
        self._environment = {**cron_variables(), **paths, "PATH": f"{directory}:{os.environ['PATH']}"}

    def stand_in(self, script: str) -> None:
        """What ``brandsync`` is to do."""
        self._program.write_text(f"#!/bin/sh\n{script}\n")
        self._program.chmod(0o755)

    def start(self, command: str) -> subprocess.Popen[str]:
        shell = cron_variables()["SHELL"]
        return subprocess.Popen(
            [shell, "-c", command], env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def run(self, command: str) -> tuple[int, str]:
        """The exit code, and what cron would mail."""
        with self.start(command) as process:
            output = process.communicate(timeout=10)[0]
        return process.returncode, output

    def wait_until_started(self) -> None:
        give_up = time.monotonic() + 60
        while not self.started.exists():
            assert time.monotonic() < give_up
            time.sleep(0.01)


@pytest.fixture(params=[command for _, command in cron_lines()], ids=["daily", "every minute"])
def line(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_a_line_that_succeeds_logs_and_mails_nothing(shell: Shell, line: str) -> None:
    shell.stand_in('echo "$@"; echo progress >&2')
    assert shell.run(line) == (0, "")
    assert shell.log.read_text() == f"sync --config {shell.log.with_name('config')}\nprogress\n"


@pytest.mark.parametrize("code", [1, 4, 65, 74, 75, 77, 78])
def test_the_exit_code_comes_through_and_is_mailed(shell: Shell, line: str, code: int) -> None:
    shell.stand_in(f"exit {code}")
    assert shell.run(line) == (code, f"brandsync exited {code}, see {shell.log}\n")


def test_a_run_that_takes_too_long_is_asked_to_stop_and_says_how_it_ended(shell: Shell, line: str) -> None:
    shell.stand_in("trap 'echo rolled back; exit 75' TERM; while :; do sleep 0.01; done")
    hurried = re.sub(r"-k \S+ \S+ brandsync", "-k 10 0.1 brandsync", line)
    assert hurried != line
    assert shell.run(hurried)[0] == 75
    assert shell.log.read_text().endswith("rolled back\n")


def test_a_run_that_overlaps_another_exits_75(shell: Shell, line: str) -> None:
    shell.stand_in(f"touch {shell.started}; while [ -e {shell.started} ]; do sleep 0.01; done")
    with shell.start(line) as first:
        shell.wait_until_started()
        second, mail = shell.run(line)
        shell.started.unlink()
    assert (first.returncode, second, mail) == (0, 75, f"brandsync exited 75, see {shell.log}\n")


# What keeps the log small, and systemd


@pytest.mark.skipif(not shutil.which("logrotate"), reason="logrotate is not installed")
def test_logrotate_takes_what_the_crontab_says_of_the_log(tmp_path: Path) -> None:
    [commented] = re.findall(r"^# {5}\S+\.log \{\n(?:#.*\n)*?# {5}\}", CRONTAB.read_text(), re.MULTILINE)
    rule = re.sub(r"^# {5}", "", commented, flags=re.MULTILINE)
    log = cron_variables()["LOG"]
    assert rule.split()[0] == log
    (tmp_path / "brandsync.log").write_text("a line\n")
    (tmp_path / "rule").write_text(rule.replace(log, str(tmp_path / "brandsync.log")) + "\n")
    (tmp_path / "rule").chmod(0o644)
    state = ["--state", str(tmp_path / "state"), "--force"]
    tried = subprocess.run(["logrotate", *state, tmp_path / "rule"], capture_output=True, text=True, check=False)
    assert (tried.returncode, tried.stderr) == (0, "")
    assert [path.name for path in tmp_path.glob("brandsync.log*")] == ["brandsync.log.1.gz"]


def units() -> dict[str, str]:
    """The README's systemd units, by their names."""
    [text] = re.findall(r"^```ini\n(.*?)^```", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    _, *parts = re.split(r"^# (\S+\.(?:service|timer))\n", text, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    assert units().keys() == {"brandsync.service", "brandsync.timer"}
    for name, text in units().items():
        (tmp_path / name).write_text(text.replace("/usr/local/bin/brandsync", sys.executable))
    tried = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *sorted(tmp_path.iterdir())],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (tried.returncode, tried.stderr) == (0, "")
