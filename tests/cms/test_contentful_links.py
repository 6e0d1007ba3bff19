"""Writing external ids to Contentful: no editor's draft is ever published, lost or shown."""

from contextlib import closing, suppress

import pytest
from fake_contentful import FakeContentful, open_contentful
from fake_server import Answer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brandsync.brand import ExternalId
from brandsync.errors import BrandsyncError, ConfigError, CredentialsRefused, LeaseLost, Rejected, TryAgainLater


def write(cms, **links):
    """Write external ids; those that have to wait."""
    return cms.write_links([ExternalId(cms_id, external_id) for cms_id, external_id in links.items()])


def once(act, method, path=""):
    """An editor acts once, just before the first request of this kind is carried out."""
    left = [act]

    def acting(asked):
        if left and asked.method == method and asked.path.endswith(path):
            left.pop()()

    return acting


# What is written


def test_an_external_id_is_a_change_of_one_field_and_a_publication_each_under_its_version(fake, contentful):
    fake.space.add("a", name="A", description="old")
    before = fake.space.entries["a"].version
    assert write(contentful, a="brand-1") == []
    patch, published = fake.requests("PATCH", "PUT")
    assert patch.body == b'[{"op":"add","path":"/fields/external_id","value":{"en-US":"brand-1"}}]'
    assert [patch.headers["X-Contentful-Version"], published.headers["X-Contentful-Version"]] == [
        str(before),
        str(before + 1),
    ]
    assert fake.space.entries["a"].fields == {
        "name": {"en-US": "A"},
        "description": {"en-US": "old"},
        "external_id": {"en-US": "brand-1"},
    }
    assert (fake.space.shown(), fake.space.pristine()) == ({"a": "brand-1"}, True)


def test_a_hundred_entries_are_looked_at_in_one_request(fake, contentful):
    ids = [fake.space.add("x" * 60 + f"{number:04}", name="A") for number in range(100)]
    assert write(contentful, **dict.fromkeys(ids, "brand-1")) == []
    assert [len(fake.requests(method)) for method in ("GET", "PATCH", "PUT")] == [1, 100, 100]
    assert {asked.status for asked in fake.log} == {200}
    assert write(contentful, **dict.fromkeys(ids, "brand-1")) == []
    assert [len(fake.requests(method)) for method in ("GET", "PATCH", "PUT")] == [2, 100, 100]


def test_entries_whose_drafts_are_larger_than_an_answer_are_looked_at_in_smaller_parts(fake, contentful):
    for number in range(8):
        fake.space.add(f"e{number}", name="A", description="x" * 1_000)
        fake.space.save(f"e{number}", name="pending")
    fake.largest = 4_000
    assert contentful.pending_drafts([f"e{number}" for number in range(8)]) == {f"e{number}" for number in range(8)}
    assert 400 in {asked.status for asked in fake.requests("GET")}


# What has to wait


@pytest.mark.parametrize("state", ["changed", "unpublished", "archived", "metadata", "locale"])
def test_an_entry_that_is_not_published_as_it_stands_has_to_wait(fake, contentful, state):
    fake.space.add("a", name="A")
    fake.space.add("b", name="B")
    if state == "changed":
        fake.space.save("a", name="A, pending")
    elif state == "unpublished":
        fake.space.unpublish("a")
    elif state == "archived":
        fake.space.archive("a")
    elif state == "metadata":
        fake.space.entries["a"].metadata = {"tags": [{"sys": {"id": "secret"}}]}
        fake.space.save("a")
    else:
        fake.space.entries["a"].held_back.add("de")
    assert contentful.pending_drafts(["a", "b"]) == {"a"}
    before = fake.space.entries["a"].version
    assert write(contentful, a="brand-1", b="brand-2") == ["a"]
    assert fake.space.entries["a"].version == before
    assert fake.space.drafted() == {"a": None, "b": "brand-2"}


def test_one_that_is_gone_is_rejected_before_anything_is_written(fake, contentful):
    fake.space.add("a", name="A")
    with pytest.raises(Rejected, match=r"entry b .*no such entry any more"):
        write(contentful, a="brand-1", b="brand-2")
    assert fake.requests("PATCH", "PUT") == []


def test_an_editor_who_saves_between_the_look_and_the_write_is_neither_overwritten_nor_published(fake, contentful):
    fake.space.add("a", name="A")
    fake.act = once(lambda: fake.space.save("a", name="A, pending"), "PATCH")
    assert write(contentful, a="brand-1") == ["a"]
    assert fake.space.shown("name") == {"a": "A"}
    assert fake.space.drafted("name") == {"a": "A, pending"}
    assert fake.space.drafted() == {"a": None}


