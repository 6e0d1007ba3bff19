"""Kinds of value: how a field's value is read, its canonical form, and when two values are equal.

A canonical value is plain JSON, and it is all that the plan, the checksum and the journal see. Two values of one kind
are equal exactly when ``same`` says so of their canonical forms.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import StrEnum
from math import isfinite
from typing import Any, Final

from brandsync.brand import are_texts
from brandsync.observing.excerpt import excerpt, kind

_LARGEST: Final = 2**63
"""Whole numbers are smaller, as those of every store are."""
_EXACT: Final = 2**53
"""Below this, a number with a fraction of zero is a whole number without any doubt."""
_DIGITS: Final = 1_000
"""The most digits of a decimal."""
_DEEPEST: Final = 200
"""Levels of JSON. A store may need several of Python's 1,000 stack levels for each."""
_WHOLE: Final = re.compile(r"([+-]?[0-9]+)(\.0*)?")
_NUMBER: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT: Final = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)[T ](?P<clock>\d\d:\d\d(:\d\d)?)([.,](?P<fraction>\d+))?"
    r" ?(?P<zone>Z|UTC|GMT|[+-]\d\d(:?\d\d)?)?",
    re.ASCII,
)
_SHOWN: Final = 50
"""The most digits of a number that a message shows."""
_MICROSECONDS: Final = 6
"""The digits of a second that a moment keeps."""
_TRUTHS: Final = {"true": True, "false": False, "1": True, "0": False}
_DAYS: Final = (time(0), time(12))
"""The times in UTC at which a moment stands for a day. Payload writes its days as noon."""


class Kind(StrEnum):
    """What a field holds. The word is also what ``type`` says in a configuration."""

    TEXT = "text"
    HTML = "html"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    LIST = "list"
    JSON = "json"
    IMAGE = "image"
    """A picture, of which the store keeps its own copy. Its value is the store's reference to that copy, a text."""

    @property
    def is_text(self) -> bool:
        """Whether its values are texts as they stand, which nothing trims or normalises."""
        return self in {Kind.TEXT, Kind.HTML, Kind.IMAGE}


class Unfit(ValueError):
    """A value that does not fit its kind. Its text goes on after the field's name: ``is text ("soon"); …``."""


def canonical(of: Kind, value: Any) -> Any:
    """The canonical form of a value that a CMS or a store gave: as lenient as can be without guessing.

    - text, html: the text itself
    - image: the store's reference to it, a text
    - integer: a number; also from a text of digits
    - decimal: a text without exponent and without zeros at its ends, such as ``-0.5``; also from a number
    - boolean: true or false; also from 1 and 0, and from these words
    - date: ``2026-01-31``; also from a moment that stands for a day
    - datetime: ``2026-01-31T12:30:00.5Z``, in UTC, as which a moment without a zone counts
    - list: a list of texts, in its order
    - json: any JSON; a number without a fraction is a whole number

    None, and the empty text where it is no text that is wanted, are no value.

    Raises:
        Unfit: the value is of another kind.
    """
    if value is None or (value == "" and not of.is_text):
        return None
    return _READERS[of](value)


def as_held(of: Kind, value: Any) -> Any:
    """The canonical form of what a store holds. What doesn't fit stays as it is, so that an undo brings it back."""
    try:
        return canonical(of, value)
    except Unfit:
        return value


def same(one: Any, other: Any) -> bool:
    """Whether two canonical values are equal. True is not 1, though Python says so."""
    if type(one) is str or type(other) is str:
        return bool(one == other)
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def holds(found: Mapping[str, Any], expected: Mapping[str, Any]) -> bool:
    """Whether a brand has the expected fields, as far as it has others too. An absent field has no value."""
    if found == expected and are_texts(expected.values()):  # nearly always
        return True
    return all(same(found.get(name), value) for name, value in expected.items())


def described(value: Any) -> str:
    """A value in a message: what it is, and what it says where that is short: ``text ("soon")``."""
    if isinstance(value, str):
        return f'text ("{excerpt(value)}")'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float | Decimal) and abs(value) < 10**_SHOWN:
        return f"a number ({value})"
    return kind(value)


def _unfit(value: Any, wanted: str) -> Unfit:
    return Unfit(f"is {described(value)}; {wanted} was expected")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _unfit(value, "text")
    return value


