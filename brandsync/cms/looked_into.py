"""Which keys of an entry a JMESPath expression reads, and which of them it looks into.

What an expression looks into may lie outside the entry: a linked file, or another entry.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import jmespath

from brandsync.cms.fields import FieldPaths
from brandsync.cms.path import keys_of
from brandsync.json_reading import at, objects

_INTO = frozenset(
    {"subexpression", "index_expression", "projection", "value_projection", "filter_projection", "flatten", "pipe"}
)
"""Expressions whose other parts look into what the first part finds."""


def read_keys(path: str) -> dict[str, bool]:
    """The entry's own keys, each with whether it is looked into: ``{"logo": True}`` for ``absolute(logo.url)``.

    Empty for an expression that names no key, such as ``values(@)``.
    """
    found: dict[str, bool] = {}
    for key, into in _keys(jmespath.compile(path).parsed, into=False):
        found[key] = found.get(key, False) or into
    return found


def paths_read(path: str) -> list[tuple[str, ...]]:
    """The places that decide what an expression finds: of any but a dotted path, only the entry's own keys."""
    keys = keys_of(path)
    return [(*keys,)] if keys else [(key,) for key in read_keys(path)]


def nested_keys(path: str) -> set[str]:
    """The keys that are looked into: ``{"logo"}`` for ``absolute(logo.url)``, but nothing for ``text(story)``."""
    return {key for key, into in read_keys(path).items() if into}


def led_through(path: str) -> set[str]:
    """All places on the way, dotted: ``{"maker", "maker.country"}`` for ``maker.country.name``."""
    found: set[str] = set()
    nodes: list[Mapping[str, Any]] = [jmespath.compile(path).parsed]
    while nodes:
        node = nodes.pop()
        keys = _chain(node)
        found |= {".".join(keys[:end]) for end in range(1, len(keys))}
        nodes += () if any(keys) else node["children"]
    return found


def objects_at(dotted: str, entries: Sequence[Any]) -> list[dict[str, Any]]:
    """The objects at a place in some entries, such as one of ``led_through``. Objects within lists count, too."""
    found = list(entries)
    for key in dotted.split("."):
        inner = [at(value, key) for value in found]
        found = [one for value in inner for one in (value if isinstance(value, list) else [value])]
    return objects(found)


def every_key(path: str) -> set[str] | None:
    """All keys that an expression names at any depth; none where it may read keys without naming them."""
    found: set[str] = set()
    nodes: list[Mapping[str, Any]] = [jmespath.compile(path).parsed]
    while nodes:
        node = nodes.pop()
        if node["type"] in {"current", "value_projection"}:
            return None
        if node["type"] == "field":
            found.add(node["value"])
        nodes += node["children"]
    return found


def names_key(path: str, key: str) -> bool:
    """Whether an expression names this key, at any depth."""
    nodes: list[Any] = [jmespath.compile(path).parsed]
    while nodes:
        node = nodes.pop()
        if isinstance(node, Mapping):
            if node["type"] == "field" and node["value"] == key:
                return True
            nodes += node["children"]
    return False


def names_any(*keys: str) -> Callable[[str], bool]:
    """A test whether an expression names one of these keys, or may read them without naming them."""

    def does(path: str) -> bool:
        named = every_key(path)
        return named is None or not named.isdisjoint(keys)

    return does


def fields_that(leads_out: Callable[[str], bool], fields: FieldPaths) -> str:
    r"""The fields whose paths ``leads_out`` accepts, for people: ``\`logo_url\` (logo.url)``; empty where none."""
    return " and ".join(f"`{name}` ({path})" for name, path in fields.paths.items() if leads_out(path))


def _chain(node: Mapping[str, Any]) -> list[str]:
    """The keys from the entry to what an expression finds; ``""`` for a part that has no single name."""
    kind, children = node["type"], node["children"]
    if kind == "field":
        return [node["value"]]
    if kind in {"index", "slice", "identity"}:
        return []
    if kind not in _INTO:
        return [""]
    steps = children[:2] if kind == "filter_projection" else children
    keys = _chain(steps[0])
    return [*keys, *(key for step in steps[1:] for key in _chain(step))] if any(keys) else []


def _keys(node: Any, *, into: bool) -> Iterator[tuple[str, bool]]:
    kind, children = node["type"], node["children"]
    if kind == "field":
        yield node["value"], into
    elif kind in _INTO:
        yield from _keys(children[0], into=True)
    else:
        for child in children:
            yield from _keys(child, into=False)
