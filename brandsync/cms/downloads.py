"""Fetches files from any server. Each server gets its own credentials, if there are any for it, and no others."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from ipaddress import ip_address
from threading import Lock
from typing import IO, Any, Final

import httpx

from brandsync.cms.file_addresses import is_web_address
from brandsync.errors import BrandsyncError, ConfigError, Interrupted, TryAgainLater
from brandsync.http.addresses import joined, origin, shown_url
from brandsync.http.bounded import Into
from brandsync.http.client import MAX_REDIRECTS, HttpClient
from brandsync.http.endpoint import Endpoint
from brandsync.http.proxies import proxy_of
from brandsync.observing.excerpt import excerpt

_PATIENCE: Final = 3.0
"""Seconds for which a file is asked for again. There may be thousands, and each has its turn in the next run."""
_ENOUGH: Final = 3
"""So many files in a row that a server doesn't give now are enough: it isn't asked for more."""


_OPEN: Final = 64
"""Servers to which connections stay open: more than files are fetched at once. Logos may lie on thousands of them."""


class NotFetched(Exception):
    """A file can't be had; the text says why, as a sentence without a full stop."""


class Downloads:
    """Fetches files over HTTP. Thread-safe; follows redirects, to other servers too."""

    def __init__(self, own: Endpoint | None, *, largest: int, timeout: float, private: bool) -> None:
        """``own``: the server whose credentials are known. ``largest``: the most bytes of one file.

        ``private``: addresses that are not public on the Internet may be fetched from.
        """
        self._own = own
        self._largest = largest
        self._timeout = timeout
        self._private = private
        self._clients: OrderedDict[str, HttpClient] = OrderedDict()
        """Those that were used last, the latest at the end."""
        self._closed_after = 0
        """How many requests were sent by those that are closed."""
        self._failures: dict[str, int] = {}
        self._lock = Lock()
        self._asked: Callable[[], bool] = lambda: False

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        with self._lock:
            return self._closed_after + sum(client.requests for client in self._clients.values())

    def stop_when(self, asked: Callable[[], bool]) -> None:
        """Stop soon once this is true."""
        with self._lock:
            self._asked = asked
            for client in self._clients.values():
                client.stop_when(asked)

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            for client in self._clients.values():
                client.close()

    def fetch(self, address: str, into: IO[bytes], *, as_visitor: bool = False) -> None:
        """Write the file at an address into another one, in place of what that holds.

        ``as_visitor``: without any credentials, as anybody may see it.

        Raises:
            NotFetched: it can't be had.
            Interrupted: the run was asked to stop.
        """
        url = _parsed(address)
        for _ in range(MAX_REDIRECTS + 1):
            response = self._get(url, into, as_visitor=as_visitor)
            if not response.has_redirect_location:
                return
            target = joined(str(url), response.headers["location"])
            if target is None:
                raise NotFetched(f"{shown_url(url)} is redirected to what is no valid URL")
            url = _parsed(target)
        raise NotFetched(f"{shown_url(_parsed(address))} is redirected more than {MAX_REDIRECTS} times")

    def _get(self, url: httpx.URL, into: IO[bytes], *, as_visitor: bool) -> httpx.Response:
        server = origin(url)
        if self._failures.get(server, 0) >= _ENOUGH:
            raise NotFetched(f"{server} has not answered {_ENOUGH} times in a row, and is not asked again in this run")
        try:
            response = self._client(url, as_visitor=as_visitor).request(
                "GET", str(url), headers={"Accept": "image/*, */*;q=0.5"}, into=Into(into, self._largest)
            )
        except Interrupted:
            raise
        except BrandsyncError as error:
            failures = self._failures.get(server, 0) + 1
            self._failures[server] = failures if isinstance(error, TryAgainLater) else 0
            raise NotFetched(error.message) from None
        self._failures[server] = 0
        return response

    def _client(self, url: httpx.URL, *, as_visitor: bool) -> HttpClient:
        server = origin(url)
        with self._lock:
            key = f"{server} as anybody" if as_visitor else server
            if key not in self._clients:
                client = self._clients[key] = HttpClient(self._endpoint(server, as_visitor=as_visitor))
                client.stop_when(self._asked)
            self._clients.move_to_end(key)
            while len(self._clients) > _OPEN:
                _, oldest = self._clients.popitem(last=False)
                self._closed_after += oldest.requests
                oldest.close()
            return self._clients[key]

    def _endpoint(self, server: str, *, as_visitor: bool) -> Endpoint:
        own = self._own if self._own and origin(httpx.URL(self._own.url)) == server else None
        trace = None if self._private or proxy_of(httpx.URL(server)) else _require_public
        if own is None or as_visitor:
            ca_file = own.ca_file if own else None
            return Endpoint(
                server,
                timeout=self._timeout,
                retry_for=_PATIENCE,
                retry_limit=_PATIENCE,
                trace=trace,
                ca_file=ca_file,
                credentials_hint="",
            )
        return replace(own, url=server, timeout=self._timeout, retry_for=_PATIENCE, retry_limit=_PATIENCE, trace=trace)


def _parsed(address: str) -> httpx.URL:
    if not is_web_address(address):
        raise NotFetched(f'"{excerpt(address)}" is no address of a file on a web server')
    return httpx.URL(address)


def _require_public(event: str, told: Mapping[str, Any]) -> None:
    """Look at where a connection leads before anything is sent over it: a name can lead anywhere.

    Raises:
        ConfigError: to an address that is not public.
    """
    if event != "connection.connect_tcp.complete":
        return
    stream = told["return_value"]
    there = stream.get_extra_info("server_addr")
    if not ip_address(str(there[0]).partition("%")[0]).is_global:
        stream.close()  # nobody else knows of it yet
        raise ConfigError(f"its server has the address {there[0]}, which is not public, and [images] private is false")
