"""``/catalog/brands`` of one store, a call a method.

developer.bigcommerce.com/docs/rest-catalog/brands; its OpenAPI document is called "Catalog - Brands".
"""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeGuard

from brandsync.brand import Fields
from brandsync.errors import ConfigError, Rejected, TryAgainLater, Unreadable
from brandsync.http import (
    Endpoint,
    HttpClient,
    QuotaHeaders,
    RefusedByServer,
    RejectedByServer,
    Response,
    retry_after,
)
from brandsync.json_reading import at
from brandsync.observing.excerpt import excerpt
from brandsync.stores.bigcommerce.columns import Columns
from brandsync.stores.bigcommerce.settings import BigCommerceSettings
from brandsync.stores.id_form import COUNTED

_log = logging.getLogger(__name__)

SCOPE: Final = "the scope Products: modify (store_v2_products)"
PATH: Final = "/catalog/brands"
PAGE: Final = 250
"""The most brands, or metafields, that one answer holds."""
PATIENCE: Final = 60.0
"""Seconds for which a call is repeated: a 429 may come without headers, and the longest documented window is 30."""
QUOTA: Final = QuotaHeaders(
    left="X-Rate-Limit-Requests-Left",
    reset="X-Rate-Limit-Time-Reset-Ms",
    quota="X-Rate-Limit-Requests-Quota",
    window="X-Rate-Limit-Time-Window-Ms",
)
"""docs.bigcommerce.com/developer/docs/overview/api-fundamentals/rate-limits."""
WAIT: Final = "X-Retry-After"
"""The seconds that a 429 asks to wait, in the vendor's documents of 2014 ("OAuth rate limits")."""
MOST: Final = 30_000
"""The most brands in a store ("Create a Brand", Limits)."""

