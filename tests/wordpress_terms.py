"""A fake of WordPress's terms: what it makes of a name, a slug and a description. Compared with a real WordPress 6.9.1.

Beside each behaviour stands the function of WordPress's source that it follows, as github.com/WordPress/WordPress has
it in wp-includes/taxonomy.php, formatting.php, kses.php and default-filters.php. It is no translation of them, and
covers what a catalogue of brands holds.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

Term = dict[str, Any]
ALLOWED: Final = frozenset(
    ["a", "abbr", "acronym", "b", "blockquote", "cite", "code", "del", "em", "i", "q", "s", "strike", "strong"]
)
"""kses.php, ``$allowedtags``."""
SPELT_OUT: Final = str.maketrans({"ß": "s", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "þ": "th", "ı": "i"})
"""Some of ``remove_accents``: letters that no decomposition takes apart."""
LENGTH: Final = 200
"""wp-admin/includes/schema.php: ``wp_terms.name`` and ``wp_terms.slug``."""
_TAG = re.compile(r"<!--.*?-->|<[^<>]*>", re.DOTALL)
_NAMED = re.compile(r"<\s*(/?)\s*([a-zA-Z0-9]+)([^>]*)>", re.DOTALL)
_HREF = re.compile(r"""\s(?:href|title|rel|rev|name|target)=("[^"]*"|'[^']*')""")
_ENTITY = re.compile(r"&(?!(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});)")


class WpError(Exception):
    """``WP_Error``."""

    def __init__(self, code: str, message: str, **data: Any) -> None:
        super().__init__(message)
        self.code, self.message, self.data = code, message, data


@dataclass
class Terms:
    """The terms of one hierarchical taxonomy, by id."""

    by_id: dict[int, Term] = field(default_factory=dict)
    made: int = 100
    """The id that was given last: ``wp_terms.term_id`` is AUTO_INCREMENT."""
    elsewhere: set[int] = field(default_factory=set)
    """The terms of other taxonomies: their ids are counted with these."""

    def insert(self, name: str, *, description: str = "", slug: str = "", parent: int = 0) -> Term:
        """``wp_insert_term``."""
        self._require_parent(parent)
        kept, slug_given = self._name(name), sanitize_title(slug)
        slug_given = "" if slug_given == "0" else slug_given  # PHP's ``empty``
        slug = slug_given or sanitize_title(kept)
        if exists := self._existing(kept, slug, parent, given=bool(slug_given)):
            message = "A term with the name provided already exists with this parent."
            raise WpError("term_exists", message, resource_id=exists["id"])
        slug = self._unique(slug, parent)
        if len(slug) > LENGTH:
            raise WpError("db_insert_error", "Could not insert term into the database.")
        self.made += 1
        term = {"id": self.made, "name": kept, "slug": slug or str(self.made), "parent": parent}
        meta = {"image": None, "display": "", "menu_order": 0}
        self.by_id[self.made] = term | {"description": kses(unslash(description))} | meta
        return self.by_id[self.made]

    def update(self, key: int, **changes: Any) -> Term:
        """``wp_update_term``: it looks for another term of that slug, and not for one of that name."""
        if key not in self.by_id:
            raise _missing()
        term = dict(self.by_id[key])
        if "parent" in changes:
            self._require_parent(changes["parent"])
            term["parent"] = self._without_loop(changes["parent"], key)
        if "name" in changes:
            term["name"] = self._name(changes["name"])
        if "description" in changes:
            term["description"] = kses(unslash(changes["description"]))
        if "slug" in changes:
            term["slug"] = sanitize_title(changes["slug"]) or self._unique(sanitize_title(term["name"]), term["parent"])
        if any(other["slug"] == term["slug"] for other in self.by_id.values() if other["id"] != key):
            raise WpError("duplicate_term_slug", f"The slug “{term['slug']}” is already in use by another term.")
        self.by_id[key] = term
        return term

    def delete(self, key: int) -> Term:
        """``wp_delete_term``: its children get its parent."""
        if key not in self.by_id:
            raise _missing()
        gone = self.by_id.pop(key)
        for term in self.by_id.values():
            term["parent"] = gone["parent"] if term["parent"] == key else term["parent"]
        return gone

    def _require_parent(self, parent: int) -> None:
        """``wp_insert_term``, ``wp_update_term``: ``term_exists`` is asked without a taxonomy."""
        if parent > 0 and parent not in self.by_id and parent not in self.elsewhere:
            raise WpError("missing_parent", "Parent term does not exist.")

    def _without_loop(self, parent: int, key: int) -> int:
        """``wp_check_term_hierarchy_for_loops``: no parent for a term that would be its own ancestor."""
        above = parent
        while above in self.by_id and above != key:
            above = self.by_id[above]["parent"]
        return 0 if above == key else parent

    def _name(self, name: str) -> str:
        kept = escaped(kses(text_field(unslash(name))))
        if not kept:
            code = "invalid_term_name" if name.strip() else "empty_term_name"
            raise WpError(code, "A name is required for this term.")
        if len(kept) > LENGTH:
            raise WpError("db_insert_error", "Could not insert term into the database.")
        return kept

    def _existing(self, name: str, slug: str, parent: int, *, given: bool) -> Term | None:
        """A sibling of that name, whatever its case, unless a slug of its own was given; or one of that slug."""
        siblings = [term for term in self.by_id.values() if term["parent"] == parent]
        of_name = next((term for term in siblings if ascii_lower(term["name"]) == ascii_lower(name)), None)
        if of_name is None:
            return None
        of_slug = next((term for term in self.by_id.values() if term["slug"] == slug), None)
        if (not given or of_name["slug"] == slug) and any(term["name"] == name for term in siblings):
            return of_name
        return of_slug if of_slug in siblings else None

    def _unique(self, slug: str, parent: int) -> str:
        """``wp_unique_term_slug``: its parent's slug behind it, then a number."""
        taken = {term["slug"] for term in self.by_id.values()}
        if slug not in taken:
            return slug
        if parent:
            slug += f"-{self.by_id[parent]['slug']}"
        number, unique = 2, slug
        while unique in taken:
            unique, number = f"{slug}-{number}", number + 1
        return unique


