"""How much is tried of what has very many cases: those that show a fault at the least cost, or every one."""

import os
from typing import TypeVar

EVERY = os.environ.get("BRANDSYNC_TEST_EVERY") == "1"
"""Whether hours don't matter."""

Cases = TypeVar("Cases")


def enough(cases: Cases, *, of: Cases) -> Cases:
    """These cases, or all of them where ``BRANDSYNC_TEST_EVERY`` is 1."""
    return of if EVERY else cases
