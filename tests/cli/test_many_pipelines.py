import json
import os
import shutil
import signal
from pathlib import Path

import pytest
from command import Catalogue, Command

from brandsync.cli.ending import SEVERITY, worst
from brandsync.errors import EXIT_CODES


@pytest.fixture
def shops(catalogue: Catalogue) -> Path:
    """A directory of two pipelines, each with a store of its own."""
    directory = catalogue.directory / "shops"
    directory.mkdir()
    shutil.copy(catalogue.file, directory)
    for name in ("north", "south"):
        text = catalogue.config.read_text("utf-8").replace("shop.db", f"{name}.db")
        (directory / f"{name}.toml").write_text(text, "utf-8")
    return directory


def test_a_directory_is_synced_pipeline_by_pipeline(brandsync: Command, shops: Path) -> None:
    ran = brandsync("sync", "--config", str(shops), "--output", "json")
    assert ran.code == 0
    assert [json.loads(line)["pipeline"] for line in ran.lines] == ["north", "south"]
    assert ran.err.splitlines() == ["note: pipeline north", "note: pipeline south"]


def test_a_bad_configuration_does_not_keep_the_others_from_running(brandsync: Command, shops: Path) -> None:
    (shops / "north.toml").write_text("[cms", "utf-8")
    ran = brandsync("sync", "--config", str(shops))
    assert (ran.code, ran.last) == (78, "Synced brands from CMS: 12 brands created and 0 brands updated.")
    assert "error: " in ran.err
    assert "north.toml" in ran.err


def test_of_two_pipelines_of_one_name_neither_runs(brandsync: Command, shops: Path) -> None:
    for file in shops.glob("*.toml"):
        file.write_text('name = "shop"\n' + file.read_text("utf-8"), "utf-8")
    ran = brandsync("sync", "--config", str(shops))
    assert ran.code == 78
    for name in ("north", "south"):
        assert f'{name}.toml: is named "shop", as ' in ran.err
        assert not (shops / f"{name}.db").exists()


def test_check_and_runs_take_a_directory_too(brandsync: Command, shops: Path) -> None:
    brandsync("sync", "--config", str(shops))
    (shops / "west.toml").write_text("", "utf-8")
    checked = brandsync("check", "--config", str(shops), "--output", "json")
    assert checked.code == 78
    assert [json.loads(line)["pipeline"] for line in checked.lines] == ["north", "south", None]
    listed = brandsync("runs", "--config", str(shops))
    assert (listed.code, len(listed.lines)) == (78, 2)


def test_an_undo_wants_one_pipeline(brandsync: Command, shops: Path) -> None:
    ran = brandsync("undo", "last", "--config", str(shops))
    assert ran.code == 78
    assert "is a directory" in ran.err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 75), (signal.SIGINT, 130)])
def test_an_interrupted_pipeline_is_the_last(
    brandsync: Command, shops: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: int
) -> None:
    monkeypatch.setattr("brandsync.cms.file.backend.FileCms.retrieve_brands", lambda *_: os.kill(os.getpid(), number))
    ran = brandsync("sync", "--config", str(shops))
    assert (ran.code, ran.last) == (code, "Failed: nothing was written.")
    assert "note: pipeline north" in ran.err
    assert "note: pipeline south" not in ran.err


def test_the_worst_exit_code_is_the_one_a_person_most_needs_to_see() -> None:
    assert worst([0, 65, 75, 4]) == 4
    assert worst([1, 74, 70]) == 74
    assert worst([3, 0]) == 3
    assert worst([]) == 0
    assert {code for code, _ in EXIT_CODES} - {2} | {130} == set(SEVERITY)


def test_the_readme_has_the_same_order() -> None:
    readme = (Path(__file__).parent.parent.parent / "README.md").read_text("utf-8")
    order = ", ".join(str(code) for code in SEVERITY if code != 130)
    assert f"For a directory it is the worst, in this order: {order}." in readme
