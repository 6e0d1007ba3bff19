"""The database goes away in the middle of a run."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import fresh_database, name_of
from shop import Shop, WatchedCms, entries
from test_rollback import state

pytestmark = pytest.mark.usefixtures("no_retries")


@pytest.fixture(params=["postgresql", "mysql"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    with WatchedCms() as cms, fresh_database(request.param, tmp_path) as url, Shop(tmp_path, cms, url) as shop:
        if request.param == "postgresql":
            shop.set("store", url=f"{url}&application_name={name_of(url)}")
        for entry in entries(8):
            cms.add(entry)
        yield shop


def cut(shop: Shop) -> None:
    """End every connection of the run, as a restart of the server would."""
    name = name_of(shop.database_url)
    if shop.database_url.startswith("postgresql"):
        assert shop.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s", name)
        return
    others = "SELECT id FROM information_schema.processlist WHERE id <> connection_id() AND db = %s"
    for (number,) in shop.query(others, name):
        shop.execute(f"KILL {number}")


def test_a_connection_that_breaks_is_made_anew_for_the_rollback(shop):
    shop.cms.acts[3] = lambda: cut(shop)
    result = shop.sync()
    assert (result["status"], result["exit_code"]) == ("rolled_back", 75)
    assert state(shop)[0] == []
    assert set(shop.external_ids().values()) == {None}
    assert shop.sync()["exit_code"] == 0
    assert shop.is_in_line()


def test_a_store_that_cannot_be_reached_is_told_and_tried_again_later(shop):
    good = shop.sections["store"]["url"]
    shop.set("store", url=good.replace(":5432", ":1").replace(":3306", ":1"))
    result = shop.sync()
    assert (result["status"], result["exit_code"], result["run"]) == ("failed", 75, None)
    shop.set("store", url=good)
    assert shop.sync()["exit_code"] == 0
