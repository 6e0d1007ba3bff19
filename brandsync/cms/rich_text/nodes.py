"""Nodes of rich text as HTML: Strapi's blocks, Lexical, Slate, and other kinds brought into their form.

A node is read if it is a leaf with its text, or an element with its list of nodes. Its name doesn't matter: for an
unknown name, its place shows whether it is a block. Any other node is never dropped silently if it may hold text.
"""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any, Final

from brandsync.cms.path_error import PathError
from brandsync.cms.rich_text import contentful, kinds, portable_text, prismic, prosemirror, structured_text
from brandsync.cms.rich_text.marks import MARKS, Node
from brandsync.cms.rich_text.unknown import carries_text, not_rich_text, unknown_block
from brandsync.json_reading import at, objects

Piece = tuple[str, bool | None]
"""HTML, and whether it is a block; none where that depends on what stands beside it."""

_DEEPEST: Final = 250
"""Levels of nested nodes. Python's own stack ends at about 400."""
_NOTHING: Final[Piece] = ("", None)
_BARE: Final = frozenset({"type", "attrs", "marks"})
"""All keys that an element without content may have: ProseMirror leaves an empty list out."""
_LEXICAL: Final = ("bold", "italic", "strikethrough", "underline", "code", "subscript", "superscript", "highlight")
"""The marks that the bits of Lexical's ``format`` stand for, from the lowest bit on."""
_FORMS: Final = (contentful, structured_text, prosemirror)
"""The kinds whose nodes have names of their own."""


def html(value: Any) -> str | None:
    """Rich text as HTML: a document, a node, or several nodes in a row. Text counts as HTML; none stays none.

    Raises:
            PathError: it is no known rich text, or holds a block whose text would be lost.
    """
    if value is None or isinstance(value, str):
        return value
    if not isinstance(value, list | dict):
        raise not_rich_text(value)
    document = _Document()
    try:
        pieces = document.pieces(value if isinstance(value, list) else [value])
    except RecursionError:
        problem = f"its rich text is nested more than {_DEEPEST} levels deep; simplify it in the CMS"
        raise PathError(problem) from None
    if document.lost and document.said:
        raise unknown_block(document.lost[0])
    if document.lost or (document.left and not document.said):
        raise not_rich_text(value)
    return _joined(pieces, flowing=isinstance(value, dict))


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

    def pieces(self, values: Sequence[Any], depth: int = 0) -> list[Piece]:
        """The HTML of nodes that stand side by side."""
        if depth > _DEEPEST:
            raise RecursionError
        found: list[Piece] = []
        for value in _in_one_form(values):
            if isinstance(value, dict):
                found.append(self._node(value, depth))
            elif isinstance(value, list):
                found += self.pieces(value, depth + 1)
            elif value is not None:
                self.lost.append(value)
        return found

    def _node(self, raw: Node, depth: int) -> Piece:
        form = next((form for form in _FORMS if form.is_of(raw)), None)
        node: Node = form.as_others_have_it(raw) if form else raw
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
        wrapped = (at(value, key) for key in ("root", "document"))
        yield next((inner for inner in wrapped if isinstance(inner, list | dict)), value)


def _holds_nodes(raw: Node, node: Node, kind: str) -> bool:
    """Whether an element holds its nodes where all kinds do. Notion has an object with the element's name instead."""
    if isinstance(raw.get(kind), dict) or _text(node, "text").strip():
        return False
    return isinstance(node.get("children"), list) or {key for key, value in raw.items() if value is not None} <= _BARE


def _leaf(node: Node, kind: str) -> Piece | None:
    text = node.get("text")
    if isinstance(text, str) and not node.get("children") and (kind in kinds.LEAVES or "mode" in node):
        return _marked(escape(text, quote=False), node), False
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
    return "".join(part if flowing or is_block or not part else f"<p>{part}</p>" for part, is_block in pieces)


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
    places = [node, *objects([node.get("fields"), node.get("attrs")])]
    return next((found for place in places for key in ("url", "href") if (found := _text(place, key))), "")


def _marked(inner: str, node: Node) -> str:
    mask = node.get("format")
    marks = [mark for mark in MARKS if node.get(mark) is True]
    if isinstance(mask, int):
        marks = [mark for bit, mark in enumerate(_LEXICAL) if mask >> bit & 1]
    for mark in marks:
        inner = f"<{MARKS[mark]}>{inner}</{MARKS[mark]}>"
    return inner
