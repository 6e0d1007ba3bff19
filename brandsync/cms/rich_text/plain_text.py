"""HTML as plain text: what a reader of the page would see."""

from html.parser import HTMLParser
from typing import Final

_BLOCKS: Final = frozenset(
    {"p", "blockquote", "li", "ul", "ol", "pre", "table", "tr", "td", "th", "div", "section", "article", "hr", "br"}
    | {"figure", *(f"h{level}" for level in range(1, 7))}
)
_UNSEEN: Final = frozenset({"script", "style", "template"})


def text_of(html: str) -> str:
    """A line for each block that holds anything."""
    reading = _PlainText()
    reading.feed(html)
    reading.close()
    return reading.result()


class _PlainText(HTMLParser):
    """Collects the lines."""

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
