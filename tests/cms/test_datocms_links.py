"""Writing external ids to DatoCMS: no editor's draft is ever published, lost or shown."""

import logging
from contextlib import closing, suppress

import pytest
from fake_datocms import FakeDatocms, open_datocms
from fake_server import Answer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brandsync.brand import ExternalId
from brandsync.errors import CredentialsRefused, LeaseLost, Rejected, TryAgainLater


def write(cms, **links):
    """Write external ids; those that have to wait."""
    return cms.write_links([ExternalId(cms_id, external_id) for cms_id, external_id in links.items()])


def once(act, method, path=""):
    """Somebody acts once, just before the first request of this kind is carried out."""
    left = [act]

    def acting(asked):
        if left and asked.method == method and asked.path.endswith(path):
            left.pop()()

    return acting


def refused(code, status=422):
    return Answer(status, {"data": [{"id": "1", "type": "api_error", "attributes": {"code": code, "details": {}}}]})


def puts(dato):
    return [asked.path for asked in dato.requests("PUT")]


# What is written


def test_an_external_id_is_one_field_saved_under_its_version_and_a_publication_of_the_whole(dato, datocms):
    dato.project.add("a", name="A", description="old")
    before = dato.project.items["a"].version
    assert write(datocms, a="brand-1") == []
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
    assert write(datocms, a="brand-1") == []
    assert puts(dato) == ["/items/a"]
    assert dato.project.shown() == {"a": "brand-1"}


@pytest.mark.parametrize(("drafts", "each"), [(True, 2), (False, 1)])
def test_a_hundred_records_are_looked_at_in_one_request_and_the_cost_is_known_beforehand(dato, datocms, drafts, each):
    dato.project.drafts = drafts
    ids = [dato.project.add(name="A") for _ in range(100)]
    expected = [datocms.requests_for_links(count) for count in (1, 100, 101)]
    assert expected == [1 + each, 1 + 100 * each, 2 + 101 * each]
    dato.log.clear()
    assert write(datocms, **dict.fromkeys(ids, "brand-1")) == []
    assert len(dato.log) == expected[1]
    assert {asked.status for asked in dato.log} == {200}
    dato.log.clear()
    assert write(datocms, **dict.fromkeys(ids, "brand-1")) == []
    assert [asked.method for asked in dato.log] == ["GET"]


# What has to wait


@pytest.mark.parametrize("state", ["changed", "block", "unpublished", "scheduled_at", "ends_at"])
def test_a_record_that_is_not_published_as_it_stands_has_to_wait(dato, datocms, state):
    dato.project.add("a", name="A", sections=[{"id": "block1", "attributes": {"text": "old"}}])
    dato.project.add("b", name="B")
    if state == "changed":
        dato.project.save("a", name="A, pending")
    elif state == "block":  # a block keeps its id when it is edited
        dato.project.save("a", sections=[{"id": "block1", "attributes": {"text": "pending"}}])
    elif state == "unpublished":
        dato.project.unpublish("a")
    else:
        setattr(dato.project.items["a"], state, "2056-02-10T11:03:42.208Z")
    assert datocms.pending_drafts(["a", "b"]) == {"a"}
    before = dato.project.items["a"].version
    assert write(datocms, a="brand-1", b="brand-2") == ["a"]
    assert dato.project.items["a"].version == before
    assert dato.project.drafted() == {"a": None, "b": "brand-2"}


def test_many_records_with_drafts_are_looked_at_in_the_parts_that_datocms_gives(dato, datocms):
    ids = [dato.project.add(name="A") for _ in range(70)]
    for cms_id in ids:
        dato.project.save(cms_id, name="pending")
    assert datocms.pending_drafts([*ids, "gone", "a,b", "../x"]) == set(ids)
    assert len(dato.log) == 1 + 2 * 3


def test_a_record_that_an_editor_is_at_work_on_has_to_wait(dato, datocms):
    dato.project.add("a", name="A")
    dato.project.items["a"].locked = True
    assert write(datocms, a="brand-1") == ["a"]
    assert (dato.project.shown(), dato.project.drafted()) == ({"a": None}, {"a": None})


