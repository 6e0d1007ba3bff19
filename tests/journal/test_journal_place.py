"""Where the journal is that no setting names: by the pipeline's name and both addresses, whichever folder it is in."""

import hashlib
import logging
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cms_server import CmsServer
from fake_woocommerce import FakeWooCommerce
from opening import served
from ran import command
from shop import Shop, entries

from brandsync.database import connect
from brandsync.journal import Journal, RunStart, Whose, find_place
from brandsync.run.pipeline import Pipeline

InFolder = Callable[..., Shop]


woo = served(FakeWooCommerce)
"""A shop over HTTP: it has no database that could hold the journal."""


@pytest.fixture
def in_folder(cms: CmsServer, woo: FakeWooCommerce, tmp_path: Path) -> Iterator[InFolder]:
    """The pipeline ``shop`` of a folder: from the CMS, or a file of the folder, into that shop."""
    opened: list[Shop] = []

    def pipeline(name: str, *, from_file: bool = False, **store: Any) -> Shop:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        shop = Shop(folder, cms, f"sqlite:///{folder}/unused.db")
        shop.sections["store"] = {"backend": "woocommerce", **woo.settings(**store)}
        if from_file:
            (folder / "brands.json").write_text('[{"id": "1", "name": "Acme", "description": "A"}]')
            shop.sections["cms"] = {"backend": "file", "path": "brands.json"}
        opened.append(shop)
        return shop

    yield pipeline
    for shop in opened:
        shop.database.close()


def state() -> Path:
    return Path(os.environ["XDG_STATE_HOME"]) / "brandsync"


def files() -> list[str]:
    return sorted(path.name for path in state().iterdir()) if state().is_dir() else []


def older_file(shop: Shop) -> Path:
    """Where 0.1.0 kept the journal of this folder."""
    digest = hashlib.sha256(str(shop.directory.resolve()).encode()).hexdigest()[:8]
    return state() / f"shop-{digest}.db"


def as_older(shop: Shop) -> Path:
    """Give the only journal there is the name that 0.1.0 gave it."""
    (only,) = files()
    return (state() / only).rename(older_file(shop))


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    found = [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING and "is new" in r.getMessage()]
    caplog.clear()
    return found


def place(shop: Shop) -> str:
    with closing(Pipeline.open(shop.loaded(), read_only=True)) as pipeline:
        return pipeline.journal_place


def fill(cms: CmsServer) -> None:
    for entry in entries(3):
        cms.add(entry)


def test_a_copy_of_the_folder_has_the_same_journal(in_folder, cms, woo, caplog):
    fill(cms)
    run = in_folder("a").sync()["run"]
    shutil.copytree(in_folder("a").directory, in_folder("a").directory.parent / "b")
    copy = in_folder("b")
    assert copy.sync()["counts"]["unchanged"] == 3
    assert copy.undo(run)["counts"]["deleted"] == 3
    assert (len(files()), woo.names(), warnings(caplog)) == (1, [], [])


def test_a_folder_that_moved_has_its_journal_still(in_folder, cms, caplog):
    fill(cms)
    shop = in_folder("a")
    run = shop.sync()["run"]
    shop.directory.rename(shop.directory.parent / "moved")
    assert in_folder("moved").undo(run)["counts"]["deleted"] == 3
    assert (len(files()), warnings(caplog)) == (1, [])


def test_another_address_is_another_pipeline_and_that_is_said_once(in_folder, cms, caplog):
    fill(cms)
    first = in_folder("a")
    first.sync()
    (old,) = files()
    moved = in_folder("a").set("cms", url=cms.url.replace("127.0.0.1", "localhost"))
    for _ in range(2):
        moved.sync(dry_run=True)
        (told,) = warnings(caplog)
        assert f"there is one of that name in {state() / old} ({cms.url}/brands to " in told
    assert files() == [old]
    moved.sync()
    assert len(warnings(caplog)) == 1
    moved.sync()
    assert warnings(caplog) == []
    assert len(files()) == 2


def test_the_warnings_advice_leads_back_to_the_old_journal(in_folder, cms, caplog):
    fill(cms)
    shop = in_folder("a")
    run = shop.sync()["run"]
    old = state() / files()[0]
    shop.set("cms", url=cms.url.replace("127.0.0.1", "localhost"))
    shop.sync(dry_run=True)
    assert f"{old}" in warnings(caplog)[0]
    shop.set("journal", url=f"sqlite:///{old}")
    assert shop.sync()["exit_code"] == 4
    assert shop.sync(force=True)["counts"]["unchanged"] == 3
    assert shop.undo(run)["counts"]["deleted"] == 3
    assert (files(), warnings(caplog)) == ([old.name], [])


def test_two_folders_with_files_of_their_own_are_two_pipelines(in_folder, caplog):
    in_folder("a", from_file=True).sync()
    in_folder("b", from_file=True).sync(dry_run=True)
    assert f"({in_folder('a').directory}/brands.json to " in warnings(caplog)[0]
    in_folder("b", from_file=True).sync()
    assert len(files()) == 2


