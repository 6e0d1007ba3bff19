"""Writing external ids to DatoCMS: no editor's draft is ever published, lost or shown."""

import logging
from contextlib import closing
from datetime import timedelta

import pytest
from editors import AT_WORK, Editors, everybody_works, once, only_b_is_linked, steps, write
from fake_datocms import open_datocms
from fake_server import Answer
from hypothesis import given, settings

from brandsync.errors import CredentialsRefused, Rejected, TryAgainLater


def refused(code, status=422):
    return Answer(status, {"data": [{"id": "1", "type": "api_error", "attributes": {"code": code, "details": {}}}]})


def puts(dato):
    return [asked.path for asked in dato.requests("PUT")]


# What is written


def test_an_external_id_is_one_field_saved_under_its_version_and_a_publication_of_the_whole(dato, datocms):
    dato.project.add("a", name="A", description="old")
    before = dato.project.items["a"].version
    assert write(datocms, {"a": "brand-1"}) == []
    saved, published = dato.requests("PUT")
    assert saved.json == {
        "data": {
            "type": "item",
            "id": "a",
            "attributes": {"external_id": "brand-1"},
            "meta": {"current_version": before},
        }
    }
    assert (published.path, published.body) == ("/items/a/publish", b"")
    assert dato.project.items["a"].attributes == {"name": "A", "description": "old", "external_id": "brand-1"}
    assert (dato.project.shown(), dato.project.pristine()) == ({"a": "brand-1"}, True)


def test_in_a_model_without_drafts_saving_publishes(dato, datocms):
    dato.project.drafts = False
    dato.project.add("a", name="A")
    assert write(datocms, {"a": "brand-1"}) == []
    assert puts(dato) == ["/items/a"]
    assert dato.project.shown() == {"a": "brand-1"}


@pytest.mark.parametrize(("drafts", "each"), [(True, 2), (False, 1)])
def test_a_hundred_records_are_looked_at_in_one_request_and_the_cost_is_known_beforehand(dato, datocms, drafts, each):
    dato.project.drafts = drafts
    ids = [dato.project.add(name="A") for _ in range(100)]
    expected = [datocms.links.requests_for(count) for count in (1, 100, 101)]
    assert expected == [1 + each, 1 + 100 * each, 2 + 101 * each]
    dato.log.clear()
    assert write(datocms, dict.fromkeys(ids, "brand-1")) == []
    assert len(dato.log) == expected[1]
    assert {asked.status for asked in dato.log} == {200}
    dato.log.clear()
    assert write(datocms, dict.fromkeys(ids, "brand-1")) == []
    assert [asked.method for asked in dato.log] == ["GET"]


# What has to wait


@pytest.mark.parametrize("state", ["block", "scheduled_at", "ends_at"])
def test_a_record_that_is_not_published_as_it_stands_has_to_wait(dato, datocms, state):
    dato.project.add("a", name="A", sections=[{"id": "block1", "attributes": {"text": "old"}}])
    dato.project.add("b", name="B")
    if state == "block":  # a block keeps its id when it is edited
        dato.project.save("a", sections=[{"id": "block1", "attributes": {"text": "pending"}}])
    else:
        setattr(dato.project.items["a"], state, "2056-02-10T11:03:42.208Z")
    only_b_is_linked(datocms, dato.project, lambda: dato.project.items["a"].version)


def test_many_records_with_drafts_are_looked_at_in_the_parts_that_datocms_gives(dato, datocms):
    ids = [dato.project.add(name="A") for _ in range(70)]
    for cms_id in ids:
        dato.project.save(cms_id, name="pending")
    assert datocms.links.pending([*ids, "gone", "a,b", "../x"]) == set(ids)
    assert len(dato.log) == 1 + 2 * 3


def test_a_record_that_an_editor_is_at_work_on_has_to_wait(dato, datocms):
    dato.project.add("a", name="A")
    dato.project.items["a"].locked = True
    assert write(datocms, {"a": "brand-1"}) == ["a"]
    assert (dato.project.shown(), dato.project.drafted()) == ({"a": None}, {"a": None})


def test_one_that_is_gone_is_rejected_before_anything_is_written(dato, datocms):
    dato.project.add("a", name="A")
    for gone in ("b", "a/publish", "a,a"):
        with pytest.raises(Rejected, match=r"no such record any more"):
            write(datocms, {"a": "brand-1", gone: "brand-2"})
    assert dato.requests("PUT") == []


# Somebody is at it meanwhile


def test_an_editor_who_begins_to_work_between_the_write_and_its_publication_is_waited_for(dato, datocms):
    dato.project.add("a", name="A")
    dato.act = once(lambda: setattr(dato.project.items["a"], "locked", True), "PUT", "/publish")
    assert write(datocms, {"a": "brand-1"}) == ["a"]
    assert dato.project.shown() == {"a": None}
    assert datocms.links.held(["a"]) == {"a": "brand-1"}
    dato.project.items["a"].locked = False
    assert write(datocms, {"a": "brand-1"}) == []
    assert dato.project.shown() == {"a": "brand-1"}


