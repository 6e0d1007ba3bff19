"""The parts of a backend's settings: their base class, and kinds of value beyond pydantic's own."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, ClassVar, Final, Union, get_args, get_origin
from urllib.parse import urlsplit

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationInfo,
    field_validator,
    model_validator,
)

from brandsync.errors.hints import did_you_mean
from brandsync.errors.plural import counted


class SettingsModel(BaseModel):
    """The base of every settings model: strict about names, and its errors never show values."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, use_attribute_docstrings=True, validate_default=True
    )
    short_form: ClassVar[str | None] = None
    """The setting that a text in place of the whole table stands for; none where it must be a table."""

    @model_validator(mode="before")
    @classmethod
    def _written_short(cls, given: Any) -> Any:
        return {cls.short_form: given} if cls.short_form and isinstance(given, str) else given

    @field_validator("*", mode="before")
    @classmethod
    def _of_its_own_type(cls, given: Any, info: ValidationInfo) -> Any:
        """Refuse true for a number and 1 for true. A variable can hold only text, so text is left to pydantic."""
        types = _types(cls.model_fields[str(info.field_name)].annotation)
        if isinstance(given, bool) and bool not in types and types & {int, float}:
            raise ValueError(f"must be a {'number' if float in types else 'whole number'}, not true or false")
        if isinstance(given, int | float) and bool in types and not types & {type(given), float}:
            raise ValueError("must be true or false")
        return given

    @field_validator("*")
    @classmethod
    def _of_64_bits(cls, value: Any) -> Any:
        """Refuse a number that no database takes, nor Python itself where it counts."""
        if isinstance(value, int) and abs(value) >= 2**63:
            raise ValueError("must be a smaller whole number")
        return value


def _types(annotation: Any) -> set[Any]:
    """The types that a setting may have, without what narrows them."""
    if get_origin(annotation) is Annotated:
        return _types(get_args(annotation)[0])
    if get_origin(annotation) in {Union, UnionType}:
        return set().union(*map(_types, get_args(annotation)))
    return {annotation}


OWN_FUNCTIONS = frozenset({"text", "html", "markdown", "absolute"})
"""The functions that an expression may call besides JMESPath's own, and that take one argument."""
_OWN_ARGUMENTS: Final = dict.fromkeys(OWN_FUNCTIONS, 1) | {"find": 3}


_UNUSUAL_KEY: Final = re.compile(r"^(?![A-Za-z_]\w*(?:\[|$))([\w $#@:/-]+)(?=\[|$)")
"""A key, at the beginning of a part of a path, that JMESPath takes only in quotes."""
_WITH_HYPHEN: Final = re.compile(r"\b[A-Za-z_]\w*(?:-\w+)+")


def _compiles(expression: str) -> str:
    try:
        calls = [*_calls(jmespath.compile(expression).parsed)]
    except JMESPathError as error:
        said = str(error).splitlines()[0].removesuffix(":").removesuffix(", for expression")
        raise ValueError(f"is not a JMESPath expression: {said}{_unquoted(expression)}") from None
    except RecursionError:
        raise ValueError("is not a JMESPath expression: it is nested too deep") from None
    for name, arguments in calls:
        _require_callable(name, arguments)
    return expression


def _unquoted(expression: str) -> str:
    """Advice where the expression would be one if its keys were quoted."""
    path = ".".join(_UNUSUAL_KEY.sub(r'"\1"', part) for part in expression.split("."))
    within = expression if set(expression) & set("'`\"") else _WITH_HYPHEN.sub(r'"\g<0>"', expression)
    for quoted in (path, within):
        with suppress(JMESPathError):
            jmespath.compile(quoted)
            return f"; a key that isn't all letters, digits and _ stands in double quotes: '{quoted}'"
    return ""


def _calls(node: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """The functions that a parsed expression calls, each with its number of arguments."""
    if node["type"] == "function_expression":
        yield node["value"], len(node["children"])
    for child in node["children"]:
        if isinstance(child, Mapping):
            yield from _calls(child)


def _require_callable(name: str, arguments: int) -> None:
    """Raise ``ValueError`` for a call with which no entry could ever be read."""
    known = {**Functions.FUNCTION_TABLE, **{own: {"signature": [{}] * count} for own, count in _OWN_ARGUMENTS.items()}}
    if name not in known:
        raise ValueError(f"calls {name}(), and there is no such function{did_you_mean(name, known)}")
    signature = known[name]["signature"]
    least, more = len(signature), bool(signature) and signature[-1].get("variadic", False)
    if arguments < least or (arguments > least and not more):
        wanted = f"{counted(least, 'argument')}{' or more' if more else ''}"
        raise ValueError(f"calls {name}() with {counted(arguments, 'argument')}, and it takes {wanted}")


JmesPath = Annotated[str, AfterValidator(_compiles)]
"""A JMESPath expression, checked when the configuration is read."""


def _from_config(path: Path, info: ValidationInfo) -> Path:
    if "\0" in str(path):
        raise ValueError("holds a NUL, which no path can: leave that out")
    return config_directory(info) / expanded(path)


def expanded(path: Path) -> Path:
    """The path, with the home directory in place of ``~`` or ``~user``.

    Raises:
        ValueError: there is no such home.
    """
    try:
        return path.expanduser()
    except RuntimeError:
        raise ValueError(f"begins with {path.parts[0]}, and there is no such home directory") from None


ConfigPath = Annotated[Path, AfterValidator(_from_config)]
"""A path. A relative one starts at the directory of the configuration file."""


def config_directory(info: ValidationInfo) -> Path:
    """The directory of the configuration file, or the current one if there is no file."""
    return Path((info.context or {}).get("directory", "."))


def _base_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError('must be an address that starts with "https://" or "http://"')
    if parts.username is not None:
        raise ValueError("must hold no credentials; there are settings of their own for them")
    if parts.query or parts.fragment:
        raise ValueError("must have no query; leave out all that follows the ?")
    return url


BaseUrl = Annotated[str, AfterValidator(_base_url)]
"""The address where a server's paths start."""


def _object(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError("must be a table, or a JSON object as text") from None


JsonObject = Annotated[dict[str, Any], BeforeValidator(_object)]
"""A table, or the same as JSON text, because an environment variable can hold only text."""


NUMBER_WITH_UNIT = 'a number with a unit, such as "30s", "5m", "12h" or "7d"'
UNITS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
"""The seconds of each unit of a duration."""
_LONGEST: Final = 5_200 * UNITS["w"]
"""Seconds: as many as every clock and socket can count."""


def _duration(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value
    found = re.fullmatch(r"\s*(-?)(\d+(?:\.\d+)?)\s*([smhdw])\s*", value) if isinstance(value, str) else None
    if not found:
        raise ValueError(f"must be {NUMBER_WITH_UNIT}")
    if found[1]:
        raise ValueError(f"must not be negative: write {NUMBER_WITH_UNIT}")
    seconds = float(found[2]) * UNITS[found[3]]
    if seconds > _LONGEST:
        raise ValueError('must be "5200w" (a hundred years) at most')
    return timedelta(seconds=seconds)


Duration = Annotated[timedelta, BeforeValidator(_duration)]
"""A length of time, written as ``30s``, ``5m``, ``12h``, ``7d`` or ``2w``."""


def _some_time(length: timedelta) -> timedelta:
    if length <= timedelta(0):
        raise ValueError("must be longer than nothing")
    return length


Timeout = Annotated[Duration, AfterValidator(_some_time)]
"""A length of time within which something must come."""
