"""A field of the definition: the kinds of value that its type can hold, and how a value becomes Shopify's text.

shopify.dev/docs/apps/build/metafields/list-of-data-types: each value is stored as text, whatever its type is. What a
real shop makes of such texts is recorded in github.com/airhorns/shopify-draft-proxy, fixtures/conformance: it spells
the units of measurements otherwise, sorts the keys of a rating, and gives a moment back with its offset.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from brandsync.brand.kind import Kind, Unfit, canonical
from brandsync.errors import Rejected
from brandsync.stores.shopify.reference import gid_of

HANDLE: Final = "handle"
"""Every metaobject has one: it is no field of the definition, whose fields can't have this name."""
TYPES: Final[Mapping[str, str]] = {
    "name": "single_line_text_field",
    "description": "multi_line_text_field",
    "logo_url": "url",
    "website_url": "url",
    "metadata": "json",
}
"""The type of each field that brandsync knows."""
MADE: Final[Mapping[Kind, str]] = {
    Kind.TEXT: "single_line_text_field",
    Kind.HTML: "multi_line_text_field",
    Kind.INTEGER: "number_integer",
    Kind.DECIMAL: "number_decimal",
    Kind.BOOLEAN: "boolean",
    Kind.DATE: "date",
    Kind.DATETIME: "date_time",
    Kind.LIST: "list.single_line_text_field",
    Kind.JSON: "json",
    Kind.IMAGE: "file_reference",
}
"""The type of a field that is made for a kind."""
LISTS: Final = "list."
_TEXT: Final = (
    *(Kind.TEXT, Kind.HTML, Kind.INTEGER, Kind.DECIMAL),
    *(Kind.BOOLEAN, Kind.DATE, Kind.DATETIME, Kind.LIST),
)
"""A text holds every kind as its canonical form. But Shopify doesn't see to it that such a text is JSON."""
_KINDS: Final[Mapping[str, tuple[Kind, ...]]] = {
    "single_line_text_field": _TEXT,
    "multi_line_text_field": _TEXT,
    "url": (Kind.TEXT,),
    "color": (Kind.TEXT,),
    "language": (Kind.TEXT,),
    "number_integer": (Kind.INTEGER,),
    "number_decimal": (Kind.DECIMAL, Kind.INTEGER),
    "boolean": (Kind.BOOLEAN,),
    "date": (Kind.DATE,),
    "date_time": (Kind.DATETIME,),
    "json": (Kind.JSON, Kind.LIST),
    "list.single_line_text_field": (Kind.LIST,),
    "list.url": (Kind.LIST,),
    "list.color": (Kind.LIST,),
}
OBJECTS: Final = frozenset({"rich_text_field", "money", "rating", "link"})
"""Types whose values are JSON of Shopify's own, which it keeps as they are: the CMS must hold just that."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field."""

    key: str
    type: str
    """As Shopify calls it: ``number_integer``."""
    kind: Kind = Kind.TEXT
    """The kind of its values in brandsync."""
    required: bool = False
    """A metaobject can't be without it."""
    rules: Mapping[str, str] = field(default_factory=dict)
    """The definition's validations: their values by their names."""

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds that it can hold, its own first; none if its type is none that brandsync can hold exactly."""
        if self.type == "file_reference":
            return (Kind.TEXT, Kind.IMAGE) if "Image" in self._file_types or not self._file_types else (Kind.TEXT,)
        if self.type.endswith("_reference"):
            return (Kind.LIST if self.is_list else Kind.TEXT,)
        return (Kind.JSON,) if self.type in OBJECTS else _KINDS.get(self.type, ())

    @property
    def is_picture(self) -> bool:
        """Whether it can refer to nothing but pictures."""
        return self.type == "file_reference" and self._file_types == ["Image"]

    @property
    def _file_types(self) -> list[str]:
        """What the definition lets it refer to; empty for any file."""
        try:
            return [str(one) for one in json.loads(self.rules.get("file_type_options", "[]"))]
        except (ValueError, TypeError):
            return []

    @property
    def is_list(self) -> bool:
        """Whether it is a list of a type."""
        return self.type.startswith(LISTS)

    def is_empty(self, value: Any) -> bool:
        """Whether Shopify would keep nothing for a value."""
        return value is None or value == "" or (self.kind is Kind.LIST and value == [])

    def text(self, value: Any) -> str:
        """A canonical value as Shopify takes it; the empty text clears the field.

        Raises:
            Rejected: it holds a number that JSON doesn't have.
        """
        if self.is_empty(value):
            return ""
        if self.kind is Kind.JSON or isinstance(value, list):
            return self._json(value)
        if isinstance(value, bool):
            return str(value).lower()
        if self.kind is Kind.IMAGE:
            return gid_of(str(value))
        if self.type == "date_time":
            return str(value).replace("Z", "+00:00")  # as the shop itself gives a moment back
        return str(value)

    def value(self, text: str | None) -> Any:
        """The canonical value of a text of Shopify's. A text that doesn't fit the kind stays as it is."""
        if not text:
            return None
        found: Any = text
        if self.kind in {Kind.JSON, Kind.LIST}:
            with suppress(ValueError, RecursionError):
                found = json.loads(text)
        try:
            value = canonical(self.kind, found)
        except (Unfit, RecursionError):
            return found if self.kind is Kind.JSON else text
        return None if self.is_empty(value) else value

    def _json(self, value: Any) -> str:
        try:
            return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        except ValueError:
            raise Rejected(f"the {self.key} holds a number that JSON doesn't have: NaN or an infinite one") from None


KNOWN: Final[Mapping[str, Field]] = {
    name: Field(name, of, Kind.JSON if of == "json" else Kind.TEXT) for name, of in TYPES.items()
}
"""The fields that brandsync knows, while the definition hasn't been read."""
