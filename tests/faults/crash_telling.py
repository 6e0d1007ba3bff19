"""Imported before the rest, so that asserts say what they compared; and how a matrix tells its numbers in the end."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

pytest.register_assert_rewrite("crash_endings", "crash_matrix", "crash_model")

if TYPE_CHECKING:
    from crash_matrix import Matrix


def conclude(matrix: "Matrix", place: str, kind: str, record_property: Callable[[str, object], None]) -> None:
    """Record how many deaths there were, for the summary; and fail where something did not come right."""
    first, second, states = (matrix.counts[name] for name in ("first", "second", "states"))
    pairs = f", {second} second deaths" if second else ""
    record_property("tried", f"kills, {place}: {kind}: {first} points{pairs}, {states} states gone on from")
    matrix.conclude()
