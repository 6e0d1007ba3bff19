"""Nodes of rich text as HTML: Strapi's blocks, Lexical, Slate, and what others are brought into their form.

Sources: Strapi, "Rich text (blocks)"; Lexical's serialized nodes (``format`` is a bit mask); Slate's plain nodes.
"""

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any, Final

from brandsync.cms.rich_text import contentful, portable_text, prosemirror, structured_text
from brandsync.cms.rich_text.marks import MARKS

_LEVELS: Final = range(1, 7)
"""Of headings."""
_TAGS: Final = {
    "paragraph": "p",
    "p": "p",
    "quote": "blockquote",
    "blockquote": "blockquote",
    "listitem": "li",
    "list-item": "li",
    "listItem": "li",
    "li": "li",
    "ul": "ul",
    "ol": "ol",
    "code": "pre",
    **{f"h{level}": f"h{level}" for level in _LEVELS},
    **{f"heading-{level}": f"h{level}" for level in _LEVELS},
    "ordered-list": "ol",
    "unordered-list": "ul",
    "table": "table",
    "table-row": "tr",
    "table-cell": "td",
    "table-header-cell": "th",
}
_LEXICAL_BITS: Final = {1: "bold", 2: "italic", 4: "strikethrough", 8: "underline", 16: "code"}
_FORMS: Final = (
    (contentful.is_contentful, contentful.as_others_have_it),
    (structured_text.is_structured, structured_text.as_others_have_it),
    (prosemirror.is_prosemirror, prosemirror.as_others_have_it),
)
"""Whose nodes have names of their own."""


def html_of(value: Any) -> str:
    """A node, or several one after another."""
    return "".join(_nodes(value))


def _nodes(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for node in portable_text.as_others_have_it(value) if portable_text.is_portable(value) else value:
            yield from _nodes(node)
    elif isinstance(value, Mapping):
        yield from _node(value)


def _node(node: Mapping[str, Any]) -> Iterator[str]:
    translate = next((translate for is_of, translate in _FORMS if is_of(node)), None)
    if translate:
        node = translate(node)
    if isinstance(node.get("text"), str):
        yield _marked(escape(node["text"], quote=False), _marks(node))
    elif _text(node, "type") == "linebreak":
        yield "<br>"
    elif _text(node, "type") in {"horizontalrule", "hr", "thematicBreak"}:
        yield "<hr>"
    else:
        inner = "".join(_nodes(node.get("root") or node.get("document") or node.get("children")))
        yield _element(node, inner)


def _element(node: Mapping[str, Any], inner: str) -> str:
    tag = _tag(node)
    if tag == "a":
        return f'<a href="{escape(_address(node))}">{inner}</a>' if _address(node) else inner
    return f"<{tag}>{inner}</{tag}>" if tag else inner


def _tag(node: Mapping[str, Any]) -> str | None:
    kind, tag = _text(node, "type"), _text(node, "tag")
    if kind in {"link", "autolink"}:
        return "a"
    if kind == "heading":
        level = node.get("level")
        return tag if tag in _TAGS else f"h{level if type(level) is int and level in _LEVELS else 2}"
    if kind == "list":
        ordered = node.get("format") == "ordered" or tag == "ol" or node.get("listType") == "number"
        ordered = ordered or node.get("style") == "numbered"
        return "ol" if ordered else "ul"
    return _TAGS.get(kind)


def _text(node: Mapping[str, Any], name: str) -> str:
    """What a node says of itself, where it is text."""
    found = node.get(name)
    return found if isinstance(found, str) else ""


def _address(node: Mapping[str, Any]) -> str:
    fields = node.get("fields")
    found = node.get("url") or (fields.get("url") if isinstance(fields, Mapping) else None)
    return found if isinstance(found, str) else ""


def _marks(node: Mapping[str, Any]) -> Iterable[str]:
    mask = node.get("format")
    if isinstance(mask, int):
        return [mark for bit, mark in _LEXICAL_BITS.items() if mask & bit]
    return [mark for mark in MARKS if node.get(mark) is True]


def _marked(inner: str, marks: Iterable[str]) -> str:
    for mark in marks:
        inner = f"<{MARKS[mark]}>{inner}</{MARKS[mark]}>"
    return inner
