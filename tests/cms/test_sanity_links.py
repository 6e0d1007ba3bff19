"""Writing external ids to Sanity: none is lost when an editor publishes, and nothing is published or lost by it."""

import json
import time
from contextlib import closing

import pytest
from editors import AT_WORK, ENTRIES, LOST, everybody_works, once, steps, write
from fake_sanity import FakeSanity, open_sanity
from fake_server import Answer
from hypothesis import given, settings

from brandsync.brand import ExternalId
from brandsync.errors import CredentialsRefused, Rejected, TryAgainLater, Unreadable

MUTATE = "/data/mutate/production"


def patches(asked):
    return [mutation["patch"] for mutation in asked.json["mutations"]]


# What is written


def test_an_external_id_is_one_field_of_one_revision_seen_by_queries_at_once(project, sanity):
    project.dataset.add("a", name="A", description="old")
    revision = project.dataset.documents["a"]["_rev"]
    assert write(sanity, {"a": "brand-1"}) == []
    assert len(project.log) == sanity.links.requests_for(1)
    (asked,) = project.asked("mutate")
    assert asked.query == {"visibility": "sync"}
    assert patches(asked) == [{"id": "a", "ifRevisionID": revision, "set": {"external_id": "brand-1"}}]
    assert project.dataset.shown() == {"a": "brand-1"}
    assert project.dataset.texts() == {"a": {"name": "A", "description": "old"}}


def test_an_external_id_is_taken_out_as_if_it_had_never_been_there(project, sanity):
    project.dataset.add("a", name="A", external_id="brand-1")
    assert write(sanity, {"a": None}) == []
    assert "external_id" not in project.dataset.documents["a"]


def test_200_documents_are_looked_at_and_written_in_three_requests(project, sanity):
    ids = [project.dataset.add("x" * 120 + f"{number:04}", name="A") for number in range(200)]
    assert write(sanity, dict.fromkeys(ids, "brand-1")) == []
    assert len(project.log) == 3 == sanity.requests == sanity.links.requests_for(200)
    assert len(project.asked("mutate")[0].body) < 256 * 1024
    assert set(project.dataset.shown().values()) == {"brand-1"}
    assert write(sanity, dict.fromkeys(ids, "brand-1")) == []
    assert len(project.asked("mutate")) == 1


def test_where_everything_is_there_already_nothing_is_written(project, sanity):
    project.dataset.add("a", name="A", external_id=5)
    project.dataset.add("b", name="B", external_id="")
    assert write(sanity, {"a": "5", "b": None}) == []
    assert len(project.log) == 1


def test_the_field_has_the_name_that_the_settings_say(project):
    project.dataset.add("a", name="A")
    with closing(open_sanity(project, external_id="shopId")) as cms:
        write(cms, {"a": "brand-1"})
        assert cms.links.held(["a"]) == {"a": "brand-1"}
        assert cms.retrieve_brands().entries[0]["shopId"] == "brand-1"
    assert project.dataset.shown("shopId") == {"a": "brand-1"}


# Drafts and releases


def test_a_draft_gets_the_external_id_too_so_that_publishing_it_does_not_take_it_away(project, sanity):
    project.dataset.add("a", name="A")
    project.dataset.save("a", name="A, pending")
    assert sanity.links.pending(["a"]) == set()
    assert write(sanity, {"a": "brand-1"}) == []
    assert [patch["id"] for patch in patches(project.asked("mutate")[0])] == ["a", "drafts.a"]
    assert project.dataset.shown("name") == {"a": "A"}
    assert project.dataset.waiting("name") == {"drafts.a": "A, pending"}
    project.dataset.publish("a")
    assert project.dataset.shown() == {"a": "brand-1"}
    assert project.dataset.shown("name") == {"a": "A, pending"}


