"""``runs show RUN --html FILE``: the page of a run as the journal has it, written in one move over an older one."""

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command import Catalogue, Command
from page_reading import Element, read_page
from peewee import SqliteDatabase
from shop import Shop

from brandsync.cli import run_page
from brandsync.cli.run_page import write_page
from brandsync.errors import ConfigError

PAGE = b'<!doctype html><meta name="generator" content="brandsync 0.0.1">'


def shown(brandsync: Command, run: str = "last") -> Element:
    """The page of a run."""
    ran = brandsync("runs", "show", run, "--html", "page.html")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    return read_page(Path("page.html").read_text("utf-8"))


def listed(page: Element) -> dict[str, list[str]]:
    """The brands below each heading."""
    sections = [section for section in page.all("section") if section.all("h3")]
    return {
        section.one("h2").text.partition(" (")[0]: [heading.text for heading in section.all("h3")]
        for section in sections
    }


def test_a_sync_shows_what_was_created_changed_connected_deleted_and_skipped(
    brandsync: Command, catalogue: Catalogue
) -> None:
    catalogue.set('# on_missing = "ignore"', 'on_missing = "delete"')
    brandsync("sync")
    database = SqliteDatabase(catalogue.directory / "shop.db")
    database.execute_sql("INSERT INTO brand (id, name, created_at, updated_at) VALUES ('h', 'Zephyr', '', '')")
    database.close()
    catalogue.edit("sondag", name="Sonntag")
    catalogue.edit("glina", name=" ")
    *brands, gone = catalogue.brands
    catalogue.brands = [*brands, {"id": "n1", "name": "New", "handle": "new"}, {"id": "z1", "name": "Zephyr"}]
    assert brandsync("sync").code == 65
    page = shown(brandsync)
    assert listed(page) == {
        "What needs you": ["Глина"],
        "Created": ["New"],
        "Changed": ["Sonntag"],
        "Connected": ["Zephyr"],
        "Deleted": [gone["name"]],
    }
    assert page.one("h1").text == "1 brand needs your attention"
    assert "1 brand was created, 1 was changed, 1 was connected and 1 was deleted." in page.text
    assert [mark.text for mark in page.section("update").all("del", "ins")] == ["Söndag", "Sonntag"]


def test_an_undo_shows_what_was_kept_and_the_run_that_it_took_back_says_so(
    brandsync: Command, catalogue: Catalogue
) -> None:
    brandsync("sync")
    catalogue.edit("sondag", name="Sonntag")
    catalogue.edit("glina", name="Clay")
    brandsync("sync")
    database = SqliteDatabase(catalogue.directory / "shop.db")
    database.execute_sql("UPDATE brand SET name = 'Sunday' WHERE handle = 'sondag'")
    database.close()
    assert brandsync("undo", "last").code == 65
    page = shown(brandsync)
    assert listed(page) == {"Kept, because edited since": ["Sonntag"], "Set back": ["Глина"]}
    assert [cell.text.strip() for cell in page.section("kept").all("td")] == ["Sunday", "Söndag"]
    run = brandsync("runs", "--output", "json").json["runs"][1]["id"]
    undone = shown(brandsync, run)
    assert undone.one("h1").text == "This update was taken back"
    assert "That was on " in undone.text


def three_runs(brandsync: Command, catalogue: Catalogue) -> list[str]:
    """A run creates all brands; one renames two and deletes one; one renames one of them again. The latest is first."""
    catalogue.set('# on_missing = "ignore"', 'on_missing = "delete"')
    brandsync("sync", "--force")
    catalogue.edit("sondag", name="Sonntag")
    catalogue.edit("glina", name="Clay")
    *catalogue.brands, _gone = catalogue.brands
    assert brandsync("sync", "--force").code == 0
    catalogue.edit("sondag", name="Domingo")
    assert brandsync("sync", "--force").code == 0
    return [run["id"] for run in brandsync("runs", "--output", "json").json["runs"]]


