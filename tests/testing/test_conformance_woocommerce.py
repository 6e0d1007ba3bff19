"""The ``woocommerce`` store passes the kit against a fake that follows the vendor's source."""

from typing import ClassVar

from fake_woocommerce import LIMIT, FakeWooCommerce
from hosted import HostedStore

from brandsync.stores.woocommerce import WooCommerceStore


class TestWooCommerce(HostedStore):
    backend = WooCommerceStore
    server = FakeWooCommerce
    options: ClassVar = {}

    def judge(self, fake: FakeWooCommerce) -> None:
        assert max(int(asked.query.get("per_page", 1)) for asked in fake.log) <= LIMIT
        assert not [asked for asked in fake.log if asked.status == 413]
