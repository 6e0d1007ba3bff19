"""What the command says to do next is followed here, word by word, and must help."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import Catalogue, Command, Ran
from peewee import SqliteDatabase
from shop import Shop, entries
from test_run_screens import Terminal, plain, terminal

from brandsync.errors import EXIT_CODES

__all__ = ["terminal"]

COMMANDS = {
    "": {code for code, _ in EXIT_CODES},
    "sync": {code for code, _ in EXIT_CODES},
    "init": {0, 1, 2, 70, 73, 75, 77, 78},
    "init medusa-routes": {0, 2, 70, 73, 78},
    "init shopify-definition": {0, 1, 2, 70, 73, 75, 77, 78},
    "init wordpress-plugin": {0, 2, 70, 73, 78},
    "check": {0, 1, 2, 70, 73, 75, 77, 78},
    "backends": {0, 2, 70, 73, 78},
    "runs": {0, 2, 70, 73, 75, 77, 78},
    "runs show": {0, 2, 70, 73, 75, 77, 78},
    "undo": {0, 1, 2, 4, 65, 70, 73, 74, 75, 77, 78},
    "recover": {0, 1, 2, 65, 70, 73, 74, 75, 77, 78},
}


def commands(text: str) -> Iterator[list[str]]:
    """The commands that a text names, as arguments."""
    return (shlex.split(found)[1:] for found in re.findall(r"`(brandsync [^`]*)`", text))


def followed(brandsync: Command, ran: Ran) -> Ran:
    """What comes of the first command in the hint."""
    hint = next(line for line in ran.err.splitlines() if line.startswith("hint: "))
    return brandsync(*next(commands(hint)))


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize(("command", "codes"), COMMANDS.items(), ids=lambda value: value or "brandsync")
def test_every_commands_help_lists_its_exit_codes_and_cuts_no_word_of_its_options(
    brandsync: Command, monkeypatch: pytest.MonkeyPatch, command: str, codes: set[int], width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    out = brandsync(*command.split(), "--help").out
    assert {int(code) for code in re.findall(r"(?m)^  • (\d+) ", out.partition("Exit codes:")[2])} == codes
    if command:
        assert "…" not in out
    own = out if command else re.sub(r".*completion.*", "", out)
    assert not re.search(r"--(?!help|install|show)[a-z-]+ .*<bool>", own)


def test_a_dry_run_beyond_a_limit_prints_the_command_that_makes_its_plan(
    brandsync: Command, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    catalogue.set('# max_creates = "100%"', "max_creates = 3")
    moved = tmp_path / "my shop.toml"
    moved.write_text('name = "shop"\n' + catalogue.config.read_text("utf-8"), "utf-8")
    catalogue.config.unlink()
    dry = brandsync("sync", "--dry-run", "--full", "--config", "my shop.toml")
    assert "hint: if the plan is right, `brandsync sync --full --config 'my shop.toml' --force --expect " in dry.err
    assert followed(brandsync, dry).last == "Synced brands from CMS: 12 brands created and 0 brands updated."
    monkeypatch.setenv("BRANDSYNC_SAFETY__MAX_DELETES", "2")
    monkeypatch.setenv("BRANDSYNC_CONFIG", "my shop.toml")
    undo = brandsync("undo", "last", "--dry-run")
    assert followed(brandsync, undo).last.startswith("Undid run")


def test_a_store_that_has_moved_is_synced_by_the_command_that_the_dry_run_prints(
    brandsync: Command, catalogue: Catalogue
) -> None:
    brandsync("sync")
    catalogue.set('url = "sqlite:///shop.db"', 'url = "sqlite:///other.db"')
    catalogue.set('## url = "postgresql://shop@db/shop"', 'url = "sqlite:///shop.db"')
    dry = brandsync("sync", "--dry-run")
    assert "hint: if they have moved, `brandsync sync --force --expect " in dry.err
    assert followed(brandsync, dry).code == 0


def test_every_hint_of_a_command_is_for_the_pipeline_that_it_is_about(
    brandsync: Command, catalogue: Catalogue, terminal: Terminal
) -> None:
    moved = catalogue.directory / "my shop.toml"
    moved.write_text('name = "shop"\n' + catalogue.config.read_text("utf-8"), "utf-8")
    catalogue.config.unlink()
    config = ("--config", "my shop.toml")
    first = brandsync("sync", *config, "--output", "json").json["run"]
    catalogue.edit("sondag", name="Sonntag")
    brandsync("sync", *config)
    end = " --config 'my shop.toml'`"
    assert f"`brandsync undo {first} --through{end}" in brandsync("undo", first, *config).err
    assert f"`brandsync runs{end}" in brandsync("undo", "nothing", *config).err
    unexpected = brandsync("sync", "--expect", "0" * 16, *config)
    assert f"`brandsync sync --dry-run{end}" in unexpected.err
    assert f"`brandsync sync --dry-run{end}" in brandsync("runs", "show", "last", *config).out
    assert f"`brandsync sync --dry-run{end}" in brandsync("runs", *config, "--output", "json").out
    assert "`brandsync runs show 01" in " ".join(plain(terminal(200, "runs", *config)).split())
    assert end in " ".join(plain(terminal(200, "runs", *config)).split())
    assert followed(brandsync, unexpected).last.startswith("Dry run: ")


@pytest.mark.usefixtures("catalogue")
def test_an_undo_of_no_change_leads_to_the_run_that_changed_something(brandsync: Command) -> None:
    changed = brandsync("sync", "--output", "json").json["run"]
    brandsync("sync")
    brandsync("sync", "--full")
    for again in (["--dry-run"], [], []):
        undone = brandsync("undo", "last", *again)
        assert "nothing to undo: run " in undone.last
        assert undone.err == f"note: run {changed} last changed a brand: `brandsync undo {changed}` takes it back\n"
    (arguments,) = commands(undone.err)
    assert brandsync(*arguments).last.startswith(f"Undid run {changed}: 12 brands deleted")


@pytest.mark.usefixtures("catalogue")
def test_a_plan_that_was_not_reviewed_is_called_so_by_everybody(brandsync: Command, terminal: Terminal) -> None:
    assert brandsync("sync", "--expect", "0123456789abcdef").code == 4
    shown = " ".join(plain(terminal(80, "runs", "show", "last")).split())
    assert "refused: not the plan that was reviewed" in shown
    assert "safety limit" not in shown
    assert "review it again with `brandsync sync --dry-run`, and expect the checksum that it prints" in shown
    page = brandsync("runs", "show", "last", "--html", "-").out
    assert "More would have changed than usual" not in page
    assert "Something changed in the CMS or in the shop after this update had been reviewed" in page


@pytest.mark.parametrize("checksum", ["", "0123", "0123456789abcdeg", "0123456789abcdef0", "checksum"])
@pytest.mark.parametrize("command", ["sync", "undo last"])
def test_a_checksum_that_can_be_none_is_a_usage_error(brandsync: Command, command: str, checksum: str) -> None:
    ran = brandsync(*command.split(), "--expect", checksum, "--config", "nowhere.toml")
    assert (ran.code, ran.out) == (2, "")
    assert "checksum" in ran.err


def test_a_checksum_may_be_copied_with_blanks_and_in_capitals(brandsync: Command, catalogue: Catalogue) -> None:
    assert catalogue.brands
    checksum = brandsync("sync", "--dry-run", "--output", "json").json["checksum"]
    assert brandsync("sync", "--expect", f" {checksum.upper()} ").code == 0


def test_one_checksum_is_not_for_several_pipelines(brandsync: Command, catalogue: Catalogue, tmp_path: Path) -> None:
    catalogue.config.with_name("other.toml").write_text(catalogue.config.read_text("utf-8"), "utf-8")
    ran = brandsync("sync", "--expect", "0123456789abcdef", "--config", str(tmp_path))
    assert (ran.code, ran.out) == (2, "")
    assert "--expect goes with one pipeline" in ran.err


def test_what_a_long_undo_left_out_is_listed_without_undoing_it(
    brandsync: Command, catalogue: Catalogue, terminal: Terminal
) -> None:
    catalogue.brands = [{"id": f"b{number}", "name": f"Brand {number}"} for number in range(60)]
    brandsync("sync")
    shown = plain(terminal(80, "undo", "last"))
    assert "and 10 more; `brandsync runs show " in shown
    before = brandsync("runs").lines
    listed = brandsync(*next(commands(shown)))
    assert {f"b{number}" for number in range(60)} <= set(listed.out.split())
    assert brandsync("runs").lines == before


def test_a_failure_of_the_night_is_explained_by_the_command_that_runs_names(
    brandsync: Command, catalogue: Catalogue
) -> None:
    catalogue.file.write_text('{"brands": []}', "utf-8")
    assert brandsync("sync").code == 78
    hint = brandsync("runs", "--output", "json").json["runs"][0]["hint"]
    again = brandsync(*next(commands(hint)))
    assert 'hint: set items = "brands" in [cms]' in again.err


@pytest.mark.parametrize("toml", [None, "[cms", '[cms]\nbackend = "fiel"\n', '[store]\nbackend = "sql"\n', "\xff"])
def test_check_prints_its_own_object_whatever_is_wrong(brandsync: Command, tmp_path: Path, toml: str | None) -> None:
    if toml is not None:
        (tmp_path / "brandsync.toml").write_bytes(toml.encode("latin-1"))
    ran = brandsync("check", "--output", "json")
    assert (ran.code, ran.json["exit_code"]) == (78, 78)
    assert set(ran.json) == {"schema", "pipeline", "exit_code", "findings"}
    assert {(found["part"], found["ok"]) for found in ran.json["findings"]} == {("configuration", False)}
    assert ran.json["findings"][-1]["fix"]


def test_check_of_a_directory_prints_an_object_a_pipeline(brandsync: Command, catalogue: Catalogue) -> None:
    directory = catalogue.directory
    (directory / "wrong.toml").write_text("[cms]\nbackend = 1\n", "utf-8")
    ran = brandsync("check", "--output", "json", "--config", str(directory))
    assert ran.code == 78
    assert [line.count('"findings"') for line in ran.lines] == [1, 1]


def test_a_read_only_cms_whose_links_are_in_the_journal_is_checked_without_its_external_ids(
    brandsync: Command, shop: Shop
) -> None:
    for entry in entries(2):
        del entry["external_id"]
        shop.cms.add(entry)
    config = str(shop.config)
    assert any("external_id" in line for line in brandsync("check", "--config", config).lines if line.startswith("✗"))
    checked = brandsync("check", "--config", str(shop.set("sync", link="journal").config))
    assert checked.code == 0
    assert not [line for line in checked.lines if line.startswith("✗") or "external_id" in line]


def test_a_dry_run_of_an_undo_tells_of_a_dead_run_too_and_recover_settles_it(brandsync: Command, shop: Shop) -> None:
    shop.publish(*entries(2))
    config = str(shop.config)
    brandsync("sync", "--config", config)
    shop.cms.edit("e0", name="Renamed")
    second = brandsync("sync", "--config", config, "--output", "json").json["run"]
    shop.execute(f"UPDATE brandsync_run SET status = 'running' WHERE id = '{second}'")
    first = shop.run_ids()[0]
    dry = brandsync("undo", first, "--dry-run", "--config", config)
    (warning,) = [line for line in dry.err.splitlines() if line.startswith(f"warning: run {second} has died: run `")]
    assert brandsync(*next(commands(warning))).code == 0
    assert "has died" not in brandsync("sync", "--dry-run", "--config", config).err


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize("command", [["undo", "last"], ["undo", "last", "--dry-run"], ["runs", "show", "last"]])
def test_where_nothing_has_run_the_hint_runs_it(brandsync: Command, command: list[str]) -> None:
    ran = brandsync(*command)
    assert ran.code == 78
    assert "error: 'brandsync' has not run yet" in ran.err
    assert followed(brandsync, ran).code == 0
    assert brandsync(*command).code == 0


@pytest.mark.usefixtures("catalogue")
def test_a_run_that_died_is_settled_by_the_hint_of_its_undo(brandsync: Command, tmp_path: Path) -> None:
    run = brandsync("sync", "--output", "json").json["run"]
    database = SqliteDatabase(tmp_path / "shop.db")
    database.execute_sql("UPDATE brandsync_run SET status = 'running'")
    database.close()
    ran = brandsync("undo", run)
    assert ran.code == 78
    assert followed(brandsync, ran).code == 0


def test_a_cms_that_is_empty_and_is_to_be_so_is_synced_by_the_command_of_the_dry_run(
    brandsync: Command, catalogue: Catalogue
) -> None:
    brandsync("sync")
    catalogue.brands = []
    dry = brandsync("sync", "--dry-run")
    assert "hint: see that brands are published, and that [cms] asks for them; if there are to be none, " in dry.err
    assert "raise the limit" not in dry.err
    assert followed(brandsync, dry).code == 0