def test_one_that_is_gone_is_rejected_before_anything_is_written(dato, datocms):
    dato.project.add("a", name="A")
    for gone in ("b", "a/publish", "a,a"):
        with pytest.raises(Rejected, match=r"no such record any more"):
            write(datocms, a="brand-1", **{gone: "brand-2"})
    assert dato.requests("PUT") == []


# Somebody is at it meanwhile


def test_an_editor_who_saves_between_the_look_and_the_write_is_neither_overwritten_nor_published(dato, datocms):
    dato.project.add("a", name="A")
    dato.act = once(lambda: dato.project.save("a", name="A, pending"), "PUT", "/items/a")
    assert write(datocms, a="brand-1") == ["a"]
    assert (dato.project.shown("name"), dato.project.drafted("name")) == ({"a": "A"}, {"a": "A, pending"})
    assert dato.project.drafted() == {"a": None}


def test_an_editor_who_publishes_meanwhile_is_no_hindrance(dato, datocms):
    dato.project.add("a", name="A")
    dato.act = once(lambda: dato.project.edit("a", name="A, edited"), "PUT", "/items/a")
    assert write(datocms, a="brand-1") == []
    assert (dato.project.shown("name"), dato.project.shown()) == ({"a": "A, edited"}, {"a": "brand-1"})
    assert dato.project.pristine()


def test_an_editor_who_unpublishes_just_before_the_write_is_obeyed(dato, datocms):
    """Unpublishing makes no new version: the write is taken, and would be published."""
    dato.project.add("a", name="A")
    dato.act = once(lambda: dato.project.unpublish("a"), "PUT", "/items/a")
    assert write(datocms, a="brand-1") == ["a"]
    assert (dato.project.shown(), dato.project.drafted()) == ({}, {"a": None})


def test_an_editor_who_begins_to_work_between_the_write_and_its_publication_is_waited_for(dato, datocms):
    dato.project.add("a", name="A")
    dato.act = once(lambda: setattr(dato.project.items["a"], "locked", True), "PUT", "/publish")
    assert write(datocms, a="brand-1") == ["a"]
    assert dato.project.shown() == {"a": None}
    assert datocms.written_ids(["a"]) == {"a": "brand-1"}
    dato.project.items["a"].locked = False
    assert write(datocms, a="brand-1") == []
    assert dato.project.shown() == {"a": "brand-1"}


def test_what_a_script_saves_just_before_the_publication_is_published_and_told(dato, datocms, caplog):
    """DatoCMS publishes whatever was saved last: it takes no version there."""
    dato.project.add("a", name="A")
    dato.act = once(lambda: dato.project.save("a", name="A, by a script"), "PUT", "/publish")
    with caplog.at_level(logging.WARNING, "brandsync.cms.datocms.links"):
        assert write(datocms, a="brand-1") == []
    assert "a was saved by somebody just before it was published" in caplog.text
    caplog.clear()
    assert write(datocms, a="brand-2") == []
    assert caplog.text == ""


def test_a_record_that_is_unpublished_between_two_looks_is_left_for_later(dato, datocms):
    dato.project.add("a", name="A", external_id="brand-1")
    dato.project.save("a", name="A, pending")
    looks = iter(range(9))
    dato.act = lambda asked: dato.project.unpublish("a") if asked.method == "GET" and next(looks) == 2 else None
    assert write(datocms, a=None) == ["a"]
    assert dato.project.drafted() == {"a": "brand-1"}


@pytest.mark.parametrize("code", ["STALE_ITEM_VERSION", "CONCURRENT_ITEM_UPDATE"])
def test_a_record_that_somebody_keeps_saving_is_left_for_later(dato, datocms, code):
    dato.project.add("a", name="A")
    dato.instead.extend([None, refused(code)] * 10)
    assert write(datocms, a="brand-1") == ["a"]
    assert len(dato.requests("PUT")) == 4


