"""How a listing is paged: which parameters fetch a page, and which page follows.

A short page never ends a listing, since servers cut pages as they like; a total that is reached, an empty page, or a
missing cursor does. No answer makes it go on for ever.
"""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin

from brandsync.cms.envelope import read
from brandsync.cms.path import reader
from brandsync.cms.rest.settings import RestSettings
from brandsync.errors import ConfigError, Unreadable
from brandsync.excerpt import kind


@dataclass(frozen=True, slots=True)
class Place:
    """Where a listing stands: all that it takes to fetch a page, and to know an endless listing."""

    at: str = ""
    """The page number, offset, cursor or URL to fetch; empty for the first page."""
    seen: int = 0
    """How many entries came before."""
    mark: str = ""
    """What would show that the listing goes round in circles, if it came again."""
    steps: int = 0

    def __str__(self) -> str:
        return json.dumps([self.at, self.seen, self.mark, self.steps])

    @classmethod
    def parse(cls, cursor: str | None) -> "Place":
        """The place that was written as text; the first page for none."""
        return cls(*json.loads(cursor)) if cursor else cls()


@dataclass(frozen=True, slots=True)
class Listed:
    """An answer to a listing."""

    place: Place
    entries: Sequence[Any]
    body: Any
    where: str
    """The request, for people."""
    url: str = ""
    """The URL that answered, from which a relative one starts."""
    total: int | None = None
    link: str | None = None
    """The URL of the following page, where the answer's ``Link`` header names one."""

    @property
    def seen(self) -> int:
        """How many entries have come by now."""
        return self.place.seen + len(self.entries)


class Paging(ABC):
    """One way of paging."""

    def __init__(self, settings: RestSettings) -> None:
        self.settings = settings

    def size(self) -> dict[str, Any]:
        """The parameter that asks for a page's size."""
        return {self.settings.size_param: self.settings.page_size} if self.settings.size_param else {}

    def url(self, place: Place) -> str:
        """What to fetch."""
        return self.settings.path

    @abstractmethod
    def params(self, place: Place) -> Mapping[str, Any]:
        """The parameters that fetch the page at this place."""

    @abstractmethod
    def following(self, listed: Listed) -> Place | None:
        """The place of the page that follows, or none at the end.

        Raises:
            ConfigError: the server doesn't page in this way.
            Unreadable: what should lead to the following page makes no sense.
        """


class Unpaged(Paging):
    """``none``: one answer holds everything. If the server says otherwise, that is an error and not a short listing."""

    def params(self, place: Place) -> Mapping[str, Any]:
        """No parameters."""
        return {}

    def following(self, listed: Listed) -> Place | None:
        """No page follows."""
        if listed.link or (listed.total is not None and listed.total > listed.seen):
            way = '"link"' if listed.link else '"page", "offset" or "cursor"'
            raise ConfigError(
                f"{listed.where}: the {listed.seen} entries that came are not all there are",
                hint=f"set paging = {way} in [cms]",
            )
        return None


class Numbered(Paging):
    """What ``page`` and ``offset`` share."""

    def following(self, listed: Listed) -> Place | None:
        """The next page, until one is empty or the total is reached."""
        if not listed.entries:
            return None
        place = self._advanced(listed)
        ended = listed.total is not None and listed.seen >= listed.total
        if place.steps >= (2 if ended else 3):
            raise ConfigError(
                f"{listed.where}: the same page came {place.steps} times one after another",
                hint="the server ignores the paging parameters, or repeats its last page: check `paging` and the names "
                "of its parameters in [cms], or set `total`",
            )
        return None if ended else place

    def _advanced(self, listed: Listed) -> Place:
        mark = fingerprint(listed.entries)
        steps = listed.place.steps + 1 if mark == listed.place.mark else 1
        return Place(self.after(listed), listed.seen, mark, steps)

    @abstractmethod
    def after(self, listed: Listed) -> str:
        """Where the following page starts."""


class ByPage(Numbered):
    """``page``: pages have numbers."""

    def params(self, place: Place) -> Mapping[str, Any]:
        """The page's number and size."""
        return {self.settings.page_param: place.at or self.settings.first_page, **self.size()}

    def after(self, listed: Listed) -> str:
        """The next number."""
        return str(int(listed.place.at or self.settings.first_page) + 1)


class ByOffset(Numbered):
    """``offset``: a page starts after so many entries."""

    def params(self, place: Place) -> Mapping[str, Any]:
        """The page's offset and size."""
        return {self.settings.offset_param: place.at or 0, **self.size()}

    def after(self, listed: Listed) -> str:
        """As far on as entries came, however many were asked for."""
        return str(listed.seen)


class Chained(Paging):
    """What ``cursor`` and ``link`` share: each answer leads to the next."""

    def following(self, listed: Listed) -> Place | None:
        """Where the answer leads, but never where the listing has been."""
        token = self.token(listed)
        if token is None:
            return None
        before = listed.place
        if token in {before.at, before.mark}:
            raise Unreadable(
                f"{listed.where}: what leads to the following page came a second time, so that the listing has no end",
                hint="check `next_cursor` and `cursor_param` in [cms]",
            )
        steps = before.steps + 1
        # Remembering the token of every 2ⁿth page is enough to notice a circle of any length (Brent's algorithm).
        mark = token if steps & (steps - 1) == 0 else before.mark
        return replace(before, at=token, seen=listed.seen, mark=mark, steps=steps)

    @abstractmethod
    def token(self, listed: Listed) -> str | None:
        """What leads to the following page, or none at the end."""

    def found(self, listed: Listed) -> str | None:
        """What ``next_cursor`` finds in an answer."""
        value = read(reader(self.settings.next_cursor or "@"), listed.body, listed.where)
        if value is None or value is False or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise Unreadable(
                f"{listed.where}: `next_cursor` ({self.settings.next_cursor}) finds {kind(value)}; text was expected",
                hint="check `next_cursor` in [cms]",
            )
        return str(value)


class ByCursor(Chained):
    """``cursor``: an answer holds what the following request has to send."""

    def params(self, place: Place) -> Mapping[str, Any]:
        """The cursor, save for the first page, and the size."""
        return {**({self.settings.cursor_param: place.at} if place.at else {}), **self.size()}

    def token(self, listed: Listed) -> str | None:
        """The cursor in the answer."""
        return self.found(listed)


class ByLink(Chained):
    """``link``: an answer names the following page's URL, in its ``Link`` header or where ``next_cursor`` says."""

    def url(self, place: Place) -> str:
        """The URL that the last answer named."""
        return place.at or self.settings.path

    def params(self, place: Place) -> Mapping[str, Any]:
        """The size, which the URLs of further pages hold already."""
        return {} if place.at else self.size()

    def token(self, listed: Listed) -> str | None:
        """The URL in the header, or in the answer."""
        if not self.settings.next_cursor:
            return listed.link
        found = self.found(listed)
        return urljoin(listed.url, found) if found else None


PAGINGS: Mapping[str, Callable[[RestSettings], Paging]] = {
    "none": Unpaged,
    "page": ByPage,
    "offset": ByOffset,
    "cursor": ByCursor,
    "link": ByLink,
}
"""The ways of paging, by the names that the configuration knows."""


def fingerprint(entries: Sequence[Any]) -> str:
    """What two equal pages have in common: their length, their first entry and their last."""
    ends = json.dumps([len(entries), entries[0], entries[-1]])
    return hashlib.blake2b(ends.encode(), digest_size=8).hexdigest()
