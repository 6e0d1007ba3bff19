"""ProseMirror's documents, which Storyblok and TipTap use, in the form that ``rich_text`` reads.

Sources: Storyblok, "Rich text" field, and the vendor's renderer (github.com/storyblok/monoblok, ``packages/richtext``);
TipTap, "Nodes" and "Marks"; ProseMirror's ``prosemirror-schema-basic``.
"""

from typing import Final

from brandsync.cms.rich_text.kinds import LEVELS
from brandsync.cms.rich_text.marks import MARKS, Node
from brandsync.json_reading import an_object, at, objects

_MARKS: Final = {"strong": "bold", "em": "italic", "strike": "strikethrough"}
_SAYING: Final = ("emoji", "label", "text", "name", "id")
"""Where an emoji or a mention keeps the text that is shown, in this order."""


def is_of(node: Node) -> bool:
    """Whether a node is ProseMirror's: its children are in ``content``, and its marks are a list."""
    return any(isinstance(node.get(key), list) for key in ("content", "marks")) or (
        isinstance(node.get("attrs"), dict) and "children" not in node and "text" not in node
    )


def as_others_have_it(node: Node) -> Node:
    """A node, with the names that the other kinds use."""
    kind, text, attrs = node.get("type"), node.get("text"), an_object(node.get("attrs"))
    if kind in ("emoji", "mention"):  # it may be a list, too
        return {"type": kind, "text": next((said for key in _SAYING if isinstance(said := attrs.get(key), str)), "")}
    if not isinstance(text, str):
        own = {
            "type": kind if isinstance(kind, str) else None,
            "children": node.get("content"),
            "level": level if (level := attrs.get("level")) in LEVELS else None,
        }
        return {name: value for name, value in own.items() if value is not None}
    marks = [mark for mark in objects(node.get("marks")) if isinstance(mark.get("type"), str)]
    named = [_MARKS.get(mark["type"], mark["type"]) for mark in marks]
    said = {"text": text, **{mark: True for mark in named if mark in MARKS}}
    address = next(filter(None, map(_address, marks)), None)
    return {"type": "link", "url": address, "children": [said]} if address else said


def _address(mark: Node) -> str | None:
    """The address of a link. A link to a story has one, too, as it was when the text was saved."""
    found = at(mark, "attrs", "href")
    if mark["type"] != "link" or not isinstance(found, str):
        return None
    return f"mailto:{found}" if at(mark, "attrs", "linktype") == "email" and not found.startswith("mailto:") else found
