"""Texts as they go to WordPress and come back from it.

A name is plain text. WordPress keeps it escaped: ``_wp_specialchars`` on ``pre_term_name`` (wp-includes/
default-filters.php) writes ``&``, ``<`` and ``>`` as entities, but leaves existing entities. Before that, WordPress
strips what looks like a tag. So we escape a name ourselves: it passes unchanged, and is read back as it was given.

A description is HTML, and WordPress keeps only a few tags (``wp_filter_kses`` on ``pre_term_description``).

``wp_insert_term`` and ``wp_update_term`` read a backslash as an escape of the next character (``wp_unslash``), and
WooCommerce's controller passes on what it was sent: so we send a backslash twice.
"""

import html
import re
from urllib.parse import unquote

from brandsync.brand import Fields

_TAGS = re.compile(r"<[^>]*>|<!--.*?-->", re.DOTALL)


def slashed(text: str) -> str:
    """A text as WordPress must be sent it."""
    return text.replace("\\", "\\\\")


def name_kept(name: str) -> str:
    """A name as WordPress's table of terms holds it."""
    return name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def name_read(kept: str) -> str:
    """A name that came back, with the three characters unescaped that WordPress escapes, and no other entity."""
    return kept.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def slug_read(slug: str) -> str:
    """A slug that came back, decoded: WordPress writes letters that aren't Latin as octets (``utf8_uri_encode``)."""
    try:
        return unquote(slug, errors="strict")
    except UnicodeDecodeError:
        return slug


def comparison_key(fields: Fields) -> dict[str, str | None]:
    """The parts of these fields that WordPress doesn't change: the name, and a description's text without markup.

    A slug is not part of it: WordPress makes one if none is given, and another one if it is taken.
    """
    found = {name: fields[name] for name in ("name",) if name in fields}
    if "description" in fields:
        found["description"] = " ".join(html.unescape(_TAGS.sub(" ", fields["description"] or "")).split())
    return found
