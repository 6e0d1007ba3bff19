"""What a fake Shopify shop holds: metaobject definitions and their entries, and what it makes of what is written.

"captured" is what a real shop answered, as github.com/airhorns/shopify-draft-proxy has recorded it in
fixtures/conformance, under version 2026-04 in metaobjects and under 2025-01 in metafields; "schema" the descriptions in
the vendor's schema; "types" and "limits" shopify.dev/docs/apps/build/metafields/list-of-data-types, …/metafield-limits
and …/metaobjects/metaobject-limits.
"""

import json
import re
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any
from urllib.parse import urlsplit

Entry = dict[str, Any]
LONGEST = {"single_line_text_field": 65_536, "multi_line_text_field": 65_536, "url": 2_048, "json": 131_072}
"""limits: bytes."""
REFERENCES = {
    "product_reference": ("Product", "Value must be a valid product reference."),
    "metaobject_reference": ("Metaobject", "Value require that you select a metaobject."),
    "file_reference": ("MediaImage|GenericFile|Video", "Value must be a file reference string."),
}
"""captured: the types of an id, and the words."""
SCALARS = {
    *LONGEST,
    "boolean",
    "color",
    "date",
    "date_time",
    "dimension",
    "id",
    "language",
    "link",
    "money",
    "number_decimal",
    "number_integer",
    "rating",
    "rich_text_field",
    *REFERENCES,
}
UNLISTED = {"boolean", "id", "json", "language", "money", "multi_line_text_field", "rich_text_field"}
"""captured: of the types that there are, those without a list. Others than these are left out here."""
MOMENT = r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?([+-]\d\d:\d\d)?"


class UserError(Exception):
    """Why one mutation was refused."""

    def __init__(
        self, code: str, field: list[str], message: str, key: str | None = None, index: int | None = None
    ) -> None:
        super().__init__(message)
        self.shown = {"code": code, "field": field, "message": message, "elementKey": key, "elementIndex": index}


