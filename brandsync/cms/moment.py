"""Moments, in all forms that CMSes write."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from brandsync.backend import Finding
from brandsync.cms.interface import Cms
from brandsync.cms.path import lenient, reader
from brandsync.errors.plural import counted, in_none
from brandsync.observing.excerpt import excerpt, kind

FIX: Final = "set `updated_at` in [cms] to where an entry holds the moment of its last change"

_FIRST_YEAR, _LAST_YEAR = 1970, 9998
"""Placeholders such as 0001-01-01 and 9999-12-31 lie outside. No calculation may go beyond those."""
_MILLISECONDS = 1e11
"""From here on, a number counts milliseconds: in seconds it would be the year 5138, in milliseconds it is 1973."""
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?")
_MAIL = re.compile(r"([A-Za-z]{3}, *)?[0-9]{1,2} [A-Za-z]{3} [0-9]{4} .*")
_NO_DIGITS = str.maketrans("", "", "0123456789")
_SORTED = ("--T::.Z", "--T::Z", "--T::", "-- ::")
"""Forms, without their digits, in which nearly all APIs write moments."""
_BASIC_DATE = 8
"""The length of ``20260131``, which is a date and not a number of seconds."""


def read_moment(value: object) -> datetime | None:
    """The moment that a CMS gave, in UTC; none where it is no moment, or its year is not from 1970 to 9998.

    Takes ISO 8601 and RFC 2822, both in UTC where they name no zone. Also takes seconds or milliseconds since 1970, as
    numbers or as text.
    """
    if isinstance(value, str):
        return _written(value.strip())
    if isinstance(value, datetime):
        return _in_range(value)
    return _counted(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def newest(values: Sequence[str | None], until: datetime) -> datetime | None:
    """The latest of these moments that is no later than ``until``; none where there is none."""
    texts = list(filter(None, values))
    if texts and _is_one_form(texts) and (last := read_moment(max(texts))) and last <= until:
        return last
    moments = filter(None, map(read_moment, texts))
    return max((moment for moment in moments if moment <= until), default=None)


def _is_one_form(texts: Sequence[str]) -> bool:
    """Whether they sort as texts as they do as moments: all are written in one way, and in UTC."""
    form = texts[0].translate(_NO_DIGITS)
    return (
        form in _SORTED
        and set(map(len, texts)) == {len(texts[0])}
        and "".join(texts).translate(_NO_DIGITS) == form * len(texts)
    )


def _written(text: str) -> datetime | None:
    if text[4:5] != "-" and len(text) != _BASIC_DATE and _NUMBER.fullmatch(text):
        return _counted(float(text))
    with suppress(ValueError):
        return _in_range(datetime.fromisoformat(text))
    with suppress(ValueError):
        return _in_range(datetime.fromisoformat(text.upper().replace(" UTC", "Z").replace(" GMT", "Z")))
    if _MAIL.fullmatch(text):
        with suppress(ValueError, TypeError, OverflowError):
            return _in_range(parsedate_to_datetime(text))
    return None


def _counted(number: float) -> datetime | None:
    if not 0 <= number < _MILLISECONDS * 1000:  # NaN fails this test, too
        return None
    return _in_range(datetime.fromtimestamp(number / 1000 if number >= _MILLISECONDS else number, UTC))


def _in_range(moment: datetime) -> datetime | None:
    try:
        found = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        return None
    return found if _FIRST_YEAR <= found.year <= _LAST_YEAR else None


def moment_findings(cms: Cms) -> Iterator[Finding]:
    """What ``brandsync check`` says about the moments that incremental runs need. It looks at the first page."""
    entries = cms.retrieve_brands().entries
    if not entries:
        return
    read = lenient(reader(cms.settings.updated_at))
    values = [value for value in map(read, entries) if value is not None]
    moments = sum(read_moment(value) is not None for value in values)
    where = f"`updated_at` ({cms.settings.updated_at})"
    if moments:
        yield Finding(ok=True, what=f"{where} is a moment in {moments} of {counted(len(entries), 'entry')}")
        return
    found = f"is {in_none(len(entries), 'entry')}"
    if values:
        example = f'"{excerpt(values[0])}"' if isinstance(values[0], str) else kind(values[0])
        found = f"is no moment ({example})"
    yield Finding(ok=True, what=f"{where} {found}, so every run lists the whole CMS", fix=FIX)
