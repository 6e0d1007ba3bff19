"""Writing external ids to Storyblok: no editor's draft is ever published, lost or shown."""

import logging
from contextlib import closing

import pytest
from editors import AT_WORK, Editors, everybody_works, once, steps, write
from fake_server import Answer
from fake_storyblok import LOCKED_STAGE, open_storyblok
from hypothesis import given, settings

from brandsync.errors import CredentialsRefused, Rejected, TryAgainLater


def asked(blok):
    """What was asked of the Management API since, by method and last part of the path; it is forgotten."""
    found = [(one.method, one.path.rpartition("/")[2]) for one in blok.requests("GET", "PUT")]
    blok.log.clear()
    return found


# What is written


def test_an_external_id_is_one_write_of_the_whole_story_as_it_was_just_read_and_its_publication(blok, storyblok):
    text = {"type": "doc", "content": []}
    cms_id = blok.space.add(name="A", description="old", description__i18n__de="alt", story=text, extra={"a": [1]})
    before = blok.space.of(cms_id).content
    assert write(storyblok, {cms_id: "brand-1"}) == []
    (put,) = blok.requests("PUT")
    assert put.json == {"story": {"content": before | {"external_id": "brand-1"}}, "publish": 1}
    assert asked(blok) == [("GET", "stories"), ("GET", cms_id), ("PUT", cms_id), ("GET", "story_versions")]
    assert (blok.space.shown(), blok.space.pristine()) == ({cms_id: "brand-1"}, True)
    assert write(storyblok, {cms_id: None}) == []
    assert blok.space.of(cms_id).content == before


def test_a_hundred_stories_are_looked_at_in_one_request_and_what_is_written_is_not_written_again(blok, storyblok):
    ids = [blok.space.add(name="A") for _ in range(100)]
    assert write(storyblok, dict.fromkeys(ids, "brand-1")) == []
    assert [len(blok.requests(method)) for method in ("GET", "PUT")] == [1 + 200, 100]
    asked(blok)
    assert write(storyblok, dict.fromkeys(ids, "brand-1")) == []
    assert asked(blok) == [("GET", "stories")]


def test_external_ids_are_read_back_from_a_listing_and_from_the_stories_where_it_shows_none(blok, storyblok):
    first, second, third = (blok.space.add(name="A", external_id=value) for value in ("brand-1", None, "brand-3"))
    blok.space.remove(third)
    assert storyblok.links.held([first, second, third, "../x"]) == {first: "brand-1", second: None}
    assert asked(blok) == [("GET", "stories"), ("GET", second)]
    assert storyblok.links.held([]) == {}


# What has to wait


STATES = ["name", "scheduled", "translation", "stage"]


@pytest.mark.parametrize("state", STATES)
def test_a_story_that_is_not_published_as_it_stands_has_to_wait(blok, storyblok, state):
    first, second = blok.space.add(name="A"), blok.space.add(name="B")
    story = blok.space.of(first)
    if state == "name":
        blok.space.save(first, name="A, pending")
    elif state == "scheduled":
        story.is_scheduled = True
    elif state == "translation":
        story.translations = [{"lang": "de", "unpublished_changes": True}]
    else:
        story.stage = LOCKED_STAGE
    assert storyblok.links.pending([first, second]) == {first}
    before = len(story.versions)
    assert write(storyblok, {first: "brand-1", second: "brand-2"}) == [first]
    assert len(story.versions) == before
    assert blok.space.drafted() == {first: None, second: "brand-2"}


@pytest.mark.parametrize("shown", [True, False])
def test_a_story_in_a_stage_that_is_not_locked_is_written(blok, storyblok, shown):
    """Without the right to read stages, a refused write tells."""
    first, second = blok.space.add(name="A"), blok.space.add(name="B")
    blok.space.of(first).stage = 1
    blok.space.of(second).stage = None if shown else LOCKED_STAGE
    blok.shows_stages = shown
    assert storyblok.links.pending([first, second]) == set()
    left = write(storyblok, {first: "brand-1", second: "brand-2"})
    assert (left, blok.space.shown()[first]) == ([] if shown else [second], "brand-1")
    assert len([asked for asked in blok.log if asked.path.endswith("/workflow_stages")]) == 1


LOCKS = [
    None,
    Answer(409, {"error": "Conflict"}),
    Answer(423, {"error": "no"}),
    Answer(403, {"error": "This story is locked by Jane"}),
    Answer(422, {"error": {"base": ["Jane is editing this story"]}}),
    Answer(422, {"content": ["is being edited by another user"]}),
]