def _integer(value: Any) -> int:
    number: int | None = None
    if isinstance(value, int) and not isinstance(value, bool):
        number = value
    elif isinstance(value, float | Decimal) and _is_whole(value):
        number = int(value)
    elif isinstance(value, str) and (found := _WHOLE.fullmatch(value.strip())) and len(found[1]) <= _DIGITS:
        number = int(found[1])
    if number is None:
        raise _unfit(value, "a whole number")
    if not -_LARGEST <= number < _LARGEST:
        raise _unfit(value, "a whole number of at most 64 bits")
    return number


def _is_whole(value: float | Decimal) -> bool:
    number = float(value)
    return isfinite(number) and abs(number) < _LARGEST * 2 and value == int(value)


def _decimal(value: Any) -> str:
    number: Decimal | None = None
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        number = Decimal(value.strip())
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        number = Decimal(value)
    elif isinstance(value, float):
        number = Decimal(repr(value))
    if number is None or not number.is_finite():
        raise _unfit(value, "a number")
    text = format(number, "f")
    if len(text) > _DIGITS:
        raise _unfit(value, f"a number of at most {_DIGITS:,} digits")
    if "." in text:
        text = text.rstrip("0").removesuffix(".")
    return "0" if text in {"-0", ""} else text


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    known = str(value).strip().lower() if isinstance(value, int | str) else ""
    if known not in _TRUTHS:
        raise _unfit(value, "true or false")
    return _TRUTHS[known]


def _date(value: Any) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    text = value.strip() if isinstance(value, str) else ""
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text).isoformat()
        moment = _read_moment(value)
    except Unfit:
        moment = None
    except ValueError:
        raise _unfit(value, "a date of the calendar") from None
    if moment is None or moment.time() not in _DAYS:
        raise _unfit(value, 'a date, such as "2026-01-31",')
    return moment.date().isoformat()


def _datetime(value: Any) -> str:
    moment = _read_moment(value)
    fraction = f".{moment.microsecond:06}".rstrip("0") if moment.microsecond else ""
    return f"{moment.date().isoformat()}T{moment:%H:%M:%S}{fraction}Z"


def _read_moment(value: Any) -> datetime:
    """A moment in UTC.

    Raises:
        Unfit: the value is no moment.
    """
    moment = value if isinstance(value, datetime) else _written_moment(value)
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        raise _unfit(value, "a moment of the years 1 to 9999") from None


def _written_moment(value: Any) -> datetime:
    found = _MOMENT.fullmatch(value.strip().upper()) if isinstance(value, str) else None
    if not found:
        raise _unfit(value, 'a date with a time, such as "2026-01-31T12:30:00Z",')
    day, clock, fraction, zone = found.group("day"), found.group("clock"), found["fraction"] or "", found["zone"] or ""
    if fraction and clock.count(":") < 2:
        raise _unfit(value, "a moment with seconds before their fraction")
    if fraction[_MICROSECONDS:].strip("0"):
        raise _unfit(value, f"a moment with at most {_MICROSECONDS} digits after the second")
    fraction = f".{fraction[:_MICROSECONDS]:0<6}" if fraction else ""
    zone = "+00:00" if zone in {"Z", "UTC", "GMT"} else zone
    try:
        return datetime.fromisoformat(f"{day}T{clock}{fraction}{zone}")
    except ValueError:
        raise _unfit(value, "a moment of the calendar") from None


def _list(value: Any) -> list[str]:
    if not isinstance(value, list | tuple):
        raise _unfit(value, "a list of texts")
    other = next((one for one in value if not isinstance(one, str)), "")
    if other != "":
        raise Unfit(f"has {described(other)} in its list; texts were expected")
    return list(value)


def _json(value: Any, depth: int = 0) -> Any:
    if depth > _DEEPEST:
        raise Unfit(f"is nested deeper than {_DEEPEST} levels")
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return value
    if isinstance(value, float) and isfinite(value):
        return int(value) if value.is_integer() and abs(value) < _EXACT else value
    if isinstance(value, list | tuple):
        return [_json(one, depth + 1) for one in value]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: _json(one, depth + 1) for key, one in value.items()}
    raise Unfit("holds something that JSON has no form for")


_READERS: Final[Mapping[Kind, Callable[[Any], Any]]] = {
    Kind.TEXT: _text,
    Kind.HTML: _text,
    Kind.INTEGER: _integer,
    Kind.DECIMAL: _decimal,
    Kind.BOOLEAN: _boolean,
    Kind.DATE: _date,
    Kind.DATETIME: _datetime,
    Kind.LIST: _list,
    Kind.JSON: _json,
    Kind.IMAGE: _text,
}
