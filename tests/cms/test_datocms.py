"""The DatoCMS CMS by itself: what it reads, and what it says, against the fake."""

import json
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from cms_listing import listed, names, problems
from fake_datocms import READ_ONLY, TOKEN, open_datocms, permission
from fake_server import Answer

from brandsync.brand import ExternalId
from brandsync.cms.datocms.rights import Rights
from brandsync.cms.datocms.schema import Model
from brandsync.cms.mapping import EntryMapping
from brandsync.errors import ConfigError, CredentialsRefused, TryAgainLater, Unreadable
from brandsync.http import Rate


def read(dato, **settings):
    """The fields of the only entry."""
    with closing(open_datocms(dato, **settings)) as cms:
        (brand,) = listed(cms).values()
    return brand.fields


def asked(dato, path):
    return [one for one in dato.log if one.path == path]


# Reading


def test_drafts_and_other_models_are_not_listed_and_pending_changes_are_not_shown(dato, datocms):
    published, draft = (dato.project.add(name=name) for name in ("A", "B"))
    dato.project.unpublish(draft)
    dato.project.add(type="person", name="C")
    dato.project.save(published, name="A, pending")
    assert names(datocms) == ["A"]


@pytest.mark.parametrize("moment", ["published_at", "updated_at"])
def test_what_was_published_or_saved_since_is_listed_and_nothing_else(dato, datocms, moment):
    """A late publication leaves the moment of saving as it is; one of a locale may leave that of publishing."""
    ids = [dato.project.add(name=name) for name in "ABC"]
    for cms_id in ids:
        dato.project.items[cms_id].published_at -= timedelta(days=1)
        dato.project.items[cms_id].updated_at -= timedelta(days=1)
    setattr(dato.project.items[ids[1]], moment, datetime.now(UTC))
    assert names(datocms, datetime.now(UTC) - timedelta(minutes=10)) == ["B"]


def test_changes_of_several_pages_are_listed(dato):
    old = [dato.project.add(name="old") for _ in range(5)]
    new = [dato.project.add(name=f"new {number}") for number in range(7)]
    for cms_id in old:
        dato.project.items[cms_id].published_at -= timedelta(days=1)
        dato.project.items[cms_id].updated_at -= timedelta(days=1)
    with closing(open_datocms(dato, page_size=3)) as cms:
        assert set(listed(cms, datetime.now(UTC) - timedelta(hours=1))) == set(new)


def test_a_moments_seconds_are_cut_off_and_nothing_is_missed_by_that(dato, datocms):
    cms_id = dato.project.add(name="A")
    moment = datetime(2026, 11, 27, 10, 30, 20, tzinfo=UTC)
    dato.project.items[cms_id].published_at = dato.project.items[cms_id].updated_at = moment
    assert names(datocms, moment + timedelta(seconds=20)) == ["A"]
    assert names(datocms, moment + timedelta(seconds=60)) == []


# Files, JSON, rich text, locales


def test_a_file_gets_the_address_of_its_upload_in_one_request_for_a_page(dato):
    dato.project.uploads |= {f"upload{number}": f"https://www.datocms-assets.com/1/{number}.png" for number in range(3)}
    for number in (*range(3), "gone"):
        dato.project.add(name=f"{number}", logo={"upload_id": f"upload{number}", "alt": None})
    dato.project.add(name="none", logo=None)
    with closing(open_datocms(dato, fields={"name": "name", "logo_url": "logo.url"})) as cms:
        found = {brand.fields["name"]: brand.fields["logo_url"] for brand in listed(cms).values()}
    assert found == {
        **{str(number): f"https://www.datocms-assets.com/1/{number}.png" for number in range(3)},
        "gone": None,
        "none": None,
    }
    assert len(asked(dato, "/uploads")) == 1


def test_files_that_no_path_names_cost_no_request(dato):
    dato.project.add(name="A", logo={"upload_id": "upload1"})
    assert read(dato) == {"name": "A"}
    assert asked(dato, "/uploads") == []


