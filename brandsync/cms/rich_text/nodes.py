"""Nodes of rich text as HTML: Strapi's blocks, Lexical, Slate, and other kinds brought into their form.

A node is read if it is a leaf with its text, or an element with its list of nodes. Its name doesn't matter: for an
unknown name, its place shows whether it is a block. Any other node is never dropped silently if it may hold text.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

from brandsync.cms.rich_text import contentful, kinds, portable_text, prismic, prosemirror, structured_text
from brandsync.cms.rich_text.marks import MARKS
from brandsync.cms.rich_text.unknown import carries_text, not_rich_text, too_deep, unknown_block

Node = Mapping[str, Any]
Piece = tuple[str, bool | None]
"""HTML, and whether it is a block; none where that depends on what stands beside it."""

_DEEPEST: Final = 250
"""Levels of nested nodes. Python's own stack ends at about 400."""
_NOTHING: Final[Piece] = ("", None)
_BARE: Final = frozenset({"type", "attrs", "marks"})
"""All keys that an element without content may have: ProseMirror leaves an empty list out."""
_LEXICAL_BITS: Final = {
    1: "bold",
    2: "italic",
    4: "strikethrough",
    8: "underline",
    16: "code",
    32: "subscript",
    64: "superscript",
    128: "highlight",
}
_FORMS: Final = (
    (contentful.is_contentful, contentful.as_others_have_it),
    (structured_text.is_structured, structured_text.as_others_have_it),
    (prosemirror.is_prosemirror, prosemirror.as_others_have_it),
)
"""The kinds whose nodes have names of their own."""


def html_of(value: Any) -> str:
    """The HTML of a document, a node, or several nodes in a row.

    Raises:
            PathError: it is no known rich text, or an unknown part of it may hold text.
    """
    if not isinstance(value, list | Mapping):
        raise not_rich_text(value)
    document = _Document()
    try:
        pieces = document.pieces(value if isinstance(value, list) else [value])
    except RecursionError:
        pieces, document.deepest = [], _DEEPEST + 1
    if document.deepest > _DEEPEST:
        raise too_deep(_DEEPEST)
    if document.lost and document.said:
        raise unknown_block(document.lost[0])
    if document.lost or (document.left and not document.said):
        raise not_rich_text(value)
    return _joined(pieces, flowing=isinstance(value, Mapping))


class _Document:
    """What was found in a document."""

    def __init__(self) -> None:
        self.said = False
        """Some text was found."""
        self.known = 0
        """How many nodes were understood."""
        self.left: list[Any] = []
        """Nodes that were not understood and hold no text: they are left out."""
        self.lost: list[Any] = []
        """Nodes that were not understood and may hold text: they must not be left out."""
        self.deepest = 0
        """The deepest level of nodes."""

    def pieces(self, values: Sequence[Any], depth: int = 0) -> list[Piece]:
        """The HTML of nodes that stand side by side."""
        self.deepest = max(self.deepest, depth)
        found: list[Piece] = []
        if depth <= _DEEPEST:
            for value in _in_one_form(values):
                if isinstance(value, Mapping):
                    found.append(self._node(value, depth))
                elif isinstance(value, list):
                    found += self.pieces(value, depth + 1)
                elif value is not None:
                    self.lost.append(value)
        return found

    def _node(self, raw: Node, depth: int) -> Piece:
        translate = next((translate for is_of, translate in _FORMS if is_of(raw)), None)
        node = translate(raw) if translate else raw
        kind = _text(node, "type") or _text(node, "_type")
        tag, inner = _tag(node, kind), node.get("children")
        if (leaf := _leaf(node, kind)) is not None:
            self.known += 1
            self.said |= bool(_text(node, "text").strip())
            return leaf
        if (tag or kind in kinds.DOCUMENTS) and _holds_nodes(raw, node, kind):
            self.known += 1
            return _element(tag, node, self.pieces(inner or (), depth + 1))
        if tag:
            self.lost.append(raw)
        return _NOTHING if tag or kind in kinds.MEDIA else self._unknown(raw, kind, inner, depth)

    def _unknown(self, raw: Node, kind: str, inner: Any, depth: int) -> Piece:
        """For an element with an unknown name: what is in it. Anything else is left out, if it holds no text."""
        before = self.known
        pieces = self.pieces(inner, depth + 1) if isinstance(inner, list) else []
        is_component = kind in kinds.COMPONENTS and "_type" not in raw
        if not is_component and carries_text({key: value for key, value in raw.items() if value is not inner}):
            self.lost.append(raw)
        elif self.known == before:
            self.left.append(raw)
        blocks = any(is_block for _, is_block in pieces)
        return _joined(pieces, flowing=not blocks), True if blocks else None


