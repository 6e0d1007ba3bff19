import pytest
from command import Catalogue, Command
from peewee import SqliteDatabase

KEYS = [
    "schema", "run", "pipeline", "kind", "undoes", "through", "status", "exit_code", "counts", "changes", "checksum",
    "skipped", "kept", "failed", "recovered", "error", "hint", "seconds", "requests", "warnings",
    "requests_needed", "seconds_needed", "link_requests_needed", "link_seconds_needed",
    "uploads_needed", "upload_bytes_needed",
]  # fmt: skip


def store(catalogue: Catalogue, sql: str) -> None:
    database = SqliteDatabase(catalogue.directory / "shop.db")
    database.execute_sql(sql)
    database.close()


def test_the_story_of_a_catalogue(brandsync: Command, catalogue: Catalogue) -> None:
    first = brandsync("sync")
    assert (first.code, first.last) == (0, "Synced brands from CMS: 12 brands created and 0 brands updated.")
    again = brandsync("sync")
    assert (again.code, again.last) == (0, "Synced brands from CMS: 0 brands created and 0 brands updated.")

    catalogue.edit("sondag", name="Sonntag")
    dry = brandsync("sync", "--dry-run")
    (update,) = [line for line in dry.lines if line.startswith("update")]
    assert update.split("  ")[:2] == ["update", "sondag"]
    assert update.endswith('  name="Söndag" -> "Sonntag"')
    assert dry.last.startswith("Dry run: 0 brands would be created and 1 brand updated. Checksum ")

    checksum = dry.last.removesuffix(".").rpartition(" ")[2]
    assert brandsync("sync", "--expect", checksum).last == (
        "Synced brands from CMS: 0 brands created and 1 brand updated."
    )
    shown = brandsync("runs", "show", "last").out
    assert 'name="Söndag" -> "Sonntag"' in shown
    assert "status  done" in shown

    preview = brandsync("undo", "last", "--dry-run")
    assert (preview.code, preview.last.startswith("Dry run of undoing ")) == (0, True)
    undone = brandsync("undo", "last")
    assert undone.code == 0
    assert undone.last.startswith("Undid ")
    assert undone.last.endswith(": 0 brands deleted, 1 brand set back and 0 brands created again.")
    runs = [line.split("  ") for line in brandsync("runs").lines]
    assert [(run[2], run[3]) for run in runs] == [
        ("undo", "done"),
        ("sync", "undone"),
        ("sync", "done"),
        ("sync", "done"),
    ]


def test_a_plain_dry_run_shows_a_change_a_line_and_cuts_nothing(brandsync: Command, catalogue: Catalogue) -> None:
    catalogue.edit("sondag", description="x" * 500)
    ran = brandsync("sync", "--dry-run", "--output", "plain")
    assert len([line for line in ran.lines if line.startswith("create  ")]) == 12
    assert ran.lines[0].startswith(
        f'create  sondag  -  name="Söndag"  handle="sondag"  description="{"x" * 500}"  logo_url="'
    )
    assert 'metadata={"country": "SE", "founded": 1987}' in ran.lines[0]


def test_json_is_one_object_of_the_schema(brandsync: Command, catalogue: Catalogue) -> None:
    dry = brandsync("sync", "--dry-run", "-o", "json").json
    assert list(dry) == KEYS
    assert (dry["status"], dry["pipeline"], dry["run"]) == ("dry_run", "brandsync", None)
    assert [change["cms_id"] for change in dry["changes"]] == [brand["id"] for brand in catalogue.brands]
    assert set(dry["changes"][0]) == {"action", "cms_id", "brand_id", "before", "after"}
    done = brandsync("sync", "-o", "json").json
    assert (done["status"], done["counts"]["created"]) == ("done", 12)


@pytest.mark.usefixtures("catalogue")
def test_a_dry_run_can_exit_with_3_when_anything_is_pending(brandsync: Command) -> None:
    pending = brandsync("sync", "--dry-run", "--exit-code", "--output", "json")
    assert (pending.code, pending.json["exit_code"]) == (3, 3)
    brandsync("sync")
    assert brandsync("sync", "--dry-run", "--exit-code").code == 0


@pytest.mark.usefixtures("catalogue")
def test_exit_code_without_a_dry_run_is_a_usage_error(brandsync: Command) -> None:
    ran = brandsync("sync", "--exit-code")
    assert (ran.code, ran.out) == (2, "")
    assert "goes with --dry-run only" in ran.err


