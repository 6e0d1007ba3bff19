"""In MySQL a lock of the server's keeps two runs from making the journal's tables at once."""

from contextlib import closing
from pathlib import Path

import pytest
from databases import fresh_database, run

from brandsync.database import connect, execute
from brandsync.errors import BrandsyncError, TryAgainLater
from brandsync.journal import Journal


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