def test_an_undo_of_several_runs_shows_each_brand_once_as_it_was_and_as_it_is(
    brandsync: Command, catalogue: Catalogue
) -> None:
    *_, second, _ = three_runs(brandsync, catalogue)
    ran = brandsync("undo", second, "--through", "--output", "json")
    assert ran.code == 0
    page = shown(brandsync)
    sections = listed(page)
    assert {title: len(brands) for title, brands in sections.items()} == {"Set back": 2, "Created again": 1}
    assert "2 brands were set back and 1 was created again." in page.text
    marks = [mark.text for mark in page.section("update").all("del", "ins")]
    assert "Domingo" in marks
    assert "Sonntag" not in marks
    changes = brandsync("runs", "show", "last", "--output", "json").json["changes"]
    assert sorted((one["action"], one["before"].get("name"), one["after"].get("name")) for one in changes) == sorted(
        (one["action"], one["before"].get("name"), one["after"].get("name")) for one in ran.json["changes"]
    )


def test_a_brand_that_is_gone_before_and_after_an_undo_of_several_runs_is_not_shown(
    brandsync: Command, catalogue: Catalogue
) -> None:
    count = len(catalogue.brands)
    *_, first = three_runs(brandsync, catalogue)
    assert brandsync("undo", first, "--through").code == 0
    page = shown(brandsync)
    assert {title: len(brands) for title, brands in listed(page).items()} == {"Removed again": count - 1}
    assert f"{count - 1} brands were removed again." in page.text


def test_what_was_kept_and_could_not_be_taken_back_is_remembered(brandsync: Command, shop: Shop) -> None:
    shop.cms.add({"id": "a", "name": "A", "external_id": None})
    shop.cms.add({"id": "b", "name": "B", "external_id": None})
    shop.sync()
    shop.database.execute_sql(
        "CREATE TRIGGER stuck BEFORE DELETE ON brand WHEN old.name = 'A' BEGIN SELECT RAISE(ABORT, 'in use'); END"
    )
    shop.query("UPDATE brand SET name = 'edited' WHERE name = 'B'")
    assert shop.undo()["exit_code"] == 74
    config = ("--config", str(shop.config))
    run = brandsync("runs", "show", "last", "--output", "json", *config).json["run"]
    assert [(brand["cms_id"], brand["found"]["name"], brand["reason"]) for brand in run["kept"]] == [
        ("b", "edited", "edited_since")
    ]
    assert [(brand["cms_id"], "in use" in brand["detail"]) for brand in run["failed"]] == [("a", True)]
    assert (run["skipped"], run["counts"]["skipped"]) == ([], 0)
    for output in ("plain", "rich"):
        out = brandsync("runs", "show", "last", "--output", output, *config).out
        assert "in use" in out
        assert "edited" in out
    brandsync("runs", "show", "last", "--html", "page.html", *config)
    page = read_page(Path("page.html").read_text("utf-8"))
    assert page.one("h1").text == "Some brands are not as they should be"
    assert listed(page) == {
        "Not taken back": ["A"],
        "Kept, because edited since": ["B"],
    }


def test_a_failed_run_and_a_dead_one_have_a_page_too(brandsync: Command, catalogue: Catalogue) -> None:
    brandsync("sync")
    catalogue.file.write_text("[", "utf-8")
    assert brandsync("sync").code == 1
    page = shown(brandsync)
    assert page.one("h1").text == "The shop was not updated"
    assert "brands.json" in page.one("main").text
    database = SqliteDatabase(catalogue.directory / "shop.db")
    database.execute_sql("UPDATE brandsync_run SET status = 'running', exit_code = NULL WHERE status = 'done'")
    brandsync("recover")
    database.close()
    run = brandsync("runs", "--output", "json").json["runs"][-1]
    assert run["status"] == "rolled_back"
    page = shown(brandsync, run["id"])
    assert page.one("h1").text == "The shop was not updated"
    assert {card.one("p", **{"class": "state"}).text for card in page.section("create").all("li")} == {
        "This was taken back."
    }


def test_only_the_first_changes_are_shown_and_the_rest_is_counted(brandsync: Command, catalogue: Catalogue) -> None:
    catalogue.brands = [{"id": f"{number}", "name": f"Brand {number}"} for number in range(1_007)]
    brandsync("sync")
    page = shown(brandsync)
    assert len(page.section("create").all("h3")) == 1_000
    assert "And 7 more brands, which are not listed here." in page.text


