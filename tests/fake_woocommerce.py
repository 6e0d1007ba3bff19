"""A fake WooCommerce shop: an HTTP server that answers as the vendor's source says; compared with a real 10.5.2.

    with FakeWooCommerce() as shop:
        ...  # shop.url, shop.brands, shop.log

Beside each behaviour stands where it comes from: "terms" is ``WC_REST_Terms_Controller``, "base"
``WC_REST_Controller``, "categories" ``WC_REST_Product_Categories_Controller``, whose heir the brands' controller is,
and "auth" ``WC_REST_Authentication``, all of github.com/woocommerce/woocommerce, plugins/woocommerce/includes. That a
request came over https is taken for granted. What WordPress makes of a term is ``wordpress_terms``'s, and of a picture
``wordpress_media``'s.
"""

import base64
from collections.abc import Callable
from functools import cached_property
from typing import Any, Final

from fake_server import Answer, Asked, FakeServer
from wordpress_media import ME, MEDIA, PASSWORD, USER, Library
from wordpress_terms import Term, Terms, WpError

from brandsync.stores.woocommerce import WooCommerceStore

KEY, SECRET, READ_ONLY = "ck_the_key", "cs_the_secret", "ck_the_read_only_key"
BRANDS: Final = "/wp-json/wc/v3/products/brands"
BATCH: Final = f"{BRANDS}/batch"
LIMIT: Final = 100
"""base: ``check_batch_limit``; WordPress: the largest ``per_page`` (``WP_REST_Controller::get_collection_params``)."""


