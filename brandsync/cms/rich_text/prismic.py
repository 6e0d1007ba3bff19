"""Prismic's rich text, brought into the form of other rich text.

Its blocks stand one after another, with list items among them. A block's marks and links are ``spans`` of its text,
counted in UTF-16 as JavaScript does. Source: Prismic, "Rich Text" (API v2), and the vendor's ``@prismicio/client``.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import Any, Final

from brandsync.cms.rich_text.kinds import LEVELS
from brandsync.cms.rich_text.marks import Node, leaves
from brandsync.json_reading import at, objects

_TYPES: Final = {
    "paragraph": "paragraph",
    "preformatted": "pre",
    "list-item": "li",
    "o-list-item": "li",
    **{f"heading{level}": f"h{level}" for level in LEVELS},
}
_LISTS: Final = {"list-item": "ul", "o-list-item": "ol"}
_MARKS: Final = {"strong": "bold", "em": "italic"}
_KEYS: Final = frozenset({"type", "text", "direction"})
"""All keys that a block without ``spans`` may have: blocks of another kind must not count as Prismic's."""


def is_of(value: Sequence[Any]) -> bool:
    """Whether a list holds Prismic's blocks."""
    return any(map(_is_block, value))


def as_others_have_it(value: Sequence[Any]) -> list[Any]:
    """Its blocks, with the list items in lists. What is no text block stays as it is."""
    nodes: list[Any] = []
    for tag, some in groupby(value, lambda block: _LISTS.get(block["type"]) if _is_block(block) else None):
        blocks = [_block(block) if _is_block(block) else block for block in some]
        nodes += [{"type": tag, "children": blocks}] if tag else blocks
    return nodes


def _is_block(block: Any) -> bool:
    return (
        isinstance(at(block, "text"), str)
        and isinstance(block.get("type"), str)
        and block["type"] in _TYPES
        and (isinstance(block.get("spans"), list) or set(block) <= _KEYS)
    )


def _block(block: Node) -> Node:
    spans = [span for span in objects(block.get("spans")) if _is_span(span)]
    return {"type": _TYPES[block["type"]], "children": list(_children(block["text"], spans))}


def _is_span(span: Node) -> bool:
    start, end = span.get("start"), span.get("end")
    return isinstance(span.get("type"), str) and type(start) is int and type(end) is int and 0 <= start < end


def _children(text: str, spans: Sequence[Node]) -> Iterator[Node]:
    """The pieces of the text with their marks. The pieces of one link stand in that link."""
    for address, pieces in groupby(_pieces(text, spans), lambda piece: _address(piece[1])):
        found: list[Node] = []
        for piece, over in pieces:
            found += leaves(piece, [_MARKS.get(span["type"], "") for span in over])
        yield from [{"type": "link", "url": address, "children": found}] if address else found


def _pieces(text: str, spans: Sequence[Node]) -> Iterator[tuple[str, list[Node]]]:
    """The text, cut wherever a span begins or ends; each piece comes with the spans over it."""
    units = text.encode("utf-16-le", "surrogatepass")
    places = {min(place, len(units) // 2) for span in spans for place in (span["start"], span["end"])}
    waiting = deque(sorted(spans, key=lambda span: span["start"]))
    over: list[Node] = []
    for start, end in pairwise(sorted({0, len(units) // 2} | places)):
        over = [span for span in over if span["end"] > start]
        while waiting and waiting[0]["start"] <= start:
            over.append(waiting.popleft())
        yield units[2 * start : 2 * end].decode("utf-16-le", "surrogatepass"), over


def _address(spans: Iterable[Node]) -> str | None:
    """The address of the link over a piece. A link to a document has one only where Prismic gives it one."""
    links = (span.get("data") for span in spans if span["type"] == "hyperlink")
    found = next((link.get("url") for link in links if isinstance(link, dict)), None)
    return found if isinstance(found, str) and found else None
