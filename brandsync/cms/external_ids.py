"""Shared by backends that write external ids: where one stands in a body, what an entry holds, and why it can't be."""

from collections.abc import Sequence
from typing import Any

from brandsync.errors import Rejected
from brandsync.observing.excerpt import excerpt


def nested(keys: Sequence[str], value: Any) -> Any:
    """A value under dotted keys: ``meta.external_id`` becomes an object within an object."""
    for key in reversed(keys):
        value = {key: value}
    return value


def as_text(value: Any) -> str | None:
    """The external id that an entry holds. Its field may be one of numbers."""
    return None if value is None else str(value)


def id_in(value: Any) -> str | None:
    """The same, where an empty field holds none."""
    return as_text(value) or None


def unwritable(cms_id: str, why: str, hint: str) -> Rejected:
    """The error for an entry whose external id can't be written."""
    return Rejected(f"the external id of the entry {excerpt(cms_id)} cannot be written: {why}", hint=hint)
