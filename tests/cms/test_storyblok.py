"""The Storyblok CMS by itself: what it reads, and what it says, against the fake."""

import json
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from cms_listing import listed, names, problems
from fake_server import Answer
from fake_storyblok import DELIVERY, MANAGEMENT, SPACE, open_storyblok
from fake_storyblok_space import moment
from hypothesis import given
from hypothesis import strategies as st

from brandsync.brand import ExternalId
from brandsync.cms.optional import HoldsDrafts
from brandsync.cms.overlap import OVERLAP
from brandsync.cms.storyblok import StoryblokCms
from brandsync.cms.storyblok.delivery import page_at
from brandsync.cms.storyblok.settings import LARGEST_PAGE, SMALLEST_PAGE
from brandsync.errors import ConfigError, Rejected, TryAgainLater, Unreadable
from brandsync.http import Rate

LISTING = "/v2/cdn/stories"


def listings(blok):
    """The queries of the listings that were asked for."""
    return [asked.query for asked in blok.requests("GET", api=LISTING)]


# Reading


def test_drafts_other_types_and_other_folders_are_not_listed(blok):
    published, draft = blok.space.add(name="A"), blok.space.add(name="B")
    blok.space.unpublish(draft)
    blok.space.add(name="C", component="person")
    blok.space.add(name="D", folder="archive")
    blok.space.save(published, name="A, pending", description="pending")
    with closing(open_storyblok(blok, starts_with="brands/")) as cms:
        assert names(cms) == ["A"]


def test_a_listing_takes_pages_of_100_in_an_order_that_never_changes_and_one_request_more(blok):
    for number in range(250):
        blok.space.add(name=f"Brand {number}")
    with closing(open_storyblok(blok, page_size=100)) as cms:
        assert len(listed(cms)) == 250
    assert [(query["page"], query["per_page"]) for query in listings(blok)] == [("1", "100"), ("2", "97"), ("3", "95")]
    assert {query["sort_by"] for query in listings(blok)} == {"created_at:asc,id:asc"}
    assert {query["version"] for query in listings(blok)} == {"published"}
    assert len(blok.log) == 4
    assert {asked.status for asked in blok.log} == {200}  # none is redirected to the latest version


def test_a_listing_of_no_stories_is_empty(storyblok):
    page = storyblok.retrieve_brands()
    assert (list(page.entries), page.next, page.total) == ([], None, 0)


@pytest.mark.parametrize("nth", range(1, 5))
def test_no_story_is_missed_while_editors_unpublish_others(blok, nth):
    ids = [blok.space.add(name=f"Brand {number}") for number in range(100)]
    gone = ids[: 10 * nth : 2]

    def act(asked):
        if asked.path == LISTING and int(asked.query["page"]) > 1:
            for cms_id in gone[:nth]:
                blok.space.unpublish(cms_id)
            del gone[:nth]

    blok.act = act
    with closing(open_storyblok(blok)) as cms:
        assert set(blok.space.shown("name")) <= set(listed(cms))
    assert len(blok.space.shown("name")) < 100


@given(st.integers(LARGEST_PAGE, 3_000_000), st.integers(SMALLEST_PAGE, LARGEST_PAGE))
def test_a_page_begins_where_it_should_or_a_little_before_and_gets_on(end, largest):
    number, size = page_at(end - OVERLAP, largest)
    assert size <= largest
    assert (number - 1) * size <= end - OVERLAP
    assert number * size > end


def test_what_was_published_since_is_listed_a_late_publication_too(blok, storyblok):
    old, new = blok.space.add(name="A"), blok.space.add(name="B")
    story = blok.space.of(old)
    story.created_at = story.updated_at = story.published_at = "2026-01-01T00:00:00.000Z"
    since = datetime.now(UTC) - timedelta(minutes=1)
    assert names(storyblok, since) == ["B"]
    blok.space.save(old, name="A, saved")
    assert list(listed(storyblok, since)) == [new]
    blok.space.publish(old)
    story.updated_at = "2026-01-01T00:00:00.000Z"  # it was saved long before it was published
    assert names(storyblok, since) == ["A, saved", "B"]
    assert listings(blok)[-1]["published_at_gte"] == since.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_listing_is_never_an_older_one_that_the_cdn_kept(blok, storyblok):
    """Versions count in seconds, and the version itself is kept for two."""
    cms_id = blok.space.add(name="A")
    for number in range(3):
        blok.space.edit(cms_id, name=f"A {number}")
        assert names(storyblok) == [f"A {number}"]
    assert len({query["cv"] for query in listings(blok)}) < 3


