"""Paging by numbers, ``page`` and ``offset``, that loses no entry while editors add and delete others.

What editors do between two requests moves the entries that follow, and a page may begin too late. So pages are compared
with those before them, and the listing goes back where something may lie between.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any, Final

from msgspec.structs import replace

from brandsync.cms.overlap import OVERLAP
from brandsync.cms.rest.further import further
from brandsync.cms.rest.paging import Paging
from brandsync.cms.rest.place import Listed, Place, State
from brandsync.trail import MOST

_REMEMBERED: Final = 20
"""The most entries by which a page is compared with the one before."""
_PATIENCE: Final = 10
"""So often does a listing by offset go back in vain before it goes on without comparing."""
_PATIENCE_BY_PAGE: Final = 2
"""So often does a listing by page go back at one place while its total falls and falls."""


class Numbered(Paging):
    """What both share. Pages lie side by side here; by offset, they overlap where the server lets them."""

    endless_hint = (
        "the server ignores the paging parameters, or repeats its last page: check `paging` and the names of its"
        " parameters in [cms], or set `total`"
    )

    end_hint = (
        "if that is the page after the last, say how many entries there are: `total` in [cms], a JMESPath in the"
        ' answer or "header:NAME"; or set paging = "link", where an answer names the next page'
    )

    def following(self, listed: Listed) -> Place | None:
        """The next page, until one is empty or the total is reached; or one before, where entries have moved."""
        place = listed.place
        if place.behind and not _holds(listed) and not self.is_first(place):
            return self.back(listed)
        if not place.behind and self._has_moved(listed):
            return self.back(listed)
        if not listed.ids or (place.last_look and (_is_same(listed) or _is_known(listed))):
            return None
        repeats = not place.behind and place.misses and _holds(listed) and not _is_same(listed)
        return self.onward(listed, State.REPEATS if repeats and place.state == State.NOTHING else place.state)

    def back(self, listed: Listed) -> Place:
        """One page back, then two more, then four."""
        place = replace(listed.place, pinned=self.pinned(listed))
        pages = place.behind or 1
        at, seen = self.earlier(place, pages)
        return replace(
            place,
            at=at,
            seen=seen,
            total=listed.known_total,
            again=0,
            behind=2 * pages,
            misses=place.misses if place.behind else place.misses + 1,
            last_look=False,
        )

    def onward(self, listed: Listed, state: State) -> Place | None:
        """The place after this page, which follows those before; none where the total is reached.

        A total may be wrong. Only a short page is believed to be the last: after a full one, another one is asked for.
        """
        place, total, pinned = listed.place, listed.known_total, self.pinned(listed)
        seen = listed.seen - pinned
        reached = total is not None and seen >= total and not _is_same(listed)
        if reached and self.is_short(listed) and not further(listed, self.settings, totals=False):
            return None
        following = Place(
            seen=seen,
            total=total,
            most=max(place.most, len(listed.ids)),
            tail=_tail(listed.ids),
            head=tuple(listed.ids[:_REMEMBERED]),
            pinned=pinned,
            last_look=reached,
            state=state,
        )
        following = self.after(listed, following)
        far = max(place.far, self.number(following))
        return replace(following, far=far, misses=place.misses if far == place.far else 0)

    def is_short(self, listed: Listed) -> bool:
        """Whether the page is shorter than what the server could have answered.

        A first page that is shorter than what was asked for may have been cut, and servers cut at round numbers.
        """
        length, most = len(listed.ids), listed.place.most
        if most:
            return length < most
        return bool(self.settings.size_param and length < self.settings.page_size and length % 5 and length % 8)

    def pinned(self, listed: Listed) -> int:
        """How many entries at the head of the page stand at the head of every page, and don't count for its place."""
        return 0

    def most_same(self, listed: Listed) -> int:
        """Twice: a server may repeat its last page, or an offset may have moved onto it."""
        return MOST if listed.place.behind else 2

    def more(self, listed: Listed) -> str | None:
        """The pages don't follow one another."""
        if listed.place.state != State.TORN:
            return None
        return (
            f"{listed.where}: a page did not follow the one before, however often it was asked for; let the server sort"
            " by what never changes (`params` in [cms]), or page by cursor or link"
        )

    @abstractmethod
    def number(self, place: Place) -> int:
        """What the place's parameter says."""

    @abstractmethod
    def is_first(self, place: Place) -> bool:
        """Whether the listing starts here."""

    @abstractmethod
    def earlier(self, place: Place, pages: int) -> tuple[str, int]:
        """The parameter so many pages before, and how many entries come before that."""

    @abstractmethod
    def after(self, listed: Listed, following: Place) -> Place:
        """The following place with its parameter."""

    def _has_moved(self, listed: Listed) -> bool:
        """Whether something was deleted since the page before, or came a second time with this one."""
        place = listed.place
        if self.is_first(place) or place.state == State.TORN:
            return False
        total = listed.total if listed.total is not None and listed.total > len(listed.ids) else None
        fell = total is not None and place.total is not None and total < place.total
        again = _holds(listed) and not _is_same(listed) and place.state != State.REPEATS
        return (fell and place.misses < _PATIENCE_BY_PAGE) or (again and not place.misses)


