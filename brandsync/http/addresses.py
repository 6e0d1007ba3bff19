"""URLs, as they may be shown and compared."""

import re

import httpx


def origin(url: httpx.URL) -> str:
    """The server that a URL names: scheme, host and port."""
    return str(url.copy_with(userinfo=b"", raw_path=b"/", fragment=None)).rstrip("/")


def shown_url(url: httpx.URL) -> str:
    """A URL as it may be shown: with neither credentials nor query."""
    return str(url.copy_with(userinfo=b"", query=None, fragment=None))


def bare(text: str) -> str:
    """What may be a URL, as it may be shown."""
    return re.sub(r"//[^/]*@", "//", text.partition("?")[0].partition("#")[0])
