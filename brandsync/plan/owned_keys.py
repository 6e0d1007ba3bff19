"""JSON objects that two systems write into: brandsync owns the keys that it writes, and no others.

Another system's keys in the same field stay, in an update and in an undo. Any other value is owned as a whole.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from brandsync.brand.kind import same

EDITED: Final = object()
"""Stands for a value that is not ours to take back."""


def written_over(held: Any, source: Any, before: Any) -> Any:
    """What the store should hold for ``source``. ``before`` is the value that brandsync took from the CMS last time.

    A key that it took then, and that the CMS no longer has, is removed.
    """
    if not (isinstance(held, Mapping) and (source is None or isinstance(source, Mapping))):
        return source
    given_up = {*before} - {*(source or ())} if isinstance(before, Mapping) else set()
    if source is None and not given_up & held.keys():
        return held  # there is nothing of ours in it
    kept = {key: value for key, value in held.items() if key not in given_up}
    return kept | {**source} if source is not None else kept or None


def unchanged(settled: Any, found: Any, *sources: Any) -> bool:
    """Whether the store still holds what it held when the field was settled: in the keys of these values at least."""
    if not (isinstance(settled, Mapping) and isinstance(found, Mapping)):
        return same(settled, found)
    owned = [source for source in sources if isinstance(source, Mapping)]
    return _agree(settled, found, {key for source in owned for key in source})


def taken_back(wrote: Any, was: Any, found: Any) -> Any:
    """What ``found`` becomes when a write is undone that made ``wrote`` of ``was``.

    ``EDITED`` if somebody has changed it since.
    """
    if all(isinstance(value, Mapping) for value in (wrote, was, found)):
        keys = {key for key in {*wrote, *was} if not _agree(wrote, was, [key])}
        if _agree(found, was, keys):
            return found
        if _agree(found, wrote, keys) and not same(found, wrote):
            rest = {key: value for key, value in found.items() if key not in keys}
            return rest | {key: value for key, value in was.items() if key in keys}
    return was if same(found, wrote) else EDITED


def _agree(one: Mapping[str, Any], other: Mapping[str, Any], keys: Iterable[str]) -> bool:
    return all((key in one) == (key in other) and same(one.get(key), other.get(key)) for key in keys)
