"""``wc/v3/products/brands`` of one shop: one method for each call.

The routes are ``WC_REST_Product_Brands_Controller``'s, which inherits everything from ``WC_REST_Terms_Controller`` and
``WC_REST_Controller`` (github.com/woocommerce/woocommerce, plugins/woocommerce/includes/rest-api/Controllers/Version3);
woocommerce.github.io/woocommerce-rest-api-docs documents the same routes for product categories.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, TypeGuard

from brandsync.errors import ConfigError, TryAgainLater, Unreadable
from brandsync.http import Endpoint, HttpClient, RejectedByServer
from brandsync.json_reading import a_list, an_object, at
from brandsync.observing.excerpt import excerpt
from brandsync.stores.id_form import COUNTED
from brandsync.stores.refusal import Refused
from brandsync.stores.woocommerce.further import KINDS
from brandsync.stores.woocommerce.settings import WooCommerceSettings

PATH: Final = "/wc/v3/products/brands"
COLUMNS: Final = {"name": "name", "handle": "slug", "description": "description", **{name: name for name in KINDS}}
"""The name of each field in WooCommerce's record of a brand."""
LARGEST: Final = 100
"""The most brands in a page, and operations in a batch (``WC_REST_Controller::check_batch_limit``)."""
PERMISSION: Final = (
    "the permission Read/Write (WooCommerce, Settings, Advanced, REST API), and its user must manage products"
)
EXISTS: Final = "term_exists"
"""Another brand beside it has that name or that slug (``wp_insert_term``)."""

Record = Mapping[str, Any]
Listed = tuple[Sequence[Record], int]
"""A part of the listing, and how many brands there are in all."""
Kind = Literal["create", "update", "delete"]


class BrandsApi:
    """The calls. Each raises what ``HttpClient`` raises."""

    def __init__(self, settings: WooCommerceSettings) -> None:
        key, secret = (each.get_secret_value() for each in (settings.consumer_key, settings.consumer_secret))
        self.url = settings.url
        self.http = HttpClient(
            Endpoint(
                url=f"{self.url}/wp-json",
                auth=(key, secret),
                secrets=(key, secret),
                timeout=settings.timeout.total_seconds(),
                retry_limit=settings.retry_limit.total_seconds(),
                ca_file=settings.ca_file,
                credentials_hint="check `consumer_key` and `consumer_secret` in [store]: the key needs"
                f" {PERMISSION}; and the web server must pass the Authorization header on to PHP",
            )
        )

    def part(self, fields: Sequence[str], offset: int, size: int) -> Listed:
        """``size`` brands from an offset, in the order of their ids, which only grow."""
        return self._list(fields, {"offset": offset, "per_page": size})

    def of_ids(self, fields: Sequence[str], ids: Sequence[str]) -> Sequence[Record]:
        """The brands of these ids that exist; at most ``LARGEST`` ids, and at least one: none would mean all."""
        return self._list(fields, {"include": ",".join(map(COUNTED.checked, ids)), "per_page": LARGEST})[0]

    def found(self, fields: Sequence[str], text: str) -> Listed:
        """The first ``LARGEST`` brands with this text in their name or slug, as WordPress keeps them."""
        return self._list(fields, {"search": text, "per_page": LARGEST})

    def may_write(self) -> None:
        """Send an empty batch: only a key that may write is allowed to.

        Raises:
            CredentialsRefused: the key may not write.
        """
        self.http.json("POST", f"{PATH}/batch", json={})

    def batch(self, kind: Kind, items: Sequence[Any]) -> Sequence[Record | Refused]:
        """Carry out these operations of one kind; returns the outcome of each, in order.

        If they have too many bytes, each half is sent alone: a 413 (WooCommerce's or a web server's) has done nothing.
        """
        if not items:
            return []
        sent = self.http.requests
        try:
            answer, _ = self.http.json("POST", f"{PATH}/batch", json={kind: items}, idempotent=kind != "create")
        except RejectedByServer as error:
            if error.status == 413 and len(items) > 1:
                half = len(items) // 2
                return [*self.batch(kind, items[:half]), *self.batch(kind, items[half:])]
            return [Refused(error.message)] * len(items)
        told = a_list(at(answer, kind))
        if len(told) != len(items):
            raise Unreadable(f"POST {PATH}/batch doesn't say what became of each {kind}")
        if kind == "create" and self.http.requests > sent + 1 and any(_code(item) == EXISTS for item in told):
            # An attempt that seemed to fail may have created it: the caller has to look.
            raise TryAgainLater(f"POST {PATH}/batch says {EXISTS}; an earlier attempt may have made the brand")
        return [self._outcome(kind, item) for item in told]

    def _outcome(self, kind: Kind, item: Any) -> Record | Refused:
        """The outcome in one item of the answer (``WC_REST_Controller::batch_items``)."""
        code = _code(item)
        if not code:
            if _is_record(item):
                return item
            raise Unreadable(f"POST {PATH}/batch answers a {kind} without the brand")
        said = excerpt(self.http.masked(str(at(item, "error", "message") or "no reason given")), 200)
        if code != EXISTS:
            return Refused(f"{said} ({code})")
        other = an_object(at(item, "error", "data")).get("resource_id", "unknown")
        return Refused(
            f"brand {other} has that name or slug, which WooCommerce takes once: {said}",
            hint="rename one of the two; or write that brand's id into the entry's external id",
        )

    def _list(self, fields: Sequence[str], query: Mapping[str, Any]) -> Listed:
        columns = dict.fromkeys(["id", "name", *(COLUMNS[name] for name in fields)])
        params = {"orderby": "id", "order": "asc", "_fields": ",".join(columns), **query}
        try:
            records, response = self.http.json("GET", PATH, params=params)
        except RejectedByServer as error:
            hint = self._missing() if error.status == 404 else "check `url` in [store]"
            raise ConfigError(error.message, hint=hint) from None
        total = response.headers.get("X-WP-Total", "")
        if total.isdecimal() and isinstance(records, list) and all(map(_is_record, records)):
            return records, int(total)
        raise Unreadable(f"GET {PATH} doesn't answer with a page of brands", hint="check `url` in [store]")

    def _missing(self) -> str:
        """Why the route isn't there, by the index of the REST API."""
        try:
            index, _ = self.http.json("GET", "/", params={"_fields": "namespaces"})
            namespaces = index["namespaces"]
        except (RejectedByServer, Unreadable, KeyError, TypeError):
            return (
                "no REST API of WordPress is there: check `url` in [store]; in WordPress, Settings, Permalinks must be"
                " anything but Plain"
            )
        if "wc/v3" not in namespaces:
            return "WordPress is there, and WooCommerce isn't active"
        return "WooCommerce is there without brands, which it has since 9.4: update it"


def _code(item: Any) -> str:
    """The error code of a refused item; empty for any other item."""
    error = at(item, "error")
    return str(error.get("code") or "unknown") if isinstance(error, dict) else ""


def _is_record(data: Any) -> TypeGuard[Record]:
    return (
        isinstance(data, dict)
        and isinstance(data.get("id"), int)
        and data["id"] > 0
        and isinstance(data.get("name"), str)
    )
