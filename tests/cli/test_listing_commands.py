import re

import pytest
from command import Catalogue, Command
from peewee import SqliteDatabase
from shop import Shop, entries


@pytest.mark.usefixtures("catalogue")
def test_check_names_what_it_looked_at(brandsync: Command) -> None:
    before = brandsync("check")
    assert before.code == 0
    assert "✓  configuration  brandsync.toml is complete" in before.lines
    assert any(line.startswith("✓  cms  ") for line in before.lines)
    assert "✓  cms  capabilities: writes_links=no changed_since=no link_batch=1 link_threads=1" in before.lines
    (can,) = [line for line in before.lines if line.startswith("✓  store  capabilities: fields=")]
    assert "most_brands=unlimited" in can
    assert any("journal will be made by the first run" in line for line in before.lines)
    brandsync("sync")
    after = brandsync("check")
    assert after.code == 0
    assert re.search(r"; its last run, \w{26}: 12 created", after.last)


def test_check_says_what_to_do_and_looks_at_the_rest(brandsync: Command, catalogue: Catalogue) -> None:
    catalogue.file.unlink()
    ran = brandsync("check", "--output", "json")
    assert ran.code == ran.json["exit_code"] == 78
    wrong = [finding for finding in ran.json["findings"] if not finding["ok"]]
    assert [finding["part"] for finding in wrong] == ["cms"]
    assert "brands.json" in wrong[0]["what"]
    assert wrong[0]["fix"]
    assert ran.json["findings"][-1]["part"] == "journal"
    plain = brandsync("check")
    assert any(line.startswith("✗  cms  ") for line in plain.lines)


