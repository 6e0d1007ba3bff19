"""Metafields: texts of a brand's that are records of their own, with ids, a listing and requests of their own.

developer.bigcommerce.com/docs/rest-catalog/brands/metafields; they are part of the document "Catalog - Brands".
"""

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, Self

from brandsync.brand import Fields
from brandsync.brand.kind import Kind, Unfit, canonical
from brandsync.errors import Rejected, TryAgainLater, Unreadable
from brandsync.http import HttpClient, RefusedByServer, RejectedByServer
from brandsync.json_reading import a_list, at, read_json
from brandsync.stores.bigcommerce.api import PAGE, PATH, Listed, Record, listed_in
from brandsync.stores.bigcommerce.settings import BigCommerceSettings
from brandsync.stores.id_form import COUNTED
from brandsync.stores.refusal import unstorable

ALL: Final = f"{PATH}/metafields"
LONGEST: Final = 65_535
"""How many characters a value has at most; it has one at least (``Metafield``)."""
RESTARTS: Final = 5
"""How often a listing starts again because metafields came or went while it was read."""


class Metafield(NamedTuple):
    """A metafield that a field goes into."""

    namespace: str
    key: str
    permission_set: str
    kind: Kind


class Held(NamedTuple):
    """What a brand holds in one."""

    id: int
    text: str


