"""Processes that do what one call of the command does, and may die on their way.

They are forked from a nursery that has loaded everything and runs nothing: so each costs milliseconds.
"""

import json
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cache
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pymysql
from crash_points import END, Points, watch
from nursery import start_nursery

from brandsync.cms.rest.links import Links
from brandsync.config import load
from brandsync.http.tls import trusting
from brandsync.run.pipeline import Pipeline
from brandsync.run.recovery import RecoveryMode, recover_runs
from brandsync.run.result import Result
from brandsync.run.sync import Options, sync
from brandsync.run.undo import UndoOptions, undo
from brandsync.stores.sql import SqlStore

BATCH = 2
"""Brands of one batch: small catalogues have several batches."""

_SECONDS = 60
_DRIVERS = (psycopg, pymysql)  # loaded here, so that no run has to


@dataclass(frozen=True, slots=True)
class Call:
    """What a process is to do: ``sync``, ``recover`` and a mode, or ``undo`` (``--through``) and a run."""

    config: Path
    temporary: Path
    """Where its leases lock their files."""
    command: str
    argument: str = ""
    plugins: Path | None = None
    """Where a backend of somebody else's is installed."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended."""

    points: list[str]
    """Those it has passed; empty where it died."""
    result: dict[str, Any] | None
    """None where it died."""


def run(call: Call, fatal: int | None = None) -> Ended:
    """Do it in a process of its own, which dies at the point ``fatal``."""
    nursery = _nursery()
    nursery.send((call, fatal, False))
    assert nursery.poll(_SECONDS), f"{call.command} hangs at point {fatal}"
    status, said = nursery.recv()
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        assert fatal is not None
        return Ended([], None)
    assert (status, bool(said)) == (0, True), f"{call.command} ended with status {status} at point {fatal}"
    return Ended(*json.loads(said))


def stops(call: Call) -> Iterator[str]:
    """Do it in a process of its own, which waits at each point until the next one is asked for. Gives the points.

    What is there while it waits is what would be there if it had died: no write of it is under way.
    """
    nursery = _nursery()
    nursery.send((call, None, True))
    while True:
        assert nursery.poll(_SECONDS), f"{call.command} hangs"
        status, said = nursery.recv()
        if status is not None:
            assert status == 0, f"{call.command} ended with status {status}"
            return
        yield said
        nursery.send(None)


@cache
def _nursery() -> Connection:
    return start_nursery(_nurse)


def _nurse(asked: Connection) -> None:
    """Fork a process for each call. This one has no threads, and no connections."""
    Links.threads = 1
    SqlStore.batch_size = BATCH
    httpx.Client(verify=trusting(None)).close()
    configs: dict[str, Any] = {}
    while True:
        try:
            call, fatal, stopping = asked.recv()
        except EOFError:
            return
        if call.plugins and str(call.plugins) not in sys.path:
            sys.path.append(str(call.plugins))
        text = call.config.read_text("utf-8")
        if text not in configs:
            configs[text] = load(call.config)
        asked.send(_stopping(call, configs[text], asked) if stopping else _born(call, configs[text], fatal))


def _born(call: Call, config: Any, fatal: int | None) -> tuple[int, bytes]:
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        _live(call, config, Points(fatal), writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    return os.waitpid(child, 0)[1], said


def _stopping(call: Call, config: Any, asked: Connection) -> tuple[int, bytes]:
    """A process that waits at each point until it is told to go on."""
    ours, theirs = Pipe()
    child = os.fork()
    if not child:

        def stop(point: str) -> None:
            theirs.send(point)
            theirs.recv()

        _live(call, config, Points(None, stop), os.open(os.devnull, os.O_WRONLY))
    theirs.close()
    with ours, suppress(EOFError):
        while True:
            asked.send((None, ours.recv()))
            ours.send(asked.recv())
    return os.waitpid(child, 0)[1], b""


def _live(call: Call, config: Any, points: Points, writing: int) -> None:
    """The whole life of a process: it never returns."""
    code = 1
    try:
        tempfile.tempdir = str(call.temporary)
        watch(points)
        with closing(Pipeline.open(config)) as pipeline:
            result = _done(call, pipeline)
            points.reach(END)
            said = json.dumps((points.reached, result.as_json()))
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(said.encode())
        code = 0
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(code)


def _done(call: Call, pipeline: Pipeline) -> Result:
    commands: dict[str, Callable[[], Result]] = {
        "sync": lambda: sync(pipeline, Options(), _quiet),
        "recover": lambda: recover_runs(pipeline, RecoveryMode(call.argument)),
        "undo": lambda: undo(pipeline, call.argument, UndoOptions(), _quiet),
        "undo --through": lambda: undo(pipeline, call.argument, UndoOptions(through=True), _quiet),
    }
    return commands[call.command]()


def _quiet(_phase: str, _count: int) -> None:
    """No progress."""
