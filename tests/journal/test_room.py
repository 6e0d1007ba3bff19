"""What a journal's database can hold is known before anything is written."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from databases import encoded_database, fresh_database
from peewee import Database

from brandsync.database import connect, execute
from brandsync.journal import Journal
from brandsync.journal.room import Room

LARGE = "a" * 300_000
"""More than any server has to be asked about."""


@pytest.fixture
def latin() -> Iterator[Database]:
    """A database of PostgreSQL that holds western European texts alone."""
    with encoded_database("LATIN1") as url, closing(connect(url)) as database:
        yield database


def test_sqlite_holds_everything(journal):
    room = Room(journal.database)
    assert room.problem("無", {"name": LARGE}) is None
    assert room.storable("無 é") == "無 é"


def test_what_an_encoding_lacks_is_named_with_the_encoding(latin):
    room = Journal(latin, "shop", "the shop").room
    lacks = "it holds '無', which the encoding of the journal's database, LATIN1, does not have"
    assert (room.problem("1", {"name": "a無"}), room.problem("無", {"name": "a"})) == (lacks, lacks)
    assert [room.problem("1", {"name": name}) for name in ("a", "é", LARGE)] == [None] * 3
    assert [room.storable(text) for text in ("a", "é", "無é")] == ["a", "é", r"\u7121é"]


def test_what_mysql_takes_in_one_statement_holds_an_entry_twice(tmp_path: Path):
    with fresh_database("mysql", tmp_path) as url, closing(connect(url)) as database:
        (most,) = execute(database, "SELECT @@max_allowed_packet").fetchone()
        room = Room(database)
        third, half = ({"name": "y" * (most // part)} for part in (3, 2))
        assert [room.problem("1", fields) for fields in ({"name": "無"}, third)] == [None, None]
        assert str(room.problem("1", half)).startswith("the journal could not hold it: its texts have ")
        assert room.storable("無") == "無"