def test_the_copies_in_releases_get_it_as_well_whatever_their_ids(project, sanity):
    for cms_id in ("a", "deep.b", "c"):
        project.dataset.add(cms_id, name="A")
        project.dataset.release("summer", cms_id, name="A, in summer")
    project.dataset.release("winter", "a", name="A, in winter")
    assert write(sanity, {"a": "brand-1", "deep.b": "brand-2"}) == []
    assert project.dataset.waiting() == {
        "versions.summer.a": "brand-1",
        "versions.summer.deep.b": "brand-2",
        "versions.summer.c": None,
        "versions.winter.a": "brand-1",
    }
    project.dataset.publish_release("summer")
    assert project.dataset.shown() == {"a": "brand-1", "deep.b": "brand-2", "c": None}
    assert write(sanity, {"a": None}) == []
    assert project.dataset.waiting() == {"versions.winter.a": None}


@pytest.mark.parametrize("state", ["scheduled", "scheduling", "publishing", None])
def test_a_document_in_a_release_that_is_locked_has_to_wait(project, sanity, state):
    for cms_id in "ab":
        project.dataset.add(cms_id, name="A")
    project.dataset.release("summer", "a", name="A, in summer")
    project.dataset.schedule("summer", state)
    assert sanity.links.pending(["a", "b", "c"]) == {"a"}
    assert write(sanity, {"a": "brand-1", "b": "brand-2"}) == ["a"]
    assert project.dataset.shown() == {"a": None, "b": "brand-2"}
    assert write(sanity, {"a": None}) == []  # nothing is to be done
    project.dataset.schedule("summer", "active")
    assert write(sanity, {"a": "brand-1"}) == []


def test_a_release_that_is_scheduled_between_look_and_write_makes_its_documents_wait(project, sanity):
    for cms_id in "ab":
        project.dataset.add(cms_id, name="A")
    project.dataset.release("summer", "a")
    project.act = once(lambda: project.dataset.schedule("summer"), "POST", MUTATE)
    assert write(sanity, {"a": "brand-1", "b": "brand-2"}) == ["a"]
    assert [asked.status for asked in project.asked("mutate")] == [400, 200]
    assert project.dataset.shown() == {"a": None, "b": "brand-2"}


def test_an_editor_who_goes_on_typing_in_a_draft_hinders_nothing(project, sanity):
    project.dataset.add("a", name="A")
    project.dataset.save("a", name="A,")
    project.act = lambda _asked: project.dataset.save("a", name=project.dataset.waiting("name")["drafts.a"] + ".")
    assert write(sanity, {"a": "brand-1"}) == []
    assert len(project.asked("mutate")) == 1
    assert project.dataset.waiting("name") == {"drafts.a": "A,..."}
    assert project.dataset.waiting() == {"drafts.a": "brand-1"}


@pytest.mark.parametrize("act", ["edit", "publish", "discard"])
def test_an_editor_who_publishes_or_throws_a_draft_away_meanwhile_is_no_hindrance(project, sanity, act):
    for cms_id in "ab":
        project.dataset.add(cms_id, name="A")
        project.dataset.save(cms_id, name="A, pending")
    project.act = once(lambda: getattr(project.dataset, act)("a"), "POST", MUTATE)
    assert write(sanity, {"a": "brand-1", "b": "brand-2"}) == []
    assert [asked.status for asked in project.asked("mutate")] == [404 if act == "discard" else 409, 200]
    assert project.dataset.shown() == {"a": "brand-1", "b": "brand-2"}
    assert project.dataset.shown("name") == {"a": "A" if act == "discard" else "A, pending", "b": "A"}


def test_one_document_that_somebody_keeps_changing_does_not_keep_the_others_from_being_written(project, sanity):
    ids = [project.dataset.add(name="A") for _ in range(8)]
    project.act = lambda asked: project.dataset.edit(ids[5], name="A") if "/mutate/" in asked.path else None
    assert write(sanity, dict.fromkeys(ids, "brand-1")) == [ids[5]]
    assert [project.dataset.shown()[cms_id] for cms_id in ids] == ["brand-1"] * 5 + [None] + ["brand-1"] * 2


def test_what_only_a_draft_holds_is_known_so_that_it_can_be_taken_back(project, sanity):
    project.dataset.add("a", name="A")
    project.dataset.save("a", external_id="brand-1")
    project.dataset.add("b", name="B", external_id="brand-2")
    project.dataset.save("b", external_id="another")
    assert sanity.links.held(["a", "b", "c"]) == {"a": "brand-1", "b": "brand-2"}
    assert write(sanity, {"a": None, "b": None}) == []
    assert set(project.dataset.shown().values()) | set(project.dataset.waiting().values()) == {None}


