from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from cms_server import CmsServer
from fake_contentful import FakeContentful, open_contentful
from fake_datocms import FakeDatocms, open_datocms
from fake_sanity import FakeSanity, open_sanity
from fake_storyblok import FakeStoryblok, open_storyblok
from shop import Shop

from brandsync.cms.contentful import ContentfulCms
from brandsync.cms.datocms import DatocmsCms
from brandsync.cms.sanity import SanityCms
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
def project() -> Iterator[FakeSanity]:
    """A fake Sanity without documents."""
    with FakeSanity() as sanity:
        yield sanity


@pytest.fixture
def sanity(project: FakeSanity) -> Iterator[SanityCms]:
    with closing(open_sanity(project)) as cms:
        yield cms


@pytest.fixture
def sanity_shop(project: FakeSanity, cms: CmsServer, sqlite_url: str, tmp_path: Path) -> Iterator[Shop]:
    """A pipeline from that Sanity into a table in SQLite."""
    with Shop(tmp_path, cms, sqlite_url) as shop:
        shop.sections["cms"] = {"backend": "sanity", **project.settings()}
        yield shop


@pytest.fixture
def dato() -> Iterator[FakeDatocms]:
    """A fake DatoCMS without records."""
    with FakeDatocms() as fake:
        yield fake


@pytest.fixture
def datocms(dato: FakeDatocms) -> Iterator[DatocmsCms]:
    with closing(open_datocms(dato)) as cms:
        yield cms


@pytest.fixture
def datocms_shop(dato: FakeDatocms, cms: CmsServer, sqlite_url: str, tmp_path: Path) -> Iterator[Shop]:
    """A pipeline from that DatoCMS into a table in SQLite."""
    with Shop(tmp_path, cms, sqlite_url) as shop:
        shop.sections["cms"] = {"backend": "datocms", **dato.settings()}
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