def test_an_editor_who_saves_between_the_write_and_its_publication_is_not_published(fake, contentful):
    """The external id is taken out of the draft again: the brand may yet be taken back."""
    fake.space.add("a", name="A")
    fake.act = once(lambda: fake.space.save("a", name="A, pending"), "PUT")
    assert write(contentful, a="brand-1") == ["a"]
    assert fake.space.shown("name") == {"a": "A"}
    assert fake.space.drafted("name") == {"a": "A, pending"}
    assert (fake.space.shown(), fake.space.drafted()) == ({"a": None}, {"a": None})


def test_an_editor_who_publishes_meanwhile_is_no_hindrance(fake, contentful):
    fake.space.add("a", name="A")
    fake.act = once(lambda: fake.space.edit("a", name="A, edited"), "PUT")
    assert write(contentful, a="brand-1") == []
    assert (fake.space.shown("name"), fake.space.shown()) == ({"a": "A, edited"}, {"a": "brand-1"})
    assert fake.space.pristine()


def test_an_entry_that_is_unpublished_between_two_looks_is_left_for_later(fake, contentful):
    fake.space.add("a", name="A", external_id="brand-1")
    fake.space.save("a", name="A, pending")
    fake.act = once(lambda: fake.space.unpublish("a"), "GET", "/public/entries")
    assert write(contentful, a=None) == ["a"]
    assert fake.space.drafted() == {"a": "brand-1"}


def test_an_entry_that_somebody_keeps_publishing_is_left_for_later(fake, contentful):
    fake.space.add("a", name="A")
    fake.act = lambda asked: fake.space.edit("a", name="A") if asked.method == "PATCH" else None
    assert write(contentful, a="brand-1") == ["a"]
    assert len(fake.requests("PATCH")) < 10


def test_an_entry_that_is_deleted_meanwhile_is_rejected(fake, contentful):
    fake.space.add("a", name="A")
    fake.act = once(lambda: fake.space.remove("a"), "PUT")
    with pytest.raises(Rejected, match="no such entry any more"):
        write(contentful, a="brand-1")


# What is refused


def test_an_entry_that_cannot_be_published_is_left_as_it_was(fake, contentful):
    fake.space.add("a", name="A")
    fake.space.model["website_url"]["required"] = True
    with pytest.raises(Rejected, match=r"ValidationFailed, .*request request-1 \(fields.website_url: required\)"):
        write(contentful, a="brand-1")
    assert (fake.space.drafted(), fake.space.shown()) == ({"a": None}, {"a": None})
    assert contentful.pending_drafts(["a"]) == set()  # "changed", and yet nothing would be shown
    assert write(contentful, a=None) == []


def test_a_publication_that_is_forbidden_is_told_as_such_and_the_draft_is_as_it_was(fake, contentful):
    """A role or a workflow's step may allow to edit and not to publish."""
    fake.space.add("a", name="A")
    fake.instead.extend([None, Answer(403, {"sys": {"type": "Error", "id": "AccessDenied"}, "message": "Forbidden"})])
    with pytest.raises(CredentialsRefused, match="AccessDenied"):
        write(contentful, a="brand-1")
    assert fake.space.drafted() == {"a": None}


def test_a_field_that_is_not_there_is_rejected(fake, contentful):
    fake.space.add("a", name="A")
    del fake.space.model["external_id"]
    with pytest.raises(Rejected, match="UnknownField"):
        write(contentful, a="brand-1")


def test_a_content_type_that_is_not_there_is_a_matter_of_the_configuration(fake):
    with closing(open_contentful(fake, content_type="person")) as cms, pytest.raises(ConfigError, match="InvalidQuery"):
        write(cms, a="brand-1")


# A run that has to stop


def test_a_run_is_asked_before_each_write_whether_it_still_has_its_lease(fake, contentful):
    ids = [fake.space.add(name="A") for _ in range(3)]
    left = iter(range(3))

    def confirm():
        if next(left, None) is None:
            raise LeaseLost("another run has taken over")

    contentful.guard_writes(confirm)
    with pytest.raises(LeaseLost):
        write(contentful, **dict.fromkeys(ids, "brand-1"))
    assert len(fake.requests("PATCH", "PUT")) < 3


def test_a_run_that_is_asked_to_stop_repeats_nothing(fake, contentful):
    fake.space.add("a", name="A")
    contentful.stop_when(lambda: True)
    fake.instead.append(Answer(503, {}))
    with pytest.raises(TryAgainLater):
        write(contentful, a="brand-1")
    assert len(fake.requests("PATCH")) == 1


# A run that dies between the write and its publication


@pytest.fixture
def half_written(fake, contentful):
    """An entry whose draft holds an external id that was not published: the process died, or the network did."""
    fake.space.add("a", name="A")
    fake.space.save("a", external_id="brand-1")
    return contentful


