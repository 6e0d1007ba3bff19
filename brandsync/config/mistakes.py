"""What is wrong with a configuration, in plain words: where, what, and what was probably meant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from brandsync.brand import FIELDS
from brandsync.config.sources import PREFIX, RESERVED, Key, Source, holds
from brandsync.errors.hints import did_you_mean, near_miss
from brandsync.errors.plural import plural
from brandsync.json_reading import an_object, at
from brandsync.registry import installed
from brandsync.settings import NUMBER_WITH_UNIT
from brandsync.settings.listing import long_form

_WORDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("string_type", "string_sub_type"), "must be text"),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "must be a whole number"),
    "int_parsing_size": "must be a smaller whole number",
    **dict.fromkeys(("float_type", "float_parsing"), "must be a number"),
    "finite_number": "must be a finite number",
    **dict.fromkeys(("bool_type", "bool_parsing"), "must be true or false"),
    **dict.fromkeys(("dict_type", "mapping_type"), "must be a table"),
    **dict.fromkeys(("model_type", "model_attributes_type", "dataclass_type"), "must be a table"),
    **dict.fromkeys(("list_type", "tuple_type", "set_type", "frozen_set_type"), "must be a list"),
    "path_type": "must be a path",
    "none_required": "must be left out",
    **dict.fromkeys(("time_delta_type", "time_delta_parsing"), f"must be {NUMBER_WITH_UNIT}"),
    **dict.fromkeys(("literal_error", "enum"), "must be {expected}"),
    "greater_than_equal": "must be {ge} or more",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be {le} or less",
    "less_than": "must be less than {lt}",
    "string_too_short": "must have at least {min_length} {characters}",
    "string_too_long": "must have at most {max_length} {characters}",
    "string_pattern_mismatch": "must match the pattern {pattern}",
    "too_short": "must have at least {min_length} {entries}",
    "too_long": "must have at most {max_length} {entries}",
    "url_type": "must be a URL",
    "url_parsing": "must be a URL ({error})",
    "url_scheme": "must be a URL that starts with {expected_schemes}",
    **dict.fromkeys(("value_error", "assertion_error"), "{error}"),
}
"""Plain words for pydantic's error types. Other errors keep pydantic's sentence."""
_FIELDS: Final = ("cms", "fields")
_MISSPELT: Final = 0.75
"""How alike, from 0 to 1, a new name and a field that brandsync knows are where one is taken for the other."""
_LONG_FORM: Final = 'For a field of the shop\'s own, write { value = "…", type = "text" }'


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read, and what could have been given."""

    sources: Sequence[Source]
    """The strongest first."""
    data: Mapping[str, Any] = field(repr=False)
    """All of them, merged."""
    file: str | None
    """The configuration file as it was named, or none."""
    backends: Mapping[str, str]
    """The backend of ``cms`` and of ``store``, where it is known."""
    keys: Sequence[str]
    """Every setting that can be given, such as ``sync.match_on``."""
    model: type[BaseModel]
    """All of them, as they are checked."""


def unknown_variables(reading: Reading) -> list[str]:
    """A line for each variable that isn't a setting."""
    return [
        f"{label} {_no_setting(reading, key)}{_nearest_variable(reading, key)}"
        for source in reading.sources
        for key, label in source.unknown()
    ]


def misplaced_fields(reading: Reading) -> list[str]:
    """A line for each name in ``[cms.fields]`` that is hardly meant as a field of the shop's own."""
    keys = [(*_FIELDS, str(name)) for name in an_object(at(reading.data, *_FIELDS))]
    return [f"{_where(reading, key)} {reason}" for key in keys if (reason := _misplaced(reading, key))]


def _misplaced(reading: Reading, key: Key) -> str | None:
    """Why a name is not taken for a field: it nearly is one that brandsync knows, or it is a setting of ``[cms]``."""
    given = an_object(at(reading.data, *_FIELDS))
    if key[:2] != _FIELDS or len(key) == len(_FIELDS) or key[2] in FIELDS or at(given, key[2], "type") is not None:
        return None
    near = get_close_matches(key[2].casefold(), [name for name in FIELDS if name not in given], n=1, cutoff=_MISSPELT)
    if not near and f"cms.{key[2]}" not in reading.keys:
        return None
    suggestion = _nearest_variable if _is_variable(reading, key[:3]) else _nearest_key
    return f"{_no_setting(reading, key)}{suggestion(reading, key[:3])} {_LONG_FORM}"


def explain(reading: Reading, error: ValidationError) -> list[str]:
    """A line for each wrong setting. No line holds a value."""
    reasons: dict[str, list[str]] = {}
    for detail in error.errors(include_url=False, include_input=False):
        subject, reason = _line(reading, detail)
        reasons.setdefault(subject, []).append(reason)
    return [f"{subject} {', or '.join(dict.fromkeys(found))}" for subject, found in reasons.items()]


