"""The ``bigcommerce`` store passes the kit against a fake that the vendor's own specification watches."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from extent import MET_BY_EACH_BACKEND
from fake_bigcommerce import FakeBigCommerce

from brandsync.brand import Fields
from brandsync.stores.bigcommerce import BigCommerceStore
from brandsync.testing import StoreConformance


class TestBigCommerce(StoreConformance):
    backend = BigCommerceStore
    url_setting: ClassVar = "url"
    faults: ClassVar = MET_BY_EACH_BACKEND
    unacceptable: ClassVar[Fields | None] = {"name": ""}

    @contextmanager
    def serving(self, directory: Path) -> Iterator[dict[str, Any]]:
        with FakeBigCommerce() as store:
            yield store.settings(timeout="2s", page_size=100)
        assert store.log
        assert not store.problems
        assert not [sent for sent in store.requests("DELETE") if sent.path.endswith("/brands")]
