"""A brand's picture in each hosted CMS reaches a store by the path that the README gives, and `check` looks at it."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from fake_contentful_space import link
from pictures import PictureServer, png
from readme_pictures import mapping, rows

from brandsync.registry import installed
from brandsync.run.picture_check import PictureCheck
from brandsync.run.pipeline import Pipeline
from brandsync.workflow.pages import cms_pages


@pytest.fixture
def pictures() -> Iterator[PictureServer]:
    with PictureServer() as server:
        yield server


def arrives(shop, pictures, backend):
    """Sync a brand's picture by the README's path, and check both this and its address."""
    pictures.put("/logo.png", png(1))
    shop.set("cms.fields", name="name", description=None, logo_url=mapping(backend)["value"])
    shop.sections["cms.fields.logo"] = mapping(backend)
    shop.set("store", images="logos")
    with closing(Pipeline.open(shop.loaded(), read_only=True)) as pipeline:
        check = PictureCheck(pipeline)
        for page in cms_pages(pipeline.cms, None):
            check.add(page.entries)
        found = [(one.ok, one.what) for one in check.findings()]
    result = shop.sync()
    assert (result["exit_code"], result["counts"]["images"]) == (0, 1), result
    ((name,),) = shop.query("SELECT logo FROM brand")
    assert (shop.directory / "logos" / name).read_bytes() == png(1)
    assert "Authorization" not in pictures.headers["/logo.png"]
    asked = pictures.asked.total()
    assert shop.sync()["changes"] == []
    assert pictures.asked.total() == asked
    return found


def test_contentful(fake, contentful_shop, pictures):
    fake.space.assets["a1"] = pictures.url.removeprefix("http:") + "/logo.png"
    fake.space.add(name="Acme", logo=link("a1"))
    found = arrives(contentful_shop, pictures, "contentful")
    assert [ok for ok, _ in found] == [True, False]
    assert found[1][1].startswith("`logo_url` of entry ")  # it begins with //, and `absolute` completes it


def test_datocms(dato, datocms_shop, pictures):
    dato.project.uploads["u1"] = f"{pictures.url}/logo.png"
    dato.project.add(name="Acme", logo={"upload_id": "u1", "alt": None})
    found = arrives(datocms_shop, pictures, "datocms")
    assert [ok for ok, _ in found] == [True, True]


def test_storyblok(blok, storyblok_shop, pictures):
    blok.space.add(name="Acme", logo={"fieldtype": "asset", "filename": f"{pictures.url}/logo.png"})
    found = arrives(storyblok_shop, pictures, "storyblok")
    assert [ok for ok, _ in found] == [True, True]


def test_sanity(project, sanity_shop, pictures):
    project.dataset.add("image-1", type="sanity.imageAsset", url=f"{pictures.url}/logo.png")
    project.dataset.add("a", name="Acme", logo={"asset": {"_ref": "image-1"}})
    sanity_shop.set("cms", projection='..., "logo_url": logo.asset->url')
    found = arrives(sanity_shop, pictures, "sanity")
    assert [ok for ok, _ in found] == [True, True]


def test_every_cms_with_a_shape_of_its_own_has_a_row():
    named = {backend.name for backend in installed() if backend.kind == "cms" and backend.distribution == "brandsync"}
    assert {*rows()} == named - {"file", "rest"}
