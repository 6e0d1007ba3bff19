"""Which of the headers and parameters that a user sets are credentials: `api_key` is one, `locale` is not."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from brandsync.json_reading import a_list

_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_NAMES: Final = frozenset(
    {"auth", "authorization", "bearer", "cookie", "credential", "credentials", "jwt", "pass", "pwd", "session", "sig"}
)
_ENDINGS: Final = ("key", "passwd", "password", "secret", "signature", "token")
_TOKEN: Final = re.compile(r"(?=[A-Za-z_-]*\d)(?=[\d_-]*[A-Za-z])[A-Za-z0-9_-]{16,}")
"""Letters and digits mixed in a way that nobody writes by hand."""


def credentials(given: Mapping[str, Any]) -> Iterator[str]:
    """The values of headers or parameters that are credentials, and such parts of them."""
    several = ((name, one) for name, value in given.items() for one in (value if isinstance(value, list) else [value]))
    for name, value in several:
        if isinstance(value, str) and (_is_of_credentials(name) or _TOKEN.search(value)):
            yield value
            # `Bearer abc` and `session=abc; theme=dark`: a server may repeat only a part.
            yield from (part for part in re.split(r"[\s;=]+", value) if part != value and len(part) > 8)


def credentials_in(body: Any) -> Iterator[str]:
    """The texts in a body that are credentials by their keys. A query is full of long words, and is none."""
    for name, value in body.items() if isinstance(body, dict) else ():
        if isinstance(value, str) and _is_of_credentials(name) and not value.startswith("{"):
            yield value
    for value in body.values() if isinstance(body, dict) else a_list(body):
        yield from credentials_in(value)


def _is_of_credentials(name: str) -> bool:
    words = [word.lower() for word in _WORD.findall(name)]
    return not _NAMES.isdisjoint(words) or any(word.endswith(_ENDINGS) for word in words)
