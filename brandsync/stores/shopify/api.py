"""The calls: brands listed, read, created, changed and deleted, and their definition."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from brandsync.brand.kind import Kind
from brandsync.errors import TryAgainLater, Unreadable
from brandsync.json_reading import an_object
from brandsync.observing.excerpt import excerpt
from brandsync.stores.id_form import IdForm
from brandsync.stores.refusal import Refused
from brandsync.stores.shopify import documents
from brandsync.stores.shopify.definition import Definition, Further, added_fields, definition_of, new_definition
from brandsync.stores.shopify.graphql import Data, GraphQL, Request, TooMuch
from brandsync.stores.shopify.settings import ShopifySettings

IDS: Final = IdForm("gid://shopify/Metaobject/[1-9][0-9]{0,19}", "a metaobject of Shopify")
LARGEST: Final = 250
"""The most entries in a page, and ids in an argument (shopify.dev/docs/api/usage/limits)."""
WRITE: Final = 11
"""Points that one creation or change costs: ten for the mutation, and one for the fields of its answer."""
SHOWN: Final = 2
"""Points more for each brand that tells its pictures' addresses."""
DELETE: Final = 10
LOOK: Final = 2
"""Points that a read by ids costs, for any number of ids."""
PAGE: Final = 35
"""Points that a page of 250 costs, with the definition."""
GONE: Final = "RECORD_NOT_FOUND"
UNKNOWN: Final = frozenset({"INTERNAL_ERROR"})
"""Codes that are no refusal: nobody knows whether the write was done."""

Record = Mapping[str, Any]
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page:
    """A part of the listing."""

    records: Sequence[Record]
    next: str | None
    definition: Definition | None
    """Only with the first part, and only if the shop has one."""