def test_what_a_script_saves_just_before_the_publication_is_published_and_told(dato, datocms, caplog):
    """DatoCMS publishes whatever was saved last: it takes no version there."""
    dato.project.add("a", name="A")
    dato.act = once(lambda: dato.project.save("a", name="A, by a script"), "PUT", "/publish")
    with caplog.at_level(logging.WARNING, "brandsync.cms.datocms.links"):
        assert write(datocms, {"a": "brand-1"}) == []
    assert "a was saved by somebody just before it was published" in caplog.text
    caplog.clear()
    assert write(datocms, {"a": "brand-2"}) == []
    assert caplog.text == ""


def test_a_record_that_is_unpublished_between_two_looks_is_left_for_later(dato, datocms):
    dato.project.add("a", name="A", external_id="brand-1")
    dato.project.save("a", name="A, pending")
    looks = iter(range(9))
    dato.act = lambda asked: dato.project.unpublish("a") if asked.method == "GET" and next(looks) == 2 else None
    assert write(datocms, {"a": None}) == ["a"]
    assert dato.project.drafted() == {"a": "brand-1"}


@pytest.mark.parametrize("code", ["STALE_ITEM_VERSION", "CONCURRENT_ITEM_UPDATE"])
def test_a_record_that_somebody_keeps_saving_is_left_for_later(dato, datocms, code):
    dato.project.add("a", name="A")
    dato.instead.extend([None, refused(code)] * 10)
    assert write(datocms, {"a": "brand-1"}) == ["a"]
    assert len(dato.requests("PUT")) == 4


def test_a_record_that_is_deleted_meanwhile_is_rejected(dato, datocms):
    dato.project.add("a", name="A")
    dato.act = once(lambda: dato.project.remove("a"), "PUT", "/publish")
    with pytest.raises(Rejected, match="no such record any more"):
        write(datocms, {"a": "brand-1"})


def test_a_record_that_is_deleted_before_another_look_is_rejected(dato, datocms):
    dato.project.add("a", name="A")
    dato.instead.extend([None, refused("STALE_ITEM_VERSION")])
    dato.act = lambda asked: dato.project.items.clear() if asked.method == "PUT" else None
    with pytest.raises(Rejected, match="no such record any more"):
        write(datocms, {"a": "brand-1"})


# What is refused


def test_a_record_that_cannot_be_published_is_told_in_datocmss_words(dato, datocms):
    dato.project.add("a", name="A")
    dato.project.fields["website_url"]["validators"] = {"required": {}}
    with pytest.raises(Rejected, match=r"INVALID_FIELD \(website_url: VALIDATION_REQUIRED\)"):
        write(datocms, {"a": "brand-1"})
    assert dato.project.drafted() == {"a": None}


def test_a_record_that_cannot_even_be_saved_is_rejected(dato, datocms):
    dato.project.add("a", name="A")
    dato.project.saves_invalid = False
    dato.project.fields["website_url"]["validators"] = {"required": {}}
    with pytest.raises(Rejected, match="INVALID_FIELD"):
        write(datocms, {"a": "brand-1"})
    assert dato.project.pristine()


@pytest.mark.parametrize("status", [401, 403, 422])
def test_a_publication_that_is_forbidden_is_told_as_such_and_the_draft_is_as_it_was(dato, datocms, status):
    """A role may allow to edit and not to publish, or not from a workflow's stage."""
    dato.project.add("a", name="A")
    dato.instead.extend([None, None, refused("INSUFFICIENT_PERMISSIONS", status)])
    with pytest.raises(CredentialsRefused, match="INSUFFICIENT_PERMISSIONS") as told:
        write(datocms, {"a": "brand-1"})
    assert "`token`" in str(told.value.hint)
    assert dato.project.drafted() == {"a": None}


def test_a_field_that_is_not_there_is_rejected(dato, datocms):
    dato.project.add("a", name="A")
    del dato.project.fields["external_id"]
    with pytest.raises(Rejected, match=r"INVALID_FORMAT \(.*not a permitted key"):
        write(datocms, {"a": "brand-1"})


def test_a_project_that_takes_no_changes_now_is_tried_again_later(dato, datocms):
    dato.project.add("a", name="A")
    dato.instead.extend([None, refused("MAINTENANCE_MODE")])
    with pytest.raises(TryAgainLater, match="MAINTENANCE_MODE"):
        write(datocms, {"a": "brand-1"})
    assert dato.project.pristine()


# Whether it was published is not known


@pytest.mark.parametrize("status", [429, 502, 503])
def test_a_publication_is_not_repeated_before_another_look(dato, datocms, status):
    """By then an editor may have saved: that would be published."""
    dato.project.add("a", name="A")
    dato.instead.extend([None, None, Answer(status)])
    assert write(datocms, {"a": "brand-1"}) == []
    steps = [f"{asked.method} {asked.path}" for asked in dato.log]
    assert steps[:3] == ["GET /items", "PUT /items/a", "PUT /items/a/publish"]
    assert steps[3:] == ["GET /items"] * 3 + ["PUT /items/a/publish"]
    assert dato.project.shown() == {"a": "brand-1"}


