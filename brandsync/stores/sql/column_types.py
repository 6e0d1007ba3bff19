"""What the columns of a table can hold, and how values go in and come out."""

import json
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

from brandsync.brand.kind import Kind, Unfit, as_held, canonical
from brandsync.errors import Rejected

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
TEXTS: Final = (Kind.TEXT, Kind.HTML, Kind.IMAGE)
ANY: Final = (*TEXTS, *(kind for kind in Kind if kind not in TEXTS))
"""A column of text holds every kind: as its canonical form, or as JSON."""
DOCUMENTS: Final = (Kind.JSON, Kind.LIST)
NUMBERS: Final = (Kind.DECIMAL, Kind.INTEGER)
BITS: Final = {"tinyint": 8, "smallint": 16, "mediumint": 24, "integer": 32, "int": 32, "bigint": 64}
"""Of each type of whole numbers."""
SINGLE, DOUBLE = 6, 15
"""Digits that a binary number of 32 or 64 bits keeps, whatever they are."""


@dataclass(frozen=True, slots=True)
class ColumnType:
    """What a column can hold. What isn't known is no limit."""

    name: str
    """As the database writes it."""
    kinds: Sequence[Kind] = ANY
    """The kinds of value that fit, the column's own first."""
    native: bool = False
    """The column has a type for such values. Otherwise it keeps them as texts."""
    required: bool = False
    """It is never NULL, and nothing else fills it."""
    length: int | None = None
    """The most characters of a text."""
    octets: int | None = None
    """The most bytes of a text in UTF-8."""
    lowest: int | None = None
    highest: int | None = None
    digits: tuple[int, int] | None = None
    """The most digits of a decimal: in all, and after its point."""
    significant: int | None = None
    """The digits of a binary number that it keeps."""
    fraction: int | None = None
    """The digits of a second that it keeps."""
    span: tuple[str, str] | None = None
    """The first and the last moment or day."""
    choices: Sequence[str] = ()
    """The only texts that it takes."""
    is_array: bool = False
    moments: Literal["iso", "spaced", "counted"] = "iso"
    """How a moment is written: ``2026-01-31T12:30:00Z``, ``2026-01-31 12:30:00``, or in seconds since 1970."""

    @property
    def is_limited(self) -> bool:
        """Whether there are values of its kinds that it can't hold."""
        limits = (self.length, self.octets, self.lowest, self.digits, self.significant, self.fraction, self.span)
        return self.required or bool(self.choices) or any(limit is not None for limit in limits)

    def takes_all(self, of: Kind, texts: Sequence[str | None]) -> bool:
        """Whether it can hold all of these canonical values."""
        if self.native or self.is_array or self.choices:
            return not any(self.problem(of, text) for text in texts)
        longest = max([len(text) for text in texts if text], default=0)
        return (
            not (self.required and None in texts)
            and (self.length is None or longest <= self.length)
            and (self.octets is None or longest * 4 <= self.octets)
        )

    def problem(self, of: Kind, value: Any) -> str | None:
        """Why the column can't hold a canonical value, as the end of a sentence; or none."""
        if value is None:
            return "is never NULL: give it one in the CMS" if self.required else None
        if self.is_array:
            return next((problem for one in value if (problem := self._of_text(one))), None)
        if not self.native:
            return self._of_text(as_text(of, value))
        if of in NUMBERS:
            return self._of_number(Decimal(value))
        return self._of_moment(value) if of in {Kind.DATE, Kind.DATETIME} else None

    def _of_text(self, text: str) -> str | None:
        if self.choices and text not in self.choices:
            return f"takes {' or '.join(map(repr, self.choices))} alone"
        if self.length is not None and len(text) > self.length:
            return f"takes {self.length} characters, and it has {len(text)}"
        if self.octets is not None and len(text) * 4 > self.octets and (size := len(text.encode())) > self.octets:
            return f"takes {self.octets} bytes, and it has {size}"
        return None

    def _of_number(self, number: Decimal) -> str | None:
        if self.lowest is not None and self.highest is not None and not self.lowest <= number <= self.highest:
            return f"takes numbers from {self.lowest} to {self.highest}"
        _, places, exponent = number.as_tuple()
        after = max(0, -int(exponent))
        if self.digits:
            most, scale = self.digits
            if after > scale or len(places) - after > most - scale:
                return f"takes {most - scale} digits before the point and {scale} after it"
        if self.significant and not _kept(number, self.significant):
            return "is of a binary type, and would round it"
        return None

    def _of_moment(self, text: str) -> str | None:
        if self.fraction is not None and len(text.partition(".")[2].removesuffix("Z")) > self.fraction:
            return f"keeps {self.fraction} digits of a second"
        if self.span and not self.span[0] <= text.removesuffix("Z") <= self.span[1]:
            return f"takes values from {self.span[0]} to {self.span[1]}"
        return None


