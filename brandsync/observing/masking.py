"""Credentials are removed from what is shown or kept, in whatever form a server may repeat them.

A client hides its own server's credentials in what that server says. Long ones are hidden wherever brandsync says
something, since a server may put them anywhere: into a key, an id, an address.
"""

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from threading import Lock
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes

HIDDEN: Final = "***"
_SHORT: Final = 8
"""Secrets of this length or less are hidden only as whole words: `en` is a part of many words."""
_WORD: Final = 15
"""Secrets of this length or less, in small letters only, may be words, as a test's password `brandsync` is."""
_LEVELS: Final = 3
"""How often one encoding may be inside another: JSON in JSON, an address in an address."""
_ESCAPE: Final = re.compile(
    r"[%&\\](?:(?<=%)(?P<bytes>[0-9A-Fa-f]{2}(?:%[0-9A-Fa-f]{2})*)"
    r"|(?<=&)(?P<entity>(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,31});)"
    r"|(?<=\\)\\*(?:(?P<units>u[0-9A-Fa-f]{4}(?:\\+u[0-9A-Fa-f]{4})*)|x(?P<byte>[0-9A-Fa-f]{2})"
    r"|(?P<itself>[\"'/\\])|(?P<line>[nrt])))"
)
"""How URLs, JSON, Python and HTML escape a character. An escaped line break or tab is decoded to nothing."""
_CUT_ESCAPE: Final = re.compile(
    r"(?:\ufffd|%[0-9A-Fa-f]?|&#?[0-9A-Za-z]{0,31}|\\(?:u[0-9A-Fa-f]{0,3}|x[0-9A-Fa-f]?)?)+\Z"
)
"""What is left of escapes in which a text ends: their beginnings, and half of a character."""
_LONGEST_CUT: Final = 64

_Unit = tuple[str, int, int]
"""A character, and the start and end of the text that it was decoded from."""


class Mask:
    """Hides these secrets, and a username and password as Basic authentication sends them."""

    def __init__(self, secrets: Iterable[str], auth: tuple[str, str] | None = None) -> None:
        plain = {secret for secret in (*secrets, *(auth or ())[1:]) if secret}
        self.long = frozenset(secret for secret in plain if len(secret) > _SHORT)
        """The secrets that no other text holds by chance."""
        short = {form for secret in plain - self.long for form in _written(secret)}
        alone = sorted(map(re.escape, short), key=len, reverse=True)
        self._alone = re.compile(rf"(?<!\w)(?:{'|'.join(alone)})(?!\w)") if alone else None
        login = [_base64(":".join(auth)).rstrip("=")] if auth else []
        self._forms = {_squeezed(form) for form in (*login, *chain.from_iterable(map(_sent, self.long)))}
        self._starts = re.compile("|".join(sorted({re.escape(form[:_SHORT]) for form in self._forms})) or "(?!)")

    def __call__(self, text: str) -> str:
        """The text with the secrets hidden."""
        if self._alone:
            text = self._alone.sub(HIDDEN, text)
        decoded = text
        for level in range(_LEVELS + 1):
            if self._starts.search(_squeezed(decoded)):
                text = self._hide(text, level)
                decoded = text
                for _ in range(level):
                    decoded = _ESCAPE.sub(_plain, decoded)
            following = _ESCAPE.sub(_plain, decoded)
            if following == decoded:
                break
            decoded = following
        return text

    def _hide(self, text: str, level: int) -> str:
        """The text without the secrets that it contains once it has been decoded ``level`` times."""
        units: Sequence[_Unit] = [(char, place, place + 1) for place, char in enumerate(text)]
        for _ in range(level):
            units = list(_decoded_units(units))
        units = [unit for unit in units if not unit[0].isspace()]
        kept, done = [], 0
        for first, last in sorted(self._places("".join(char for char, _, _ in units))):
            start, end = units[first][1], units[last - 1][2]
            if start >= done:
                kept += [text[done:start], HIDDEN]
            done = max(done, end)
        return "".join([*kept, text[done:]])

    def _places(self, squeezed: str) -> Iterator[tuple[int, int]]:
        """Where each secret begins and ends. A cut-off answer may end inside one."""
        for form in self._forms:
            yield from (found.span() for found in re.finditer(re.escape(form), squeezed))
            start = squeezed.find(form[:_SHORT], max(0, len(squeezed) - len(form) - _LONGEST_CUT))
            if start >= 0 and form.startswith((squeezed[start:], _CUT_ESCAPE.sub("", squeezed[start:]))):
                yield start, len(squeezed)


def _written(secret: str) -> Iterator[str]:
    """A short secret as it is, in an address, in JSON, in HTML and in Base64."""
    yield from (secret, quote(secret, safe="", errors="replace"), json.dumps(secret)[1:-1], html.escape(secret))
    yield _base64(secret)


def _sent(secret: str) -> Iterator[str]:
    """A long secret as it is, as a form sends it, as a server's name holds it, and in Base64.

    In Base64, at each possible position in a group of three bytes.
    """
    yield from (secret, secret.replace(" ", "+"), secret.lower())
    plain = secret.encode("utf-8", "replace")
    for before in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            text = encode(b"\0" * before + plain).decode()
            yield text[(0, 2, 3)[before] : (before + len(plain)) * 8 // 6]


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "replace")).decode()


def _squeezed(text: str) -> str:
    """The text without blanks and line breaks, because a long line may have been wrapped."""
    return "".join(text.split())


def _decoded_units(units: Sequence[_Unit]) -> Iterator[_Unit]:
    done = 0
    for found in _ESCAPE.finditer("".join(char for char, _, _ in units)):
        yield from units[done : found.start()]
        done = found.end()
        yield from ((char, units[found.start()][1], units[done - 1][2]) for char in _plain(found))
    yield from units[done:]


def _plain(found: re.Match[str]) -> str:
    """The text that an escape stands for."""
    if found["bytes"]:
        return unquote_to_bytes(found[0]).decode("utf-8", "replace")
    if found["units"]:
        units = b"".join(int(unit, 16).to_bytes(2) for unit in re.findall("[0-9A-Fa-f]{4}", found["units"]))
        return units.decode("utf-16-be", "replace")
    if found["byte"]:
        return chr(int(found["byte"], 16))
    if found["entity"]:
        return html.unescape(found[0])
    return found["itself"] or ""


_lock = Lock()
_known = Mask(())
"""All long secrets of this process."""


def hide(mask: Mask) -> None:
    """From now on, hide these secrets in everything that brandsync says, except short ones and possible words."""
    global _known  # noqa: PLW0603 - nobody may show a secret, whoever learned it
    unlike_words = {
        secret for secret in mask.long if len(secret) > _WORD or not (secret.isalpha() and secret.islower())
    }
    with _lock:
        if not unlike_words <= _known.long:
            _known = Mask(unlike_words | _known.long)


def hidden(text: str) -> str:
    """The text without any known secret."""
    return _known(text)


def hidden_in(value: Any) -> Any:
    """The same for a JSON value: for its texts and its keys."""
    if not _known.long:
        return value
    if isinstance(value, str):
        return hidden(value)
    if isinstance(value, dict):
        return {hidden_in(key): hidden_in(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [hidden_in(inner) for inner in value]
    return value