_LIMIT: Final = re.compile(r"\blimit\b", re.IGNORECASE)

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of records."""

    records: Sequence[Record]
    total: int
    """How many records all pages have."""
    pages: int
    """How many pages there are, at the page size that the server uses."""


class Written(NamedTuple):
    """A brand as the store has it now, after a write."""

    record: Record
    lacking: str = ""
    """What the store says of the part that it has not saved."""


class BrandsApi:
    """The calls. Each raises what ``HttpClient`` raises, and those that write raise ``Rejected`` for 409 and 422."""

    def __init__(self, settings: BigCommerceSettings, columns: Columns) -> None:
        self._columns = columns
        token = settings.access_token.get_secret_value()
        self.url = f"{settings.url.rstrip('/')}/stores/{settings.store_hash}"
        self.http = HttpClient(
            Endpoint(
                url=f"{self.url}/v3",
                headers={"X-Auth-Token": token},
                secrets=(token,),
                timeout=settings.timeout.total_seconds(),
                retry_for=PATIENCE,
                retry_limit=settings.retry_limit.total_seconds(),
                ca_file=settings.ca_file,
                quota=QUOTA,
                wait_of=lambda response: retry_after(response.headers.get(WAIT), None),
                credentials_hint=f"check `access_token` in [store]: its API account needs {SCOPE}, in the store that"
                " `store_hash` names",
            )
        )

    def page(self, fields: Sequence[str], number: int, size: int) -> Listed:
        """One page of all brands; the first page is 1."""
        return self._list(fields, {"page": number, "limit": size})

    def of_ids(self, fields: Sequence[str], ids: Sequence[str]) -> Sequence[Record]:
        """The brands of these ids that exist; at most 250 ids."""
        return self._list(fields, {"id:in": ",".join(map(COUNTED.checked, ids)), "limit": PAGE}).records

    def named(self, fields: Sequence[str], name: str) -> Sequence[Record]:
        """The brands that have this name."""
        return self._list(fields, {"name": name, "limit": PAGE}).records

    def create(self, fields: Fields) -> Written:
        """Create a brand; returns what the store made of it."""
        record, sent = self._columns.record(fields, {}), self.http.requests
        try:
            answer, response = self.http.json("POST", PATH, json=record)
        except RejectedByServer as error:
            if error.status == 409 and self.http.requests > sent + 1:
                # An attempt that seemed to fail may have created it: the caller has to look.
                raise TryAgainLater(f"{error.message}; an earlier attempt may have made it") from None
            raise _refused(error, record) from None
        except RefusedByServer as error:
            if not self._is_full(error):
                raise
            raise _beyond(error, record) from None
        made, lacking = self._made(answer, response, f"POST {PATH}")
        if made:
            return Written(made, lacking)
        # "Multi-status": the brand is saved, but its URL, or something else that is not ours, is not. Names are unique.
        found = self.named([*fields], record["name"])
        if len(found) != 1:
            raise TryAgainLater(f"POST {PATH} answers 207, and {len(found)} brands have the name that was sent")
        return Written(found[0], lacking)

    def update(self, brand_id: str, name: str, fields: Fields, before: Fields) -> Written | None:
        """Change a brand; none if it isn't there.

        ``name``: its name, which is always needed, whatever changes; ``before``: what it holds of these fields.
        """
        path = f"{PATH}/{COUNTED.checked(brand_id)}"
        record = {"name": name, **self._columns.record(fields, before)}
        try:
            answer, response = self.http.json("PUT", path, json=record)
        except RejectedByServer as error:
            if error.status == 404:
                return None
            raise _refused(error, record) from None
        changed, lacking = self._made(answer, response, f"PUT {path}")
        changed = changed or next(iter(self.of_ids([*fields], [brand_id])), None)
        return Written(changed, lacking) if changed else None

    def delete(self, brand_id: str) -> None:
        """Delete a brand by its id; one that is gone is no error.

        ``DELETE /catalog/brands`` without an id deletes many: it is never sent.
        """
        path = f"{PATH}/{COUNTED.checked(brand_id)}"
        try:
            response = self.http.request("DELETE", path)
        except RejectedByServer as error:
            if error.status != 404:
                raise
            return
        if response.status_code != 204:
            raise Unreadable(f"DELETE {path} answers {response.status_code}, and not 204: nobody knows what it did")

    def _is_full(self, error: RefusedByServer) -> bool:
        """Whether a refused creation means the limit. Assumed: it is a 403, as a missing scope is, in unknown words."""
        return error.status == 403 and (bool(_LIMIT.search(error.message)) or self.page([], 1, 1).total >= MOST)

    def _list(self, fields: Sequence[str], query: Mapping[str, Any]) -> Listed:
        params = {**query, "include_fields": ",".join(self._columns.asked(fields))}
        try:
            answer, _ = self.http.json("GET", PATH, params=params)
        except RejectedByServer as error:
            raise ConfigError(error.message, hint="check `store_hash` and `url` in [store]") from None
        listed = listed_in(answer)
        if listed and all(_is_record(record) for record in listed.records):
            return listed
        raise Unreadable(f"GET {PATH} doesn't answer with a page of brands", hint="check `url` in [store]")

    def _made(self, answer: Any, response: Response, call: str) -> tuple[Record | None, str]:
        """The brand in a write's answer, none for a 207 that doesn't hold it; and what a 207 says is lacking."""
        data, errors = at(answer, "data"), ""
        if response.status_code == 207:
            errors = self.http.masked(str(at(answer, "errors") or "no reason given"))[:200]
            _log.warning("%s answers 207: the brand is there, and a part of it is not: %s", call, errors)
            data = next(iter(data), None) if isinstance(data, list) else data
        elif not _is_record(data):
            raise Unreadable(f"{call} answers {response.status_code} without the brand")
        return data if _is_record(data) else None, errors


def listed_in(answer: Any) -> Listed | None:
    """The page that an answer holds; none where it holds no page."""
    try:
        pagination = answer["meta"]["pagination"]
        return Listed([*answer["data"]], int(pagination["total"]), int(pagination["total_pages"]))
    except (KeyError, TypeError, ValueError):
        return None


def _is_record(data: Any) -> TypeGuard[Record]:
    return isinstance(data, dict) and isinstance(data.get("id"), int) and isinstance(data.get("name"), str)


def _refused(error: RejectedByServer, record: Record) -> Rejected:
    """The error for a refused brand: it gives the brand's name, and the server's own words name the field."""
    name = excerpt(record["name"])
    if error.status == 409:
        return Rejected(
            f"another brand has the name {name!r}, which BigCommerce takes once: {error.message}",
            hint="rename one of the two; or write that brand's id into the entry's external id",
        )
    return Rejected(f"brand {name!r}: {error.message}")


def _beyond(error: RefusedByServer, record: Record) -> Rejected:
    """The error for a brand that the store has no place for."""
    return Rejected(
        f"brand {excerpt(record['name'])!r}: the store takes no more brands, of which BigCommerce allows {MOST:,}:"
        f" {error.message}",
        hint="publish fewer brands, or delete brands that the store doesn't need",
    )
