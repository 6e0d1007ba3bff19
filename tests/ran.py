"""The real command in this process, how it ended, and what must hold of every refusal."""

import contextlib
import json
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from brandsync.cli import main

CANARY = "c4n4ry"
"""In every secret of these tests: nothing that brandsync says or writes may hold it."""


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def last(self) -> str:
        return self.lines[-1]

    @property
    def json(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.out)
        return document


Command = Callable[..., Ran]
"""``brandsync("sync", "--dry-run")``."""


def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command as a function."""

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["brandsync", *arguments])
        capsys.readouterr()
        handled = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
        before = {number: signal.getsignal(number) for number in handled}
        with pytest.raises(SystemExit) as ended:
            main()
        for number, handler in before.items():
            signal.signal(number, handler)  # the command changes them, for a process that is about to end
        out, err = capsys.readouterr()
        code = ended.value.code
        return Ran(int(code) if code else 0, out, err)

    return run


def assert_refused(ran: Ran, code: int, *says: str) -> None:
    """It ended with one error and at most one hint, which say this, and nothing that nobody may see."""
    assert ran.code == code, ran.err
    first, *rest = ran.err.splitlines()
    assert first.startswith("error: ")
    assert len(rest) <= 1, ran.err
    assert all(line.startswith("hint: ") for line in rest)
    for fragment in says:
        assert fragment in ran.err
    for never in (CANARY, "Traceback", "a bug in"):
        assert never not in ran.out + ran.err


def assert_nothing_leaked(directory: Path) -> None:
    """No file but the configuration holds a secret: no database, journal or temporary file."""
    for file in directory.rglob("*"):
        if file.suffix != ".toml":
            with contextlib.suppress(IsADirectoryError):
                assert CANARY.encode() not in file.read_bytes(), file
