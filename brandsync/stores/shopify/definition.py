"""The definition of the metaobjects that are the brands: what it has, what it lacks, and how it is made.

shopify.dev/docs/apps/build/metaobjects/manage-metaobject-definitions.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from brandsync.errors import ConfigError, Unreadable
from brandsync.stores.shopify.values import TYPES

MAKE: Final = "`brandsync init shopify-definition` makes it"
ADD: Final = "`brandsync init shopify-definition` adds it"
_TITLES: Final = {
    "name": "Name",
    "description": "Description",
    "logo_url": "Logo",
    "website_url": "Website",
    "metadata": "Metadata",
}


@dataclass(frozen=True, slots=True)
class FieldDefinition:
    """One field of the definition."""

    kind: str
    required: bool


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition, as the shop has it."""

    id: str
    type: str
    count: int
    """How many metaobjects there are."""
    publishable: bool
    """Its metaobjects may be drafts. A new one is a draft by default."""
    fields: Mapping[str, FieldDefinition]

    def missing(self) -> list[str]:
        """The fields that it doesn't have."""
        return [name for name in TYPES if name not in self.fields]

    def unfit(self) -> dict[str, str]:
        """The fields that have another type, each with that type."""
        return {name: self.fields[name].kind for name in TYPES if self._kind(name) not in {None, TYPES[name]}}

    def demanded(self) -> list[str]:
        """The fields that a brand must have and that brandsync doesn't know."""
        return [key for key, field in self.fields.items() if field.required and key not in TYPES]

    def require(self, names: Sequence[str]) -> None:
        """Make sure that it can hold these fields.

        Raises:
            ConfigError: one is missing, or has another type.
        """
        unfit = self.unfit()
        for name in names:
            if name in unfit:
                raise ConfigError(wrong_type(self.type, name, unfit[name]), hint=other_definition(name))
            if name in TYPES and name not in self.fields:
                message = f"the metaobject definition {self.type!r} has no field {name!r}"
                raise ConfigError(message, hint=f"{ADD}; or take `{name}` out of [cms.fields]")

    def _kind(self, name: str) -> str | None:
        return self.fields[name].kind if name in self.fields else None


def wrong_type(kind: str, name: str, found: str) -> str:
    """What is wrong with a field that has another type."""
    return f"the field {name!r} of the metaobject definition {kind!r} is of the type {found}, and not {TYPES[name]}"


def other_definition(name: str) -> str:
    """What to do about a wrong type: nobody can change the type of a field."""
    return f"take `{name}` out of [cms.fields]; or name another `type` in [store], for a definition of its own"


def missing_definition(kind: str) -> ConfigError:
    """The error for a shop that has no definition of this type."""
    return ConfigError(f"the shop has no metaobject definition of the type {kind!r}", hint=f"{MAKE}; or check `type`")


def definition_of(found: Any) -> Definition | None:
    """The definition in an answer; none if the shop has none.

    Raises:
        Unreadable: it is no definition.
    """
    if found is None:
        return None
    try:
        fields = {
            field["key"]: FieldDefinition(str(field["type"]["name"]), bool(field["required"]))
            for field in found["fieldDefinitions"]
        }
        publishable = bool(found["capabilities"]["publishable"]["enabled"])
        return Definition(str(found["id"]), str(found["type"]), int(found["metaobjectsCount"]), publishable, fields)
    except (KeyError, TypeError, ValueError):
        raise Unreadable("the shop answers with a definition that can't be read", hint="check `api_version`") from None


def new_definition(kind: str) -> dict[str, Any]:
    """The definition to make, as ``MetaobjectDefinitionCreateInput``.

    Its entries can't be drafts, and storefronts and themes may read them: what the CMS publishes should be visible.
    """
    return {
        "type": kind,
        "name": kind.replace("_", " ").replace("-", " ").capitalize(),
        "displayNameKey": "name",
        "access": {"storefront": "PUBLIC_READ"},
        "fieldDefinitions": list(_new_fields(TYPES)),
    }


def added_fields(names: Sequence[str]) -> dict[str, Any]:
    """The fields to add, as ``MetaobjectDefinitionUpdateInput``. Everything else stays as it is."""
    return {"fieldDefinitions": [{"create": field} for field in _new_fields(names)]}


def _new_fields(names: Sequence[str] | Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for name in names:
        yield {"key": name, "name": _TITLES[name], "type": TYPES[name], "required": name == "name"}
