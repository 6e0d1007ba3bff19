"""The manufacturers of the fake Shopware shop, and what a sync does with them.

Written after github.com/shopware/shopware as of October 2024 (6.6.7, trunk of 6.7), src/Core/Framework/
DataAbstractionLayer. Beside each behaviour stands its class and method there; what none says is marked as assumed.
"""

import copy
import re
from dataclasses import dataclass, field
from typing import Any, Final

from shopware_custom_fields import BLANK, NO_STRING, CustomFields, UnfitError
from shopware_media import Media
from shopware_texts import purify, strip_tags

ENTITY: Final = "product_manufacturer"
SYSTEM: Final = "2fbb5fe2e29a4d70aa5854ce7ce3e20b"
"""``Defaults::LANGUAGE_SYSTEM``."""
GERMAN: Final = "de" * 16
TEXTS: Final = ("name", "description", "customFields")
TOO_LONG: Final = (
    "d94b19cc-114f-4f44-9cc4-4138e80a87b9",
    "This value is too long. It should have 255 characters or less.",
)

Record = dict[str, Any]


class RefusedError(Exception):
    """A request that is refused: its status, and JSON:API's errors."""

    def __init__(self, status: int, *errors: Record) -> None:
        super().__init__(status, errors)
        self.status, self.errors = status, errors


@dataclass
class Manufacturers:
    """What is in the database, by id."""

    rows: dict[str, Record] = field(default_factory=dict)
    """``link``, ``mediaId`` and the ``translations`` by their languages."""
    products: dict[str, str | None] = field(default_factory=dict)
    """The manufacturer of each product."""
    languages: set[str] = field(default_factory=lambda: {SYSTEM, GERMAN})
    custom: CustomFields = field(default_factory=CustomFields)
    media: Media = field(default_factory=Media)
    wiped: list[str] = field(default_factory=list)
    """The brands whose custom fields somebody has deleted by sending none."""
    syncs: int = 0
    """How many have been written."""

    def shown(self, key: str, language: str) -> Record:
        """``EntityHydrator::translate``: the language's own texts, and what is seen where they are missing."""
        row = self.rows[key]
        chain = [row["translations"].get(each, {}) for each in (language, SYSTEM)]
        own = {name: chain[0].get(name) for name in TEXTS}
        seen = {name: next((texts[name] for texts in chain if texts.get(name) is not None), None) for name in TEXTS}
        own["customFields"] = self.custom.shown(own["customFields"])
        # Assumed of a null: what the shop's own language has is seen there (``EntityHydrator::mergeJson``).
        merged = {
            name: value
            for texts in reversed(chain)
            for name, value in (texts.get("customFields") or {}).items()
            if value is not None
        }
        seen["customFields"] = self.custom.shown(merged or None)
        return {"id": key, "link": row["link"], "mediaId": row["mediaId"], **own, "translated": seen}

    def let_go(self, medium: str) -> None:
        """``SetNullOnDelete``: manufacturers lose a logo that is deleted."""
        for row in self.rows.values():
            row["mediaId"] = None if row["mediaId"] == medium else row["mediaId"]

    def sync(self, operations: Any, language: str, privileges: frozenset[str]) -> Record:
        """``SyncController::sync``, ``EntityWriter::sync``: all of it in one transaction, or nothing.

        What is refused for its values is told before anything is sent to the database, and that before the privileges
        are looked at (``EntityWriteGateway::executeCommands``, ``AclWriteValidator::preValidate``).
        """
        work = _Work(copy.deepcopy(self.rows), language, self.languages, self.custom, self.media)
        for place, operation in enumerate(operations):
            _checked(operation)
            carry_out = {"upsert": work.upsert, "delete": work.delete}[operation["action"]]
            carry_out(str(operation.get("key", place)), operation["payload"])
        if work.errors:
            raise RefusedError(400, *work.errors)
        if missing := sorted(f"{ENTITY}:{need}" for need in work.needs if f"{ENTITY}:{need}" not in privileges):
            raise RefusedError(403, missing_privileges(missing))
        self.rows = work.rows
        self.wiped += work.wiped
        self.syncs += 1
        for product, manufacturer in self.products.items():  # ``SetNullOnDelete``
            self.products[product] = manufacturer if manufacturer in self.rows else None
        told = {"data": work.written, "notFound": work.not_found, "deleted": work.deleted}
        # PHP writes an empty array as a list, whatever it was to hold.
        return {"extensions": [], **{name: {ENTITY: keys} if keys else [] for name, keys in told.items()}}


