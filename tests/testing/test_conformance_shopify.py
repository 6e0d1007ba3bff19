"""The ``shopify`` store passes the kit against a fake that carries everything out by the vendor's own schema."""

import shopify_schema
from fake_shopify import FakeShopify
from hosted import HostedStore

from brandsync.stores.shopify import ShopifyStore


def _server() -> FakeShopify:
    shopify_schema.required()
    return FakeShopify()


class TestShopify(HostedStore):
    backend = ShopifyStore
    server = staticmethod(_server)

    def judge(self, fake: FakeShopify) -> None:
        assert not fake.problems
        assert not fake.throttled
