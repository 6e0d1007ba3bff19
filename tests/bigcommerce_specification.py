"""BigCommerce's own OpenAPI document of its brands, as a judge of what the fake one is asked and answers.

The document is the vendor's, and not a part of this project: ``BRANDSYNC_TEST_BIGCOMMERCE_SPEC`` names it, or it lies
beside the checkout. It is "Catalog - Brands" of github.com/bigcommerce/docs, reference/catalog/brands_catalog.v3.yml.
"""

import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from fake_server import Asked
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

FILE = Path(__file__).parents[2] / "shared/oracles/bigcommerce-brands.v3.yml"
HOST = "https://api.bigcommerce.com"
NOT_IN_IT = frozenset({429, 500, 503})
"""Statuses that any call may have and the document of brands leaves out: the overview of the REST API has them."""


@cache
def specification() -> "Specification | None":
    """The judge; none where the document isn't here."""
    file = Path(os.environ.get("BRANDSYNC_TEST_BIGCOMMERCE_SPEC") or FILE)
    return Specification(yaml.safe_load(file.read_text("utf-8"))) if file.exists() else None


class Specification:
    """What is wrong with a request or an answer."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._api = OpenAPI.from_dict(document)

    def problem(self, exchange: Asked) -> str | None:
        """What the document says against an exchange, in a line; none where it agrees."""
        request = MockRequest(
            HOST,
            exchange.method,
            exchange.path,
            args=exchange.query,
            headers=exchange.headers,
            data=exchange.body,
            content_type=exchange.headers.get("Content-Type", ""),
        )
        if undeclared := set(exchange.query) - self._parameters(exchange):
            return f"{_words(exchange)}: {undeclared} is no parameter of it"
        try:
            if exchange.status != 422:  # the answer to a request that isn't valid: a test may be about it
                self._api.validate_request(request)
            if exchange.status == 204:
                return f"{_words(exchange)}: a 204 has no body" if exchange.answer else None
            if exchange.status == 401:
                return None if exchange.kind == "plain/text" else f"{_words(exchange)}: a 401 is text"
            # What a 403 of metafields means is told in words, of single ones ("Updates a brand metafield").
            is_told = exchange.status == 403 and exchange.path.endswith("/metafields")
            if exchange.status not in NOT_IN_IT and not is_told:
                # A POST may answer 201 just as well, by the overview of the REST API ("2xx Success").
                status = 200 if exchange.status == 201 else exchange.status
                response = MockResponse(exchange.answer, status, content_type=exchange.kind)
                self._api.validate_response(request, response)
        except OpenAPIError as error:
            causes = [str(cause) for cause in (error, error.__cause__, *getattr(error.__cause__, "schema_errors", ()))]
            return f"{_words(exchange)}: {'; '.join(causes)}"
        return None

    def _parameters(self, exchange: Asked) -> set[str]:
        path = re.sub(r"/[^/a-z]+(?=/|$)", "/{brand_id}", exchange.path.partition("/v3")[2])
        item = self._document["paths"].get(path) or self._document["paths"]["/catalog/brands/{brand_id}"]
        listed = [*item.get("parameters", ()), *item[exchange.method.lower()].get("parameters", ())]
        known = self._document["components"]["parameters"]
        return {known[one["$ref"].rpartition("/")[2]]["name"] for one in listed}


def _words(exchange: Asked) -> str:
    """An exchange in a line."""
    sent = f"{exchange.method} {exchange.path} {exchange.query} {exchange.body[:300]!r}"
    return f"{sent} -> {exchange.status} {exchange.answer[:300]!r}"