def test_what_was_half_written_is_known(fake, half_written):
    fake.space.add("b", name="B", external_id="brand-2")
    assert half_written.written_ids(["a", "b", "c"]) == {"a": "brand-1", "b": "brand-2"}
    assert fake.space.shown() == {"a": None, "b": "brand-2"}


@pytest.mark.parametrize("external_id", ["brand-1", "brand-2", None])
def test_what_was_half_written_is_finished_replaced_or_taken_out(fake, half_written, external_id):
    assert half_written.pending_drafts(["a"]) == set()
    assert write(half_written, a=external_id) == []
    assert (fake.space.shown(), fake.space.drafted()) == ({"a": external_id}, {"a": external_id})
    assert fake.space.pristine()


@pytest.mark.parametrize("state", ["changed", "unpublished"])
def test_it_is_taken_out_of_a_draft_that_nobody_may_publish(fake, half_written, state):
    if state == "changed":
        fake.space.save("a", name="A, pending")
    else:
        fake.space.unpublish("a")
    assert write(half_written, a="brand-1") == ["a"]
    assert write(half_written, a=None) == []
    assert fake.space.drafted() == {"a": None}
    assert fake.space.shown("name") == ({"a": "A"} if state == "changed" else {})


def test_nothing_is_taken_out_of_an_archived_entry_which_cannot_be_changed(fake, half_written):
    fake.space.archive("a")
    assert write(half_written, a=None) == ["a"]
    assert fake.requests("PATCH", "PUT") == []


def test_it_is_taken_out_where_the_entry_cannot_be_published(fake, half_written):
    fake.space.model["website_url"]["required"] = True
    assert write(half_written, a=None) == []
    assert fake.space.drafted() == {"a": None}


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

    def __init__(self, fake: FakeContentful) -> None:
        self.space = fake.space
        self.drafts: dict[str, str] = {}
        self.published: dict[str, str] = {}
        self.saved = 0
        for cms_id in "ab":
            self.drafts[cms_id] = self.published[cms_id] = f"{cms_id} 0"
            self.space.add(cms_id, name=f"{cms_id} 0")

    def act(self, cms_id: str, edit: str) -> None:
        if edit == "save":
            self.saved += 1
            self.drafts[cms_id] = f"{cms_id} {self.saved}"
            self.space.save(cms_id, name=self.drafts[cms_id])
        elif edit == "publish":
            self.published[cms_id] = self.drafts[cms_id]
            self.space.publish(cms_id)
        else:
            self.published.pop(cms_id, None)
            self.space.unpublish(cms_id)

    def check(self) -> None:
        assert self.space.shown("name") == self.published
        assert self.space.drafted("name") == self.drafts


@pytest.mark.usefixtures("no_retries")
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=8))
def test_whatever_editors_do_and_whatever_fails_their_drafts_are_theirs(fake, steps):
    fake.space.__init__()
    editors = Editors(fake)
    answers = {"before": (500, {}), "after": lambda _done: (500, {})}
    with closing(open_contentful(fake)) as cms:
        for kind, cms_id, what, *rest in steps:
            if kind == "edit":
                editors.act(cms_id, what)
                continue
            meanwhile, faults = rest
            fake.instead.extend(answers["before"] if fault == "before" else None for fault in faults)
            fake.after.extend(answers["after"] if fault == "after" else lambda done: done for fault in faults)
            began = len(fake.log)

            def act(_asked, meanwhile=meanwhile, cms_id=cms_id, began=began):
                for number, edit in meanwhile:
                    if len(fake.log) - began == number:
                        editors.act(cms_id, edit)

            fake.act = act
            with suppress(TryAgainLater):
                write(cms, **{cms_id: what})
            fake.instead.clear()
            fake.after.clear()
            fake.act = lambda _asked: None
            editors.check()
        _settle(cms, editors)


def _settle(cms, editors):
    """With nobody at work, what is not to wait can be taken back, and leaves nothing behind."""
    waiting = set(write(cms, a=None, b=None))
    assert all(editors.drafts[cms_id] != editors.published.get(cms_id) for cms_id in waiting)
    editors.check()
    held = editors.space.drafted() | {"shown": editors.space.shown()}
    assert all(held[cms_id] is None for cms_id in {"a", "b"} - waiting)
    assert all(value is None for cms_id, value in held["shown"].items() if cms_id not in waiting)


def test_a_request_that_fails_is_told_as_what_it_is(fake, contentful):
    fake.space.add("a", name="A")
    fake.instead.append(Answer(400, {"sys": {"type": "Error", "id": "BadRequest"}, "message": "no"}))
    with pytest.raises(BrandsyncError, match="BadRequest, no"):
        write(contentful, a="brand-1")
