"""Field by field: what differs between the CMS and the store, and who changed it since the field was last settled."""

from dataclasses import dataclass
from typing import Any

from brandsync.brand import LINK_FIELD, Fields
from brandsync.plan.memory import Memory, Settled
from brandsync.plan.policy import OnConflict


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is to be written to one brand, and what a person has edited in the store."""

    before: dict[str, Any]
    after: dict[str, Any]
    conflicts: tuple[str, ...]


def compare(source: Fields, held: Fields, memory: Memory, on_conflict: OnConflict) -> Comparison:
    """Compare one CMS brand with its brand in the store, in the light of what was last settled.

    A difference in a field that was never settled is the CMS's to settle. Of one that was:

    - same source, same store: nothing to do, however the store spells what it was given;
    - the store as it was left: an editor's change, which is written;
    - the store not as it was left: a person's edit there, a conflict, settled as ``on_conflict`` says.
    """
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    conflicts: list[str] = []
    for name, value in source.items():
        found, settled = held.get(name), memory.get(name)
        if value == found or settled == Settled(value, found):
            continue
        if settled and name != LINK_FIELD and settled.held != found:
            conflicts.append(name)
            if on_conflict != OnConflict.CMS:
                continue
        before[name], after[name] = found, value
    return Comparison(before, after, tuple(conflicts))
