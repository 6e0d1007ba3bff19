"""A process that has loaded everything and runs nothing: others are forked from it, and each costs milliseconds."""

import multiprocessing
import os
import sys
from collections.abc import Callable
from multiprocessing import forkserver
from multiprocessing.connection import Connection

import pytest

_PROCESSES = multiprocessing.get_context("forkserver")


def start_nursery(nurse: Callable[[Connection], None]) -> Connection:
    """Let ``nurse`` answer, in a nursery of its own, what is sent to it. It ends with this process.

    What is loaded into it is found by PYTHONPATH alone.
    """
    _PROCESSES.set_forkserver_preload([nurse.__module__])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))
        forkserver.ensure_running()
    ours, theirs = _PROCESSES.Pipe()
    _PROCESSES.Process(target=nurse, args=(theirs,), daemon=True).start()
    theirs.close()
    return ours