@pytest.mark.usefixtures("catalogue")
def test_a_page_goes_to_stdout_and_a_run_that_is_not_there_leaves_no_file(brandsync: Command) -> None:
    assert brandsync("runs", "show", "last", "--html", "page.html").code == 78
    assert not Path("page.html").exists()
    brandsync("sync")
    out = brandsync("runs", "show", "last", "--html", "-").out
    assert read_page(out).one("h1").text == "The shop is up to date"


# The file


@pytest.mark.parametrize("before", [None, b"", PAGE])
@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_an_older_page_is_replaced_and_who_may_read_it_is_what_the_umask_says(
    tmp_path: Path, before: bytes | None, umask: int
) -> None:
    target = tmp_path / "page.html"
    if before is not None:
        target.write_bytes(before)
    old = os.umask(umask)
    try:
        write_page(target, [b"new ", b"page"])
    finally:
        os.umask(old)
    assert target.read_bytes() == b"new page"
    assert target.stat().st_mode & 0o777 == 0o666 & ~umask
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("kind", ["other", "directory", "link", "dangling", "fifo"])
def test_nothing_but_a_page_is_ever_replaced(tmp_path: Path, kind: str) -> None:
    target, victim = tmp_path / "page.html", tmp_path / "victim"
    victim.write_bytes(PAGE)
    if kind == "other":
        target.write_text("[cms]\nbackend = 'file'", "utf-8")
    elif kind == "directory":
        target.mkdir()
    elif kind == "fifo":
        os.mkfifo(target)
    else:
        target.symlink_to(victim if kind == "link" else tmp_path / "nowhere")
    before = target.lstat()
    with pytest.raises(ConfigError, match="nothing is overwritten") as refused:
        write_page(target, [b"new"])
    assert "`--html -`" in str(refused.value.hint)
    assert (target.lstat().st_ino, victim.read_bytes()) == (before.st_ino, PAGE)
    assert not (tmp_path / "nowhere").exists()


def test_a_directory_that_is_not_there_is_an_error_that_says_so(brandsync: Command, catalogue: Catalogue) -> None:
    brandsync("sync")
    ran = brandsync("runs", "show", "last", "--html", "nowhere/page.html")
    assert (ran.code, ran.out) == (78, "")
    assert ran.err == (
        "error: nowhere/page.html: cannot be written: No such file or directory\n"
        "hint: name a file in a directory that is there\n"
    )
    assert not (catalogue.directory / "nowhere").exists()


@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_a_page_that_cannot_be_written_to_its_end_leaves_the_old_one(tmp_path: Path, failure: BaseException) -> None:
    target = tmp_path / "page.html"
    target.write_bytes(PAGE)

    def pieces() -> Any:
        yield b"half"
        raise failure

    with pytest.raises((ConfigError, KeyboardInterrupt)):
        write_page(target, pieces())
    assert target.read_bytes() == PAGE
    assert list(tmp_path.iterdir()) == [target]


def test_readers_see_the_old_page_or_the_new_one_and_never_half_of_it(tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    target.write_bytes(PAGE)
    seen: list[bytes] = []

    def pieces() -> Any:
        for _ in range(3):
            seen.append(target.read_bytes())
            yield b"new"

    write_page(target, pieces())
    assert seen == [PAGE] * 3
    assert target.read_bytes() == b"new" * 3
    assert run_page._SIGN in PAGE


_MEASURED = """
import re, sys
from pathlib import Path
from brandsync.cli import main
try:
    main()
finally:
    sys.stderr.write(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


@pytest.mark.slow
def test_a_page_of_the_largest_run_takes_no_more_memory_than_of_a_small_one(shop: Shop) -> None:
    def peak() -> int:
        command = [sys.executable, "-c", _MEASURED, "runs", "show", "last", "--html", "page.html", "--config"]
        ran = subprocess.run([*command, str(shop.config)], capture_output=True, text=True, check=True)
        return int(ran.stderr)

    shop.set("cms", paging="none")
    shop.cms.add({"id": "one", "name": "One", "external_id": None})
    shop.sync()
    small = peak()
    for number in range(2_000):
        shop.cms.add({"id": f"{number}", "name": f"{number}", "description": "x" * 20_000, "external_id": None})
    shop.sync(force=True)
    assert peak() - small < 15_000  # kilobytes; the descriptions alone are 40,000
    assert Path("page.html").stat().st_size < 4_000_000