def test_more_files_than_one_query_takes_are_asked_for_in_parts(dato):
    for number in range(101):
        dato.project.uploads[f"upload{number}"] = f"https://a.example/{number}"
        dato.project.add(name=f"{number}", logo={"upload_id": f"upload{number}"})
    with closing(open_datocms(dato, fields={"name": "name", "logo_url": "logo.url"})) as cms:
        assert all(brand.fields["logo_url"].endswith(brand.fields["name"]) for brand in listed(cms).values())
    assert len(asked(dato, "/uploads")) == 2


def test_the_first_picture_of_a_gallery_and_a_localized_file_are_found(dato):
    dato.project.uploads |= {"u1": "https://a.example/1", "u2": "https://a.example/2", "u3": None}
    dato.project.fields["logo"]["localized"] = True
    logo = {"en": {"upload_id": "u2"}, "de": {"upload_id": "u1"}, "fr": None}
    dato.project.add(name="A", pictures=[{"upload_id": "u1"}, {"upload_id": "u3"}], logo=logo)
    fields = {"name": "name", "logo_url": "pictures[0].url", "website_url": "logo.en.url"}
    assert read(dato, fields=fields) == {
        "name": "A",
        "logo_url": "https://a.example/1",
        "website_url": "https://a.example/2",
    }
    found = read(dato, locale="de", fields=fields | {"website_url": "logo.url"})
    assert found["website_url"] == "https://a.example/1"


@pytest.mark.parametrize(
    ("held", "found"), [('{"a": [1]}', {"a": [1]}), (None, None), ('["x"]', ["x"]), ("no JSON", "no JSON")]
)
def test_a_json_field_which_datocms_gives_as_text_is_read(dato, datocms, held, found):
    dato.project.add(name="A", extra=held)
    assert datocms.retrieve_brands().entries[0]["extra"] == found


def test_a_field_that_a_record_does_not_show_is_none(dato, datocms):
    """A record from before the field was made, say."""
    record = {"type": "item", "id": "a", "attributes": {"name": "A"}, "meta": {}}
    dato.instead.extend([None, Answer(200, {"data": [record], "meta": {"total_count": 1}})])
    assert datocms.retrieve_brands().entries == [{"name": "A", "id": "a", "meta": {}}]


def test_structured_text_becomes_text(dato):
    paragraph = {"type": "paragraph", "children": [{"type": "span", "value": "Hello"}]}
    dato.project.add(name="A", story={"schema": "dast", "document": {"type": "root", "children": [paragraph]}})
    assert read(dato, fields={"name": "name", "description": "text(story)"})["description"] == "Hello"


def test_one_locale_is_read_where_one_is_named_and_a_path_names_it_where_none_is(dato):
    dato.project.fields["name"]["localized"] = dato.project.fields["extra"]["localized"] = True
    dato.project.add(
        name={"en": "English", "de": "Deutsch"}, extra={"en": '{"a": 1}', "de": '{"a": 2}'}, description="x"
    )
    fields = {"name": "name", "metadata": "extra", "description": "description"}
    assert read(dato, locale="de", fields=fields) == {"name": "Deutsch", "metadata": {"a": 2}, "description": "x"}
    fields |= {"name": "name.fr || name.en", "metadata": "extra.en"}
    assert read(dato, fields=fields) == {"name": "English", "metadata": {"a": 1}, "description": "x"}


def test_a_record_that_is_not_translated_is_skipped_and_named(dato):
    dato.project.fields["name"]["localized"] = True
    dato.project.add(name={"en": "English"})
    with closing(open_datocms(dato, locale="de")) as cms:
        skipped = EntryMapping(cms.settings).read(cms.retrieve_brands().entries[0])
    assert "name" in skipped.detail


# What is told


def test_a_model_that_is_not_there_is_named_by_a_run_and_by_the_check(dato):
    with closing(open_datocms(dato, model="brands")) as cms:
        with pytest.raises(ConfigError, match=r"no model `brands`; did you mean `brand`\?") as refused:
            cms.retrieve_brands()
        assert "`model`" in str(refused.value.hint)
        (problem,) = problems(cms)
        assert problem.what == refused.value.message
        with pytest.raises(ConfigError, match="no model"):
            cms.links.requests_for(1)


