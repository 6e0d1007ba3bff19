"""Turns raw entries into brands, by the paths of ``[cms]`` and ``[cms.fields]``. Each path is compiled once.

Values are passed on unchanged, never trimmed or normalised: other code decides whether two brands are equal.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from brandsync.brand import FIELDS, LINK_FIELD, CmsBrand, Skipped, are_texts, is_storable
from brandsync.brand.kind import Kind, Unfit, canonical, described
from brandsync.brand.listed import ListedEntries
from brandsync.cms.fields import FieldSource, known_kind
from brandsync.cms.interface import CmsSettings
from brandsync.cms.looked_into import paths_read
from brandsync.cms.moment import read_moment
from brandsync.cms.path import Reader, keys_of, lenient, reader, told
from brandsync.cms.path_error import PathError
from brandsync.cms.unreadable_value import UnreadableValue
from brandsync.cms.written_out import LARGEST, Sizes
from brandsync.errors import BrandsyncError
from brandsync.json_reading import is_there
from brandsync.observing.excerpt import excerpt, kind
from brandsync.plan.matching_key import match_key

INVALID: Final = "invalid"
_LONGEST: Final = 400
"""How many characters of a path's error message are shown."""
_DEEPEST: Final = 200
"""Levels of JSON."""


class _InvalidError(Exception):
    """The entry cannot become a brand; the text of this error is the detail."""


class _NamelessError(_InvalidError):
    """The entry has no name."""


class _Field:
    """One mapped field, its path compiled."""

    __slots__ = ("check", "key", "name", "path", "read", "text")

    def __init__(self, name: str, path: str, of: Kind | None, base: str) -> None:
        self.name = name
        self.path = path
        self.key = _key(path)
        self.read: Reader = reader(path, base)
        self.check: Callable[[str, Any], Any] = _KNOWN.get(name) or _check(of)
        self.text = self.check is _text

    def column(self, entries: Sequence[dict[str, Any]]) -> Sequence[Any]:
        """Its values in these entries. Raises as ``read`` and ``check`` do."""
        values = _column(self.read, self.key, entries)
        if self.text and _is_plain(values):
            return values
        if self.text:
            return [value if value is None else self.check(self.name, value) for value in values]
        return _names(values) if self.check is _name else [self.check(self.name, value) for value in values]


