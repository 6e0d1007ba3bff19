"""Entries by their ids at CMSes that are hosted: what only each of them may do, against its fake."""

from collections.abc import Sequence
from contextlib import closing
from typing import Any

import pytest
from fake_contentful import open_contentful
from fake_datocms import open_datocms
from fake_sanity import open_sanity
from fake_server import Answer
from fake_storyblok import open_storyblok

from brandsync.cms.interface import Cms
from brandsync.cms.path import reader
from brandsync.errors import ConfigError, CredentialsRefused, TryAgainLater, Unreadable


def found(cms: Cms, *ids: str) -> list[str]:
    """The ids of the entries that come, sorted."""
    entries = cms.retrieve_entries(ids)
    assert entries is not None
    return sorted(str(reader(cms.settings.id)(entry)) for entry in entries)


# Contentful


def test_contentful_shows_what_is_published_of_the_content_type_in_the_locale(fake):
    shown, draft, archived, kept_back = (fake.space.add(name=name) for name in "ABCD")
    person = fake.space.add(type="person", name="E")
    fake.space.unpublish(draft)
    fake.space.archive(archived)
    fake.space.entries[kept_back].held_back.add("de")
    with closing(open_contentful(fake, locale="de")) as german, closing(open_contentful(fake)) as cms:
        assert found(german, shown, draft, archived, kept_back, person) == [shown]
        assert found(cms, shown, draft, archived, kept_back, person) == sorted([shown, kept_back])


def test_contentful_is_asked_for_a_hundred_at_once_and_fewer_where_they_are_too_large(fake, contentful):
    ids = [fake.space.add(name=f"Brand {number}", description="x" * 1_000) for number in range(150)]
    assert len(found(contentful, *ids)) == 150
    assert len(fake.requests("GET", api="cdn")) == 2
    fake.largest = 20_000
    assert found(contentful, *ids) == sorted(ids)


def test_no_address_is_longer_than_contentful_takes(fake, contentful):
    ids = [fake.space.add(f"{number:03}{'x' * 61}", name="A") for number in range(100)]
    assert len(found(contentful, *ids, *(f"{cms_id}x" for cms_id in ids))) == 100
    assert {asked.status for asked in fake.log} == {200}


@pytest.mark.parametrize(
    "answer",
    [
        {"items": [], "total": 1},
        {"items": []},
        {"items": [{"fields": {}}], "total": 1},
        {"items": [{"sys": {"id": "another"}, "fields": {}}], "total": 1},
    ],
)
def test_an_answer_of_contentfuls_that_may_lack_some_is_raised(fake, contentful, answer):
    cms_id = fake.space.add(name="A")
    fake.route = lambda _asked: Answer(200, answer)
    with pytest.raises(Unreadable):
        contentful.retrieve_entries([cms_id])


# Sanity


def test_sanity_shows_what_is_published_of_the_type(project, sanity):
    for cms_id, kind in (("a", "brand"), ("b", "person"), ("c", "brand"), ("d.e", "brand")):
        project.dataset.add(cms_id, type=kind, name=cms_id)
    project.dataset.save("a", name="A, pending")
    project.dataset.release("summer", "a", name="A, in summer")
    project.dataset.unpublish("c")
    ids = ("a", "b", "c", "d.e", "drafts.a", "drafts.c", "versions.summer.a")
    assert found(sanity, *ids) == ["a", "d.e"]
    with closing(open_sanity(project, token=None)) as public:
        assert found(public, *ids) == ["a"], "without a token, nothing shows whose id has a dot in it"


def test_sanity_is_asked_for_a_page_at_once_by_a_post(project, sanity):
    ids = [project.dataset.add(name=f"Brand {number}") for number in range(1_001)]
    assert len(found(sanity, *ids, "gone")) == 1_001
    assert [asked.method for asked in project.asked("query")] == ["POST", "GET"]


def test_a_projection_that_ends_in_a_comment_is_asked_for_by_ids_too(project):
    project.dataset.add("a", name="A", logo={"asset": {"_ref": "i"}})
    project.dataset.add("i", type="sanity.imageAsset", url="https://cdn.example.com/a.png")
    with closing(open_sanity(project, projection='name, "logo_url": logo.asset->url // the logo')) as cms:
        assert [entry["logo_url"] for entry in cms.retrieve_entries(["a"])] == ["https://cdn.example.com/a.png"]


@pytest.mark.parametrize(
    "result", [{"entries": [], "total": 1}, {"entries": []}, {"entries": [{"_id": "b"}], "total": 1}, {}, None, []]
)
def test_an_answer_of_sanitys_that_may_lack_some_is_raised(project, sanity, result):
    project.route = lambda _asked: Answer(200, {"result": result})
    with pytest.raises(Unreadable):
        sanity.retrieve_entries(["a"])


# Storyblok