@pytest.mark.parametrize("answer", LOCKS)
def test_a_story_that_an_editor_has_open_has_to_wait_and_is_never_forced(blok, storyblok, answer):
    cms_id = blok.space.add(name="A")
    blok.space.of(cms_id).locked = True
    if answer:
        blok.instead.extend([None, None, answer])
    assert write(storyblok, {cms_id: "brand-1"}) == [cms_id]
    assert blok.space.drafted() == {cms_id: None}
    assert [put.json.keys() for put in blok.requests("PUT")] == [{"story", "publish"}]


def test_one_that_is_gone_is_rejected_before_anything_is_written(blok, storyblok):
    first, second = blok.space.add(name="A"), blok.space.add(name="B")
    blok.space.remove(second)
    with pytest.raises(Rejected, match=rf"story {second} .*no such story any more"):
        write(storyblok, {first: "brand-1", second: "brand-2"})
    assert blok.requests("PUT") == []
    assert storyblok.links.pending([second]) == set()


@pytest.mark.parametrize("cms_id", ["../stories/1", "1/publish", "", "1?x", "²", "9" * 30])
def test_what_cannot_be_the_id_of_a_story_gets_into_no_request(blok, storyblok, cms_id):
    with pytest.raises(Rejected, match="no such story"):
        write(storyblok, {cms_id: "brand-1"})
    assert blok.log == []


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_story_that_is_deleted_meanwhile_is_rejected(blok, storyblok, method):
    cms_id = blok.space.add(name="A")
    blok.act = once(lambda: blok.space.remove(cms_id), method, cms_id)
    with pytest.raises(Rejected, match="no such story any more"):
        write(storyblok, {cms_id: "brand-1"})


# What others do between our look and our write


@pytest.mark.parametrize("versions", [1, 2])
@pytest.mark.parametrize("number", ["its own", None, 0, -1, 1])
def test_what_an_editor_saves_meanwhile_is_a_draft_again_and_not_published(blok, storyblok, versions, number, caplog):
    cms_id = blok.space.add(name="A", description="old")
    blok.versions_each = versions
    managed = blok.space.managed
    if number != "its own":
        blok.space.of(cms_id).updated_at = "2026-01-01T00:00:00.000Z"
        blok.space.managed = lambda story: managed(story) | {"current_version_id": number}
        blok.space.of(cms_id).versions[0]["created_at"] = "2026-01-01T00:00:00.000Z"
    blok.act = once(lambda: blok.space.save(cms_id, description="new"), "PUT")
    assert write(storyblok, {cms_id: "brand-1"}) == []
    assert (blok.space.shown("description"), blok.space.shown()) == ({cms_id: "old"}, {cms_id: "brand-1"})
    assert (blok.space.drafted("description"), blok.space.drafted()) == ({cms_id: "new"}, {cms_id: "brand-1"})
    assert len(blok.requests("PUT")) == 2
    assert f"the story {cms_id} was changed at the same moment" in caplog.text


@pytest.mark.parametrize("number", [0, None, -1, 1])
def test_old_versions_are_nobodys_work_meanwhile_and_are_never_published_again(blok, storyblok, number, caplog):
    cms_id = blok.space.add(name="A", description="years old")
    blok.space.edit(cms_id, description="old")
    blok.space.edit(cms_id, description="published")
    managed, story = blok.space.managed, blok.space.of(cms_id)
    for version in story.versions:
        version["created_at"] = "2026-01-01T00:00:00.000Z"
    story.updated_at = "2026-01-02T00:00:00.000Z"
    blok.space.managed = lambda story: managed(story) | {"current_version_id": number}
    assert write(storyblok, {cms_id: "brand-1"}) == []
    assert (blok.space.shown("description"), blok.space.shown()) == ({cms_id: "published"}, {cms_id: "brand-1"})
    assert len(blok.requests("PUT")) == 1
    assert "at the same moment" not in caplog.text


def test_what_an_editor_takes_from_the_site_meanwhile_is_taken_from_it_again(blok, storyblok):
    cms_id = blok.space.add(name="A")
    confirmed = []
    storyblok.guard_writes(lambda: confirmed.append(len(blok.log)))
    blok.act = once(lambda: blok.space.unpublish(cms_id), "PUT")
    assert write(storyblok, {cms_id: "brand-1"}) == [cms_id]
    assert (blok.space.shown("name"), blok.space.drafted()) == ({}, {cms_id: None})
    unpublishing = [at for at, one in enumerate(blok.log) if one.path.endswith("/unpublish")]
    assert len(unpublishing) == 1
    assert unpublishing[0] in confirmed


