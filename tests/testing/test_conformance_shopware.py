"""The ``shopware`` store passes the kit against a fake that follows the vendor's source."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from extent import MET_BY_EACH_BACKEND
from fake_shopware import FakeShopware

from brandsync.brand import Fields
from brandsync.stores.shopware import ShopwareStore
from brandsync.testing import StoreConformance


class TestShopware(StoreConformance):
    backend = ShopwareStore
    url_setting: ClassVar = "url"
    faults: ClassVar = MET_BY_EACH_BACKEND
    unacceptable: ClassVar[Fields | None] = {"name": ""}

    @contextmanager
    def serving(self, directory: Path) -> Iterator[dict[str, Any]]:
        with FakeShopware(logins=100) as shop:
            yield shop.settings(timeout="2s", page_size=100)
        assert shop.log
        assert not [asked for asked in shop.log if asked.status == 429]
