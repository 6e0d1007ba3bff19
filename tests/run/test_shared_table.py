"""Two pipelines that sync two CMSes to one table: neither takes the other's brands."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cms_server import CmsServer
from ran import Command, command
from shop import Shop, entries


@pytest.fixture
def brandsync(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command, in this process."""
    return command(monkeypatch, capsys)


@pytest.fixture
def austria() -> Iterator[CmsServer]:
    with CmsServer(entries(5, "Austrian")) as cms:
        yield cms


def pipeline(directory: Path, name: str, cms: CmsServer) -> Shop:
    """A pipeline of that name into the table that all share."""
    (directory / name).mkdir()
    shop = Shop(directory / name, cms, f"sqlite:///{directory}/shop.db")
    shop.sections = {"": {"name": name}, **shop.sections}
    return shop.set("sync", link="journal")


@pytest.fixture
def shop(tmp_path, austria) -> Iterator[Shop]:
    """The pipeline whose brands are in line."""
    with pipeline(tmp_path, "austria", austria) as shop:
        assert shop.sync()["counts"]["created"] == 5
        yield shop


def names(shop: Shop) -> list[str]:
    return [name for (name,) in shop.query("SELECT name FROM brand ORDER BY name")]


@pytest.mark.parametrize("theirs", ["German", "Austrian"])
def test_entries_of_one_id_or_name_in_two_cmses_are_two_brands_and_the_second_is_skipped(shop, tmp_path, theirs):
    before = names(shop)
    with (
        CmsServer([*entries(3, theirs), {"id": "own", "name": "A brand of its own"}]) as cms,
        pipeline(tmp_path, "germany", cms) as germany,
    ):
        dry, *runs = germany.sync(dry_run=True), germany.sync(), germany.sync()
    for result in (dry, *runs):
        assert [(entry["cms_id"], entry["reason"]) for entry in result["skipped"]] == [
            ("e0", "ambiguous"),
            ("e1", "ambiguous"),
            ("e2", "ambiguous"),
        ]
        assert (
            "belongs to the pipeline 'austria', which syncs another CMS to this table" in result["skipped"][0]["detail"]
        )
    assert [result["exit_code"] for result in (dry, *runs)] == [0, 65, 65]
    assert names(shop) == ["A brand of its own", *before]


@pytest.mark.usefixtures("shop")
def test_a_pipeline_that_has_another_name_now_goes_on_with_its_brands(tmp_path, austria):
    with pipeline(tmp_path, "oesterreich", austria) as renamed:
        result = renamed.sync()
    assert (result["exit_code"], result["counts"]["unchanged"], result["skipped"]) == (0, 5, [])


@pytest.mark.usefixtures("shop")
def test_brands_of_a_pipeline_into_another_table_are_nobody_elses(tmp_path):
    with CmsServer(entries(3, "German")) as cms, pipeline(tmp_path, "germany", cms) as germany:
        germany.set("store", table="german_brand")
        assert germany.sync()["counts"]["created"] == 3
        assert germany.sync()["exit_code"] == 0


def test_check_names_brands_that_two_pipelines_have_linked_before(shop, tmp_path, brandsync):
    with CmsServer(entries(3, "German")) as cms, pipeline(tmp_path, "germany", cms) as germany:
        germany.sync()
        with shop.database.atomic():
            shop.database.execute_sql(
                "INSERT INTO brandsync_link SELECT 'germany', cms_id, brand_id, written, stored FROM brandsync_link"
                " WHERE cms_id = 'e0'"
            )
        ran = brandsync("check", "--config", str(germany.config))
    assert ran.code == 78
    assert "brands that 'austria' syncs to this table from another CMS, too: 1" in ran.out
