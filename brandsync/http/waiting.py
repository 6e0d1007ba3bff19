"""Waiting for a server; it ends early if the run is asked to stop."""

import time
from collections.abc import Callable

from brandsync.errors import STOPPED, Interrupted
from brandsync.interruptible import NAP


def wait_while(left: Callable[[], float], should_stop: Callable[[], bool], why: str) -> None:
    """Wait until ``left`` gives no more seconds; it is called again and again.

    Raises:
        Interrupted: the run was asked to stop while it waited; ``why`` says what it waited for.
    """
    while (seconds := left()) > 0:
        if should_stop():
            raise Interrupted(f"{STOPPED} while {why}")
        time.sleep(min(seconds, NAP))