class Entries:
    """All definitions and all entries, by their ids."""

    def __init__(self) -> None:
        self.definitions: dict[str, Entry] = {}
        """By their types."""
        self.by_id: dict[str, Entry] = {}
        """Entries with ``values`` as they are stored: text by key."""
        self.made = 1000
        self.most = 1_000_000
        """limits: entries of one definition."""

    # Definitions.

    def define(self, definition: Entry) -> Entry:
        """``metaobjectDefinitionCreate``."""
        kind = definition["type"].lower()
        if kind in self.definitions:
            raise UserError("TAKEN", ["definition", "type"], "Type has already been taken")  # captured
        if not re.fullmatch(r"[a-zA-Z0-9_-]{3,255}", kind):
            raise UserError("INVALID", ["definition", "type"], "Type contains one or more invalid characters.")
        fields = {field["key"]: _field(field) for field in definition.get("fieldDefinitions", ())}
        if (key := definition.get("displayNameKey")) and key not in fields:
            message = f'Field definition "{key}" does not exist'
            raise UserError("UNDEFINED_OBJECT_FIELD", ["definition", "displayNameKey"], message)  # captured
        publishable = definition.get("capabilities", {}).get("publishable", {}).get("enabled", False)
        self.made += 1
        self.definitions[kind] = {
            "id": f"gid://shopify/MetaobjectDefinition/{self.made}",
            "type": kind,
            "display": key,
            "fields": fields,
            "publishable": publishable,
            "access": definition.get("access", {}),
        }
        return self.definitions[kind]

    def redefine(self, definition_id: str, definition: Entry) -> Entry:
        """``metaobjectDefinitionUpdate``, as far as fields are added."""
        found = next((one for one in self.definitions.values() if one["id"] == definition_id), None)
        if found is None:
            raise UserError("RECORD_NOT_FOUND", ["id"], "Record not found")
        for number, operation in enumerate(definition.get("fieldDefinitions", ())):
            field = operation["create"]
            if field["key"] in found["fields"]:
                where = ["definition", "fieldDefinitions", str(number), "create"]
                raise UserError("OBJECT_FIELD_TAKEN", where, f'Field "{field["key"]}" is already in use')
            found["fields"][field["key"]] = _field(field)
        return found

    # Entries.

    def create(self, sent: Entry) -> Entry:
        """``metaobjectCreate``."""
        definition = self._definition(sent["type"])
        if len(self.of(definition["type"])) >= self.most:
            raise UserError("MAX_OBJECTS_EXCEEDED", ["metaobject"], "Maximum number of metaobjects exceeded")
        status = self._status(definition, sent) or ("DRAFT" if definition["publishable"] else None)  # captured
        values = self._values(definition, sent, {}, by_field=False)
        handle = self._handle(sent.get("handle")) or self._generated(definition, sent.get("handle"), values)
        self.made += 1
        entry = {
            "id": f"gid://shopify/Metaobject/{self.made}",
            "type": definition["type"],
            "handle": self._free(definition["type"], handle),
            "values": values,
            "status": status,
        }
        self.by_id[entry["id"]] = entry
        return entry

    def update(self, entry_id: str, sent: Entry) -> Entry:
        """``metaobjectUpdate``."""
        entry = self._entry(entry_id)
        definition = self._definition(entry["type"])
        status = self._status(definition, sent) or entry["status"]
        handle = self._handle(sent.get("handle")) or entry["handle"]
        if any(other is not entry and other["handle"] == handle for other in self.of(entry["type"])):
            raise UserError("TAKEN", ["metaobject", "handle"], "Handle has already been taken")  # captured
        # schema: ``fields`` changes those it names, and ``values`` is a full replacement.
        held = {} if sent.get("values") is not None else entry["values"]
        entry |= {"values": self._values(definition, sent, held, by_field=True), "handle": handle, "status": status}
        return entry

    def delete(self, entry_id: str) -> Entry:
        """``metaobjectDelete``."""
        return self.by_id.pop(self._entry(entry_id)["id"])

    def of(self, kind: str) -> list[Entry]:
        """The entries of a type."""
        return [entry for entry in self.by_id.values() if entry["type"] == kind]

    def listed(self, kind: str) -> list[Entry]:
        """captured: the listing leaves out entries that lack what their definition has come to require."""
        definition = self.definitions.get(kind)
        needed = [key for key, field in (definition or {"fields": {}})["fields"].items() if field["required"]]
        found = [entry for entry in self.of(kind) if all(entry["values"].get(key) for key in needed)]
        return sorted(found, key=lambda entry: int(entry["id"].rpartition("/")[2]))

    def _definition(self, kind: str) -> Entry:
        if kind not in self.definitions:  # schema: the code; assumed: the words
            message = f'No metaobject definition exists for type "{kind}"'
            raise UserError("UNDEFINED_OBJECT_TYPE", ["metaobject", "type"], message)
        return self.definitions[kind]

    def _entry(self, entry_id: str) -> Entry:
        if entry_id not in self.by_id:
            raise UserError("RECORD_NOT_FOUND", ["id"], "Record not found")  # captured
        return self.by_id[entry_id]

    def _status(self, definition: Entry, sent: Entry) -> str | None:
        publishable = (sent.get("capabilities") or {}).get("publishable")
        if publishable is None:
            return None
        if not definition["publishable"]:
            where = ["metaobject", "capabilities", "publishable"]
            raise UserError("CAPABILITY_NOT_ENABLED", where, "Capability is not enabled: publishable")  # captured
        return str(publishable["status"])

    def _values(self, definition: Entry, sent: Entry, held: dict[str, str], *, by_field: bool) -> dict[str, str]:
        given = sent.get("fields") or [
            {"key": key, "value": value} for key, value in (sent.get("values") or {}).items()
        ]
        values, seen = dict(held), set()
        for number, field in enumerate(given):
            where, key, value = ["metaobject", "fields", str(number)], field["key"], field["value"]
            if key in seen:
                message = f'Field "{key}" duplicates other inputs'
                raise UserError("DUPLICATE_FIELD_INPUT", where, message, key)  # captured
            if key not in definition["fields"]:
                message = f'Field definition "{key}" does not exist'
                raise UserError("UNDEFINED_OBJECT_FIELD", where, message, key)  # captured
            seen.add(key)
            try:
                values[key] = stored(definition["fields"][key], value, is_update=by_field) if value else value
            except Invalid as error:
                raise UserError("INVALID_VALUE", where, str(error), key, error.index) from None  # captured
        for key, field in definition["fields"].items():
            if field["required"] and not values.get(key):
                message = f"{field['name']} can't be blank"
                raise UserError("OBJECT_FIELD_REQUIRED", ["metaobject"], message, key)  # captured
        return {key: value for key, value in values.items() if value}  # assumed: what is empty is none

    def _handle(self, handle: str | None) -> str | None:
        """captured: the codes and words, and that a handle is kept in small letters."""
        if not handle:
            return None
        where = ["metaobject", "handle"]
        if len(handle) > 255:
            raise UserError("TOO_LONG", where, "Handle is too long (maximum is 255 characters)")
        if not re.fullmatch(r"[\w-]+", handle):  # captured of blanks and "!"; assumed of the other signs
            raise UserError("INVALID", where, "Handle is invalid")
        return handle.lower()

    def _generated(self, definition: Entry, handle: str | None, values: dict[str, str]) -> str:
        """captured: an empty handle becomes the display name's; none at all, one of the type."""
        name = values.get(definition["display"] or "", "")
        slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        if handle is None or not slug:
            return f"{definition['type'].replace('_', '-')}-{self.made:08x}"
        return slug[:240]

    def _free(self, kind: str, handle: str) -> str:
        """captured: a new entry whose handle is taken gets another one, and no error."""
        taken = {entry["handle"] for entry in self.of(kind)}
        return next(one for n in count() if (one := f"{handle}-{n}" if n else handle) not in taken)


