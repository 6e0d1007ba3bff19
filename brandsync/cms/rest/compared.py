"""Compares a page with the page before, to see whether it follows."""

from collections.abc import Sequence
from typing import Final

from brandsync.cms.rest.place import Listed

_REMEMBERED: Final = 20
"""How many entries at most are compared with the page before."""


def head_of(ids: Sequence[str]) -> tuple[str, ...]:
    """The first entries of a page."""
    return tuple(ids[:_REMEMBERED])


def tail_of(ids: Sequence[str]) -> tuple[str, ...]:
    """The entries that the next page is compared with: from the last half, so that the listing moves on."""
    half = min(len(ids) // 2, _REMEMBERED)
    return tuple(filter(None, ids[-half:])) if half else ()


def holds(listed: Listed) -> bool:
    """Whether the page holds one of the entries that came last."""
    return not {*listed.place.tail}.isdisjoint(listed.ids)


def is_known(listed: Listed) -> bool:
    """Whether nothing seems to follow the entries that came last."""
    ids, tail, most = listed.ids, listed.place.tail, listed.place.most
    if not tail:  # a page of one entry has no half to remember
        return bool(ids) and head_of(ids) == listed.place.head
    return bool(ids) and ((len(ids) < most and ids[-1] == tail[-1]) or {*tail}.issuperset(ids))


def is_same(listed: Listed) -> bool:
    """Whether the page ends like the one before."""
    return bool(listed.place.tail) and tail_of(listed.ids) == listed.place.tail


def is_short(listed: Listed) -> bool:
    """Whether the page is shorter than a page before. Only later pages show at what length the server cuts."""
    return len(listed.ids) < listed.place.most
