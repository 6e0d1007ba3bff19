"""Whole runs from each fake of a hosted CMS into a table in SQLite: requests, deaths, and back again."""

import json
from collections.abc import Callable
from typing import Final

import pytest
from fake_contentful import api_of
from fake_datocms import MANY
from fake_server import Asked
from fake_storyblok import DELIVERY, MANAGEMENT
from whole_runs import (
    COUNT,
    add_real_brands,
    counted,
    die,
    filled,
    follows_an_editors_day_and_is_taken_back,
    in_line,
    is_taken_back_and_goes_on,
    publish,
)


def _of_datocms(one: Asked) -> str:
    if one.method == "PUT":
        return "publish" if one.path.endswith("/publish") else "save"
    return one.path.rpartition("/")[2]


KINDS: Final[dict[str, Callable[[Asked], str]]] = {
    "contentful": lambda one: f"{api_of(one)} {one.method}",
    "sanity": lambda one: one.path.split("/")[3],
    "datocms": _of_datocms,
    "storyblok": lambda one: f"{one.path[:3]} {one.method}",
}
"""What kind of request each one is, by CMS."""


def asked(hosted):
    """How many requests of each kind there were; they are forgotten."""
    return counted(hosted.server, KINDS[hosted.name])


@pytest.mark.parametrize(
    ("backend", "count", "first", "again", "undone"),
    [
        pytest.param(
            "contentful",
            150,
            # delivered: the page, the content type, the locales; managed: may it write (2), and each batch of a hundred
            {"cdn GET": 3, "api GET": 1 + 2, "api PATCH": 1 + 150, "api PUT": 150},
            {"cdn GET": 1},
            # delivered: the locales; managed: each batch of a hundred, for the plan, once more before it, and for its
            # versions
            {"cdn GET": 1, "api GET": 3 * 2, "api PATCH": 150, "api PUT": 150},
            id="contentful",
        ),
        pytest.param(
            "sanity",
            300,
            # queries: the page, some document to ask whether it may be written (a dry run), two looks for each batch
            {"query": 1 + 1 + 2 * 2, "mutate": 1 + 2},
            {"query": 1},
            # queries: each batch for the plan, once more before it, and the two looks of its write
            {"query": 2 * (2 + 2), "mutate": 2},
            id="sanity",
        ),
        pytest.param(
            "datocms",
            150,
            # the page, and each batch of a hundred; the model and its fields; may the token write
            {"items": 1 + 2, "brand": 1, "fields": 1, "me": 1, "save": 150, "publish": 150},
            {"items": 1, "fields": 1},
            # each batch of a hundred, for the plan, once more before it, and for its versions
            {"items": 3 * 2, "save": 150, "publish": 150},
            id="datocms",
        ),
        pytest.param(
            "storyblok",
            150,
            # delivered: the space and two pages; managed: the components and may it write; two looks, and three each
            {"/v2 GET": 3, "/v1 GET": 1 + 2 + 2 * 150, "/v1 PUT": 1 + 150},
            {"/v2 GET": 3},
            # each batch of a hundred, for the plan, once more before it, and to see what stands
            {"/v1 GET": 3 * 2 + 2 * 150, "/v1 PUT": 150},
            id="storyblok",
        ),
    ],
)
def test_a_run_takes_few_requests_a_brand_and_a_second_one_takes_the_pages_alone(hosted, count, first, again, undone):
    hosted.shop.set("cms", page_size=100 if hosted.name == "storyblok" else None)
    publish(hosted.space, count)
    result = hosted.shop.sync()
    assert (result["exit_code"], result["counts"]["created"]) == (0, count)
    assert in_line(hosted.shop, hosted.space)
    assert asked(hosted) == first
    second = hosted.shop.sync(full=True)
    assert (second["counts"]["unchanged"], second["changes"]) == (count, [])
    assert asked(hosted) == again
    assert hosted.shop.undo(result["run"])["exit_code"] == 0
    assert asked(hosted) == undone
    assert set(hosted.space.shown().values()) == {None}


@pytest.mark.parametrize(
    ("backend", "rate"), [("contentful", None), ("sanity", 25), ("datocms", MANY / 3), ("storyblok", 1_000)]
)
def test_a_dry_run_writes_nothing_and_tells_how_many_requests_and_seconds_the_links_take(hosted, rate):
    publish(hosted.space, 150)
    planned = hosted.shop.sync(dry_run=True)
    assert planned["counts"]["created"] == 150
    assert not [one for one in hosted.server.log if hosted.server.writes(one) and one.status < 400]
    reads = sum(asked(hosted).values())
    hosted.shop.sync()
    needed = len(hosted.server.log) - reads
    assert (planned["link_requests_needed"], planned["link_seconds_needed"]) == (
        needed,
        rate and pytest.approx(needed / rate),
    )


@pytest.mark.parametrize(
    ("backend", "since", "requests"),
    [
        ("contentful", ["sys.updatedAt[gte]"], {"cdn GET": 1}),
        ("sanity", ["$since"], {"query": 1}),
        (
            "datocms",
            ["filter[fields][_published_at][gte]", "filter[fields][_updated_at][gte]"],
            {"items": 2, "fields": 1},
        ),
        ("storyblok", ["published_at_gte"], {"/v2 GET": 2}),
    ],
)
def test_an_incremental_run_lists_what_changed_and_knows_its_own_write_backs(hosted, since, requests):
    ids = publish(hosted.space, 3)
    hosted.shop.sync()
    asked(hosted)
    hosted.space.edit(ids[0], description="New")
    result = hosted.shop.sync()
    assert [key for one in hosted.server.log for key in one.query if key in since] == since
    assert (result["counts"]["updated"], result["counts"]["unchanged"]) == (1, 2)
    assert asked(hosted) == requests