@pytest.mark.parametrize(
    ("acts", "shown", "drafted"),
    [
        (["save", "unpublish"], None, "new"),
        (["unpublish", "save"], None, "new"),
        (["unpublish", "publish"], "old", "old"),
        (["publish new", "save"], "published", "new"),
        (["save", "publish", "unpublish", "publish"], "new", "new"),
    ],
)
def test_all_that_editors_did_meanwhile_is_done_again_in_its_order(blok, storyblok, acts, shown, drafted):
    cms_id = blok.space.add(name="A", description="old")
    does = {
        "save": lambda: blok.space.save(cms_id, description="new"),
        "publish": lambda: blok.space.publish(cms_id),
        "publish new": lambda: blok.space.edit(cms_id, description="published"),
        "unpublish": lambda: blok.space.unpublish(cms_id),
    }
    blok.act = once(lambda: [does[act]() for act in acts], "PUT")
    assert write(storyblok, {cms_id: "brand-1"}) == ([] if shown else [cms_id])
    assert blok.space.shown("description") == ({cms_id: shown} if shown else {})
    assert blok.space.drafted("description") == {cms_id: drafted}
    assert blok.space.drafted() == {cms_id: "brand-1" if shown else None}


def test_what_an_editor_saves_after_our_write_stays_the_last(blok, storyblok):
    cms_id = blok.space.add(name="A", description="old")
    write_ = once(lambda: blok.space.save(cms_id, description="before"), "PUT")
    look = once(lambda: blok.space.save(cms_id, description="after"), "GET", "/story_versions")
    blok.act = lambda one: (write_(one), look(one))
    assert write(storyblok, {cms_id: "brand-1"}) == []
    assert (blok.space.shown("description"), blok.space.shown()) == ({cms_id: "old"}, {cms_id: "brand-1"})
    assert (blok.space.drafted("description"), blok.space.drafted()) == ({cms_id: "after"}, {cms_id: "brand-1"})


def test_a_draft_within_a_release_is_left_there(blok, storyblok):
    cms_id = blok.space.add(name="A")

    def draft_in_a_release():
        blok.space.of(cms_id).versions.append(
            blok.space.of(cms_id).versions[0]
            | {
                "id": next(blok.space.version_ids),
                "status": "draft",
                "release_id": 7,
                "content": {"component": "brand"},
            }
        )

    blok.act = once(draft_in_a_release, "PUT")
    assert write(storyblok, {cms_id: "brand-1"}) == []
    assert len(blok.requests("PUT")) == 1


def test_a_content_that_storyblok_completes_is_not_taken_for_anothers(blok, storyblok):
    cms_id = blok.space.add(name="A")
    saved = blok.space.write
    blok.space.write = lambda story, content, **more: saved(story, content | {"_uid": "completed"}, **more)
    assert write(storyblok, {cms_id: "brand-1"}) == []
    assert len(blok.requests("PUT")) == 1


def test_a_story_that_somebody_keeps_saving_is_not_written_for_ever(blok, storyblok, caplog):
    cms_id = blok.space.add(name="A")
    numbers = iter(range(1_000))

    def keep_saving(one):
        if one.method == "PUT":
            blok.space.save(cms_id, description=f"saved {next(numbers)}")

    blok.act = keep_saving
    assert write(storyblok, {cms_id: "brand-1"}) == []
    assert len(blok.requests("PUT")) == 4
    assert caplog.records[-1].levelno == logging.ERROR
    assert cms_id in caplog.records[-1].getMessage()


# What is refused


def test_a_story_that_storyblok_saves_and_does_not_publish_is_left_as_it_was(blok, storyblok):
    cms_id = blok.space.add(name="A")
    blok.publishes = False
    with pytest.raises(Rejected, match="did not publish it") as refused:
        write(storyblok, {cms_id: "brand-1"})
    assert "publish this content type" in str(refused.value.hint)
    assert (blok.space.shown(), blok.space.drafted()) == ({cms_id: None}, {cms_id: None})
    assert storyblok.links.pending([cms_id]) == set()  # "unpublished changes", and yet nothing would be shown


