"""When anything fails, both sides are as they were, wherever the journal lives and whoever makes the ids."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from cms_server import Fault
from databases import fresh_database
from shop import Shop, WatchedCms

pytestmark = pytest.mark.usefixtures("no_retries")

SQLITE = (
    "CREATE TRIGGER poison BEFORE {event} ON brand WHEN NEW.name = 'poison'"
    " BEGIN SELECT RAISE(ABORT, 'the name is poison'); END"
)
POSTGRES_FUNCTION = (
    "CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.name = 'poison' THEN"
    " RAISE EXCEPTION 'the name is poison' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$"
)
POSTGRES = "CREATE TRIGGER poison BEFORE {event} ON brand FOR EACH ROW EXECUTE FUNCTION poison()"
MYSQL = (
    "CREATE TRIGGER poison BEFORE {event} ON brand FOR EACH ROW BEGIN IF NEW.name = 'poison' THEN"
    " SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the name is poison'; END IF; END"
)
POISON = {"sqlite": (SQLITE,), "postgresql": (POSTGRES_FUNCTION, POSTGRES), "mysql": (MYSQL,)}


PLACES = ("sqlite", "postgresql", "mysql", "postgresql, journal elsewhere", "ids by the database")
on_each_database = pytest.mark.parametrize("shop", PLACES, indirect=True)
"""Where the store's own words or statements decide; tests/faults has a run fail at every point of all but the last."""


@pytest.fixture(params=["sqlite", "ids by the database"])
def shop(request: pytest.FixtureRequest, watched: WatchedCms, tmp_path: Path) -> Iterator[Shop]:
    """A shop that has synced ten brands, and has two more to create and two to update."""
    kind, _, elsewhere = request.param.partition(", ")
    by_database = kind == "ids by the database"
    database = fresh_database("postgresql" if by_database else kind, tmp_path)
    with database as url, Shop(tmp_path, watched, url) as shop:
        if by_database:
            shop.execute("CREATE TABLE brand (id serial PRIMARY KEY, name text NOT NULL, description text)")
            shop.set("store", id_from="database").set("store.columns", name="name", description="description")
        if elsewhere or by_database:
            shop.set("journal", url=f"sqlite:///{tmp_path}/journal.db")
        shop.sync_and_publish_more(10, 2)
        watched.patches = 0
        watched.edit("e1", name="First")
        watched.edit("e2", name="Second")
        yield shop


def poison(shop: Shop, event: str) -> None:
    kind = shop.database_url.partition(":")[0]
    for statement in POISON[kind]:
        shop.execute(statement.format(event=event))


def state(shop: Shop) -> tuple[object, ...]:
    """Both sides, modified times aside."""
    return (shop.query("SELECT id, name, description FROM brand ORDER BY id"), shop.external_ids())


@on_each_database
def test_an_update_that_the_store_rejects_rolls_the_whole_run_back(shop):
    shop.cms.edit("e2", name="poison")
    poison(shop, "UPDATE")
    before = state(shop)
    result = shop.sync()
    assert (result["status"], result["exit_code"]) == ("rolled_back", 1)
    assert "poison" in result["error"]
    assert state(shop) == before


@on_each_database
def test_with_keep_going_the_rejected_brand_alone_is_left(shop):
    shop.cms.edit("e2", name="poison")
    poison(shop, "UPDATE")
    shop.set("sync", keep_going=True)
    result = shop.sync()
    assert (result["status"], result["exit_code"]) == ("skipped_some", 65)
    assert [(skipped["cms_id"], skipped["reason"]) for skipped in result["skipped"]] == [("e2", "rejected")]
    assert (result["counts"]["created"], result["counts"]["updated"], result["counts"]["skipped"]) == (2, 1, 1)
    assert "First" in shop.names().values()
    assert [change["cms_id"] for change in result["changes"]] == ["ne0", "ne1", "e1"]


@on_each_database
def test_a_creation_that_the_store_rejects_rolls_back_and_with_keep_going_is_left(shop):
    shop.cms.edit("ne0", name="poison")
    poison(shop, "INSERT")
    before = state(shop)
    assert shop.sync()["exit_code"] == 1
    assert state(shop) == before
    shop.set("sync", keep_going=True)
    assert shop.sync()["counts"]["created"] == 1
    assert shop.external_ids()["ne0"] is None


def test_a_cms_that_fails_while_ids_are_written_leaves_both_sides_as_they_were(shop):
    before = state(shop)
    shop.cms.faults = [Fault("status", "PATCH", nth=2, status=500)]
    result = shop.sync()
    assert (result["status"], result["exit_code"]) == ("rolled_back", 75)
    assert state(shop) == before


def test_an_answer_that_never_came_is_read_back_and_taken_back(shop):
    before = state(shop)
    shop.cms.faults = [Fault("reset_after", "PATCH", count=1)]
    result = shop.sync()
    assert result["status"] == "rolled_back"
    assert state(shop) == before


def test_a_token_that_is_no_longer_valid_is_77_and_rolled_back(shop):
    before = state(shop)
    shop.cms.faults = [Fault("status", "PATCH", status=401)]
    result = shop.sync()
    assert (result["status"], result["exit_code"]) == ("rolled_back", 77)
    assert state(shop) == before


