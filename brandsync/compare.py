"""Field by field: what differs between the CMS and the store, and who changed it since the last run."""

from dataclasses import dataclass
from typing import Any

from brandsync.brand import LINK_FIELD, Fields

_UNKNOWN = object()


@dataclass(frozen=True, slots=True)
class Memory:
    """What the last run wrote to a brand, and what the store then held."""

    written: Fields
    stored: Fields


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is to be written to one brand, and what somebody has edited in the store since the last run."""

    before: dict[str, Any]
    after: dict[str, Any]
    conflicts: tuple[str, ...]


def compare(source: Fields, held: Fields, memory: Memory | None, on_conflict: str) -> Comparison:
    """Compare one CMS brand with its brand in the store, in the light of what the last run wrote.

    Without a memory every difference is the CMS's to settle. With one:

    - same source, same store: nothing to do, however the store spells what it was given;
    - the store as it was left: an editor's change, which is written;
    - the store not as it was left: a person's edit there, a conflict, settled as ``on_conflict`` says.
    """
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    conflicts: list[str] = []
    for name, value in source.items():
        found = held.get(name)
        if found == value or _as_left(name, value, found, memory):
            continue
        if memory and name != LINK_FIELD and memory.stored.get(name, found) != found:
            conflicts.append(name)
            if on_conflict != "cms":
                continue
        before[name], after[name] = found, value
    return Comparison(before, after, tuple(conflicts))


def _as_left(name: str, value: Any, found: Any, memory: Memory | None) -> bool:
    """Whether neither side has changed since the last run: the difference is how the store spells the value."""
    return (
        memory is not None
        and memory.written.get(name, _UNKNOWN) == value
        and memory.stored.get(name, _UNKNOWN) == found
    )
