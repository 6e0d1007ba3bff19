"""Reads an answer's body, unpacked piece by piece, up to a limit: a few kilobytes of gzip can hold gigabytes.

Even with all limits reached at once, memory stays below the limit in ``k8s/base/cronjob.yaml``.
"""

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Final

import httpx

LARGEST_BODY: Final = 32 * 1024 * 1024
"""Bytes, unpacked. Decoded from JSON, they take several times as much memory."""
MOST_NODES: Final = 500_000
"""Values in one JSON document: each takes up to 200 bytes of memory, however short it is in the text."""

_GZIP: Final = 16 + zlib.MAX_WBITS
ACCEPTED: Final = "gzip"
"""The coding to ask a server for: it can be unpacked up to a limit, without another library."""
_CODINGS: Final = frozenset({ACCEPTED, "x-gzip"})
_TEXT: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)


class TooLarge(Exception):
    """The body is too large or holds too many values; its text says which."""


class OtherCoding(Exception):
    """The body has another coding than was asked for; its text names it."""


def read(response: httpx.Response, wanted: Callable[[], None]) -> httpx.Response:
    """The answer with its whole body. ``wanted`` is called for each piece; it raises if nobody waits any more.

    Raises:
        TooLarge: it is larger than ``LARGEST_BODY``, or holds more than ``MOST_NODES``.
        OtherCoding: it is packed twice, or not with gzip.
        httpx.DecodingError: its headers say gzip, but it is not gzip, or it was cut off.
    """
    body = bytearray()
    for piece in _unpacked(response):
        wanted()
        body += piece
        if len(body) > LARGEST_BODY:
            raise TooLarge(f"more than {LARGEST_BODY // 2**20} MB")
    # Each value takes a byte. First count commas in texts too: leaving the texts out takes longer.
    if len(body) > MOST_NODES and _nodes(body) > MOST_NODES and _nodes(_TEXT.sub(b"", body)) > MOST_NODES:
        raise TooLarge(f"more than {MOST_NODES:,} values")
    return _without_wire(response, bytes(body))


def _without_wire(response: httpx.Response, body: bytes) -> httpx.Response:
    """The answer with this body, which is no longer packed."""
    return httpx.Response(
        response.status_code,
        headers=[(name, value) for name, value in response.headers.raw if name.lower() not in _OF_THE_WIRE],
        content=body,
        request=response.request,
        extensions=response.extensions,
    )


@dataclass(frozen=True, slots=True)
class Into:
    """A file that a body goes to."""

    file: IO[bytes]
    largest: int
    """The most bytes, unpacked."""


def save(response: httpx.Response, into: Into, wanted: Callable[[], None]) -> httpx.Response:
    """The answer without its body, which is written to a file in place of what that holds.

    Raises:
        TooLarge: it is larger than may be.
        OtherCoding, httpx.DecodingError: as ``read``.
    """
    into.file.seek(0)
    into.file.truncate()
    size = 0
    for piece in _unpacked(response):
        wanted()
        size += len(piece)
        if size > into.largest:
            raise TooLarge(f"more than {into.largest / 1_000_000:g} MB")
        into.file.write(piece)
    return _without_wire(response, b"")


def _nodes(body: bytes | bytearray) -> int:
    return sum(map(body.count, (b",", b"[", b"{")))


def _unpacked(response: httpx.Response) -> Iterator[bytes]:
    coding = response.headers.get("content-encoding", "").strip().lower()
    if coding in {"", "identity"}:
        yield from response.iter_raw()
    elif coding in _CODINGS:
        yield from _from_gzip(response.iter_raw())
    else:
        raise OtherCoding(coding)


def _from_gzip(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Unpack gzip, never more than the limit at once, however large a piece is. Several members make one text."""
    unpacker = zlib.decompressobj(_GZIP)
    begun = False
    try:
        for piece in pieces:
            rest = piece
            while rest:
                if unpacker.eof:
                    unpacker = zlib.decompressobj(_GZIP)
                begun = True
                yield unpacker.decompress(rest, LARGEST_BODY + 1)
                rest = unpacker.unused_data or unpacker.unconsumed_tail
    except zlib.error as error:
        raise httpx.DecodingError(str(error)) from None
    if begun and not unpacker.eof:
        raise httpx.DecodingError("the packed answer has no end")


_OF_THE_WIRE: Final = frozenset({b"content-encoding", b"content-length", b"transfer-encoding"})
"""Headers that describe the encoded body."""


def text_of(response: httpx.Response) -> str:
    """The body as text: as UTF-8 if it is valid, otherwise by its charset, if Python knows it."""
    for charset in ("utf-8", response.charset_encoding or "utf-8"):
        try:
            return response.content.decode(charset)
        except (LookupError, ValueError):
            continue
    return response.content.decode("utf-8", "replace")
