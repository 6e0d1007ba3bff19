"""The ``shopify`` store passes the kit against a fake that carries everything out by the vendor's own schema."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import shopify_schema
from extent import MET_BY_EACH_BACKEND
from fake_shopify import FakeShopify

from brandsync.brand import Fields
from brandsync.stores.shopify import ShopifyStore
from brandsync.testing import StoreConformance


class TestShopify(StoreConformance):
    backend = ShopifyStore
    url_setting: ClassVar = "url"
    faults: ClassVar = MET_BY_EACH_BACKEND
    unacceptable: ClassVar[Fields | None] = {"name": ""}

    @contextmanager
    def serving(self, directory: Path) -> Iterator[dict[str, Any]]:
        shopify_schema.required()
        with FakeShopify() as shop:
            yield shop.settings(timeout="2s", page_size=100)
        assert shop.log
        assert not shop.problems
        assert not shop.throttled
