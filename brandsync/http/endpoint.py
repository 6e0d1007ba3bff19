"""One server, how to talk to it, and the connections to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Final

import httpx

from brandsync import __version__
from brandsync.errors import ConfigError
from brandsync.http.bounded import ACCEPTED
from brandsync.http.pace import PaceHeaders
from brandsync.http.proxies import transport_to
from brandsync.http.quota import QuotaHeaders
from brandsync.observing.excerpt import excerpt

WHOLE: Final = 10
"""How many times ``timeout`` a request and its answer may take in all: one that drips in has no end."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One server, and how to talk to it."""

    url: str
    """Where its paths start."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Sent with every request, credentials among them."""
    auth: tuple[str, str] | None = field(default=None, repr=False)
    """A username and a password for Basic authentication."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """What a server might repeat in its errors and nobody may see: tokens, passwords."""
    timeout: float = 30.0
    """Seconds for connecting, and between two pieces of an answer; a whole answer has ``WHOLE`` times as long."""
    retry_for: float = 30.0
    """Seconds, from its first failure on, in which a call is repeated."""
    retry_limit: float = 300.0
    """Seconds up to which a ``Retry-After`` may lengthen that."""
    ca_file: Path | None = None
    """Certificates (PEM) to trust besides the public ones."""
    quota: QuotaHeaders | PaceHeaders | None = None
    """Where its answers tell how many more requests it takes, so that none is sent that it would refuse with 429."""
    credentials_hint: str = "check the token and what it is allowed to do"
    """What to do when the credentials are refused: names the settings."""


def connected(endpoint: Endpoint) -> httpx.Client:
    """The connections, made when the first one is needed.

    Raises:
        ConfigError: a header that HTTP does not allow.
    """
    for name, value in endpoint.headers.items():
        if not (value.isascii() and value.isprintable() and name.isascii() and name.isprintable()):
            raise ConfigError(
                f"the value of the header {excerpt(name)} holds a line break or a character that HTTP does not allow",
                hint="check the token: it may have been copied with something around it",
            )
    return httpx.Client(
        headers={
            "Accept": "application/json",
            "Accept-Encoding": ACCEPTED,
            "User-Agent": f"brandsync/{__version__}",
            **endpoint.headers,
        },
        auth=endpoint.auth,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # no API asks for any, and one may be malformed
        timeout=endpoint.timeout,
        follow_redirects=False,
        transport=transport_to(endpoint.url, endpoint.ca_file),
    )
