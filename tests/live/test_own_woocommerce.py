"""The ``woocommerce`` store passes the kit against a real shop, which no registry gives away: it has to be one's own.

``BRANDSYNC_TEST_WOOCOMMERCE`` holds its ``url``, ``consumer_key`` and ``consumer_secret`` as JSON. It must be a shop
for tests and without brands: each test deletes all that are there.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any, ClassVar

import pytest

from brandsync.brand import Brand, Fields
from brandsync.stores.woocommerce import WooCommerceStore
from brandsync.testing import StoreConformance
from brandsync.workflow.pages import store_pages

pytestmark = [
    pytest.mark.live,
    pytest.mark.slow,
    pytest.mark.skipif(
        "BRANDSYNC_TEST_WOOCOMMERCE" not in os.environ,
        reason="needs a WooCommerce shop for tests, without brands: BRANDSYNC_TEST_WOOCOMMERCE",
    ),
]


def own_shop() -> dict[str, Any]:
    """The ``[store]`` section of the shop."""
    section: dict[str, Any] = json.loads(os.environ["BRANDSYNC_TEST_WOOCOMMERCE"])
    return section


def brands_of(store: WooCommerceStore) -> Sequence[Brand]:
    """All brands that the shop has."""
    return [brand for page in store_pages(store, ["name"]) for brand in page.brands]


def open_shop() -> WooCommerceStore:
    """The store backend, of this shop."""
    return WooCommerceStore(WooCommerceStore.Settings.model_validate({"backend": "woocommerce", **own_shop()}))


@pytest.fixture(scope="module")
def shop_for_tests() -> None:
    """Refuses a shop that somebody uses."""
    with closing(open_shop()) as store:
        assert not brands_of(store), "the shop has brands, which these tests would delete"


@pytest.mark.usefixtures("shop_for_tests")
class TestWooCommerce(StoreConformance):
    backend = WooCommerceStore
    url_setting: ClassVar = "url"
    unacceptable: ClassVar[Fields | None] = {"name": ""}
    several_pages = 120

    @pytest.fixture
    def settings(self) -> Iterator[dict[str, Any]]:
        yield {**own_shop(), "timeout": "4s"}
        with closing(open_shop()) as store:
            brands = brands_of(store)
            for start in range(0, len(brands), store.capabilities.batch):
                store.delete_brands(brands[start : start + store.capabilities.batch])