def _field(sent: Entry) -> Entry:
    """captured: the codes and words."""
    where, key, kind = ["definition", "fieldDefinitions"], sent["key"], sent["type"]
    if key in {"id", "handle"}:
        raise UserError("RESERVED_NAME", where, f'The name "{key}" is reserved for system use', key)
    if len(key) < 2:
        raise UserError("TOO_SHORT", where, "Key is too short (minimum is 2 characters)", key)
    if not re.fullmatch(r"[a-zA-Z0-9_-]{2,64}", key):
        raise UserError("INVALID", where, "Key contains one or more invalid characters.", key)
    scalar = kind.removeprefix("list.")
    if scalar not in SCALARS or (scalar != kind and scalar in UNLISTED):
        raise UserError("INCLUSION", where, f"Type name {kind} is not a valid type. Valid types are: …", key)
    rules = [{"name": rule["name"], "value": rule["value"]} for rule in sent.get("validations") or ()]
    required = bool(sent.get("required"))
    return {"key": key, "name": sent.get("name") or key, "type": kind, "required": required, "validations": rules}


class Invalid(Exception):
    """A value that a field refuses. ``index``: the place of the item in a list."""

    def __init__(self, message: str, index: int | None = None) -> None:
        super().__init__(message)
        self.index = index


def stored(field: Entry, value: str, *, is_update: bool) -> str:
    """A value as it is kept. captured: the words, and all that becomes of values; assumed where it says so."""
    kind, rules = field["type"], {rule["name"]: rule["value"] for rule in field["validations"]}
    if not kind.startswith("list."):
        return _scalar(kind, rules, value, is_update=is_update)
    items = _json(value)
    if not isinstance(items, list):
        raise Invalid("Value must be a list.")  # assumed
    most = 256 if kind == "list.metaobject_reference" else 128  # limits; assumed: the words
    if not int(rules.get("list.min", 0)) <= len(items) <= int(rules.get("list.max", most)) or len(items) > most:
        raise Invalid("Value has too many or too few items.")
    kept = []
    for index, item in enumerate(items):
        try:
            kept.append(_item(kind.removeprefix("list."), rules, item))
        except Invalid as error:
            raise Invalid(str(error), index) from None
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")) if kept else ""  # assumed: none of no items


def _item(kind: str, rules: dict[str, str], item: Any) -> Any:
    text = item if isinstance(item, str) else json.dumps(item)
    if not text:
        raise Invalid("Value can't be blank.")  # assumed
    kept = _scalar(kind, rules, text, is_update=True)
    return int(kept) if kind == "number_integer" else kept


def _scalar(kind: str, rules: dict[str, str], value: str, *, is_update: bool) -> str:
    if len(value.encode()) > LONGEST.get(kind, 65_536):
        raise Invalid("Value is too large.")  # assumed
    if kind in REFERENCES:
        types, words = REFERENCES[kind]
        return _fitting(rf"gid://shopify/({types})/\d+", value, words)
    keep = {
        "single_line_text_field": _line,
        "multi_line_text_field": _text,
        "url": _url,
        "color": lambda _, value: _fitting("#[0-9a-fA-F]{6}", value, "Value must be a hex color code."),
        "number_integer": _integer,
        "number_decimal": _decimal,
        "date": _date,
        "date_time": _moment,
        "json": lambda _, value: json.dumps(_json(value), ensure_ascii=False, separators=(",", ":")),
        "rating": lambda _, value: json.dumps(_json(value), sort_keys=True, separators=(",", ":")),
        "dimension": _dimension,
    }
    if kind == "boolean":
        return _boolean(value, is_update=is_update)
    return keep[kind](rules, value) if kind in keep else value


