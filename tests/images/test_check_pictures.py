"""``check`` fetches one picture of each field, as a run does and as a visitor of the shop does."""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from pictures import HTML, PictureServer, png, svg
from ran import Command, command
from shop import Shop

from brandsync.cms.file_addresses import is_for_examples
from brandsync.run.picture_check import PictureCheck
from brandsync.run.pipeline import Pipeline


@pytest.fixture
def pictures() -> Iterator[PictureServer]:
    with PictureServer() as server:
        yield server


@pytest.fixture
def brandsync(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command itself."""
    return command(monkeypatch, capsys)


@pytest.fixture
def gallery(shop: Shop) -> Shop:
    """A shop whose brands have logos, as pictures of the store's own."""
    shop.set("cms.fields.logo", value="logo", type="image")
    return shop.set("store", images="logos")


def at_one_server(shop: Shop, pictures: PictureServer, *entries: dict[str, Any]) -> Shop:
    """Let the server of the pictures be the CMS, too."""
    listing = json.dumps([{"name": f"Brand {entry['id']}", "external_id": None, **entry} for entry in entries])
    pictures.files["/brands"] = (200, {"Content-Type": "application/json"}, listing.encode())
    return shop.set("cms", url=pictures.url, token="the-token")


def told(brandsync: Command, shop: Shop, field: str) -> tuple[bool, str, str | None]:
    """What check finds of a field's picture: whether it is right, what there is, and what to do."""
    findings = brandsync("check", "--output", "json", "--config", str(shop.config)).json["findings"]
    (found,) = (one for one in findings if f"`{field}` of entry" in one["what"])
    return found["ok"], found["what"], found["fix"]


def test_a_picture_that_can_be_had_is_told_with_its_kind_and_size(brandsync, gallery, pictures):
    gallery.publish({"id": "e1", "name": "A", "logo": pictures.put("/a.png", png(1, padding=3_000))})
    ok, what, fix = told(brandsync, gallery, "logo")
    assert (ok, what, fix) == (True, "the picture in `logo` of entry e1 can be fetched (PNG, 3 kB)", None)
    assert pictures.asked == {"/a.png": 1}


def test_a_picture_that_only_the_credentials_see_is_fine_for_an_image_and_said_so(brandsync, gallery, pictures):
    shop = at_one_server(gallery, pictures, {"id": "e1", "logo": "/a.png"})
    pictures.put("/a.png", png(1))
    pictures.private.add("/a.png")
    ok, what, fix = told(brandsync, shop, "logo")
    assert (ok, fix) == (True, None)
    assert "with the CMS's credentials alone" in what
    assert "403 Forbidden" in what
    assert pictures.asked["/a.png"] == 2


def test_a_picture_that_nobody_gets_is_wrong(brandsync, gallery, pictures):
    shop = at_one_server(gallery, pictures, {"id": "e1", "logo": "/none.png"})
    ok, what, fix = told(brandsync, shop, "logo")
    assert (ok, fix) == (False, "let the credentials of [cms] read the CMS's files")
    assert "404" in what
    assert brandsync("check", "--config", str(shop.config)).code == 78


def test_a_path_that_leads_to_a_web_page_is_wrong(brandsync, gallery, pictures):
    gallery.publish({"id": "e1", "name": "A", "logo": pictures.put("/a.png", HTML)})
    ok, what, fix = told(brandsync, gallery, "logo")
    assert (ok, what) == (False, "the picture in `logo` of entry e1 is a web page")
    assert fix == "check `logo` in [cms.fields]: it must lead to the picture's file"


def test_a_value_that_is_no_address_is_wrong_unless_other_entries_have_one(brandsync, gallery, pictures):
    gallery.set("cms.fields", description=None).set("sync", link="journal")
    gallery.publish({"id": "e1", "name": "A", "logo": 7}, {"id": "e2", "name": "B", "logo": 8})
    ran = brandsync("check", "--config", str(gallery.config))
    assert ran.code == 78
    assert "✗  cms  `logo` of entry e1 is a number (7)" in ran.out
    assert "(and 1 entry more of 2); check `logo` in [cms.fields]" in ran.out
    gallery.cms.edit("e2", logo=pictures.put("/a.png", png(1)))
    ran = brandsync("check", "--config", str(gallery.config))
    assert ran.code == 0
    assert "!  cms  `logo` of entry e1 is a number (7)" in ran.out


def test_the_credentials_of_the_cms_go_to_no_other_server(brandsync, gallery, pictures):
    with PictureServer() as other:
        shop = at_one_server(gallery, pictures, {"id": "e1", "logo": other.put("/a.png", png(1))})
        assert told(brandsync, shop, "logo")[0]
        assert "Authorization" not in other.headers["/a.png"]
        assert other.asked == {"/a.png": 1}


# Addresses that visitors follow


def test_an_address_that_visitors_can_follow_is_told_with_the_kind_and_size(brandsync, shop, pictures):
    shop.set("cms.fields", logo_url="logo")
    shop.publish({"id": "e1", "name": "A", "logo": pictures.put("/a", svg(1))})
    ok, what, fix = told(brandsync, shop, "logo_url")
    assert (ok, what, fix) == (
        True,
        f"the picture in `logo_url` of entry e1 can be seen by visitors (SVG, {len(svg(1))} bytes)",
        None,
    )


def test_a_relative_address_is_refused_with_the_function_that_completes_it(brandsync, shop):
    shop.set("cms.fields", logo_url="logo.url")
    shop.publish({"id": "e1", "name": "A", "logo": {"url": "/uploads/a.png"}})
    ok, what, fix = told(brandsync, shop, "logo_url")
    assert not ok
    assert what.startswith('`logo_url` of entry e1 is "/uploads/a.png"')
    assert fix == 'complete it with the address of the CMS: logo_url = "absolute(logo.url)" in [cms.fields]'


def test_following_that_advice_helps(brandsync, shop, pictures):
    pictures.put("/uploads/a.png", png(1))
    at_one_server(shop, pictures, {"id": "e1", "logo": {"url": "/uploads/a.png"}})
    assert not told(brandsync, shop.set("cms.fields", logo_url="logo.url"), "logo_url")[0]
    assert told(brandsync, shop.set("cms.fields", logo_url="absolute(logo.url)"), "logo_url")[0]


def test_a_file_of_brands_has_no_address_that_could_complete_another(brandsync, shop):
    (shop.directory / "brands.json").write_text('[{"id": "e1", "name": "A", "logo": "uploads/a.png"}]', "utf-8")
    shop.sections["cms"] = {"backend": "file", "path": "brands.json"}
    _, _, fix = told(brandsync, shop.set("cms.fields", logo_url="logo"), "logo_url")
    assert "join('', ['https://cms.example.com', logo])" in fix


@pytest.mark.parametrize("status", [403, 404])
def test_an_address_that_a_visitor_is_refused_is_wrong_though_the_credentials_see_it(brandsync, shop, pictures, status):
    at_one_server(shop, pictures, {"id": "e1", "logo": pictures.put("/a.png", png(1))})
    if status == 403:
        pictures.private.add("/a.png")
    else:
        del pictures.files["/a.png"]
    ok, what, fix = told(brandsync, shop.set("cms.fields", logo_url="logo"), "logo_url")
    assert (ok, fix) == (
        False,
        'let everybody see the CMS\'s files; or map it as an image (`type = "image"`), of which the store keeps a copy',
    )
    assert str(status) in what
    assert "Authorization" not in pictures.headers["/a.png"]


def test_an_address_whose_server_is_not_there_is_wrong(brandsync, shop):
    with PictureServer() as gone:
        address = gone.put("/a.png", png(1))
    shop.publish({"id": "e1", "name": "A", "logo": address})
    ok, what, _ = told(brandsync, shop.set("cms.fields", logo_url="logo"), "logo_url")
    assert not ok
    assert "can't be seen by visitors" in what


def test_a_server_that_stands_in_an_example_is_not_asked(brandsync, shop):
    shop.publish({"id": "e1", "name": "A", "external_id": None, "logo": "https://acme.example/logo.svg"})
    ran = brandsync("check", "--config", str(shop.set("cms.fields", description=None, logo_url="logo").config))
    assert ran.code == 0
    assert "✓  cms  `logo_url` leads to a server that is there for examples: it is not asked" in ran.out


@pytest.mark.parametrize(
    ("host", "example"),
    [("acme.example", True), ("www.example.com", True), ("myexample.com", False), ("example.de", False)],
)
def test_only_hosts_that_are_kept_for_examples_are_examples(host, example):
    assert is_for_examples(f"https://{host}/a.png") == example


BACKENDS: dict[str, tuple[dict[str, Any], str]] = {
    "directus": ({"token": "t"}, "give the Public role read access to `directus_files`"),
    "payload": ({"api_key": "k"}, "let `access.read` of the upload collection allow everybody"),
    "strapi": ({"token": "t"}, "let everybody see the CMS's files"),
    "wordpress": ({"username": "u", "application_password": "p"}, "let everybody see the CMS's files"),
}


@pytest.mark.parametrize("backend", BACKENDS)
def test_each_cms_says_how_visitors_get_to_see_its_files(shop, pictures, backend):
    settings, advice = BACKENDS[backend]
    pictures.put("/assets/7", png(1))
    pictures.private.add("/assets/7")
    shop.sections["cms"] = {"backend": backend, "url": pictures.url, **settings}
    shop.set("cms.fields", name="name", logo_url="absolute(join('', ['/assets/', logo]))")
    entry = {"id": 1, "documentId": "1", "name": "A", "title": {"raw": "A"}, "logo": "7"}
    with closing(Pipeline.open(shop.loaded(), read_only=True)) as pipeline:
        check = PictureCheck(pipeline)
        check.add([entry])
        (found,) = check.findings()
    assert not found.ok
    assert found.fix is not None
    assert found.fix.startswith(advice)


def test_what_a_mark_reads_is_asked_for_as_what_a_value_reads(shop):
    shop.sections["cms"] = {"backend": "wordpress", "url": "http://127.0.0.1", "username": "u"}
    shop.set("cms", application_password="p").set("store", images="logos").set("cms.fields", description=None)
    shop.set("cms.fields", name="title.raw")
    shop.set("cms.fields.logo", value="meta.logo", type="image", mark="acf.logo_hash")
    assert "acf.logo_hash" in shop.loaded().cms.fields.expressions
    with closing(Pipeline.open(shop.loaded(), read_only=True)) as pipeline:
        assert "acf" in json.dumps(pipeline.cms._parts, default=str)