class EntryMapping:
    """Reads entries as the settings say."""

    def __init__(
        self, settings: CmsSettings, kinds: Mapping[str, Kind] | None = None, *, link_field: bool = False
    ) -> None:
        """``kinds``: the kinds of the shop's own fields, as the store tells them.

        Without them, such a field is read as it stands, unless the settings say its kind.
        ``link_field``: a brand gets the store's own side of the link, too.
        """
        self._id = reader(settings.id)
        self._external_id = reader(settings.external_id)
        self._updated_at = lenient(reader(settings.updated_at))
        self._keys = [_key(path) for path in (settings.id, settings.external_id, settings.updated_at)]
        self.fields: tuple[str, ...] = (*settings.fields.mapped, *([LINK_FIELD] if link_field else []))
        """The fields of its brands: the mapped ones in the order of ``FIELDS``, then the shop's own."""
        self._link_field = link_field
        base = getattr(settings, "url", "")
        self._fields = [
            _Field(name, source.value, (kinds or {}).get(name) or _kind(name, source), base)
            for name, source in settings.fields.mapped.items()
        ]

    def read(self, raw: Any) -> CmsBrand | Skipped:
        """The brand that an entry describes, or why it describes none.

        An entry with a problem is skipped, and the others go on.
        """
        place, fields = "id", {}
        try:
            cms_id = self._identified(raw)
            place = "external_id"
            external_id = _external_id(self._external_id(raw))
            # Millions of values pass here. Nearly all are plain text under a plain key: those need no function call.
            for field in self._fields:
                place = field.name
                value = field.read(raw) if field.key is None else raw.get(field.key)
                if not (field.text and (value is None or (type(value) is str and value.isascii()))):
                    value = field.check(place, value)
                fields[place] = value
        except BrandsyncError:  # a signal asks the run to stop
            raise
        except Exception as problem:  # noqa: BLE001 - nobody can list what libraries raise for unknown values
            return self._skipped(raw, _described(place, problem) + self._or_check(raw, problem))
        if self._link_field:
            fields[LINK_FIELD] = cms_id
        return CmsBrand(cms_id, external_id, fields, _moment(self._updated_at(raw)))

    def read_all(self, entries: Sequence[Any]) -> Sequence[CmsBrand | Skipped]:
        """What ``read`` makes of each of these entries. Where no entry has a problem, that costs far less."""
        found = lenient(self._by_column)(entries) if set(map(type, entries)) == {dict} else None
        return [self.read(raw) for raw in entries] if found is None else found

    def _by_column(self, entries: Sequence[dict[str, Any]]) -> ListedEntries:
        """The brands, each field checked for all entries at once. Raises anything where an entry has a problem."""
        id_key, external_key, moment_key = self._keys
        ids = _column(self._id, id_key, entries)
        if not _is_plain(ids) or not all(map(str.strip, ids)) or "\0" in "".join(ids):
            ids = [self._identified(raw) for raw in entries]
        external_ids = [_external_id(value) for value in _column(self._external_id, external_key, entries)]
        moments = _column(self._updated_at, moment_key, entries)
        if not are_texts(moments):
            moments = [_moment(value) for value in moments]
        columns = [field.column(entries) for field in self._fields]
        return ListedEntries(ids, external_ids, self.fields, [*columns, *([ids] if self._link_field else [])], moments)

    def id_of(self, raw: Any) -> str:
        """The id of an entry; empty where it has no usable id."""
        return lenient(self._identified)(raw) or ""

    def _identified(self, raw: Any) -> str:
        if isinstance(raw, UnreadableValue):
            raise _InvalidError(f"the entry cannot be read: {raw.problem}; correct it")
        if not isinstance(raw, dict):
            raise _InvalidError(f"an entry is {kind(raw)} and not an object; check `items` in [cms]")
        value = self._id(raw)
        if (cms_id := _as_id("the id", value)) is not None:
            return cms_id
        found = "is blank" if isinstance(value, str) else f"is {kind(value)}"
        name = lenient(self._fields[0].read)(raw)
        named = f' (its name is "{excerpt(name)}")' if isinstance(name, str) else ""
        fix = "correct it in the CMS" if isinstance(value, UnreadableValue) else "check `id` in [cms]"
        raise _InvalidError(f"the entry has no id that can be used: it {found}{named}; {fix}")

    def _or_check(self, raw: Any, problem: Exception) -> str:
        """More advice where the entry doesn't even have a key for the name: the path may be wrong."""
        if not isinstance(problem, _NamelessError):
            return ""
        has_key = any(is_there(raw, *keys) for keys in paths_read(self._fields[0].path))
        return "" if has_key else ", or check `name` in [cms.fields]"

    def _skipped(self, raw: Any, detail: str) -> Skipped:
        if isinstance(raw, UnreadableValue) and raw.parts:
            raw = raw.parts[0]
        if not isinstance(raw, dict):
            return Skipped("", INVALID, detail)
        external_id = lenient(lambda entry: _external_id(self._external_id(entry)))(raw)
        return Skipped(self.id_of(raw), INVALID, detail, external_id)


def _key(path: str) -> str | None:
    """The key that a path consists of, or none where it is longer."""
    keys = keys_of(path) or []
    return keys[0] if len(keys) == 1 else None


def _column(read: Reader, key: str | None, entries: Sequence[dict[str, Any]]) -> list[Any]:
    return [read(raw) for raw in entries] if key is None else [raw.get(key) for raw in entries]


def _is_plain(values: Sequence[Any]) -> bool:
    """Whether all are texts, or none, that any store can keep."""
    if not are_texts(values):
        return False
    together = "".join(filter(None, values))
    return together.isascii() or is_storable(together)


