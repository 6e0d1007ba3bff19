"""The ``contentful`` CMS passes the kit against a fake."""

from typing import Any, ClassVar

import pytest
from fake_contentful import FakeContentful
from hosted import HostedCms
from nothing_waits import NothingWaits

from brandsync.cms.contentful import ContentfulCms
from brandsync.testing import CmsConformance, DraftConformance
from brandsync.testing.proxy import FaultProxy


class Contentful(HostedCms):
    """A fake Contentful, and what its editors do."""

    backend = ContentfulCms
    server = FakeContentful
    names: ClassVar = {
        "name": "name",
        "description": "description",
        "website_url": "website_url",
        "metadata": "extra",
    }

    @pytest.fixture
    def proxied(self, settings: dict[str, Any], proxy: FaultProxy) -> dict[str, Any]:
        return settings | {"url": proxy.url, "management_url": proxy.url.replace("/cdn", "/api")}

    def hinder_publication(self, cms_id: str) -> None:
        self.space.model["website_url"]["required"] = True
        self.space.forget(cms_id, "website_url")

    def freeze_listing(self) -> None:
        self.fake.freeze()


class TestContentful(NothingWaits, Contentful, CmsConformance): ...


class TestContentfulDrafts(Contentful, DraftConformance):
    """Contentful publishes an entry under its version."""