def test_an_editor_who_saved_before_the_other_look_is_not_published(dato, datocms):
    dato.project.add("a", name="A")
    dato.instead.extend([None, None, Answer(502)])
    dato.act = lambda _asked: dato.project.save("a", name="A, pending") if len(dato.log) == 3 else None
    assert write(datocms, {"a": "brand-1"}) == ["a"]
    assert (dato.project.shown("name"), dato.project.drafted("name")) == ({"a": "A"}, {"a": "A, pending"})
    assert (dato.project.shown(), dato.project.drafted()) == ({"a": None}, {"a": None})


def test_a_publication_whose_answer_is_lost_is_found_done(dato, datocms):
    dato.project.add("a", name="A")
    dato.after.extend([lambda done: done, lambda _done: Answer(502)])
    assert write(datocms, {"a": "brand-1"}) == []
    assert puts(dato) == ["/items/a", "/items/a/publish"]


def test_a_publication_that_never_succeeds_is_tried_again_later(dato, datocms):
    dato.project.add("a", name="A")

    dato.act = lambda asked: dato.instead.append(Answer(502)) if asked.path.endswith("/publish") else None
    with pytest.raises(TryAgainLater, match="502"):
        write(datocms, {"a": "brand-1"})
    dato.act = lambda _asked: None
    assert datocms.links.held(["a"]) == {"a": "brand-1"}
    assert write(datocms, {"a": None}) == []
    assert (dato.project.shown(), dato.project.drafted()) == ({"a": None}, {"a": None})


# A run that has to stop


@pytest.mark.parametrize("passing", [1, 2])
def test_a_run_that_is_asked_to_stop_repeats_nothing(dato, datocms, passing):
    dato.project.add("a", name="A")
    datocms.stop_when(lambda: True)
    dato.instead.extend([*[None] * passing, Answer(503)])
    with pytest.raises(TryAgainLater):
        write(datocms, {"a": "brand-1"})
    assert len(dato.requests("PUT")) == passing


# A run that dies between the write and its publication


def test_an_id_that_is_none_of_datocms_brings_no_other_records(dato, datocms):
    for cms_id in "abc":
        dato.project.add(cms_id, name=cms_id)
    assert datocms.links.held(["a,b", "c"]) == {"c": None}


def test_a_block_that_nobody_edited_does_not_keep_what_was_half_written_from_being_finished(dato, datocms):
    dato.project.add("a", name="A", sections=[{"id": "block1", "attributes": {"text": "old"}}])
    dato.project.save("a", external_id="brand-1")
    assert datocms.links.pending(["a"]) == set()
    assert write(datocms, {"a": "brand-1"}) == []
    assert dato.project.shown() == {"a": "brand-1"}


def test_a_half_written_id_is_published_though_the_draft_was_saved_later_than_what_is_published(dato, datocms):
    """A record's ``attributes`` hold when it was saved (recorded in github.com/datocms/js-datocms-client, 2022-03)."""
    dato.project.add("a", name="A")
    dato.project.items["a"].updated_at -= timedelta(days=1)
    dato.project.publish("a")
    dato.project.save("a", external_id="brand-1")
    assert write(datocms, {"a": "brand-1"}) == []
    assert (dato.project.shown(), dato.project.pristine()) == ({"a": "brand-1"}, True)


def test_it_is_taken_out_of_a_record_whose_publication_is_scheduled(dato, datocms):
    dato.project.add("a", name="A")
    dato.project.save("a", external_id="brand-1")
    dato.project.items["a"].scheduled_at = "2056-02-10T11:03:42.208Z"
    assert write(datocms, {"a": "brand-1"}) == ["a"]
    assert write(datocms, {"a": None}) == []
    assert (dato.project.drafted(), dato.project.shown("name")) == ({"a": None}, {"a": "A"})


def test_nothing_is_saved_over_a_draft_of_a_model_that_has_none_any_more(dato, datocms):
    """Saving would publish it."""
    dato.project.add("a", name="A")
    dato.project.save("a", name="A, pending", external_id="brand-1")
    dato.project.drafts = False
    assert write(datocms, {"a": None}) == ["a"]
    assert (dato.requests("PUT"), dato.project.shown("name")) == ([], {"a": "A"})


# Whatever editors do


@pytest.mark.usefixtures("no_retries")
@settings(AT_WORK, max_examples=30)
@given(taken=steps())
def test_whatever_editors_do_and_whatever_fails_their_drafts_are_theirs(dato, taken):
    """But for the moment between the last look at a draft and its publication, which takes no version."""
    dato.project.__init__()
    with closing(open_datocms(dato)) as cms:
        editors = Editors(dato.project)
        everybody_works(dato, cms, editors, taken, may_act=lambda asked: not is_too_late(asked))


def is_too_late(asked) -> bool:
    """Whether the draft has been looked at for the last time: what is published is looked at after it."""
    return asked.path.endswith("/publish") or asked.query.get("version") == "published"