@pytest.mark.slow
@pytest.mark.parametrize(
    ("backend", "limits", "count", "seconds", "statuses"),
    [
        ("contentful", {"limit": 50}, 80, 2 * 80 / 50 - 1, {200, 404}),
        ("datocms", {"limit": 20}, 20, 3 * (2 * 20 / 20 - 1), {200}),
        ("storyblok", {"management_limit": 20, "delivery_limited": True}, 20, 3 * 20 / 20 - 1, {200, 404}),
    ],
)
def test_a_run_never_provokes_a_429(hosted, limits, count, seconds, statuses):
    """A 404 answers who asks whether a token may write: an entry that nobody has is changed."""
    hosted.shop.set("cms", management_rate=limits.get("management_limit"))
    for name, value in limits.items():
        setattr(hosted.server, name, value)
    publish(hosted.space, count)
    result = hosted.shop.sync()
    assert result["exit_code"] == 0
    assert result["seconds"] > seconds
    assert {one.status for one in hosted.server.log} == statuses
    assert in_line(hosted.shop, hosted.space)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("backend", "is_moment"),
    [
        pytest.param("contentful", lambda one: one.method == "PUT", id="contentful, before the publication"),
        pytest.param("datocms", lambda one: one.path.endswith("/publish"), id="datocms, before the publication"),
        pytest.param(
            "storyblok", lambda one: one.path.endswith("/story_versions"), id="storyblok, before the look at versions"
        ),
    ],
)
def test_a_run_that_is_killed_after_an_external_id_is_written_is_taken_back(hosted, is_moment):
    publish(hosted.space, 3)
    die(hosted.shop, hosted.server, is_moment)
    is_taken_back_and_goes_on(hosted.shop, hosted.space)
    assert hosted.space.pristine()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("backend", "extra", "first", "again"),
    [
        (
            "contentful",
            "extra",
            {"cdn GET": 4 + 2, "api GET": 1 + COUNT // 100, "api PATCH": 1 + COUNT, "api PUT": COUNT},
            {"cdn GET": 4},
        ),
        ("sanity", "extra", {"query": 3 + 1 + 2 * 2, "mutate": 1 + 2}, {"query": 3}),
        (
            "datocms",
            "extra",
            {"items": 4 + COUNT // 100, "brand": 1, "fields": 1, "me": 1, "save": COUNT, "publish": COUNT},
            {"items": 4, "fields": 1},
        ),
        (
            "storyblok",
            "content.extra",
            {"/v2 GET": 1 + 4, "/v1 GET": 1 + COUNT // 100 + 2 * COUNT, "/v1 PUT": 1 + COUNT},
            {"/v2 GET": 1 + 4},
        ),
    ],
)
def test_real_brands_arrive_stay_follow_an_editors_day_and_are_taken_back(hosted, extra, first, again):
    """Pages of 100 with the last ones of the page before are four; Sanity's follow an id. It links 200 at once."""
    hosted.shop.set("cms.fields", metadata=extra)
    add_real_brands(hosted.shop, lambda brand: _add(hosted, brand))
    result = hosted.shop.sync()
    assert (result["exit_code"], result["counts"]["created"], in_line(hosted.shop, hosted.space)) == (0, COUNT, True)
    assert asked(hosted) == first
    assert hosted.shop.sync(full=True)["counts"]["unchanged"] == COUNT
    assert asked(hosted) == again
    follows_an_editors_day_and_is_taken_back(hosted.shop, hosted.space, result["run"])


def _add(hosted, brand):
    """A JSON field of DatoCMS's holds text; Storyblok chooses the ids."""
    given = [] if hosted.name == "storyblok" else [brand["id"]]
    extra = json.dumps(brand["metadata"]) if hosted.name == "datocms" else brand["metadata"]
    hosted.space.add(*given, **filled(brand | {"metadata": extra}, extra="metadata"))


# What only one of them does


@pytest.mark.slow
def test_an_undo_never_provokes_a_429_at_contentful(contentful_shop, fake):
    fake.limit = 50
    publish(fake.space, 80)
    contentful_shop.sync()
    assert contentful_shop.undo()["exit_code"] == 0
    assert 429 not in {one.status for one in fake.log}


@pytest.mark.parametrize("backend", ["datocms"])
def test_in_a_model_without_drafts_a_brand_takes_one_request(hosted):
    hosted.space.drafts = False
    publish(hosted.space, 3)
    result = hosted.shop.sync()
    assert in_line(hosted.shop, hosted.space)
    assert {key: count for key, count in asked(hosted).items() if key in {"save", "publish"}} == {"save": 3}
    assert hosted.shop.undo(result["run"])["exit_code"] == 0
    assert set(hosted.space.shown().values()) == {None}


def test_a_story_that_an_editor_has_open_is_linked_by_a_later_run(storyblok_shop, blok):
    ids = publish(blok.space, 2)
    blok.space.of(ids[0]).locked = True
    assert storyblok_shop.sync()["exit_code"] == 0
    assert [blok.space.shown()[cms_id] is None for cms_id in ids] == [True, False]
    blok.space.of(ids[0]).locked = False
    assert storyblok_shop.sync(full=True)["exit_code"] == 0
    assert in_line(storyblok_shop, blok.space)


def test_a_token_in_a_query_is_in_no_log(storyblok_shop, blok):
    publish(blok.space, 1)
    ran = storyblok_shop.run("--verbose", "sync")
    assert {one.query.get("token") for one in blok.requests("GET", api="/v2")} == {DELIVERY}
    assert ran.returncode == 0
    assert "Synced brands" in ran.stdout
    assert DELIVERY not in ran.stdout + ran.stderr
    assert MANAGEMENT not in ran.stdout + ran.stderr
