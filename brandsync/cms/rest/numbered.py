"""Paging by numbers (``page`` and ``offset``) that loses no entry while editors add and delete others.

Edits between two requests move the entries that follow, and a page may begin too late. So each page is compared with
those before it, and the listing goes back where something may lie between.
"""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import replace

from brandsync.cms.rest.further import further, preceded, told
from brandsync.cms.rest.paging import Paging
from brandsync.cms.rest.place import Listed, Place, State, head_of, tail_of
from brandsync.cms.rest.settings import RestSettings
from brandsync.cms.trail import MOST
from brandsync.errors.plural import counted

_EMPTY: Final = 10
"""How many pages in a row may be empty, if each names a next one."""
_PATIENCE_BY_PAGE: Final = 2
"""How often a listing by page goes back at one place while its total keeps falling."""


class Numbered(Paging):
    """What both ways share. Pages lie side by side here; by offset, they overlap where the server allows it."""

    endless_hint = (
        "the server ignores the paging parameters, or repeats its last page: check `paging` and the names of its"
        " parameters in [cms], or set `total`"
    )

    short_hint: str
    """What to do about a listing that ends too soon."""
    first_hint: str
    """What to do about a listing that starts too late."""

    end_hint = (
        "if that is the page after the last, say how many entries there are: `total` in [cms], a JMESPath in the"
        ' answer or "header:NAME"; or set paging = "link", where an answer names the next page'
    )

    def __init__(self, settings: RestSettings, param: str, first: int) -> None:
        """``param`` takes the number of a page; ``first`` is that of the first one."""
        super().__init__(settings)
        if settings.body is not None:
            self.first_hint = f"check {{{settings.paging}}} in `body` in [cms]"
            self.short_hint = f"check {{{settings.paging}}} and {{page_size}} in `body` in [cms], or set `total`"
        self._param = param
        self._first = first

    def params(self, place: Place) -> Mapping[str, Any]:
        """The page's number and size."""
        return {self._param: self.number(place), **self.size()}

    def values(self, place: Place) -> Mapping[str, int | str | None]:
        """The page's number, or its offset, and the size."""
        return {**super().values(place), self.settings.paging: self.number(place)}

    def number(self, place: Place) -> int:
        """The number in the place's parameter."""
        return int(place.at or self._first)

    def is_first(self, place: Place) -> bool:
        """Whether the listing starts here."""
        return self.number(place) == self._first

    def following(self, listed: Listed) -> Place | None:
        """The next page, until one is empty or the total is reached; or an earlier one, where entries have moved."""
        place = listed.place
        if place.behind and not listed.overlaps and not self.is_first(place):
            return self.back(listed)
        if not place.behind and self._has_moved(listed):
            return self.back(listed)
        if not listed.ids:
            return self.past(listed)
        if place.last_look and (listed.is_same or listed.is_known):
            return None
        repeats = not place.behind and place.misses and listed.overlaps and not listed.is_same
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

        A total may be wrong, or count only the page. It is believed where exactly as many entries came, and the page is
        shorter than one before. Otherwise another page is asked for.
        """
        place, total, pinned = listed.place, listed.known_total, self.pinned(listed)
        seen = listed.seen - pinned
        reached = total is not None and seen >= total and not listed.is_same
        if reached and seen == total and listed.is_short and not further(listed, self.settings, totals=False):
            return None
        following = Place(
            seen=seen,
            total=total,
            most=max(place.most, len(listed.ids)),
            tail=tail_of(listed.ids),
            head=head_of(listed.ids),
            pinned=pinned,
            last_look=reached,
            state=state,
            told=told(listed, self.settings),
        )
        following = self.after(listed, following)
        far = max(place.far, self.number(following))
        return replace(following, far=far, misses=place.misses if far == place.far else 0)

    def past(self, listed: Listed) -> Place | None:
        """The page after an empty one; none where the empty one is the last."""
        return None

    def pinned(self, listed: Listed) -> int:
        """How many entries at the head of the page stand at the head of every page. They don't count for its place."""
        return 0

    def most_same(self, listed: Listed) -> int:
        """Twice: a server may repeat its last page, or an offset may have moved onto it."""
        return MOST if listed.place.behind else 2

    def more(self, listed: Listed) -> str | None:
        """Says so where the pages don't follow one another, or an answer names more entries than came."""
        if listed.place.state == State.TORN:
            return (
                f"{listed.where}: a page did not follow the one before, however often it was asked for; let the server"
                " sort by what never changes (`params` in [cms]), or page by cursor or link"
            )
        found = None if listed.known_total is not None else further(listed, self.settings)
        if found is None:
            return None
        hint = found.hint if found.leads else self.short_hint
        return f"{listed.where}: the listing ended after {counted(listed.seen, 'entry')}, but {found.what}; {hint}"

    def before(self, listed: Listed) -> str | None:
        """Says so where the answer says that it isn't the first page."""
        what = preceded(listed, self.settings)
        late = f"{listed.where}: the listing starts too late: {what} on its first page; {self.first_hint}"
        return late if what else None

    @abstractmethod
    def earlier(self, place: Place, pages: int) -> tuple[str, int]:
        """The parameter this many pages earlier, and how many entries come before that."""

    @abstractmethod
    def after(self, listed: Listed, following: Place) -> Place:
        """The following place, with its parameter."""

    def _has_moved(self, listed: Listed) -> bool:
        """Whether something was deleted since the page before, or came again with this one."""
        place = listed.place
        if self.is_first(place) or place.state == State.TORN:
            return False
        total = listed.total if listed.total is not None and listed.total > len(listed.ids) else None
        fell = total is not None and place.total is not None and total < place.total
        again = listed.overlaps and not listed.is_same and place.state != State.REPEATS
        return (fell and place.misses < _PATIENCE_BY_PAGE) or (again and not place.misses)


class ByPage(Numbered):
    """``page``: pages have numbers, and can't overlap.

    Where the total falls, or an entry comes again, the page before is read again. A risk remains. Without a total, an
    entry that is deleted before the place hides another one; with a total, only if one is added at the same time. But
    the engine concludes no absence from one listing.
    """

    short_hint = (
        "check `first_page` (0 where the API counts from 0), `page_param` and `size_param` in [cms], or set `total`"
    )

    def __init__(self, settings: RestSettings) -> None:
        super().__init__(settings, settings.page_param, settings.first_page)
        self.first_hint = "set first_page = 0 in [cms]" if self._first == 1 else "check `first_page` in [cms]"

    def most_same(self, listed: Listed) -> int:
        """Once, where a repeated page would count as the rest of the total."""
        total = listed.known_total
        passes = not listed.place.behind and total is not None and listed.seen >= total
        return 1 if passes else super().most_same(listed)

    def earlier(self, place: Place, pages: int) -> tuple[str, int]:
        """This many pages before, but not before the first."""
        number = max(self._first, self.number(place) - pages)
        return str(number), 0 if number == self._first else max(0, place.seen - pages * place.most)

    def past(self, listed: Listed) -> Place | None:
        """The next page, if the answer names one: some servers cut a page first, and then leave entries out of it."""
        place = listed.place
        if listed.is_whole or place.trail.empty >= _EMPTY or not further(listed, self.settings, totals=False):
            return None
        return self.after(listed, replace(place, total=listed.known_total, told=told(listed, self.settings)))

    def after(self, listed: Listed, following: Place) -> Place:
        """The next number."""
        return replace(following, at=str(self.number(listed.place) + 1))