class Metafields:
    """The metafields that are synced, by the names of their fields. The calls raise what ``HttpClient`` raises."""

    def __init__(self, http: HttpClient, declared: Mapping[str, Metafield]) -> None:
        self._http = http
        self._declared = declared
        self._names = {(one.namespace, one.key): name for name, one in declared.items()}
        self._pages = sys.maxsize
        """How many pages a whole listing had, if there was one."""

    @classmethod
    def of_settings(cls, http: HttpClient, settings: BigCommerceSettings) -> Self:
        """Those that the settings name."""
        declared = {}
        for name, to in settings.fields.items():
            if to.metafield:
                namespace, _, key = to.metafield.rpartition(".")
                declared[name] = Metafield(namespace, key, to.permission_set, settings.further[name] or Kind.TEXT)
        return cls(http, declared)

    def __iter__(self) -> Iterator[str]:
        return iter(self._declared)

    def __len__(self) -> int:
        return len(self._declared)

    def __contains__(self, name: object) -> bool:
        return name in self._declared

    def kinds(self) -> dict[str, Kind]:
        """The kinds of their fields: what the settings say, since all of them are texts."""
        return {name: one.kind for name, one in self._declared.items()}

    def reads(self, brands: int) -> int:
        """How many requests ``of`` takes for so many brands."""
        return min(brands, self._pages) if self._declared else 0

    def all(self) -> Mapping[str, Mapping[str, Held]]:
        """The metafields of all brands, by the brand's id and the field's name."""
        records, self._pages = self._listed(ALL, self._filter)
        found: dict[str, list[Record]] = defaultdict(list)
        for record in records:
            found[str(record.get("resource_id"))].append(record)
        return {brand_id: self._held(some) for brand_id, some in found.items()}

    def count(self) -> int:
        """How many of them all brands have."""
        return self._page(ALL, self._filter, 1).total

    def of(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, Held]]:
        """The metafields of these brands: one request for each, or the whole listing if that takes fewer."""
        if self._pages < len(ids):
            listed = self.all()
            return {brand_id: listed.get(brand_id, {}) for brand_id in ids}
        return {brand_id: self._of_brand(brand_id) for brand_id in ids}

    def values(self, held: Mapping[str, Held], names: Iterable[str]) -> dict[str, Any]:
        """The values of these fields, in their canonical form. A text that doesn't fit its kind stays as it is."""
        return {name: self._value(name, held[name].text) if name in held else None for name in names}

    def write(self, brand_id: str, values: Fields, held: Mapping[str, Held]) -> dict[str, Any]:
        """Write these fields of a brand that holds ``held``; returns the values that it holds now.

        Raises:
            Rejected: some were refused. Others may have been written.
        """
        texts = {name: self._text(name, value) for name, value in values.items()}
        new = [self._new(brand_id, name, text) for name, text in texts.items() if text and name not in held]
        changed = [
            {"id": held[name].id, "value": text}
            for name, text in texts.items()
            if text and name in held and held[name].text != text
        ]
        gone = [held[name].id for name, text in texts.items() if not text and name in held]
        now = {name: one for name, one in held.items() if one.id not in gone}
        for method, records in (("POST", new), ("PUT", changed)):
            if records:
                now |= self._held(self._send(method, records))
        if gone:
            self._delete(brand_id, gone)
        return self.values(now, values)

    def problem(self, fields: Fields) -> str | None:
        """Why no metafield could hold these fields, or none."""
        for name, value in fields.items():
            text = self._text(name, value) or ""
            if reason := unstorable(name, text):
                return reason
            if len(text) > LONGEST:
                return f"the {name} has {len(text):,} characters, and a metafield of BigCommerce takes {LONGEST:,}"
            if self._declared[name].kind is Kind.JSON and isinstance(value, str):
                return f"the {name} is a lone text, which a metafield keeps as it is and not as JSON: make it an object"
        return None

    @property
    def _filter(self) -> dict[str, str]:
        return {
            "namespace:in": ",".join(dict.fromkeys(one.namespace for one in self._declared.values())),
            "key:in": ",".join(dict.fromkeys(one.key for one in self._declared.values())),
            "include_fields": "resource_id,namespace,key,value",
        }

    def _value(self, name: str, text: str) -> Any:
        kind = self._declared[name].kind
        try:
            value = read_json(text) if kind in {Kind.LIST, Kind.JSON} else text
            return text if kind is Kind.JSON and isinstance(value, str) else canonical(kind, value)
        except (Unfit, ValueError, RecursionError):
            return text

    def _text(self, name: str, value: Any) -> str | None:
        """A value as a metafield keeps it; none where it would be empty: then there is no metafield."""
        if value is None or isinstance(value, str):
            return value or None
        if isinstance(value, bool | list | dict) or self._declared[name].kind is Kind.JSON:
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return str(value)

    def _new(self, brand_id: str, name: str, text: str) -> Record:
        one = self._declared[name]
        return {
            "resource_id": int(brand_id),
            "namespace": one.namespace,
            "key": one.key,
            "value": text,
            "permission_set": one.permission_set,
        }

    def _of_brand(self, brand_id: str) -> Mapping[str, Held]:
        namespaces = {one.namespace for one in self._declared.values()}
        query = {"namespace": namespaces.pop()} if len(namespaces) == 1 else {}
        try:
            return self._held(self._listed(f"{PATH}/{COUNTED.checked(brand_id)}/metafields", query)[0])
        except RejectedByServer as error:
            if error.status != 404:
                raise
            return {}

    def _held(self, records: Iterable[Record]) -> dict[str, Held]:
        """The synced ones among a brand's metafields. Of two apps' metafields of one name, the older one counts."""
        found: dict[str, Held] = {}
        for record in sorted(records, key=lambda one: int(one["id"])):
            name = self._names.get((record.get("namespace", ""), record.get("key", "")))
            if name and isinstance(record.get("value"), str):
                found.setdefault(name, Held(int(record["id"]), record["value"]))
        return found

    def _listed(self, path: str, query: Mapping[str, str]) -> tuple[list[Record], int]:
        """A whole listing, and how many pages it has. If its total changes meanwhile, it starts again.

        Raises:
            TryAgainLater: metafields come and go faster than they can be listed.
        """
        for _ in range(RESTARTS + 1):
            records: list[Record] = []
            first = page = self._page(path, query, 1)
            number = 1
            while page.total == first.total:
                records += page.records
                if number >= page.pages:
                    return records, max(1, page.pages)
                number += 1
                page = self._page(path, query, number)
        raise TryAgainLater(f"the metafields at {path} change while they are listed")

    def _page(self, path: str, query: Mapping[str, str], number: int) -> Listed:
        answer, _ = self._http.json("GET", path, params={**query, "page": number, "limit": PAGE})
        listed = listed_in(answer)
        if listed and all(map(_is_metafield, listed.records)) and (listed.records or number >= listed.pages):
            return listed
        raise Unreadable(f"GET {path} doesn't answer with a page of metafields", hint="check `url` in [store]")

    def _send(self, method: str, records: Sequence[Any]) -> Sequence[Record]:
        """Send a batch; returns the metafields in the answer.

        Raises:
            Rejected: BigCommerce refuses some of them. Others may have been written.
        """
        sent = self._http.requests
        try:
            answer, _ = self._http.json(method, ALL, json=records)
        except RefusedByServer as error:
            if error.status != 403 or method == "POST":
                raise
            raise Rejected(
                f"its metafields: {error.message}",
                hint="another API account has made them and lets nobody else change them: delete them there, or name"
                " another namespace in [store.fields]",
            ) from None
        except RejectedByServer as error:
            if method == "POST" and self._http.requests > sent + 1:
                # An attempt that seemed to fail may have made them: the caller has to look.
                raise TryAgainLater(f"{error.message}; an earlier attempt may have made them") from None
            raise Rejected(f"its metafields: {error.message}") from None
        told = a_list(at(answer, "data"))
        if method != "DELETE" and not len(told) == len(records) == len(self._held(filter(_is_metafield, told))):
            raise Unreadable(f"{method} {ALL} doesn't say what became of each metafield")
        return told

    def _delete(self, brand_id: str, ids: Sequence[int]) -> None:
        try:
            self._send("DELETE", ids)
        except Rejected:
            # An earlier attempt, or somebody else, may have deleted them.
            if any(one.id in ids for one in self._of_brand(brand_id).values()):
                raise


def _is_metafield(record: Any) -> bool:
    return isinstance(record, dict) and isinstance(record.get("id"), int)
