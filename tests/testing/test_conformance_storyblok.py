"""The ``storyblok`` CMS passes the kit against a fake."""

from typing import Any, ClassVar

import pytest
from fake_storyblok import FakeStoryblok
from hosted import HostedCms
from nothing_waits import NothingWaits

from brandsync.brand import Fields
from brandsync.cms.storyblok import StoryblokCms
from brandsync.testing import CmsConformance, DraftConformance
from brandsync.testing.proxy import FaultProxy


class Storyblok(HostedCms):
    """A fake Storyblok, and what its editors do."""

    backend = StoryblokCms
    server = FakeStoryblok
    several_pages = 60
    names: ClassVar = {"name": "name", "description": "description", "website_url": "website", "metadata": "extra"}
    paths: ClassVar = {
        "name": "name",
        "description": "content.description",
        "website_url": "content.website.url",
        "metadata": "content.extra",
    }
    options: ClassVar = {}

    @pytest.fixture
    def proxied(self, settings: dict[str, Any], proxy: FaultProxy) -> dict[str, Any]:
        return settings | {"url": proxy.url, "management_url": proxy.url}

    def values(self, fields: Fields) -> dict[str, Any]:
        """An address is an object."""
        found = super().values(fields)
        return found | ({"website": {"url": found["website"]}} if "website" in found else {})

    def hinder_publication(self, cms_id: str) -> None:
        self.fake.unpublishable.add(cms_id)

    def freeze_listing(self) -> None:
        self.fake.freeze()


class TestStoryblok(NothingWaits, Storyblok, CmsConformance): ...


class TestStoryblokDrafts(Storyblok, DraftConformance):
    """Storyblok keeps every version of a content, so that what is overwritten is made again; of names it keeps none."""

    draft_field = "description"
