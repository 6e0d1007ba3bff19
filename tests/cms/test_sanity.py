"""The Sanity CMS by itself: what it reads, and what it says, against the fake."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cms_listing import brands, problems
from fake_sanity import EDITOR, VIEWER, FakeSanity, open_sanity
from fake_server import Answer

from brandsync.cms.optional import HoldsDrafts
from brandsync.cms.sanity import SanityCms
from brandsync.errors import ConfigError, CredentialsRefused, Rejected, Unreadable
from brandsync.http import Rate


def listed(cms, since=None):
    """The whole listing, in its order. Nothing comes twice."""
    found = brands(cms, since)
    assert len({brand.cms_id for brand in found}) == len(found)
    return {brand.cms_id: brand for brand in found}


def names(cms, since=None):
    return [brand.fields["name"] for brand in listed(cms, since).values()]


def answers(fake: FakeSanity, value: Any, status: int = 200) -> None:
    """Whatever is asked, answer this."""
    fake.route = lambda _asked: Answer(status, value)


# Reading


def test_drafts_documents_of_releases_and_other_types_are_not_listed(project, sanity):
    project.dataset.add("a", name="A")
    project.dataset.save("a", name="A, pending")
    project.dataset.release("summer", "a", name="A, in summer")
    project.dataset.save("never-published", name="B")
    project.dataset.add("c", type="person", name="C")
    assert names(sanity) == ["A"]


def test_no_perspective_is_needed_to_leave_drafts_out(project, sanity):
    """Not even where whatever stands before the API knows none."""
    project.dataset.add("a", name="A")
    project.dataset.save("a", name="A, pending")
    project.dataset.release("summer", "a", name="A, in summer")
    project.act = lambda asked: asked.query.update(perspective="raw")
    assert names(sanity) == ["A"]
    assert sanity.retrieve_brands().total == 1


def test_documents_come_in_the_order_of_their_ids_whatever_these_look_like(project):
    ids = ["0", "A", "Z.deep.id", "_x", "a-b", "a.b", "a_b", "drafts", "drafts-of-mine", "versions", "z" * 128]
    for cms_id in reversed(ids):
        project.dataset.add(cms_id, name=f"Ünïcödé 👩‍🚀 {cms_id}")
    with closing(open_sanity(project, page_size=2)) as cms:
        assert list(listed(cms)) == sorted(ids)


def test_a_listing_takes_pages_of_1000_and_as_few_as_there_are(project, sanity):
    for number in range(1000):
        project.dataset.add(name=f"Brand {number}")
    assert len(listed(sanity)) == 1000
    assert len(project.log) == 1
    project.dataset.add(name="one more")
    assert len(listed(sanity)) == 1001
    assert len(project.log) == 1 + 2
    assert ["count(" in asked.query["query"] for asked in project.log] == [True, True, False]


def test_no_entry_is_missed_while_editors_delete_and_add_others(project):
    ids = [project.dataset.add(name=f"Brand {number}") for number in range(12)]
    gone = iter(ids[:4])

    def act(_asked):
        if project.log and (cms_id := next(gone, None)):
            project.dataset.remove(cms_id)
            project.dataset.add(f"0-{cms_id}", name="before all others")

    project.act = act
    with closing(open_sanity(project, page_size=4)) as cms:
        assert set(ids[4:]) <= set(listed(cms))


def test_what_changed_since_is_listed_and_nothing_else(project, sanity):
    old, new = project.dataset.add(name="A"), project.dataset.add(name="B")
    moment = datetime.now(UTC)
    for cms_id, written in ((old, "2026-01-01T00:00:00Z"), (new, (moment + timedelta(seconds=9)).isoformat())):
        project.dataset.documents[cms_id] = project.dataset.documents[cms_id] | {"_updatedAt": written}
    assert names(sanity, moment) == ["B"]
    assert names(sanity, datetime(2025, 12, 31, 23, 30, tzinfo=UTC) - timedelta(hours=1)) == ["A", "B"]


@pytest.mark.parametrize("written", ["2026-03-01T10:00:00Z", "2026-03-01T10:00:00.5Z", "2026-03-01T10:00:00.123456Z"])
def test_moments_are_compared_whether_or_not_they_have_a_fraction(project, sanity, written):
    cms_id = project.dataset.add(name="A")
    project.dataset.documents[cms_id] = project.dataset.documents[cms_id] | {"_updatedAt": written}
    since = datetime.fromisoformat(written)
    assert names(sanity, since) == ["A"]
    assert names(sanity, since.astimezone()) == ["A"]
    assert names(sanity, since + timedelta(seconds=1)) == []


def test_the_live_api_is_asked_and_not_its_cdn():
    settings = SanityCms.Settings.model_validate({"backend": "sanity", "project_id": "abc123"})
    with closing(SanityCms(settings)) as cms:
        assert cms.where() == "https://abc123.api.sanity.io/v2025-02-19/data/query/production?$type=brand"
        assert cms.rate == Rate(25, 1.0)


# Projections, references, rich text


def test_a_projection_shows_what_is_linked_and_gaps_are_none(project):
    project.dataset.add("image-1", type="sanity.imageAsset", url="https://cdn.sanity.io/images/p/a.png")
    project.dataset.add("person-1", type="person", name="Owner")
    project.dataset.save("person-1", name="Owner, pending")
    project.dataset.add("a", name="A", logo={"asset": {"_ref": "image-1"}}, owner={"_ref": "person-1"})
    project.dataset.add("b", name="B", logo={"asset": {"_ref": "nowhere"}}, owner=None)
    project.dataset.add("c", name="C", logo="odd")
    projection = '..., "logo": logo.asset->url, "owner": owner->name  // as the shop wants them'
    fields = {"name": "name", "logo_url": "logo", "description": "owner"}
    with closing(open_sanity(project, projection=projection, fields=fields)) as cms:
        found = listed(cms)
    assert [brand.fields["logo_url"] for brand in found.values()] == [
        "https://cdn.sanity.io/images/p/a.png",
        None,
        None,
    ]
    assert [brand.fields["description"] for brand in found.values()] == ["Owner", None, None]


def test_a_projection_of_a_few_fields_keeps_what_brandsync_needs(project):
    project.dataset.add("a", name="A", external_id="x", story="long")
    with closing(open_sanity(project, projection="name")) as cms:
        (raw,) = cms.retrieve_brands().entries
    assert raw.keys() == {"_id", "_updatedAt", "external_id", "name"}


def test_portable_text_becomes_text(project):
    span = {"_type": "span", "text": "Hello", "marks": []}
    project.dataset.add(name="A", story=[{"_type": "block", "style": "normal", "children": [span]}])
    with closing(open_sanity(project, fields={"name": "name", "description": "text(story)"})) as cms:
        assert [brand.fields["description"] for brand in listed(cms).values()] == ["Hello"]


def test_a_query_that_is_too_long_for_an_url_is_posted(project):
    project.dataset.add("a", name="A")
    with closing(open_sanity(project, projection="..., " + ", ".join(f"name{n}" for n in range(2_000)))) as cms:
        assert names(cms) == ["A"]
    (asked,) = project.log
    assert (asked.method, asked.query) == ("POST", {"perspective": "published"})
    assert asked.json["params"] == {"type": "brand"}


# Tokens


def test_without_a_token_a_public_dataset_is_read_but_for_ids_with_a_dot(project):
    project.dataset.add("a", name="A")
    project.dataset.add("private.b", name="B")
    with closing(open_sanity(project, token=None)) as cms:
        assert names(cms) == ["A"]
        assert "no `token`" in str(cms.links.refusal())
        assert not isinstance(cms.links, HoldsDrafts)
    assert "Authorization" not in project.log[0].headers


def test_a_private_dataset_needs_a_token_and_says_so(project):
    project.private = True
    with closing(open_sanity(project, token=None)) as cms, pytest.raises(CredentialsRefused) as refused:
        cms.retrieve_brands()
    assert "`token`" in str(refused.value.hint)
    assert "BRANDSYNC_CMS__TOKEN" in str(refused.value.hint)


def test_a_token_that_is_not_valid_is_named(project):
    with closing(open_sanity(project, token="wrong")) as cms:
        for call in (cms.retrieve_brands, cms.links.refusal):
            with pytest.raises(CredentialsRefused, match="Session not found") as refused:
                call()
            assert "`token`" in str(refused.value.hint)


def test_whether_a_token_may_write_is_asked_by_a_dry_run_that_changes_nothing(project):
    project.dataset.add("a", name="A")
    before = dict(project.dataset.documents)
    for token, refusal in ((EDITOR, None), (VIEWER, "the token may not update `brand` in `production`")):
        with closing(open_sanity(project, token=token)) as cms:
            assert cms.links.refusal() == refusal
    assert [asked.query["dryRun"] for asked in project.asked("mutate")] == ["true", "true"]
    assert [asked.json["mutations"] for asked in project.asked("mutate")] == [
        [{"patch": {"id": "a", "unset": ["brandsync_asks_whether_it_may_write"]}}]
    ] * 2
    assert project.dataset.documents == before


def test_a_document_that_is_deleted_meanwhile_says_nothing_of_what_the_token_may(project, sanity):
    project.dataset.add("a", name="A")
    project.act = lambda asked: project.dataset.remove("a") if "/mutate/" in asked.path else None
    assert sanity.links.refusal() is None
    assert project.log[-1].status == 404


def test_whatever_else_is_wrong_with_the_project_is_told(project, sanity):
    project.dataset.add("a", name="A")
    project.instead.extend([None, Answer(402, {"error": {"description": "plan limit reached"}})])
    with pytest.raises(Rejected, match="plan limit reached"):
        sanity.links.refusal()


def test_a_dataset_without_documents_has_nothing_to_write_to(project, sanity):
    assert sanity.links.refusal() is None
    assert project.asked("mutate") == []


# What is told


def test_check_names_a_type_of_which_there_is_no_document(project):
    project.dataset.add(name="A")
    project.dataset.add(type="sanity.imageAsset")
    with closing(open_sanity(project, document_type="brands")) as cms:
        (problem,) = problems(cms)
    assert problem.what == "the dataset has no document of the type `brands`; did you mean `brand`?"
    assert "`document_type`" in str(problem.fix)


def test_check_names_a_dataset_of_which_nothing_is_seen(sanity):
    (problem,) = problems(sanity)
    assert problem.what == "no document is seen: the dataset is empty, or private"


def test_check_finds_nothing_wrong_where_nothing_is_published_yet(project, sanity):
    project.dataset.save("a", name="A")
    (found,) = sanity.check()
    assert (found.ok, found.what) == (True, "no document of the type `brand` is published")


def test_check_names_a_token_that_may_only_read_and_one_that_is_missing(project):
    project.dataset.add(name="A")
    for token, told in ((VIEWER, "the token may not update `brand`"), (None, "there is no `token`")):
        with closing(open_sanity(project, token=token)) as cms:
            (problem,) = problems(cms)
            assert told in problem.what
            assert 'link = "journal"' in str(problem.fix)
            assert problem.links


def test_check_names_a_field_that_is_in_no_document_and_may_be_empty_in_all(project):
    project.dataset.add(name="A")
    with closing(open_sanity(project, fields={"name": "name", "website_url": "site"})) as cms:
        (found,) = [finding for finding in cms.check() if finding.fix]
    assert (found.ok, found.what) == (True, "`website_url` (site) is empty in the only entry")
    assert found.fix == "check `website_url` in [cms.fields] where brands have one"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ([], "no `result`"),
        ({"ms": 1}, "no `result`"),
        ({"result": None}, "null where entries should be|nothing where entries should be"),
        ({"result": {"entries": {}, "total": 1}}, "where entries should be"),
        ({"result": {"entries": []}}, "no `total`"),
        ({"result": {"entries": [], "total": "1"}}, "no `total`"),
        ({"result": {"entries": [{"name": "A"}], "total": 1}}, "no `_id`"),
        ({"result": {"entries": ["A"], "total": 1}}, "no `_id`"),
    ],
)
def test_an_answer_to_a_listing_that_is_not_sanitys_is_not_believed(project, sanity, value, told):
    answers(project, value)
    with pytest.raises(Unreadable, match=told) as refused:
        sanity.retrieve_brands()
    assert refused.value.hint


@pytest.mark.usefixtures("no_retries")
def test_a_listing_that_goes_round_in_circles_comes_to_an_end(project):
    for cms_id in "abc":
        project.dataset.add(cms_id, name="A")
    project.act = lambda asked: asked.query.update({"$after": '"0"'})
    with (
        closing(open_sanity(project, page_size=1)) as cms,
        pytest.raises(Unreadable, match="again that has been listed"),
    ):
        listed(cms)


@pytest.mark.usefixtures("no_retries")
def test_a_page_for_people_is_no_answer(project, sanity):
    answers(project, "<html>")
    with pytest.raises(Unreadable, match="not JSON"):
        sanity.retrieve_brands()


@pytest.mark.parametrize("result", [None, {}, [{"_id": "a"}], [{"_rev": "1"}], ["a"], [{"_id": 1, "_rev": "1"}]])
def test_an_answer_to_a_look_that_is_not_sanitys_is_not_believed(project, sanity, result):
    answers(project, {"result": result})
    with pytest.raises(Unreadable):
        sanity.links.held(["a"])


def test_documents_that_nobody_asked_for_are_passed_over(project, sanity):
    answers(
        project, {"result": [{"_id": key, "_rev": "1", "held": key} for key in ("a", "b", "versions.r", "drafts.")]}
    )
    assert sanity.links.held(["a"]) == {"a": "a"}


def test_no_token_reaches_an_error(project, sanity):
    answers(project, json.dumps({"error": {"description": f"odd {EDITOR}"}}), 400)
    with pytest.raises(ConfigError) as refused:
        sanity.retrieve_brands()
    assert "odd ***" in refused.value.message
    assert EDITOR not in repr(sanity.settings)
