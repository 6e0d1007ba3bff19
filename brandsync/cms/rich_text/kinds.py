"""What the kinds of rich text call their nodes, and what each node is in HTML.

Sources: Strapi, "Rich text (blocks)"; Lexical's serialized nodes; Slate's and Plate's plain nodes; Hygraph, "Rich
text"; ProseMirror's basic schema and TipTap's extensions; Contentful's ``rich-text-types``; DatoCMS's "dast format".
"""

from typing import Final

LEVELS: Final = range(1, 7)
"""The levels of headings."""
_NUMBERS: Final = ("one", "two", "three", "four", "five", "six")
_NAMES: Final = {
    "p": {"paragraph", "p"},
    "blockquote": {"quote", "blockquote", "block-quote"},
    "li": {"listitem", "list-item", "listItem", "list_item", "taskItem", "li"},
    "ul": {"ul", "bullet_list", "bulletList", "bulleted-list", "unordered-list", "taskList"},
    "ol": {"ol", "ordered_list", "orderedList", "ordered-list", "numbered-list"},
    "pre": {"code", "code_block", "codeBlock", "code-block", "pre"},
    "div": {"code_line"},
    **{f"h{level}": {f"h{level}", f"heading-{level}", f"heading-{_NUMBERS[level - 1]}"} for level in LEVELS},
    "table": {"table"},
    "tr": {"table-row", "table_row", "tablerow", "tableRow", "tr"},
    "td": {"table-cell", "table_cell", "tablecell", "tableCell", "td"},
    "th": {"table-header-cell", "table_header", "tableHeader", "th"},
}
"""The names of the nodes for each tag."""
TAGS: Final = {name: tag for tag, names in _NAMES.items() for name in names}
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
