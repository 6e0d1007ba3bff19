"""A value that a file spells wrongly: it costs the entry that maps it, and no other."""

from dataclasses import dataclass

from brandsync.cms.path import PathError


@dataclass(frozen=True, slots=True)
class UnreadableValue:
    """Stands where the value should be. Whatever uses it fails with ``problem``."""

    problem: str
    """What is wrong, and in which line and column."""

    def __str__(self) -> str:
        raise PathError(self.problem)
