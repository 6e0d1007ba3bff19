"""Pictures: which kind a file is, by its content alone, and the name under which a store gets it."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from brandsync.observing.excerpt import excerpt

HEX: Final = 12
"""So many digits of a picture's fingerprint are part of its file's name: enough to know it again by its name."""
_LONGEST: Final = 60
"""The longest beginning of a file's name, in characters."""
_EDGE: Final = 64 * 1024
"""Bytes at both ends of a file that are looked at."""
_COMMENTS: Final = rb"(?:(?><!--.*?-->)\s*+)*+"
"""Each ends at its first end, and none is read twice: a file may hold thousands."""
_PAGE: Final = re.compile(rb"\s*+" + _COMMENTS + rb"<(!doctype html|html)", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ImageType:
    """A kind of file."""

    mime: str
    """Its media type."""
    extension: str
    """How the names of such files end, without the dot."""


PNG, JPEG, GIF, WEBP, AVIF, SVG, BMP, TIFF, ICO = (
    ImageType(f"image/{mime}", extension)
    for mime, extension in (
        ("png", "png"),
        ("jpeg", "jpg"),
        ("gif", "gif"),
        ("webp", "webp"),
        ("avif", "avif"),
        ("svg+xml", "svg"),
        ("bmp", "bmp"),
        ("tiff", "tiff"),
        ("vnd.microsoft.icon", "ico"),
    )
)


_KINDS: Final = tuple(
    (of, re.compile(begins, re.DOTALL | re.IGNORECASE), re.compile(ends, re.DOTALL))
    for of, begins, ends in (
        (PNG, rb"\x89PNG\r\n\x1a\n", rb"IEND.{4}"),
        (JPEG, rb"\xff\xd8\xff", rb"\xff\xd9"),
        (GIF, rb"GIF8[79]a", rb";"),
        (WEBP, rb"RIFF.{4}WEBP", rb""),
        (AVIF, rb".{4}ftypavi[fs]", rb""),
        (BMP, rb"BM.{24}", rb""),
        (TIFF, rb"II\*\0|MM\0\*", rb""),
        (ICO, rb"\0\0\x01\0", rb""),
        (
            SVG,
            rb"(?:\xef\xbb\xbf)?\s*+(?:(?><\?xml.*?\?>)\s*+)?"
            + _COMMENTS
            + rb"(?:(?><!DOCTYPE[^\[>]*+(?:\[.*?\])?\s*+>)\s*+)?"
            + _COMMENTS
            + rb"<(?:\w+:)?svg[\s>/]",
            rb"</(\w+:)?svg\s*>|/>",
        ),
    )
)
"""How each kind begins, and what its end has, where that can be told."""


@dataclass(frozen=True, slots=True)
class ImageFile:
    """A picture, as a store gets it."""

    name: str
    """Ours: it begins with the brand's, ends as such files do, and holds the first ``HEX`` digits of the fingerprint.

    So no two pictures share a name, and a store's file is known again by its name alone.
    """
    type: ImageType
    fingerprint: str
    """The SHA-256 of its bytes, in hexadecimal digits."""
    size: int
    """In bytes."""
    content: Callable[[], bytes]
    """Reads its bytes. They are not kept in memory."""


class NoImage(Exception):
    """A file is no whole picture; the text says why, as the end of a sentence."""


def type_of(first: bytes, last: bytes) -> ImageType:
    """The kind of a picture, by its first and last bytes: its name and what the server says of it may be wrong.

    Raises:
        NoImage: it is another kind of file, or a picture that was cut off.
    """
    for of, begins, ends in _KINDS:
        if begins.match(first):
            if not ends.search(last):
                raise NoImage(f"is {of.extension.upper()} that was cut off: its end is missing")
            return of
    raise NoImage(_other(first))


def _other(first: bytes) -> str:
    if not first:
        return "is empty"
    if _PAGE.match(first):
        return "is a web page"
    start = first[:40].decode("utf-8", "replace")
    return f'is no picture of a kind that stores take: it begins with "{excerpt(start)}"'


def edges(read: Callable[[int, int], bytes], size: int) -> tuple[bytes, bytes]:
    """The first and the last bytes of a file. ``read`` gives bytes from a place on, so many at most."""
    return read(0, min(size, _EDGE)), read(max(0, size - _EDGE), _EDGE)


def file_name(brand: str, fingerprint: str, extension: str) -> str:
    """The name of a brand's picture: ``acme-1f2e3d4c5b6a.png``. ``brand``: its handle, or its name."""
    plain = unicodedata.normalize("NFKD", brand).encode("ascii", "ignore").decode().lower()
    start = re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST].strip("-")
    return f"{start or 'brand'}-{fingerprint[:HEX]}.{extension}"


def is_copy_of(reference: str | None, fingerprint: str) -> bool:
    """Whether what a store refers to is its copy of this picture: the names of our files say so."""
    return reference is not None and fingerprint[:HEX] in reference.lower()
