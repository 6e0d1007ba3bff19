"""Rich text as HTML or plain text.

It may be Strapi's blocks, Lexical, Slate, Contentful's, DatoCMS's or Storyblok's documents, Portable
Text, Markdown, or HTML itself.

Sources: Strapi, "Rich text (blocks)"; Lexical's serialized nodes (``format`` is a bit mask); Slate's plain nodes;
Contentful, "Rich text" (its nodes have a ``nodeType``); DatoCMS, "Structured Text and dast format".
"""

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from html.parser import HTMLParser
from typing import Any

from markdown_it import MarkdownIt

from brandsync.cms import portable_text, prosemirror

_TAGS = {
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
    **{f"h{level}": f"h{level}" for level in range(1, 7)},
    **{f"heading-{level}": f"h{level}" for level in range(1, 7)},
    "ordered-list": "ol",
    "unordered-list": "ul",
    "table": "table",
    "table-row": "tr",
    "table-cell": "td",
    "table-header-cell": "th",
}
_MARKS = {
    "bold": "strong",
    "italic": "em",
    "underline": "u",
    "strikethrough": "s",
    "code": "code",
    "superscript": "sup",
    "subscript": "sub",
    "highlight": "mark",
}
_DAST_MARKS = {"strong": "bold", "emphasis": "italic"}
"""The marks that DatoCMS calls otherwise."""
_LEXICAL_BITS = {1: "bold", 2: "italic", 4: "strikethrough", 8: "underline", 16: "code"}
_BLOCKS = frozenset({*_TAGS.values(), "div", "section", "article", "table", "tr", "hr", "br", "figure"})
_UNSEEN = frozenset({"script", "style", "template"})


def html(value: Any) -> str | None:
    """Rich text as HTML. Text is HTML already; nothing stays nothing."""
    if value is None or isinstance(value, str):
        return value
    return "".join(_nodes(value))


def text(value: Any) -> str | None:
    """Rich text, HTML among it, as plain text: a line for each block."""
    if value is None:
        return None
    reading = _PlainText()
    reading.feed(html(value) or "")
    reading.close()
    return reading.result()


def markdown(value: Any) -> str | None:
    """Markdown (CommonMark) as HTML."""
    return MarkdownIt().render(value).strip() if isinstance(value, str) else None


def _nodes(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for node in portable_text.as_others_have_it(value) if portable_text.is_portable(value) else value:
            yield from _nodes(node)
    elif isinstance(value, Mapping):
        yield from _node(value)


def _node(node: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(node.get("nodeType"), str):
        node = _as_others_have_it(node)
    elif node.get("type") in {"span", "code"}:
        node = _of_dast(node)
    elif prosemirror.is_prosemirror(node):
        node = prosemirror.as_others_have_it(node)
    if isinstance(node.get("text"), str):
        yield _marked(escape(node["text"], quote=False), _marks(node))
    elif node.get("type") == "linebreak":
        yield "<br>"
    elif node.get("type") in {"horizontalrule", "hr", "thematicBreak"}:
        yield "<hr>"
    else:
        inner = "".join(_nodes(node.get("root") or node.get("document") or node.get("children")))
        yield _element(node, inner)


def _as_others_have_it(node: Mapping[str, Any]) -> dict[str, Any]:
    """A node of Contentful's."""
    marks, data = node.get("marks"), node.get("data")
    named = [mark.get("type") for mark in marks if isinstance(mark, Mapping)] if isinstance(marks, list) else []
    return {
        "type": "link" if node["nodeType"] == "hyperlink" else node["nodeType"],
        "text": node.get("value"),
        "children": node.get("content"),
        "url": data.get("uri") if isinstance(data, Mapping) else None,
        **{mark: True for mark in _MARKS if mark in named},
    }


def _of_dast(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """A leaf of DatoCMS's: a span, whose line breaks are breaks, or code, which has no children."""
    if isinstance(node.get("code"), str):
        return {"type": "code", "children": [{"text": node["code"]}]}
    value, marks = node.get("value"), node.get("marks")
    if node["type"] == "code" or not isinstance(value, str):
        return node
    named = [_DAST_MARKS.get(mark, mark) for mark in marks if isinstance(mark, str)] if isinstance(marks, list) else []
    shown = {mark: True for mark in _MARKS if mark in named}
    lines = [{"text": line, **shown} for line in value.split("\n")]
    return {"children": [part for line in lines for part in ({"type": "linebreak"}, line)][1:]}


def _element(node: Mapping[str, Any], inner: str) -> str:
    tag = _tag(node)
    if tag == "a":
        return f'<a href="{escape(_address(node))}">{inner}</a>' if _address(node) else inner
    return f"<{tag}>{inner}</{tag}>" if tag else inner


def _tag(node: Mapping[str, Any]) -> str | None:
    kind = node.get("type")
    if kind in {"link", "autolink"}:
        return "a"
    if kind == "heading":
        return str(node["tag"]) if node.get("tag") in _TAGS else f"h{node.get('level', 2)}"
    if kind == "list":
        ordered = node.get("format") == "ordered" or node.get("tag") == "ol" or node.get("listType") == "number"
        ordered = ordered or node.get("style") == "numbered"
        return "ol" if ordered else "ul"
    return _TAGS.get(kind) if isinstance(kind, str) else None


def _address(node: Mapping[str, Any]) -> str:
    fields = node.get("fields")
    found = node.get("url") or (fields.get("url") if isinstance(fields, Mapping) else None)
    return found if isinstance(found, str) else ""


def _marks(node: Mapping[str, Any]) -> Iterable[str]:
    mask = node.get("format")
    if isinstance(mask, int):
        return [mark for bit, mark in _LEXICAL_BITS.items() if mask & bit]
    return [mark for mark in _MARKS if node.get(mark) is True]


def _marked(inner: str, marks: Iterable[str]) -> str:
    for mark in marks:
        inner = f"<{_MARKS[mark]}>{inner}</{_MARKS[mark]}>"
    return inner


class _PlainText(HTMLParser):
    """Collects what a reader of the page would see."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines = [""]
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A block starts a line."""
        self._hidden += tag in _UNSEEN
        if tag in _BLOCKS:
            self._lines.append("")

    def handle_endtag(self, tag: str) -> None:
        """A block ends its line."""
        self._hidden -= tag in _UNSEEN and self._hidden > 0
        if tag in _BLOCKS:
            self._lines.append("")

    def handle_data(self, data: str) -> None:
        """White space is one space, as on a page."""
        if not self._hidden:
            self._lines[-1] += data

    def result(self) -> str:
        """The lines that hold anything."""
        return "\n".join(filter(None, (" ".join(line.split()) for line in self._lines)))
