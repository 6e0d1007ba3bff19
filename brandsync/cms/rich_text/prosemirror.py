"""ProseMirror's documents, as Storyblok keeps rich text, in the form that ``rich_text`` reads.

Sources: Storyblok, "Rich text" field, and the vendor's renderer (github.com/storyblok/monoblok, ``packages/richtext``).
"""

from collections.abc import Mapping
from typing import Any, Final

_KINDS: Final = {
    "bullet_list": "ul",
    "ordered_list": "ol",
    "list_item": "li",
    "code_block": "code",
    "hard_break": "linebreak",
    "horizontal_rule": "hr",
    "tableRow": "table-row",
    "tableCell": "table-cell",
    "tableHeader": "table-header-cell",
}
_MARKS: Final = {"strike": "strikethrough"}


def is_prosemirror(node: Mapping[str, Any]) -> bool:
    """Whether a node is one of ProseMirror's: its children are its ``content``, its marks a list."""
    return any(isinstance(node.get(key), kind) for key, kind in (("content", list), ("marks", list))) or (
        isinstance(node.get("type"), str) and node["type"] in {*_KINDS, "emoji"}
    )


def as_others_have_it(node: Mapping[str, Any]) -> dict[str, Any]:
    """A node, in the words of the others. Blocks that stand within the text are left out."""
    kind, attrs = node.get("type"), _object(node.get("attrs"))
    if kind == "emoji":
        return {"text": attrs.get("emoji")}
    marks = [mark for mark in node.get("marks") or () if isinstance(mark, Mapping)]
    own = {
        "type": _KINDS.get(kind, kind) if isinstance(kind, str) else None,
        "children": node.get("content"),
        "level": level if (level := attrs.get("level")) in range(1, 7) else None,
    }
    text = node.get("text")
    if not isinstance(text, str):
        return {name: value for name, value in own.items() if value is not None}
    said = {"text": text, **{name: True for mark in marks if isinstance(name := _mark(mark), str)}}
    address = next((found for mark in marks if (found := _address(mark))), None)
    return {"type": "link", "url": address, "children": [said]} if address else said


def _mark(mark: Mapping[str, Any]) -> Any:
    kind = mark.get("type")
    return _MARKS.get(kind, kind) if isinstance(kind, str) else None


def _address(mark: Mapping[str, Any]) -> str | None:
    """Where a link goes. One to a story has its address too, as it was when the text was saved."""
    attrs = _object(mark.get("attrs"))
    found = attrs.get("href")
    if mark.get("type") != "link" or not isinstance(found, str):
        return None
    return f"mailto:{found}" if attrs.get("linktype") == "email" and not found.startswith("mailto:") else found


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
