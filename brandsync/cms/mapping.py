"""From a raw entry to a brand: the paths of ``[cms]`` and ``[cms.fields]``, compiled once and checked entry by entry.

Values are passed on as they are, never trimmed or normalised: whether two brands are equal is decided elsewhere.
"""

import json
from collections.abc import Callable
from typing import Any, Final

from brandsync.brand import FIELDS, CmsBrand, Skipped
from brandsync.cms.interface import CmsSettings
from brandsync.cms.moment import lenient, read_moment
from brandsync.cms.path import PathError, Reader, keys_of, reader
from brandsync.excerpt import excerpt, kind

INVALID: Final = "invalid"
_LARGEST = 16 * 1024 * 1024
"""Values and characters in one brand's metadata. YAML's aliases can write more in a few lines than memory holds."""


class _InvalidError(Exception):
    """The entry cannot become a brand; its text is the detail."""


class _Field:
    """One mapped field, its path compiled."""

    __slots__ = ("check", "key", "name", "read", "text")

    def __init__(self, name: str, path: str, base: str) -> None:
        keys = keys_of(path) or []
        self.name = name
        self.key = keys[0] if len(keys) == 1 else None
        self.read: Reader = reader(path, base)
        self.check: Callable[[str, Any], Any] = _CHECKS.get(name, _text)
        self.text = self.check is _text


class EntryMapping:
    """Reads entries as the settings say."""

    def __init__(self, settings: CmsSettings) -> None:
        self._id = reader(settings.id)
        self._external_id = reader(settings.external_id)
        self._updated_at = lenient(reader(settings.updated_at))
        mapped = {field: path for field in FIELDS if (path := getattr(settings.fields, field)) is not None}
        self.fields: tuple[str, ...] = tuple(mapped)
        """The mapped fields, in the order of ``FIELDS``."""
        base = getattr(settings, "url", "")
        self._fields = [_Field(field, path, base) for field, path in mapped.items()]

    def read(self, raw: Any) -> CmsBrand | Skipped:
        """The brand that an entry describes, or why it describes none."""
        try:
            cms_id = self._identified(raw)
            external_id = _external_id(self._external_id(raw))
            fields = self._read_fields(raw)
        except (_InvalidError, PathError) as problem:
            return self._skipped(raw, problem)
        return CmsBrand(cms_id, external_id, fields, _moment(self._updated_at(raw)))

    def _read_fields(self, raw: dict[Any, Any]) -> dict[str, Any]:
        # Millions of values come through here, nearly all of them a plain key's plain text: those cost no call.
        values = {}
        for field in self._fields:
            value = field.read(raw) if field.key is None else raw.get(field.key)
            if not (field.text and (value is None or (type(value) is str and value.isascii()))):
                value = field.check(field.name, value)
            values[field.name] = value
        return values

    def _identified(self, raw: Any) -> str:
        if not isinstance(raw, dict):
            raise _InvalidError(f"an entry is {kind(raw)} and not an object; check `items` in [cms]")
        value = self._id(raw)
        if type(value) is int:
            return str(value)
        if isinstance(value, str) and value.strip():
            return _storable("the id", value)
        found = "is blank" if isinstance(value, str) else f"is {kind(value)}"
        raise _InvalidError(f"the entry has no id that can be used: it {found}{self._named(raw)}; check `id` in [cms]")

    def _named(self, raw: Any) -> str:
        try:
            name = self._fields[0].read(raw)
        except PathError:
            return ""
        return f' (its name is "{excerpt(name)}")' if isinstance(name, str) else ""

    def _skipped(self, raw: Any, problem: Exception) -> Skipped:
        if not isinstance(raw, dict):
            return Skipped("", INVALID, str(problem))
        cms_id = _quietly(lambda: self._identified(raw))
        external_id = _quietly(lambda: _external_id(self._external_id(raw)))
        detail = str(problem)
        if isinstance(problem, PathError):
            detail = f"a path of [cms] cannot be read from the entry: {excerpt(detail, 200)}"
        return Skipped(cms_id or "", INVALID, detail, external_id)


def _quietly(read: Callable[[], str | None]) -> str | None:
    try:
        return read()
    except (_InvalidError, PathError):
        return None


def _external_id(value: Any) -> str | None:
    if value is None:
        return None
    if type(value) is int:
        return str(value)
    if not isinstance(value, str):
        raise _InvalidError(f"the external id is {kind(value)}; text was expected; check `external_id` in [cms]")
    return _storable("the external id", value) if value.strip() else None


def _moment(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    return str(value) if read_moment(value) else None


def _name(field: str, value: Any) -> str:
    if value is None:
        raise _InvalidError("the entry has no `name`; give it one in the CMS")
    text = _text(field, value)
    if not text.strip():
        raise _InvalidError("the entry's `name` is blank; give it one in the CMS")
    return text


def _text(field: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _InvalidError(f"`{field}` is {kind(value)}; text was expected; check `{field}` in [cms.fields]")
    return _storable(f"`{field}`", value)


def _metadata(field: str, value: Any) -> dict[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise _InvalidError(f"`{field}` is {kind(value)}; an object was expected; check `{field}` in [cms.fields]")
    if _is_too_large(value):
        raise _InvalidError(f"`{field}` holds more than {_LARGEST // 2**20} MB; shorten it in the CMS")
    try:
        _AS_JSON(value).encode()
    except (TypeError, ValueError, RecursionError):
        problem = f"`{field}` holds something that JSON has no form for; correct it in the CMS"
    else:
        return value
    raise _InvalidError(problem)


def _is_too_large(value: Any) -> bool:
    left, waiting = _LARGEST, [value]
    while waiting and left > len(waiting):
        found = waiting.pop()
        left -= 1 + (len(found) if isinstance(found, str) else 0)
        if isinstance(found, dict):
            waiting += [*found, *found.values()]
        elif isinstance(found, list):
            waiting += found
    return bool(waiting) or left < 0


def _storable(what: str, value: str) -> str:
    try:
        value.encode()  # half a surrogate pair is the one text that has no UTF-8
    except UnicodeEncodeError:
        problem = f'{what} holds half a character ("{excerpt(value)}"), which no store can keep; correct it in the CMS'
    else:
        return value
    raise _InvalidError(problem)


_AS_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True).encode

_CHECKS: dict[str, Callable[[str, Any], Any]] = {"name": _name, "metadata": _metadata}
