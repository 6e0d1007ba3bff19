from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from cms_server import CmsServer
from fake_contentful import FakeContentful, open_contentful
from fake_storyblok import FakeStoryblok, open_storyblok
from shop import Shop

from brandsync.cms.contentful import ContentfulCms
from brandsync.cms.storyblok import StoryblokCms


@pytest.fixture
def fake() -> Iterator[FakeContentful]:
    """A fake Contentful without entries."""
    with FakeContentful() as contentful:
        yield contentful


@pytest.fixture
def contentful(fake: FakeContentful) -> Iterator[ContentfulCms]:
    with closing(open_contentful(fake)) as cms:
        yield cms


@pytest.fixture
def contentful_shop(fake: FakeContentful, cms: CmsServer, sqlite_url: str, tmp_path: Path) -> Iterator[Shop]:
    """A pipeline from that Contentful into a table in SQLite."""
    with Shop(tmp_path, cms, sqlite_url) as shop:
        shop.sections["cms"] = {"backend": "contentful", **fake.settings()}
        yield shop


@pytest.fixture
def blok() -> Iterator[FakeStoryblok]:
    """A fake Storyblok without stories."""
    with FakeStoryblok() as storyblok:
        yield storyblok


@pytest.fixture
def storyblok(blok: FakeStoryblok) -> Iterator[StoryblokCms]:
    with closing(open_storyblok(blok)) as cms:
        yield cms


@pytest.fixture
def storyblok_shop(blok: FakeStoryblok, cms: CmsServer, sqlite_url: str, tmp_path: Path) -> Iterator[Shop]:
    """A pipeline from that Storyblok into a table in SQLite."""
    with Shop(tmp_path, cms, sqlite_url) as shop:
        shop.sections["cms"] = {"backend": "storyblok", **blok.settings()}
        shop.sections["cms.fields"] = {"name": "name", "description": "content.description"}
        yield shop
