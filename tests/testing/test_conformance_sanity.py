"""The ``sanity`` CMS passes the kit against a fake."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fake_sanity import FakeSanity

from brandsync.brand import Fields
from brandsync.cms.sanity import SanityCms
from brandsync.testing import CmsConformance

PATHS = {"name": "title", "description": "description", "website_url": "website", "metadata": "extra"}


class TestSanity(CmsConformance):
    backend = SanityCms
    url_setting = "url"
    several_pages = 300

    @contextmanager
    def serving(self, directory: Path) -> Iterator[dict[str, Any]]:
        with FakeSanity() as self.fake:
            yield self.fake.settings(timeout="0.5s", page_size=100, fields=PATHS)
        assert self.fake.dataset.waiting() == {}

    def publish(self, brands: Sequence[Fields]) -> Sequence[str]:
        return [self.fake.dataset.add(**_fields(brand)) for brand in brands]

    def edit(self, cms_id: str, **fields: Any) -> None:
        self.fake.dataset.edit(cms_id, **_fields(fields))

    def remove(self, cms_id: str) -> None:
        self.fake.dataset.remove(cms_id)

    def external_ids(self) -> Mapping[str, str | None]:
        return self.fake.dataset.shown()


def _fields(fields: Fields) -> dict[str, Any]:
    return {PATHS[name]: value for name, value in fields.items()}