def test_a_token_that_may_not_write_keeps_links_in_the_journal_until_it_may(shop, caplog):
    linked = shop.external_ids()
    shop.cms.faults = [Fault("status", "PATCH", status=403)]
    for created in (True, False):
        result = shop.sync()
        assert (result["status"], result["exit_code"]) == ("done", 0)
        assert bool(result["counts"]["created"]) is created
        assert "until these credentials may write to the CMS" in " ".join(result["warnings"])
        assert "links stay in the journal: PATCH" in caplog.text
        assert shop.external_ids() == linked
    shop.cms.faults = []
    assert {change["action"] for change in shop.sync()["changes"]} == {"link"}
    assert shop.is_in_line()


def test_an_undo_that_may_not_clear_external_ids_leaves_them_for_later(shop):
    shop.sync()
    shop.cms.faults = [Fault("status", "PATCH", status=403)]
    result = shop.undo()
    assert (result["exit_code"], result["kept"]) == (0, [])
    assert "until these credentials may write to the CMS" in " ".join(result["warnings"])
    shop.cms.faults = []
    assert shop.sync()["exit_code"] == 0
    assert shop.is_in_line()


def test_a_link_that_the_cms_refuses_rolls_back_and_with_keep_going_stays_in_the_journal(shop):
    before = state(shop)
    shop.cms.faults = [Fault("status", "PATCH", "/brands/ne0", status=400)]
    assert shop.sync()["exit_code"] == 1
    assert state(shop) == before
    shop.set("sync", keep_going=True)
    result = shop.sync()
    assert [(skipped["cms_id"], skipped["reason"]) for skipped in result["skipped"]] == [("ne0", "link_rejected")]
    assert "ne0" in [change["cms_id"] for change in result["changes"]]
    shop.cms.faults = []
    assert [(change["action"], change["cms_id"]) for change in shop.sync()["changes"]] == [("link", "ne0")]
    assert shop.is_in_line()


def test_a_rollback_that_cannot_finish_calls_a_person_and_recover_finishes_it(shop):
    before = state(shop)
    shop.cms.faults = [Fault("status", "PATCH", nth=2, status=500, count=100)]
    result = shop.sync()
    assert (result["status"], result["exit_code"]) == ("rollback_incomplete", 74)
    assert result["failed"]
    assert "brandsync recover" in result["hint"]
    again = shop.sync()
    assert (again["status"], again["exit_code"]) == ("rollback_incomplete", 74)
    shop.cms.faults = []
    recovered = shop.recover()
    assert recovered["exit_code"] == 0
    assert [run["status"] for run in recovered["recovered"]] == ["rolled_back"]
    assert state(shop) == before
    assert shop.sync()["exit_code"] == 0
    assert shop.is_in_line()


def test_what_cannot_be_rolled_back_can_be_accepted_by_a_person(shop):
    shop.cms.faults = [Fault("status", "PATCH", nth=2, status=500, count=100)]
    assert shop.sync()["exit_code"] == 74
    shop.cms.faults = []
    assert shop.recover("accept")["recovered"][0]["status"] == "accepted"
    shop.cms.edit("ne0", external_id=None)
    shop.cms.edit("ne1", external_id=None)
    assert shop.sync()["exit_code"] == 0
    assert shop.is_in_line()


def test_a_rollback_keeps_what_a_person_has_edited_meanwhile(shop):
    before = shop.names()
    shop.cms.acts[2] = lambda: shop.execute("UPDATE brand SET name = 'mine' WHERE name LIKE 'New 0'")
    shop.cms.faults = [Fault("status", "PATCH", nth=2, status=400)]
    result = shop.sync()
    shop.cms.acts.clear()
    names = shop.names()
    if "mine" in names.values():
        assert result["status"] == "rolled_back"
        assert [(kept["found"]["name"], kept["written"]["name"]) for kept in result["kept"]] == [("mine", "New 0")]
        assert {key: name for key, name in names.items() if name != "mine"} == before
        shop.cms.faults = []
        again = shop.sync()
        assert (again["counts"]["updated"], again["counts"]["adopted"]) == (1, 0)
        assert shop.is_in_line()
    else:
        assert names == before


@on_each_database
def test_a_brand_that_changes_after_it_was_planned_is_not_overwritten(shop):
    shop.cms.acts[1] = lambda: shop.execute("UPDATE brand SET name = 'mine' WHERE name = 'Brand 1'")
    result = shop.sync()
    assert (result["exit_code"], [skipped["reason"] for skipped in result["skipped"]]) == (65, ["changed_meanwhile"])
    assert "mine" in shop.names().values()
    assert shop.sync()["counts"]["updated"] == 1
    assert shop.is_in_line()


@pytest.mark.parametrize("shop", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 75), (signal.SIGINT, 130)])
def test_a_signal_stops_at_the_next_batch_and_rolls_back(shop, number, code):
    before = state(shop)
    shop.cms.acts[1] = lambda: os.kill(os.getpid(), number)
    result = shop.sync()
    assert (result["status"], result["exit_code"]) == ("rolled_back", code)
    assert state(shop) == before
    assert shop.sync()["exit_code"] == 0


def test_a_failed_run_leaves_no_trace_in_the_journals_links(shop):
    shop.cms.faults = [Fault("status", "PATCH", nth=2, status=500)]
    shop.sync()
    shop.cms.faults = []
    result = shop.sync(dry_run=True)
    assert (result["counts"]["created"], result["counts"]["updated"], result["counts"]["adopted"]) == (2, 2, 0)
