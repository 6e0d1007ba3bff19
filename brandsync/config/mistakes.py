"""What is wrong with a configuration, in plain words: where, what, and what was probably meant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from brandsync.config.sources import PREFIX, RESERVED, Key, Source, holds
from brandsync.errors.hints import did_you_mean, near_miss
from brandsync.registry import installed

_WORDS: Final[Mapping[str, str]] = {
    "string_type": "must be text",
    "string_sub_type": "must be text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a smaller whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "dict_type": "must be a table",
    "mapping_type": "must be a table",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "dataclass_type": "must be a table",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "set_type": "must be a list",
    "frozen_set_type": "must be a list",
    "path_type": "must be a path",
    "none_required": "must be left out",
    "time_delta_type": 'must be a number with a unit, such as "30s", "5m", "12h" or "7d"',
    "time_delta_parsing": 'must be a number with a unit, such as "30s", "5m", "12h" or "7d"',
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "greater_than_equal": "must be {ge} or more",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be {le} or less",
    "less_than": "must be less than {lt}",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "must match the pattern {pattern}",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
    "url_type": "must be a URL",
    "url_parsing": "must be a URL ({error})",
    "url_scheme": "must be a URL that starts with {expected_schemes}",
    "value_error": "{error}",
    "assertion_error": "{error}",
}
"""Plain words for pydantic's error types. Other errors keep pydantic's sentence."""
_IN_JSON: Final = frozenset({"must be a table", "must be a list"})


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


def unknown_variables(reading: Reading) -> list[str]:
    """A line for each variable that isn't a setting."""
    return [
        f"{label} {_no_setting(reading, key)}{_nearest_variable(reading, key)}"
        for source in reading.sources
        for key, label in source.unknown()
    ]


def explain(reading: Reading, error: ValidationError) -> list[str]:
    """A line for each wrong setting. No line holds a value."""
    reasons: dict[str, list[str]] = {}
    for detail in error.errors(include_url=False, include_input=False):
        subject, reason = _line(reading, detail)
        reasons.setdefault(subject, []).append(reason)
    return [f"{subject} {', or '.join(dict.fromkeys(found))}" for subject, found in reasons.items()]


def _line(reading: Reading, detail: ErrorDetails) -> tuple[str, str]:
    key = tuple(str(part) for part in detail["loc"])
    if detail["type"] == "missing":
        return _missing(reading, key)
    if detail["type"] == "extra_forbidden":
        suggestion = _nearest_variable if _is_variable(reading, key) else _nearest_key
        return _where(reading, key), _no_setting(reading, key) + suggestion(reading, key)
    key = _given(reading.data, key)
    words = _words(detail)
    if detail["type"] in {"literal_error", "enum"}:
        words += _nearest_choice(_value(reading.data, key), str(detail["ctx"]["expected"]))
    if key == ("name",) and not _origin(reading, key):
        words = f"is taken from the file's name and {words}: give it as `name`"
    if words in _IN_JSON and _is_variable(reading, key):
        words += ", written as JSON in a variable"
    return _where(reading, key) + (":" if _is_about_several(reading, detail, key) else ""), words


def _is_about_several(reading: Reading, detail: ErrorDetails, key: Key) -> bool:
    """Whether a backend's own rule is about a whole table. Its sentence then has a subject of its own."""
    return detail["type"] == "value_error" and isinstance(_value(reading.data, key), Mapping)


def _missing(reading: Reading, key: Key) -> tuple[str, str]:
    section, *inner = key
    if not inner:
        place = f"{reading.file}: " if reading.file else ""
        return f"{place}the section [{section}]", "is missing" + _or_variable(reading, (section, "backend"))
    if inner == ["backend"]:
        names = [backend.name for backend in installed() if backend.kind == section]
        return _where(reading, key), f"is required: one of {', '.join(names) or 'none that is installed'}"
    backend = reading.backends.get(section)
    return _where(
        reading, key
    ), f"is required{f' by the {backend} backend' if backend else ''}{_or_variable(reading, key)}"


def _or_variable(reading: Reading, key: Key) -> str:
    return "" if reading.file else f" (set {_variable(key)})"


def _words(detail: ErrorDetails) -> str:
    template = _WORDS.get(detail["type"])
    context = detail.get("ctx", {})
    if template is None:
        return detail["msg"].replace("Input should", "must").replace("Value should", "must")
    return template.format(**context)


def _where(reading: Reading, key: Key) -> str:
    dotted = ".".join(key)
    return _origin(reading, key) or (f"{reading.file}: {dotted}" if reading.file else dotted)


def _origin(reading: Reading, key: Key) -> str | None:
    origins = (source.origin(key) for source in reading.sources)
    return next((origin for origin in origins if origin), None)


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
    found = near_miss(name, beside) or _elsewhere(reading, key)
    return f"; did you mean `{found}`?" if found else ""


def _nearest_variable(reading: Reading, key: Key) -> str:
    if len(key) == 1 and _variable(key) in RESERVED:
        return ""
    section, *inner = key
    within = [known.partition(".")[2] for known in reading.keys if known.startswith(f"{section}.")]
    if not (inner and within):
        return did_you_mean(_variable(key), [*map(_dotted_variable, reading.keys), *RESERVED])
    near = near_miss(".".join(inner), within)
    found = f"{section}.{near}" if near else _elsewhere(reading, key)
    return f"; did you mean `{_dotted_variable(found)}`?" if found else ""


def _elsewhere(reading: Reading, key: Key) -> str | None:
    """A setting of this name in another section, but never the other backend's: their passwords differ."""
    section, name = key[0], key[-1]
    others = reading.backends.keys() - {section} if section in reading.backends else set()
    same = (known.split(".") for known in reading.keys)
    return next((".".join(parts) for parts in same if parts[-1] == name and parts[0] not in others), None)


def _value(data: Any, key: Key) -> Any:
    for part in key:
        data = data[part] if isinstance(data, Mapping) else None
    return data


def _nearest_choice(value: Any, expected: str) -> str:
    return did_you_mean(value, expected.split("'")[1::2]) if isinstance(value, str) else ""


def _variable(key: Key) -> str:
    return PREFIX + "__".join(key).upper()


def _dotted_variable(key: str) -> str:
    return _variable(tuple(key.split(".")))
