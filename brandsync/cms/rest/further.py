"""Finds out whether an answer says that there is more than it holds, and which settings would fetch the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

from brandsync.cms.rest.beside import Found, beside, count_of, flag_of, is_count
from brandsync.cms.rest.body import PAGED_BY
from brandsync.cms.rest.place import Listed, Told
from brandsync.cms.rest.settings import RestSettings
from brandsync.http import joined

_FILTERED: Final = frozenset({"filtercount", "recordsfiltered"})
_TOTALS: Final = frozenset(
    {
        "contentrange",
        "count",
        "found",
        "hydratotalitems",
        "itemcount",
        "numfound",
        "odatacount",
        "recordstotal",
        "resultcount",
        "total",
        "totalcount",
        "totaldocs",
        "totalelements",
        "totalentries",
        "totalhits",
        "totalitems",
        "totalrecords",
        "totalresults",
        "totalrows",
        "totalsize",
    }
)
_PAGES: Final = frozenset({"lastpage", "numpages", "numberofpages", "pagecount", "pages", "pagestotal", "totalpages"})
_NEXT: Final = frozenset(
    {
        "continuationtoken",
        "hydranext",
        "next",
        "nextcursor",
        "nextcursormark",
        "nextlink",
        "nextmarker",
        "nextoffset",
        "nextpage",
        "nextpagecursor",
        "nextpagetoken",
        "nextpageurl",
        "nextrecordsurl",
        "nexttoken",
        "nexturl",
        "odatanextlink",
    }
)
_CONTINUED: Final = frozenset({"continuation", "continuationtoken"})
"""Headers that go back with the next request, as they came (Kontent.ai: ``X-Continuation``)."""
_WITHIN_NEXT: Final = ("href", "url", "link", "after", "cursor")
_MORE: Final = frozenset(
    {
        "hasmore",
        "hasmoreitems",
        "hasmorepages",
        "hasmoreresults",
        "hasnext",
        "hasnextpage",
        "istruncated",
        "more",
        "moreavailable",
        "moreresults",
    }
)
_CUT: Final = frozenset({"incompleteresults", "truncated"})
_LAST: Final = frozenset({"islast", "islastpage", "last", "lastpage"})
_FIRST: Final = frozenset({"first", "firstpage", "isfirst", "isfirstpage"})
_BEFORE: Final = frozenset({"hasprev", "hasprevious", "hasprevpage", "haspreviouspage"})
_BY_OFFSET: Final = frozenset({"from", "offset", "skip", "start", "startat", "startindex"})
_BY_PAGE: Final = frozenset({"currentpage", "number", "page", "pageindex", "pageno", "pagenumber"})
_PARTIAL: Final = 206


@dataclass(frozen=True, slots=True)
class Further:
    """What an answer says about entries that it doesn't hold."""

    what: str
    """As the rest of a sentence."""
    settings: Sequence[str]
    """The settings that follow it."""

    @property
    def hint(self) -> str:
        """What to do."""
        between = ", and " if len(self.settings) < 3 else ", "
        return f"set {between.join(self.settings)} in [cms]"

    @property
    def leads(self) -> bool:
        """Whether it leads to the next page by a link or cursor, not just by a number."""
        return self.settings[0] in {_BY_LINK, _BY_CURSOR}


_BY_LINK: Final = 'paging = "link"'
_BY_CURSOR: Final = 'paging = "cursor"'


