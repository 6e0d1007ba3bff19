"""DatoCMS's Structured Text, in the form of the other kinds ("Structured Text and dast format")."""

from typing import Final

from brandsync.cms.rich_text.marks import MARKS, Node
from brandsync.json_reading import a_list

_MARKS: Final = {"strong": "bold", "emphasis": "italic"}
"""Marks with other names."""


def is_of(node: Node) -> bool:
    """Whether a node is one of DatoCMS's leaves. Its other nodes are like those of other kinds."""
    return node.get("type") in ("span", "code")  # it may be a list, too


def as_others_have_it(node: Node) -> Node:
    """A span with its line breaks as breaks (in a link that leads nowhere), or code, which has no children."""
    if isinstance(node.get("code"), str):
        return {"type": "code", "children": [{"text": node["code"]}]}
    value = node.get("value")
    if node["type"] == "code" or not isinstance(value, str):
        return node
    named = [_MARKS.get(mark, mark) for mark in a_list(node.get("marks")) if isinstance(mark, str)]
    shown = {mark: True for mark in MARKS if mark in named}
    lines = [{"text": line, **shown} for line in value.split("\n")]
    return {"type": "link", "children": [part for line in lines for part in ({"type": "linebreak"}, line)][1:]}
