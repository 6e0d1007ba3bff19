"""The fields that a spool has columns for, where a test says what both sides hold."""

from collections.abc import Iterable

from brandsync.brand import Brand, CmsBrand, Skipped


def fields_of(*sides: Iterable[CmsBrand | Brand | Skipped]) -> list[str]:
    """All fields of these entries and brands, names first."""
    held = (one.fields for side in sides for one in side if not isinstance(one, Skipped))
    return [*dict.fromkeys(["name", *(name for fields in held for name in fields)])]
