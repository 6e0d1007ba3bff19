"""Reads the answers of CMSes, whatever stands in them."""

from typing import Any, Final, TypeVar, Unpack

from brandsync.errors import ConfigError, Unreadable
from brandsync.http import HttpClient, Options, RejectedByServer, Response

T = TypeVar("T")

CHECK_URL: Final = "check `url` in [cms]"


def required(value: Any, kind: type[T], problem: str, hint: str = CHECK_URL) -> T:
    """The value, if it is of this type; true and false are no numbers.

    Raises:
        Unreadable: it is of another type, which is the ``problem``.
    """
    if isinstance(value, kind) and not isinstance(value, bool):
        return value
    raise Unreadable(problem, hint=hint)


def fetched(http: HttpClient, path: str, hint: str, **options: Unpack[Options]) -> tuple[Any, Response]:
    """The JSON at a path that the settings lead to, and the whole answer.

    Raises:
        ConfigError: the server refuses it. ``hint`` says which settings to check.
    """
    try:
        return http.json("GET", path, **options)
    except RejectedByServer as error:
        raise ConfigError(error.message, hint=hint) from None
