"""A third party's store over HTTP passes the kit: its server chooses the ids and compares nothing."""

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from shop_server import ShopServer
from shop_store import ShopStore

from brandsync.testing import StoreConformance


class TestAnHttpStore(StoreConformance):
    """Its batches hold fifty brands; faults strike on the way to its server."""

    backend = ShopStore
    url_setting: ClassVar = "url"

    @pytest.fixture
    def settings(self) -> Iterator[dict[str, Any]]:
        with ShopServer() as server:
            yield {"url": server.url, "timeout": "2s"}
