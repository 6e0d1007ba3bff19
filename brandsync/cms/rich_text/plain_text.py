"""HTML as plain text: what a reader of the page would see.

Python's own ``HTMLParser`` takes minutes for 100 KB of unclosed tags. Here the time depends only on the length.
"""

import re
from collections.abc import Iterator
from html import unescape
from typing import Final

from brandsync.cms.rich_text.kinds import LEVELS

_BLOCKS: Final = frozenset(
    {"p", "blockquote", "li", "ul", "ol", "pre", "table", "tr", "td", "th", "div", "section", "article", "hr", "br"}
    | {"figure", "figcaption", "dl", "dt", "dd", "details", "summary", "main", "header", "footer", "aside", "address"}
    | {"caption", "thead", "tbody", "nav", "form", "option", *(f"h{level}" for level in LEVELS)}
)
_RAW: Final = frozenset({"script", "style"})
"""Tags whose content is neither markup nor text."""
_HIDDEN: Final = "template"
_TAG: Final = re.compile(r"<(/?[a-zA-Z][^\s/>]*+)")
_ATTRIBUTES: Final = re.compile(r"""(?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+'|(?!["'])[^\s>]*+))*+>""")
_LONG_NUMBER: Final = re.compile(r"&#(\d{10,})")


def text_of(html: str) -> str:
    """The text of HTML: one line for each block that holds anything."""
    lines: list[list[str]] = [[]]
    hidden = 0
    for text, tag in _Parts(html):
        if not hidden:
            lines[-1].append(text)
        if tag.lstrip("/") in _BLOCKS:
            lines.append([])
        elif tag.lstrip("/") == _HIDDEN:
            hidden = max(0, hidden + (1 if tag == _HIDDEN else -1))
    shown = (" ".join(_characters("".join(line)).split()) for line in lines)
    return "\n".join(filter(None, shown))


def _characters(text: str) -> str:
    """A text with references such as ``&eacute;`` turned into characters."""
    if "&#" in text:  # Python reads no numbers with thousands of digits
        text = _LONG_NUMBER.sub(lambda found: f"&#{found[1].lstrip('0')[:10] or 0}", text)
    return unescape(text)


class _Parts:
    """Iterates over texts, each with the tag after it (``p``, ``/p``); after the last text there is none.

    Each character is looked at only a few times, however much is left open.
    """

    def __init__(self, html: str) -> None:
        self._html = html
        self._last = html.rfind(">")
        self._comments_end = True
        self._quotes_end = True

    def __iter__(self) -> Iterator[tuple[str, str]]:
        html = self._html
        begun = at = 0
        while 0 <= (start := html.find("<", at)) < self._last:
            end, tag = self._markup(start)
            if end is None:
                at = start + 1
                continue
            yield html[begun:start], tag
            begun = at = self._behind(tag, end) if tag in _RAW and html[end - 2] != "/" else end
        yield html[begun:], ""

    def _markup(self, start: int) -> tuple[int | None, str]:
        """Where a comment or tag ends, and the tag's name; no end where it is only text."""
        html = self._html
        tag = _TAG.match(html, start)
        if not tag:
            return self._comment(start), ""
        name = tag[1].lower()
        whole = _ATTRIBUTES.match(html, tag.end()) if self._quotes_end else None
        self._quotes_end = whole is not None  # once a quote is left open, tags end where they seem to
        return whole.end() if whole else html.find(">", start) + 1, name

    def _comment(self, start: int) -> int | None:
        html = self._html
        if html.startswith("<!--", start):
            end = html.find("-->", start + 2) if self._comments_end else -1
            self._comments_end = end >= 0
            return end + 3 if end >= 0 else None
        return html.find(">", start) + 1 if html.startswith(("<!", "<?", "</"), start) else None

    def _behind(self, name: str, start: int) -> int:
        """Where the content that is no text ends: before its end tag."""
        found = re.compile(f"</{name}", re.IGNORECASE).search(self._html, start)
        return found.start() if found else len(self._html)
