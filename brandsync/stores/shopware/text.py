"""How Shopware changes texts (github.com/shopware/shopware, src/Core/Framework).

A name and a link are plain text: ``StringFieldSerializer`` removes tags from them (PHP's ``strip_tags``) and trims
nothing. A description is HTML: ``LongTextFieldSerializer`` lets ``HtmlSanitizer`` purify it. That keeps the set "basic"
of tags and rewrites the markup that it keeps. An empty text counts as no text. A text of markup alone is empty
afterwards, and is refused.
"""

import html
import re
from typing import Final

from brandsync.brand import Fields
from brandsync.stores.refusal import unstorable

LONGEST: Final = 255
"""The most characters of a name or a link: ``StringField``, and ``VARCHAR(255)`` (``Migration1536233110``)."""
_TAG = re.compile(r"<(?!\s)[^>]*(?:>|\Z)", re.ASCII)
_HIDDEN = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)


def plain(text: str) -> str:
    """A name or a link without tags. A ``<`` before a blank begins no tag."""
    return _TAG.sub("", text)


def words(markup: str) -> str:
    """The words of a description, without its markup."""
    return " ".join(html.unescape(_TAG.sub(" ", _HIDDEN.sub(" ", markup))).split())


def comparison_key(fields: Fields) -> dict[str, str | None]:
    """The parts of these fields that Shopware doesn't change: plain texts, and a description's words without markup."""
    found = {name: plain(value or "") or None for name, value in fields.items() if name != "description"}
    if "description" in fields:
        found["description"] = words(fields["description"] or "")
    return found


def refusal(fields: Fields) -> str | None:
    """Why no Shopware shop could hold these fields, or none."""
    for name, value in fields.items():
        if value and (reason := unstorable(name, value)):
            return reason
        if value and name != "description" and len(value) > LONGEST:
            return f"the {name} has {len(value):,} characters, and Shopware takes {LONGEST}"
        if value and name != "description" and not plain(value).strip():
            return f"the {name} is nothing but markup, which Shopware takes out of it"
    return None
