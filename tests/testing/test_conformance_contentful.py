"""The ``contentful`` CMS passes the kit against a fake."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest
from extent import MET_BY_EACH_BACKEND
from fake_contentful import FakeContentful
from nothing_waits import NothingWaits

from brandsync.brand import Fields
from brandsync.cms.contentful import ContentfulCms
from brandsync.testing import CmsConformance, DraftConformance
from brandsync.testing.proxy import FaultProxy

PATHS = {"name": "name", "description": "description", "website_url": "website_url", "metadata": "extra"}
NAMES = PATHS | {"external_id": "external_id"}


class Contentful:
    """A fake Contentful, and what its editors do."""

    backend = ContentfulCms
    url_setting = "url"
    faults: ClassVar = MET_BY_EACH_BACKEND

    @contextmanager
    def serving(self, directory: Path) -> Iterator[dict[str, Any]]:
        with FakeContentful() as self.fake:
            yield self.fake.settings(timeout="0.5s", page_size=100, fields=PATHS)

    @pytest.fixture
    def proxied(self, settings: dict[str, Any], proxy: FaultProxy) -> dict[str, Any]:
        return settings | {"url": proxy.url, "management_url": proxy.url.replace("/cdn", "/api")}

    def publish(self, brands: Sequence[Fields]) -> Sequence[str]:
        return [self.fake.space.add(**_fields(brand)) for brand in brands]

    def edit(self, cms_id: str, **fields: Any) -> None:
        self.fake.space.edit(cms_id, **_fields(fields))

    def remove(self, cms_id: str) -> None:
        self.fake.space.remove(cms_id)

    def external_ids(self) -> Mapping[str, str | None]:
        return self.fake.space.shown()

    def save_draft(self, cms_id: str, **fields: Any) -> None:
        self.fake.space.save(cms_id, **_fields(fields))

    def publish_draft(self, cms_id: str) -> None:
        self.fake.space.publish(cms_id)

    def unpublish(self, cms_id: str) -> None:
        self.fake.space.unpublish(cms_id)

    def drafted(self, field: str) -> Mapping[str, Any]:
        return self.fake.space.drafted(NAMES[field])

    def changed(self) -> Collection[str]:
        return self.fake.space.changed()

    def hinder_publication(self, cms_id: str) -> None:
        self.fake.space.model["website_url"]["required"] = True
        self.fake.space.forget(cms_id, "website_url")

    def freeze_listing(self) -> None:
        self.fake.freeze()

    def without_write_credentials(self, section: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in section.items() if name != "management_token"}


class TestContentful(NothingWaits, Contentful, CmsConformance): ...


class TestContentfulDrafts(Contentful, DraftConformance):
    """Contentful publishes an entry under its version."""


def _fields(fields: Fields) -> dict[str, Any]:
    return {NAMES[name]: value for name, value in fields.items()}