def _line(reading: Reading, detail: ErrorDetails) -> tuple[str, str]:
    key = tuple(str(part) for part in detail["loc"])
    if misplaced := _misplaced(reading, key):
        return _where(reading, key[:3]), misplaced
    if detail["type"] == "missing":
        return _missing(reading, key)
    if detail["type"] == "extra_forbidden":
        suggestion = _nearest_variable if _is_variable(reading, key) else _nearest_key
        return _where(reading, key), _no_setting(reading, key) + suggestion(reading, key)
    key = _given(reading.data, key)
    value, words = at(reading.data, *key), _words(detail)
    if detail["type"] in {"literal_error", "enum"} and isinstance(value, str):
        words += did_you_mean(value, str(detail["ctx"]["expected"]).split("'")[1::2])
    if words == "must be a table" and long_form(reading.model, key):
        words = "must be text or a table"
    if key == ("name",) and not _origin(reading, key):
        words = f"is taken from the file's name and {words}: give it as `name`"
    if words in {"must be a table", "must be text or a table", "must be a list"} and _is_variable(reading, key):
        words += ", written as JSON in a variable"
    # A backend's own rule about a whole table is a sentence with a subject of its own.
    colon = ":" if detail["type"] == "value_error" and isinstance(value, dict) else ""
    return _where(reading, key) + colon, words


def _missing(reading: Reading, key: Key) -> tuple[str, str]:
    section, *inner = key
    if not inner:
        place = f"{reading.file}: " if reading.file else ""
        return f"{place}the section [{section}]", "is missing" + _or_variable(reading, (section, "backend"))
    if inner == ["backend"]:
        names = [backend.name for backend in installed() if backend.kind == section]
        return _where(reading, key), f"is required: one of {', '.join(names) or 'none that is installed'}"
    backend = reading.backends.get(section)
    by = f" by the {backend} backend" if backend else ""
    return _where(reading, key), f"is required{by}{_or_variable(reading, key)}"


def _or_variable(reading: Reading, key: Key) -> str:
    return "" if reading.file else f" (set {_variable(key)})"


def _words(detail: ErrorDetails) -> str:
    template = _WORDS.get(detail["type"])
    if template is None:
        return detail["msg"].replace("Input should", "must").replace("Value should", "must")
    context = detail.get("ctx", {})
    limit = context.get("min_length") or context.get("max_length") or 0
    nouns = {"characters": plural(limit, "character"), "entries": plural(limit, "entry")}
    return template.format(**nouns, **context)


def _where(reading: Reading, key: Key) -> str:
    dotted = ".".join(key)
    return _origin(reading, key) or (f"{reading.file}: {dotted}" if reading.file else dotted)


def _origin(reading: Reading, key: Key) -> str | None:
    return next(filter(None, (source.origin(key) for source in reading.sources)), None)


def _is_variable(reading: Reading, key: Key) -> bool:
    source = next((source for source in reading.sources if source.origin(key)), None)
    return source is not None and source.variables is not None and key in source.variables


def _given(data: Mapping[str, Any], key: Key) -> Key:
    """The part of an error's path that exists in the configuration. Pydantic adds the branches of unions."""
    return next((key[:end] for end in range(len(key), 0, -1) if holds(data, key[:end])), key[:1])


def _no_setting(reading: Reading, key: Key) -> str:
    if len(key) == 1 and _variable(key) in RESERVED:
        return "is read from the environment alone"
    backend = reading.backends.get(key[0]) if len(key) > 1 else None
    return f"is not a setting of the {backend} backend" if backend else "is not a setting"


def _nearest_key(reading: Reading, key: Key) -> str:
    *above, name = key
    start = "".join(f"{part}." for part in above)
    beside = {known.removeprefix(start).partition(".")[0] for known in reading.keys if known.startswith(start)}
    found = _in_long_form(reading, key)
    if not found and name in reading.model.model_fields:
        above_all = (
            f"put `{name}` above the first section" if name in reading.keys else f"write the section as [{name}]"
        )
        return f"; {above_all}"
    found = found or near_miss(name, beside) or _elsewhere(reading, key)
    return f"; did you mean `{found}`?" if found else ""


def _nearest_variable(reading: Reading, key: Key) -> str:
    if len(key) == 1 and _variable(key) in RESERVED:
        return ""
    if found := _in_long_form(reading, key):
        return f"; did you mean `{_variable([*key[:-1], found])}`?"
    section, *inner = key
    within = [known.partition(".")[2] for known in reading.keys if known.startswith(f"{section}.")]
    if not (inner and within):
        return did_you_mean(_variable(key), [*(_variable(known.split(".")) for known in reading.keys), *RESERVED])
    near = near_miss(".".join(inner), within)
    found = f"{section}.{near}" if near else _elsewhere(reading, key)
    return f"; did you mean `{_variable(found.split('.'))}`?" if found else ""


def _in_long_form(reading: Reading, key: Key) -> str | None:
    """The key that is meant in a table in place of a text: the nearest that isn't given, else the first."""
    *above, name = key
    form, given = long_form(reading.model, above), an_object(at(reading.data, *above))
    left = [known for known in form.model_fields if known not in given] if form else []
    return near_miss(name, left) or next(iter(left), None)


def _elsewhere(reading: Reading, key: Key) -> str | None:
    """A setting of this name in another section, but never the other backend's: their passwords differ."""
    section, name = key[0], key[-1]
    others = reading.backends.keys() - {section} if section in reading.backends else set()
    same = (known.split(".") for known in reading.keys)
    return next((".".join(parts) for parts in same if parts[-1] == name and parts[0] not in others), None)


def _variable(key: Sequence[str]) -> str:
    return PREFIX + "__".join(key).upper()
