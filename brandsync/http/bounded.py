"""An answer's body, read up to a bound: a few kilobytes of gzip can hold gigabytes."""

from typing import Final

import httpx

LARGEST_BODY: Final = 256 * 1024 * 1024
"""Bytes, unpacked. Decoded from JSON, as much takes several times the memory."""


class TooLarge(Exception):
    """The body is larger than that; the rest was not read."""


def read(response: httpx.Response) -> httpx.Response:
    """The answer with its whole body.

    Raises:
        TooLarge: it is larger than ``LARGEST_BODY``.
    """
    pieces, size = [], 0
    for piece in response.iter_bytes():
        size += len(piece)
        if size > LARGEST_BODY:
            raise TooLarge
        pieces.append(piece)
    return httpx.Response(
        response.status_code,
        headers=[(name, value) for name, value in response.headers.raw if name.lower() not in _OF_THE_WIRE],
        content=b"".join(pieces),
        request=response.request,
        extensions=response.extensions,
    )


_OF_THE_WIRE: Final = frozenset({b"content-encoding", b"content-length", b"transfer-encoding"})
"""What speaks of the body as it was sent, and not as it is now."""


def text_of(response: httpx.Response) -> str:
    """The body as text: UTF-8 where it is that, or else as its charset says, where Python can read it."""
    for charset in ("utf-8", response.charset_encoding or "utf-8"):
        try:
            return response.content.decode(charset)
        except (LookupError, ValueError):
            continue
    return response.content.decode("utf-8", "replace")
