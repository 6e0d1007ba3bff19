"""Which brands brandsync has removed is known for as long as they are away."""

from contextlib import closing

import pytest

from brandsync.database import connect
from brandsync.journal import Batch, BatchKind, Journal, RunStart, RunStatus
from brandsync.plan.change import Change


def rows(*brand_ids):
    return [Change(f"entry of {brand_id}", brand_id, {}, {}) for brand_id in brand_ids]


def record(journal, kind, *brand_ids, moved=()):
    journal.gone.record("RUN", Batch(BatchKind(kind), rows(*brand_ids)), dict(moved))


@pytest.mark.parametrize("kind", ["delete", "uncreate"])
def test_what_a_batch_removes_is_gone(journal, kind):
    assert not journal.gone.any()
    record(journal, kind, "a", "b", None)
    assert journal.gone.any()
    assert journal.gone.among(["a", "b", "c"]) == {"a", "b"}
    assert journal.gone.among([]) == set()


@pytest.mark.parametrize("kind", ["create", "restore", "update"])
def test_what_a_batch_leaves_in_the_store_is_there(journal, kind):
    record(journal, "delete", "a", "b")
    record(journal, kind, "a")
    assert journal.gone.among(["a", "b"]) == {"b"}


def test_external_ids_say_nothing_of_their_brands(journal):
    record(journal, "delete", "a")
    record(journal, "link", "a", "b")
    assert journal.gone.among(["a", "b"]) == {"a"}


def test_a_brand_that_came_back_under_another_id_is_gone_under_the_old_one(journal):
    record(journal, "restore", "new", moved={"old": "new"})
    assert journal.gone.among(["old", "new"]) == {"old"}


def remembered(journal):
    cursor = journal.database.execute_sql("SELECT pipeline, brand_id, run FROM brandsync_gone ORDER BY brand_id")
    return [tuple(row) for row in cursor.fetchall()]


def test_every_database_keeps_what_is_removed_once_though_it_was_removed_twice(database_url):
    with closing(connect(database_url)) as database:
        journal = Journal(database, "shop", "test")
        journal.prepare()
        journal.record("RUN", Batch(BatchKind.DELETE, rows("a", "b")), {})
        journal.record("RUN", Batch(BatchKind.UNCREATE, rows("b", "c")), {})
        assert remembered(journal) == [("shop", "a", "RUN"), ("shop", "b", "RUN"), ("shop", "c", "RUN")]
        assert journal.gone.among(["a", "c", "d"]) == {"a", "c"}
        again = Journal(database, "shop", "test").gone
        assert (again.any(), again.among(["a"])) == (True, {"a"})


def test_each_pipeline_has_removed_brands_of_its_own(journal, other):
    record(journal, "delete", "a")
    assert (other.gone.any(), other.gone.among(["a"])) == (False, set())
    record(other, "delete", "a")
    record(other, "create", "a")
    assert (journal.gone.among(["a"]), other.gone.among(["a"])) == ({"a"}, set())


def test_more_brands_than_one_statement_holds_are_found_and_forgotten(journal):
    many = [f"b{number}" for number in range(1_100)]
    record(journal, "delete", *many)
    assert journal.gone.among(many) == {*many}
    journal.gone.forget(many)
    assert journal.gone.among(many) == set()


def test_a_journal_of_an_older_brandsync_knows_of_none(journal):
    journal.database.execute_sql("DROP TABLE brandsync_gone")
    assert not journal.gone.any()
    assert journal.gone.among(["a"]) == set()
    journal.gone.forget(["a"])


def test_pruning_forgets_none(journal):
    for run in ("ONE", "TWO"):
        journal.runs.start(run, RunStart("sync", "h", "1", "c", "s", "x"))
        journal.runs.mark(run, RunStatus.DONE)
    journal.gone.record("ONE", Batch(BatchKind.DELETE, rows("a")), {})
    journal.prune(1)
    assert [run.id for run in journal.runs.latest()] == ["TWO"]
    assert journal.gone.among(["a"]) == {"a"}
