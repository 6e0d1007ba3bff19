"""Rich text of all kinds that CMSes have, as HTML or as plain text.

It may be Strapi's blocks, Lexical, Slate, Contentful's documents, ProseMirror's (Storyblok, TipTap), Sanity's Portable
Text, DatoCMS's Structured Text, Prismic's, Markdown, or HTML itself. Anything else is refused, and never read in part.
"""

from typing import Any

from brandsync.cms.path_error import PathError
from brandsync.cms.rich_text.nodes import html
from brandsync.cms.rich_text.plain_text import text_of
from brandsync.observing.excerpt import kind

__all__ = ["html", "markdown", "text"]


def text(value: Any) -> str | None:
    """Rich text or HTML as plain text: one line per block. Raises as ``html`` does."""
    return None if value is None else text_of(html(value) or "")


def markdown(value: Any) -> str | None:
    """Markdown (CommonMark) as HTML.

    Raises:
        PathError: it is no text.
    """
    from markdown_it import MarkdownIt  # noqa: PLC0415 - a large parser, loaded only where it is used

    if value is None:
        return None
    if not isinstance(value, str):
        raise PathError(f"markdown() takes text, and it is {kind(value)}")
    rendered: str = MarkdownIt().render(value)
    return rendered.strip()
