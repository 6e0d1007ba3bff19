"""The data model of a shop's brands: what each attribute can hold, and how its values go in and come out."""

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any, Final

from brandsync.brand.kind import Kind, as_held
from brandsync.errors import ConfigError
from brandsync.errors.hints import did_you_mean
from brandsync.stores.medusa.routes import WRITE_ROUTES

VERSION: Final = 2
"""The version of the description of a data model that this file reads."""
NEWER_ROUTES: Final = f"{WRITE_ROUTES}, and newer ones tell the types: move the old files away first"

_KINDS: Final[Mapping[str, Sequence[Kind]]] = {
    "text": (Kind.TEXT, Kind.HTML, Kind.DECIMAL, Kind.DATE, Kind.DATETIME, Kind.IMAGE),
    "enum": (Kind.TEXT,),
    "number": (Kind.INTEGER,),
    "float": (Kind.DECIMAL, Kind.INTEGER),
    "boolean": (Kind.BOOLEAN,),
    "dateTime": (Kind.DATETIME,),
    "array": (Kind.LIST,),
    "json": (Kind.JSON,),
}
"""The kinds that each type of the data model language holds, its own first. A text keeps canonical texts."""
_UNTOLD: Final = {
    Kind.TEXT: "text",
    Kind.HTML: "text",
    Kind.INTEGER: "number",
    Kind.BOOLEAN: "boolean",
    Kind.JSON: "object",
}
"""The type that holds a kind, where the routes don't tell it.

Those routes can't compare moments, lose blanks and the text "null" in lists, and take no list as JSON.
"""
_CONTAINERS: Final[Mapping[str, tuple[type, ...]]] = {"json": (dict, list), "object": (dict,)}
_MODEL: Final = "src/modules/brand/models/brand.ts"
_INTEGER: Final = 2**31
"""A ``number`` is PostgreSQL's ``integer``."""
_MILLISECONDS: Final = 3
"""The digits of a second that JavaScript keeps."""
_SINGLE: Final = range(1, 10)
"""How many digits may be needed to tell a number of single precision from every other."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of the data model."""

    type: str = ""
    """As the data model language calls it, or as its column does. Empty: older routes don't tell it."""
    nullable: bool = True
    has_default: bool = False
    values: Sequence[str] = ()
    """The only values of an ``enum``."""
    writable: bool = True

    @classmethod
    def read(cls, found: Mapping[str, Any], *, writable: bool) -> "Attribute":
        """An attribute as the shop's routes describe it."""
        values, of = tuple(map(str, found.get("values", ()))), str(found["type"])
        return cls(of, bool(found["nullable"]), bool(found["default"]), values, writable and of in _KINDS)

    @property
    def is_required(self) -> bool:
        """Whether a new brand must be given a value."""
        return not (self.nullable or self.has_default)

    @property
    def is_limited(self) -> bool:
        """Whether there are values of its kinds that it can't hold. None is one."""
        return not self.nullable or self.type in {"enum", "number", "float", "dateTime", *_CONTAINERS}

    def problem(self, value: Any) -> str | None:
        """Why it can't hold a canonical value, as the end of a sentence; or none."""
        if self.type == "enum" and value not in self.values:
            return f"takes {' or '.join(map(repr, self.values))} alone"
        if self.type == "number" and not -_INTEGER <= value < _INTEGER:
            return f"takes whole numbers from {-_INTEGER} to {_INTEGER - 1}"
        if self.type == "float" and _single(float(value)) != Decimal(value):
            return "is of single precision, and would round it"
        if self.type == "dateTime" and len(value.partition(".")[2].removesuffix("Z")) > _MILLISECONDS:
            return "keeps milliseconds, and no more"
        if self.type in _CONTAINERS and not isinstance(value, _CONTAINERS[self.type]):
            return "takes an object or a list" if self.type == "json" else "takes an object"
        return None


