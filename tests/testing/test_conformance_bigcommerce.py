"""The ``bigcommerce`` store passes the kit against a fake that the vendor's own specification watches."""

from fake_bigcommerce import FakeBigCommerce
from hosted import HostedStore

from brandsync.stores.bigcommerce import BigCommerceStore


class TestBigCommerce(HostedStore):
    backend = BigCommerceStore
    server = FakeBigCommerce

    def judge(self, fake: FakeBigCommerce) -> None:
        assert not fake.problems
        assert not [sent for sent in fake.requests("DELETE") if sent.path.endswith("/brands")]
