"""Contentful's documents, in the form of the other kinds ("Rich text": its nodes have a ``nodeType``)."""

from collections.abc import Mapping
from typing import Any

from brandsync.cms.rich_text.marks import MARKS

Node = Mapping[str, Any]


def is_contentful(node: Node) -> bool:
    """Whether a node is one of Contentful's."""
    return isinstance(node.get("nodeType"), str)


def as_others_have_it(node: Node) -> Node:
    """A node, with the names that the other kinds use."""
    marks, data = node.get("marks"), node.get("data")
    named = [mark.get("type") for mark in marks if isinstance(mark, Mapping)] if isinstance(marks, list) else []
    return {
        "type": "link" if node["nodeType"] == "hyperlink" else node["nodeType"],
        "text": node.get("value"),
        "children": node.get("content"),
        "url": data.get("uri") if isinstance(data, Mapping) else None,
        **{mark: True for mark in MARKS if mark in named},
    }
