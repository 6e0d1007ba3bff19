"""Contentful's documents, in the form of the other kinds ("Rich text": its nodes have a ``nodeType``)."""

from brandsync.cms.rich_text.marks import MARKS, Node
from brandsync.json_reading import at, objects


def is_of(node: Node) -> bool:
    """Whether a node is one of Contentful's."""
    return isinstance(node.get("nodeType"), str)


def as_others_have_it(node: Node) -> Node:
    """A node, with the names that the other kinds use."""
    named = [mark.get("type") for mark in objects(node.get("marks"))]
    return {
        "type": "link" if node["nodeType"] == "hyperlink" else node["nodeType"],
        "text": node.get("value"),
        "children": node.get("content"),
        "url": at(node, "data", "uri"),
        **{mark: True for mark in MARKS if mark in named},
    }
