"""A journal in memory, and what it is filled with."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from brandsync.journal import Journal


@pytest.fixture
def journal() -> Iterator[Journal]:
    """An empty journal."""
    with closing(Journal.empty("shop")) as journal:
        yield journal


@pytest.fixture
def other(journal: Journal) -> Journal:
    """Another pipeline's, in the same database."""
    return Journal(journal.database, "other shop", "memory")