def test_storyblok_shows_what_is_published_of_the_content_type_in_the_folder(blok, storyblok):
    shown, draft = blok.space.add(name="A"), blok.space.add(name="B")
    person, elsewhere = blok.space.add(component="person", name="C"), blok.space.add(folder="old", name="D")
    blok.space.unpublish(draft)
    blok.space.save(shown, name="A, pending")
    ids = (shown, draft, person, elsewhere)
    assert found(storyblok, *ids) == [shown, elsewhere]
    with closing(open_storyblok(blok, starts_with="brands/")) as cms:
        assert found(cms, *ids) == [shown]
        assert [entry["name"] for entry in cms.retrieve_entries(ids)] == ["A"]


def test_storyblok_is_asked_past_its_cache_and_within_its_pages(blok, storyblok):
    ids = [blok.space.add(name=f"Brand {number}") for number in range(60)]
    assert found(storyblok, *ids) == ids
    blok.space.unpublish(ids[7])
    assert found(storyblok, *ids) == [cms_id for cms_id in ids if cms_id != ids[7]]
    asked = [asked.query for asked in blok.log if asked.path == "/v2/cdn/stories"]
    assert {query["per_page"] for query in asked} == {"25"}
    assert {len(query["by_ids"].split(",")) for query in asked} == {25, 10}


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ({"stories": []}, {"total": "1", "per-page": "25"}),
        ({"stories": []}, {}),
        ({"stories": [{"id": 7}]}, {"total": "1", "per-page": "25"}),
        ({"stories": []}, {"total": "0", "per-page": "10"}),
        ({}, {"total": "0", "per-page": "25"}),
    ],
)
def test_an_answer_of_storybloks_that_may_lack_some_is_raised(blok, storyblok, body, headers):
    cms_id = blok.space.add(name="A")
    blok.instead.extend([None, Answer(200, body, headers)])
    with pytest.raises(Unreadable):
        storyblok.retrieve_entries([cms_id])


# DatoCMS


def test_datocms_shows_what_is_published_of_the_model(dato, datocms):
    shown, draft = dato.project.add(name="A", logo={"upload_id": "u"}), dato.project.add(name="B")
    person = dato.project.add(type="person", name="C")
    dato.project.uploads["u"] = "https://cdn.example.com/a.png"
    dato.project.unpublish(draft)
    dato.project.save(shown, name="A, pending")
    ids = (shown, draft, person)
    assert found(datocms, *ids) == [shown]
    with closing(open_datocms(dato, fields={"name": "name", "logo_url": "logo.url"})) as cms:
        (entry,) = cms.retrieve_entries(ids)
        assert (entry["name"], entry["logo"]["url"]) == ("A", "https://cdn.example.com/a.png")


def test_datocms_is_asked_for_a_hundred_at_once(dato, datocms):
    ids = [dato.project.add(name=f"Brand {number}") for number in range(150)]
    assert found(datocms, *ids) == sorted(ids)
    asked = [asked.query for asked in dato.log if asked.path == "/items"]
    assert [query["page[limit]"] for query in asked] == ["100", "50"]
    assert not any("filter[type]" in query for query in asked), "which goes with no ids: one of them may be ignored"


RECORD = {"id": "a", "type": "item", "attributes": {}, "meta": {}}
OTHER = {"relationships": {"item_type": {"data": {"id": "m"}}}}


@pytest.mark.parametrize(
    "answer",
    [
        {"data": [], "meta": {"total_count": 1}},
        {"data": []},
        {"data": [RECORD], "meta": {"total_count": 1}},
        {"data": [RECORD | OTHER | {"id": "b"}], "meta": {"total_count": 1}},
        {"data": [RECORD | OTHER] * 2, "meta": {"total_count": 3}},
    ],
)
def test_an_answer_of_datocms_that_may_lack_some_is_raised(dato, datocms, answer):
    datocms.schema.model()
    datocms.schema.fields()
    dato.route = lambda _asked: Answer(200, answer)
    with pytest.raises(Unreadable):
        datocms.retrieve_entries(["a", "c"])


# All of them


@pytest.mark.parametrize(
    ("server", "cms"), [("fake", "contentful"), ("project", "sanity"), ("blok", "storyblok"), ("dato", "datocms")]
)
@pytest.mark.parametrize(
    ("answer", "kind"),
    [(Answer(401, {}), CredentialsRefused), (Answer(404, {}), ConfigError), (Answer(500, {}), TryAgainLater)],
)
def test_a_refusal_is_raised(request, server: str, cms: str, answer: Answer, kind: type[Exception]):
    ids: Sequence[str] = ["100000"]
    backend: Any = request.getfixturevalue(cms)
    backend.stop_when(lambda: kind is TryAgainLater)
    request.getfixturevalue(server).route = lambda _asked: answer
    with pytest.raises(kind):
        backend.retrieve_entries(ids)