class FakeWooCommerce(FakeServer):
    """The shop. Its brands are in memory, by id."""

    def __init__(self) -> None:
        super().__init__()
        self.terms = Terms()
        self.products: dict[int, int] = {}
        """How many products a brand has."""
        self.namespaces = ["wp/v2", "wc/v3"]
        self.has_brands = self.has_permalinks = True
        self.largest_body = 1_000_000_000
        """Bytes of a request beyond which the web server in front refuses it (nginx's ``client_max_body_size``)."""

    @cached_property
    def library(self) -> Library:
        """WordPress's media library."""
        return Library(self.url)

    @property
    def brands(self) -> dict[int, Term]:
        """The brands as WordPress keeps them, by id."""
        return self.terms.by_id

    def settings(self, **others: Any) -> dict[str, Any]:
        """The ``[store]`` section."""
        return {"url": self.url, "consumer_key": KEY, "consumer_secret": SECRET, **others}

    def add(self, name: str, **fields: Any) -> int:
        """A brand that somebody else has made; returns its id."""
        return int(self.terms.insert(name, **fields)["id"])

    def names(self) -> list[str]:
        """The names of its brands as WordPress keeps them, sorted."""
        return sorted(term["name"] for term in self.brands.values())

    def batches(self, kind: str) -> list[list[Any]]:
        """What was asked for in batches of one kind."""
        return [asked.json[kind] for asked in self.log if asked.path == BATCH and kind in asked.json]

    # What it answers.

    def refusal(self, asked: Asked) -> Answer | None:
        """auth: ``perform_basic_authentication``, ``check_permissions``; terms: ``get_items_permissions_check``.

        WordPress itself takes an application password, with or without blanks, and no key (auth: ``is_wc_namespace``).
        """
        if not self.has_permalinks:
            return Answer(404, "<h1>Not Found</h1>", kind="text/html")
        sent = base64.b64decode(asked.headers.get("Authorization", "").removeprefix("Basic ")).decode()
        key, _, secret = sent.partition(":")
        if asked.path == ME or asked.path.startswith(MEDIA):
            known = (key, secret.replace(" ", "")) == (USER, PASSWORD.replace(" ", ""))
            return None if known else _error(401, "rest_not_logged_in", "You are not currently logged in.")
        code = "woocommerce_rest_authentication_error"
        if key not in {KEY, READ_ONLY}:
            return _error(401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
        if secret != SECRET:
            return _error(401, code, "Consumer secret is invalid.")
        may = key == KEY or asked.method == "GET"
        return None if may else _error(401, code, "The API key provided does not have write permissions.")

    def route(self, asked: Asked) -> Answer:
        if asked.path.rstrip("/") == "/wp-json":
            return Answer(200, {"namespaces": self.namespaces})
        if asked.path == ME or asked.path.startswith(MEDIA):
            return self.library.route(asked)
        if asked.path not in {BRANDS, BATCH} or not self.has_brands:
            message = "No route was found matching the URL and request method."
            return _error(404, "rest_no_route", message)
        if asked.path == BRANDS and asked.method == "GET":
            return self._list(asked.query)
        if len(asked.body) > self.largest_body:
            return Answer(413, "<h1>413 Request Entity Too Large</h1>", kind="text/html")
        return self._batch(asked.json)

    def _list(self, query: dict[str, str]) -> Answer:
        """terms: ``get_items``."""
        size, offset = int(query.get("per_page", 10)), int(query.get("offset", 0))
        if not 1 <= size <= LIMIT:
            return _error(400, "rest_invalid_param", "Invalid parameter(s): per_page")
        order = "id" if query.get("orderby") == "id" else "name"
        found = sorted(self.brands.values(), key=lambda term: term[order])
        if query.get("include"):
            wanted = {int(text) for text in query["include"].split(",")}
            found = [term for term in found if term["id"] in wanted]
        if text := query.get("search", "").casefold():  # a LIKE on name and slug, as they are kept
            found = [term for term in found if text in term["name"].casefold() or text in term["slug"]]
        fields = query["_fields"].split(",") if "_fields" in query else None
        some = [self._shown(term) for term in found[offset : offset + size]]
        headers = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(-(-len(found) // size))}
        shown = [{key: one[key] for key in fields or one if key in one} for one in some]
        return Answer(200, shown, headers)

    def _batch(self, asked: dict[str, list[Any]]) -> Answer:
        """base: ``batch_items``. None of the filters of ``get_item_schema`` are applied to its items."""
        total = sum(len(items) for items in asked.values())
        if total > LIMIT:
            code = "woocommerce_rest_request_entity_too_large"
            return _error(413, code, f"Unable to accept more than {LIMIT} items for this request.")
        calls: dict[str, Callable[[Any], Term]] = {
            "create": self._create,
            "update": self._update,
            "delete": lambda key: self.terms.delete(int(key)),
        }
        done = {kind: [self._item(call, item) for item in asked.get(kind, [])] for kind, call in calls.items()}
        return Answer(200, {kind: items for kind, items in done.items() if items} or [])

    def _item(self, call: Callable[[Any], Term], item: Any) -> Any:
        """One item's outcome, which leaves the status of the whole at 200."""
        try:
            return self._shown(call(item))
        except WpError as error:
            data = error.data or None
            key = 0 if call == self._create else item["id"] if isinstance(item, dict) else item
            return {"id": key, "error": {"code": error.code, "message": error.message, "data": data}}

    def _create(self, item: Term) -> Term:
        """terms: ``create_item``; categories: ``update_term_meta_fields``."""
        try:
            term = self.terms.insert(**_term(item))
        except WpError as error:
            error.data = {"status": 400, **error.data}
            raise
        return self._with_meta(term, item)

    def _update(self, item: Term) -> Term:
        """terms: ``update_item``; categories: ``update_term_meta_fields``."""
        return self._with_meta(self.terms.update(int(item["id"]), **_term(item)), item)

    def _with_meta(self, term: Term, item: Term) -> Term:
        """categories: ``update_term_meta_fields``. A null is not set, and nothing is checked but the picture."""
        if item.get("display") is not None:
            term["display"] = "" if item["display"] == "default" else item["display"]
        if item.get("menu_order") is not None:
            term["menu_order"] = int(item["menu_order"])
        if item.get("image") is not None:
            number = item["image"].get("id")
            term["image"] = {"id": number} if self.library.is_image(number) else None
        return term

    def _shown(self, term: Term) -> Term:
        """categories: ``prepare_item_for_response``."""
        image = term["image"] and {**term["image"], "src": self.library.address(term["image"]["id"])}
        count = self.products.get(term["id"], 0)
        return {**term, "image": image, "display": term["display"] or "default", "count": count}


def open_woocommerce(fake: FakeWooCommerce, further: Any = None, **settings: Any) -> WooCommerceStore:
    """The store backend, of this shop. ``further``: the kinds of further fields, by name."""
    section = {"backend": "woocommerce", **fake.settings(**settings)}
    return WooCommerceStore(WooCommerceStore.Settings.model_validate(section).holding(further or {}))


def _term(item: Term) -> dict[str, Any]:
    return {key: item[key] for key in ("name", "slug", "description", "parent") if item.get(key) is not None}


def _error(status: int, code: str, message: str) -> Answer:
    """WordPress: ``rest_convert_error_to_response``."""
    return Answer(status, {"code": code, "message": message, "data": {"status": status}})
