"""URLs: how to show and compare them, and how an answer names the next one."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urljoin

import httpx

from brandsync.errors import Unreadable

_TARGET: Final = re.compile(r"[^<]*<([^>]*)>")
_PARAMETER: Final = re.compile(r'(?:\s*;)+\s*([^\s=;,"]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?')


def origin(url: httpx.URL) -> str:
    """The server that a URL names: scheme, host and port."""
    return str(url.copy_with(userinfo=b"", raw_path=b"/", fragment=None)).rstrip("/")


def shown_url(url: httpx.URL) -> str:
    """A URL for people: without credentials and query."""
    return str(url.copy_with(userinfo=b"", query=None, fragment=None))


def has_dots(path: str) -> bool:
    """Whether a segment of a path is ``.`` or ``..``, so that it leads to another path than it seems."""
    return not {".", ".."}.isdisjoint(path.partition("?")[0].partition("#")[0].split("/"))


def bare(text: str) -> str:
    """A text that may be a URL, in a form that may be shown."""
    return re.sub(r"//[^/]*@", "//", text.partition("?")[0].partition("#")[0])


def next_link(response: httpx.Response) -> str | None:
    """The URL of the next page, from the answer's ``Link`` header (RFC 8288), or none.

    Raises:
        Unreadable: the header names no URL.
    """
    links = _links(response.headers.get("link", ""))
    target = next((url for url, relations in links if url and "next" in relations), None)
    if not target:
        return None
    url = joined(str(response.url), target)
    if url is None:
        raise Unreadable("the Link header of the listing names no valid URL", hint="report it to the CMS's vendor")
    return url


def joined(base: str, target: str) -> str | None:
    """The URL that an answer from ``base`` names; none if it is not valid."""
    try:
        urljoin(base, target)  # it refuses a host with an opening bracket alone; httpx would escape the bracket
        return str(httpx.URL(base).join(target))
    except (httpx.InvalidURL, ValueError):
        return None


def is_at(url: str, server: str) -> bool:
    """Whether a URL is on the server that another one names, or is so with https."""
    there, here = httpx.URL(url), httpx.URL(server)
    return origin(here) in {origin(there), origin(there.copy_with(scheme="https"))}


def moved(url: str, server: str) -> str:
    """The URL with scheme, host and port of another one, and without credentials."""
    there = httpx.URL(server)
    return str(httpx.URL(url).copy_with(scheme=there.scheme, host=there.host, port=there.port, userinfo=b""))


def _links(header: str) -> Iterator[tuple[str, list[str]]]:
    """Each URL of a ``Link`` header, with its relations to the requested URL, in lower case."""
    at = 0
    while target := _TARGET.match(header, at):
        at, parameters = target.end(), dict[str, str]()
        while found := _PARAMETER.match(header, at):
            at = found.end()
            parameters.setdefault(found[1].lower(), found[2] or found[3] or "")
        if "anchor" not in parameters:  # otherwise it is about another page
            yield target[1].strip(), parameters.get("rel", "").lower().split()
