"""The definition of the metaobjects that are the brands: what it has, what it lacks, and how it is made.

shopify.dev/docs/apps/build/metaobjects/manage-metaobject-definitions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from brandsync.brand.kind import Kind
from brandsync.errors import ConfigError, Unreadable
from brandsync.errors.hints import did_you_mean
from brandsync.stores.shopify.field import KNOWN, MADE, OBJECTS, TYPES, Field

ADD: Final = "`brandsync init shopify-definition` adds it"
PICTURES: Final = {"name": "file_type_options", "value": '["Image"]'}
"""The validation of a field that refers to pictures alone."""
Further = Mapping[str, Kind | None]
"""The mapped fields that are the shop's own, by name, each with the kind that the settings say."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition, as the shop has it."""

    id: str
    type: str
    count: int
    """How many metaobjects there are."""
    publishable: bool
    """Its metaobjects may be drafts. A new one is a draft by default."""
    fields: Mapping[str, Field]
    """Its fields by their keys."""

    def missing(self, further: Further) -> list[str]:
        """The fields that it doesn't have, of those that brandsync knows and of the shop's own."""
        return [name for name in (*TYPES, *further) if name not in self.fields]

    def demanded(self, further: Further) -> list[ConfigError]:
        """The errors for fields that a brand must have, but that are neither mapped nor known to brandsync."""
        keys = [key for key, field in self.fields.items() if field.required and key not in {*TYPES, *further}]
        what = "the definition requires the field {!r}, which [cms.fields] doesn't map: no brand can be created"
        hint = "map it; or let it not be required, in Shopify's admin, Settings, Custom data"
        return [ConfigError(what.format(key), hint=hint) for key in keys]

    def unfit(self, further: Further) -> dict[str, ConfigError]:
        """The fields of a type that can't hold them, each with the error. Nobody can change a field's type."""
        errors = {}
        for name in (*TYPES, *further):
            field = self.fields.get(name)
            if field and (what := _mismatch(field, further)):
                message = f"the field {name!r} of the metaobject definition {self.type!r} is of the type {field.type}, "
                hint = f"take `{name}` out of [cms.fields]; "
                hint += (
                    "or name another `type` in [store], for a definition of its own"
                    if name in TYPES
                    else "or correct its `type` there; or map it under the name of another field"
                )
                errors[name] = ConfigError(message + what, hint=hint)
        return errors

    def held(self, further: Further) -> dict[str, Field]:
        """The fields that brandsync knows, and those of the shop's own that can be held, each with its kind."""
        known = {name: replace(self.fields.get(name, field), kind=field.kind) for name, field in KNOWN.items()}
        unfit = self.unfit(further)
        own = {name: self.fields[name] for name in further if name in self.fields and name not in unfit}
        return known | {name: replace(field, kind=further[name] or field.kinds[0]) for name, field in own.items()}

    def require(self, names: Sequence[str], further: Further) -> None:
        """Make sure that it can hold these fields.

        Raises:
            ConfigError: one is missing, or has another type.
        """
        unfit, missing = self.unfit(further), self.missing(further)
        for name in names:
            if name in unfit:
                raise unfit[name]
            if name in missing:
                raise self.lacking(name)

    def lacking(self, name: str) -> ConfigError:
        """The error for a field that it doesn't have."""
        message = f"the metaobject definition {self.type!r} has no field {name!r}"
        hint = f"{ADD}; or take `{name}` out of [cms.fields]"
        return ConfigError(message + did_you_mean(name, self.fields), hint=hint)


def _mismatch(field: Field, further: Further) -> str | None:
    """Why the type of a field can't hold it, as the end of a sentence; or none."""
    if field.key in TYPES:
        return f"and not {TYPES[field.key]}" if field.type != TYPES[field.key] else None
    said = further[field.key]
    if not field.kinds:
        return "which brandsync can't hold exactly"
    if field.type in OBJECTS and said is None:
        return 'whose values are JSON of Shopify\'s own: with `type = "json"`, the CMS gives just that'
    if said and said not in field.kinds:
        return f"which holds {' or '.join(field.kinds)}, and the field {field.key} is {said}"
    return _mismatched_picture(field, said)


def _mismatched_picture(field: Field, said: Kind | None) -> str | None:
    if field.is_picture and said is None:
        return (
            'which holds pictures: say type = "image" in [cms.fields] for those that brandsync copies into the shop, or'
            ' type = "text" where the CMS has the ids of Shopify\'s own files'
        )
    if said is Kind.IMAGE and field.required:
        return "which it requires, and a brand is made before its picture: let the definition not require it"
    return None


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
            fields={field["key"]: _field(field) for field in found["fieldDefinitions"]},
        )
    except (KeyError, TypeError, ValueError):
        raise Unreadable("the shop answers with a definition that can't be read", hint="check `api_version`") from None


def _field(found: Any) -> Field:
    rules = {rule["name"]: str(rule["value"]) for rule in found["validations"] if rule["value"] is not None}
    return Field(found["key"], str(found["type"]["name"]), required=bool(found["required"]), rules=rules)


def new_definition(kind: str, further: Further) -> dict[str, Any]:
    """The definition to make, as ``MetaobjectDefinitionCreateInput``.

    Its entries can't be drafts, and storefronts and themes may read them: what the CMS publishes should be visible.
    """
    return {
        "type": kind,
        "name": kind.replace("_", " ").replace("-", " ").capitalize(),
        "displayNameKey": "name",
        "access": {"storefront": "PUBLIC_READ"},
        "fieldDefinitions": [_new_field(name, further) for name in (*TYPES, *further)],
    }


def added_fields(names: Sequence[str], further: Further) -> dict[str, Any]:
    """The fields to add, as ``MetaobjectDefinitionUpdateInput``. Everything else stays as it is."""
    return {"fieldDefinitions": [{"create": _new_field(name, further)} for name in names]}


def _new_field(name: str, further: Further) -> dict[str, Any]:
    if name in TYPES:
        title, of = name.removesuffix("_url").capitalize(), TYPES[name]
    else:
        title, of = name.replace("_", " ").capitalize(), MADE[further[name] or Kind.TEXT]
    made = {"key": name, "name": title, "type": of, "required": name == "name"}
    return {**made, "validations": [PICTURES]} if further.get(name) is Kind.IMAGE else made