@dataclass
class _Work:
    """One transaction."""

    rows: dict[str, Record]
    language: str
    languages: set[str]
    custom: CustomFields
    media: Media
    errors: list[Record] = field(default_factory=list)
    needs: set[str] = field(default_factory=set)
    written: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    not_found: list[str] = field(default_factory=list)
    wiped: list[str] = field(default_factory=list)

    def upsert(self, key: str, payload: list[Record]) -> None:
        """``WriteCommandExtractor::extract`` for each of the payload."""
        for place, record in enumerate(payload):
            self._upsert(f"/{key}/{place}", record)

    def _upsert(self, path: str, record: Record) -> None:
        brand_id = _id(record)
        exists = brand_id in self.rows
        self.needs.add("update" if exists else "create")
        row = self.rows.setdefault(brand_id, {"link": None, "mediaId": None, "translations": {}})
        for name in ("link", "mediaId"):
            if name in record:
                row[name] = self._string(f"{path}/{name}", record[name])
        if record.get("mediaId") and row["mediaId"] not in self.media.rows:  # assumed: the status
            raise RefusedError(500, error(500, "0", "a foreign key constraint fails: fk.product_manufacturer.media_id"))
        translations = self._translations(record)
        for language, texts in translations.items():
            self._translate(f"{path}/translations/{language}", row, language, texts)
        if not exists and SYSTEM not in translations:  # ``TranslationsAssociationFieldSerializer::map``
            said = f"Translation required for system language {SYSTEM}"
            self._refuse(f"{path}/translations/{SYSTEM}", ("MISSING-SYSTEM-TRANSLATION", said))
        self.written += [brand_id] if brand_id not in self.written else []

    def _translations(self, record: Record) -> dict[str, Record]:
        """``TranslatedFieldSerializer::normalize``, ``TranslationsAssociationFieldSerializer::normalize``.

        Texts go to the request's language; one that says nothing of any text still writes an empty translation there.
        """
        found = {language: dict(texts) for language, texts in record.get("translations", {}).items()}
        if unknown := found.keys() - self.languages:
            raise RefusedError(500, error(500, "0", f"a foreign key constraint fails: {unknown}"))
        for name in TEXTS:
            if name in record:
                found.setdefault(self.language, {}).setdefault(name, record[name])
        return found or {self.language: {}}

    def _translate(self, path: str, row: Record, language: str, texts: Record) -> None:
        is_new = language not in row["translations"]
        held = row["translations"].setdefault(language, dict.fromkeys(TEXTS))
        is_due = language == SYSTEM and (is_new or "name" in texts)
        if is_due and texts.get("name") is None:  # ``AbstractFieldSerializer::requiresValidation``
            self._refuse(f"{path}/name", BLANK)
        elif texts.get("name") is not None or "name" in texts:
            held["name"] = self._string(f"{path}/name", texts["name"], required=language == SYSTEM)
        if "description" in texts:
            held["description"] = self._long_text(f"{path}/description", texts["description"])
        if "customFields" in texts:
            self._custom_fields(path, held, texts["customFields"], is_new=is_new)

    def _custom_fields(self, path: str, held: Record, given: Any, *, is_new: bool) -> None:
        """``CustomFieldsSerializer::encode``: null or nothing deletes all of them; all else is merged into them."""
        if not given:
            self.wiped.append(path)
            held["customFields"] = None if given is None else {}
            return
        merged = dict(held["customFields"] or {})
        for name, value in given.items():
            try:
                merged[name] = self.custom.held(name, value, is_new=is_new)
            except UnfitError as error:
                code, said = error.args
                self._refuse(f"{path}/customFields/{name}", (code, said))
        held["customFields"] = merged

    def _string(self, path: str, value: Any, *, required: bool = False) -> str | None:
        """``StringFieldSerializer::encode``: it is checked as it came, and again without its tags."""
        if value is None or (isinstance(value, str) and not value.strip()):
            if required:
                self._refuse(path, BLANK)
            return None
        if not isinstance(value, str):
            self._refuse(path, NO_STRING)
            return None
        if len(value) > 255:
            self._refuse(path, TOO_LONG)
        stripped = strip_tags(value)
        if not stripped:
            self._refuse(path, BLANK)
        return stripped

    def _long_text(self, path: str, value: Any) -> str | None:
        """``LongTextFieldSerializer::encode``, with ``AllowHtml``: likewise, purified."""
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            self._refuse(path, NO_STRING)
            return None
        purified = purify(value)
        if not purified:
            self._refuse(path, BLANK)
        return purified

    def delete(self, _key: str, payload: list[Record]) -> None:
        """``EntityWriter::extractDeleteCommands``: what isn't there is told, and no error."""
        for record in payload:
            brand_id = _id(record)
            if self.rows.pop(brand_id, None) is None:
                self.not_found.append(brand_id)
            else:
                self.needs.add("delete")
                self.deleted.append(brand_id)

    def _refuse(self, pointer: str, violation: tuple[str, str]) -> None:
        """``WriteConstraintViolationException::getErrors``."""
        code, said = violation
        error = {"code": code, "status": "400", "detail": said, "template": said, "source": {"pointer": pointer}}
        self.errors.append(error)


def missing_privileges(privileges: list[str]) -> Record:
    """``MissingPrivilegeException``: what it says is JSON."""
    named = ",".join(f'"{privilege}"' for privilege in privileges)
    said = f'{{"message":"Missing privilege","missingPrivileges":[{named}]}}'
    return error(403, "FRAMEWORK__MISSING_PRIVILEGE_ERROR", said)


def error(status: int, code: str, detail: str | None, title: str = "") -> Record:
    """``ShopwareHttpException::getCommonErrorData``."""
    return {"status": str(status), "code": code, "title": title, "detail": detail, "meta": {"parameters": []}}


def _checked(operation: Any) -> None:
    """``SyncOperation::validate``, ``WriteInputValidator::validate``."""
    if not isinstance(operation, dict) or operation.get("entity") != ENTITY or not operation.get("payload"):
        raise RefusedError(400, error(400, "FRAMEWORK__INVALID_SYNC_OPERATION", "Invalid sync operation."))
    if operation.get("action") not in {"upsert", "delete"}:
        raise RefusedError(400, error(400, "FRAMEWORK__INVALID_SYNC_OPERATION", "Supported actions: upsert, delete"))
    if not all(isinstance(record, dict) and record for record in operation["payload"]):
        raise RefusedError(400, error(400, "FRAMEWORK__BAD_REQUEST", "Should contain a list of associative arrays"))


def _id(record: Record) -> str:
    """``Uuid::fromHexToBytes``."""
    brand_id = record.get("id")
    if isinstance(brand_id, str) and re.fullmatch("[0-9a-f]{32}", brand_id):
        return brand_id
    raise RefusedError(400, error(400, "FRAMEWORK__INVALID_UUID", f"Value is not a valid UUID: {brand_id}"))
