"""A journal of an older brandsync, and runs of a machine whose clock was ahead."""

import pytest
from databases import kind_of
from shop import Shop, entries
from ulid_transform import ulid_at_time, ulid_to_timestamp

from brandsync.journal.tables import SCHEMA_VERSION

_NARROW = {
    "postgresql": "ALTER TABLE brandsync_run ALTER COLUMN undoes TYPE varchar(26)",
    "mysql": "ALTER TABLE brandsync_run MODIFY undoes varchar(26)",
}


@pytest.fixture
def old_shop(any_shop: Shop) -> Shop:
    """A shop whose journal is of the first version, where an undo took back one run."""
    for entry in entries(3):
        any_shop.cms.add(entry)
    any_shop.sync()
    if statement := _NARROW.get(kind_of(any_shop.database_url)):
        any_shop.execute(statement)
    any_shop.execute("UPDATE brandsync_schema SET version = 1")
    return any_shop


def versions(shop: Shop) -> int:
    return max(row[0] for row in shop.query("SELECT version FROM brandsync_schema"))


def test_an_older_journal_is_read_as_it_is_and_brought_up_to_date_by_what_writes(old_shop):
    first = old_shop.run_ids()[0]
    assert old_shop.sync(dry_run=True)["changes"] == []
    assert old_shop.preview_undo()["counts"]["deleted"] == 3
    assert versions(old_shop) == 1
    old_shop.cms.edit("e0", name="Renamed")
    second = old_shop.sync()["run"]
    assert versions(old_shop) == SCHEMA_VERSION
    undone = old_shop.undo(first, through=True)
    assert (undone["exit_code"], undone["undoes"], undone["through"]) == (0, first, [second])
    assert old_shop.names() == {}


def test_a_run_is_after_the_last_one_whatever_the_clocks_say(shop: Shop):
    for entry in entries(3):
        shop.cms.add(entry)
    first = shop.sync()["run"]
    ahead = ulid_at_time(ulid_to_timestamp(first) / 1000 + 86_400)
    shop.execute(f"UPDATE brandsync_run SET id = '{ahead}'")
    shop.execute(f"UPDATE brandsync_entry SET run = '{ahead}'")
    shop.cms.edit("e0", name="Renamed")
    second = shop.sync()["run"]
    assert second > ahead
    assert shop.run_ids() == [second, ahead]
    refused = shop.undo(ahead)
    assert (refused["exit_code"], second in refused["error"]) == (4, True)
    assert shop.undo()["undoes"] == second
