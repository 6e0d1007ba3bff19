"""The journal as a whole: made when it is first written to, read where it is there."""

from contextlib import closing
from dataclasses import replace

import pytest
from databases import kind_of

from brandsync.database import connect
from brandsync.errors import BrandsyncError, ConfigError, Rejected
from brandsync.journal import Batch, BatchKind, Journal, LinkRow, RunStart, RunStatus
from brandsync.journal.tables import SCHEMA_VERSION, TABLES
from brandsync.plan.change import Change

RUN = RunStart("sync", "here", "1", "cms", "store", "same")

_NARROW = {
    "postgresql": "ALTER TABLE brandsync_run ALTER COLUMN undoes TYPE varchar(26)",
    "mysql": "ALTER TABLE brandsync_run MODIFY undoes varchar(26)",
}


@pytest.fixture
def missing(database_url):
    """A journal that nobody has made yet."""
    with closing(connect(database_url)) as database:
        journal = Journal(database, "shop", "the shop's database")
        journal.url = database_url
        yield journal


def versions(journal):
    return [row[0] for row in journal.database.execute_sql("SELECT version FROM brandsync_schema ORDER BY version")]


def test_a_journal_is_there_once_it_has_been_prepared(missing):
    assert (missing.exists(), missing.tables()) == (False, {})
    missing.prepare()
    assert missing.exists() is True
    assert sorted(missing.tables()) == sorted(table._meta.table_name for table in TABLES)
    missing.prepare()
    assert versions(missing) == [SCHEMA_VERSION]
    assert all(missing.database.table_exists(table._meta.table_name) for table in TABLES)


def test_reading_a_journal_that_is_not_there_reads_an_empty_one_and_makes_none(missing):
    with missing.reading() as journal:
        assert (journal.pipeline, journal.runs.latest(), journal.links.count()) == ("shop", [], 0)
        assert journal is not missing
    assert missing.exists() is False
    missing.prepare()
    with missing.reading() as journal:
        assert journal is missing


def test_an_older_journal_gets_what_this_one_needs_and_keeps_what_it_has(missing):
    missing.prepare()
    missing.links.put([("1", LinkRow("b1"))])
    missing.database.execute_sql("UPDATE brandsync_schema SET version = 1")
    missing.database.execute_sql("DROP TABLE brandsync_new_id")
    missing.prepare()
    assert versions(missing) == [1, SCHEMA_VERSION]
    missing.new_ids.record("RUN", {"b1": "c1"})
    assert missing.links.get(["1"]) == {"1": LinkRow("b1")}


def test_a_journal_of_the_first_version_is_there_and_is_told_apart(missing):
    missing.prepare()
    missing.database.execute_sql("UPDATE brandsync_schema SET version = 1")
    assert missing.exists() is True
    with missing.reading() as journal:
        assert journal is missing


def test_an_older_journal_holds_an_undo_of_many_runs_once_it_is_upgraded(missing):
    missing.prepare()
    if narrow := _NARROW.get(kind_of(str(missing.url))):
        missing.database.execute_sql(narrow)
    missing.database.execute_sql("UPDATE brandsync_schema SET version = 1")
    missing.prepare()
    runs = [f"{number:026}" for number in range(50)]
    missing.runs.start("A1", replace(RUN, kind="undo"), undoes=runs)
    assert list(missing.runs.latest()[0].through) == runs[1:]


def test_a_journal_that_mariadb_was_interrupted_at_tells_ids_apart_by_case_in_the_end(missing):
    missing.prepare()
    missing.database.execute_sql("DELETE FROM brandsync_schema")
    if kind_of(str(missing.url)) == "mysql":
        missing.database.execute_sql(
            "ALTER TABLE brandsync_link CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"
        )
    missing.prepare()
    missing.links.put([("a", LinkRow("b1")), ("A", LinkRow("b2"))])
    assert missing.links.count() == 2


def test_an_empty_journal_leaves_no_file(tmp_path):
    with closing(Journal.empty("shop")):
        assert list(tmp_path.iterdir()) == []


def test_a_newer_journal_is_left_alone(missing):
    missing.prepare()
    missing.database.execute_sql("UPDATE brandsync_schema SET version = 99")
    for use in (missing.exists, missing.prepare):
        with pytest.raises(ConfigError) as refused:
            use()
        assert refused.value.message == (
            "the journal in the shop's database was written by a newer brandsync (its schema is 99)"
        )
        assert refused.value.hint == "upgrade this brandsync"
    assert versions(missing) == [99]


def test_a_journal_whose_making_was_cut_short_is_made_to_its_end(missing):
    missing.prepare()
    missing.database.execute_sql("DELETE FROM brandsync_schema")
    missing.database.execute_sql("DROP TABLE brandsync_lease")
    assert missing.exists() is False
    missing.prepare()
    assert missing.exists() is True
    assert missing.database.table_exists("brandsync_lease")


def test_a_transaction_is_kept_as_a_whole_or_not_at_all(missing):
    missing.prepare()

    def interrupted():
        with missing.transaction():
            missing.links.put([("1", LinkRow("b1"))])
            raise Rejected("no")

    with pytest.raises(Rejected):
        interrupted()
    assert missing.links.count() == 0
    with missing.transaction():
        missing.links.put([("1", LinkRow("b1"))])
    assert missing.links.count() == 1


def test_an_error_of_the_database_becomes_ours(missing):
    with pytest.raises(BrandsyncError), missing.transaction():
        missing.database.execute_sql("SELECT * FROM not_there")


def test_an_error_of_the_database_names_the_database(missing):
    with pytest.raises(BrandsyncError) as failed, missing.errors():
        missing.database.execute_sql("SELECT * FROM not_there")
    assert missing.database.description in f"{failed.value.message} {failed.value.hint}"


def test_old_runs_are_forgotten_with_all_that_they_left(journal):
    for run in ("A1", "A2", "A3"):
        journal.runs.start(run, RUN)
        journal.entries.push(run, "step", Batch(BatchKind.CREATE, [Change("1", "b1", {}, {})]))
        journal.new_ids.record(run, {f"old {run}": f"new {run}"})
        journal.runs.mark(run, RunStatus.DONE)
    journal.prune(3)
    assert [journal.entries.has(run) for run in ("A1", "A2", "A3")] == [True, True, True]
    journal.prune(1)
    assert [run.id for run in journal.runs.latest()] == ["A3"]
    assert [journal.entries.has(run) for run in ("A1", "A2", "A3")] == [False, False, True]
    assert journal.new_ids.of([f"old {run}" for run in ("A1", "A2", "A3")]) == {"old A3": "new A3"}


def test_a_journal_that_is_closed_lets_go_of_its_database(sqlite_url):
    journal = Journal(connect(sqlite_url), "shop", "test")
    journal.prepare()
    journal.close()
    assert journal.database.is_closed()
    journal.close()


def test_a_journal_that_cannot_be_closed_in_order_is_let_go_all_the_same(journal):
    with journal.database.atomic():
        journal.close()
