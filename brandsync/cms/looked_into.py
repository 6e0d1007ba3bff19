"""Which keys of an entry a JMESPath expression reads, and which of them it looks into.

What an expression looks into may be no part of the entry: a file, or another entry, that hangs on it.
"""

from collections.abc import Iterator
from typing import Any

import jmespath

_INTO = frozenset(
    {"subexpression", "index_expression", "projection", "value_projection", "filter_projection", "flatten", "pipe"}
)
"""Expressions whose first part is looked into by the others."""


def read_keys(path: str) -> dict[str, bool]:
    """The keys of the entry itself, each with whether it is looked into: ``{"logo": True}`` for ``absolute(logo.url)``.

    None for an expression that names no key, such as ``values(@)``.
    """
    found: dict[str, bool] = {}
    for key, into in _keys(jmespath.compile(path).parsed, into=False):
        found[key] = found.get(key, False) or into
    return found


def nested_keys(path: str) -> set[str]:
    """Those that are looked into: ``{"logo"}`` for ``absolute(logo.url)``, and none for ``text(story)``."""
    return {key for key, into in read_keys(path).items() if into}


def _keys(node: Any, *, into: bool) -> Iterator[tuple[str, bool]]:
    kind, children = node["type"], node["children"]
    if kind == "field":
        yield node["value"], into
    elif kind in _INTO:
        yield from _keys(children[0], into=True)
    else:
        for child in children:
            yield from _keys(child, into=False)
