"""Credentials taken out of what a server says, in every form in which it may repeat them."""

import base64
import html
import json
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote, quote_plus

HIDDEN: Final = "***"


class Mask:
    """Hides these secrets, and a username and password as Basic authentication sends them."""

    def __init__(self, secrets: Iterable[str], auth: tuple[str, str] | None) -> None:
        found = {form for secret in (*secrets, *(auth or ())[1:]) if secret for form in _forms(secret)}
        if auth:
            found |= set(_base64(":".join(auth)))
        # The longest first: a shorter one may be a part of it.
        self._forms = sorted(found, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """The text, with nothing of them in it."""
        for form in self._forms:
            text = text.replace(form, HIDDEN)
        return text


def _forms(secret: str) -> Iterator[str]:
    """The secret as it is, and as it stands in a URL, in JSON, in HTML and in Base64."""
    yield secret
    for encoded in (quote(secret, safe="", errors="replace"), quote(secret, errors="replace"), _plus(secret)):
        yield from (encoded, _lower(encoded))
    yield from (json.dumps(secret)[1:-1], html.escape(secret), html.escape(secret, quote=False))
    yield from _base64(secret)


def _plus(secret: str) -> str:
    return quote_plus(secret, errors="replace")


def _lower(encoded: str) -> str:
    """The same with small hexadecimal digits, as some servers write them."""
    first, *rest = encoded.split("%")
    return "%".join([first, *(part[:2].lower() + part[2:] for part in rest)])


def _base64(secret: str) -> Iterator[str]:
    plain = secret.encode("utf-8", "replace")
    for encoded in (base64.b64encode(plain), base64.urlsafe_b64encode(plain)):
        text = encoded.decode("ascii")
        yield from (text, text.rstrip("="))
