"""Waiting for what a test waits for, and not for a time."""

import time
from collections.abc import Callable


def until(there: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait for something."""
    ends = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < ends, "it never happened"
        time.sleep(0.01)
