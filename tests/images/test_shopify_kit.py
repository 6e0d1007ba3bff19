"""The Shopify store passes the kit's tests of pictures."""

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
import shopify_schema
from fake_shopify import FakeShopify

from brandsync.stores.shopify import ShopifyStore, files
from brandsync.testing import ImageConformance


class TestShopifyImages(ImageConformance):
    backend: ClassVar = ShopifyStore
    image_field: ClassVar = "logo"

    @pytest.fixture
    def settings(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
        shopify_schema.required()
        monkeypatch.setattr(files, "PAUSES", (0.01, 0.05))
        with FakeShopify() as shop:
            shop.define(logo={"type": "file_reference", "validations": {"file_type_options": '["Image"]'}})
            yield {"backend": "shopify", **shop.settings()}
            assert not shop.problems
