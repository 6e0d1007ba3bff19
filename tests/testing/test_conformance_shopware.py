"""The ``shopware`` store passes the kit against a fake that follows the vendor's source."""

from functools import partial

from fake_shopware import FakeShopware
from hosted import HostedStore

from brandsync.stores.shopware import ShopwareStore


class TestShopware(HostedStore):
    backend = ShopwareStore
    server = staticmethod(partial(FakeShopware, logins=100))

    def judge(self, fake: FakeShopware) -> None:
        assert not [asked for asked in fake.log if asked.status == 429]
