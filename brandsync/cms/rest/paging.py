"""How a listing is paged: which parameters fetch a page, and which page follows.

A short page never ends a listing, because servers cut pages as they like. A total that is reached, an empty page, or a
missing cursor ends it. No answer makes it go on for ever.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from brandsync.cms.envelope import read
from brandsync.cms.path import reader
from brandsync.cms.rest.further import further, is_last, told
from brandsync.cms.rest.place import Listed, Place, identities
from brandsync.cms.rest.settings import RestSettings, header_of
from brandsync.cms.trail import MOST
from brandsync.errors import ConfigError, Unreadable
from brandsync.http import bare, joined, moved
from brandsync.observing.excerpt import excerpt, kind


class Paging(ABC):
    """One way of paging."""

    endless_hint: str = "check `paging` in [cms] and the names of its parameters"
    end_hint: str = "check `paging` and `next_cursor` in [cms]"
    """What to do about a page that the server refuses, after it gave others."""

    def __init__(self, settings: RestSettings) -> None:
        self.settings = settings
        self._id = reader(settings.id)

    def ids(self, entries: Sequence[Any]) -> Sequence[str]:
        """What tells each entry from the others: its id, as a rule."""
        return identities(self._id, entries)

    def size(self) -> dict[str, Any]:
        """The parameter for the page size."""
        return {self.settings.size_param: self.settings.page_size} if self.settings.size_param else {}

    def url(self, place: Place) -> str:
        """The path or URL to fetch."""
        return self.settings.path

    @abstractmethod
    def params(self, place: Place) -> Mapping[str, Any]:
        """The parameters that fetch the page at this place."""

    def values(self, place: Place) -> Mapping[str, int | str | None]:
        """What the placeholders of a body stand for at this place."""
        return {"page_size": self.settings.page_size}

    def headers(self, place: Place) -> Mapping[str, str]:
        """The headers that fetch the page at this place."""
        return {}

    def next_place(self, listed: Listed) -> Place | None:
        """The place of the page that follows, or none at the end.

        Raises:
            ConfigError: the server doesn't page in this way, or the listing has no end.
            Unreadable: what should lead to the following page makes no sense.
        """
        following = self.following(listed)
        if following is None:
            return None
        trail = listed.place.trail.after(listed.ids)
        problem = trail.problem(self.most_same(listed))
        if problem:
            raise ConfigError(f"{listed.where}: {problem}", hint=self.endless_hint)
        return msgspec.structs.replace(following, trail=trail)

    @abstractmethod
    def following(self, listed: Listed) -> Place | None:
        """Works as ``next_place`` does, for a listing that has an end."""

    def most_same(self, listed: Listed) -> int:
        """How often one page may come in a row."""
        return MOST

    def instead(self, place: Place) -> Place | None:
        """Where else to ask for a page that the server refused; none where there is no other way."""
        return None

    def total(self, listed: Listed) -> int | None:
        """How many entries there are, where the listing ends with this answer.

        Where `total` isn't set, that is what answers said beside their lists. The engine counts each entry once.
        """
        said = told(listed, self.settings).total
        return said[1] if said and listed.known_total is None else listed.known_total

    def more(self, listed: Listed) -> str | None:
        """Why a listing that ends with this answer is known to lack entries, as a sentence, or none."""
        return None

    def before(self, listed: Listed) -> str | None:
        """Why a listing that starts with this answer is known to lack entries, as a sentence, or none."""
        return None


class Unpaged(Paging):
    """``none``: one answer holds everything. If the server says otherwise, that is an error, not a short listing."""

    def ids(self, entries: Sequence[Any]) -> Sequence[str]:
        """Nothing is compared."""
        return ()

    def params(self, place: Place) -> Mapping[str, Any]:
        """No parameters."""
        return {}

    def following(self, listed: Listed) -> Place | None:
        """No page follows."""
        found = further(listed, self.settings)
        if found:
            raise ConfigError(
                f"{listed.where}: the {len(listed.entries)} entries that came are not all there are: {found.what}",
                hint=found.hint,
            )
        return None


class Chained(Paging):
    """What ``cursor`` and ``link`` share: each answer leads to the next."""

    endless_hint = "check `next_cursor` and `cursor_param` in [cms]"

    def __init__(self, settings: RestSettings) -> None:
        super().__init__(settings)
        if settings.body is not None:
            self.endless_hint = "check `next_cursor` and `body` in [cms]"
        way, remedy = "its Link header", "set `next_cursor` in [cms] to another way"
        if settings.next_cursor:
            way, remedy = f"`next_cursor` ({settings.next_cursor})", "correct it in [cms]"
        if settings.paging == "cursor":
            way += f", sent as {self._sent_as()}"
        self.end_hint = (
            f"the page before leads there by {way}: {remedy}, or see why the CMS refuses what it names itself"
        )

    def _sent_as(self) -> str:
        """Where a request holds the cursor, for people."""
        param = self.settings.cursor_param
        in_body = self.settings.body is not None and header_of(param) is None
        return "{cursor} in `body`" if in_body else f"`cursor_param` ({param})"

    def following(self, listed: Listed) -> Place | None:
        """Where the answer leads, but never where the listing has been."""
        token = self.token(listed)
        if token is None:
            return None
        before = listed.place
        if token == before.at and not listed.entries and listed.is_whole:
            return None
        if token in {before.at, before.token}:
            raise Unreadable(
                f"{listed.where}: what leads to the following page came a second time, so that the listing has no end",
                hint=f"{self.endless_hint}, or set `total`, which tells the end where a cursor comes again",
            )
        pages = before.trail.pages + 1
        # Remembering the token of every 2ⁿth page is enough to notice a circle of any length (Brent's algorithm).
        mark = token if pages & (pages - 1) == 0 else before.token
        return Place(token, listed.seen, listed.known_total, token=mark, told=told(listed, self.settings))

    def more(self, listed: Listed) -> str | None:
        """Says so where the answer names more entries than came, or a further page that the settings don't follow."""
        found = further(listed, self.settings, totals=self._counts(listed))
        if found is None:
            return None
        return f"{listed.where}: the listing ends where the settings find no way on, but {found.what}; {found.hint}"

    def total(self, listed: Listed) -> int | None:
        """What answers said beside their lists counts here, too, unless the last one says that nothing follows."""
        return super().total(listed) if self._counts(listed) else listed.known_total

    def _counts(self, listed: Listed) -> bool:
        return listed.known_total is None and not is_last(listed, self.settings)

    def token(self, listed: Listed) -> str | None:
        """What leads to the following page: what ``next_cursor`` finds in an answer; none at the end."""
        header = header_of(self.settings.next_cursor or "")
        if header is not None:
            return listed.headers.get(header) or None
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
    """``cursor``: an answer holds what the next request has to send."""

    def __init__(self, settings: RestSettings) -> None:
        super().__init__(settings)
        self._header = header_of(settings.cursor_param)

    def params(self, place: Place) -> Mapping[str, Any]:
        """The cursor, except for the first page, and the size."""
        in_url = place.at and self._header is None
        return {**({self.settings.cursor_param: place.at} if in_url else {}), **self.size()}

    def headers(self, place: Place) -> Mapping[str, str]:
        """The cursor, where a header takes it, except for the first page."""
        return {self._header: place.at} if self._header and place.at else {}

    def token(self, listed: Listed) -> str | None:
        """The cursor, if a request can hold it."""
        found = super().token(listed)
        if found and self._header and not (found.isascii() and found.isprintable()):
            what = f"{listed.where}: the cursor is {excerpt(found)}, which no header can hold"
            raise Unreadable(what, hint="check `next_cursor` in [cms]")
        return found

    def values(self, place: Place) -> Mapping[str, int | str | None]:
        """The cursor, except for the first page, and the size."""
        return {**super().values(place), "cursor": place.at or None}


class ByLink(Chained):
    """``link``: an answer names the next page's URL, in its ``Link`` header or where ``next_cursor`` says."""

    endless_hint = "check `next_cursor` in [cms]"

    def url(self, place: Place) -> str:
        """The URL that the last answer named."""
        return place.at or self.settings.path

    def params(self, place: Place) -> Mapping[str, Any]:
        """The size. The URLs of further pages hold it already."""
        return {} if place.at else self.size()

    def token(self, listed: Listed) -> str | None:
        """The URL in the header, or in the answer."""
        url = self._named(listed) if self.settings.next_cursor else listed.link
        return moved(url, self.settings.url) if url and self.settings.next_origin == "configured" else url

    def _named(self, listed: Listed) -> str | None:
        """The URL where ``next_cursor`` says."""
        found = super().token(listed)
        if not found:
            return None
        url = joined(listed.url, found)
        if url is None:
            raise Unreadable(
                f"{listed.where}: `next_cursor` ({self.settings.next_cursor}) finds {excerpt(bare(found))}, which is no"
                " valid URL",
                hint="check `next_cursor` in [cms]",
            )
        return url