def _line(rules: dict[str, str], value: str) -> str:
    if re.search(r"[\r\n]", value):
        raise Invalid("Value must be a single line text string.")  # assumed
    return _text(rules, value)


def _text(rules: dict[str, str], value: str) -> str:
    """captured: the maximum of a metaobject's field, and the rest of a product's. Assumed: the words of the minimum."""
    if len(value) > int(rules.get("max", 65_536)):
        raise Invalid(f"Value has a maximum length of {rules['max']}.")
    if len(value) < int(rules.get("min", 0)):
        raise Invalid(f"Value has a minimum length of {rules['min']}.")
    if "choices" in rules and value not in json.loads(rules["choices"]):
        raise Invalid(f"Value does not exist in provided choices: {rules['choices']}.")
    if "regex" in rules and not re.search(rules["regex"], value):
        raise Invalid("Value is not the correct format.")
    return value


def _url(_rules: dict[str, str], value: str) -> str:
    if urlsplit(value).scheme not in {"http", "https", "mailto", "sms", "tel"}:
        raise Invalid("Value cannot have an empty scheme (protocol), must include one of the following URL schemes: …")
    return value


def _boolean(value: str, *, is_update: bool) -> str:
    """captured: a creation takes anything, and what isn't false is true; a change does not."""
    if is_update and value not in {"true", "false"}:
        raise Invalid("Value must be true or false.")
    return "false" if value in {"false", "f", "0"} else "true"


def _integer(rules: dict[str, str], value: str) -> str:
    if not re.fullmatch(r"-?\d+(\.0+)?", value) or abs(int(value.partition(".")[0])) > 9_007_199_254_740_991:
        raise Invalid("Value must be an integer.")
    _within(rules, Decimal(value), Decimal)
    return value.partition(".")[0]


def _decimal(rules: dict[str, str], value: str) -> str:
    """captured: digits after the ninth are cut off. Assumed: a rule's precision is refused; zeros at the end go."""
    if not re.fullmatch(r"-?\d{1,13}(\.\d+)?", value):
        raise Invalid("Value must be a decimal.")
    _within(rules, Decimal(value), Decimal)
    whole, _, places = value.partition(".")
    if len(places) > int(rules.get("max_precision", 99)):
        raise Invalid("Value has too many decimal places.")
    places = places[:9].rstrip("0")
    return f"{whole}.{places or '0'}"  # assumed: 5 is told as 5.0


def _date(rules: dict[str, str], value: str) -> str:
    try:
        _within(rules, date.fromisoformat(value), date.fromisoformat)
    except ValueError:
        raise Invalid("Value must be in YYYY-MM-DD format.") from None
    return value


def _moment(rules: dict[str, str], value: str) -> str:
    """captured: fractions of a second are cut off, the offset stays, and a moment without one is in UTC.

    Assumed: an offset written as Z is refused.
    """
    found = re.fullmatch(MOMENT, value)
    if not found:
        message = "Value must be in “YYYY-MM-DDTHH:MM:SS” format. For example: 2022-06-01T15:30:00"
        raise Invalid(message)
    kept = f"{found[1]}T{found[2]}{found[4] or '+00:00'}"
    _within(rules, datetime.fromisoformat(kept), datetime.fromisoformat)
    return kept


def _dimension(_rules: dict[str, str], value: str) -> str:
    held = _json(value)
    if not isinstance(held, dict) or not isinstance(held.get("value"), int | float):
        raise Invalid("Value must contain unit and value.")
    return json.dumps({"value": float(held["value"]), "unit": held["unit"].upper()}, separators=(",", ":"))


def _within(rules: dict[str, str], value: Any, read: Any) -> None:
    if "max" in rules and value > read(rules["max"]):
        raise Invalid(f"Value has a maximum of {rules['max']}.")
    if "min" in rules and value < read(rules["min"]):
        raise Invalid(f"Value has a minimum of {rules['min']}.")


def _fitting(form: str, value: str, words: str) -> str:
    if not re.fullmatch(form, value):
        raise Invalid(words)
    return value


def _json(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        raise Invalid("Value must be valid JSON.") from None  # assumed: the words