def test_a_record_that_is_deleted_meanwhile_is_rejected(dato, datocms):
    dato.project.add("a", name="A")
    dato.act = once(lambda: dato.project.remove("a"), "PUT", "/publish")
    with pytest.raises(Rejected, match="no such record any more"):
        write(datocms, a="brand-1")


def test_a_record_that_is_deleted_before_another_look_is_rejected(dato, datocms):
    dato.project.add("a", name="A")
    dato.instead.extend([None, refused("STALE_ITEM_VERSION")])
    dato.act = lambda asked: dato.project.items.clear() if asked.method == "PUT" else None
    with pytest.raises(Rejected, match="no such record any more"):
        write(datocms, a="brand-1")


# What is refused


def test_a_record_that_cannot_be_published_is_left_as_it_was(dato, datocms):
    dato.project.add("a", name="A")
    dato.project.fields["website_url"]["validators"] = {"required": {}}
    with pytest.raises(Rejected, match=r"INVALID_FIELD \(website_url: VALIDATION_REQUIRED\)"):
        write(datocms, a="brand-1")
    assert (dato.project.drafted(), dato.project.shown()) == ({"a": None}, {"a": None})
    assert datocms.pending_drafts(["a"]) == set()  # "updated", and yet nothing would be shown
    assert write(datocms, a=None) == []


def test_a_record_that_cannot_even_be_saved_is_rejected(dato, datocms):
    dato.project.add("a", name="A")
    dato.project.saves_invalid = False
    dato.project.fields["website_url"]["validators"] = {"required": {}}
    with pytest.raises(Rejected, match="INVALID_FIELD"):
        write(datocms, a="brand-1")
    assert dato.project.pristine()


@pytest.mark.parametrize("status", [401, 403, 422])
def test_a_publication_that_is_forbidden_is_told_as_such_and_the_draft_is_as_it_was(dato, datocms, status):
    """A role may allow to edit and not to publish, or not from a workflow's stage."""
    dato.project.add("a", name="A")
    dato.instead.extend([None, None, refused("INSUFFICIENT_PERMISSIONS", status)])
    with pytest.raises(CredentialsRefused, match="INSUFFICIENT_PERMISSIONS") as told:
        write(datocms, a="brand-1")
    assert "`token`" in str(told.value.hint)
    assert dato.project.drafted() == {"a": None}


def test_a_field_that_is_not_there_is_rejected(dato, datocms):
    dato.project.add("a", name="A")
    del dato.project.fields["external_id"]
    with pytest.raises(Rejected, match=r"INVALID_FORMAT \(.*not a permitted key"):
        write(datocms, a="brand-1")


def test_a_project_that_takes_no_changes_now_is_tried_again_later(dato, datocms):
    dato.project.add("a", name="A")
    dato.instead.extend([None, refused("MAINTENANCE_MODE")])
    with pytest.raises(TryAgainLater, match="MAINTENANCE_MODE"):
        write(datocms, a="brand-1")
    assert dato.project.pristine()


# Whether it was published is not known


@pytest.mark.parametrize("status", [429, 502, 503])
def test_a_publication_is_not_repeated_before_another_look(dato, datocms, status):
    """By then an editor may have saved: that would be published."""
    dato.project.add("a", name="A")
    dato.instead.extend([None, None, Answer(status)])
    assert write(datocms, a="brand-1") == []
    steps = [f"{asked.method} {asked.path}" for asked in dato.log]
    assert steps[:3] == ["GET /items", "PUT /items/a", "PUT /items/a/publish"]
    assert steps[3:] == ["GET /items"] * 3 + ["PUT /items/a/publish"]
    assert dato.project.shown() == {"a": "brand-1"}


def test_an_editor_who_saved_before_the_other_look_is_not_published(dato, datocms):
    dato.project.add("a", name="A")
    dato.instead.extend([None, None, Answer(502)])
    dato.act = lambda _asked: dato.project.save("a", name="A, pending") if len(dato.log) == 3 else None
    assert write(datocms, a="brand-1") == ["a"]
    assert (dato.project.shown("name"), dato.project.drafted("name")) == ({"a": "A"}, {"a": "A, pending"})
    assert (dato.project.shown(), dato.project.drafted()) == ({"a": None}, {"a": None})