def test_reading_makes_no_file(in_folder, cms, monkeypatch, capsys):
    brandsync = command(monkeypatch, capsys)
    fill(cms)
    shop = in_folder("a")
    shop.sync(dry_run=True)
    shop.preview_undo()
    assert brandsync("runs", "--config", str(shop.config)).code == 0
    assert brandsync("check", "--config", str(shop.config)).code == 0
    assert not state().exists()


def test_a_journal_of_0_1_0_is_used_where_it_is_from_every_copy(in_folder, cms, caplog):
    fill(cms)
    shop = in_folder("a")
    run = shop.sync()["run"]
    older = as_older(shop)
    assert shop.sync()["counts"]["unchanged"] == 3
    assert in_folder("b").sync()["counts"]["unchanged"] == 3
    assert in_folder("b").undo(run, through=True)["counts"]["deleted"] == 3
    assert (files(), warnings(caplog)) == ([older.name], [])


def test_of_two_journals_of_0_1_0_every_copy_takes_the_one_with_the_latest_run(in_folder, cms, caplog):
    fill(cms)
    one, two = in_folder("a"), in_folder("b")
    first = one.sync()["run"]
    shutil.copy(as_older(one), older_file(two))
    later = two.sync()["run"]
    with closing(sqlite3.connect(older_file(one))) as journal:
        assert journal.execute("SELECT max(id) FROM brandsync_run").fetchone() in {(first,), (later,)}
    places = {place(shop) for shop in (one, two, in_folder("c"))}
    assert len(places) == 1
    assert warnings(caplog) == []


def test_a_journal_of_0_1_0_for_other_addresses_still_refuses_them(in_folder, cms):
    fill(cms)
    shop = in_folder("a")
    shop.sync()
    older = as_older(shop)
    shop.set("cms", url=cms.url.replace("127.0.0.1", "localhost"))
    refused = shop.sync()
    assert (refused["exit_code"], "--force" in refused["hint"]) == (4, True)
    assert shop.sync(force=True)["counts"]["unchanged"] == 3
    assert files() == [older.name]


def test_a_transaction_that_a_killed_run_left_in_an_older_journal_hides_it_from_no_run(in_folder, cms):
    fill(cms)
    shop = in_folder("a")
    shop.sync()
    older = as_older(shop)
    kill = (
        "import sqlite3, os, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "c.execute('PRAGMA cache_size = 1'); c.execute('BEGIN IMMEDIATE');"
        "c.execute('UPDATE brandsync_link SET written = hex(zeroblob(9999))'); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", kill, str(older)], check=False)
    assert f"{older.name}-journal" in files()
    assert in_folder("b").sync()["counts"]["unchanged"] == 3
    assert files() == [older.name]


def test_files_that_are_no_journals_of_this_pipeline_say_nothing(in_folder, cms, caplog):
    fill(cms)
    state().mkdir(parents=True)
    for name in ("shop-de-0123abcd.db", "shop-0123abcd.db-wal", "shop.db", "shop-xyz.db", "other-0123abcd.db"):
        (state() / name).write_text("not a database")
    sqlite3.connect(state() / "shop-00000000.db").close()
    in_folder("a").sync(dry_run=True)
    assert warnings(caplog) == []


def test_a_file_that_cannot_be_read_is_named_and_stops_nothing(in_folder, cms, caplog):
    fill(cms)
    state().mkdir(parents=True)
    (state() / "shop-0123abcd.db").write_text("not a database at all" * 99)
    assert in_folder("a").sync()["counts"]["created"] == 3
    assert f"{state()}/shop-0123abcd.db (not readable: " in warnings(caplog)[0]


def test_a_backend_that_does_not_say_where_it_is_has_a_journal_for_each_folder(tmp_path):
    here, there = (Whose("shop", "acme", "acme", tmp_path / name, addressed=False) for name in ("here", "there"))
    assert here.file_name != there.file_name
    with closing(Journal(connect(f"sqlite:///{tmp_path / here.older_file_name}"), "shop", "")) as journal:
        journal.prepare()
    assert find_place(tmp_path, here, read_only=True).file.name == here.older_file_name
    assert find_place(tmp_path, there, read_only=True).file.name == there.file_name


def test_the_names_of_journals_stay_as_they_are():
    """Under another name, nobody would find the journal of the day before."""
    whose = Whose("shop", "cms at a", "store at b", Path("/etc/shops"))
    assert (whose.file_name, whose.older_file_name) == ("shop-b4ed45575097.db", "shop-e4941681.db")
    assert (
        Whose("shop", "cms at a", "store at b", Path("/etc/shops"), addressed=False).file_name == "shop-8af5e6ef9c42.db"
    )


@pytest.mark.parametrize("latest", [0, 1])
def test_of_two_older_journals_that_with_the_latest_run_is_taken_whatever_it_is_called(tmp_path, latest):
    names = ["shop-00000000.db", "shop-ffffffff.db"]
    for number, name in enumerate(names):
        with closing(Journal(connect(f"sqlite:///{tmp_path / name}"), "shop", "")) as journal:
            journal.prepare()
            for run in ("R2", "R1") if number == latest else ("R1", "R0"):
                journal.runs.start(run, RunStart("sync", "host", "1", "cms at a", "store at b", "x"))
    found = find_place(tmp_path, Whose("shop", "cms at a", "store at b", tmp_path), read_only=True)
    assert found.file.name == names[latest]
