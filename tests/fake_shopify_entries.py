"""What a fake Shopify shop holds: metaobject definitions and their entries, and what it makes of what is written.

"captured" is what a real shop answered under version 2026-04, as github.com/airhorns/shopify-draft-proxy has recorded
it in fixtures/conformance/…/2026-04/metaobjects; "schema" the descriptions in the vendor's schema; "types" and "limits"
shopify.dev/docs/apps/build/metafields/list-of-data-types, …/metafield-limits and …/metaobjects/metaobject-limits.
"""

import json
import re
from itertools import count
from typing import Any
from urllib.parse import urlsplit

Entry = dict[str, Any]
LONGEST = {"single_line_text_field": 65_536, "multi_line_text_field": 65_536, "url": 2_048, "json": 131_072}
"""limits: bytes."""


class UserError(Exception):
    """Why one mutation was refused."""

    def __init__(self, code: str, field: list[str], message: str) -> None:
        super().__init__(message)
        self.shown = {"code": code, "field": field, "message": message, "elementKey": None, "elementIndex": None}


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
                raise UserError("DUPLICATE_FIELD_INPUT", where, f'Field "{key}" duplicates other inputs')  # captured
            if key not in definition["fields"]:
                message = f'Field definition "{key}" does not exist'
                raise UserError("UNDEFINED_OBJECT_FIELD", where, message)  # captured
            seen.add(key)
            if value and (reason := _invalid(definition["fields"][key]["type"], value)):
                raise UserError("INVALID_VALUE", where, reason)  # captured
            values[key] = value
        for key, field in definition["fields"].items():
            if field["required"] and not values.get(key):
                message = f"{field['name']} can't be blank"
                raise UserError("OBJECT_FIELD_REQUIRED", ["metaobject"], message)  # captured
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
    if not re.fullmatch(r"[a-zA-Z0-9_-]{2,64}", sent["key"]):
        raise UserError("INVALID", ["definition", "fieldDefinitions"], "Key contains one or more invalid characters.")
    return {"key": sent["key"], "name": sent.get("name"), "type": sent["type"], "required": bool(sent.get("required"))}


def _invalid(kind: str, value: str) -> str | None:
    """types, limits; captured: the words of a URL. Assumed: the other words."""
    if len(value.encode()) > LONGEST[kind]:
        return "Value is too large."
    if kind == "single_line_text_field" and re.search(r"[\r\n]", value):
        return "Value must be a single line text string."
    if kind == "url" and urlsplit(value).scheme not in {"http", "https", "mailto", "sms", "tel"}:
        return "Value cannot have an empty scheme (protocol), must include one of the following URL schemes: …"
    if kind == "json":
        try:
            json.loads(value)
        except ValueError:
            return "Value must be valid JSON."
    return None
