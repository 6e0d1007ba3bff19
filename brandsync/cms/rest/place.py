"""Where a listing stands, and what a server answered there."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import msgspec

from brandsync.cms.path import Reader, lenient
from brandsync.cms.rest.reserved import ANSWER
from brandsync.cms.trail import Trail, hash_of

_LONGEST: Final = 64
"""Ids with up to this many characters are kept as they are."""
_REMEMBERED: Final = 20
"""How many entries at most are compared with the page before."""


class State(StrEnum):
    """What is known about a server."""

    NOTHING = ""
    UNEVEN = "uneven"
    """It sends shorter pages than it could."""
    ASKED = "asked"
    """The same page came at another offset. The next one is asked for as if offsets counted whole pages."""
    DOUBTED = "doubted"
    """That gave another page. The offset between the two is asked for again."""
    ALIGNED = "aligned"
    """Its offsets begin where pages begin, so pages can't overlap."""
    REPEATS = "repeats"
    """Its pages repeat entries of the page before, whatever editors do."""
    TORN = "torn"
    """Its pages don't follow one another."""


class Told(msgspec.Struct, frozen=True):
    """Numbers that an answer gives for the whole listing, and where each of them stands."""

    total: tuple[str, int] | None = None
    """The number of entries."""
    pages: tuple[str, int] | None = None


class Place(msgspec.Struct, frozen=True):
    """All that is needed to fetch a page, to compare it with those before, and to notice a listing without an end."""

    at: str = ""
    """The page number, offset, cursor or URL to fetch; empty for the first page."""
    seen: int = 0
    """How many entries came before."""
    total: int | None = None
    """How many entries there were, by the last answer that said so."""
    trail: Trail = Trail()
    token: str = ""
    """A cursor or URL. If it came again, the listing would go round in circles."""

    most: int = 0
    """The length of the longest page so far."""
    far: int = 0
    """The furthest place so far: how many entries had come there, or the number of the page."""
    tail: tuple[str, ...] = ()
    """The entries that came last, in their order."""
    head: tuple[str, ...] = ()
    """The first entries of the page before."""
    pinned: int = 0
    """How many entries stand at the head of every page."""
    again: int = 0
    """How many of the last entries this page should begin with."""
    behind: int = 0
    """How many pages the listing has gone back, to find one of those entries."""
    misses: int = 0
    """How often it has gone back in vain."""
    last_look: bool = False
    """The total is reached; this page shows whether it is right."""
    state: State = State.NOTHING
    told: Told = Told()
    """What answers said beside their lists, whatever `total` is set to."""

    def __str__(self) -> str:
        return msgspec.json.encode(self).decode()

    @classmethod
    def parse(cls, cursor: str | None) -> "Place":
        """The place that was written as text; the first page where there is no text."""
        return msgspec.json.decode(cursor, type=cls) if cursor else cls()


@dataclass(frozen=True, slots=True)
class Listed:
    """An answer to a listing."""

    place: Place
    entries: Sequence[Any]
    ids: Sequence[str]
    """What tells each entry from the others."""
    body: Any
    where: str
    """The request, for people."""
    url: str = ""
    """The URL that answered. Relative URLs start from it."""
    total: int | None = None
    """How many entries there are, by the answer."""
    link: str | None = None
    """The URL of the following page, where the answer's ``Link`` header names one."""
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    is_keyed: bool = False
    """Whether the entries stand in an object, by their ids."""

    @property
    def seen(self) -> int:
        """How many entries have come by now."""
        return self.place.seen + len(self.entries)

    @property
    def known_total(self) -> int | None:
        """How many entries there are, by the last answer that said so. An empty page may no longer know it."""
        before = self.place.total
        if self.entries or before is None:
            return before if self.total is None else self.total
        return max(before, self.total or 0)

    @property
    def is_whole(self) -> bool:
        """Whether as many entries have come as the total says."""
        return self.known_total is not None and self.seen >= self.known_total

    @property
    def overlaps(self) -> bool:
        """Whether the page holds one of the entries that came last."""
        return not {*self.place.tail}.isdisjoint(self.ids)

    @property
    def is_known(self) -> bool:
        """Whether nothing seems to follow the entries that came last."""
        ids, tail = self.ids, self.place.tail
        if not tail:  # a page of one entry has no half to remember
            return bool(ids) and head_of(ids) == self.place.head
        return bool(ids) and ((self.is_short and ids[-1] == tail[-1]) or {*tail}.issuperset(ids))

    @property
    def is_same(self) -> bool:
        """Whether the page ends like the one before."""
        return bool(self.place.tail) and tail_of(self.ids) == self.place.tail

    @property
    def is_short(self) -> bool:
        """Whether the page is shorter than a page before. Only later pages show at what length the server cuts."""
        return len(self.ids) < self.place.most


def head_of(ids: Sequence[str]) -> tuple[str, ...]:
    """The first entries of a page."""
    return tuple(ids[:_REMEMBERED])


def tail_of(ids: Sequence[str]) -> tuple[str, ...]:
    """The entries that the next page is compared with: from the last half, so that the listing moves on."""
    half = min(len(ids) // 2, _REMEMBERED)
    return tuple(filter(None, ids[-half:])) if half else ()


def identities(read_id: Reader, entries: Sequence[Any]) -> Sequence[str]:
    """``identity`` of each entry."""
    values = lenient(lambda some: [read_id(entry) for entry in some])(entries) or []
    if set(map(type, values)) == {str} and "".join(values).isascii():  # nearly every page
        lengths = set(map(len, values))
        if 0 not in lengths and max(lengths) <= _LONGEST:
            return values
    lenient_id = lenient(read_id)
    return [identity(lenient_id, entry) for entry in entries]


def identity(read_id: Reader, entry: Any) -> str:
    """What tells an entry from others: its id, or else its whole content; empty where that can't be read, either."""
    value = read_id(entry)
    if isinstance(value, str) and value.isascii() and 0 < len(value) <= _LONGEST:
        return value
    if type(value) is int:
        return f"{value:x}"
    try:
        return f"{hash_of(json.dumps(value or _own(entry))):x}"
    except (TypeError, ValueError, RecursionError):
        return ""


def _own(entry: Any) -> Any:
    """The entry without the answer that it came in."""
    if not isinstance(entry, dict) or ANSWER not in entry:
        return entry
    return {key: value for key, value in entry.items() if key != ANSWER}
