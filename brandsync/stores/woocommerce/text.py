"""Texts, as they go to WordPress and come back from it.

A name is plain text. WordPress keeps it escaped: ``_wp_specialchars`` on ``pre_term_name`` (wp-includes/
default-filters.php) writes ``&``, ``<`` and ``>`` as entities, leaves the entities that are there already, and strips
what looks like a tag before. Escaped by us, a name passes all of that unchanged, and is read back as it was given.

A description is HTML, and WordPress keeps a few tags of it (``wp_filter_kses`` on ``pre_term_description``).

``wp_insert_term`` and ``wp_update_term`` take a backslash for an escape of the character after it (``wp_unslash``), and
WooCommerce's controller hands over what it was sent as it is: so a backslash goes there twice.
"""

import html
import re
from urllib.parse import unquote

from brandsync.brand import Fields

_TAGS = re.compile(r"<[^>]*>|<!--.*?-->", re.DOTALL)


def name_sent(name: str) -> str:
    """A name, as WordPress keeps it and has to be sent it."""
    return _slashed(name_kept(name))


def name_kept(name: str) -> str:
    """A name, as it stands in WordPress's table of terms."""
    return name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def name_read(kept: str) -> str:
    """A name that came back: the three characters that WordPress escapes, and no other entity."""
    return kept.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def description_sent(description: str | None) -> str:
    """A description, as it has to be sent; an empty one for none."""
    return _slashed(description or "")


def slug_read(slug: str) -> str:
    """A slug that came back: letters other than Latin ones stand in it as octets (``utf8_uri_encode``)."""
    try:
        return unquote(slug, errors="strict")
    except UnicodeDecodeError:
        return slug


def comparison_key(fields: Fields) -> dict[str, str | None]:
    """What of these fields WordPress leaves as it is: the name, and a description's text without its markup.

    A slug isn't among it: WordPress makes one where none is given, and another one where it is taken.
    """
    found = {name: fields[name] for name in ("name",) if name in fields}
    if "description" in fields:
        found["description"] = " ".join(html.unescape(_TAGS.sub(" ", fields["description"] or "")).split())
    return found


def _slashed(text: str) -> str:
    return text.replace("\\", "\\\\")
