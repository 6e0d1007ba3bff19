"""What hangs on an entry: a listing of changes shows that it changed, or the check says that it doesn't."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fake_contentful import open_contentful
from fake_datocms import open_datocms
from fake_sanity import open_sanity
from fake_storyblok import open_storyblok
from ran import command

from brandsync.cms.optional import MissesChanges
from brandsync.cms.wordpress import WordPressCms
from brandsync.workflow.pages import cms_pages

FOLLOWS = '..., "logo_url": logo.asset->url, "country": maker->country->name'
LONG_AGO = "2026-01-01T00:00:00Z"


def listed(cms: Any, since: datetime) -> list[str]:
    return sorted({raw["_id"] for page in cms_pages(cms, since) for raw in page.entries})


def made_of(project: Any) -> None:
    """Two brands, one with a logo and a maker, who is in a country. All of them are old."""
    project.dataset.add("a", name="A", logo={"asset": {"_ref": "logo"}}, maker={"_ref": "maker"})
    project.dataset.add("b", name="B", maker={"_ref": "other"})
    project.dataset.add("logo", type="sanity.imageAsset", url="https://cdn.example.com/a.png")
    project.dataset.add("maker", type="maker", name="M", country={"_ref": "country"})
    project.dataset.add("other", type="maker", name="N")
    project.dataset.add("country", type="country", name="C")
    for key in ("a", "b", "logo", "maker", "other", "country"):
        project.dataset.documents[key] = project.dataset.documents[key] | {"_updatedAt": LONG_AGO}


@pytest.mark.parametrize("changed", ["logo", "maker", "country"])
def test_sanity_lists_documents_behind_whose_references_something_changed(project, changed):
    made_of(project)
    since = datetime.now(UTC) - timedelta(minutes=1)
    with closing(open_sanity(project, projection=FOLLOWS)) as cms:
        assert listed(cms, since) == []
        project.dataset.edit(changed, name="renamed")
        assert listed(cms, since) == ["a"]
        project.dataset.save("other", name="not published yet")
        assert listed(cms, since) == ["a"]


def test_sanity_lists_its_own_changes_alone_where_no_reference_is_followed(project):
    made_of(project)
    since = datetime.now(UTC) - timedelta(minutes=1)
    project.dataset.edit("maker", name="renamed")
    with closing(open_sanity(project)) as cms:
        assert listed(cms, since) == []
        assert cms.unseen_changes() is None
    with closing(open_sanity(project, projection=FOLLOWS)) as cms:
        assert "weak reference" in (cms.unseen_changes() or "")


def test_an_incremental_run_takes_the_new_address_of_a_logo(project, sanity_shop):
    made_of(project)
    project.dataset.add("new", name="C")
    sanity_shop.set("cms", projection='..., "logo_url": logo.asset->url').set("cms.fields", logo_url="logo_url")
    assert sanity_shop.sync()["counts"]["created"] == 3
    for key in ("a", "b"):  # as if their external ids had been written long ago
        project.dataset.documents[key] = project.dataset.documents[key] | {"_updatedAt": LONG_AGO}
    project.dataset.edit("logo", url="https://cdn.example.com/b.png")
    result = sanity_shop.sync()
    assert (result["counts"]["retrieved"], result["counts"]["updated"]) == (2, 1)
    assert result["changes"][0]["after"] == {"logo_url": "https://cdn.example.com/b.png"}


@pytest.mark.parametrize(
    ("paths", "told"),
    [
        ({"logo_url": "absolute(logo.fields.file.url)"}, "`logo_url` (absolute(logo.fields.file.url))"),
        ({"description": "text(maker.fields.name)"}, "`description` (text(maker.fields.name))"),
        ({"description": "text(description)", "handle": "logo.sys.id"}, None),
    ],
)
def test_contentful_tells_which_fields_lead_to_assets_and_entries(fake, paths, told):
    with closing(open_contentful(fake, fields={"name": "name", **paths})) as cms:
        assert (told in (cms.unseen_changes() or "")) if told else cms.unseen_changes() is None


def test_datocms_tells_which_fields_lead_to_files(dato):
    dato.project.add(name="A")
    for path, told in (("logo.url", True), ("pictures[0].url", True), ("logo.upload_id", True), ("website_url", False)):
        with closing(open_datocms(dato, fields={"name": "name", "logo_url": path})) as cms:
            unseen = cms.unseen_changes()
            assert (f"`logo_url` ({path})" in (unseen or "")) == told
            assert told or unseen is None


def test_all_that_storyblok_shows_is_within_a_story(blok):
    with closing(open_storyblok(blok, fields={"name": "name", "logo_url": "content.logo.filename"})) as cms:
        assert not isinstance(cms, MissesChanges)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ('_embedded."wp:featuredmedia"[0].source_url', True),
        ("content.rendered", True),
        ("acf.logo.url", True),
        ("values(@) | [0]", True),
        ("text(content.raw)", False),
        ("meta.logo_url", False),
    ],
)
def test_wordpress_tells_which_fields_hold_what_is_no_part_of_an_entry(path, told):
    section = {"backend": "wordpress", "url": "http://127.0.0.1:9", "username": "u", "application_password": "p"}
    fields = {"name": "title.raw", "description": path}
    with closing(WordPressCms(WordPressCms.Settings.model_validate({**section, "fields": fields}))) as cms:
        assert (f"`description` ({path})" in (cms.unseen_changes() or "")) == told


def test_the_check_says_what_incremental_runs_do_not_see_until_each_nights_run_is_complete(
    fake, contentful_shop, monkeypatch, capsys
):
    brandsync = command(monkeypatch, capsys)
    fake.space.add(name="A")
    contentful_shop.set("cms.fields", logo_url="logo.fields.file.url")

    def said() -> list[str]:
        ran = brandsync("check", "--output", "plain", "--config", str(contentful_shop.config))
        assert ran.code == 0, ran.out
        return [line for line in ran.lines if "incremental runs do not see" in line]

    (line,) = said()
    assert line.startswith("!  cms  incremental runs do not see that an asset or an entry behind `logo_url`")
    assert "complete runs do, and `full_every` is 7 days" in line
    assert 'set full_every = "12h" in [sync]' in line
    contentful_shop.set("sync", full_every="12h")
    assert said() == []