@pytest.mark.usefixtures("catalogue")
def test_another_plan_than_the_reviewed_one_is_refused(brandsync: Command) -> None:
    ran = brandsync("sync", "--expect", "0123456789abcdef")
    assert (ran.code, ran.last) == (4, "Refused: nothing was written.")
    assert "error: the plan's checksum is " in ran.err
    assert "hint: review it again" in ran.err


def test_a_dry_run_warns_of_what_a_limit_would_refuse(brandsync: Command, catalogue: Catalogue) -> None:
    catalogue.set('# max_creates = "100%"', "max_creates = 3")
    ran = brandsync("sync", "--dry-run")
    assert ran.code == 0
    assert "warning: refused by a safety limit: it would create 12 brands, and max_creates is 3" in ran.err
    assert brandsync("sync").code == 4
    assert brandsync("sync", "--force").last.startswith("Synced brands from CMS: 12 brands created")


def test_skipped_brands_are_listed_with_what_to_do(brandsync: Command, catalogue: Catalogue) -> None:
    catalogue.edit("sondag", name=" ")
    ran = brandsync("sync", "--keep-going", "--recover", "resume", "--full")
    assert ran.code == 65
    (line,) = [line for line in ran.lines if line.startswith("skipped  ")]
    assert line.split("  ")[:3] == ["skipped", "sondag", "invalid"]
    assert "sondag" in brandsync("runs", "show", "last").out


def test_adopted_and_deleted_brands_have_a_line_before_the_guides(brandsync: Command, catalogue: Catalogue) -> None:
    catalogue.set('# on_missing = "ignore"', 'on_missing = "delete"')
    brandsync("sync")
    store(catalogue, "DELETE FROM brandsync_link WHERE cms_id = 'sondag'")
    store(catalogue, "UPDATE brand SET cms_id = NULL WHERE cms_id = 'sondag'")
    catalogue.brands = catalogue.brands[:-1]
    dry = brandsync("sync", "--dry-run", "--full")
    assert dry.lines[-2] == "Dry run: 1 brand would be adopted and 1 brand deleted."
    ran = brandsync("sync", "--full")
    assert ran.lines[-2:] == [
        "1 brand adopted and 1 brand deleted.",
        "Synced brands from CMS: 0 brands created and 0 brands updated.",
    ]


def test_an_undo_lists_what_a_person_has_edited_since(brandsync: Command, catalogue: Catalogue) -> None:
    brandsync("sync")
    catalogue.edit("sondag", name="Sonntag")
    brandsync("sync")
    store(catalogue, "UPDATE brand SET name = 'Domingo' WHERE name = 'Sonntag'")
    ran = brandsync("undo", "last")
    assert ran.code == 65
    (line,) = [line for line in ran.lines if line.startswith("kept  sondag  ")]
    assert line.endswith('  wrote name="Sonntag"  before name="Söndag"  found name="Domingo"')
    rich = brandsync("runs", "show", "last", "--output", "rich")
    assert rich.code == 0


def test_a_missing_configuration_says_what_to_do(brandsync: Command) -> None:
    ran = brandsync("sync")
    assert (ran.code, ran.out) == (78, "")
    assert ran.err.startswith("error: there is no configuration")
    assert "hint: write a brandsync.toml to begin with: `brandsync init`" in ran.err


def test_a_configuration_error_is_an_object_too(brandsync: Command) -> None:
    ran = brandsync("sync", "--config", "nowhere.toml", "--output", "json")
    assert ran.code == ran.json["exit_code"] == 78
    assert (ran.json["status"], ran.json["pipeline"]) == ("failed", None)
    assert "nowhere.toml" in ran.json["error"]
    assert ran.err.startswith("error: nowhere.toml")


def test_every_mistake_has_a_line_of_its_own(brandsync: Command, catalogue: Catalogue) -> None:
    catalogue.set('# match_on = "name"', 'match_on = "nmae"\nmatch_no = 1')
    ran = brandsync("sync")
    assert ran.code == 78
    assert len([line for line in ran.err.splitlines() if line.startswith("error: brandsync.toml")]) == 2


@pytest.mark.usefixtures("catalogue")
def test_a_bug_ends_in_one_line(brandsync: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("brandsync.run.pipeline.Pipeline.open")
    ran = brandsync("sync")
    assert ran.code == 70
    assert ran.err.splitlines()[0].startswith("error: a bug in brandsync: AttributeError at cli/opening.py:")
    assert "Traceback" not in ran.err


@pytest.mark.usefixtures("catalogue")
def test_ctrl_c_while_it_is_loading_exits_with_130(brandsync: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("brandsync.config.load_all", interrupted)
    ran = brandsync("sync")
    assert (ran.code, ran.out, ran.err) == (130, "", "")