# What is refused


def test_one_that_is_gone_is_rejected_before_anything_is_written(project, sanity):
    project.dataset.add("a", name="A")
    with pytest.raises(Rejected, match=r"entry b .*no such document any more"):
        write(sanity, {"a": "brand-1", "b": "brand-2"})
    assert project.asked("mutate") == []


def test_one_that_is_deleted_before_the_write_is_rejected_and_no_other_one_is_written(project, sanity):
    for cms_id in "ab":
        project.dataset.add(cms_id, name="A")
    project.act = once(lambda: project.dataset.remove("a"), "POST", MUTATE)
    with pytest.raises(Rejected, match=r"entry a .*no such document any more"):
        write(sanity, {"a": "brand-1", "b": "brand-2"})
    assert project.dataset.shown() == {"b": None}


def test_one_that_is_deleted_after_the_write_was_written(project, sanity):
    for cms_id in "ab":
        project.dataset.add(cms_id, name="A")
    project.after.append(lambda answer: project.dataset.remove("a") or answer)
    assert write(sanity, {"a": "brand-1", "b": "brand-2"}) == []


def test_an_id_of_another_type_is_none(project, sanity):
    project.dataset.add("a", type="person", name="A")
    with pytest.raises(Rejected, match="no such document any more"):
        write(sanity, {"a": "brand-1"})


def test_ids_are_values_and_never_part_of_a_query(project, sanity):
    odd = '"] || true || _id in ["'
    project.dataset.add("a", name="A")
    assert sanity.links.held([odd]) == {}
    with pytest.raises(Rejected):
        sanity.links.write([ExternalId(odd, "brand-1")])
    assert project.asked("mutate") == []


def test_what_sanity_refuses_for_good_is_told_in_its_words(project, sanity):
    project.dataset.add("a", name="A")
    items = [{"error": {"description": "attribute limit reached", "type": "limitError"}, "index": 0}]
    refusal = Answer(400, {"error": {"description": "Mutation failed", "items": items}})
    project.instead.extend([None, refusal])
    with pytest.raises(Rejected, match="attribute limit reached") as refused:
        write(sanity, {"a": "brand-1"})
    assert refused.value.hint
    assert len(project.asked("mutate")) == 1


def test_a_token_that_may_not_update_is_told_as_such(project, sanity):
    project.dataset.add("a", name="A")
    project.instead.extend([None, Answer(403, {"error": {"description": 'permission "update" required'}})])
    with pytest.raises(CredentialsRefused, match='permission "update" required') as refused:
        write(sanity, {"a": "brand-1"})
    assert "`token`" in str(refused.value.hint)


@pytest.mark.parametrize("value", [[], {}, {"transactionId": 1}, {"results": []}])
def test_an_answer_to_a_write_that_is_not_sanitys_is_not_believed(project, sanity, value):
    project.dataset.add("a", name="A")
    project.instead.extend([None, Answer(200, value)])
    with pytest.raises(Unreadable, match="no `transactionId`"):
        write(sanity, {"a": "brand-1"})


# What goes wrong on the way


def test_a_write_whose_answer_is_lost_is_repeated_and_done_once(project, sanity):
    project.dataset.add("a", name="A")
    project.after.append(lambda _done: LOST)
    assert write(sanity, {"a": "brand-1"}) == []
    first, second = project.asked("mutate")
    assert first.json == second.json
    assert (first.status, second.status) == (500, 409)
    assert json.loads(second.answer)["error"]["type"] == "transactionAlreadyExistsError"
    assert project.dataset.documents["a"]["_rev"] == first.json["transactionId"]


@pytest.mark.parametrize("kind", ["transactionConflictError", "documentRevisionIDDoesNotMatchError"])
def test_a_409_that_tells_no_mutation_is_followed_by_another_look(project, sanity, kind):
    """Those of github.com/sanity-io/sdk (submissionErrors.test.ts, 2026): it tries the first one again."""
    project.dataset.add("a", name="A")
    project.instead.extend([None, Answer(409, {"error": {"type": kind, "description": "conflict"}})])
    assert write(sanity, {"a": "brand-1"}) == []
    assert [asked.status for asked in project.asked("mutate")] == [409, 200]