def further(listed: Listed, settings: RestSettings, *, totals: bool = True) -> Further | None:
    """What the answer says about entries beyond those that came; none where it says nothing, or that there are none.

    ``totals``: a number of all entries or pages counts, too, even one from an earlier answer.
    """
    found = beside(listed, settings)
    way, numbers = _way(listed, found), told(listed, settings) if totals else Told()
    total = numbers.total if numbers.total and numbers.total[1] > listed.seen else None
    setting = [f"total = {_quoted(total[0])}"] if total and total[0] != settings.total else []
    if way:
        return Further(way.what, [*_sent(way.settings, settings), *setting])
    if total:
        return Further(f"`{total[0]}` says {total[1]}", [*_sent(_by_number(found), settings), *setting])
    pages = listed.place.trail.held + bool(listed.entries)
    if numbers.pages and numbers.pages[1] > max(1, pages):
        by_page = _sent(['paging = "page"'], settings)
        return Further(f"`{numbers.pages[0]}` says {numbers.pages[1]} pages", by_page)
    if totals and _is_partial(listed, settings):
        return Further("its status is 206, which stands for a part", _sent(_by_number(found), settings))
    return None


def told(listed: Listed, settings: RestSettings) -> Told:
    """The largest numbers of entries and pages that an answer gives, or else those of the last one that gave any.

    An empty page may not know them any more, so earlier ones count, too.
    """
    before, found = listed.place.told, beside(listed, settings)
    pages = [(one.path, one.value) for one in found if _is_of_pages(one, listed) and is_count(one.value)]
    total, of_pages = _total(listed, settings, found), max(pages, key=itemgetter(1), default=None)
    if not listed.entries:
        total, of_pages = (
            max(filter(None, pair), key=itemgetter(1), default=None)
            for pair in ((before.total, total), (before.pages, of_pages))
        )
    return Told(total or before.total, of_pages or before.pages)


def is_last(listed: Listed, settings: RestSettings) -> bool:
    """Whether the answer says in so many words that no page follows."""
    return _says_no_more(beside(listed, settings))


def preceded(listed: Listed, settings: RestSettings) -> str | None:
    """What the answer says about entries before those that came, as the rest of a sentence; or none."""
    for one in beside(listed, settings):
        flag = flag_of(one.value)
        if (one.name in _FIRST and flag is False) or (one.name in _BEFORE and flag):
            return f"`{one.path}` is {'true' if flag else 'false'}"
    return None


def ends_by(listed: Listed, settings: RestSettings) -> str | None:
    """A setting that would show where a listing by numbers ends, as the answer suggests; or none.

    A total is enough, because pages are asked for until it is reached. Otherwise it is a link to the next page.
    """
    total, way = told(listed, settings).total, _way(listed, beside(listed, settings))
    if total and total[0] != settings.total and total[1] > listed.seen:
        return f"let the end be known: set total = {_quoted(total[0])} in [cms]"
    if way and not way.settings[0].startswith('paging = "page"'):
        return f"let the end be known: {Further(way.what, _sent(way.settings, settings)).hint}"
    return None


def _way(listed: Listed, found: Sequence[Found]) -> Further | None:
    """What leads to a further page, and the settings that follow it."""
    if listed.link and listed.link not in {listed.url, listed.place.at}:
        return Further("the Link header names a next page", [_BY_LINK])
    if _says_no_more(found):
        return None
    for one in found:
        way = _leads(one, listed, found)
        if way:
            return way
    for one in found:
        flag = flag_of(one.value)
        if (one.name in _MORE | _CUT and flag) or (one.name in _LAST and flag is False):
            return Further(f"`{one.path}` is {'true' if flag else 'false'}", _by_number(found))
    return None


def _says_no_more(found: Sequence[Found]) -> bool:
    return any(one.name in _MORE and flag_of(one.value) is False for one in found)


def _leads(one: Found, listed: Listed, found: Sequence[Found]) -> Further | None:
    """The settings that follow a value, if it names a further page."""
    path, value = one.path, one.value
    if one.name == "offset" and isinstance(value, str) and value and not value.isdecimal() and not one.in_header:
        return _named(path, [_BY_CURSOR, f"next_cursor = {_quoted(path)}", 'cursor_param = "offset"'])
    if one.name not in _NEXT and not _is_continued(one):
        return None
    if isinstance(value, dict):
        within = next((key for key in _WITHIN_NEXT if isinstance(value.get(key), str)), None)
        path, value = (f"{path}.{within}", value[within]) if within else (path, value)
    if value is True or (is_count(value) and value > 0):
        by_page = value is not True and one.name != "nextoffset"
        return _named(path, ['paging = "page"'] if by_page else _by_number(found))
    if not isinstance(value, str) or not value.strip():
        return None
    if value == listed.place.at or joined(listed.url, value) == listed.url:
        return None
    return _named(path, _in_header(one, found) if one.in_header else _chained(path, value))


