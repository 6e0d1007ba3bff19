"""The proxy that the environment names for a server: ``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY``.

httpx reads them too. But it fails if ``NO_PROXY`` holds a range of IPv6 addresses, and it ignores a range of IPv4
addresses.
"""

import re
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Final
from urllib.request import getproxies

import httpx

from brandsync.errors import ConfigError
from brandsync.http.tls import trusting
from brandsync.observing.excerpt import excerpt

_PROXY_HINT: Final = (
    "check HTTP_PROXY, HTTPS_PROXY and ALL_PROXY: each must be an address that starts with http:// or https://"
)
_PORTS: Final = {"http": 80, "https": 443}
_ENTRY: Final = re.compile(
    r"(?:(?P<scheme>[a-z]+)://)?"
    r"(?:(?P<address>[0-9a-f.]*:[0-9a-f.]*:[0-9a-f.:]*(?:/\d+)?)"
    r"|(?P<host>\[[^\[\]]*\](?:/\d+)?|[^:\[\]]+)(?::(?P<port>\d+))?)"
)
"""A bare IPv6 address or range; or a host, an address or a range, perhaps with a port."""


def transport_to(url: str, ca_file: Path | None = None) -> httpx.HTTPTransport:
    """The transport to the server of this URL, through a proxy if the environment names one.

    Raises:
        ConfigError: the proxy can't be used, an entry of ``NO_PROXY`` has no meaning, or certificates can't be read.
    """
    context = trusting(ca_file)
    try:
        return httpx.HTTPTransport(verify=context, proxy=proxy_of(httpx.URL(url)), trust_env=False)
    except (ValueError, ImportError, httpx.InvalidURL):
        # httpx's message might hold a proxy's password.
        problem = ConfigError("the proxy that the environment names cannot be used", hint=_PROXY_HINT)
    raise problem


def proxy_of(url: httpx.URL) -> str | None:
    """The proxy for this server, or none.

    Raises:
        ConfigError: an entry of ``NO_PROXY`` has no meaning.
    """
    named = getproxies()
    proxy = named.get(url.scheme) or named.get("all")
    if not proxy:
        return None
    entries = filter(None, re.split(r"[,\s]", named.get("no", "").lower()))
    if any(_covers(entry, url) for entry in entries):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _covers(entry: str, url: httpx.URL) -> bool:
    """Whether an entry of ``NO_PROXY`` covers this server: its name or address, or a domain or range around it."""
    if entry == "*":
        return True
    found = _ENTRY.fullmatch(entry)
    if found is None:
        raise _meaningless(entry)
    if found["scheme"] not in {None, "all", url.scheme}:
        return False
    if found["port"] and int(found["port"]) != (url.port or _PORTS.get(url.scheme)):
        return False
    host = (found["address"] or found["host"]).replace("[", "").replace("]", "")
    if ":" in host or "/" in host:
        try:
            network = ip_network(host, strict=False)
        except ValueError:
            raise _meaningless(entry) from None
        try:
            return ip_address(url.host) in network
        except ValueError:
            return False
    name = url.host.rstrip(".").lower()
    return name == host or name.endswith(f".{host.removeprefix('*').removeprefix('.')}")


def _meaningless(entry: str) -> ConfigError:
    return ConfigError(
        f'NO_PROXY holds "{excerpt(entry)}", which is neither a host nor an address nor a range of addresses',
        hint="it takes hosts (`.example.com`), addresses (`::1`) and ranges (`10.0.0.0/8`, `fd00::/8`), between commas",
    )
