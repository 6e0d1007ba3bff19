"""For each CMS with drafts: a fake of it that holds nothing, the backend, and a shop that is synced with it."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cms_server import CmsServer
from fake_contentful import FakeContentful, open_contentful
from fake_datocms import FakeDatocms, open_datocms
from fake_sanity import FakeSanity, open_sanity
from fake_storyblok import FakeStoryblok, open_storyblok
from shop import Shop

from brandsync.cms.interface import Cms


@dataclass(frozen=True)
class Hosted:
    """A hosted CMS, chosen by name."""

    request: pytest.FixtureRequest
    name: str
    """Of the backend."""
    server: Any
    """Its fake."""
    space: Any
    """What the fake holds."""
    open: Callable[..., Cms]

    @property
    def cms(self) -> Cms:
        """The backend with the fake's own settings."""
        cms: Cms = self.request.getfixturevalue(self.name)
        return cms

    @property
    def shop(self) -> Shop:
        """A shop that is synced with it."""
        shop: Shop = self.request.getfixturevalue(f"{self.name}_shop")
        return shop


def _served(kind: type[Any]) -> Any:
    @pytest.fixture
    def fake() -> Iterator[Any]:
        with kind() as server:
            yield server

    return fake


def _opened(fake: str, open_cms: Callable[[Any], Cms]) -> Any:
    @pytest.fixture
    def backend(request: pytest.FixtureRequest) -> Iterator[Cms]:
        with closing(open_cms(request.getfixturevalue(fake))) as cms:
            yield cms

    return backend


def _synced(fake: str, backend: str, **fields: str) -> Any:
    """A pipeline from the fake into a table in SQLite; ``fields``: where they are not called as everywhere."""

    @pytest.fixture
    def shop(request: pytest.FixtureRequest, cms: CmsServer, sqlite_url: str, tmp_path: Path) -> Iterator[Shop]:
        with Shop(tmp_path, cms, sqlite_url) as shop:
            shop.sections["cms"] = {"backend": backend, **request.getfixturevalue(fake).settings()}
            yield shop.set("cms.fields", **fields)

    return shop


fake, contentful = _served(FakeContentful), _opened("fake", open_contentful)
project, sanity = _served(FakeSanity), _opened("project", open_sanity)
dato, datocms = _served(FakeDatocms), _opened("dato", open_datocms)
blok, storyblok = _served(FakeStoryblok), _opened("blok", open_storyblok)

contentful_shop = _synced("fake", "contentful")
sanity_shop = _synced("project", "sanity")
datocms_shop = _synced("dato", "datocms")
storyblok_shop = _synced("blok", "storyblok", description="content.description")

_HOSTED = {
    "contentful": ("fake", "space", open_contentful),
    "sanity": ("project", "dataset", open_sanity),
    "datocms": ("dato", "project", open_datocms),
    "storyblok": ("blok", "space", open_storyblok),
}


@pytest.fixture
def hosted(request: pytest.FixtureRequest, backend: str) -> Hosted:
    """The CMS of the test's parameter ``backend``."""
    server, space, open_cms = _HOSTED[backend]
    fake = request.getfixturevalue(server)
    return Hosted(request, backend, fake, getattr(fake, space), partial(open_cms, fake))