def unslash(text: str) -> str:
    """``wp_unslash``: a backslash goes, and the character after it stays."""
    return re.sub(r"\\(.?)", r"\1", text, flags=re.DOTALL)


def text_field(text: str) -> str:
    """``_sanitize_text_fields``: no tags, no line breaks, no octets, no blanks at the ends or twice."""
    if "<" in text:
        text = re.sub(r"<[^>]*?(?=<|$)", lambda lone: escaped(lone[0]), text)  # wp_pre_kses_less_than
        text = re.sub(r"<[^>]*>", "", text)
    text = re.sub(r"[\r\n\t ]+", " ", text).strip()
    while octets := re.search(r"%[a-f0-9]{2}", text, re.IGNORECASE):
        text = text.replace(octets[0], "")
    return " ".join(text.split(" ")).strip()


def kses(text: str) -> str:
    """``wp_kses``: tags that aren't allowed go, what is between them stays; lone characters of HTML become entities."""
    pieces, at = [], 0
    for tag in _TAG.finditer(text.replace("\0", "")):
        pieces += [escaped(text[at : tag.start()]), _kept(tag[0])]
        at = tag.end()
    return "".join([*pieces, escaped(text[at:])])


def _kept(tag: str) -> str:
    """``wp_kses_split2``: what is left of a tag; whatever else stands between two angle brackets goes."""
    if tag.startswith("<!--"):
        return tag
    named = _NAMED.fullmatch(tag)
    if named is None or named[2].lower() not in ALLOWED:
        return ""
    attributes = "".join(found[0] for found in _HREF.finditer(named[3])) if named[2].lower() == "a" else ""
    return f"<{named[1]}{named[2]}{attributes}>"


def escaped(text: str) -> str:
    """``_wp_specialchars`` without quotes: entities that are there already stay."""
    return _ENTITY.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;")


def sanitize_title(title: str) -> str:
    """``sanitize_title``: accents go (``remove_accents``), other letters become octets (``utf8_uri_encode``)."""
    text = re.sub(r"<[^>]*>|&.+?;", "", title).lower().translate(SPELT_OUT)
    text = "".join(map(_without_accent, unicodedata.normalize("NFC", text)))
    text = re.sub(r"%(?![a-f0-9]{2})|[\u200b-\u200f\u202a-\u202e\u00ad‘’‚‛“”„‟…‹›«»¡¿©®°™´]", "", text)
    text = "".join(char if char.isascii() else quote(char).lower() for char in re.sub("[\u00a0–—./]", "-", text))
    text = re.sub(r"[^a-z0-9%_ -]", "", text)
    cut = re.sub(r"-+", "-", re.sub(r"\s+", "-", text))[:LENGTH]
    return re.sub(r"%[a-f0-9]?$", "", cut).strip("-")


def _without_accent(char: str) -> str:
    """``remove_accents`` knows Latin letters alone."""
    first = unicodedata.normalize("NFD", char)[:1]
    return first if first.isascii() else char


def _missing() -> WpError:
    """``WC_REST_Terms_Controller::check_permissions``, which a batch asks for each of its items."""
    return WpError("woocommerce_rest_term_invalid", "Resource does not exist.", status=404)


def ascii_lower(text: str) -> str:
    """PHP's ``strtolower``."""
    return "".join(char.lower() if char.isascii() else char for char in text)