@pytest.mark.usefixtures("catalogue")
def test_a_bug_in_a_backends_check_is_a_finding(brandsync: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brandsync.cms.file.backend.FileCms.check", None)
    ran = brandsync("check")
    assert ran.code == 70
    assert any("a bug in brandsync: TypeError" in line for line in ran.lines)


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize("command", ["check", "sync"])
def test_the_way_to_a_bug_is_told_to_whoever_wants_to_know_more(
    brandsync: Command, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr("brandsync.cms.file.backend.FileCms.retrieve_brands", lambda *_, **__: 1 / 0)
    ran = brandsync("--verbose", command)
    assert ran.code == 70
    way = [line for line in ran.err.splitlines() if line.startswith("debug: ZeroDivisionError: ")]
    assert len(way) > 1
    assert "cli/test_listing_commands.py:" in way[-1]
    assert "debug" not in brandsync(command).err


def test_check_tells_of_a_dead_run(brandsync: Command, catalogue: Catalogue) -> None:
    brandsync("sync")
    database = SqliteDatabase(catalogue.directory / "shop.db")
    database.execute_sql("UPDATE brandsync_run SET status = 'running'")
    database.close()
    ran = brandsync("check")
    assert ran.code == 0
    assert any(line.startswith("!  journal  run ") for line in ran.lines)


def test_check_names_a_journal_that_is_not_there_yet(brandsync: Command, catalogue: Catalogue) -> None:
    catalogue.set('## url = "postgresql://shop@db/shop"', 'url = "sqlite:///journal.db"')
    ran = brandsync("check")
    assert ran.last.endswith("journal.db")
    assert not (catalogue.directory / "journal.db").exists()


def test_the_backends_are_listed(brandsync: Command) -> None:
    ran = brandsync("backends")
    assert {tuple(line.split("  ")[:2]) for line in ran.lines} >= {("cms", "file"), ("cms", "rest"), ("store", "sql")}
    assert "store  medusa  brandsync 0.1.0  a real Medusa 2.21.2, 2026-11" in ran.lines
    listed = brandsync("backends", "--output", "json").json["backends"]
    assert next(each for each in listed if each["name"] == "file")["verified"] == "real files, 2026-11"


def test_a_backend_tells_its_settings(brandsync: Command) -> None:
    plain = brandsync("backends", "rest")
    assert any(line.startswith("url  text  required") for line in plain.lines)
    (sql,) = brandsync("backends", "sql", "--output", "json").json["backends"]
    assert sql["kind"] == "store"
    assert {"key": "table", "kind": "text", "required": False, "default": '"brand"'}.items() <= dict(
        next(setting for setting in sql["settings"] if setting["key"] == "table")
    ).items()


def test_an_unknown_backend_is_an_error_with_a_suggestion(brandsync: Command) -> None:
    ran = brandsync("backends", "fiel")
    assert ran.code == 78
    assert 'there is no backend "fiel"' in ran.err
    assert "file" in ran.err


@pytest.mark.usefixtures("catalogue")
def test_runs_of_a_pipeline_that_never_ran(brandsync: Command) -> None:
    ran = brandsync("runs")
    assert (ran.code, ran.out, ran.err) == (0, "", "note: brandsync has not run yet\n")
    assert brandsync("runs", "show", "last").code == 78


@pytest.mark.usefixtures("catalogue")
def test_runs_as_json(brandsync: Command) -> None:
    brandsync("sync")
    brandsync("undo", "last")
    undo, sync = brandsync("runs", "--output", "json").json["runs"]
    assert (undo["kind"], undo["undoes"], sync["status"]) == ("undo", sync["id"], "undone")
    assert len(brandsync("runs", "--limit", "1").lines) == 1
    shown = brandsync("runs", "show", sync["id"][:24], "--output", "json")
    if shown.code == 78:  # both runs began in one second, and chance made their ids alike
        shown = brandsync("runs", "show", sync["id"], "--output", "json")
    assert shown.json["run"]["undone_by"] == undo["id"]
    assert {change["state"] for change in shown.json["changes"]} == {"done"}
    assert shown.json["changes"][0]["action"] == "create"
    undone = brandsync("runs", "show", "last", "--output", "json").json
    assert undone["run"]["undoes"] == sync["id"]
    assert {change["action"] for change in undone["changes"]} == {"delete"}


def test_the_options_of_runs_hold_for_show(
    brandsync: Command, catalogue: Catalogue, tmp_path_factory, monkeypatch
) -> None:
    brandsync("sync")
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    ran = brandsync("runs", "--config", str(catalogue.config), "--output", "json", "show", "last")
    assert ran.json["run"]["counts"]["created"] == 12


def test_only_the_first_changes_of_a_large_run_are_shown(brandsync: Command, catalogue: Catalogue) -> None:
    catalogue.brands = [{"id": f"{number}", "name": f"Brand {number}"} for number in range(1_002)]
    brandsync("sync")
    plain = brandsync("runs", "show", "last")
    assert len([line for line in plain.lines if line.startswith("create  ")]) == 1_000
    assert plain.last == "and more: the first 1000 are shown"


def test_recovering_a_dead_run_rolls_it_back(brandsync: Command, catalogue: Catalogue) -> None:
    assert brandsync("recover").last == "Nothing to recover: no run has died."
    brandsync("sync")
    database = SqliteDatabase(catalogue.directory / "shop.db")
    database.execute_sql("UPDATE brandsync_run SET status = 'running' WHERE kind = 'sync'")
    ran = brandsync("recover")
    assert ran.code == 0
    assert any(line.startswith("recovered  ") and "  rolled_back  " in line for line in ran.lines)
    assert ran.last == "Recovered 1 run."
    assert database.execute_sql("SELECT count(*) FROM brand").fetchone() == (0,)
    database.close()


@pytest.mark.parametrize(("option", "status"), [("--resume", "resumed"), ("--accept", "accepted")])
def test_a_dead_run_can_be_kept(brandsync: Command, catalogue: Catalogue, option: str, status: str) -> None:
    brandsync("sync")
    database = SqliteDatabase(catalogue.directory / "shop.db")
    database.execute_sql("UPDATE brandsync_run SET status = 'running' WHERE kind = 'sync'")
    rich = brandsync("recover", option, "--output", "rich")
    assert (rich.code, status in rich.out) == (0, True)
    assert database.execute_sql("SELECT count(*) FROM brand").fetchone() == (12,)
    database.close()


@pytest.mark.usefixtures("catalogue")
def test_recover_takes_one_mode(brandsync: Command) -> None:
    assert brandsync("recover", "--resume", "--accept").code == 2


def test_a_creation_whose_id_went_to_the_cms_is_shown_once(brandsync: Command, shop: Shop) -> None:
    shop.publish(*entries(2))
    brandsync("sync", "--config", str(shop.config))
    shown = brandsync("runs", "show", "last", "--output", "json", "--config", str(shop.config)).json
    assert [(change["action"], change["cms_id"]) for change in shown["changes"]] == [("create", "e0"), ("create", "e1")]
