"""Which certificates are trusted: the public ones or those that the environment names, and ``ca_file``'s."""

import os
import ssl
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

import httpx

from brandsync.errors import ConfigError

_HINTS: Final[Mapping[frozenset[int], str]] = {
    frozenset({2, 18, 19, 20, 21}): "if the server has a certificate of your own authority, name its file in `ca_file`",
    frozenset({9, 10}): "renew the certificate; if it is good, set this machine's clock",
    frozenset({62, 63, 64}): "check the host in the URL: the certificate is another host's",
}
"""What to do about OpenSSL's X509_V_ERR codes: an unknown issuer, a wrong time, a wrong name."""
_NO_TLS: Final = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG"})
"""OpenSSL's words for an answer of another protocol; its versions differ."""
_ISSUE_ANEW: Final = (
    "have the certificate issued anew: it breaks a rule that this version of Python holds certificates to"
    " (3.13 and newer hold them to all of RFC 5280)"
)


def trusting(ca_file: Path | None) -> ssl.SSLContext:
    """The shared context of connections with the same trust: reading the certificates takes as long as a request.

    Raises:
        ConfigError: certificates can't be read.
    """
    return _trusting(ca_file, os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@lru_cache(maxsize=8)
def _trusting(ca_file: Path | None, _file: str | None, _directory: str | None) -> ssl.SSLContext:
    """The context for these. httpx reads the two variables itself; here they only tell cached contexts apart."""
    try:
        context = httpx.create_ssl_context()
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"the certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be read: {error}",
            hint="it must name PEM certificates; unset it to trust the public ones",
        ) from None
    try:
        if ca_file:
            context.load_verify_locations(ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"ca_file {ca_file}: {error}", hint="it must be a file of PEM certificates") from None
    return context


def untrusted(error: BaseException) -> tuple[str, str] | None:
    """Why a server's certificate isn't trusted, and what to do about it; none if something else failed."""
    for cause in causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            hint = next((hint for codes, hint in _HINTS.items() if cause.verify_code in codes), _ISSUE_ANEW)
            return cause.verify_message, hint
    return None


def speaks_no_tls(error: BaseException) -> bool:
    """Whether what a server sent first was no TLS: nothing that a retry would change."""
    return any(isinstance(cause, ssl.SSLError) and cause.reason in _NO_TLS for cause in causes(error))


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what caused it, and so on."""
    cause: BaseException | None = error
    while cause:
        yield cause
        cause = cause.__cause__ or cause.__context__
