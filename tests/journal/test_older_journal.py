"""A journal of an older brandsync, and runs of a machine whose clock was ahead."""

from contextlib import closing

import pytest
from databases import kind_of
from shop import Shop, entries
from ulid_transform import ulid_at_time, ulid_to_timestamp

from brandsync.database import connect
from brandsync.journal import Journal, LinkRow
from brandsync.journal.tables import SCHEMA_VERSION

_PADDED = "CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
"""How 0.1.0 made the journal's tables on MariaDB: no two ids in them differed by a trailing space alone."""
_ALIKE = ("x", "x ", "X", "Caf\u00e9", "Cafe", "Cafe\u0301", "x\u200b", "x\t")
"""Ids that some collation takes for one another."""
_NARROW = {
    "postgresql": "ALTER TABLE brandsync_run ALTER COLUMN undoes TYPE varchar(26)",
    "mysql": "ALTER TABLE brandsync_run MODIFY undoes varchar(26)",
}


@pytest.fixture
def old_shop(any_shop: Shop) -> Shop:
    """A shop whose journal is of the first version, where an undo took back one run."""
    any_shop.publish(*entries(3))
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
    shop.publish(*entries(3))
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


@pytest.fixture
def padded_shop(any_shop: Shop) -> Shop:
    """A shop whose journal 0.1.0 has written."""
    any_shop.cms.add({"id": "x", "name": "A", "description": None, "external_id": None})
    any_shop.set("sync", link="journal").sync()
    for table in ("run", "entry", "link", "new_id", "lease") if kind_of(any_shop.database_url) == "mysql" else ():
        any_shop.execute(f"ALTER TABLE brandsync_{table} {_PADDED}")
    any_shop.execute("UPDATE brandsync_schema SET version = 2")
    return any_shop


def collations(shop: Shop) -> set[str]:
    """The collations of the journal's ids, on MariaDB."""
    found = shop.query(
        "SELECT collation_name FROM information_schema.columns WHERE table_schema = DATABASE()"
        " AND table_name IN ('brandsync_link', 'brandsync_new_id') AND collation_name IS NOT NULL"
    )
    return {row[0] for row in found}


def test_ids_that_a_collation_takes_for_one_are_as_many_links_in_an_upgraded_journal(padded_shop):
    for number, key in enumerate(_ALIKE[1:]):
        padded_shop.cms.add({"id": key, "name": f"N{number}", "description": None, "external_id": None})
    assert padded_shop.sync(force=True)["counts"]["created"] == len(_ALIKE) - 1
    assert {row[0] for row in padded_shop.query("SELECT cms_id FROM brandsync_link")} == set(_ALIKE)
    for key in _ALIKE:
        padded_shop.cms.edit(key, name=f"Renamed {padded_shop.cms.entries[key]['name']}")
    padded_shop.sync(force=True)
    again = padded_shop.sync()
    assert (again["counts"]["unchanged"], again["changes"]) == (len(_ALIKE), [])
    assert sorted(padded_shop.names().values()) == sorted(entry["name"] for entry in padded_shop.cms.entries.values())


def test_a_journal_of_0_1_0_is_read_as_it_is_and_loses_nothing_when_it_is_upgraded(padded_shop):
    created = padded_shop.run_ids()[0]
    assert padded_shop.sync(dry_run=True)["counts"]["unchanged"] == 1
    assert padded_shop.preview_undo()["counts"]["deleted"] == 1
    assert versions(padded_shop) == 2
    assert padded_shop.sync()["counts"]["unchanged"] == 1
    assert versions(padded_shop) == SCHEMA_VERSION
    if kind_of(padded_shop.database_url) == "mysql":
        assert collations(padded_shop) == {"utf8mb4_nopad_bin"}
    assert padded_shop.undo(created, through=True)["exit_code"] == 0
    assert padded_shop.names() == {}


def test_an_upgrade_that_died_half_way_is_finished_by_the_next_run(padded_shop):
    if kind_of(padded_shop.database_url) == "mysql":
        padded_shop.execute("ALTER TABLE brandsync_link CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin")
    padded_shop.execute("DROP TABLE brandsync_new_id")
    assert padded_shop.sync()["counts"]["unchanged"] == 1
    assert versions(padded_shop) == SCHEMA_VERSION
    if kind_of(padded_shop.database_url) == "mysql":
        assert collations(padded_shop) == {"utf8mb4_nopad_bin"}


def test_brands_that_moved_to_ids_alike_are_told_apart(database_url):
    with closing(Journal(connect(database_url), "shop", "here")) as journal:
        journal.prepare()
        with journal.transaction():
            journal.new_ids.record("RUN", {key: f"new {number}" for number, key in enumerate(_ALIKE)})
            journal.links.put([(key, LinkRow(key)) for key in _ALIKE])
        assert journal.new_ids.of(_ALIKE) == {key: f"new {number}" for number, key in enumerate(_ALIKE)}
        assert {key: link.brand_id for key, link in journal.links.get(_ALIKE).items()} == {key: key for key in _ALIKE}
        assert journal.links.owned(_ALIKE[:2]) == {"x", "x "}
