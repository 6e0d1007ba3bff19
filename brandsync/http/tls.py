"""Which servers' certificates are trusted: the public ones, or those that the environment names, and one's own."""

import os
import ssl
from functools import lru_cache
from pathlib import Path

import httpx

from brandsync.errors import ConfigError


def trusting(ca_file: Path | None) -> ssl.SSLContext:
    """The context of all connections that trust the same: to read the public certificates takes as long as a request.

    Raises:
        ConfigError: certificates can't be read.
    """
    return _trusting(ca_file, os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@lru_cache(maxsize=8)
def _trusting(ca_file: Path | None, _file: str | None, _directory: str | None) -> ssl.SSLContext:
    """Httpx reads the two variables itself."""
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


def untrusted(error: BaseException) -> str:
    """Why a server's certificate isn't trusted, where that is what failed."""
    cause: BaseException | None = error
    while cause:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message
        cause = cause.__cause__ or cause.__context__
    return ""
