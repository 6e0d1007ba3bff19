"""JSON, and the places in it that can't be used: keys that one object holds twice, and numbers that are too long."""

import json
import re
from bisect import bisect
from json.decoder import scanstring  # type: ignore[attr-defined]
from json.scanner import py_make_scanner  # type: ignore[attr-defined]
from typing import Any, Final

from brandsync.cms.unreadable_value import UnreadableValue, twice


def read_document(text: str, lines_before: int, of: str = "the file") -> tuple[Any, list[UnreadableValue]]:
    """The value of a JSON text, and the keys that stand twice in one object.

    ``lines_before``: how many lines of the file come before the text. ``of``: what the text is, for people.

    Raises:
        json.JSONDecodeError: it is no JSON.
        RecursionError: it is nested too deeply.
    """
    try:
        return _QUICK.decode(text), []
    except json.JSONDecodeError:
        raise
    except ValueError:  # a key that stands twice, or a number that is too long for Python
        json.loads(text, parse_int=str)  # raises where the rest is no JSON
    placed = _PlacedReader(text, lines_before, of)
    return placed.decode(text), placed.twice


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


_QUICK: Final = json.JSONDecoder(object_pairs_hook=_once)
"""It is fast (written in C), but knows no places."""


class _PlacedReader(json.JSONDecoder):
    """Reads a text that is known to be JSON, slowly. Where something is odd, an ``UnreadableValue`` names the place."""

    def __init__(self, text: str, lines_before: int, of: str) -> None:
        super().__init__(parse_int=self._integer)
        self.twice: list[UnreadableValue] = []
        self._text = text
        self._lines_before = lines_before
        self._of = of
        self._breaks = [found.start() for found in re.finditer("\n", text)]
        self._at = 0
        self.parse_object = self._object
        self.scan_once = py_make_scanner(self)

    def _object(self, start: tuple[str, int], strict: bool, scan: Any, *_: Any) -> tuple[dict[str, Any], int]:
        """Read an object after its ``{``, as ``json.decoder.JSONObject`` does."""
        text, end = start
        found: dict[str, Any] = {}
        while text[end := self._behind(" \t\r\n,", end)] != "}":
            place = self._at = end
            key, end = scanstring(text, end + 1, strict)
            value, end = scan(text, self._behind(" \t\r\n:", end))
            if key in found:
                value = twice(key, self._place(place), (found[key], value))
                self.twice.append(value)
            found[key] = value
        return found, end + 1

    def _integer(self, digits: str) -> Any:
        try:
            return int(digits)
        except ValueError:
            place = self._place(self._text.find(digits, self._at))
            return UnreadableValue(f"{place}: it is a number of {len(digits)} digits, which is too long")

    def _behind(self, characters: str, at: int) -> int:
        while self._text[at] in characters:
            at += 1
        return at

    def _place(self, at: int) -> str:
        lines = bisect(self._breaks, at)
        column = at - (self._breaks[lines - 1] if lines else -1)
        return f"line {self._lines_before + lines + 1}, column {column} of {self._of}"
