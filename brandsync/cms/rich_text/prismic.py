"""Prismic's rich text, brought into the form of other rich text.

Its blocks stand one after another, with list items among them. A block's marks and links are ``spans`` of its text,
counted in UTF-16 as JavaScript does. Source: Prismic, "Rich Text" (API v2), and the vendor's ``@prismicio/client``.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any, Final

Node = dict[str, Any]

_TYPES: Final = {
    "paragraph": "paragraph",
    "preformatted": "pre",
    "list-item": "li",
    "o-list-item": "li",
    **{f"heading{level}": f"h{level}" for level in range(1, 7)},
}
_LISTS: Final = {"list-item": "ul", "o-list-item": "ol"}
_MARKS: Final = {"strong": "bold", "em": "italic"}
_KEYS: Final = frozenset({"type", "text", "direction"})
"""All keys that a block without ``spans`` may have: blocks of another kind must not count as Prismic's."""


def is_of(value: Sequence[Any]) -> bool:
    """Whether a list holds Prismic's blocks."""
    return any(_is_block(block) for block in value)


def as_others_have_it(value: Sequence[Any]) -> list[Any]:
    """Its blocks, with the list items in lists. What is no text block stays as it is."""
    nodes: list[Any] = []
    for tag, some in groupby(value, lambda block: _LISTS.get(block["type"]) if _is_block(block) else None):
        blocks = [_block(block) if _is_block(block) else block for block in some]
        nodes += [{"type": tag, "children": blocks}] if tag else blocks
    return nodes


def _is_block(block: Any) -> bool:
    return (
        isinstance(block, Mapping)
        and isinstance(block.get("text"), str)
        and isinstance(block.get("type"), str)
        and block["type"] in _TYPES
        and (isinstance(block.get("spans"), list) or set(block) <= _KEYS)
    )


def _block(block: Mapping[str, Any]) -> Node:
    return {"type": _TYPES[block["type"]], "children": list(_children(block["text"], _spans(block.get("spans"))))}


def _spans(found: Any) -> list[Mapping[str, Any]]:
    spans = found if isinstance(found, list) else []
    return [span for span in spans if isinstance(span, Mapping) and _is_span(span)]


def _is_span(span: Mapping[str, Any]) -> bool:
    start, end = span.get("start"), span.get("end")
    return isinstance(span.get("type"), str) and type(start) is int and type(end) is int and 0 <= start < end


def _children(text: str, spans: Sequence[Mapping[str, Any]]) -> Iterator[Node]:
    """The pieces of the text with their marks. The pieces of one link stand in that link."""
    for address, pieces in groupby(_pieces(text, spans), lambda piece: _address(piece[1])):
        leaves = [leaf for piece in pieces for leaf in _leaves(*piece)]
        yield from [{"type": "link", "url": address, "children": leaves}] if address else leaves


def _pieces(text: str, spans: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    """The text, cut wherever a span begins or ends; each piece comes with the spans over it."""
    units = text.encode("utf-16-le", "surrogatepass")
    places = {min(place, len(units) // 2) for span in spans for place in (span["start"], span["end"])}
    waiting = deque(sorted(spans, key=lambda span: span["start"]))
    over: list[Mapping[str, Any]] = []
    for start, end in pairwise(sorted({0, len(units) // 2} | places)):
        over = [span for span in over if span["end"] > start]
        while waiting and waiting[0]["start"] <= start:
            over.append(waiting.popleft())
        yield units[2 * start : 2 * end].decode("utf-16-le", "surrogatepass"), over


def _leaves(text: str, spans: Iterable[Mapping[str, Any]]) -> Iterator[Node]:
    """The leaves of a text, in which a line break is a character."""
    marks = {_MARKS[span["type"]]: True for span in spans if span["type"] in _MARKS}
    for number, line in enumerate(text.split("\n")):
        if number:
            yield {"type": "linebreak"}
        if line:
            yield {"text": line, **marks}


def _address(spans: Iterable[Mapping[str, Any]]) -> str | None:
    """The address of the link over a piece. A link to a document has one only where Prismic gives it one."""
    links = (span.get("data") for span in spans if span["type"] == "hyperlink")
    found = next((link.get("url") for link in links if isinstance(link, Mapping)), None)
    return found if isinstance(found, str) and found else None