class BrandsApi:
    """The calls. Each raises what ``GraphQL`` raises, except ``TooMuch``: then it asks for less at once."""

    def __init__(self, settings: ShopifySettings) -> None:
        self.graphql = GraphQL(settings)
        self._type = settings.type
        self._first = settings.page_size
        self._shows = Kind.IMAGE in settings.further.values()
        self.write = WRITE + (SHOWN if self._shows else 0)
        """Points that one creation or change costs."""
        self.look = LOOK + (SHOWN if self._shows else 0)
        """Points that a read by ids costs."""

    def page(self, after: str | None) -> Page:
        """The brands after a cursor, in the order of their ids, which only grow. The first page has the definition."""
        variables = {"type": self._type, "first": self._first, "after": after, "begins": after is None}
        try:
            data = self.graphql.ask(Request(f"page of {self._first}", self._shown(documents.PAGE), variables, PAGE))
        except TooMuch:
            if self._first == 1:
                raise Unreadable("Shopify refuses a page of a single brand for its size") from None
            self._first = -(-self._first // 2)
            return self.page(after)
        definition = definition_of(data.get("metaobjectDefinitionByType"))
        try:
            found = data["metaobjects"]
            info, records = found["pageInfo"], [_record(node) for node in found["nodes"]]
            cursor = info["endCursor"] if info["hasNextPage"] else None
        except (KeyError, TypeError):
            raise Unreadable("Shopify doesn't answer with a page of metaobjects", hint="check `api_version`") from None
        if cursor is not None and not (isinstance(cursor, str) and cursor and records):
            raise Unreadable("Shopify answers with a page that leads nowhere")
        return Page(records, cursor, definition)

    def of_ids(self, ids: Sequence[str]) -> list[Record]:
        """The brands among these ids; at most ``LARGEST`` ids."""
        try:
            data = self.graphql.ask(
                Request("ids", self._shown(documents.OF_IDS), {"ids": [*map(IDS.checked, ids)]}, self.look)
            )
        except TooMuch:
            if len(ids) == 1:
                raise Unreadable("Shopify refuses to answer with a single brand for its size") from None
            half = len(ids) // 2
            return [*self.of_ids(ids[:half]), *self.of_ids(ids[half:])]
        nodes = data.get("nodes")
        if not isinstance(nodes, list):
            raise Unreadable("Shopify doesn't answer with the brands of the ids that were sent")
        # An id may not be a brand's: then its node is none, an empty object, or a metaobject of another type.
        records = [_record(node) for node in nodes if node]
        return [record for record in records if record["type"] == self._type]

    def create(self, brands: Sequence[Data]) -> Sequence[Record | Refused]:
        """Create brands; returns the outcome of each, in order. Never sent twice: that would make two of each."""
        answers = self._batch(brands, self._create)
        return [_outcome(answer, lambda told: _record(told.get("metaobject"))) for answer in answers]

    def update(self, changes: Sequence[tuple[str, Data]]) -> Sequence[Record | Refused]:
        """Change brands; returns the outcome of each, in order."""
        answers = self._batch(changes, self._update)
        return [_outcome(answer, lambda told: _record(told.get("metaobject"))) for answer in answers]

    def delete(self, ids: Sequence[str]) -> Sequence[str | Refused]:
        """Delete brands; returns the outcome of each, in order."""
        return [_outcome(answer, _deleted) for answer in self._batch(ids, self._delete)]

    def definition(self) -> Definition | None:
        """The definition; none if the shop has none."""
        data = self.graphql.ask(Request("definition", documents.DEFINITION, {"type": self._type}, 6))
        return definition_of(data.get("metaobjectDefinitionByType"))

    def scopes(self) -> set[str]:
        """What the app may do; the right to write includes the right to read."""
        data = self.graphql.ask(Request("scopes", documents.SCOPES, {}, 2))
        try:
            handles = {str(scope["handle"]) for scope in data["currentAppInstallation"]["accessScopes"]}
        except (KeyError, TypeError):
            raise Unreadable("Shopify doesn't answer with the app's scopes", hint="check `api_version`") from None
        return handles | {f"read_{handle.removeprefix('write_')}" for handle in handles if handle.startswith("write_")}

    def make_definition(self, further: Further) -> None:
        """Make the definition, with these fields of the shop's own.

        Raises:
            Rejected: Shopify refuses it, for example because it is there already.
        """
        sent = {"definition": new_definition(self._type, further)}
        self._define("metaobjectDefinitionCreate", documents.CREATE_DEFINITION, sent)

    def add_fields(self, definition: Definition, names: Sequence[str], further: Further) -> None:
        """Add fields to the definition, and change nothing else of it."""
        sent = {"id": definition.id, "definition": added_fields(names, further)}
        self._define("metaobjectDefinitionUpdate", documents.ADD_FIELDS, sent)

    def _shown(self, document: str) -> str:
        return documents.with_pictures(document) if self._shows else document

    def _define(self, mutation: str, document: str, variables: Data) -> None:
        data = self.graphql.ask(Request(mutation, document, variables, 10, writes=True, idempotent=False))
        told = _outcome(self._told(data.get(mutation)), lambda answer: answer)
        if isinstance(told, Refused):
            raise told

    def _create(self, brands: Sequence[Data]) -> Request:
        variables = {f"m{n}": brand for n, brand in enumerate(brands)}
        document = self._shown(documents.creations(len(brands)))
        return Request("creations", document, variables, self.write * len(brands), writes=True, idempotent=False)

    def _update(self, changes: Sequence[tuple[str, Data]]) -> Request:
        variables: dict[str, Any] = {}
        for n, (brand_id, change) in enumerate(changes):
            variables |= {f"i{n}": IDS.checked(brand_id), f"m{n}": change}
        document = self._shown(documents.updates(len(changes)))
        return Request("changes", document, variables, self.write * len(changes), writes=True)

    def _delete(self, ids: Sequence[str]) -> Request:
        variables = {f"i{n}": IDS.checked(brand_id) for n, brand_id in enumerate(ids)}
        return Request("deletions", documents.deletions(len(ids)), variables, DELETE * len(ids), writes=True)

    def _batch(self, items: Sequence[Item], request: Callable[[Sequence[Item]], Request]) -> list[Data]:
        """Carry out one mutation for each item, in one request; returns what Shopify says about each."""
        if not items:
            return []
        try:
            data = self.graphql.ask(request(items))
        except TooMuch:
            if len(items) == 1:
                code = "TOO_MUCH"
                return [{"userErrors": [{"code": code, "message": "Shopify refuses a single brand for its size"}]}]
            half = len(items) // 2
            return [*self._batch(items[:half], request), *self._batch(items[half:], request)]
        return [self._told(data.get(f"m{n}")) for n in range(len(items))]

    def _told(self, answer: Any) -> Data:
        """What Shopify says about one mutation, with secrets taken out of its errors."""
        if not (isinstance(answer, dict) and isinstance(answer.get("userErrors"), list)):
            raise Unreadable("Shopify doesn't say what became of each brand that was sent")
        said = map(an_object, answer["userErrors"])
        errors = [{**error, "message": self.graphql.http.masked(str(error.get("message") or ""))} for error in said]
        return {**answer, "userErrors": errors}


def _outcome(answer: Data, read: Callable[[Data], Item]) -> Item | Refused:
    """The outcome of one mutation: the brand, or why it was refused.

    Raises:
        TryAgainLater: nobody knows whether it was done.
    """
    if not answer["userErrors"]:
        return read(answer)
    error = answer["userErrors"][0]
    code = str(error.get("code") or "unknown")
    key = error.get("elementKey")
    what = f"its {excerpt(str(key), 64)}" if key else "it"
    said = f"Shopify refuses {what}: {excerpt(str(error.get('message') or 'no reason given'), 200)} ({code})"
    if code in UNKNOWN:
        raise TryAgainLater(said)
    return Refused(said, code=code, hint=_HINTS.get(code))


def _record(found: Any) -> Record:
    if (
        isinstance(found, dict)
        and all(isinstance(found.get(key), str) for key in ("id", "type", "handle"))
        and IDS.fits(found["id"])
        and isinstance(found.get("fields"), list)
        and all(map(_is_field, found["fields"]))
    ):
        return found
    raise Unreadable("Shopify answers with something that is no metaobject where one should be")


def _is_field(found: Any) -> bool:
    return isinstance(found, dict) and isinstance(found.get("key"), str) and isinstance(found.get("value"), str | None)


def _deleted(answer: Data) -> str:
    found = answer.get("deletedId")
    if not isinstance(found, str):
        raise Unreadable("Shopify doesn't say which brand it has deleted")
    return found


_HINTS: Final = {
    "TAKEN": "another brand has that handle, which Shopify takes once: change one of the two",
    "OBJECT_FIELD_REQUIRED": "the definition requires a field: fill it, or let the definition not require it",
    "INVALID_VALUE": "correct it in the CMS, or the field's validations in Shopify's admin, Settings, Custom data",
    "UNDEFINED_OBJECT_FIELD": "`brandsync init shopify-definition` adds the fields that the definition lacks",
    "UNDEFINED_OBJECT_TYPE": "`brandsync init shopify-definition` makes the definition",
    "REFERENCE_EXISTS_ERROR": "something in the shop refers to it: take that reference away first",
    "DISPLAY_NAME_CONFLICT": "a product option has a brand of that name among its values: rename one",
    "NOT_AUTHORIZED": "the definition is another app's: name one of the shop's own in `type`",
}
