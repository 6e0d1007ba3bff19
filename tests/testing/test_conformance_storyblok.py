"""The ``storyblok`` CMS passes the kit against a fake."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest
from extent import MET_BY_EACH_BACKEND
from fake_storyblok import FakeStoryblok
from nothing_waits import NothingWaits

from brandsync.brand import Fields
from brandsync.cms.storyblok import StoryblokCms
from brandsync.testing import CmsConformance, DraftConformance
from brandsync.testing.proxy import FaultProxy

PATHS = {
    "name": "name",
    "description": "content.description",
    "website_url": "content.website.url",
    "metadata": "content.extra",
}


class Storyblok:
    """A fake Storyblok, and what its editors do."""

    backend = StoryblokCms
    several_pages = 60
    url_setting = "url"
    faults: ClassVar = MET_BY_EACH_BACKEND

    @contextmanager
    def serving(self, directory: Path) -> Iterator[dict[str, Any]]:
        with FakeStoryblok() as self.fake:
            yield self.fake.settings(timeout="0.5s", fields=PATHS)

    @pytest.fixture
    def proxied(self, settings: dict[str, Any], proxy: FaultProxy) -> dict[str, Any]:
        return settings | {"url": proxy.url, "management_url": proxy.url}

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
        return self.fake.space.drafted(field)

    def changed(self) -> Collection[str]:
        return self.fake.space.changed()

    def hinder_publication(self, cms_id: str) -> None:
        self.fake.unpublishable.add(cms_id)

    def freeze_listing(self) -> None:
        self.fake.freeze()

    def without_write_credentials(self, section: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in section.items() if name != "management_token"}


class TestStoryblok(NothingWaits, Storyblok, CmsConformance): ...


class TestStoryblokDrafts(Storyblok, DraftConformance):
    """Storyblok keeps every version of a content, so that what is overwritten is made again; of names it keeps none."""

    draft_field = "description"


def _fields(fields: Fields) -> dict[str, Any]:
    names = {"website_url": "website", "metadata": "extra"}
    found = {names.get(name, name): value for name, value in fields.items()}
    return found | ({"website": {"url": found["website"]}} if "website" in found else {})
