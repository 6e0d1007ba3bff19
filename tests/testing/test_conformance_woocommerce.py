"""The ``woocommerce`` store passes the kit against a fake that follows the vendor's source."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from extent import MET_BY_EACH_BACKEND
from fake_woocommerce import LIMIT, FakeWooCommerce

from brandsync.brand import Fields
from brandsync.stores.woocommerce import WooCommerceStore
from brandsync.testing import StoreConformance


class TestWooCommerce(StoreConformance):
    backend = WooCommerceStore
    url_setting: ClassVar = "url"
    faults: ClassVar = MET_BY_EACH_BACKEND
    unacceptable: ClassVar[Fields | None] = {"name": ""}

    @contextmanager
    def serving(self, directory: Path) -> Iterator[dict[str, Any]]:
        with FakeWooCommerce() as shop:
            yield shop.settings(timeout="2s")
        assert shop.log
        assert max(int(asked.query.get("per_page", 1)) for asked in shop.log) <= LIMIT
        assert not [asked for asked in shop.log if asked.status == 413]
