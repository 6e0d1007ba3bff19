"""Whole processes, measured: what a cron line costs."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cost:
    """What one process took."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds, in user and kernel mode."""
    memory: float
    """The most that was resident, in MB."""
    output: str
    """What it printed."""


class Refused(Exception):
    """A process did not end as it should have."""


def measured(command: Sequence[str], *, code: int = 0, env: Mapping[str, str] | None = None) -> Cost:
    """Run a command to its end, which has to be with this exit code."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, text=True)
    assert process.stdout
    assert process.stderr
    output, errors = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    process.communicate()
    if process.returncode != code:
        raise Refused(f"{' '.join(command)} ended with {process.returncode}:\n{output[-2000:]}{errors[-2000:]}")
    scale = 1 if sys.platform == "darwin" else 1024
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * scale / 1_000_000, output)


def program(name: str) -> str:
    """A program of the environment that this one runs in."""
    return str(Path(sys.executable).with_name(name))
