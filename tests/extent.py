"""How many cases a test tries: a chosen few that show a fault at the least cost, or all of them."""

import os
from typing import TypeVar

import pytest

from brandsync.testing.faults import OF_A_BACKEND, Fault

EVERY = os.environ.get("BRANDSYNC_TEST_EVERY") == "1"
"""Whether hours don't matter."""

AT_NIGHT = pytest.mark.skipif(not EVERY, reason="minutes of one case: BRANDSYNC_TEST_EVERY=1 runs it")
"""A test of a real server that every change need not pass."""

Cases = TypeVar("Cases")


def enough(cases: Cases, *, of: Cases) -> Cases:
    """These cases, or all of them where ``BRANDSYNC_TEST_EVERY`` is 1."""
    return of if EVERY else cases


MET_BY_EACH_BACKEND = enough(OF_A_BACKEND, of=frozenset(Fault))
"""Of a backend that uses brandsync's HTTP client; the ``rest`` CMS and a store over HTTP meet every fault."""
