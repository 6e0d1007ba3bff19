"""ProseMirror's documents, which Storyblok and TipTap use, in the form that ``rich_text`` reads.

Sources: Storyblok, "Rich text" field, and the vendor's renderer (github.com/storyblok/monoblok, ``packages/richtext``);
TipTap, "Nodes" and "Marks"; ProseMirror's ``prosemirror-schema-basic``.
"""

from collections.abc import Mapping
from typing import Any, Final

from brandsync.cms.rich_text.marks import MARKS

_MARKS: Final = {"strong": "bold", "em": "italic", "strike": "strikethrough"}
_SAYING: Final = ("emoji", "label", "text", "name", "id")
"""Where an emoji or a mention keeps the text that is shown, in this order."""


def is_prosemirror(node: Mapping[str, Any]) -> bool:
    """Whether a node is ProseMirror's: its children are in ``content``, and its marks are a list."""
    return any(isinstance(node.get(key), list) for key in ("content", "marks")) or (
        isinstance(node.get("attrs"), Mapping) and "children" not in node and "text" not in node
    )


def as_others_have_it(node: Mapping[str, Any]) -> dict[str, Any]:
    """A node, with the names that the other kinds use."""
    kind, attrs = node.get("type"), _object(node.get("attrs"))
    if kind in ("emoji", "mention"):  # it may be a list, too
        return {"type": kind, "text": next((said for key in _SAYING if isinstance(said := attrs.get(key), str)), "")}
    found = node.get("marks")
    marks = [mark for mark in found if isinstance(mark, Mapping)] if isinstance(found, list) else []
    own = {
        "type": kind if isinstance(kind, str) else None,
        "children": node.get("content"),
        "level": level if (level := attrs.get("level")) in range(1, 7) else None,
    }
    text = node.get("text")
    if not isinstance(text, str):
        return {name: value for name, value in own.items() if value is not None}
    said = {"text": text, **{name: True for mark in marks if (name := _mark(mark)) in MARKS}}
    address = next((found for mark in marks if (found := _address(mark))), None)
    return {"type": "link", "url": address, "children": [said]} if address else said


def _mark(mark: Mapping[str, Any]) -> str:
    kind = mark.get("type")
    return _MARKS.get(kind, kind) if isinstance(kind, str) else ""


def _address(mark: Mapping[str, Any]) -> str | None:
    """The address of a link. A link to a story has one, too, as it was when the text was saved."""
    attrs = _object(mark.get("attrs"))
    found = attrs.get("href")
    if mark.get("type") != "link" or not isinstance(found, str):
        return None
    return f"mailto:{found}" if attrs.get("linktype") == "email" and not found.startswith("mailto:") else found


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
