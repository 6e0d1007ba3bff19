"""What hosted CMSes say, by the check and in runs, where their settings or their fields are wrong."""

from contextlib import closing

import fake_contentful
import fake_storyblok
import pytest
from cms_listing import problems

from brandsync.errors import ConfigError, CredentialsRefused

STORIES = f"/v2/cdn/stories?content_type=brand (space {fake_storyblok.SPACE})"


@pytest.mark.parametrize(
    ("backend", "held", "writable"),
    [
        ("contentful", "the first page holds 1 of 1 published entry", "the management token may write `external_id`"),
        ("sanity", "the first page holds 1 of 1 published document", "the token may write `external_id`"),
        (
            "storyblok",
            f"{STORIES}: the first page holds 1 of 1 published story",
            "the management token may write `content.external_id`",
        ),
    ],
)
def test_check_finds_nothing_wrong_with_what_is_ready(hosted, held, writable):
    hosted.space.add(name="A")
    assert problems(hosted.backend) == []
    found = [finding.what for finding in hosted.backend.check()]
    assert found[0].endswith(held)
    assert found[-1] == writable
    assert not hosted.space.changed()


@pytest.mark.parametrize(
    ("backend", "told"),
    [
        ("contentful", "the environment has no content type `brands`; did you mean `brand`?"),
        ("storyblok", "the space has no content type `brands`; did you mean `brand`?"),
    ],
)
def test_check_names_a_content_type_that_is_not_there(hosted, told):
    with closing(hosted.open(content_type="brands")) as cms:
        (problem,) = problems(cms)
    assert problem.what == told


FIELDS = {
    "contentful": ("model", "Short text, without localization"),
    "datocms": ("fields", "Single-line string, not localized"),
    "storyblok": ("model", "Text, not translatable"),
}
"""What each calls the fields of its brands, and what is to be made."""


@pytest.mark.parametrize(
    ("backend", "change", "told"),
    [
        *((backend, None, "has no field `external_id`") for backend in FIELDS),
        ("contentful", {"type": "Integer"}, "has a field `external_id` that holds no text"),
        ("contentful", {"localized": True}, "has a field `external_id` that is localized"),
        ("contentful", {"omitted": True}, "has a field `external_id` that is left out of API responses"),
        ("datocms", {"field_type": "integer"}, "has a field `external_id` that holds no text"),
        ("datocms", {"localized": True}, "has a field `external_id` that is localized"),
        ("storyblok", {"type": "number"}, "has a field `external_id` that holds no text"),
        ("storyblok", {"translatable": True}, "has a field `external_id` that is translatable"),
    ],
)
def test_check_names_what_is_wrong_with_the_field(hosted, change, told):
    hosted.space.add(name="A")
    attribute, wanted = FIELDS[hosted.name]
    fields = getattr(hosted.space, attribute)
    field = fields.pop("external_id")
    if change:
        fields["external_id"] = field | change
    (problem,) = problems(hosted.backend)
    assert told in problem.what
    assert wanted in str(problem.fix)
    with pytest.raises(ConfigError, match=told):
        hosted.backend.links.refusal()


@pytest.mark.parametrize(
    ("backend", "setting", "told", "hints"),
    [
        *(
            ("contentful", setting, "AccessTokenInvalid", [f"`{setting}`"])
            for setting in ("delivery_token", "management_token")
        ),
        *(
            ("storyblok", setting, "401 Unauthorized: Unauthorized", [f"`{setting}`", "`region`"])
            for setting in ("delivery_token", "management_token")
        ),
    ],
)
def test_a_token_that_is_not_valid_is_named(hosted, setting, told, hints):
    hosted.space.add(name="A")
    with (
        closing(hosted.open(**{setting: "wrong"})) as cms,
        pytest.raises(CredentialsRefused, match=told) as refused,
    ):
        list(cms.check())
    assert all(hint in str(refused.value.hint) for hint in hints)


@pytest.mark.parametrize(
    ("backend", "token", "told"),
    [
        ("contentful", fake_contentful.READ_ONLY, "the management token may not change"),
        ("storyblok", fake_storyblok.READ_ONLY, "the management token may not change stories"),
    ],
)
def test_check_names_a_token_that_may_only_read(hosted, token, told):
    hosted.space.add(name="A")
    with closing(hosted.open(management_token=token)) as cms:
        (problem,) = problems(cms)
    assert told in problem.what
    assert problem.links


@pytest.mark.parametrize(
    ("backend", "wrong", "told", "hint"),
    [
        ("contentful", {"space": "space2"}, "404", "`space` and `environment`"),
        ("contentful", {"environment": "staging"}, "404", "`space` and `environment`"),
        ("contentful", {"locale": "fr"}, "BadRequest, Unknown locale: fr, request request-1", "`locale`"),
        ("sanity", {"dataset": "staging"}, 'Dataset "staging" not found', "`project_id` and `dataset`"),
        ("sanity", {"projection": "..., name =>"}, "Syntax error in GROQ query", "`projection`"),
        ("storyblok", {"language": "fr"}, "not valid", "`language`"),
    ],
)
def test_a_setting_that_the_server_refuses_is_named(hosted, wrong, told, hint):
    for call in (lambda cms: cms.retrieve_brands(), lambda cms: list(cms.check())):
        with closing(hosted.open(**wrong)) as cms, pytest.raises(ConfigError) as refused:
            call(cms)
        assert told in refused.value.message
        assert hint in str(refused.value.hint)