def test_the_environment_is_asked_for_and_one_that_is_not_there_is_named(dato):
    dato.project.add(name="A")
    with closing(open_datocms(dato, environment="staging")) as cms:
        assert names(cms) == ["A"]
        assert cms.where().endswith("(staging)")
    assert {one.headers["X-Environment"] for one in dato.log} == {"staging"}
    with (
        closing(open_datocms(dato, environment="nowhere")) as cms,
        pytest.raises(ConfigError, match="INVALID_ENVIRONMENT") as refused,
    ):
        cms.retrieve_brands()
    assert "`environment`" in str(refused.value.hint)


def test_a_token_that_is_not_valid_is_named(dato):
    told = pytest.raises(CredentialsRefused, match="INVALID_AUTHORIZATION_HEADER")
    with closing(open_datocms(dato, token="wrong")) as cms, told as refused:
        cms.retrieve_brands()
    assert "`token`" in str(refused.value.hint)


@pytest.mark.usefixtures("no_retries")
@pytest.mark.parametrize(
    ("answer", "error", "told"),
    [
        (("INSUFFICIENT_PERMISSIONS", 422), CredentialsRefused, "INSUFFICIENT_PERMISSIONS"),
        (("MAINTENANCE_MODE", 422), TryAgainLater, "MAINTENANCE_MODE"),
        (("STALE_ITEM_VERSION", 422), ConfigError, "STALE_ITEM_VERSION"),
        (("RATE_LIMIT_EXCEEDED", 429), TryAgainLater, "RATE_LIMIT_EXCEEDED"),
    ],
)
def test_an_error_is_what_its_code_says_whatever_its_status_is(dato, datocms, answer, error, told):
    code, status = answer
    body = {"data": [{"id": "1", "type": "api_error", "attributes": {"code": code, "details": {}}}]}
    dato.instead.extend([None, Answer(status, body)])
    with pytest.raises(error, match=told):
        datocms.retrieve_brands()


def test_a_429_is_waited_for_as_long_as_it_says(dato, datocms):
    dato.project.add(name="A")
    dato.instead.append(Answer(429, {}, {"X-RateLimit-Reset": "1"}))
    began = time.monotonic()
    assert names(datocms) == ["A"]
    assert time.monotonic() - began > 0.9


def test_the_rate_is_that_of_the_documents_until_an_answer_tells_another(dato, datocms):
    assert datocms.rate == Rate(60, 3.0)
    dato.limit = 90
    datocms.retrieve_brands()
    assert datocms.rate == Rate(90, 3.0)


@pytest.mark.parametrize(
    "body",
    [None, [], {}, {"data": None}, {"data": [{"attributes": {}}], "meta": {"total_count": 1}}, {"data": []}],
)
def test_an_answer_that_is_not_datocms_is_not_believed(dato, datocms, body):
    dato.instead.extend([None, Answer(200, body if body is not None else "null")])
    with pytest.raises(Unreadable):
        datocms.retrieve_brands()


@pytest.mark.parametrize("body", ["<html>", {"data": {}}, {"data": None}])
def test_a_model_that_cannot_be_read_is_not_believed(dato, datocms, body):
    dato.instead.append(Answer(200, body, kind="text/html" if body == "<html>" else "application/json"))
    with pytest.raises(Unreadable):
        datocms.retrieve_brands()


def test_a_record_without_a_version_and_a_write_without_a_record_are_not_believed(dato, datocms):
    cms_id = dato.project.add(name="A")
    record = {"type": "item", "id": cms_id, "attributes": {}, "meta": None}
    for answers in ([Answer(200, {"data": [record], "meta": {"total_count": 1}})], [None, Answer(200, {"data": []})]):
        dato.instead.extend(answers)
        with pytest.raises(Unreadable, match="url"):
            raise_with_hint(datocms, cms_id)


def raise_with_hint(cms, cms_id):
    try:
        cms.links.write([ExternalId(cms_id, "brand-1")])
    except Unreadable as error:
        raise Unreadable(f"{error.message} {error.hint}") from None


def test_no_token_reaches_an_error(dato, datocms):
    body = {"data": [{"id": "1", "type": "api_error", "attributes": {"code": "BAD", "details": {"message": TOKEN}}}]}
    dato.instead.append(Answer(400, body))
    with pytest.raises(ConfigError, match=r"BAD \(\*\*\*\)") as refused:
        datocms.retrieve_brands()
    assert TOKEN not in json.dumps([refused.value.message, refused.value.hint])


