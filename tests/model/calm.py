"""What makes a run small, fast and the same each time."""

import pytest
import stamina

import brandsync.stores.sql.store
from brandsync.cms.rest import backend

BATCH = 2
"""Brands of one batch: a small catalogue has several batches."""


def be_calm(patch: pytest.MonkeyPatch) -> None:
    """A failed request stays failed, and one is made at a time."""
    stamina.set_testing(True, attempts=1)
    patch.setattr(backend, "LINK_THREADS", 1)
    patch.setattr(brandsync.stores.sql.store, "_BATCH", BATCH)
