"""How many requests a plan takes of the store, known before the first one is sent."""

from collections.abc import Collection

from brandsync.change import AdoptBrand, Change, CreateBrand, DeleteBrand, UpdateBrand
from brandsync.plan import Plan
from brandsync.stores.interface import BrandStore
from brandsync.workflow.work import batches

_STEPS = (
    ("create", (CreateBrand.action,)),
    ("update", (UpdateBrand.action, AdoptBrand.action)),
    ("delete", (DeleteBrand.action,)),
)
"""What the steps that write ask of the store, and for which changes, in their order."""


def requests_of(plan: Plan, store: BrandStore) -> int | None:
    """The requests that writing this plan takes, in the batches in which it is written; none where nobody knows."""
    if store.requests_for("create", 1) is None:
        return None
    return sum(
        store.requests_for(action, brands) or 0
        for action, kinds in _STEPS
        for batch in batches(plan, store.capabilities.batch, *kinds)
        if (brands := _written(action, batch.values()))
    )


def _written(action: str, changes: Collection[Change]) -> int:
    """How many of them the store is asked to write: of those that are only adopted, nothing."""
    return sum(1 for change in changes if change.after or action == "delete")
