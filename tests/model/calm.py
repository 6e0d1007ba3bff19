"""What makes a run small, fast and the same each time."""

import pytest
import stamina

from brandsync.cms.rest.links import Links
from brandsync.stores.sql import SqlStore

BATCH = 2
"""Brands of one batch: a small catalogue has several batches."""


def be_calm(patch: pytest.MonkeyPatch) -> None:
    """A failed request stays failed, and one is made at a time."""
    stamina.set_testing(True, attempts=1)
    patch.setattr(Links, "threads", 1)
    patch.setattr(SqlStore, "batch_size", BATCH)
