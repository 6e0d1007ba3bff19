"""The Contentful CMS by itself: what it reads, and what it says, against the fake."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from cms_listing import listed, names, problems
from fake_contentful import DELIVERY, MANAGEMENT, open_contentful
from fake_contentful_space import link
from fake_server import Answer

from brandsync.brand import Skipped
from brandsync.cms.contentful import ContentfulCms
from brandsync.cms.contentful.includes import entries_of
from brandsync.cms.mapping import EntryMapping
from brandsync.cms.optional import HoldsDrafts
from brandsync.errors import ConfigError, Unreadable

# Reading


def test_drafts_archived_entries_and_other_types_are_not_listed(fake, contentful):
    published, draft, archived = (fake.space.add(name=name) for name in ("A", "B", "C"))
    fake.space.unpublish(draft)
    fake.space.archive(archived)
    fake.space.add(type="person", name="D")
    fake.space.save(published, name="A, pending")
    assert names(contentful) == ["A"]


def test_an_answer_that_would_be_larger_than_contentful_gives_is_asked_for_in_smaller_parts(fake, contentful):
    for number in range(40):
        fake.space.add(name=f"Brand {number}", description="x" * 1_000)
    fake.largest = 12_000
    assert len(listed(contentful)) == 40
    refused = [asked for asked in fake.log if asked.status == 400]
    assert len(refused) == 7  # 1000 is halved until 7: once for the whole listing
    assert fake.log[-1].query["limit"] == "7"


def test_one_entry_that_is_larger_than_contentful_gives_is_a_matter_of_the_configuration(fake, contentful):
    fake.space.add(name="A", description="x" * 1_000)
    fake.largest = 500
    with pytest.raises(ConfigError, match="One entry alone is too large") as refused:
        contentful.retrieve_brands()
    assert "include" in str(refused.value.hint)


def test_what_was_published_since_is_listed_and_nothing_else(fake, contentful):
    old, new = fake.space.add(name="A"), fake.space.add(name="B")
    fake.space.entries[old].published_at -= timedelta(hours=1)
    assert names(contentful, datetime.now(UTC) - timedelta(minutes=1)) == ["B"]
    fake.space.save(old, name="A, saved")
    assert list(listed(contentful, datetime.now(UTC) - timedelta(minutes=1))) == [new]
    fake.space.publish(old)
    assert names(contentful, datetime.now(UTC) - timedelta(minutes=1)) == ["A, saved", "B"]


# Links, rich text, locales


def test_a_linked_asset_stands_where_its_link_is(fake):
    fake.space.assets["asset1"] = "//images.ctfassets.net/space1/asset1/logo.png"
    ids = [fake.space.add(name="A", logo=link(asset)) for asset in ("asset1", "unpublished")]
    ids.append(fake.space.add(name="B"))
    fields = {"name": "name", "logo_url": "absolute(logo.fields.file.url)"}
    with closing(open_contentful(fake, fields=fields)) as cms:
        found = [listed(cms)[cms_id].fields["logo_url"] for cms_id in ids]
    assert found == ["http://images.ctfassets.net/space1/asset1/logo.png", None, None]  # as the API's own scheme is


def test_an_address_without_a_scheme_gets_that_of_contentful():
    section = {"backend": "contentful", "space": "s", "delivery_token": "t"}
    settings = ContentfulCms.Settings.model_validate(
        section | {"fields": {"name": "name", "logo_url": "absolute(logo.fields.file.url)"}}
    )
    raw = {"name": "A", "logo": {"fields": {"file": {"url": "//images.ctfassets.net/a.png"}}}, "sys": {"id": "1"}}
    assert EntryMapping(settings).read(raw).fields["logo_url"] == "https://images.ctfassets.net/a.png"


@pytest.mark.parametrize(("depth", "found"), [(0, [None, None]), (1, ["Group", None]), (2, ["Group", "Owner"])])
def test_links_are_followed_as_deep_as_include_says(fake, depth, found):
    owner = fake.space.add(type="person", name="Owner")
    group = fake.space.add(type="group", name="Group", parent=link(owner, "Entry"))
    fake.space.add(name="A", parent=link(group, "Entry"))
    fields = {"name": "name", "description": "parent.fields.name", "website_url": "parent.fields.parent.fields.name"}
    with closing(open_contentful(fake, include=depth, fields=fields)) as cms:
        (brand,) = listed(cms).values()
    assert [brand.fields["description"], brand.fields["website_url"]] == found


def test_entries_that_link_to_each_other_and_to_themselves_are_read(fake):
    fake.space.add("a", name="A", parent=link("b", "Entry"))
    fake.space.add("b", name="B", parent=link("a", "Entry"))
    fake.space.add("c", name="C", parent=[link("c", "Entry")] * 10)
    with closing(
        open_contentful(fake, include=10, fields={"name": "name", "description": "parent.fields.name"})
    ) as cms:
        assert {key: brand.fields["description"] for key, brand in listed(cms).items()} == {
            "a": "B",
            "b": "A",
            "c": None,
        }


@pytest.mark.parametrize(
    "path", ["to_string(parent)", "text(parent)", "parent[].fields.parent[].fields.parent[].sys.id | [0]"]
)
def test_an_entry_whose_links_stand_for_millions_is_skipped_where_more_than_plain_paths_read_it(fake, path):
    fake.space.add("c", name="C", parent=[link("c", "Entry")] * 10)
    fake.space.add("d", name="D")
    with closing(open_contentful(fake, include=10, fields={"name": "name", "description": path})) as cms:
        mapping = EntryMapping(cms.settings)
        found = {brand.cms_id: brand for brand in map(mapping.read, cms.retrieve_brands().entries)}
    assert isinstance(found["c"], Skipped)
    assert "repeats itself" in found["c"].detail


def test_rich_text_that_is_nested_too_deep_to_be_followed_costs_its_entry_alone():
    deep = {"nodeType": "text", "value": "x", "marks": [], "data": {}}
    for _ in range(450):
        deep = {"nodeType": "blockquote", "data": {}, "content": [deep]}
    items = [
        {"sys": {"id": key}, "fields": {"name": key, "description": value}} for key, value in (("a", deep), ("b", "B"))
    ]
    found = entries_of({"items": items}, 1, "the listing")
    settings = ContentfulCms.Settings.model_validate(
        {"backend": "contentful", "space": "s", "delivery_token": "t"}
        | {"fields": {"name": "name", "description": "text(description)"}}
    )
    one, other = map(EntryMapping(settings).read, found)
    assert isinstance(one, Skipped)
    assert (one.cms_id, other.cms_id, other.fields["description"]) == ("a", "b", "B")


def test_rich_text_becomes_text(fake):
    paragraph = {"nodeType": "paragraph", "data": {}, "content": [{"nodeType": "text", "value": "Hello", "marks": []}]}
    fake.space.add(name="A", story={"nodeType": "document", "data": {}, "content": [paragraph]})
    with closing(open_contentful(fake, fields={"name": "name", "description": "text(story)"})) as cms:
        assert [brand.fields["description"] for brand in listed(cms).values()] == ["Hello"]


def test_one_locale_is_read_with_its_fallback_and_without_what_an_editor_keeps_back(fake):
    translated, fallen_back, kept_back = (fake.space.add(name=name, external_id="x") for name in "ABC")
    for cms_id in (translated, kept_back):
        fake.space.save(cms_id, "de", name="Deutsch")
        fake.space.publish(cms_id)
    fake.space.entries[kept_back].held_back.add("de")
    with closing(open_contentful(fake, locale="de")) as cms:
        found = listed(cms)
    assert {key: brand.fields["name"] for key, brand in found.items()} == {translated: "Deutsch", fallen_back: "B"}
    assert {brand.external_id for brand in found.values()} == {"x"}


# What is told


def test_check_names_a_management_token_that_is_missing(fake):
    fake.space.add(name="A")
    section = {key: value for key, value in fake.settings().items() if key != "management_token"}
    with closing(ContentfulCms(ContentfulCms.Settings.model_validate({"backend": "contentful", **section}))) as cms:
        (problem,) = problems(cms)
        assert "there is no `management_token`" in problem.what
        assert problem.links
        assert not isinstance(cms.links, HoldsDrafts)


def test_an_answer_that_is_not_contentfuls_is_not_believed(fake, contentful, monkeypatch):
    monkeypatch.setattr(fake, "answer", lambda _asked: Answer(200, {"items": []}))
    with pytest.raises(Unreadable, match="no `total`"):
        contentful.retrieve_brands()
    for body in ("null", [], {}):
        monkeypatch.setattr(fake, "answer", lambda _asked, body=body: Answer(200, body))
        with pytest.raises(Unreadable, match="items"):
            contentful.retrieve_brands()
    monkeypatch.setattr(fake, "answer", lambda _asked: Answer(200, {"items": [{"fields": {}}], "total": 1}))
    with pytest.raises(Unreadable, match=r"no `sys\.id`"):
        contentful.retrieve_brands()
    with pytest.raises(Unreadable, match="no default locale"):
        contentful.delivery.default_locale()


def test_no_token_reaches_an_error(fake, contentful, monkeypatch):
    echo = json.dumps({"sys": {"type": "Error", "id": "Bad"}, "message": f"{DELIVERY} {MANAGEMENT}"})
    monkeypatch.setattr(fake, "answer", lambda _asked: Answer(400, json.loads(echo)))
    with pytest.raises(ConfigError) as refused:
        contentful.retrieve_brands()
    assert "Bad, *** ***" in refused.value.message
