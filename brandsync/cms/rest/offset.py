"""Paging by ``offset``: pages overlap where the server allows it."""

from itertools import takewhile
from typing import Final

from msgspec.structs import replace

from brandsync.cms.overlap import OVERLAP
from brandsync.cms.rest.numbered import Numbered
from brandsync.cms.rest.place import Listed, Place, State
from brandsync.cms.rest.settings import RestSettings
from brandsync.cms.trail import MOST

_PATIENCE: Final = 10
"""How often a listing by offset goes back in vain before it goes on without comparing."""


class ByOffset(Numbered):
    """``offset``: a page starts after this many entries. Each begins with the last three of the page before.

    While it holds one of those that came last, nothing was missed; otherwise the listing goes back.
    """

    short_hint = "check `offset_param` and `size_param` in [cms], or page by page, cursor or link; or set `total`"
    first_hint = "check `offset_param` in [cms]"

    def __init__(self, settings: RestSettings) -> None:
        super().__init__(settings, settings.offset_param, 0)

    def most_same(self, listed: Listed) -> int:
        """Any number while the pages seem to overlap. If they don't, the parameters must be without effect."""
        return MOST if listed.place.state in {State.NOTHING, State.UNEVEN} else super().most_same(listed)

    def earlier(self, place: Place, pages: int) -> tuple[str, int]:
        """This many pages before, but not before the first entry."""
        offset = max(0, self.number(place) - pages * place.most)
        return str(offset), offset

    def following(self, listed: Listed) -> Place | None:
        """The next page; an earlier one, where this one doesn't overlap; or one that shows if the server allows it."""
        place = listed.place
        if place.state in {State.ALIGNED, State.TORN}:
            return super().following(listed)
        overlaps, compared = place.again or place.behind, place.tail and not self.is_first(place)
        if compared and not listed.overlaps:
            return self._gap(listed) if overlaps else self._beyond(listed)
        if compared and place.again and listed.is_same:
            return self._same(listed)
        if not listed.ids or (place.last_look and listed.is_known):
            return None
        if listed.is_known:  # nothing seems to follow
            return _moved(place, len(listed.ids) - self.pinned(listed))
        return self.onward(listed, State.UNEVEN if place.state == State.UNEVEN else State.NOTHING)

    def after(self, listed: Listed, following: Place) -> Place:
        """As far on as entries came, less those that should come again. After a short page, the end is looked for."""
        again = min(OVERLAP, len(following.tail))
        ends = not listed.place.behind and listed.is_short and not following.last_look
        if following.state in {State.ALIGNED, State.TORN} or (ends and following.state == State.NOTHING):
            again = 0
        at = max(following.seen - again, self.number(listed.place) + 1)
        if following.state == State.ALIGNED and listed.place.trail.after(listed.ids).same > 1:
            at = self.number(listed.place) + following.most  # a short page takes the offsets of a whole one
        return replace(following, at=str(at), seen=at, again=again)

    def pinned(self, listed: Listed) -> int:
        """How many entries at its head are the same as on the page before."""
        place, ids = listed.place, listed.ids
        if place.behind or not ids or not place.head or listed.is_same:
            return place.pinned
        alike = takewhile(lambda pair: pair[0] == pair[1], zip(place.head, ids[: len(ids) // 2], strict=False))
        return sum(1 for _ in alike)

    def instead(self, place: Place) -> Place | None:
        """The place where the page before ended: some servers refuse offsets within a page."""
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
        """The page before came again: as many entries were added, or the server reads offsets as page numbers."""
        place, total = listed.place, listed.known_total
        if place.last_look and total is not None and listed.seen - self.pinned(listed) >= total:
            return None
        return _moved(place, place.again, State.ALIGNED if place.state == State.DOUBTED else State.ASKED)

    def _beyond(self, listed: Listed) -> Place | None:
        """What follows from an answer that was asked for without overlap."""
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
    """The place this many entries further on. It is compared with the same entries, and doesn't overlap."""
    at = int(place.at) + entries
    return replace(place, at=str(at), seen=at, again=0, behind=0, state=place.state if state is None else state)
