"""What Shopware makes of texts (github.com/shopware/shopware, src/Core/Framework).

A name and a link are plain text: ``StringFieldSerializer`` takes tags out of them (PHP's ``strip_tags``) and trims
nothing. A description is HTML: ``LongTextFieldSerializer`` has ``HtmlSanitizer`` purify it, which keeps the set "basic"
of tags and writes what it keeps anew. An empty text is none. What is nothing but markup, and so is empty afterwards,
is refused.
"""

import html
import re
from typing import Final

from brandsync.brand import Fields

LONGEST: Final = 255
"""Characters of a name and of a link: ``StringField``, and ``VARCHAR(255)`` (``Migration1536233110``)."""
_TAG = re.compile(r"<(?!\s)[^>]*(?:>|\Z)")
_HIDDEN = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)


def plain(text: str) -> str:
    """A name or a link without tags. A ``<`` before a blank is none."""
    return _TAG.sub("", text)


def comparison_key(fields: Fields) -> dict[str, str | None]:
    """What of these fields Shopware leaves as it is: plain texts, and a description's words without its markup."""
    found = {name: plain(value or "") or None for name, value in fields.items() if name != "description"}
    if "description" in fields:
        words = _TAG.sub(" ", _HIDDEN.sub(" ", fields["description"] or ""))
        found["description"] = " ".join(html.unescape(words).split())
    return found


def refusal(fields: Fields) -> str | None:
    """Why no Shopware shop could hold these fields, or none."""
    for name, value in fields.items():
        if value and ("\0" in value or any("\ud800" <= char <= "\udfff" for char in value)):
            return f"the {name} holds a character that no database can store: U+0000, or half of another one"
        if value and name != "description" and len(value) > LONGEST:
            return f"the {name} has {len(value):,} characters, and Shopware takes {LONGEST}"
        if value and name != "description" and not plain(value).strip():
            return f"the {name} is nothing but markup, which Shopware takes out of it"
    return None
