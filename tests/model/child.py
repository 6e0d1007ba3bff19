"""A call of brandsync in a process of its own, which is killed at a point of its way.

The processes are forked from a nursery that has loaded everything and runs nothing: so each costs milliseconds.
"""

import os
import signal
import traceback
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from faults.crash_points import Points, die, watch
from model.calm import be_calm
from nursery import start_nursery

from brandsync.config import load
from brandsync.http.tls import trusting
from brandsync.run.pipeline import Pipeline
from brandsync.run.recovery import RecoveryMode, recover_runs
from brandsync.run.sync import Options, sync
from brandsync.run.undo import UndoOptions, undo

_SECONDS = 60
_DRIVER = psycopg  # loaded here, so that no run has to


@dataclass(frozen=True, slots=True)
class Call:
    """What a process is to do: ``sync``, ``undo`` and a run, or ``recover`` and a mode."""

    config: str
    """Its text."""
    path: Path
    """Where it stands."""
    command: str
    argument: str = ""


class NamedPoint(Points):
    """Ends its process where it first comes to the point of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(None)
        self._name = name

    def reach(self, name: str) -> None:
        """Be at a point."""
        if name == self._name:
            die()
        super().reach(name)


def run_and_die(call: Call, fatal: int | str) -> bool:
    """Do it in a process of its own, which dies at the point ``fatal``, a number or a name.

    Returns whether it came that far.
    """
    nursery = _nursery()
    nursery.send((call, fatal))
    assert nursery.poll(_SECONDS), f"{call} hangs at point {fatal}"
    status = nursery.recv()
    died = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    assert died or status == 0, f"{call} ended with status {status} at point {fatal}"
    return died


@cache
def _nursery() -> Connection:
    return start_nursery(_nurse)


def _nurse(asked: Connection) -> None:
    with pytest.MonkeyPatch.context() as patch:
        be_calm(patch)
        httpx.Client(verify=trusting(None)).close()  # reads the certificates, and loads what every run needs
        configs: dict[str, Any] = {}
        while True:
            try:
                call, fatal = asked.recv()
            except EOFError:
                return
            if call.config not in configs:
                configs[call.config] = load(call.path)
            asked.send(_born(call, configs[call.config], fatal))


def _born(call: Call, config: Any, fatal: int | str) -> int:
    if child := os.fork():
        return os.waitpid(child, 0)[1]
    code = 1
    try:
        watch(NamedPoint(fatal) if isinstance(fatal, str) else Points(fatal))
        with closing(Pipeline.open(config)) as pipeline:
            _commands(call, pipeline)[call.command]()
            code = 0
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(code)


def _commands(call: Call, pipeline: Pipeline) -> dict[str, Callable[[], Any]]:
    return {
        "sync": lambda: sync(pipeline, Options(force=True), _quiet),
        "undo": lambda: undo(pipeline, call.argument, UndoOptions(force=True), _quiet),
        "recover": lambda: recover_runs(pipeline, RecoveryMode(call.argument)),
    }


def _quiet(_phase: str, _count: int) -> None:
    """No progress."""
