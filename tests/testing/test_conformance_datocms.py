"""The ``datocms`` CMS passes the kit against a fake."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fake_datocms import FakeDatocms

from brandsync.brand import Fields
from brandsync.cms.datocms import DatocmsCms
from brandsync.testing import CmsConformance

PATHS = {"name": "name", "description": "description", "website_url": "website_url", "metadata": "extra"}


class TestDatocms(CmsConformance):
    backend = DatocmsCms
    url_setting = "url"

    @contextmanager
    def serving(self, directory: Path) -> Iterator[dict[str, Any]]:
        with FakeDatocms() as self.fake:
            yield self.fake.settings(timeout="0.5s", page_size=100, fields=PATHS)
        assert self.fake.project.pristine()

    def publish(self, brands: Sequence[Fields]) -> Sequence[str]:
        return [self.fake.project.add(**_fields(brand)) for brand in brands]

    def edit(self, cms_id: str, **fields: Any) -> None:
        self.fake.project.edit(cms_id, **_fields(fields))

    def remove(self, cms_id: str) -> None:
        self.fake.project.remove(cms_id)

    def external_ids(self) -> Mapping[str, str | None]:
        return self.fake.project.shown()


def _fields(fields: Fields) -> dict[str, Any]:
    """A JSON field holds text."""
    return {PATHS[name]: json.dumps(value) if name == "metadata" else value for name, value in fields.items()}