def _names(values: Sequence[Any]) -> Sequence[str]:
    """Names, checked."""
    if set(map(type, values)) == {str} and all(map(str.strip, values)):
        together = "".join(values)
        if together.isascii() and together.isprintable():
            return values
    return [_name("name", value) for value in values]


def _described(place: str, problem: Exception) -> str:
    """One sentence about what is wrong with an entry at ``id``, ``external_id`` or a field."""
    if isinstance(problem, _InvalidError):
        return str(problem)
    if isinstance(problem, Unfit):
        return f"`{place}` {problem}; correct it in the CMS, or check `{place}` in [cms.fields]"
    said = str(problem) if isinstance(problem, PathError) else told(problem)
    section = "[cms]" if place in {"id", "external_id"} else "[cms.fields]"
    return (
        f"`{place}` cannot be read: {excerpt(said, _LONGEST)}; correct it in the CMS, or check `{place}` in {section}"
    )


def _external_id(value: Any) -> str | None:
    if value is None:
        return None
    external_id = _as_id("the external id", value)
    if external_id is None and not isinstance(value, str | None):
        raise _InvalidError(f"the external id is {kind(value)}; text was expected; check `external_id` in [cms]")
    return external_id


def _moment(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    return str(value) if read_moment(value) else None


def _name(field: str, value: Any) -> str:
    if value is None:
        raise _NamelessError("the entry has no `name`; give it one in the CMS")
    text = _text(field, value)
    if not text.strip() or (not (text.isascii() and text.isprintable()) and match_key(text) is None):
        raise _InvalidError("the entry's `name` is blank; give it one in the CMS")
    return text


def _text(field: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _InvalidError(f"`{field}` is {described(value)}; text was expected; check `{field}` in [cms.fields]")
    return _storable(f"`{field}`", value)


def _kind(name: str, source: FieldSource) -> Kind | None:
    return known_kind(name) if name in FIELDS else source.type


def _check(of: Kind | None) -> Callable[[str, Any], Any]:
    """Turns a value of this kind into its canonical form, or says why it can't."""
    if of is None:
        return _readable
    if of.is_text:
        return _text
    return lambda field, value: _canonical(field, of, _readable(field, value))


def _readable(field: str, value: Any) -> Any:
    if isinstance(value, UnreadableValue):
        raise _InvalidError(f"`{field}` is {kind(value)}; correct it in the CMS")
    return value


def _canonical(field: str, of: Kind, value: Any) -> Any:
    if of not in {Kind.JSON, Kind.LIST}:
        return canonical(of, value)
    if Sizes(_DEEPEST).of(value) > LARGEST:
        most = f"{LARGEST // 2**20} MB, or {_DEEPEST} levels within each other"
        raise _InvalidError(f"`{field}` holds more than {most}; shorten it in the CMS")
    found = canonical(of, value)
    try:
        _AS_JSON(found).encode()
    except (TypeError, ValueError, RecursionError):
        problem = f"`{field}` holds something that JSON has no form for; correct it in the CMS"
        raise _InvalidError(problem) from None
    return found


def _metadata(field: str, value: Any) -> dict[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise _InvalidError(f"`{field}` is {kind(value)}; an object was expected; check `{field}` in [cms.fields]")
    found: dict[str, Any] = _canonical(field, Kind.JSON, value)
    return found


def _as_id(what: str, value: Any) -> str | None:
    """A number, or a text that isn't blank; none for any other value."""
    if type(value) is int:
        return str(value)
    if not isinstance(value, str) or not value.strip():
        return None
    if "\0" in value:
        raise _InvalidError(f'{what} ("{excerpt(value)}") holds U+0000, which not every database can keep; correct it')
    return _storable(what, value)


def _storable(what: str, value: str) -> str:
    if not is_storable(value):
        raise _InvalidError(
            f'{what} holds half a character ("{excerpt(value)}"), which no store can keep; correct it in the CMS'
        )
    return value


_AS_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True).encode

_KNOWN: dict[str, Callable[[str, Any], Any]] = {"name": _name, "metadata": _metadata}
