"""Finds out whether an answer says that there is more than it holds, and which settings would follow that.

It looks at the headers, and beside the list: at the objects that hold it, and at what is usual there, such as ``meta``.
Entries are never looked at.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from brandsync.cms.path import keys_of
from brandsync.cms.rest.place import Listed
from brandsync.cms.rest.settings import HEADER, RestSettings
from brandsync.http import joined

_SHELVES: Final = frozenset(
    {
        "cursor",
        "cursors",
        "hydraview",
        "info",
        "links",
        "meta",
        "metadata",
        "page",
        "pageinfo",
        "pager",
        "pagination",
        "paging",
        "responsemetadata",
        "resultinfo",
        "view",
    }
)
"""Objects beside a list that tell of its pages."""
_DEEPEST: Final = 3
_FILTERED: Final = frozenset({"filtercount", "recordsfiltered"})
_TOTALS: Final = frozenset(
    {
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
_TOTAL_HEADERS: Final = (
    "X-Total-Count",
    "X-Total",
    "X-WP-Total",
    "X-Pagination-Total-Count",
    "X-Pagination-Total",
    "X-Total-Items",
    "X-Total-Results",
    "X-Count",
    "Total-Count",
    "Total",
    "Content-Range",
)
_PAGES: Final = frozenset({"lastpage", "pagecount", "totalpages"})
_NEXT: Final = frozenset(
    {
        "continuationtoken",
        "hydranext",
        "next",
        "nextcursor",
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
_WITHIN_NEXT: Final = ("href", "url", "link", "after", "cursor")
_MORE: Final = frozenset({"hasmore", "hasnext", "hasnextpage", "istruncated", "more", "moreavailable"})
_LAST: Final = frozenset({"islast", "islastpage", "last", "lastpage"})
_BY_OFFSET: Final = frozenset({"from", "offset", "skip", "start", "startat", "startindex"})
_BY_PAGE: Final = frozenset({"currentpage", "number", "page", "pageindex", "pageno", "pagenumber"})

_PREFIX = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")


@dataclass(frozen=True, slots=True)
class Further:
    """What an answer says of entries that it doesn't hold."""

    what: str
    """As the rest of a sentence."""
    hint: str
    """The settings that follow it."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A value beside the list."""

    keys: tuple[str, ...]
    value: Any

    @property
    def name(self) -> str:
        """Its own key, as all spellings have it."""
        return _plain(self.keys[-1])

    @property
    def path(self) -> str:
        """Its JMESPath."""
        return ".".join(key if keys_of(key) else f'"{key}"' for key in self.keys)


def further(listed: Listed, settings: RestSettings, *, totals: bool = True) -> Further | None:
    """What the answer says of entries beyond those that came; none where it says nothing, or that there are no more.

    ``totals``: a number of all entries, or of pages, counts too.
    """
    beside = list(_beside(listed.body, settings.items))
    way = _link(listed, beside)
    total = _total(listed, settings, beside) if totals else None
    if way:
        what, found = way
        return Further(what, _hint([*found, *([f"total = {_quoted(total[0])}"] if total else [])]))
    if total:
        path, count = total
        what = f"`{path}` says {count}"
        setting = [] if path == settings.total else [f"total = {_quoted(path)}"]
        return Further(what, _hint([*_by_number(beside), *setting]))
    pages = next((one for one in beside if one.name in _PAGES and _is_count(one.value) and one.value > 1), None)
    if totals and pages:
        return Further(f"`{pages.path}` says {pages.value} pages", _hint(['paging = "page"']))
    return None


def ends_by(listed: Listed, settings: RestSettings) -> str | None:
    """The setting by which the end of a listing by numbers is known, by what an answer says; none where it says none.

    A total is enough, since pages are asked for until it is reached; else a link to the next page.
    """
    beside = list(_beside(listed.body, settings.items))
    total, way = _total(listed, settings, beside), _link(listed, beside)
    if total and total[0] != settings.total:
        return f"let the end be known: {_hint([f'total = {_quoted(total[0])}'])}"
    if way and not any(setting.startswith('paging = "page"') for setting in way[1]):
        return f"let the end be known: {_hint(way[1])}"
    return None


def _beside(body: Any, items: str | None) -> Iterator[_Found]:
    """What stands beside the list."""
    found = _PREFIX.match(items or "")
    keys: tuple[str, ...] = ()
    for key in ["", *(found[0].split(".") if found else [])]:
        if key:
            body, keys = body.get(key), (*keys, key)
        if not isinstance(body, dict):
            return
        yield from _on_shelf(body, keys, 0)