class DataModel:
    """The attributes by name, as the shop's routes tell them."""

    def __init__(self, attributes: Mapping[str, Attribute]) -> None:
        self.attributes = attributes

    @classmethod
    def read(cls, batch: Mapping[str, Any]) -> "DataModel":
        """The data model in an answer of ``GET /admin/brands/batch``. Older routes tell nothing but names.

        Raises:
            ConfigError: the description has another version.
            KeyError, TypeError, ValueError: it isn't one.
        """
        names = frozenset(map(str, batch["fields"]))
        model = batch.get("model")
        if model is None:
            return cls({name: _named(name, names) for name in names if not _is_twin(name, names)})
        if model["version"] != VERSION:
            raise ConfigError(
                f"the shop's routes describe its data model in version {model['version']}, and this brandsync reads"
                f" version {VERSION}",
                hint=f"update brandsync, or the routes: {WRITE_ROUTES} of version {VERSION}",
            )
        described = model["attributes"].items()
        return cls({name: Attribute.read(found, writable=name in names) for name, found in described})

    def need(self, columns: Sequence[str]) -> None:
        """Refuse columns that the model doesn't have.

        Raises:
            ConfigError: with all of them.
        """
        missing = [f"`{name}`" for name in columns if name not in self.attributes]
        if missing:
            there = sorted(name for name, attribute in self.attributes.items() if attribute.writable)
            near = did_you_mean(missing[0].strip("`"), there) if len(missing) == 1 else ""
            raise ConfigError(
                f"the shop's data model of brands has no {', '.join(missing)}: it has {', '.join(there)}{near}",
                hint=f"add it to {_MODEL} and migrate, or take it out of `fields` in [store] and of [cms.fields]",
            )

    def held(self, column: str, declared: Kind | None) -> tuple[Kind, Attribute]:
        """The kind of the values in a column, and its attribute.

        Raises:
            ConfigError: the column holds no such kind, or nobody says which it holds.
        """
        attribute = self.attributes[column]
        if not attribute.writable:
            raise _unwritable(column, attribute)
        if not attribute.type:
            if declared not in _UNTOLD:
                raise _untold(column, declared)
            return declared, replace(attribute, type=_UNTOLD[declared])
        kinds = _KINDS.get(attribute.type, ())
        if declared and declared not in kinds:
            raise ConfigError(
                f"`{column}` of the shop's data model is of the type {attribute.type}, which holds"
                f" {' or '.join(kinds)}, and the field is {declared}",
                hint=f"leave out the `type` of {column} in [cms.fields], or change the attribute in {_MODEL}",
            )
        if declared is Kind.IMAGE and not attribute.nullable:
            raise ConfigError(
                f"`{column}` of the shop's data model is never null, and a brand is created without its pictures",
                hint=f"let it be `.nullable()` in {_MODEL} and migrate, or map another attribute",
            )
        return declared or kinds[0], attribute

    def unfilled(self, columns: Sequence[str]) -> ConfigError | None:
        """The error that a new brand needs a value outside these columns, or none."""
        required = [
            name for name, attribute in self.attributes.items() if attribute.is_required and name not in columns
        ]
        if not required:
            return None
        return ConfigError(
            f"{', '.join(f'`{name}`' for name in required)} of the shop's data model is never null and has no default:"
            " no brand can be created",
            hint=f"map it in [cms.fields], or let it be `.nullable()` or have a `.default()` in {_MODEL}",
        )


def reader(of: Kind, attribute: Attribute) -> Callable[[Any], Any] | None:
    """Turns what the shop answers into a canonical value; none if it is one. What doesn't fit stays as it is."""
    return None if attribute.type in {"text", "enum"} or of.is_text else partial(as_held, of)


def writer(of: Kind, attribute: Attribute) -> Callable[[Any], Any] | None:
    """Turns a canonical value into the form in which the shop answers with it; none if it is that."""
    if attribute.type == "float" and of is Kind.DECIMAL:
        return lambda value: float(value) if isinstance(value, str) else value
    return _in_milliseconds if attribute.type == "dateTime" else None


def _in_milliseconds(value: Any) -> Any:
    """A moment as JavaScript writes it: the shop compares the text."""
    if not isinstance(value, str):
        return value
    seconds, _, fraction = value.removesuffix("Z").partition(".")
    return f"{seconds}.{fraction:0<{_MILLISECONDS}}Z"


def _single(number: float) -> Decimal | None:
    """How a number of single precision reads back: with as few digits as tell it from all others."""
    packed = _packed(number)
    if packed is None:
        return None
    texts = [f"{struct.unpack('<f', packed)[0]:.{digits}g}" for digits in _SINGLE]
    return Decimal(next(text for text in texts if _packed(float(text)) == packed))


def _packed(number: float) -> bytes | None:
    try:
        return struct.pack("<f", number)
    except OverflowError:
        return None


def _is_twin(name: str, names: frozenset[str]) -> bool:
    """Whether a column is the second one of a ``bigNumber``."""
    return name.startswith("raw_") and name.removeprefix("raw_") in names


def _named(name: str, names: frozenset[str]) -> Attribute:
    return Attribute("bigNumber", writable=False) if f"raw_{name}" in names else Attribute()


def _untold(column: str, declared: Kind | None) -> ConfigError:
    what = f"which kind of values `{column}` holds" if declared is None else f"how `{column}` holds a {declared}"
    hint = f"{NEWER_ROUTES}; or say the `type` of {column} in [cms.fields]: {' or '.join(_UNTOLD)}"
    return ConfigError(f"the shop's routes are older ones, which don't tell {what}", hint=hint)


def _unwritable(column: str, attribute: Attribute) -> ConfigError:
    why = "which brandsync can't write"
    if attribute.type == "bigNumber":
        why = f"whose value stands in `raw_{column}` too: only Medusa's own service keeps the two equal"
    return ConfigError(
        f"`{column}` of the shop's data model is of the type {attribute.type}, {why}",
        hint=f"take it out of [cms.fields], or make it a `model.text()` or a `model.float()` in {_MODEL}",
    )
