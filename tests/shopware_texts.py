"""What Shopware makes of texts, for the fake shop: tags taken out of plain ones, and HTML purified.

``strip_tags`` is PHP's own (ext/standard/string.c, ``php_strip_tags_ex``); ``purify`` stands for HTMLPurifier as
``HtmlSanitizer`` sets it up for a field without sets of its own, such as a manufacturer's description: the set
"basic" of src/Core/Framework/Resources/config/packages/shopware.yaml. What HTMLPurifier does beyond (styles, nesting,
addresses) is left out.
"""

import html
from html.parser import HTMLParser
from typing import Final

_TAGS = """
a abbr acronym address b bdo big blockquote br caption center cite code col colgroup dd del dfn dir div dl dt em font h1
h2 h3 h4 h5 h6 hr i ins kbd li menu ol p pre q s samp small span strike strong sub sup table tbody td tfoot th thead tr
tt u ul var img
"""
TAGS: Final = frozenset(_TAGS.split())
ATTRIBUTES: Final = frozenset({"align", "alt", "class", "height", "href", "id", "lang", "src", "title", "width"})
"""Those of them that tests use."""
VOID: Final = frozenset({"br", "col", "hr", "img"})
HIDDEN: Final = frozenset({"script", "style"})
"""Taken out with all that is in them (HTMLPurifier's ``Core.HiddenElements``)."""

BLANKS: Final = frozenset(" \t\n\r\v\f")
"""Of C's ``isspace``, byte by byte."""


def strip_tags(text: str) -> str:
    """The text without tags; quotes in a tag hide its end, and a ``<`` before a blank begins none."""
    kept, inside, quote = [], False, ""
    for place, char in enumerate(text):
        if not inside and char == "<" and text[place + 1 : place + 2] not in BLANKS:
            inside = True
        elif not inside and char != "\0":
            kept.append(char)
        elif quote:
            quote = "" if char == quote else quote
        elif inside and char in "'\"":
            quote = char
        elif inside and char == ">":
            inside = False
    return "".join(kept)


def purify(text: str) -> str:
    """The HTML that is kept, written anew: entities as characters, and every tag closed."""
    purifier = _Purifier()
    purifier.feed(text)
    purifier.close()
    return "".join([*purifier.kept, *(f"</{tag}>" for tag in reversed(purifier.open))])


class _Purifier(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.kept: list[str] = []
        self.open: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in HIDDEN
        if tag not in TAGS or self.hidden:
            return
        given = "".join(f' {key}="{html.escape(value or "")}"' for key, value in attrs if key in ATTRIBUTES)
        self.kept.append(f"<{tag}{given} />" if tag in VOID else f"<{tag}{given}>")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in HIDDEN and self.hidden > 0
        while not self.hidden and tag in self.open:
            closed = self.open.pop()
            self.kept.append(f"</{closed}>")
            if closed == tag:
                break

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.kept.append(html.escape(data, quote=False))
