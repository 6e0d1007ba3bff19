"""The tests that every store backend must pass. Subclass, and say which backend, and how to reach an empty shop.

class TestAcmeStore(StoreConformance):
    backend = AcmeStore
    url_setting = "url"

    @pytest.fixture
    def settings(self):
        return {"url": a_fresh_shop(), "timeout": "1s"}
"""

from brandsync.testing.store_faults import StoreFaults
from brandsync.testing.store_listing import StoreListing
from brandsync.testing.store_values import StoreValues
from brandsync.testing.store_writes import StoreWrites


class StoreConformance(StoreListing, StoreWrites, StoreValues, StoreFaults):
    """All of the tests. ``StoreFixtures`` says what a subclass can define."""
