"""The Shopware store passes the kit's tests of pictures."""

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from fake_shopware import FakeShopware

from brandsync.stores.shopware import ShopwareStore
from brandsync.testing import ImageConformance


class TestShopwareImages(ImageConformance):
    backend: ClassVar = ShopwareStore
    image_field: ClassVar = "logo"

    @pytest.fixture
    def settings(self) -> Iterator[dict[str, Any]]:
        with FakeShopware(logins=1_000) as shop:
            yield {"backend": "shopware", **shop.settings()}
            assert not shop.media.replaced
