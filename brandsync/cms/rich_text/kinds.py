"""What the kinds of rich text call their nodes, and what each node is in HTML.

Sources: Strapi, "Rich text (blocks)"; Lexical's serialized nodes; Slate's and Plate's plain nodes; Hygraph, "Rich
text"; ProseMirror's basic schema and TipTap's extensions; Contentful's ``rich-text-types``; DatoCMS's "dast format".
"""

from typing import Final

LEVELS: Final = range(1, 7)
"""The levels of headings."""
_NUMBERS: Final = ("one", "two", "three", "four", "five", "six")
TAGS: Final = {
    "paragraph": "p",
    "p": "p",
    "quote": "blockquote",
    "blockquote": "blockquote",
    "block-quote": "blockquote",
    "listitem": "li",
    "list-item": "li",
    "listItem": "li",
    "list_item": "li",
    "taskItem": "li",
    "li": "li",
    "ul": "ul",
    "bullet_list": "ul",
    "bulletList": "ul",
    "bulleted-list": "ul",
    "unordered-list": "ul",
    "taskList": "ul",
    "ol": "ol",
    "ordered_list": "ol",
    "orderedList": "ol",
    "ordered-list": "ol",
    "numbered-list": "ol",
    "code": "pre",
    "code_block": "pre",
    "codeBlock": "pre",
    "code-block": "pre",
    "pre": "pre",
    "code_line": "div",
    **{f"h{level}": f"h{level}" for level in LEVELS},
    **{f"heading-{level}": f"h{level}" for level in LEVELS},
    **{f"heading-{number}": f"h{level}" for level, number in zip(LEVELS, _NUMBERS, strict=True)},
    "table": "table",
    "table-row": "tr",
    "table_row": "tr",
    "tablerow": "tr",
    "tableRow": "tr",
    "tr": "tr",
    "table-cell": "td",
    "table_cell": "td",
    "tablecell": "td",
    "tableCell": "td",
    "td": "td",
    "table-header-cell": "th",
    "table_header": "th",
    "tableHeader": "th",
    "th": "th",
}
LINKS: Final = frozenset(
    {"link", "autolink", "hyperlink", "a", "itemLink", "entry-hyperlink", "asset-hyperlink", "resource-hyperlink"}
)
DOCUMENTS: Final = frozenset({"doc", "root", "document"})
BREAKS: Final = frozenset({"linebreak", "hard_break", "hardBreak", "break"})
RULES: Final = frozenset({"horizontalrule", "horizontal_rule", "horizontalRule", "hr", "thematicBreak", "rule"})
LEAVES: Final = frozenset({"", "text", "span", "tab", "code-highlight", "hashtag", "mention", "emoji"})
"""Nodes that hold their text themselves. Lexical's own ones also have a ``mode``."""
FLOWING: Final = frozenset({"p", "pre", "a", *(f"h{level}" for level in LEVELS)})
"""Tags that hold text but no blocks."""
MEDIA: Final = frozenset(
    {"image", "img", "inlineImage", "upload", "file", "audio", "video", "youtube", "tweet", "iframe", "embed", "oembed"}
    | {"media", "media_embed", "media-embed", "embedded-asset-block", "embedded-asset-inline"}
)
"""Nodes that are shown but hold no text: they are left out, with their captions."""
COMPONENTS: Final = frozenset(
    {"blok", "block", "inlineBlock", "inlineItem", "relationship", "embedded-entry-block", "embedded-entry-inline"}
    | {"embedded-resource-block", "embedded-resource-inline"}
)
"""The CMS's own entries and components within a text: left out, unless there is nothing else."""
