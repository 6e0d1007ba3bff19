"""Whole runs from the fake Sanity into a table in SQLite: drafts, releases, deaths, and back again."""

import pytest
from shop import Shop
from whole_runs import die, in_line, is_taken_back_and_goes_on, publish


@pytest.fixture
def shop(sanity_shop: Shop) -> Shop:
    return sanity_shop


def test_a_document_with_a_draft_is_synced_as_published_and_stays_linked_when_it_is_published(shop, project):
    ids = publish(project.dataset, 3)
    project.dataset.save(ids[1], name="Brand 1, pending")
    project.dataset.release("summer", ids[2], name="Brand 2, in summer")
    assert shop.sync()["counts"]["created"] == 3
    assert in_line(shop, project.dataset)
    assert project.dataset.waiting("name") == {
        f"drafts.{ids[1]}": "Brand 1, pending",
        f"versions.summer.{ids[2]}": "Brand 2, in summer",
    }
    project.dataset.publish(ids[1])
    project.dataset.publish_release("summer")
    project.log.clear()
    counts = shop.sync(full=True)["counts"]
    assert (counts["updated"], counts["created"], counts["adopted"]) == (2, 0, 0)
    assert sorted(shop.names().values()) == ["Brand 0", "Brand 1, pending", "Brand 2, in summer"]
    assert [len(project.asked(kind)) for kind in ("query", "mutate")] == [1, 0]


def test_a_document_in_a_scheduled_release_is_linked_once_that_is_published(shop, project):
    ids = publish(project.dataset, 2)
    project.dataset.release("summer", ids[1], name="Brand 1, in summer")
    project.dataset.schedule("summer")
    assert shop.sync()["counts"]["created"] == 2
    assert [project.dataset.shown()[cms_id] is None for cms_id in ids] == [False, True]
    assert shop.sync(full=True)["changes"] == []
    project.dataset.publish_release("summer")
    counts = shop.sync(full=True)["counts"]
    assert (counts["updated"], counts["adopted"], counts["created"]) == (1, 0, 0)
    assert in_line(shop, project.dataset)


def test_a_draft_that_lost_its_external_id_after_all_is_linked_again_by_the_journal(shop, project):
    """As where a browser begins it from what it showed before the run."""
    ids = publish(project.dataset, 2)
    shop.sync()
    project.dataset.edit(ids[0], external_id=None, name="Brand 0, edited")
    counts = shop.sync(full=True)["counts"]
    assert (counts["created"], counts["deleted"]) == (0, 0)
    assert in_line(shop, project.dataset)


def test_a_document_that_an_editor_has_duplicated_is_skipped_until_the_copy_is_cleared(shop, project):
    ids = publish(project.dataset, 2)
    shop.sync()
    project.dataset.put({**project.dataset.documents[ids[0]], "_id": "copy", "name": "Copy"})
    result = shop.sync(full=True)
    assert (result["exit_code"], {skipped["cms_id"] for skipped in result["skipped"]}) == (65, {ids[0], "copy"})
    project.dataset.edit("copy", external_id=None)
    assert shop.sync(full=True)["counts"]["created"] == 1
    assert in_line(shop, project.dataset)


def test_an_external_id_that_a_person_has_changed_is_kept_by_an_undo(shop, project):
    ids = publish(project.dataset, 2)
    shop.sync()
    project.dataset.edit(ids[0], external_id="mine")
    undone = shop.undo()
    assert (undone["exit_code"], [kept["cms_id"] for kept in undone["kept"]]) == (65, [ids[0]])
    assert project.dataset.shown() == {ids[0]: "mine", ids[1]: None}


def test_a_write_that_is_refused_rolls_the_run_back(shop, project):
    publish(project.dataset, 3)
    project.dataset.is_locked = lambda _key: bool(project.asked("mutate"))  # but not yet when it is asked for
    result = shop.sync()
    assert (result["status"], result["exit_code"]) == ("rolled_back", 1)
    assert "is locked" in result["error"]
    assert (set(project.dataset.shown().values()), shop.names()) == ({None}, {})


@pytest.mark.slow
def test_a_run_that_is_killed_at_a_link_is_taken_back(shop, project):
    """In the documents and in their drafts, which one transaction writes."""
    publish(project.dataset, 3)
    project.dataset.save("d00001", name="pending")
    die(shop, project, project.writes)
    is_taken_back_and_goes_on(shop, project.dataset)
    assert project.dataset.waiting() == {"drafts.d00001": project.dataset.shown()["d00001"]}
