"""In MySQL a lock of the server's keeps two runs from making the journal's tables at once."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from databases import fresh_database, run

from brandsync.database import connect, execute
from brandsync.errors import BrandsyncError, ConfigError, TryAgainLater
from brandsync.journal import Journal, RunStart
from brandsync.journal.tables import SCHEMA_VERSION


def test_who_does_not_get_the_lock_makes_nothing(tmp_path: Path) -> None:
    with fresh_database("mysql", tmp_path) as url, closing(connect(url)) as other:
        execute(other, "SELECT GET_LOCK('brandsync', 30)").fetchone()
        database = connect(url)
        database.lock_seconds = 1
        with closing(Journal(database, "shop", "the shop")) as journal:
            with pytest.raises(TryAgainLater, match="another run is making the journal's tables in the shop"):
                journal.prepare()
            assert not journal.exists()
            execute(other, "SELECT RELEASE_LOCK('brandsync')").fetchone()
            database.lock_seconds = 30  # another test may have it for a moment
            journal.prepare()
            assert journal.exists()


def test_the_lock_is_given_back_though_the_tables_cannot_be_made(tmp_path: Path) -> None:
    with fresh_database("mysql", tmp_path) as url:
        run(url, "CREATE VIEW brandsync_run AS SELECT 1 AS id")
        with closing(Journal(connect(url), "shop", "the shop")) as journal:
            with pytest.raises(BrandsyncError):
                journal.prepare()
            # Its connection is still open: only giving it back frees the lock. Another test may have it for a moment.
            assert run(url, "SELECT GET_LOCK('brandsync', 20)") == [(1,)]


@pytest.fixture
def prepared(tmp_path: Path) -> Iterator[tuple[str, Journal]]:
    """A journal in MySQL, with its URL."""
    with fresh_database("mysql", tmp_path) as url, closing(Journal(connect(url), "shop", "the shop")) as journal:
        journal.prepare()
        yield url, journal


def test_an_empty_table_may_be_half_made_and_one_with_rows_is_kept(prepared: tuple[str, Journal]) -> None:
    url, journal = prepared
    journal.runs.start("R1", RunStart("sync", "here", "1", "cms", "store", "same"))
    run(url, "DROP TABLE brandsync_schema", "DROP TABLE brandsync_new_id", "CREATE TABLE brandsync_new_id (half int)")
    journal.prepare()
    assert [found.id for found in journal.runs.latest()] == ["R1"]
    journal.new_ids.record("R1", {"old": "new"})
    assert journal.new_ids.leading_to(["new"]) == {"old": "new"}


def test_an_empty_table_that_an_older_brandsync_may_be_about_to_fill_is_left_as_it_is(
    prepared: tuple[str, Journal],
) -> None:
    url, journal = prepared
    run(url, f"UPDATE brandsync_schema SET version = {SCHEMA_VERSION - 1}", "ALTER TABLE brandsync_lease ADD mine int")
    journal.prepare()
    assert run(url, "SELECT max(version) FROM brandsync_schema") == [(SCHEMA_VERSION,)]
    assert run(url, "SELECT mine FROM brandsync_lease") == []


@pytest.mark.parametrize("version", [1, SCHEMA_VERSION])
def test_tables_without_transactions_are_refused_in_every_version(prepared: tuple[str, Journal], version: int) -> None:
    url, journal = prepared
    run(url, f"UPDATE brandsync_schema SET version = {version}", "ALTER TABLE brandsync_run ENGINE = MyISAM")
    with pytest.raises(ConfigError, match=r"without transactions.*brandsync_run \(MyISAM\)"):
        journal.exists()