def test_a_publication_whose_answer_is_lost_is_found_done(dato, datocms):
    dato.project.add("a", name="A")
    dato.after.extend([lambda done: done, lambda _done: Answer(502)])
    assert write(datocms, a="brand-1") == []
    assert puts(dato) == ["/items/a", "/items/a/publish"]


def test_a_publication_that_never_succeeds_is_tried_again_later(dato, datocms):
    dato.project.add("a", name="A")

    dato.act = lambda asked: dato.instead.append(Answer(502)) if asked.path.endswith("/publish") else None
    with pytest.raises(TryAgainLater, match="502"):
        write(datocms, a="brand-1")
    dato.act = lambda _asked: None
    assert datocms.written_ids(["a"]) == {"a": "brand-1"}
    assert write(datocms, a=None) == []
    assert (dato.project.shown(), dato.project.drafted()) == ({"a": None}, {"a": None})


# A run that has to stop


def test_a_run_is_asked_before_each_write_whether_it_still_has_its_lease(dato, datocms):
    ids = [dato.project.add(name="A") for _ in range(3)]
    left = iter(range(2))  # the first save's head and its body

    def confirm():
        if next(left, None) is None:
            raise LeaseLost("another run has taken over")

    datocms.guard_writes(confirm)
    with pytest.raises(LeaseLost):
        write(datocms, **dict.fromkeys(ids, "brand-1"))
    assert puts(dato) == [f"/items/{ids[0]}"]
    assert dato.log[-1].method == "PUT"  # no other look: whoever has taken over looks


@pytest.mark.parametrize("passing", [1, 2])
def test_a_run_that_is_asked_to_stop_repeats_nothing(dato, datocms, passing):
    dato.project.add("a", name="A")
    datocms.stop_when(lambda: True)
    dato.instead.extend([*[None] * passing, Answer(503)])
    with pytest.raises(TryAgainLater):
        write(datocms, a="brand-1")
    assert len(dato.requests("PUT")) == passing


# A run that dies between the write and its publication


@pytest.fixture
def half_written(dato, datocms):
    """A record whose latest version holds an external id that was not published: the process died, or the network."""
    dato.project.add("a", name="A", sections=[{"id": "block1", "attributes": {"text": "old"}}])
    dato.project.save("a", external_id="brand-1")
    return datocms


def test_what_was_half_written_is_known(dato, half_written):
    dato.project.add("b", name="B", external_id="brand-2")
    assert half_written.written_ids(["a", "b", "c"]) == {"a": "brand-1", "b": "brand-2"}
    assert dato.project.shown() == {"a": None, "b": "brand-2"}


def test_an_id_that_is_none_of_datocms_brings_no_other_records(dato, datocms):
    for cms_id in "abc":
        dato.project.add(cms_id, name=cms_id)
    assert datocms.written_ids(["a,b", "c"]) == {"c": None}


@pytest.mark.parametrize("external_id", ["brand-1", "brand-2", None])
def test_what_was_half_written_is_finished_replaced_or_taken_out(dato, half_written, external_id):
    assert half_written.pending_drafts(["a"]) == set()
    assert write(half_written, a=external_id) == []
    assert (dato.project.shown(), dato.project.drafted()) == ({"a": external_id}, {"a": external_id})
    assert dato.project.pristine()


@pytest.mark.parametrize("state", ["changed", "unpublished", "scheduled"])
def test_it_is_taken_out_of_a_draft_that_nobody_may_publish(dato, half_written, state):
    if state == "changed":
        dato.project.save("a", name="A, pending")
    elif state == "unpublished":
        dato.project.unpublish("a")
    else:
        dato.project.items["a"].scheduled_at = "2056-02-10T11:03:42.208Z"
    assert write(half_written, a="brand-1") == ["a"]
    assert write(half_written, a=None) == []
    assert dato.project.drafted() == {"a": None}
    assert dato.project.shown("name") == ({} if state == "unpublished" else {"a": "A"})


def test_nothing_is_saved_over_a_draft_of_a_model_that_has_none_any_more(dato, half_written):
    """Saving would publish it."""
    dato.project.save("a", name="A, pending")
    dato.project.drafts = False
    assert write(half_written, a=None) == ["a"]
    assert (dato.requests("PUT"), dato.project.shown("name")) == ([], {"a": "A"})


def test_it_is_taken_out_where_the_record_cannot_be_published(dato, half_written):
    dato.project.fields["website_url"]["validators"] = {"required": {}}
    assert write(half_written, a=None) == []
    assert dato.project.drafted() == {"a": None}


# Whatever editors do


EDITS = st.sampled_from(["save", "publish", "unpublish"])
IDS = st.sampled_from(["a", "b"])
FAULTS = st.sampled_from([None, "before", "after"])
STEPS = st.one_of(
    st.tuples(st.just("edit"), IDS, EDITS),
    st.tuples(
        st.just("write"),
        IDS,
        st.sampled_from(["brand-1", "brand-2", None]),
        st.lists(st.tuples(st.integers(0, 9), EDITS), max_size=3),
        st.lists(FAULTS, max_size=4),
    ),
)


class Editors:
    """What editors did, and what therefore has to be there."""

    def __init__(self, dato: FakeDatocms) -> None:
        self.project = dato.project
        self.drafts: dict[str, str] = {}
        self.published: dict[str, str] = {}
        self.saved = 0
        for cms_id in "ab":
            self.drafts[cms_id] = self.published[cms_id] = f"{cms_id} 0"
            self.project.add(cms_id, name=f"{cms_id} 0")

    def act(self, cms_id: str, edit: str) -> None:
        if edit == "save":
            self.saved += 1
            self.drafts[cms_id] = f"{cms_id} {self.saved}"
            self.project.save(cms_id, name=self.drafts[cms_id])
        elif edit == "publish":
            self.published[cms_id] = self.drafts[cms_id]
            self.project.publish(cms_id)
        else:
            self.published.pop(cms_id, None)
            self.project.unpublish(cms_id)

    def check(self) -> None:
        assert self.project.shown("name") == self.published
        assert self.project.drafted("name") == self.drafts


@pytest.mark.usefixtures("no_retries")
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=8))
def test_whatever_editors_do_and_whatever_fails_their_drafts_are_theirs(dato, steps):
    """But for the moment between a write and its publication, in which no editor can save or see the record."""
    dato.project.__init__()
    editors = Editors(dato)
    with closing(open_datocms(dato)) as cms:
        for kind, cms_id, what, *rest in steps:
            if kind == "edit":
                editors.act(cms_id, what)
                continue
            meanwhile, faults = rest
            began, left = len(dato.log), list(faults)

            def act(asked, meanwhile=meanwhile, cms_id=cms_id, began=began, left=left):
                if not asked.path.endswith("/publish"):
                    for number, edit in meanwhile:
                        if len(dato.log) - began == number:
                            editors.act(cms_id, edit)
                fault = left.pop(0) if asked.method == "PUT" and left else None
                if fault == "before":
                    dato.instead.append(Answer(500))
                elif asked.method == "PUT":
                    dato.after.append((lambda _done: Answer(500)) if fault else lambda done: done)

            dato.act = act
            with suppress(TryAgainLater):
                write(cms, **{cms_id: what})
            dato.instead.clear()
            dato.after.clear()
            dato.act = lambda _asked: None
            editors.check()
        _settle(cms, editors)


def _settle(cms, editors):
    """With nobody at work, what is not to wait can be taken back, and leaves nothing behind."""
    waiting = set(write(cms, a=None, b=None))
    assert all(editors.drafts[cms_id] != editors.published.get(cms_id) for cms_id in waiting)
    editors.check()
    held = editors.project.drafted() | {"shown": editors.project.shown()}
    assert all(held[cms_id] is None for cms_id in {"a", "b"} - waiting)
    assert all(value is None for cms_id, value in held["shown"].items() if cms_id not in waiting)