def _on_shelf(shelf: Mapping[str, Any], keys: tuple[str, ...], depth: int) -> Iterator[_Found]:
    for key, value in shelf.items():
        if not key.isascii() or not key.isprintable() or '"' in key or "\\" in key:
            continue
        if isinstance(value, dict) and _plain(key) in _SHELVES and depth < _DEEPEST:
            yield from _on_shelf(value, (*keys, key), depth + 1)
        else:
            yield _Found((*keys, key), value)


def _link(listed: Listed, beside: Sequence[_Found]) -> tuple[str, list[str]] | None:
    """What leads to a further page, and the settings that follow it."""
    if listed.link and listed.link != listed.url:
        return "the Link header names a next page", ['paging = "link"']
    if any(one.name in _MORE and one.value is False for one in beside):
        return None
    for one in beside:
        way = _leads(one, listed.url, beside)
        if way:
            return f"`{way[0]}` names a next page", way[1]
    for one in beside:
        if (one.name in _MORE and one.value is True) or (one.name in _LAST and one.value is False):
            return f"`{one.path}` is {'true' if one.value else 'false'}", _by_number(beside)
    return None


def _leads(one: _Found, url: str, beside: Sequence[_Found]) -> tuple[str, list[str]] | None:
    """The path and the settings of what names a further page."""
    if one.name == "offset" and isinstance(one.value, str) and one.value and not one.value.isdecimal():
        return one.path, ['paging = "cursor"', f"next_cursor = {_quoted(one.path)}", 'cursor_param = "offset"']
    if one.name not in _NEXT:
        return None
    by_page = one.name != "nextoffset"
    if isinstance(one.value, dict):
        within = next((key for key in _WITHIN_NEXT if isinstance(one.value.get(key), str)), None)
        one = _Found((*one.keys, within), one.value[within]) if within else one
    value = one.value
    if value is True or (_is_count(value) and value > 0):
        return one.path, ['paging = "page"'] if by_page and value is not True else _by_number(beside)
    if not isinstance(value, str) or not value.strip() or joined(url, value) == url:
        return None
    if value.startswith(("http://", "https://", "/", "?")):
        return one.path, ['paging = "link"', f"next_cursor = {_quoted(one.path)}"]
    cursor = "`cursor_param` to the parameter that takes it"
    return one.path, ['paging = "cursor"', f"next_cursor = {_quoted(one.path)}", cursor]


def _total(listed: Listed, settings: RestSettings, beside: Sequence[_Found]) -> tuple[str, int] | None:
    """Where a number of all entries stands that is more than came, as `total` takes it, and that number."""
    came = len(listed.entries)
    if settings.total:
        return (settings.total, listed.total) if listed.total is not None and listed.total > came else None
    found = [(one.name, *_number(one)) for one in beside]
    exact = [(path, count) for name, path, count in found if name in _FILTERED and count is not None]
    counts = exact or [(path, count) for name, path, count in found if name in _TOTALS and count is not None]
    headers = [(f"{HEADER}{name}", count_of(listed.headers.get(name))) for name in _TOTAL_HEADERS]
    counts += [(path, count) for path, count in headers if count is not None and not exact]
    return max((one for one in counts if one[1] > came), key=lambda one: one[1], default=None)


def count_of(value: Any) -> int | None:
    """The number of entries that an answer gives, be it as text or at the end of a ``Content-Range``; or none."""
    if isinstance(value, str):
        digits = "" if value.startswith("bytes") else value.rpartition("/")[2].strip()
        return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 20 else None
    return value if _is_count(value) else None


def _number(one: _Found) -> tuple[str, int | None]:
    """The path of a number, and the number. Some search engines hold it in an object."""
    if isinstance(one.value, dict):
        return f"{one.path}.value", count_of(one.value.get("value"))
    return one.path, count_of(one.value)


def _by_number(beside: Sequence[_Found]) -> list[str]:
    """The settings that page by number, as what the answer says of itself suggests."""
    for one in beside:
        if one.name in _BY_OFFSET and _is_count(one.value):
            name = one.keys[-1]
            return ['paging = "offset"', *([] if name == "offset" else [f'offset_param = "{name}"'])]
    for one in beside:
        if one.name in _BY_PAGE and _is_count(one.value):
            return ['paging = "page"', *(["first_page = 0"] if one.value == 0 else [])]
    return ['paging = "page" or "offset", as the API has it']


def _hint(settings: Sequence[str]) -> str:
    return f"set {', and '.join(settings)} in [cms]" if len(settings) < 3 else f"set {', '.join(settings)} in [cms]"


def _quoted(path: str) -> str:
    return f"'{path}'" if '"' in path else f'"{path}"'


def _plain(key: str) -> str:
    return re.sub("[^a-z0-9]", "", key.lower())


def _is_count(value: Any) -> bool:
    return type(value) is int
