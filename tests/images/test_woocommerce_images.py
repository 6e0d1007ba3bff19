"""WooCommerce's pictures pass the kit."""

from collections.abc import Iterator
from typing import Any

import pytest
from fake_woocommerce import FakeWooCommerce
from wordpress_media import PASSWORD, USER

from brandsync.stores.woocommerce import WooCommerceStore
from brandsync.testing import ImageConformance


class TestWooCommerceImages(ImageConformance):
    backend = WooCommerceStore
    image_field = "image"

    @pytest.fixture
    def settings(self) -> Iterator[dict[str, Any]]:
        with FakeWooCommerce() as fake:
            yield fake.settings(username=USER, application_password=PASSWORD)
