"""A brand's picture in real CMSes: by the README's path it reaches a store, and its mark tells when it is replaced."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cms_server import CmsServer
from directus import READING, WRITING, Directus
from live_cms import LiveCms
from payload import Payload
from pictures import png
from readme_pictures import mapping
from shop import Shop
from strapi import Strapi

from brandsync.run.picture_check import PictureCheck
from brandsync.run.pipeline import Pipeline
from brandsync.workflow.pages import cms_pages

pytestmark = [pytest.mark.live, pytest.mark.slow]

FILES = {"collection": "directus_files", "action": "read", "permissions": {}, "fields": ["*"]}


class Gallery:
    """A CMS with one brand that has a logo, and a shop beside it."""

    def __init__(self, cms: LiveCms, shop: Shop, replace_file: Callable[[bytes], None]) -> None:
        self.cms = cms
        self.shop = shop
        self.replace_file = replace_file
        """Puts another file in place of the logo's, as an editor does."""

    def kept(self) -> bytes:
        """The store's copy."""
        ((name,),) = self.shop.query("SELECT logo FROM brand")
        return (self.shop.directory / "logos" / name).read_bytes()

    def findings(self) -> list[tuple[bool, str]]:
        """What check finds of pictures."""
        with closing(Pipeline.open(self.shop.loaded(), read_only=True)) as pipeline:
            check = PictureCheck(pipeline)
            for page in cms_pages(pipeline.cms, None):
                check.add(page.entries)
            return [(found.ok, found.what) for found in check.findings()]


def _directus(live: Directus) -> tuple[dict[str, Any], Callable[[bytes], None]]:
    logo = live.upload("logo.png", png(1), "image/png")
    live.seed([{"name": "Acme", "logo": logo}])
    token = live.make_user("with pictures", [*READING, WRITING, FILES])
    return {"token": token, "include": "logo.*"}, lambda content: live.replace_file(logo, content)


def _strapi(live: Strapi) -> tuple[dict[str, Any], None]:
    """Its tests have no upload: the file is put where Strapi keeps uploads."""
    (live.home / "public" / "uploads" / "logo.png").write_bytes(png(1))
    (cms_id,) = live.seed([{"name": "Acme"}])
    live.edit(cms_id, logo=live.picture("/uploads/logo.png"))
    return {}, None


def _payload(live: Payload) -> tuple[dict[str, Any], Callable[[bytes], None]]:
    logo = live.upload("logo.png", png(1))
    (cms_id,) = live.seed([{"name": "Acme"}])
    live.edit(cms_id, logo=logo)
    return {"depth": 1}, lambda content: live.replace_file(logo, content)


CMSES: dict[str, tuple[type[LiveCms], Any]] = {
    "directus": (Directus, _directus),
    "strapi": (Strapi, _strapi),
    "payload": (Payload, _payload),
}


@pytest.fixture(params=CMSES)
def gallery(request: pytest.FixtureRequest, started: Any, tmp_path: Path, sqlite_url: str) -> Iterator[Gallery]:
    """A CMS whose only brand has a logo, by the path that the README gives."""
    kind, prepared = CMSES[request.param]
    live = started(kind)
    live.reset()
    settings, replace = prepared(live)
    with CmsServer() as unused, Shop(tmp_path, unused, sqlite_url) as shop:
        shop.sections["cms"] = live.settings() | settings
        shop.sections["cms.fields"] = {"name": "name"}
        shop.sections["cms.fields.logo"] = mapping(request.param)
        yield Gallery(live, shop.set("store", images="logos"), replace)


def test_a_picture_reaches_the_store_and_is_told_by_check(gallery: Gallery) -> None:
    ((ok, what),) = gallery.findings()
    assert ok, what
    assert "can be fetched (PNG, " in what
    result = gallery.shop.sync()
    assert (result["exit_code"], result["counts"]["images"]) == (0, 1), json.dumps(result)
    assert gallery.kept() == png(1)
    assert gallery.shop.sync()["changes"] == []


@pytest.mark.parametrize("gallery", ["directus", "payload"], indirect=True)
def test_a_file_that_is_replaced_in_place_is_noticed_by_its_mark(gallery: Gallery) -> None:
    gallery.shop.sync()
    gallery.replace_file(png(2))
    assert gallery.shop.sync(full=True)["counts"]["images"] == 1
    assert gallery.kept() == png(2)


def test_only_directus_keeps_its_files_from_visitors(gallery: Gallery) -> None:
    ((_, what),) = gallery.findings()
    assert ("with the CMS's credentials alone" in what) == isinstance(gallery.cms, Directus)