def _in_header(one: Found, found: Sequence[Found]) -> Sequence[str]:
    if not _is_continued(one):
        return _by_number(found)
    return [_BY_CURSOR, f"next_cursor = {_quoted(one.path)}", f"cursor_param = {_quoted(one.path)}"]


def _is_continued(one: Found) -> bool:
    return one.in_header and one.name in _CONTINUED


def _chained(path: str, value: str) -> Sequence[str]:
    if value.startswith(("http://", "https://", "/", "?")):
        return [_BY_LINK, f"next_cursor = {_quoted(path)}"]
    cursor = "`cursor_param` to the parameter that takes it"
    return [_BY_CURSOR, f"next_cursor = {_quoted(path)}", cursor]


def _named(path: str, settings: Sequence[str]) -> Further:
    return Further(f"`{path}` names a next page", settings)


def _is_of_pages(one: Found, listed: Listed) -> bool:
    """Whether this is a number of pages. ``page.total`` is one where the only answer holds more entries than that."""
    if one.name != "total" or one.shelf not in {"page", "pages"}:
        return one.name in _PAGES
    return not listed.place.at and is_count(one.value) and one.value < len(listed.entries)


def _total(listed: Listed, settings: RestSettings, found: Sequence[Found]) -> tuple[str, int] | None:
    """Where a number of all entries stands, in the form that `total` takes, and the number."""
    if settings.total:
        return None if listed.total is None else (settings.total, listed.total)
    exact = [pair for one in found if one.name in _FILTERED and (pair := _counted(one))]
    counts = exact or [pair for one in found if one.name in _TOTALS and (pair := _counted(one))]
    return max(counts, key=itemgetter(1), default=None)


def _counted(one: Found) -> tuple[str, int] | None:
    """The path of a number, and the number. Some search engines hold it in an object."""
    within = isinstance(one.value, dict)
    count = count_of(one.value.get("value") if within else one.value)
    return None if count is None else (f"{one.path}.value" if within else one.path, count)


def _is_partial(listed: Listed, settings: RestSettings) -> bool:
    """Whether the only answer says that it is a part. A range with the total tells more, and counts instead."""
    ranged = count_of(listed.headers.get("content-range"))
    return settings.paging == "none" and listed.status == _PARTIAL and ranged is None


def _by_number(found: Sequence[Found]) -> list[str]:
    """The settings for paging by number, as suggested by what the answer says about itself."""
    numbers = [one for one in found if is_count(one.value) and not one.in_header]
    for one in numbers:
        if one.name in _BY_OFFSET:
            return ['paging = "offset"', *([] if one.key == "offset" else [f'offset_param = "{one.key}"'])]
    for one in numbers:
        if one.name in _BY_PAGE:
            return ['paging = "page"', *(["first_page = 0"] if one.value == 0 else [])]
    return ['paging = "page" or "offset", as the API has it']


def _sent(ways: Sequence[str], settings: RestSettings) -> Sequence[str]:
    """The settings for a way of paging. Where there is a body, it takes what a parameter would."""
    if settings.body is None:
        return ways
    name = next((name for name in PAGED_BY if ways[0].startswith(f'paging = "{name}"')), None)
    placed = [f"{{{name}}} in `body` where it belongs"] if name else []
    return [*(way for way in ways if "_param" not in way), *placed]


def _quoted(path: str) -> str:
    quote = '"' if '"' not in path else "'" if "'" not in path else "'''"
    return f"{quote}{path}{quote}"
