"""Portable Text, Sanity's rich text, brought into the form of other rich text.

Its blocks stand one after another, with list items among them, each with its level. A span names its marks. A mark that
is more than a style has its definition beside the spans. Source: the specification at portabletext.org, which
sanity.io/docs, "Block Content", refers to.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

Node = dict[str, Any]

_DEEPEST: Final = 20
"""Levels of lists. Deeper items are put on this level."""
_STYLES: Final = frozenset({"blockquote", *(f"h{level}" for level in range(1, 7))})
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
    return any(_is_block(block) for block in value)


def as_others_have_it(value: Sequence[Any]) -> list[Any]:
    """Its text blocks; after them, unchanged, the blocks of other types, such as images."""
    blocks = [block for block in value if _is_block(block)]
    nodes: list[Any] = []
    for is_list, some in groupby(blocks, lambda block: isinstance(block.get("listItem"), str)):
        nodes += (_lists if is_list else _paragraphs)(some)
    return nodes + [block for block in value if not _is_block(block)]


def _is_block(block: Any) -> bool:
    return isinstance(block, Mapping) and block.get("_type") == "block" and isinstance(block.get("children"), list)


def _paragraphs(blocks: Iterable[Mapping[str, Any]]) -> list[Node]:
    return [{"type": _style(block), "children": list(_spans(block))} for block in blocks]


def _style(block: Mapping[str, Any]) -> str:
    style = block.get("style")
    return style if isinstance(style, str) and style in _STYLES else "paragraph"


def _lists(items: Iterable[Mapping[str, Any]]) -> list[Node]:
    """Nested lists: each stands within the item before it that has a lower level."""
    nodes: list[Node] = []
    within: list[tuple[int, Node]] = []
    for item in items:
        level, kind = _level(item), "ol" if item["listItem"] == "number" else "ul"
        while within and (within[-1][0] > level or (within[-1][0] == level and within[-1][1]["type"] != kind)):
            within.pop()
        if not within or within[-1][0] < level:
            made: Node = {"type": kind, "children": []}
            (within[-1][1]["children"][-1]["children"] if within else nodes).append(made)
            within.append((level, made))
        within[-1][1]["children"].append({"type": "li", "children": list(_spans(item))})
    return nodes


def _level(item: Mapping[str, Any]) -> int:
    level = item.get("level")
    return min(max(level, 1), _DEEPEST) if type(level) is int else 1


def _spans(block: Mapping[str, Any]) -> Iterator[Any]:
    links = _links(block.get("markDefs"))
    for span in _list(block.get("children")):
        if not isinstance(span, Mapping) or not isinstance(span.get("text"), str):
            yield span
        else:
            marks = [mark for mark in _list(span.get("marks")) if isinstance(mark, str)]
            leaves = list(_leaves(span["text"], marks))
            url = next((links[mark] for mark in marks if mark in links), None)
            yield from [{"type": "link", "url": url, "children": leaves}] if url else leaves


def _leaves(text: str, marks: Sequence[str]) -> Iterator[Node]:
    """The leaves of a text, in which a line break is a character."""
    styles = {_DECORATORS[mark]: True for mark in marks if mark in _DECORATORS}
    for number, line in enumerate(text.split("\n")):
        if number:
            yield {"type": "linebreak"}
        if line:
            yield {"text": line, **styles}


def _links(definitions: Any) -> dict[str, str]:
    return {
        definition["_key"]: definition["href"]
        for definition in _mappings(definitions)
        if isinstance(definition.get("_key"), str) and isinstance(definition.get("href"), str)
    }


def _mappings(found: Any) -> list[Mapping[str, Any]]:
    return [item for item in _list(found) if isinstance(item, Mapping)]


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []
