"""Which keys of an entry a JMESPath expression looks into.

Strapi leaves media, components and relations out of its answers unless ``populate`` names them, and refuses to populate
anything else. (Strapi, "Populate and Select".)
"""

from collections.abc import Iterator
from typing import Any

import jmespath

_INTO = frozenset(
    {"subexpression", "index_expression", "projection", "value_projection", "filter_projection", "flatten", "pipe"}
)
"""Expressions whose first part is looked into by the others."""


def nested_keys(path: str) -> set[str]:
    """The keys: ``{"logo"}`` for ``absolute(logo.url)``, and none for ``text(story)``."""
    return set(_keys(jmespath.compile(path).parsed, into=False))


def _keys(node: Any, *, into: bool) -> Iterator[str]:
    kind, children = node["type"], node["children"]
    if kind == "field":
        if into:
            yield node["value"]
    elif kind in _INTO:
        yield from _keys(children[0], into=True)
    else:
        for child in children:
            yield from _keys(child, into=False)