class ByPage(Numbered):
    """``page``: pages have numbers, and can't overlap.

    Where the total falls, or an entry comes again, the page before is read again. What remains: without a total, an
    entry that is deleted before the place hides another one; with a total, it does so where one is added at the same
    time. The engine concludes no absence from one listing.
    """

    def params(self, place: Place) -> Mapping[str, Any]:
        """The page's number and size."""
        return {self.settings.page_param: self.number(place), **self.size()}

    def most_same(self, listed: Listed) -> int:
        """Once, where that would pass for the rest of what the total says."""
        total = listed.known_total
        passes = not listed.place.behind and total is not None and listed.seen >= total
        return 1 if passes else super().most_same(listed)

    def number(self, place: Place) -> int:
        """The page's number."""
        return int(place.at or self.settings.first_page)

    def is_first(self, place: Place) -> bool:
        """Whether it is the first page."""
        return self.number(place) == self.settings.first_page

    def earlier(self, place: Place, pages: int) -> tuple[str, int]:
        """So many pages before, but not before the first."""
        number = max(self.settings.first_page, self.number(place) - pages)
        first = number == self.settings.first_page
        return str(number), 0 if first else max(0, place.seen - pages * place.most)

    def after(self, listed: Listed, following: Place) -> Place:
        """The next number."""
        return replace(following, at=str(self.number(listed.place) + 1))


