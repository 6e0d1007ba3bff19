"""A run that finds a dead one settles it first, and then goes on with its own work."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import fresh_database
from shop import Shop, WatchedCms, entries
from test_rollback import state

pytestmark = pytest.mark.usefixtures("no_retries")


@pytest.fixture(params=["postgresql", "postgresql, journal elsewhere", "ids by the database"])
def shop(request: pytest.FixtureRequest, watched: WatchedCms, tmp_path: Path) -> Iterator[Shop]:
    """A shop with something to create, to update and to adopt, nothing of it done."""
    with fresh_database("postgresql", tmp_path) as url, Shop(tmp_path, watched, url) as shop:
        if request.param == "ids by the database":
            shop.execute("CREATE TABLE brand (id serial PRIMARY KEY, name text NOT NULL, description text)")
            shop.set("store", id_from="database").set("store.columns", name="name", description="description")
        if request.param != "postgresql":
            shop.set("journal", url=f"sqlite:///{tmp_path}/journal.db")
        for entry in entries(6):
            watched.add(entry)
        assert shop.sync()["exit_code"] == 0
        watched.patches = 0
        for entry in entries(4, "New"):
            watched.add({**entry, "id": f"n{entry['id']}"})
        watched.edit("e1", name="First")
        watched.edit("e2", external_id=None, name="Second")
        yield shop


def die_at_patch(shop: Shop, number: int) -> None:
    """Run the command and kill it just before the CMS does its nth write."""
    process = None

    def kill() -> None:
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    shop.cms.acts[number] = kill
    process = shop.start("sync")
    process.communicate()
    assert process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("number", [1, 3, 5])
def test_a_run_that_was_killed_is_rolled_back_by_the_next(shop, number):
    before = state(shop)
    die_at_patch(shop, number)
    assert state(shop) != before
    recovered = shop.recover()
    assert [run["status"] for run in recovered["recovered"]] == ["rolled_back"]
    assert (recovered["exit_code"], recovered["failed"], recovered["kept"]) == (0, [], [])
    assert state(shop) == before
    assert shop.sync()["counts"]["created"] == 4
    assert shop.is_in_line()


@pytest.mark.parametrize("number", [1, 3, 5])
def test_a_run_that_was_killed_can_be_finished_instead(shop, number):
    die_at_patch(shop, number)
    shop.set("sync", recover="resume")
    result = shop.sync()
    assert [run["status"] for run in result["recovered"]] == ["resumed"]
    assert (result["exit_code"], result["counts"]["created"]) == (0, 0)
    assert shop.is_in_line()
    assert shop.sync()["changes"] == []


def test_a_dry_run_warns_of_a_dead_run_and_leaves_it_alone(shop, caplog):
    die_at_patch(shop, 1)
    before = state(shop)
    assert shop.sync(dry_run=True)["exit_code"] == 0
    assert "has died" in caplog.text
    assert state(shop) == before


def test_what_a_person_did_to_a_dead_runs_brand_is_kept(shop):
    die_at_patch(shop, 5)
    shop.execute("UPDATE brand SET name = 'mine' WHERE name = 'New 1'")
    recovered = shop.recover()
    assert [kept["found"]["name"] for kept in recovered["kept"]] == ["mine"]
    assert (recovered["status"], recovered["exit_code"]) == ("kept_some", 65)
    assert sorted(name for name in shop.names().values() if not name.startswith("Brand")) == ["mine"]
    assert shop.sync()["exit_code"] == 0
    assert shop.is_in_line()


def test_a_run_that_lost_its_lease_stops_writing_and_undoes_nothing(shop):
    url = shop.sections.get("journal", {}).get("url", shop.database_url)
    other = Shop(shop.directory, shop.cms, url)
    shop.cms.acts[1] = lambda: other.execute("UPDATE brandsync_lease SET run = 'ANOTHER'")
    result = shop.sync()
    assert (result["status"], result["exit_code"]) == ("taken_over", 75)
    assert "took over" in result["error"]
    assert shop.names() != {}
    other.execute("DELETE FROM brandsync_lease")
    assert shop.sync()["exit_code"] == 0
    assert shop.is_in_line()


@pytest.mark.parametrize("shop", ["ids by the database"], indirect=True)
def test_lookalikes_that_cannot_be_told_apart_are_left_to_a_person(shop):
    die_at_patch(shop, 1)
    shop.execute_in_journal("UPDATE brandsync_entry SET state = 'intent', outcome = NULL")
    shop.execute_in_journal("DELETE FROM brandsync_link WHERE cms_id LIKE 'ne%'")
    assert shop.recover()["exit_code"] == 0
    assert not [name for name in shop.names().values() if name.startswith("New")]


@pytest.mark.parametrize("shop", ["ids by the database"], indirect=True)
def test_lookalikes_that_somebody_else_made_too_call_a_person(shop):
    die_at_patch(shop, 1)
    shop.execute_in_journal("UPDATE brandsync_entry SET state = 'intent', outcome = NULL")
    shop.execute_in_journal("DELETE FROM brandsync_link WHERE cms_id LIKE 'ne%'")
    shop.execute("INSERT INTO brand (name, description) VALUES ('New 1', 'No. 1')")
    result = shop.recover()
    assert result["exit_code"] == 74
    assert ["cannot tell which" in failed["error"] for failed in result["failed"]] == [True]
    assert sorted(name for name in shop.names().values() if name.startswith("New")) == ["New 1", "New 1"]
