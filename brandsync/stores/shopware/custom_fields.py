"""The custom fields of a shop's manufacturers that are mapped. Their definitions say what each holds.

Shopware stores anything under any name, and checks only what a definition of that very name says. So a field without
one is refused here. A search finds ``Founded`` for ``founded``, which would be another field: MySQL ignores case.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from brandsync.brand import Fields
from brandsync.brand.kind import Kind
from brandsync.errors import ConfigError
from brandsync.errors.hints import did_you_mean
from brandsync.json_reading import at, objects
from brandsync.stores.refusal import refused_as
from brandsync.stores.shopware.api import CUSTOM, ENTITY, ManufacturersApi, Record, release
from brandsync.stores.shopware.custom_field import CustomField

READING: Final = ("custom_field:read", "custom_field_set:read", "custom_field_set_relation:read")
"""The privileges that reading the definitions needs."""
EMPTIES_NUMBERS: Final = (6, 6)
"""Since this version, null empties a whole number (``IntFieldSerializer``; issue 3397 of shopware/shopware)."""
UNDONE_NUMBER: Final = (
    "Shopware before 6.6 can't empty a custom field that is a whole number: where it had none, an undo is refused"
)
_MOMENTS: Final = (Kind.DATETIME, Kind.DATE)
_CHOSEN: Final = (Kind.TEXT, Kind.LIST)
_PICTURE: Final = (Kind.IMAGE, Kind.TEXT, Kind.LIST)
_TYPES: Final[Mapping[str, Sequence[Kind]]] = {
    "text": (Kind.TEXT,),
    "html": (Kind.HTML,),
    "int": (Kind.INTEGER,),
    "float": (Kind.DECIMAL,),
    "number": (Kind.DECIMAL, Kind.INTEGER),
    "bool": (Kind.BOOLEAN,),
    "checkbox": (Kind.BOOLEAN,),
    "switch": (Kind.BOOLEAN,),
    "datetime": _MOMENTS,
    "date": _MOMENTS,
    "select": _CHOSEN,
    "entity": _CHOSEN,
    "media": _PICTURE,
    "colorpicker": (Kind.TEXT,),
    "json": (Kind.JSON, *(kind for kind in Kind if kind not in {Kind.JSON, Kind.IMAGE})),
}
"""The kinds that each type of Shopware can hold, its own first. Any other, such as ``price``: JSON, if that is said."""


class CustomFields:
    """It asks the shop once, when the first of them is needed."""

    def __init__(self, api: ManufacturersApi, wanted: Mapping[str, Kind | None], page_size: int) -> None:
        """``wanted``: the fields that are mapped, with the kinds that the settings say."""
        self._api = api
        self._wanted = wanted
        self._page_size = page_size

    @cached_property
    def fields(self) -> Mapping[str, CustomField]:
        """The fields by name.

        Raises:
            ConfigError: with every field that the manufacturers don't have, or that can't hold what is said.
            CredentialsRefused: the integration may not read custom fields.
        """
        if not self._wanted:
            return {}
        remedy = f"give the integration a role with {', '.join(READING)} (Settings, Users & permissions)"
        with refused_as("the integration may not read which custom fields there are", remedy):
            found = self._api.custom_fields(self._wanted, self._page_size)
        known = {str(one.get("name")): one for one in found}
        read = {name: _missing(name, known) or _field(known[name], kind) for name, kind in self._wanted.items()}
        if problems := [problem for problem in read.values() if isinstance(problem, str)]:
            hint = "correct [cms.fields], or the custom field in Shopware (Settings, Custom fields)"
            raise ConfigError("\n".join(problems), hint=hint)
        return {name: field for name, field in read.items() if isinstance(field, CustomField)}

    @cached_property
    def not_emptied(self) -> str | None:
        """What can't be undone because this version of Shopware refuses null for whole numbers; or none."""
        counted = any(field.type == "int" for field in self.fields.values())
        return UNDONE_NUMBER if counted and release(self._api.version()) < EMPTIES_NUMBERS else None

    def read(self, record: Record, name: str) -> Any:
        """What a manufacturer holds in the synced language, without what the shop shows there of another one."""
        return self.fields[name].read(at(record, CUSTOM, name))

    def sent(self, fields: Fields) -> dict[str, Any]:
        """The custom fields among these as Shopware takes them: none but these, so that all others stay."""
        return {name: self.fields[name].sent(fields[name]) for name in self._wanted if name in fields}

    def problem(self, fields: Fields) -> str | None:
        """Why the shop could never hold one of these, or none."""
        reasons = (self.fields[name].problem(fields[name]) for name in self._wanted if name in fields)
        return next(filter(None, reasons), None)

    def comparison_key(self, fields: Fields) -> dict[str, Any]:
        """The parts of these that Shopware doesn't change."""
        return {name: self.fields[name].comparison_key(fields[name]) for name in self._wanted if name in fields}


def _missing(name: str, known: Mapping[str, Record]) -> str | None:
    """Why a manufacturer has no such field, or none."""
    if name not in known:
        alike = did_you_mean(name, [key for key, one in known.items() if one.get("active") and _is_of_brands(one)])
        return f"the shop has no custom field `{name}`{alike}"
    if not known[name].get("active"):
        return f"the custom field `{name}` is not active"
    if not _is_of_brands(known[name]):
        return f"the set of the custom field `{name}` is not assigned to manufacturers"
    return None


def _is_of_brands(definition: Record) -> bool:
    relations = objects(at(definition, "customFieldSet", "relations"))
    return any(relation.get("entityName") == ENTITY for relation in relations)


def _field(definition: Record, said: Kind | None) -> CustomField | str:
    """What a definition says, or why the field can't be synced. ``said``: the kind that the settings say."""
    name, of = str(definition.get("name")), str(definition.get("type"))
    held = _kinds(of, definition)
    kind = said or (held[0] if held and of in _TYPES else None)
    if held is _PICTURE and not said:
        return (
            f'the custom field `{name}` holds media: say type = "image" in [cms.fields] for pictures that brandsync'
            f' copies into the shop, or type = "text" where the CMS has the ids of the shop\'s own media'
        )
    if kind and kind in held:
        return CustomField(name, of, kind, _choices(definition))
    what = f"the custom field `{name}` is of the type {of}"
    if not held:
        return f"{what} and holds a time of day, for which brandsync has no kind"
    if not kind:
        return f'{what}, whose values brandsync takes as they are if [cms.fields] says `type = "json"`'
    return f"{what}, which holds {' or '.join(held)}, and the field is {kind}"


def _kinds(of: str, definition: Record) -> Sequence[Kind]:
    """The kinds that a field can hold, its own first."""
    kinds = _TYPES.get(of, (Kind.JSON,))
    component = str(at(definition, "config", "componentName"))
    date_type, number_type = (at(definition, "config", key) for key in ("dateType", "numberType"))
    if kinds is _MOMENTS and date_type == "time":
        # Shopware would make it a moment of the day on which it is written (``DateTimeFieldSerializer::encode``).
        return ()
    if kinds is _CHOSEN and ("multi" in component or "single" in component):
        return (Kind.LIST,) if "multi" in component else (Kind.TEXT,)
    is_second = (kinds is _MOMENTS and date_type == "date") or (of == "number" and number_type == "int")
    return kinds[::-1] if is_second else kinds


def _choices(definition: Record) -> Sequence[str]:
    if definition.get("type") != "select":
        return ()
    values = [option.get("value") for option in objects(at(definition, "config", "options"))]
    return [value for value in values if isinstance(value, str)]
