"""Addresses of files on web servers: what may be fetched, and from whom."""

import re
from typing import Final

import httpx

from brandsync.http.addresses import origin

_EXAMPLE: Final = re.compile(r"(.*\.)?(example|example\.(com|net|org)|invalid)")


def is_web_address(text: str) -> bool:
    """Whether a text is a whole URL of a file on a web server."""
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        return False
    return url.scheme in {"http", "https"} and bool(url.host)


def is_below(url: str, server: str) -> bool:
    """Whether a URL is on the server that another one names."""
    return is_web_address(server) and origin(httpx.URL(url)) == origin(httpx.URL(server))


def is_for_examples(url: str) -> bool:
    """Whether a URL's host is one that RFC 2606 keeps for examples: no server is there."""
    return _EXAMPLE.fullmatch(httpx.URL(url).host) is not None
