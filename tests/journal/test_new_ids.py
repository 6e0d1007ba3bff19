"""Brands that came back under other ids are found by those that they had."""

from brandsync.journal import Batch, BatchKind


def test_a_brand_is_found_by_its_old_id_and_one_that_never_moved_is_not(journal):
    journal.new_ids.record("RUN", {"a": "b", "x": "y"})
    assert journal.new_ids.of(["a", "other", "a"]) == {"a": "b"}
    assert journal.new_ids.of([]) == {}


def test_a_brand_that_moves_again_is_found_by_every_id_it_ever_had(journal):
    journal.new_ids.record("ONE", {"a": "b", "x": "y"})
    journal.new_ids.record("TWO", {"b": "c"})
    assert journal.new_ids.of(["a", "b", "x"]) == {"a": "c", "b": "c", "x": "y"}
    assert journal.new_ids.leading_to(["b", "c", "x"]) == {"a": "c", "b": "c"}


def test_the_last_move_counts(journal):
    journal.new_ids.record("ONE", {"a": "b"})
    journal.new_ids.record("TWO", {"a": "d"})
    assert journal.new_ids.of(["a"]) == {"a": "d"}


def test_a_move_is_told_of_from_its_run_on(journal):
    journal.new_ids.record("ONE", {"a": "b"})
    journal.record("TWO", Batch(BatchKind.RESTORE, []), {"x": "y"})
    assert journal.new_ids.of(["a", "x"], since="ONE") == {"a": "b", "x": "y"}
    assert journal.new_ids.of(["a", "x"], since="TWO") == {"x": "y"}


def test_each_pipeline_has_brands_of_its_own(journal, other):
    journal.new_ids.record("ONE", {"a": "b"})
    assert other.new_ids.of(["a"]) == {}
    other.new_ids.record("TWO", {"a": "z", "b": "y"})
    assert journal.new_ids.of(["a", "b"]) == {"a": "b"}
    assert other.new_ids.of(["a", "b"]) == {"a": "z", "b": "y"}


def test_more_brands_than_one_statement_holds_are_found(journal):
    moved = {f"old{number}": f"new{number}" for number in range(1_100)}
    journal.new_ids.record("RUN", moved)
    assert journal.new_ids.of(moved) == moved


def test_what_a_forgotten_run_recorded_is_gone_and_a_later_move_is_not(journal):
    journal.new_ids.record("ONE", {"a": "b", "x": "y"})
    journal.new_ids.record("TWO", {"b": "c"})
    journal.new_ids.forget_before("TWO")
    assert journal.new_ids.of(["a", "b", "x"]) == {"a": "c", "b": "c"}


def test_a_journal_of_an_older_brandsync_knows_of_no_moves(journal):
    journal.new_ids.record("ONE", {"a": "b"})
    journal.database.execute_sql("DROP TABLE brandsync_new_id")
    assert journal.new_ids.of(["a"]) == {}


def test_what_another_pipelines_runs_recorded_is_not_forgotten(journal, other):
    journal.new_ids.record("ONE", {"a": "b"})
    other.new_ids.record("ONE", {"a": "z"})
    journal.new_ids.forget_before("TWO")
    assert (journal.new_ids.of(["a"]), other.new_ids.of(["a"])) == ({}, {"a": "z"})
