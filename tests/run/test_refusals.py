"""A refusal names the brand, and the value or field at fault, without --keep-going; nothing of it stays anywhere."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from cms_server import CmsServer, Fault
from databases import encoded_database, fresh_database, run
from ran import Command, command
from shop import Shop, entries

from brandsync.cli import ephemeral
from brandsync.database import connect, execute
from brandsync.journal import Journal, RunEnd, RunStart, RunStatus

pytestmark = pytest.mark.usefixtures("no_retries")

TABLE = (
    "CREATE TABLE brand (id varchar(40) PRIMARY KEY, name varchar(200), description varchar(200),"
    " CONSTRAINT short CHECK (length(name) <= 20), CONSTRAINT refused CHECK (description <> 'no'))"
)
LONG = "A name that is longer than twenty"


@pytest.fixture
def brandsync(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.setattr(ephemeral, "in_container", lambda: False)
    return command(monkeypatch, capsys)


@pytest.fixture
def full(cms: CmsServer, database_url: str, tmp_path: Path) -> Iterator[Shop]:
    """A shop whose table takes no long names, and forty entries of which one has one."""
    run(database_url, TABLE)
    for entry in entries(40):
        cms.add(entry)
    with Shop(tmp_path, cms, database_url) as shop:
        yield shop.set("store.columns", id="id", name="name", description="description")


@pytest.mark.parametrize("journal", ["beside", "elsewhere"])
def test_one_of_many_new_brands_that_the_table_refuses_is_named(full: Shop, tmp_path: Path, journal: str) -> None:
    full.set("journal", url=None if journal == "beside" else f"sqlite:///{tmp_path}/journal.db")
    full.cms.edit("e31", name=LONG)
    result = full.sync()
    assert (result["status"], result["exit_code"]) == ("rolled_back", 1)
    assert f"entry e31 ('{LONG}') is refused: " in result["error"]
    assert "short" in result["error"]
    assert "--keep-going" in result["hint"]
    assert full.names() == {}
    assert set(full.external_ids().values()) == {None}
    full.cms.edit("e31", name="Short")
    assert full.sync()["counts"]["created"] == 40


def test_one_of_many_updates_that_the_table_refuses_is_named_though_its_name_stays(full: Shop) -> None:
    assert full.sync()["exit_code"] == 0
    for number in range(40):
        full.cms.edit(f"e{number}", description="new")
    full.cms.edit("e17", description="no")
    full.set("safety", max_updates="100%")
    result = full.sync()
    assert (result["status"], result["exit_code"]) == ("rolled_back", 1)
    assert "entry e17 ('Brand 17') is refused: " in result["error"]
    assert full.query("SELECT count(*) FROM brand WHERE description = 'new'") == [(0,)]


def test_a_deletion_that_the_table_refuses_is_named(full: Shop) -> None:
    assert full.sync()["exit_code"] == 0
    kind = full.database_url.partition(":")[0]
    if kind != "sqlite":
        full.execute("CREATE TABLE product (brand varchar(40) REFERENCES brand (id))")
        full.execute("INSERT INTO product SELECT id FROM brand WHERE name = 'Brand 1'")
        if kind == "mysql":
            full.execute("ALTER TABLE product ADD FOREIGN KEY (brand) REFERENCES brand (id)")
    else:
        full.execute("CREATE TABLE product (brand text REFERENCES brand (id))")
        full.execute("INSERT INTO product SELECT id FROM brand WHERE name = 'Brand 1'")
    for number in range(3):
        del full.cms.entries[f"e{number}"]
    result = full.set("sync", on_missing="delete").set("safety", max_deletes="100%").sync()
    assert (result["status"], result["exit_code"]) == ("rolled_back", 1)
    assert "entry e1 ('Brand 1') is refused: " in result["error"]
    assert len(full.names()) == 40


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_brand_that_a_deferred_constraint_refuses_is_named(cms: CmsServer, kind: str, tmp_path: Path) -> None:
    """It would be looked at when the batch is committed, together with its undo entry."""
    for entry in entries(9):
        cms.add({**entry, "description": "bad" if entry["id"] == "e7" else "good"})
    with fresh_database(kind, tmp_path) as url, Shop(tmp_path, cms, url) as shop:
        run(
            url,
            "CREATE TABLE kind (name text PRIMARY KEY)",
            "INSERT INTO kind VALUES ('good')",
            "CREATE TABLE brand (id text PRIMARY KEY, name text,"
            " description text REFERENCES kind DEFERRABLE INITIALLY DEFERRED)",
        )
        result = shop.set("store.columns", description="description").sync()
        assert result["exit_code"] == 1
        assert "entry e7 ('Brand 7') is refused: " in result["error"]
        assert ("description of brand" if kind == "sqlite" else "Key (description)=(bad)") in result["error"]
        assert shop.set("sync", keep_going=True).sync()["counts"]["created"] == 8


def test_an_external_id_that_the_cms_refuses_is_named(shop: Shop) -> None:
    shop.publish(*entries(5))
    shop.cms.faults = [Fault("status", "PATCH", "/brands/e3", status=400)]
    result = shop.sync()
    assert (result["status"], result["exit_code"]) == ("rolled_back", 1)
    assert "entry e3 ('Brand 3') is refused: " in result["error"]
    assert (shop.names(), set(shop.external_ids().values())) == ({}, {None})


@pytest.mark.slow
@pytest.mark.parametrize("journal", ["beside", "elsewhere"])
@pytest.mark.parametrize("characters", ["'", "é"])
def test_a_text_that_is_too_large_for_mysql_skips_that_entry_and_is_never_for_later(
    cms: CmsServer, tmp_path: Path, characters: str, journal: str
) -> None:
    """Escapes included: they make it twice as long."""
    with fresh_database("mysql", tmp_path) as url, closing(connect(url)) as database:
        (most,) = execute(database, "SELECT @@max_allowed_packet").fetchone()
        for entry in entries(3):
            cms.add(entry)
        cms.edit("e1", description=characters * (most - most // 4))
        with Shop(tmp_path, cms, url) as shop:
            shop.set("journal", url=None if journal == "beside" else f"sqlite:///{tmp_path}/journal.db")
            result = shop.sync()
            assert [skipped["cms_id"] for skipped in result["skipped"]] == ["e1"]
            assert "max_allowed_packet" in result["skipped"][0]["detail"]
            assert (result["exit_code"], len(shop.names())) == (65, 2)


@pytest.mark.slow
def test_a_text_that_only_the_journal_cannot_take_skips_that_entry(cms: CmsServer, tmp_path: Path) -> None:
    with fresh_database("mysql", tmp_path) as url, closing(connect(url)) as database:
        (most,) = execute(database, "SELECT @@max_allowed_packet").fetchone()
        cms.add({"id": "1", "name": "Large", "description": "y" * (most - most // 3), "external_id": None})
        with Shop(tmp_path, cms, f"sqlite:///{tmp_path}/brands.db") as shop:
            result = shop.set("journal", url=url).sync()
            assert "the journal could not hold it" in result["skipped"][0]["detail"]


@pytest.mark.parametrize("journal", ["beside", "elsewhere"])
def test_what_an_encoding_lacks_skips_that_entry_by_its_name(cms: CmsServer, tmp_path: Path, journal: str) -> None:
    """Whether it is the store's database that lacks it, or the journal's alone."""
    for entry in entries(3):
        cms.add(entry)
    cms.edit("e1", name="無印良品")
    with encoded_database("LATIN1") as url:
        store = url if journal == "beside" else f"sqlite:///{tmp_path}/brands.db"
        with Shop(tmp_path, cms, store) as shop:
            shop.set("journal", url=url)
            for dry_run in (True, False, False):
                result = shop.sync(dry_run=dry_run)
                assert [(skipped["cms_id"], skipped["reason"]) for skipped in result["skipped"]] == [("e1", "invalid")]
                assert "'無'" in result["skipped"][0]["detail"]
            assert (result["exit_code"], result["counts"]["unchanged"]) == (65, 2)


def test_a_database_that_takes_any_bytes_works_as_any_other(cms: CmsServer, tmp_path: Path, brandsync: Command) -> None:
    cms.add({"id": "1", "name": "無印良品", "external_id": None})
    with encoded_database("SQL_ASCII") as url, Shop(tmp_path, cms, url) as shop:
        arguments = ("--config", str(shop.config))
        assert "PostgreSQL" in brandsync("check", *arguments).out
        assert [brandsync("sync", *arguments).code for _ in range(2)] == [0, 0]
        assert list(shop.names().values()) == ["無印良品"]
        assert brandsync("undo", "last", *arguments).code == 0


def test_an_error_is_recorded_though_the_encoding_of_the_journal_lacks_its_words() -> None:
    with encoded_database("LATIN1") as url, closing(Journal(connect(url), "shop", "here")) as journal:
        journal.prepare()
        journal.runs.start("R1", RunStart("sync", "h", "1", "c", "s", "x"))
        journal.runs.finish("R1", RunEnd(status=RunStatus.FAILED, error="entry 1 ('無') is refused: é"))
        assert journal.runs.latest(1)[0].error == r"entry 1 ('\u7121') is refused: é"
