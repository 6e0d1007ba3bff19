"""What an answer says beside its list: in its headers, and in the objects that hold the list.

It looks in the usual places, such as ``meta``, and never in the entries.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import jmespath

from brandsync.cms.path import keys_of
from brandsync.cms.rest.place import Listed
from brandsync.cms.rest.settings import HEADER, RestSettings
from brandsync.json_reading import an_object, at, objects

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
        "pages",
        "pagination",
        "paging",
        "responsemetadata",
        "resultinfo",
        "view",
    }
)
"""Objects beside a list that describe its pages."""
_DEEPEST: Final = 3
_LINKS: Final = frozenset({"link", "links"})
"""Lists of objects, one of which may lead to the next page."""
_RELATIONS: Final = ("rel", "relation")
_TARGETS: Final = ("href", "url", "uri")
_PREFIXES: Final = frozenset({"x", "wp", "pagination", "paging"})
"""Prefixes that don't change what a header means."""
_SIMPLE: Final = frozenset({"subexpression", "index_expression", "pipe"})
_PROJECTIONS: Final = frozenset({"projection", "flatten", "value_projection", "filter_projection"})
_GROUPED: Final = re.compile(r"[0-9]{1,3}(?:([,'\u2019_ \u00a0\u202f])[0-9]{3})(?:\1[0-9]{3})*")
_WHOLE: Final = re.compile(r"([0-9]+)(?:\.0+)?")
_TOO_MUCH: Final = 10**19


@dataclass(frozen=True, slots=True)
class Found:
    """A value beside the list."""

    key: str
    """Its own key."""
    path: str
    """Its JMESPath, or the header in the form that ``total`` takes."""
    value: Any
    shelf: str = ""
    """The name of the object that holds it; empty for the outermost ones."""

    @property
    def name(self) -> str:
        """Its own key, without the differences in spelling."""
        return _plain(self.key)

    @property
    def in_header(self) -> bool:
        """Whether a header says it. Only ``total`` can take a header."""
        return self.path.startswith(HEADER)


def beside(listed: Listed, settings: RestSettings) -> list[Found]:
    """What stands beside the list that ``items`` finds, and in the headers."""
    shelves = _around(listed.body, settings.items)
    if listed.is_keyed:
        shelves = shelves[:-1]  # there, the keys are ids: a brand may be called "next"
    found = [one for shelf, path in shelves for one in _on_shelf(shelf, path, "", 0)]
    return [*found, *_in_headers(listed.headers)]


def count_of(value: Any) -> int | None:
    """The number of entries that an answer gives, even as text or at the end of a ``Content-Range``; or none."""
    if isinstance(value, str):
        text = "" if value.startswith("bytes") else value.rpartition("/")[2].strip()
        whole = _WHOLE.fullmatch(text)
        digits = whole[1] if whole else re.sub("[^0-9]", "", text) if _GROUPED.fullmatch(text) else ""
        return int(digits) if 0 < len(digits) < 20 else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if is_count(value) and 0 <= value < _TOO_MUCH else None


def is_count(value: Any) -> bool:
    """Whether this is a number, and no flag."""
    return type(value) is int


def flag_of(value: Any) -> bool | None:
    """What a flag says, even as text; or none."""
    text = value.strip().lower() if isinstance(value, str) else value
    return True if text is True or text == "true" else False if text is False or text == "false" else None


def _around(body: Any, items: str | None) -> list[tuple[Any, str]]:
    """What holds the list, from the whole answer inwards, each with its path."""
    path, shelves = "", [(body, "")]
    for step in _steps(items):
        body, path = _get(body, step), _joined(path, step)
        shelves.append((body, path))
    return shelves


def _on_shelf(shelf: Any, above: str, name: str, depth: int) -> Iterator[Found]:
    for key, value in an_object(shelf).items():
        if not key.isascii() or not key.isprintable() or '"' in key or "\\" in key:
            continue
        path, plain = _joined(above, key), _plain(key)
        if isinstance(value, dict) and plain in _SHELVES and depth < _DEEPEST:
            yield from _on_shelf(value, path, plain, depth + 1)
        elif isinstance(value, list) and plain in _LINKS:
            yield from _among_links(value, path)
        else:
            yield Found(key, path, value, name)


def _among_links(links: Sequence[Any], above: str) -> Iterator[Found]:
    """The next page's link in a list of links."""
    for link in objects(links):
        relation = next((name for name in _RELATIONS if name in link), "")
        target = next((name for name in _TARGETS if isinstance(link.get(name), str)), None)
        if target and link.get(relation) == "next":
            yield Found("next", f"{above}[?{relation}=='next'].{target} | [0]", link[target])


def _in_headers(headers: Mapping[str, str]) -> Iterator[Found]:
    for header, value in headers.items():
        words = header.lower().split("-")
        while words and words[0] in _PREFIXES:
            words.pop(0)
        shown = header.title().replace("-Wp-", "-WP-")
        if words:
            yield Found("-".join(words), f"{HEADER}{shown}", int(value) if _is_number(value) else value)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 20


def _steps(items: str | None) -> Sequence[str | int]:
    """The keys and positions that lead to the list, as far as they are plain."""
    steps: list[str | int] = []
    if items:
        _walk(jmespath.compile(items).parsed, steps)
    return steps


def _walk(node: Mapping[str, Any], steps: list[str | int]) -> bool:
    """Add the steps of a part of a JMESPath; return whether the way goes on plainly after it."""
    kind, children = node["type"], node["children"]
    if kind in {"field", "index"}:
        steps.append(node["value"])
    elif kind in _PROJECTIONS:
        _walk(children[0], steps)
    return kind in {"field", "index", "identity", "current"} or (
        kind in _SIMPLE and all(_walk(child, steps) for child in children)
    )


def _get(body: Any, step: str | int) -> Any:
    if isinstance(step, str):
        return at(body, step)
    return body[step] if isinstance(body, list) and -len(body) <= step < len(body) else None


def _joined(above: str, step: str | int) -> str:
    if not isinstance(step, str):
        return f"{above}[{step}]"
    key = step if len(keys_of(step) or ()) == 1 else f'"{step}"'
    return f"{above}.{key}" if above else key


def _plain(key: str) -> str:
    return re.sub("[^a-z0-9]", "", key.lower())