def test_a_language_is_read_with_its_fallback(blok):
    translated, other = blok.space.add(name="A", description="one"), blok.space.add(name="B", description="two")
    blok.space.edit(translated, description__i18n__de="eins")
    fields = {"name": "name", "description": "content.description"}
    with closing(open_storyblok(blok, language="de", fields=fields)) as cms:
        found = {key: brand.fields["description"] for key, brand in listed(cms).items()}
    assert found == {translated: "eins", other: "two"}


def test_assets_links_and_rich_text_are_read_by_paths(blok):
    text = {"type": "text", "text": "Hello", "marks": [{"type": "bold"}]}
    document = {"type": "doc", "content": [{"type": "paragraph", "content": [text]}]}
    logo = {"fieldtype": "asset", "filename": "https://a.storyblok.com/f/1/logo.png"}
    website = {"linktype": "url", "url": "https://a.example", "cached_url": "https://a.example"}
    blok.space.add(name="A", story=document, logo=logo, website=website)
    blok.space.add(name="B")
    paths = {
        "name": "name",
        "description": "html(content.story)",
        "logo_url": "content.logo.filename",
        "website_url": "content.website.url",
    }
    with closing(open_storyblok(blok, fields=paths)) as cms:
        first, second = listed(cms).values()
    assert first.fields == {
        "name": "A",
        "description": "<p><strong>Hello</strong></p>",
        "logo_url": "https://a.storyblok.com/f/1/logo.png",
        "website_url": "https://a.example",
    }
    assert set(second.fields.values()) == {"B", None}


# Settings


@pytest.mark.parametrize(
    ("given_", "urls"),
    [
        ({}, ("https://api.storyblok.com", "https://mapi.storyblok.com")),
        ({"region": "us"}, ("https://api-us.storyblok.com", "https://api-us.storyblok.com")),
        ({"region": "us", "url": "https://cdn.example"}, ("https://cdn.example", "https://api-us.storyblok.com")),
    ],
)
def test_a_region_says_where_both_apis_are_unless_their_addresses_are_given(given_, urls):
    section = {"backend": "storyblok", "space": "123", "delivery_token": "t", **given_}
    settings = StoryblokCms.Settings.model_validate(section)
    assert (settings.url, settings.management_url, settings.space) == (*urls, 123)


# The rate limits


@pytest.mark.parametrize(("size", "rate"), [(25, 50), (26, 15), (75, 10), (100, 6)])
def test_each_size_of_page_has_its_documented_rate(blok, size, rate):
    with closing(open_storyblok(blok, page_size=size)) as cms:
        assert cms.http.rate == Rate(rate, 1.0)


def test_a_listing_never_provokes_a_429(blok):
    for number in range(700):
        blok.space.add(name=f"Brand {number}")
    blok.delivery_limited = True
    with closing(open_storyblok(blok, page_size=100)) as cms:
        assert len(listed(cms)) == 700
    assert {asked.status for asked in blok.log} == {200}


def test_writes_never_provoke_a_429_and_are_told_at_their_rate(blok):
    ids = [blok.space.add(name="A") for _ in range(4)]
    blok.management_limit = 6
    with closing(open_storyblok(blok, management_rate=6)) as cms:
        assert cms.rate == Rate(6, 1.0)
        assert cms.links.write([ExternalId(cms_id, "brand-1") for cms_id in ids]) == []
    assert {asked.status for asked in blok.log} == {200}
    assert set(blok.space.shown().values()) == {"brand-1"}


def test_a_429_all_the_same_is_waited_out_for_a_second(blok, storyblok):
    blok.space.add(name="A")
    blok.instead.append(Answer(429, {"error": "Rate limit reached"}))
    began = time.monotonic()
    assert names(storyblok) == ["A"]
    assert time.monotonic() - began >= 1


# What is told


def test_a_token_of_another_space_is_told_before_anything_is_read(blok):
    told = pytest.raises(ConfigError, match=f"a token of the space {SPACE} and not of 606")
    with closing(open_storyblok(blok, space=606)) as cms, told as refused:
        cms.retrieve_brands()
    assert "`space`" in str(refused.value.hint)
    assert listings(blok) == []


