"""Portable Text, Sanity's rich text, brought into the form of other rich text.

Its blocks stand one after another, with list items among them, each with its level. A span names its marks. A mark that
is more than a style has its definition beside the spans. Source: the specification at portabletext.org, which
sanity.io/docs, "Block Content", refers to.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, Final

from brandsync.cms.rich_text.kinds import LEVELS
from brandsync.cms.rich_text.marks import Node, leaves
from brandsync.json_reading import a_list, at, objects

_DEEPEST: Final = 20
"""Levels of lists. Deeper items are put on this level."""
_STYLES: Final = frozenset({"blockquote", *(f"h{level}" for level in LEVELS)})
_DECORATORS: Final = {
    "strong": "bold",
    "em": "italic",
    "underline": "underline",
    "strike-through": "strikethrough",
    "code": "code",
    "sup": "superscript",
    "sub": "subscript",
}


def is_of(value: Sequence[Any]) -> bool:
    """Whether a list holds blocks of Portable Text."""
    return any(map(_is_block, value))


def as_others_have_it(value: Sequence[Any]) -> list[Any]:
    """Its text blocks; after them, unchanged, the blocks of other types, such as images."""
    blocks = [block for block in value if _is_block(block)]
    nodes: list[Any] = []
    for is_list, some in groupby(blocks, lambda block: isinstance(block.get("listItem"), str)):
        if is_list:
            nodes += _lists(some)
        else:
            nodes += map(_paragraph, some)
    return nodes + [block for block in value if not _is_block(block)]


def _is_block(block: Any) -> bool:
    return at(block, "_type") == "block" and isinstance(block.get("children"), list)


def _paragraph(block: Node) -> Node:
    style = block.get("style")
    kind = style if isinstance(style, str) and style in _STYLES else "paragraph"
    return {"type": kind, "children": list(_spans(block))}


def _lists(items: Iterable[Node]) -> list[Node]:
    """Nested lists: each stands within the item before it that has a lower level."""
    nodes: list[Node] = []
    within: list[tuple[int, Node]] = []
    for item in items:
        level, kind = item.get("level"), "ol" if item["listItem"] == "number" else "ul"
        level = min(max(level, 1), _DEEPEST) if type(level) is int else 1
        while within and (within[-1][0] > level or (within[-1][0] == level and within[-1][1]["type"] != kind)):
            within.pop()
        if not within or within[-1][0] < level:
            made: Node = {"type": kind, "children": []}
            (within[-1][1]["children"][-1]["children"] if within else nodes).append(made)
            within.append((level, made))
        within[-1][1]["children"].append({"type": "li", "children": list(_spans(item))})
    return nodes


def _spans(block: Node) -> Iterator[Any]:
    links = {
        definition["_key"]: definition["href"]
        for definition in objects(block.get("markDefs"))
        if isinstance(definition.get("_key"), str) and isinstance(definition.get("href"), str)
    }
    for span in block["children"]:
        text = at(span, "text")
        if not isinstance(text, str):
            yield span
            continue
        marks = [mark for mark in a_list(span.get("marks")) if isinstance(mark, str)]
        found = leaves(text, [_DECORATORS.get(mark, "") for mark in marks])
        url = next((links[mark] for mark in marks if mark in links), None)
        yield from [{"type": "link", "url": url, "children": found}] if url else found
