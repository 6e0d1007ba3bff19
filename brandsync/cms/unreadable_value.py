"""A value that a file spells wrongly: only the entry that maps it is skipped."""

from dataclasses import dataclass
from typing import Any

from brandsync.cms.path_error import PathError
from brandsync.observing.excerpt import excerpt


@dataclass(frozen=True, slots=True, eq=False)
class UnreadableValue:
    """Stands where the value should be. Anything that uses it fails with ``problem``."""

    problem: str
    """What is wrong, and in which line and column."""
    parts: tuple[Any, ...] = ()
    """The readable parts: an object's other keys, or the several values of a key that stands twice."""

    @property
    def kind(self) -> str:
        """What messages say that it is."""
        return f"unreadable ({self.problem})"

    def __str__(self) -> str:
        raise PathError(self.problem)


def twice(key: object, where: str, values: tuple[Any, ...]) -> UnreadableValue:
    """Replaces the values of a key that one object holds twice: nobody can say which of them counts."""
    return UnreadableValue(f'{where}: the key "{excerpt(str(key))}" is there twice in one object', values)
