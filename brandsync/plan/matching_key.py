"""The keys by which names are compared. Names that look the same to people have the same key."""

import unicodedata
from collections.abc import Sequence
from typing import Final, cast

_IGNORABLE: Final = (
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)
"""Unicode's ``Default_Ignorable_Code_Point`` (DerivedCoreProperties.txt, 15.1): shown as nothing at all."""
_SAME_LETTERS: Final = frozenset(
    {"<wide>", "<narrow>", "<small>", "<noBreak>", "<compat>", "<initial>", "<medial>", "<final>", "<isolated>"}
)
"""Other forms of the same letters: full-width ones, ligatures, Arabic's. A raised or circled 2 is not a 2."""
_TYPED_AS: Final = {0x2019: "'", 0x02BC: "'", 0xFF07: "'", 0x2010: "-", 0x2011: "-"}
"""Apostrophes and hyphens that a CMS puts in place of the typed ones."""


class _Folding(dict[int, str]):
    """What each character counts as. It is computed when the character first comes."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _folded(chr(code))
        return folded


def _folded(character: str) -> str:
    code = ord(character)
    if character.isspace():
        return " "
    if unicodedata.category(character) == "Cc" or _is_ignorable(character):
        return ""
    if code in _TYPED_AS:
        return _TYPED_AS[code]
    form = unicodedata.decomposition(character).partition(" ")[0]
    letters = unicodedata.normalize("NFKD", character) if form in _SAME_LETTERS else character
    if letters == character or letters.startswith(" "):  # an accent that stands alone isn't a blank
        return character
    return "".join(map(_folded, letters))


def _is_ignorable(character: str) -> bool:
    return any(first <= ord(character) <= last for first, last in _IGNORABLE)


_FOLDING: Final = _Folding()


def as_seen(text: str) -> str:
    """A text as people would type it: single plain blanks, composed accents, no invisible marks."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    seen = "".join([character for character in text if not _is_ignorable(character)])
    return " ".join(unicodedata.normalize("NFC", seen).split())


def match_keys(values: Sequence[str | None]) -> Sequence[str | None]:
    """What ``match_key`` makes of each of these values."""
    if set(map(type, values)) == {str}:
        together = "".join(cast("Sequence[str]", values))
        if together.isascii() and together.isprintable() and "  " not in together:  # nearly every page
            return [value.strip().lower() or None for value in values if value is not None]
    return list(map(match_key, values))


def match_key(value: str | None) -> str | None:
    """The key by which two names or handles are matched. None if nothing in the value can be seen.

    These make no difference: case; blanks around it; how many and which blanks are in it; marks without a width;
    composed or decomposed accents; the form of a letter (full-width, a ligature).
    """
    if not value:
        return None
    if value.isascii() and value.isprintable() and "  " not in value:  # nearly every name, and there are a million
        return value.strip().lower() or None
    folded = unicodedata.normalize("NFD", value).translate(_FOLDING).casefold()
    return " ".join(unicodedata.normalize("NFD", folded).split()) or None