def _kept(number: Decimal, significant: int) -> bool:
    """Whether a binary number reads back as this decimal."""
    if significant == SINGLE:
        try:
            (single,) = struct.unpack("f", struct.pack("f", float(number)))
        except OverflowError:
            return False
        return Decimal(f"{single:.{SINGLE}g}") == number
    return Decimal(repr(float(number))) == number


def as_text(of: Kind, value: Any) -> str:
    """A canonical value as a column of text holds it."""
    if of in DOCUMENTS:
        return to_json(value) or ""
    return str(value).lower() if isinstance(value, bool) else str(value)


_JSON: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)


def to_json(value: Any) -> str | None:
    """A JSON value as text.

    Raises:
        ValueError: it holds NaN or Infinity.
    """
    return None if value is None else _JSON.encode(value)


def _document(value: Any) -> str | None:
    try:
        return to_json(value)
    except ValueError:  # what another system has written comes back with the keys that are ours
        raise Rejected("the JSON that the column holds has a number which cannot be written again as it is") from None


def whole(bits: int, *kinds: Kind, unsigned: bool = False) -> ColumnType:
    """The type of a column of whole numbers."""
    low, high = (0, 2**bits - 1) if unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    return ColumnType("", kinds or (Kind.INTEGER,), native=True, lowest=low, highest=high)


def reader(of: Kind, column: ColumnType) -> Callable[[Any], Any]:
    """Turns what the driver gives into a canonical value. What doesn't fit stays as it is, as a text."""

    def read(value: Any) -> Any:
        if column.moments == "counted" and value is not None:
            value = _EPOCH + timedelta(microseconds=int(Decimal(str(value)) * 1_000_000))
        if of in DOCUMENTS:
            value = json.loads(value) if isinstance(value, str | bytes) else value
            return as_held(of, value) if value != "" else value
        try:
            return canonical(of, value) if value != "" else value  # an undo has to give an empty text back
        except Unfit:
            return str(value)

    return read


def writer(of: Kind, column: ColumnType) -> Callable[[Any], Any]:
    """Turns a canonical value into what the driver takes."""

    def write(value: Any) -> Any:
        if of in DOCUMENTS:
            return value if column.is_array else _document(value)
        if of is Kind.DATETIME and column.native and isinstance(value, str):
            return _moment(value, column.moments)
        return value if column.native or value is None or isinstance(value, str) else as_text(of, value)

    return write


def _moment(text: str, form: str) -> str:
    """A moment as the column takes it. A text that is none comes from the column itself, and goes back as it was."""
    if form == "iso" or as_held(Kind.DATETIME, text) != text or not text.endswith("Z"):
        return text
    if form == "spaced":
        return text.removesuffix("Z").replace("T", " ")
    seconds = (datetime.fromisoformat(text) - _EPOCH) / timedelta(microseconds=1)
    return f"{Decimal(int(seconds)) / 1_000_000:f}"