def test_each_transaction_has_an_id_of_its_own(project, sanity):
    project.dataset.add("a", name="A")
    for external_id in ("brand-1", None, "brand-1"):
        write(sanity, {"a": external_id})
    assert len({asked.json["transactionId"] for asked in project.asked("mutate")}) == 3


def test_a_run_that_is_asked_to_stop_repeats_nothing(project, sanity):
    project.dataset.add("a", name="A")
    sanity.stop_when(lambda: True)
    project.instead.extend([None, LOST])
    with pytest.raises(TryAgainLater):
        write(sanity, {"a": "brand-1"})
    assert len(project.asked("mutate")) == 1


def test_sanity_is_never_asked_for_more_writes_than_it_takes(project, sanity):
    project.dataset.add("a", name="A")
    project.mutations_a_second = sanity.rate.count
    began = time.monotonic()
    for number in range(40):
        sanity.dataset.mutate([{"id": "a", "set": {"external_id": f"brand-{number}"}}])
    assert {asked.status for asked in project.log} == {200}
    assert time.monotonic() - began > 1


def test_a_429_is_obeyed_all_the_same(project, sanity):
    """Others may write from the same address."""
    project.dataset.add("a", name="A")
    project.instead.extend([None, Answer(429, {"error": "Too Many Requests"}, {"ratelimit-reset": "1"})])
    began = time.monotonic()
    assert write(sanity, {"a": "brand-1"}) == []
    assert time.monotonic() - began > 1
    assert [asked.status for asked in project.asked("mutate")] == [429, 200]


# Whatever editors do


class DatasetEditors:
    """What editors do, in the dataset and in one that nobody else writes to."""

    def __init__(self, fake: FakeSanity) -> None:
        self.fake = fake
        self.alone = type(fake.dataset)()
        self.ids = {cms_id: cms_id for cms_id in ENTRIES}
        self.saved = 0
        for dataset in (fake.dataset, self.alone):
            for cms_id in ENTRIES:
                dataset.add(cms_id, name=f"{cms_id} 0")

    def act(self, cms_id: str, edit: str) -> None:
        self.saved += 1
        for dataset in (self.fake.dataset, self.alone):
            if edit == "save":
                dataset.save(cms_id, name=f"{cms_id} {self.saved}")
            elif edit == "release" and cms_id in dataset.documents:
                dataset.release("summer", cms_id, name=f"{cms_id} {self.saved}, in summer")
            elif edit == "publish_release" and "_.releases.summer" in dataset.documents:
                dataset.publish_release("summer")
            elif edit in {"publish", "discard", "unpublish"}:
                getattr(dataset, edit)(cms_id)

    def check(self) -> None:
        assert self.fake.dataset.texts() == self.alone.texts()

    def settle(self, cms):
        """With nobody at work, each external id is set wherever it may be published from, and taken out again."""
        dataset = self.fake.dataset
        there = [cms_id for cms_id in "ab" if cms_id in cms.links.held(["a", "b"])]
        waiting = set(write(cms, dict.fromkeys(there, "brand-9")))
        assert waiting == {cms_id for cms_id in there if cms_id not in dataset.documents}
        for cms_id in set(there) - waiting:
            assert dataset.shown()[cms_id] == "brand-9"
            assert {held for key, held in dataset.waiting().items() if key.endswith(f".{cms_id}")} <= {"brand-9"}
        self.check()
        assert write(cms, dict.fromkeys(there)) == []
        assert {*dataset.shown().values(), *dataset.waiting().values()} <= {None}
        self.check()


@pytest.mark.usefixtures("no_retries")
@settings(AT_WORK, max_examples=25)
@given(taken=steps("discard", "release", "publish_release"))
def test_whatever_editors_do_and_whatever_fails_their_texts_are_theirs(project, taken):
    project.dataset.__init__()
    with closing(open_sanity(project)) as cms:
        may_fail, errors = (lambda _asked: True), (TryAgainLater, Rejected)
        everybody_works(project, cms, DatasetEditors(project), taken, may_fail=may_fail, errors=errors)
