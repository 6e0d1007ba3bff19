"""Whole processes, measured: what a cron line costs.

Each is started by a small launcher, this file as a program: what the kernel says of a process's memory begins with that
of the one that it was started from.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
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


class Refused(Exception):
    """A process did not end as it should have."""


def measured(command: Sequence[str], *, code: int = 0) -> tuple[Cost, str]:
    """Run a command to its end, which has to be with this exit code; what it took, and what it printed."""
    launcher = [sys.executable, "-S", __file__, *command]
    launched = subprocess.run(launcher, capture_output=True, text=True, check=True)
    told, _, output = launched.stdout.partition("\n")
    *cost, ended = json.loads(told)
    if ended != code:
        raise Refused(f"{' '.join(command)} ended with {ended}:\n{output[-2000:]}{launched.stderr[-2000:]}")
    return Cost(*cost), output


def program(name: str) -> str:
    """A program of the environment that this one runs in."""
    return str(Path(sys.executable).with_name(name))


def main(command: Sequence[str]) -> None:
    """Run a command; print what it took, and then its own output."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    scale = 1 if sys.platform == "darwin" else 1024
    cpu, memory = usage.ru_utime + usage.ru_stime, usage.ru_maxrss * scale / 1_000_000
    sys.stdout.write(json.dumps([wall, cpu, memory, process.returncode]) + "\n")
    sys.stdout.flush()
    sys.stdout.buffer.write(output)


if __name__ == "__main__":
    main(sys.argv[1:])
