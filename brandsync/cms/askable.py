"""Whether a CMS takes a question that another one, or another version of it, refuses or fails at."""

from collections.abc import Callable

from brandsync.errors import ConfigError, CredentialsRefused, TryAgainLater
from brandsync.http import RejectedByServer


def is_askable(ask: Callable[[], bool], is_alive: Callable[[], object]) -> bool:
    """What ``ask`` says; false where the server refuses the question, or fails at it twice.

    ``ask`` must repeat nothing. ``is_alive`` asks the same server something simple, and waits where it is busy: so a
    question that a server always fails at (500) isn't repeated for half a minute in each run.
    """
    for _ in range(2):
        try:
            return ask()
        except TryAgainLater:
            is_alive()
        except (RejectedByServer, ConfigError, CredentialsRefused):
            return False
    return False
