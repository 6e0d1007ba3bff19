"""URLs, as they may be shown and compared, and as an answer names the next one."""

import re

import httpx

from brandsync.errors import Unreadable


def origin(url: httpx.URL) -> str:
    """The server that a URL names: scheme, host and port."""
    return str(url.copy_with(userinfo=b"", raw_path=b"/", fragment=None)).rstrip("/")


def shown_url(url: httpx.URL) -> str:
    """A URL as it may be shown: with neither credentials nor query."""
    return str(url.copy_with(userinfo=b"", query=None, fragment=None))


def has_dots(path: str) -> bool:
    """Whether a segment of a path is ``.`` or ``..``, so that it leads elsewhere than it seems."""
    return not {".", ".."}.isdisjoint(path.partition("?")[0].partition("#")[0].split("/"))


def bare(text: str) -> str:
    """What may be a URL, as it may be shown."""
    return re.sub(r"//[^/]*@", "//", text.partition("?")[0].partition("#")[0])


def next_link(response: httpx.Response) -> str | None:
    """The URL of the following page by the answer's ``Link`` header (RFC 8288), or none.

    Raises:
        Unreadable: the header names no URL.
    """
    target = response.links.get("next", {}).get("url")
    if not target:
        return None
    url = joined(str(response.url), target)
    if url is None:
        raise Unreadable("the Link header of the listing names no valid URL", hint="report it to the CMS's vendor")
    return url


def joined(base: str, target: str) -> str | None:
    """The URL that an answer from ``base`` names; none where it names no valid one."""
    try:
        return str(httpx.URL(base).join(target))
    except (httpx.InvalidURL, ValueError):
        return None
