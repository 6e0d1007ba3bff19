"""A decoded document, and the keys that one of its objects holds twice: nobody can say which value counts."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from brandsync.cms.envelope import Envelope
from brandsync.cms.json_places import read_document
from brandsync.cms.unreadable_value import UnreadableValue
from brandsync.errors import BrandsyncError, Unreadable

_ENCODER: Final = msgspec.json.Encoder()
_LARGE: Final = 4_000_000
"""Bytes."""


@dataclass(frozen=True, slots=True)
class Document:
    """What a file or an answer holds."""

    value: Any
    where: str
    """The file or the request, for people."""
    twice: list[UnreadableValue]
    """The keys that one object holds twice."""
    hint: str = "join the two, or rename or remove one"
    """What to do about such a key."""

    @classmethod
    def of_answer(cls, value: Any, content: bytes, where: str) -> "Document":
        """A server's JSON, decoded by a library that doesn't report keys that stand twice."""
        twice: list[UnreadableValue] = []
        if _lacks_something(value, content):
            try:
                text = content.decode(json.detect_encoding(content), "surrogatepass")
                value, twice = read_document(text, 0, "the answer")
            except (ValueError, RecursionError):
                pass  # another decoder could read it; nothing more can be known
        return cls(value, where, twice, "let the API name each key once: nobody can say which of the two counts")

    def entries(self, envelope: Envelope) -> list[Any]:
        """Return the entries. Where a key stands twice, the entry that maps it is skipped.

        Raises:
                Unreadable: there is no list of entries, or such a key stands outside the entries.
        """
        try:
            found = envelope.entries(self.value, self.where)
        except BrandsyncError:
            if not self.twice:
                raise
            found = []
        outside = _without(self.twice, found) if self.twice else []
        if outside:
            raise Unreadable(f"{self.where}, {outside[0].problem}", hint=self.hint)
        return found


def _lacks_something(value: Any, content: bytes) -> bool:
    """Whether a text may hold more than its decoded value: then the two differ in their number of colons.

    Writing the value out takes half the time of decoding the text; a look at each key would take twice as long. But
    a large value would then be in memory twice, so its colons are counted one by one.
    """
    try:
        found = _colons(value) if len(content) > _LARGE else _ENCODER.encode(value).count(b":")
        return found != content.count(b":")
    except (TypeError, ValueError, OverflowError, RecursionError):
        return True  # half a surrogate pair, a number of many digits


def _colons(value: Any) -> int:
    """How many colons a value has when it is written out."""
    found, todo = 0, [value]
    while todo:
        some = todo.pop()
        if isinstance(some, str):
            found += some.count(":")
        elif isinstance(some, dict):
            found += len(some) + sum(key.count(":") for key in some)
            todo += some.values()
        elif isinstance(some, list):
            todo += some
    return found


def _without(several: Iterable[UnreadableValue], entries: Iterable[Any]) -> list[UnreadableValue]:
    """The values among ``several`` that stand in no entry. One in the place of an entry counts as outside, too."""
    known = set(map(id, several))
    todo = [entry for entry in entries if id(entry) not in known]
    seen: dict[int, Any] = {}
    while todo:
        value = todo.pop()
        if id(value) not in seen and isinstance(value, dict | list | tuple | UnreadableValue):
            seen[id(value)] = value
            inner = value.parts if isinstance(value, UnreadableValue) else value
            todo += inner.values() if isinstance(inner, dict) else inner
    return [one for one in several if id(one) not in seen]
