"""How the two sides are brought together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from brandsync.plan.policy import MatchOn, OnConflict
from brandsync.plan.unique_values import UniqueValues


@dataclass(frozen=True, slots=True)
class Rules:
    """How the two sides are brought together."""

    match_on: MatchOn = MatchOn.NAME
    on_conflict: OnConflict = OnConflict.CMS
    delete_missing: bool = False
    """Delete a linked brand whose entry is gone; only after a complete listing."""
    lacks: Mapping[str, str] = field(default_factory=dict)
    """What the store can't do, and why."""
    unique: Sequence[str] = ()
    """Which of ``name`` and ``handle`` are unique in the store."""
    taken: UniqueValues | None = None
    """The store, where only the store can tell which values are taken."""
