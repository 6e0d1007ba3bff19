"""Rich text of every kind that a CMS has, as HTML or as plain text.

It may be Strapi's blocks, Lexical, Slate, Contentful's or Storyblok's documents, Sanity's Portable Text, DatoCMS's
Structured Text, Markdown, or HTML itself.
"""

from typing import Any

from markdown_it import MarkdownIt

from brandsync.cms.rich_text.nodes import html_of
from brandsync.cms.rich_text.plain_text import text_of

__all__ = ["html", "markdown", "text"]


def html(value: Any) -> str | None:
    """Rich text as HTML. Text is HTML already; nothing stays nothing."""
    return value if value is None or isinstance(value, str) else html_of(value)


def text(value: Any) -> str | None:
    """Rich text, HTML among it, as plain text: a line for each block."""
    return None if value is None else text_of(html(value) or "")


def markdown(value: Any) -> str | None:
    """Markdown (CommonMark) as HTML."""
    return MarkdownIt().render(value).strip() if isinstance(value, str) else None
