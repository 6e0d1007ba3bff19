"""Which fields differ between the CMS and the store, and who changed them since they were last settled."""

from dataclasses import dataclass
from typing import Any

from brandsync.brand import LINK_FIELD, Fields
from brandsync.brand.kind import same
from brandsync.plan.memory import Memory
from brandsync.plan.owned_keys import unchanged, written_over
from brandsync.plan.policy import OnConflict


@dataclass(frozen=True, slots=True)
class Comparison:
    """What to write to one brand, and which fields a person has edited in the store."""

    before: dict[str, Any]
    after: dict[str, Any]
    conflicts: tuple[str, ...]


def compare(source: Fields, held: Fields, memory: Memory, on_conflict: OnConflict) -> Comparison:
    """Compare one CMS brand with its brand in the store, and with what was last settled.

    A difference in a field that was never settled gets the CMS's value. A field that was settled:

    - neither side has changed: nothing to do, even if the store spells the value in its own way;
    - the store has not changed: an editor has changed the CMS, and that value is written;
    - the store has changed: a person's edit, a conflict, which ``on_conflict`` decides.
    """
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    conflicts: list[str] = []
    for name, value in source.items():
        found, settled = held.get(name), memory.get(name)
        wanted = written_over(found, value, settled and settled.source)
        if same(wanted, found):
            continue
        if settled and unchanged(settled.held, found, settled.source, value):
            if same(settled.source, value):
                continue
        elif settled and name != LINK_FIELD:
            conflicts.append(name)
            if on_conflict != OnConflict.CMS:
                continue
        before[name], after[name] = found, wanted
    return Comparison(before, after, tuple(conflicts))