class ByOffset(Numbered):
    """``offset``: a page starts after so many entries. Each begins with the last three of the one before.

    While it holds one of those that came last, nothing lies between; else the listing goes back.
    """

    def params(self, place: Place) -> Mapping[str, Any]:
        """The page's offset and size."""
        return {self.settings.offset_param: self.number(place), **self.size()}

    def most_same(self, listed: Listed) -> int:
        """Any number while the pages seem to overlap: only where they don't, the parameters must be without effect."""
        return MOST if listed.place.state in {State.NOTHING, State.UNEVEN} else super().most_same(listed)

    def number(self, place: Place) -> int:
        """The page's offset."""
        return int(place.at or 0)

    def is_first(self, place: Place) -> bool:
        """Whether nothing comes before."""
        return not self.number(place)

    def earlier(self, place: Place, pages: int) -> tuple[str, int]:
        """So many pages before, but not before the first entry."""
        offset = max(0, self.number(place) - pages * place.most)
        return str(offset), offset

    def following(self, listed: Listed) -> Place | None:
        """The next page; one before, where this one doesn't overlap; or what shows whether the server lets it."""
        place = listed.place
        if place.state in {State.ALIGNED, State.TORN}:
            return super().following(listed)
        overlaps, compared = place.again or place.behind, place.tail and not self.is_first(place)
        if compared and not _holds(listed):
            return self._gap(listed) if overlaps else self._beyond(listed)
        if compared and place.again and _is_same(listed):
            return self._same(listed)
        if not listed.ids or (place.last_look and _is_known(listed)):
            return None
        if _is_known(listed):  # nothing seems to follow
            return _moved(place, len(listed.ids) - self.pinned(listed))
        return self.onward(listed, State.UNEVEN if place.state == State.UNEVEN else State.NOTHING)

    def after(self, listed: Listed, following: Place) -> Place:
        """As far on as entries came, less those that are to come again. After a short page, the end is looked for."""
        again = min(OVERLAP, len(following.tail))
        ends = not listed.place.behind and self.is_short(listed) and listed.place.most and not following.last_look
        if following.state in {State.ALIGNED, State.TORN} or (ends and following.state == State.NOTHING):
            again = 0
        at = max(following.seen - again, self.number(listed.place) + 1)
        if following.state == State.ALIGNED and listed.place.trail.after(listed.ids).same > 1:
            at = self.number(listed.place) + following.most  # a short page fills the offsets of a whole one
        return replace(following, at=str(at), seen=at, again=again)

    def pinned(self, listed: Listed) -> int:
        """As many as the page before began with."""
        place, ids = listed.place, listed.ids
        if place.behind or not ids or not place.head or _is_same(listed):
            return place.pinned
        alike = takewhile(lambda pair: pair[0] == pair[1], zip(place.head, ids[: len(ids) // 2], strict=False))
        return sum(1 for _ in alike)

    def instead(self, place: Place) -> Place | None:
        """Where the page before ended: some servers refuse offsets within a page."""
        if place.again:
            return _moved(place, place.again, State.ALIGNED)
        beyond = self.number(place) % place.most if place.state == State.ALIGNED else 0
        return _moved(place, place.most - beyond) if beyond else None

    def _gap(self, listed: Listed) -> Place | None:
        """Where to look for what lies between the page before and this one."""
        place = listed.place
        if place.state == State.DOUBTED or place.behind or place.misses < _PATIENCE:
            return self.back(listed)
        if not listed.ids:
            return _moved(place, place.again, State.ALIGNED)
        return self.onward(listed, State.TORN)

    def _same(self, listed: Listed) -> Place | None:
        """The page before came again: as many entries were added, or the server takes offsets for page numbers."""
        place, total = listed.place, listed.known_total
        if place.last_look and total is not None and listed.seen - self.pinned(listed) >= total:
            return None
        return _moved(place, place.again, State.ALIGNED if place.state == State.DOUBTED else State.ASKED)

    def _beyond(self, listed: Listed) -> Place | None:
        """What an answer says that was asked for without overlap."""
        place = listed.place
        if place.state != State.ASKED:
            if not listed.ids:
                return None
            if place.misses >= _PATIENCE:
                return self.onward(listed, State.UNEVEN)
        again = min(OVERLAP, len(place.tail))
        state = State.DOUBTED if place.state == State.ASKED else State.UNEVEN
        return replace(_moved(place, -again, state), again=again, misses=place.misses + 1)


def _moved(place: Place, entries: int, state: State | None = None) -> Place:
    """The place so many entries on, which is to be compared with the same ones, and doesn't overlap."""
    at = int(place.at) + entries
    return replace(place, at=str(at), seen=at, again=0, behind=0, state=place.state if state is None else state)


def _tail(ids: Sequence[str]) -> tuple[str, ...]:
    """The entries by which the next page is compared: of the last half, so that it gets on."""
    half = min(len(ids) // 2, _REMEMBERED)
    return tuple(filter(None, ids[-half:])) if half else ()


def _holds(listed: Listed) -> bool:
    """Whether the page holds one of the entries that came last."""
    return not {*listed.place.tail}.isdisjoint(listed.ids)


def _is_known(listed: Listed) -> bool:
    """Whether nothing seems to follow the entries that came last."""
    ids, tail, most = listed.ids, listed.place.tail, listed.place.most
    return bool(ids and tail) and ((len(ids) < most and ids[-1] == tail[-1]) or {*tail}.issuperset(ids))


def _is_same(listed: Listed) -> bool:
    """Whether the page ends like the one before."""
    return bool(listed.place.tail) and _tail(listed.ids) == listed.place.tail
