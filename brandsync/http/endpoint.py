"""One server, how to talk to it, and the connections to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any, Final

import httpx

from brandsync import __version__
from brandsync.errors import ConfigError
from brandsync.http.bounded import ACCEPTED
from brandsync.http.pace import PaceHeaders
from brandsync.http.proxies import transport_to
from brandsync.http.quota import QuotaHeaders
from brandsync.observing.excerpt import excerpt

WHOLE: Final = 10
"""A request and its answer may take this many times ``timeout`` in all: an answer that drips in never ends."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One server, and how to talk to it."""

    url: str
    """Where its paths start."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Sent with every request, including credentials."""
    auth: tuple[str, str] | None = field(default=None, repr=False)
    """A username and a password for Basic authentication."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Tokens and passwords that a server might repeat in its errors, and that nobody may see."""
    timeout: float = 30.0
    """Seconds to connect, and between two pieces of an answer; a whole answer may take ``WHOLE`` times as long."""
    retry_for: float = 30.0
    """Seconds after its first failure for which a call is repeated."""
    retry_limit: float = 300.0
    """The most seconds to which a ``Retry-After`` may extend that."""
    ca_file: Path | None = None
    """Certificates (PEM) to trust besides the public ones."""
    quota: QuotaHeaders | PaceHeaders | None = None
    """The headers that say how many more requests the server takes, so that it needn't refuse any with 429."""
    wait_of: Callable[[httpx.Response], float | None] = lambda _response: None
    """The seconds that a 429 without a ``Retry-After`` asks to wait, or none; the quota's headers come after it."""
    trace: Callable[[str, Mapping[str, Any]], None] | None = None
    """Called with what happens on the wire while something is read. If it raises, the request is not sent."""
    credentials_hint: str = "check the token and what it is allowed to do"
    """What to do if the credentials are refused; names the settings."""


def connected(endpoint: Endpoint) -> httpx.Client:
    """A client for this server; it connects when a connection is first needed.

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
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # no API asks for cookies, and one may be malformed
        timeout=endpoint.timeout,
        follow_redirects=False,
        transport=transport_to(endpoint.url, endpoint.ca_file),
    )
