"""A run that finds a dead one settles it first, and then goes on with its own work.

tests/faults has it die at every point and on every database, test_kill by the clock and as a process of its own.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import fresh_database, run
from model.child import Call, run_and_die
from shop import Shop, WatchedCms
from test_rollback import state

pytestmark = pytest.mark.usefixtures("no_retries")


@pytest.fixture(params=["postgresql", "ids by the database"])
def shop(request: pytest.FixtureRequest, watched: WatchedCms, tmp_path: Path) -> Iterator[Shop]:
    """A shop with something to create, to update and to adopt, nothing of it done.

    Where the database makes the ids, the journal is elsewhere: a creation's outcome may be unknown.
    """
    with fresh_database("postgresql", tmp_path) as url, Shop(tmp_path, watched, url) as shop:
        if request.param == "ids by the database":
            shop.execute("CREATE TABLE brand (id serial PRIMARY KEY, name text NOT NULL, description text)")
            shop.set("store", id_from="database").set("store.columns", name="name", description="description")
            shop.set("journal", url=f"sqlite:///{tmp_path}/journal.db")
        shop.sync_and_publish_more(6, 4)
        watched.patches = 0
        watched.edit("e1", name="First")
        watched.edit("e2", external_id=None, name="Second")
        yield shop


FIRST, LAST = "PATCH /brands/ne0", "PATCH /brands/e2"
"""The first write to the CMS, of a new brand's id, and the last, of the adopted one's."""


def journal_of(shop: Shop) -> str:
    """The URL of its journal."""
    return str(shop.sections.get("journal", {}).get("url", shop.database_url))


def die_at(shop: Shop, point: str) -> None:
    """Run in a process of its own, which is killed just before the CMS does this."""
    assert run_and_die(Call(shop.config.read_text("utf-8"), shop.config, "sync"), point)


@pytest.mark.parametrize("point", [FIRST, LAST])
def test_a_run_that_was_killed_is_rolled_back_by_the_next(shop, point):
    before = state(shop)
    die_at(shop, point)
    assert state(shop) != before
    recovered = shop.recover()
    assert [found["status"] for found in recovered["recovered"]] == ["rolled_back"]
    assert (recovered["exit_code"], recovered["failed"], recovered["kept"]) == (0, [], [])
    assert state(shop) == before
    assert shop.sync()["counts"]["created"] == 4
    assert shop.is_in_line()


@pytest.mark.parametrize(("point", "left"), [(FIRST, 2), (LAST, 0)])  # a batch is two brands
def test_a_run_that_was_killed_can_be_finished_instead(shop, point, left):
    die_at(shop, point)
    shop.set("sync", recover="resume")
    result = shop.sync()
    assert [found["status"] for found in result["recovered"]] == ["resumed"]
    assert (result["exit_code"], result["counts"]["created"]) == (0, left)
    assert shop.is_in_line()
    remembered = run(journal_of(shop), "SELECT cms_id, brand_id FROM brandsync_link")
    assert {cms_id: str(brand_id) for cms_id, brand_id in remembered} == shop.external_ids()
    assert shop.sync()["changes"] == []


def test_a_run_that_died_while_it_was_taken_back_cannot_be_finished_any_more(shop):
    """Nobody knows how much of it is still there."""
    before = state(shop)
    die_at(shop, LAST)
    run(journal_of(shop), "UPDATE brandsync_run SET status = 'rolling_back' WHERE status = 'running'")
    recovered = shop.recover("resume")
    assert [found["status"] for found in recovered["recovered"]] == ["rolled_back"]
    assert state(shop) == before


@pytest.mark.parametrize("shop", ["ids by the database"], indirect=True)
def test_what_a_run_had_created_is_remembered_where_it_is_kept(shop):
    """Its answer was lost: the brands are found again, and linked before anything else is planned."""
    die_at(shop, FIRST)
    shop.execute_in_journal("UPDATE brandsync_entry SET state = 'intent', outcome = NULL WHERE kind = 'create'")
    shop.execute_in_journal("DELETE FROM brandsync_link WHERE cms_id LIKE 'ne%'")
    assert shop.recover("resume")["exit_code"] == 0
    created = {str(brand_id) for brand_id, name in shop.names().items() if name.startswith("New")}
    remembered = run(journal_of(shop), "SELECT brand_id FROM brandsync_link WHERE cms_id LIKE 'ne%'")
    assert len(created) == 2
    assert {str(brand_id) for (brand_id,) in remembered} == created


@pytest.mark.parametrize("shop", ["postgresql"], indirect=True)
def test_a_dry_run_warns_of_a_dead_run_and_leaves_it_alone(shop, caplog):
    die_at(shop, FIRST)
    before = state(shop)
    told = shop.sync(dry_run=True)
    assert told["exit_code"] == 0
    assert re.fullmatch(
        r"run \w{26} has died: run `brandsync recover( --config \S+)?` first; this plan is .*", told["warnings"][0]
    )
    assert told["warnings"][0] in caplog.text
    assert state(shop) == before


def test_what_a_person_did_to_a_dead_runs_brand_is_kept(shop):
    die_at(shop, LAST)
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
    die_at(shop, FIRST)
    shop.execute_in_journal("UPDATE brandsync_entry SET state = 'intent', outcome = NULL")
    shop.execute_in_journal("DELETE FROM brandsync_link WHERE cms_id LIKE 'ne%'")
    assert shop.recover()["exit_code"] == 0
    assert not [name for name in shop.names().values() if name.startswith("New")]


@pytest.mark.parametrize("shop", ["ids by the database"], indirect=True)
def test_lookalikes_that_somebody_else_made_too_call_a_person(shop):
    die_at(shop, FIRST)
    shop.execute_in_journal("UPDATE brandsync_entry SET state = 'intent', outcome = NULL")
    shop.execute_in_journal("DELETE FROM brandsync_link WHERE cms_id LIKE 'ne%'")
    shop.execute("INSERT INTO brand (name, description) VALUES ('New 1', 'No. 1')")
    result = shop.recover()
    assert result["exit_code"] == 74
    assert ["cannot tell which" in failed["error"] for failed in result["failed"]] == [True]
    assert sorted(name for name in shop.names().values() if name.startswith("New")) == ["New 1", "New 1"]
