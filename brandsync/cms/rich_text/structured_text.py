"""DatoCMS's Structured Text, in the form of the other kinds ("Structured Text and dast format")."""

from collections.abc import Mapping
from typing import Any, Final

from brandsync.cms.rich_text.marks import MARKS

Node = Mapping[str, Any]

_MARKS: Final = {"strong": "bold", "emphasis": "italic"}
"""Marks with other names."""


def is_structured(node: Node) -> bool:
    """Whether a node is one of DatoCMS's leaves. Its other nodes are like those of other kinds."""
    kind = node.get("type")
    return isinstance(kind, str) and kind in {"span", "code"}


def as_others_have_it(node: Node) -> Node:
    """A span with its line breaks as breaks (in a link that leads nowhere), or code, which has no children."""
    if isinstance(node.get("code"), str):
        return {"type": "code", "children": [{"text": node["code"]}]}
    value, marks = node.get("value"), node.get("marks")
    if node["type"] == "code" or not isinstance(value, str):
        return node
    named = [_MARKS.get(mark, mark) for mark in marks if isinstance(mark, str)] if isinstance(marks, list) else []
    shown = {mark: True for mark in MARKS if mark in named}
    lines = [{"text": line, **shown} for line in value.split("\n")]
    return {"type": "link", "children": [part for line in lines for part in ({"type": "linebreak"}, line)][1:]}
