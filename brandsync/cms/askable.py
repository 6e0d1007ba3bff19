"""Asks a CMS a question that other CMSes, or other versions of it, refuse or fail at."""

from collections.abc import Callable

from brandsync.errors import ConfigError, CredentialsRefused, TryAgainLater
from brandsync.http import RejectedByServer


def is_askable(ask: Callable[[], bool], is_alive: Callable[[], object]) -> bool:
    """Return the answer of ``ask``; false where the server refuses the question, or fails at it twice.

    ``ask`` must not repeat its request. ``is_alive`` asks the same server something simple, and waits where it is busy.
    So a question that always fails (500) isn't repeated for half a minute in each run.
    """
    for _ in range(2):
        try:
            return ask()
        except TryAgainLater:
            is_alive()
        except (RejectedByServer, ConfigError, CredentialsRefused):
            return False
    return False
