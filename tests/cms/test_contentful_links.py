"""Writing external ids to Contentful: no editor's draft is ever published, lost or shown."""

from contextlib import closing

import pytest
from editors import AT_WORK, Editors, everybody_works, once, only_b_is_linked, steps, write
from extent import enough
from fake_contentful import open_contentful
from fake_server import Answer
from hypothesis import given, settings

from brandsync.errors import BrandsyncError, ConfigError, CredentialsRefused, Rejected, TryAgainLater

# What is written


def test_an_external_id_is_a_change_of_one_field_and_a_publication_each_under_its_version(fake, contentful):
    fake.space.add("a", name="A", description="old")
    before = fake.space.entries["a"].version
    assert write(contentful, {"a": "brand-1"}) == []
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
    assert write(contentful, dict.fromkeys(ids, "brand-1")) == []
    assert [len(fake.requests(method)) for method in ("GET", "PATCH", "PUT")] == [1, 100, 100]
    assert {asked.status for asked in fake.log} == {200}
    assert write(contentful, dict.fromkeys(ids, "brand-1")) == []
    assert [len(fake.requests(method)) for method in ("GET", "PATCH", "PUT")] == [2, 100, 100]


def test_entries_whose_drafts_are_larger_than_an_answer_are_looked_at_in_smaller_parts(fake, contentful):
    for number in range(8):
        fake.space.add(f"e{number}", name="A", description="x" * 1_000)
        fake.space.save(f"e{number}", name="pending")
    fake.largest = 4_000
    assert contentful.links.pending([f"e{number}" for number in range(8)]) == {f"e{number}" for number in range(8)}
    assert 400 in {asked.status for asked in fake.requests("GET")}


# What has to wait


@pytest.mark.parametrize("state", ["archived", "metadata", "locale"])
def test_an_entry_that_is_not_published_as_it_stands_has_to_wait(fake, contentful, state):
    fake.space.add("a", name="A")
    fake.space.add("b", name="B")
    if state == "archived":
        fake.space.archive("a")
    elif state == "metadata":
        fake.space.entries["a"].metadata = {"tags": [{"sys": {"id": "secret"}}]}
        fake.space.save("a")
    else:
        fake.space.entries["a"].held_back.add("de")
    only_b_is_linked(contentful, fake.space, lambda: fake.space.entries["a"].version)


def test_a_half_written_id_is_published_though_the_published_entry_comes_without_metadata(fake, contentful):
    """Recorded in github.com/contentful/contentful-management.rb (space/entry/all_public, 2016-01)."""
    fake.space.add("a", name="A")
    fake.space.entries["a"].metadata = {"tags": [], "concepts": []}
    fake.space.save("a", external_id="brand-1")
    assert write(contentful, {"a": "brand-1"}) == []
    assert fake.space.shown() == {"a": "brand-1"}


def test_a_locale_that_is_held_back_is_not_published_with_what_was_half_written(fake, contentful):
    fake.space.add("a", name="A")
    fake.space.save("a", external_id="brand-1")
    fake.space.entries["a"].held_back.add("de")
    assert write(contentful, {"a": "brand-1"}) == ["a"]
    assert fake.requests("PUT") == []
    assert fake.space.entries["a"].held_back == {"de"}


def test_one_that_is_gone_is_rejected_before_anything_is_written(fake, contentful):
    fake.space.add("a", name="A")
    with pytest.raises(Rejected, match=r"entry b .*no such entry any more"):
        write(contentful, {"a": "brand-1", "b": "brand-2"})
    assert fake.requests("PATCH", "PUT") == []


def test_an_entry_that_is_unpublished_between_two_looks_is_left_for_later(fake, contentful):
    fake.space.add("a", name="A", external_id="brand-1")
    fake.space.save("a", name="A, pending")
    fake.act = once(lambda: fake.space.unpublish("a"), "GET", "/public/entries")
    assert write(contentful, {"a": None}) == ["a"]
    assert fake.space.drafted() == {"a": "brand-1"}


def test_an_entry_that_somebody_keeps_publishing_is_left_for_later(fake, contentful):
    fake.space.add("a", name="A")
    fake.act = lambda asked: fake.space.edit("a", name="A") if asked.method == "PATCH" else None
    assert write(contentful, {"a": "brand-1"}) == ["a"]
    assert len(fake.requests("PATCH")) < 10


def test_an_entry_that_is_deleted_meanwhile_is_told_as_gone(fake, contentful):
    fake.space.add("a", name="A")
    fake.act = once(lambda: fake.space.remove("a"), "PUT")
    with pytest.raises(Rejected, match="no such entry any more"):
        write(contentful, {"a": "brand-1"})


# What is refused


def test_an_entry_that_cannot_be_published_is_told_in_contentfuls_words(fake, contentful):
    fake.space.add("a", name="A")
    fake.space.model["website_url"]["required"] = True
    with pytest.raises(Rejected, match=r"ValidationFailed, .*request request-1 \(fields.website_url: required\)"):
        write(contentful, {"a": "brand-1"})
    assert fake.space.drafted() == {"a": None}


def test_a_publication_that_is_forbidden_is_told_as_such_and_the_draft_is_as_it_was(fake, contentful):
    """A role or a workflow's step may allow to edit and not to publish."""
    fake.space.add("a", name="A")
    fake.instead.extend([None, Answer(403, {"sys": {"type": "Error", "id": "AccessDenied"}, "message": "Forbidden"})])
    with pytest.raises(CredentialsRefused, match="AccessDenied"):
        write(contentful, {"a": "brand-1"})
    assert fake.space.drafted() == {"a": None}


def test_a_field_that_is_not_there_is_rejected(fake, contentful):
    fake.space.add("a", name="A")
    del fake.space.model["external_id"]
    with pytest.raises(Rejected, match="UnknownField"):
        write(contentful, {"a": "brand-1"})


def test_a_content_type_that_is_not_there_is_a_matter_of_the_configuration(fake):
    with closing(open_contentful(fake, content_type="person")) as cms, pytest.raises(ConfigError, match="InvalidQuery"):
        write(cms, {"a": "brand-1"})


# A run that has to stop


def test_a_run_that_is_asked_to_stop_repeats_nothing(fake, contentful):
    fake.space.add("a", name="A")
    contentful.stop_when(lambda: True)
    fake.instead.append(Answer(503, {}))
    with pytest.raises(TryAgainLater):
        write(contentful, {"a": "brand-1"})
    assert len(fake.requests("PATCH")) == 1


# A run that dies between the write and its publication


def test_nothing_is_taken_out_of_an_archived_entry_which_cannot_be_changed(fake, contentful):
    fake.space.add("a", name="A")
    fake.space.save("a", external_id="brand-1")
    fake.space.archive("a")
    assert write(contentful, {"a": None}) == ["a"]
    assert fake.requests("PATCH", "PUT") == []


# Whatever editors do


@pytest.mark.usefixtures("no_retries")
@settings(AT_WORK, max_examples=enough(40, of=500))
@given(taken=steps())
def test_whatever_editors_do_and_whatever_fails_their_drafts_are_theirs(fake, taken):
    fake.space.__init__()
    with closing(open_contentful(fake)) as cms:
        everybody_works(fake, cms, Editors(fake.space), taken)


def test_a_request_that_fails_is_told_as_what_it_is(fake, contentful):
    fake.space.add("a", name="A")
    fake.instead.append(Answer(400, {"sys": {"type": "Error", "id": "BadRequest"}, "message": "no"}))
    with pytest.raises(BrandsyncError, match="BadRequest, no"):
        write(contentful, {"a": "brand-1"})