def _in_one_form(values: Sequence[Any]) -> Iterator[Any]:
    """The nodes without wrappers. Kinds that only several nodes together show are brought into the others' form."""
    form = next((form for form in (portable_text, prismic) if form.is_of(values)), None)
    for value in form.as_others_have_it(values) if form else values:
        wrapped = (value.get(key) for key in ("root", "document")) if isinstance(value, Mapping) else ()
        yield next((inner for inner in wrapped if isinstance(inner, list | Mapping)), value)


def _holds_nodes(raw: Node, node: Node, kind: str) -> bool:
    """Whether an element holds its nodes where all kinds do. Notion has an object with the element's name instead."""
    if isinstance(raw.get(kind), Mapping) or _text(node, "text").strip():
        return False
    return isinstance(node.get("children"), list) or {key for key, value in raw.items() if value is not None} <= _BARE


def _leaf(node: Node, kind: str) -> Piece | None:
    text = node.get("text")
    if isinstance(text, str) and not node.get("children") and (kind in kinds.LEAVES or "mode" in node):
        return _marked(escape(text, quote=False), _marks(node)), False
    if kind in kinds.BREAKS:
        return "<br>", False
    return ("<hr>", True) if kind in kinds.RULES else None


def _element(tag: str | None, node: Node, pieces: Sequence[Piece]) -> Piece:
    inner = _joined(pieces, flowing=tag in kinds.FLOWING)
    if tag == "a":
        return (f'<a href="{escape(_address(node))}">{inner}</a>' if _address(node) else inner), False
    if said := _text(node, "attribution").strip():  # DatoCMS's quotes have one
        inner += f"<p>{escape(said, quote=False)}</p>"
    return (f"<{tag}>{inner}</{tag}>" if tag else inner), True


def _joined(pieces: Sequence[Piece], *, flowing: bool) -> str:
    """Joins nodes side by side. One that may be a block becomes one, unless it stands within text (``flowing``)."""
    flowing = flowing or any(is_block is False for _, is_block in pieces)
    return "".join(html if flowing or is_block or not html else f"<p>{html}</p>" for html, is_block in pieces)


def _tag(node: Node, kind: str) -> str | None:
    if kind in kinds.LINKS:
        return "a"
    tag = _text(node, "tag")
    if kind == "heading":
        level = node.get("level")
        return tag if tag in kinds.TAGS else f"h{level if type(level) is int and level in kinds.LEVELS else 2}"
    if kind == "list":
        ordered = node.get("format") == "ordered" or tag == "ol" or node.get("listType") == "number"
        ordered = ordered or node.get("style") == "numbered"
        return "ol" if ordered else "ul"
    return kinds.TAGS.get(kind)


def _text(node: Node, name: str) -> str:
    """The text that a node holds under a name; empty where it is no text."""
    found = node.get(name)
    return found if isinstance(found, str) else ""


def _address(node: Node) -> str:
    within = [node.get(key) for key in ("fields", "attrs")]
    places = [node, *(place for place in within if isinstance(place, Mapping))]
    return next((found for place in places for key in ("url", "href") if (found := _text(place, key))), "")


def _marks(node: Node) -> Iterable[str]:
    mask = node.get("format")
    if isinstance(mask, int):
        return [mark for bit, mark in _LEXICAL_BITS.items() if mask & bit]
    return [mark for mark in MARKS if node.get(mark) is True]


def _marked(inner: str, marks: Iterable[str]) -> str:
    for mark in marks:
        inner = f"<{MARKS[mark]}>{inner}</{MARKS[mark]}>"
    return inner
