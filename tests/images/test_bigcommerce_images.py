"""BigCommerce's pictures pass the kit, and its specification watches."""

from collections.abc import Iterator
from typing import Any

import pytest
from fake_bigcommerce import FakeBigCommerce

from brandsync.stores.bigcommerce import BigCommerceStore
from brandsync.testing import ImageConformance


class TestBigCommerceImages(ImageConformance):
    backend = BigCommerceStore
    image_field = "image_url"

    @pytest.fixture
    def settings(self) -> Iterator[dict[str, Any]]:
        with FakeBigCommerce() as fake:
            yield fake.settings(images="logos")
        assert not fake.problems
