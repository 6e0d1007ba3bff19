"""The settings of a model: every key, with its possible values."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from inspect import get_annotations
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from brandsync.settings import UNITS, SettingsModel

_KINDS: Final[dict[Any, str]] = {
    str: "text",
    bool: "true or false",
    int: "whole number",
    float: "number",
    Path: "path",
    timedelta: "duration",
    SecretStr: "secret",
    Decimal: "number",
    dict: "table",
    **dict.fromkeys((list, tuple, set, frozenset), "list"),
    Any: "anything",
}
_ANY_NAME: Final = 'A field of the shop\'s own, or `{ value = "founded", type = "integer" }`.'


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of a section."""

    key: str
    """Its name, with dots below the section: ``token``, ``fields.name``."""
    kind: str
    """Its possible values: ``text``, ``secret``, ``"page" or "offset"``."""
    required: bool
    default: str | None
    """Its default as TOML has it, or none."""
    description: str | None


def settings_of(model: type[BaseModel], above: str = "") -> Iterator[Setting]:
    """Every setting of a model and of the models inside it, in their order."""
    for name, field in model.model_fields.items():
        nested = _nested(field.annotation)
        if nested:
            yield from settings_of(nested, f"{above}{name}.")
        else:
            kind = _kind(field.annotation)
            yield Setting(above + name, kind, field.is_required(), _default(field), field.description)
    if model.model_config.get("extra") == "allow":
        yield Setting(f"{above}*", "text or table", required=False, default=None, description=_ANY_NAME)


def long_form(model: type[BaseModel], key: Sequence[str]) -> type[SettingsModel] | None:
    """The table that a setting may be in place of a text, or none. ``key``: ``("cms", "fields", "founded")``."""
    found: Any = model
    for part in key:
        found = next(filter(None, (_within(option, part) for option in _options(found))), None)
    models = (option for option in _options(found) if getattr(option, "short_form", None))
    return next(models, None)


def _within(annotation: Any, name: str) -> Any:
    """The type of the value at a key of such a table, or none."""
    if get_origin(annotation) is dict:
        return get_args(annotation)[1]
    if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        return None
    field = annotation.model_fields.get(name)
    return field.annotation if field else _of_any_name(annotation)


def _of_any_name(model: type[BaseModel]) -> Any:
    """The type that a model says its further keys have."""
    further = (get_annotations(base).get("__pydantic_extra__") for base in model.__mro__ if base is not BaseModel)
    return next((get_args(found)[1] for found in further if found), None)


def _options(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) in {Union, UnionType} else (annotation,)


def _nested(annotation: Any) -> type[BaseModel] | None:
    models = (option for option in _options(annotation) if isinstance(option, type) and issubclass(option, BaseModel))
    return next((found for found in models if not getattr(found, "short_form", None)), None)


def _kind(annotation: Any) -> str:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kind(get_args(annotation)[0])
    if origin is Literal:
        return _either([json.dumps(option) for option in get_args(annotation)])
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return _either([json.dumps(option.value) for option in annotation])
    if origin in {Union, UnionType}:
        return _either([_kind(option) for option in get_args(annotation) if option is not NoneType])
    if getattr(annotation, "short_form", None):
        return _KINDS[str]
    return _KINDS.get(origin or annotation) or str(getattr(annotation, "written_as", _KINDS[str]))


def _either(options: list[str]) -> str:
    *others, last = dict.fromkeys(options)
    return f"{', '.join(others)} or {last}" if others else last


def _default(field: FieldInfo) -> str | None:
    default = None if field.is_required() else field.get_default(call_default_factory=True, validated_data={})
    if isinstance(default, timedelta):
        return f'"{_duration(default.total_seconds())}"'
    return None if default is None else json.dumps(default, default=str, ensure_ascii=False)


def _duration(seconds: float) -> str:
    """As people write it: ``60s``, ``5m``, ``12h``, ``7d``. One of a unit is many of the next smaller one."""
    units = ((unit, UNITS[unit]) for unit in "dhm")
    unit, size = next(((unit, size) for unit, size in units if seconds >= 2 * size and not seconds % size), ("s", 1))
    return f"{seconds / size:g}{unit}"