def test_an_answer_from_before_the_publication_is_not_taken_for_the_last_word(blok, storyblok):
    cms_id = blok.space.add(name="A")

    def early(done):
        done.value["story"]["unpublished_changes"] = True
        return done

    blok.after.append(early)
    assert write(storyblok, {cms_id: "brand-1"}) == []
    assert len(blok.requests("PUT")) == 1
    assert blok.space.shown() == {cms_id: "brand-1"}


def test_a_write_that_is_refused_for_good_is_told_in_storybloks_words(blok, storyblok):
    cms_id = blok.space.add(name="A")
    blok.instead.extend([None, None, Answer(422, {"error": "Content is not valid"})])
    with pytest.raises(Rejected, match=rf"the story {cms_id} cannot be written: .* 422 .*Content is not valid") as told:
        write(storyblok, {cms_id: "brand-1"})
    assert "open the story" in str(told.value.hint)


def test_a_write_that_is_forbidden_names_the_token(blok, storyblok):
    cms_id = blok.space.add(name="A")
    blok.instead.extend([None, None, Answer(403, {"error": "Forbidden"})])
    with pytest.raises(CredentialsRefused) as refused:
        write(storyblok, {cms_id: "brand-1"})
    assert "`management_token`" in str(refused.value.hint)


# Answers that never arrive, and runs that have to stop


def failing(blok, *faults):
    """The next PUTs fail before they are carried out, or after."""
    left = list(faults)

    def act(one):
        fault = left.pop(0) if one.method == "PUT" and left else None
        if fault == "before":
            blok.instead.append(Answer(500, {}))
        elif fault == "after":
            blok.after.append(lambda _done: Answer(500, {}))

    blok.act = act


@pytest.mark.usefixtures("no_retries")
@pytest.mark.parametrize(("faults", "puts"), [(["after"], 1), (["before"], 2), (["before", "after"], 2)])
def test_a_write_without_an_answer_is_not_repeated_before_the_story_was_looked_at(blok, storyblok, faults, puts):
    cms_id = blok.space.add(name="A")
    failing(blok, *faults)
    assert write(storyblok, {cms_id: "brand-1"}) == []
    assert len(blok.requests("PUT")) == puts
    assert (blok.space.shown(), blok.space.pristine()) == ({cms_id: "brand-1"}, True)


@pytest.mark.usefixtures("no_retries")
def test_what_an_editor_saved_just_before_a_write_without_an_answer_is_a_draft_again(blok, storyblok):
    cms_id = blok.space.add(name="A", description="old")
    failing(blok, "after")
    fault, save = blok.act, once(lambda: blok.space.save(cms_id, description="new"), "PUT")
    blok.act = lambda one: (fault(one), save(one))
    assert write(storyblok, {cms_id: "brand-1"}) == []
    assert (blok.space.shown("description"), blok.space.drafted("description")) == ({cms_id: "old"}, {cms_id: "new"})
    assert blok.space.shown() == {cms_id: "brand-1"}


@pytest.mark.usefixtures("no_retries")
def test_a_server_that_keeps_failing_is_told_as_such(blok, storyblok):
    cms_id = blok.space.add(name="A")
    failing(blok, *["before"] * 9)
    with pytest.raises(TryAgainLater, match="500"):
        write(storyblok, {cms_id: "brand-1"})
    assert len(blok.requests("PUT")) == 4


def test_a_run_that_is_asked_to_stop_repeats_nothing(blok, storyblok):
    cms_id = blok.space.add(name="A")
    storyblok.stop_when(lambda: True)
    failing(blok, "before")
    with pytest.raises(TryAgainLater):
        write(storyblok, {cms_id: "brand-1"})
    assert len(blok.requests("PUT")) == 1


# Whatever editors do


class StoryEditors(Editors):
    field = "description"

    def add(self, entry):
        return self.space.add(name="A", description=entry)

    def publish(self, cms_id):
        # Who publishes between our write and the look at its versions publishes what is there.
        self.published[cms_id] = self.space.drafted("description")[cms_id]
        self.space.publish(cms_id)


@pytest.mark.usefixtures("no_retries")
@settings(AT_WORK, max_examples=30)
@given(taken=steps(at_one_moment=True, most=6, most_faults=2))  # what ours was is told by the contents alone
def test_whatever_editors_do_and_whatever_fails_their_drafts_are_theirs(blok, taken):
    blok.space.__init__()
    with closing(open_storyblok(blok)) as cms:
        editors = StoryEditors(blok.space)
        everybody_works(blok, cms, editors, taken, may_fail=lambda asked: asked.method == "PUT")
