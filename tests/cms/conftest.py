"""For each CMS with drafts: a fake of it that holds nothing, the backend, and a shop that is synced with it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cms_server import CmsServer
from fake_contentful import FakeContentful, open_contentful
from fake_datocms import FakeDatocms, open_datocms
from fake_sanity import FakeSanity, open_sanity
from fake_storyblok import FakeStoryblok, open_storyblok
from opening import Hosted, opened, served
from pytest_httpserver import HTTPServer
from shop import Shop

from brandsync.cms.interface import Cms
from brandsync.cms.rest import RestCms
from brandsync.cms.rest.settings import RestSettings


@dataclass(frozen=True)
class HostedCms(Hosted):
    """A hosted CMS with drafts."""

    holds: str
    """What its fake calls what it holds."""
    open_cms: Callable[..., Cms]

    @property
    def space(self) -> Any:
        """What the fake holds."""
        return getattr(self.server, self.holds)

    def open(self, **settings: Any) -> Cms:
        """The backend with other settings; whoever opens it closes it."""
        return self.open_cms(self.server, **settings)


def _synced(fake: str, backend: str, **fields: str) -> Any:
    """A pipeline from the fake into a table in SQLite; ``fields``: where they are not called as everywhere."""

    @pytest.fixture
    def shop(request: pytest.FixtureRequest, cms: CmsServer, sqlite_url: str, tmp_path: Path) -> Iterator[Shop]:
        with Shop(tmp_path, cms, sqlite_url) as shop:
            shop.sections["cms"] = {"backend": backend, **request.getfixturevalue(fake).settings()}
            yield shop.set("cms.fields", **fields)

    return shop


fake, contentful = served(FakeContentful), opened("fake", open_contentful)
project, sanity = served(FakeSanity), opened("project", open_sanity)
dato, datocms = served(FakeDatocms), opened("dato", open_datocms)
blok, storyblok = served(FakeStoryblok), opened("blok", open_storyblok)

contentful_shop = _synced("fake", "contentful")
sanity_shop = _synced("project", "sanity")
datocms_shop = _synced("dato", "datocms")
storyblok_shop = _synced("blok", "storyblok", description="content.description")

_HOSTED = {
    "contentful": ("fake", "contentful_shop", "space", open_contentful),
    "sanity": ("project", "sanity_shop", "dataset", open_sanity),
    "datocms": ("dato", "datocms_shop", "project", open_datocms),
    "storyblok": ("blok", "storyblok_shop", "space", open_storyblok),
}


@pytest.fixture
def hosted(request: pytest.FixtureRequest, backend: str) -> HostedCms:
    """The CMS of the test's parameter ``backend``."""
    return HostedCms(request, backend, *_HOSTED[backend])


@pytest.fixture
def rest_cms(httpserver: HTTPServer) -> Iterator[Callable[..., RestCms]]:
    """Builds a ``rest`` CMS at a local server, with these settings."""
    opened: list[RestCms] = []

    def build(**given: Any) -> RestCms:
        settings = {"backend": "rest", "url": httpserver.url_for("/api"), **given}
        opened.append(RestCms(RestSettings.model_validate(settings)))
        return opened[-1]

    yield build
    for one in opened:
        one.close()
