"""What a store refuses: brands, while planning or one by one in its answer; and credentials that may only read."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, TypeVar

from brandsync.errors import CredentialsRefused, Rejected
from brandsync.stores.interface import PartlyRejected

Done = TypeVar("Done")

_AS_JSON: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
ESCAPED_NUL: Final = re.compile(r"(?<!\\)(\\\\)*\\u0000")
"""U+0000 in a JSON text, and no other characters that look like it."""


class Refused(Rejected):
    """One brand of several was refused; nothing was done for it."""

    def __init__(self, message: str, *, code: str = "", hint: str | None = None) -> None:
        """``code``: the store's word for the reason."""
        super().__init__(message, hint=hint)
        self.code = code


def refusals(told: Mapping[int, object]) -> dict[int, Refused]:
    """The refusals among the outcomes of a call, by place in the call."""
    return {number: item for number, item in told.items() if isinstance(item, Refused)}


def all_of(done: Sequence[Done], refused: Mapping[int, Refused]) -> Sequence[Done]:
    """What was done in a call, if it is all.

    Raises:
        PartlyRejected: some brands were refused.
    """
    if refused:
        raise PartlyRejected(done, refused)
    return done


@contextmanager
def refused_as(what: str, remedy: str) -> Iterator[None]:
    """A block that says ``what`` before the server's words if the credentials are refused; ``remedy`` is the hint."""
    try:
        yield
    except CredentialsRefused as error:
        raise CredentialsRefused(f"{what}: {error.message}", hint=remedy) from None


def unwritable(name: str, value: object, *, holds_nul: bool = False) -> str | None:
    """The reason why no database could hold a field's text or JSON, or none. PostgreSQL holds no U+0000."""
    try:
        text = _AS_JSON(value)
        text.encode()
    except UnicodeEncodeError:
        return f"its {name} holds half a character (a lone surrogate), which no database can store"
    except ValueError:
        return f"its {name} holds NaN or Infinity, which JSON does not have"
    if not holds_nul and ESCAPED_NUL.search(text):
        return f"its {name} holds the character U+0000, which PostgreSQL cannot store"
    return None


def unstorable(name: str, text: str) -> str | None:
    """The reason why no database could hold the text of a field, or none."""
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        return f"the {name} holds a character that no database can store: U+0000, or half of another one"
    return None
