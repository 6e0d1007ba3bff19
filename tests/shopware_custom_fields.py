"""The custom fields of the fake Shopware shop: their definitions, and what it makes of values.

Written after github.com/shopware/shopware as of October 2024 (6.6.7), src/Core: beside each behaviour stands its class
and method there. Nothing is recorded. What is only inferred from PHP, or reported by a shop, says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from shopware_texts import purify, strip_tags

BLANK: Final = ("c1051bb4-d103-4f74-8988-acbcafc7fdc3", "This value should not be blank.")
NO_STRING: Final = ("ba785a8c-82cb-4283-967c-3cf342181b40", "This value should be of type string.")
NO_INT: Final = (NO_STRING[0], "This value should be of type int.")
NO_NUMBER: Final = (NO_STRING[0], "This value should be of type numeric.")
NO_BOOL: Final = (NO_STRING[0], "This value should be of type bool.")
READING: Final = frozenset({"custom_field:read", "custom_field_set:read", "custom_field_set_relation:read"})


class UnfitError(Exception):
    """A value that is refused: the violation's code, and what is said."""


@dataclass
class Definition:
    """``CustomFieldDefinition``, with the entities to which its set is assigned."""

    type: str
    config: Mapping[str, Any] | None = None
    active: bool = True
    entities: tuple[str, ...] = ("product_manufacturer",)


@dataclass
class CustomFields:
    """The definitions, by technical name."""

    defined: dict[str, Definition] = field(default_factory=dict)
    empties_numbers: bool = True
    """Inferred from the source of 6.6. Reported by a shop: 6.5.6 refuses null for a whole number (issue 3397)."""

    def search(self, criteria: Mapping[str, Any]) -> list[dict[str, Any]]:
        """``RequestCriteriaBuilder``; names are compared as MySQL's utf8mb4_unicode_ci does, without regard to case."""
        (either,) = criteria["filter"]
        assert (either["type"], either["operator"]) == ("multi", "or")
        named, related = either["queries"]
        assert (named["type"], named["field"]) == ("equalsAny", "name")
        assert (related["type"], related["field"]) == ("equals", "customFieldSet.relations.entityName")
        wanted = {name.casefold() for name in named["value"]}
        assert criteria["sort"] == [{"field": "name", "order": "ASC"}]
        return [
            self._shown(name, criteria)
            for name, one in sorted(self.defined.items())
            if name.casefold() in wanted or related["value"] in one.entities
        ]

    def _shown(self, name: str, criteria: Mapping[str, Any]) -> dict[str, Any]:
        """What isn't associated is null (``JsonEntityEncoder``)."""
        one = self.defined[name]
        relations = [{"entityName": entity, "apiAlias": "custom_field_set_relation"} for entity in one.entities]
        asked = criteria.get("associations", {}).get("customFieldSet")
        within = relations if asked and "relations" in asked.get("associations", {}) else None
        owner = {"relations": within, "apiAlias": "custom_field_set"} if asked else None
        # PHP writes an empty array as a list, whatever it was to hold.
        config = None if one.config is None else dict(one.config) or []
        shown = {"name": name, "type": one.type, "config": config, "active": one.active}
        return {**shown, "customFieldSet": owner, "apiAlias": "custom_field"}

    def held(self, name: str, value: Any, *, is_new: bool = False) -> Any:
        """``JsonFieldSerializer::validateMapping``: a value as it is stored, by the type of an active definition.

        Raises:
            UnfitError: it is refused.
        """
        one = self.defined.get(name)
        encode = _ENCODERS.get(one.type) if one and one.active else None
        if not encode:
            return php(value)
        if value is None:
            if one and one.type == "int" and not self.empties_numbers:
                raise UnfitError(*NO_INT)
            return None
        stored = encode(php(value))
        # Inferred: an update binds a float as text, which PHP writes with its ``precision`` of 14 digits; JSON doesn't.
        return float(f"{stored:.14g}") if isinstance(stored, float) and not is_new else stored

    def shown(self, held: Mapping[str, Any] | None) -> Any:
        """``JsonFieldSerializer::decode``: what a manufacturer's ``customFields`` read."""
        if not held:
            return held if held is None else []
        return {name: self._read(name, value) for name, value in held.items()}

    def _read(self, name: str, value: Any) -> Any:
        one = self.defined.get(name)
        decode = _DECODERS.get(one.type) if one and one.active else None
        return decode(value) if decode and value is not None else value


def php(value: Any) -> Any:
    """JSON as PHP passes it on. Inferred from ``json_decode`` and ``json_encode``: an object is an array there."""
    if isinstance(value, dict):
        if list(value) == [str(place) for place in range(len(value))]:
            return [php(one) for one in value.values()]
        return {key: php(one) for key, one in value.items()}
    if isinstance(value, list):
        return [php(one) for one in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return float(value)
    return value


def _text(value: Any) -> str | None:
    """``LongTextFieldSerializer::encode``."""
    return _long(value, strip_tags)


def _html(value: Any) -> str | None:
    """With ``AllowHtml``."""
    return _long(value, purify)


def _long(value: Any, clean: Any) -> str | None:
    if value == "":
        return None
    if not isinstance(value, str):
        raise UnfitError(*NO_STRING)
    cleaned: str = clean(value)
    if not cleaned:
        raise UnfitError(*BLANK)
    return cleaned


def _int(value: Any) -> int:
    """``IntFieldSerializer``: neither "5" nor 5.0."""
    if type(value) is not int:
        raise UnfitError(*NO_INT)
    return value


def _float(value: Any) -> float:
    """``FloatFieldSerializer``: PHP's ``is_numeric`` takes texts, too."""
    try:
        if isinstance(value, int | float | str) and not isinstance(value, bool):
            return float(value)
    except ValueError:
        pass
    raise UnfitError(*NO_NUMBER)


def _bool(value: Any) -> int:
    """``BoolFieldSerializer``."""
    if not isinstance(value, bool):
        raise UnfitError(*NO_BOOL)
    return int(value)


def _datetime(value: Any) -> str:
    """``DateTimeFieldSerializer``: in UTC; assumed: a text that is no moment is refused with a 400, as any value is."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise UnfitError(NO_STRING[0], "This value should be of type DateTimeInterface.") from None
    # Without a zone it is one of the server's own, which is assumed to be two hours ahead.
    moment = moment if moment.tzinfo else datetime.fromisoformat(f"{moment.isoformat()}+02:00")
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03}"


def _atom(value: Any) -> str:
    """``DATE_ATOM``: without milliseconds."""
    return f"{value[:19].replace(' ', 'T')}+00:00"


_ENCODERS: Final = {"text": _text, "html": _html, "int": _int, "float": _float, "bool": _bool, "datetime": _datetime}
"""All other types are ``JsonField``s, which keep what they get; ``price`` isn't made here."""
_DECODERS: Final = {"text": str, "html": str, "int": int, "float": float, "bool": bool, "datetime": _atom}
