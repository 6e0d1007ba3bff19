"""The size of a value once it is written out: YAML's aliases put more into a few lines than memory holds.

The links of a CMS do the same where they are followed.
"""

from collections.abc import Sequence
from math import inf
from typing import Any, Final

from brandsync.cms.path import Oversized

LARGEST: Final = 16 * 1024 * 1024
"""How many values and characters one entry may hold."""
DEEPEST: Final = 500
"""How deep lists and objects may be nested: Python's stack and libyaml's end not far beyond."""


class Sizes:
    """Measures values, each object once, however often it occurs. The objects must outlive this one."""

    def __init__(self, deepest: int = DEEPEST) -> None:
        self._deepest = deepest
        self._known: dict[int, float] = {}

    def of(self, value: Any, depth: int = 0) -> float:
        """Its values and characters; infinite if it holds itself, or nests deeper than ``deepest``."""
        if isinstance(value, str):
            return 1 + len(value)
        if not isinstance(value, dict | list | tuple | set):
            return 1
        if depth >= self._deepest:
            return inf
        if id(value) not in self._known:
            self._known[id(value)] = inf  # until it is measured: it may hold itself
            size = 1.0
            for inner in [*value, *value.values()] if isinstance(value, dict) else value:
                size += self.of(inner, depth + 1)
            self._known[id(value)] = size
        return self._known[id(value)]


def marked(entries: Sequence[Any]) -> list[Any]:
    """These entries, with the too large ones marked as such."""
    sizes = Sizes()
    return [Oversized(entry) if isinstance(entry, dict) and sizes.of(entry) > LARGEST else entry for entry in entries]
