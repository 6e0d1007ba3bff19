"""Long lists, in parts that one request or one statement can hold."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def batched(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The values in order, ``size`` at a time; fewer in the last part."""
    return (values[start : start + size] for start in range(0, len(values), size))