def test_a_management_token_of_another_space_is_a_matter_of_the_configuration(blok, storyblok):
    blok.act = lambda asked: blok.instead.append(Answer(404, ["not found"])) if asked.path.startswith("/v1") else None
    with pytest.raises(ConfigError, match="404") as refused:
        storyblok.links.refusal()
    assert "`space`" in str(refused.value.hint)


def test_a_server_that_has_no_such_api_is_told_with_the_settings_that_name_it(blok, storyblok):
    blok.instead.append(Answer(404, ["not found"]))
    with pytest.raises(ConfigError, match="404") as refused:
        storyblok.retrieve_brands()
    assert "`region` and `url`" in str(refused.value.hint)


def test_without_a_management_token_nothing_is_written_or_asked(blok):
    cms_id = blok.space.add(name="A")
    with closing(open_storyblok(blok, management_token=None)) as cms:
        (problem,) = problems(cms)
        assert "there is no `management_token`" in problem.what
        assert problem.links
        assert not isinstance(cms.links, HoldsDrafts)
        assert (cms.links.pending([cms_id]), cms.rate) == ((), None)
        with pytest.raises(Rejected, match="there is no `management_token`"):
            cms.links.write([ExternalId(cms_id, "brand-1")])
    assert blok.requests("GET", "PUT") == []


def test_a_link_costs_three_requests_and_a_batch_one_more(blok, storyblok):
    ids = [blok.space.add(name=f"Brand {number}") for number in range(30)]
    storyblok.links.write([ExternalId(cms_id, f"brand-{cms_id}") for cms_id in ids])
    assert len(blok.log) == storyblok.requests == storyblok.links.requests_for(30) == 91
    assert [storyblok.links.requests_for(count) for count in (0, 100, 101)] == [0, 301, 305]


# Answers that are none


LISTED = [
    (Answer(200, "<html>", {}, "text/html"), "not JSON"),
    (Answer(200, {"stories": {}}, {"total": "1"}), "no list"),
    (Answer(200, None), "empty body"),
    (Answer(200, {"stories": [{"name": "A"}]}, {"total": "1"}), "no `id`"),
    (Answer(200, {"stories": [[]]}, {"total": "1"}), "no `id`"),
    (Answer(200, {"stories": []}), "without the header `total`"),
    (Answer(200, {"stories": []}, {"total": "²"}), "without the header `total`"),
    (Answer(200, {"stories": []}, {"total": "300", "per-page": "10"}), "pages of another size than 25"),
]


@pytest.mark.usefixtures("no_retries")
@pytest.mark.parametrize(("answer", "told"), LISTED)
def test_a_listing_that_is_not_storybloks_is_not_believed(blok, storyblok, answer, told):
    blok.instead.extend([None, answer])
    with pytest.raises((Unreadable, TryAgainLater), match=told) as refused:
        storyblok.retrieve_brands()
    assert refused.value.hint


@pytest.mark.parametrize("body", [[], {}, {"space": {}}, {"space": {"version": "1"}}])
def test_a_space_that_tells_no_version_is_not_believed(blok, storyblok, body):
    blok.instead.append(Answer(200, body))
    with pytest.raises(Unreadable, match="answers with no space") as refused:
        storyblok.retrieve_brands()
    assert "`url`" in str(refused.value.hint)


@pytest.mark.parametrize("body", [[], {}, {"story": {}}, {"story": {"id": 1, "content": {}}}, {"story": {"id": "x"}}])
def test_a_story_that_is_not_the_one_asked_for_is_not_believed(blok, storyblok, body):
    cms_id = blok.space.add(name="A")
    blok.instead.extend([None, Answer(200, body)])
    with pytest.raises(Unreadable, match=f"no content of the story {cms_id}") as refused:
        storyblok.links.write([ExternalId(cms_id, "brand-1")])
    assert "`management_url`" in str(refused.value.hint)
    assert blok.requests("PUT") == []


def test_no_token_reaches_an_error(blok, storyblok):
    blok.instead.append(Answer(400, {"error": f"{DELIVERY} {MANAGEMENT}"}))
    with pytest.raises(ConfigError) as refused:
        storyblok.retrieve_brands()
    assert "*** ***" in refused.value.message
    assert DELIVERY not in json.dumps([refused.value.message, refused.value.hint, storyblok.where()])


def test_the_moments_of_the_fake_are_storybloks():
    assert datetime.fromisoformat(moment()).tzinfo == UTC
