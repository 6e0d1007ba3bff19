"""The SQL store passes the kit's tests of pictures, on each database, and keeps others' files."""

from typing import ClassVar

import pytest

from brandsync.stores.sql import SqlStore
from brandsync.testing import ImageConformance


class TestSqlImages(ImageConformance):
    backend: ClassVar = SqlStore
    image_field: ClassVar = "logo"

    @pytest.fixture
    def settings(self, database_url: str) -> dict[str, str]:
        return {"backend": "sql", "url": database_url, "images": "logos", "images_url": "https://shop.example/l/"}