# The check


@pytest.mark.parametrize(
    ("drafts", "how"), [(True, "saved, and then published"), (False, "saved, which publishes them")]
)
def test_check_finds_nothing_wrong_with_a_project_that_is_ready(dato, datocms, drafts, how):
    dato.project.drafts = drafts
    dato.project.add(name="A")
    assert problems(datocms) == []
    assert [finding.what for finding in datocms.check()][-1] == f"the token may write `external_id`: records are {how}"
    assert dato.requests("PUT", "POST") == []


def test_check_names_a_locale_that_is_not_there_and_a_localized_field_without_one(dato, datocms):
    dato.project.fields["name"]["localized"] = True
    dato.project.add(name={"en": "A", "de": "A"})
    with closing(open_datocms(dato, locale="de")) as cms:
        assert problems(cms) == []
    with closing(open_datocms(dato, locale="dk")) as cms:
        assert "the environment has no locale `dk`" in problems(cms)[0].what
        assert "en, de" in str(problems(cms)[0].fix)
    assert "`name` (name) is a localized field" in problems(datocms)[0].what


@pytest.mark.parametrize(
    ("granted", "refused", "missing"),
    [
        ([permission("all")], [], None),
        ([permission("update"), permission("publish")], [], None),
        ([permission("update", item_type="DxMaW10UQiCmZcuuA-IkkA"), permission("publish", on_stage="done")], [], None),
        ([permission("read")], [], "update and publish"),
        ([permission("all", item_type="another-model")], [], "update and publish"),
        ([permission("all", environment="staging")], [], "update and publish"),
        ([permission("update")], [], "publish"),
        ([permission("update"), permission("publish", localization_scope="not_localized")], [], "publish"),
        ([permission("all")], [permission("publish")], "publish"),
        ([permission("all")], [permission("publish", on_creator="self")], None),
        ([permission("all")], [permission("update", localization_scope="localized", locale="en")], None),
    ],
)
def test_what_the_role_may_not_do_is_named(dato, datocms, granted, refused, missing):
    dato.permissions, dato.refused = granted, refused
    expected = missing and f"the role of the token, Editor, may not {missing} records of this model"
    assert datocms.links.refusal() == expected
    assert [problem.what for problem in problems(datocms)] == (
        [f"external ids cannot be written: {expected}"] if expected else []
    )


def test_where_the_environment_is_not_told_an_entry_of_some_environment_grants_and_refuses_nothing_for_sure():
    final = {
        "positive_item_type_permissions": [permission("all", environment="staging")],
        "negative_item_type_permissions": [permission("publish", environment="main")],
    }
    me = {"included": [{"type": "role", "attributes": {"name": "Editor"}, "meta": {"final_permissions": final}}]}
    model = Model("model1", drafts=True, workflow=None)
    assert Rights(me, None, model).missing() is None
    assert "may not update and publish" in str(Rights(me, "main", model).missing())
    assert Rights(me, "staging", model).missing() is None


@pytest.mark.parametrize(
    "role", [{"type": "role"}, {"type": "role", "attributes": "x", "meta": {"final_permissions": 1}}]
)
def test_a_role_that_cannot_be_read_allows_nothing(role):
    assert "may not" in str(Rights({"included": [role]}, None, Model("model1", drafts=True, workflow=None)).missing())


def test_a_model_without_drafts_takes_no_right_to_publish(dato, datocms):
    dato.project.drafts, dato.permissions = False, [permission("update")]
    assert datocms.links.refusal() is None


def test_a_token_that_may_only_read_is_told_and_one_without_a_role_is_trusted(dato, datocms):
    with closing(open_datocms(dato, token=READ_ONLY)) as cms:
        assert "may not update and publish" in str(cms.links.refusal())
        assert [problem.links for problem in problems(cms)] == [True]
    dato.role = False
    assert datocms.links.refusal() is None


@pytest.mark.parametrize("status", [403, 404, 422])
def test_a_token_that_may_not_even_ask_what_it_may_do_is_trusted(dato, datocms, status):
    dato.act = lambda one: dato.instead.append(Answer(status, {})) if one.path == "/users/me" else None
    assert datocms.links.refusal() is None
    assert problems(datocms) == []
