"""The definition of the metaobjects that are the brands: what it has, what it lacks, and how it is made.

shopify.dev/docs/apps/build/metaobjects/manage-metaobject-definitions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from brandsync.errors import ConfigError, Unreadable
from brandsync.stores.shopify.values import TYPES

ADD: Final = "`brandsync init shopify-definition` adds it"


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition, as the shop has it."""

    id: str
    type: str
    count: int
    """How many metaobjects there are."""
    publishable: bool
    """Its metaobjects may be drafts. A new one is a draft by default."""
    fields: Mapping[str, str]
    """Its fields, each with its type."""
    demanded: Sequence[str]
    """The fields that a brand must have and that brandsync doesn't know."""

    def missing(self) -> list[str]:
        """The fields that it doesn't have."""
        return [name for name in TYPES if name not in self.fields]

    def unfit(self) -> dict[str, ConfigError]:
        """The fields that have another type, each with the error that says so. Nobody can change a field's type."""
        errors = {}
        for name, wanted in TYPES.items():
            found = self.fields.get(name, wanted)
            if found != wanted:
                where = f"the field {name!r} of the metaobject definition {self.type!r}"
                hint = (
                    f"take `{name}` out of [cms.fields]; or name another `type` in [store], for a definition of its own"
                )
                errors[name] = ConfigError(f"{where} is of the type {found}, and not {wanted}", hint=hint)
        return errors

    def require(self, names: Sequence[str]) -> None:
        """Make sure that it can hold these fields.

        Raises:
            ConfigError: one is missing, or has another type.
        """
        unfit = self.unfit()
        for name in names:
            if name in unfit:
                raise unfit[name]
            if name in TYPES and name not in self.fields:
                message = f"the metaobject definition {self.type!r} has no field {name!r}"
                raise ConfigError(message, hint=f"{ADD}; or take `{name}` out of [cms.fields]")


def missing_definition(kind: str) -> ConfigError:
    """The error for a shop that has no definition of this type."""
    hint = "`brandsync init shopify-definition` makes it; or check `type`"
    return ConfigError(f"the shop has no metaobject definition of the type {kind!r}", hint=hint)


def definition_of(found: Any) -> Definition | None:
    """The definition in an answer; none if the shop has none.

    Raises:
        Unreadable: it is no definition.
    """
    if found is None:
        return None
    try:
        return Definition(
            id=str(found["id"]),
            type=str(found["type"]),
            count=int(found["metaobjectsCount"]),
            publishable=bool(found["capabilities"]["publishable"]["enabled"]),
            fields={field["key"]: str(field["type"]["name"]) for field in found["fieldDefinitions"]},
            demanded=[
                field["key"] for field in found["fieldDefinitions"] if field["required"] and field["key"] not in TYPES
            ],
        )
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
        "fieldDefinitions": [_new_field(name) for name in TYPES],
    }


def added_fields(names: Sequence[str]) -> dict[str, Any]:
    """The fields to add, as ``MetaobjectDefinitionUpdateInput``. Everything else stays as it is."""
    return {"fieldDefinitions": [{"create": _new_field(name)} for name in names]}


def _new_field(name: str) -> dict[str, Any]:
    title = name.removesuffix("_url").capitalize()
    return {"key": name, "name": title, "type": TYPES[name], "required": name == "name"}
