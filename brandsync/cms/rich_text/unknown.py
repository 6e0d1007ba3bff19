"""Unknown rich text: how it looks, and what to do about it. It is never read in part."""

import re
from collections.abc import Iterator
from typing import Any, Final

from brandsync.cms.path_error import PathError
from brandsync.cms.rich_text.marks import Node
from brandsync.json_reading import at
from brandsync.observing.excerpt import excerpt, kind

_SHOWN_KEYS: Final = 8
_NAMES_OF_TEXT: Final = frozenset(
    {"text", "label", "title", "caption", "content", "body", "value", "heading", "description", "html", "markdown"}
)
_LOOKS: Final = frozenset({"type", "_type", "nodeType", "style", "class", "className", "tag"})
"""Keys that say only how a node looks."""
_PROSE: Final = re.compile(r"[^\W\d_][^\w\s]*+\s\W*+[^\W\d_]|[^\W\d_\x00-\x7f]|<\w")
"""Two words, a letter outside the English alphabet, or a tag: no address, id, date or number has one."""


def not_rich_text(value: Any) -> PathError:
    """The error for a value that ``text`` and ``html`` cannot read at all."""
    return PathError(
        f"it is {_look(value)}, and text() and html() know no such rich text;"
        " map the text that stands in it, for instance by join(' ', body[].value)"
    )


def unknown_block(node: Any) -> PathError:
    """The error for a document with a block whose text would be lost."""
    key = next((key for key in ("type", "_type") if isinstance(at(node, key), str)), None)
    filtered = f"[?{key} != '{excerpt(node[key])}']" if key else "[?type]"
    return PathError(
        f"its rich text holds a block that text() and html() do not know: {_look(node)};"
        f" leave such blocks out, for instance by text(body{filtered})"
    )


def carries_text(node: Node) -> bool:
    """Whether a node that was not understood seems to hold text for readers."""
    return any(name in _NAMES_OF_TEXT or _PROSE.search(text) for name, text in _texts(node))


def _texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text within a value, with its name."""
    if isinstance(value, str):
        if value.strip() and name not in _LOOKS and not value.startswith(("https://", "http://", "/")):
            yield name, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, name)


def _look(value: Any) -> str:
    if isinstance(value, list):
        inner = next((item for item in value if item is not None), None)
        return f"a list that begins with {_look(inner)}" if inner is not None else "an empty list"
    if not isinstance(value, dict):
        return kind(value)
    keys = [excerpt(str(key), 30) for key in value]
    more = " …" if len(keys) > _SHOWN_KEYS else ""
    told = f"with the keys {', '.join(keys[:_SHOWN_KEYS])}{more}" if keys else "without any key"
    named = next((value[key] for key in ("type", "_type", "nodeType") if isinstance(value.get(key), str)), None)
    return f'an object of type "{excerpt(named)}" {told}' if named is not None else f"an object {told}"
