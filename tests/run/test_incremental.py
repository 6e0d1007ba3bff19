"""Asking the CMS only for what changed, and what makes a run ask for everything."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from shop import Shop, entries


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """A shop whose CMS can list changes, synced twice: the next run is incremental."""
    shop.set("cms", changed_since_param="updated_since")
    for entry in entries(20):
        shop.cms.add(entry)
        shop.cms.edit(entry["id"], updated_at="2026-01-01T00:00:00Z")
    assert shop.sync()["exit_code"] == 0
    for entry in entries(20):
        shop.cms.edit(entry["id"], updated_at="2026-01-01T00:00:00Z")
    shop.cms.edit("e0", updated_at="2026-01-02T00:00:00Z")
    shop.cms.log.clear()
    return shop


def listings(shop: Shop) -> list[str | None]:
    """What each listing since then asked for."""
    asked = [
        query.get("updated_since") for method, path, query, _ in shop.cms.log if (method, path) == ("GET", "/brands")
    ]
    shop.cms.log.clear()
    return asked


def incremental(shop: Shop) -> bool:
    return None not in listings(shop)


def test_a_run_asks_for_what_changed_and_once_again_for_a_little_before(shop):
    shop.cms.edit("e3", name="Renamed", updated_at="2026-02-01T00:00:00Z")
    result = shop.sync()
    assert (result["counts"]["updated"], result["exit_code"]) == (1, 0)
    assert incremental(shop)
    assert shop.is_in_line()
    shop.sync()
    assert listings(shop) == ["2026-01-31T23:50:00Z"]


def test_nothing_changed_is_no_reason_to_refuse_or_to_delete(shop):
    shop.set("sync", on_missing="delete")
    shop.sync(full=True)
    shop.cms.remove("e5")
    listings(shop)
    result = shop.sync()
    assert incremental(shop)
    assert (result["status"], result["counts"]["deleted"]) == ("done", 0)
    assert shop.sync(full=True)["counts"]["deleted"] == 1


def test_a_new_entry_is_created_and_matched_in_an_incremental_run(shop):
    shop.execute("INSERT INTO brand (id, name, created_at, updated_at) VALUES ('theirs', 'There', '2026', '2026')")
    shop.cms.add({"id": "new", "name": "New", "external_id": None})
    shop.cms.add({"id": "there", "name": "there", "external_id": None})
    result = shop.sync()
    assert incremental(shop)
    assert (result["counts"]["created"], result["counts"]["adopted"], result["exit_code"]) == (1, 1, 0)
    assert shop.is_in_line()
    assert shop.sync()["changes"] == []


def test_a_copied_external_id_makes_the_run_look_at_everything(shop):
    shop.cms.add({"id": "copy", "name": "Copy", "external_id": shop.external_ids()["e1"]})
    result = shop.sync()
    assert listings(shop)[-1] is None
    assert {skipped["cms_id"]: skipped["reason"] for skipped in result["skipped"]} == {
        "e1": "ambiguous",
        "copy": "ambiguous",
    }


def test_what_was_skipped_is_looked_at_again_by_the_next_run(shop):
    shop.cms.edit("e4", name=" ")
    assert shop.sync()["exit_code"] == 65
    listings(shop)
    assert shop.sync()["exit_code"] == 65
    assert not incremental(shop)


@pytest.mark.parametrize(
    "change",
    [
        lambda shop: shop.set("cms.fields", description=None),
        lambda shop: shop.set("sync", match_on="none"),
        lambda shop: shop.set("sync", full_every="0s"),
        lambda shop: shop.execute("UPDATE brandsync_run SET status = 'rolled_back'"),
        lambda shop: shop.execute("UPDATE brandsync_run SET watermark = NULL"),
        lambda shop: shop.execute("DELETE FROM brandsync_run"),
        lambda shop: shop.undo(),
    ],
)
def test_a_run_lists_everything_whenever_it_cannot_be_sure(shop, change):
    change(shop)
    listings(shop)
    shop.sync(force=True)
    assert not incremental(shop)


def test_a_cms_without_times_of_change_is_always_listed_as_a_whole(shop):
    shop.set("cms", updated_at="nowhere")
    shop.sync()
    listings(shop)
    shop.sync()
    assert not incremental(shop)


def test_times_that_are_no_dates_are_no_watermark(shop):
    for key in list(shop.cms.entries):
        shop.cms.entries[key]["updated_at"] = "yesterday"
    shop.sync(full=True)
    shop.cms.edit("e0")
    listings(shop)
    shop.sync()
    assert not incremental(shop)


def test_a_dry_run_is_incremental_too_and_shows_the_same_plan(shop):
    shop.cms.edit("e3", name="Renamed")
    planned = shop.sync(dry_run=True)
    assert incremental(shop)
    assert planned["checksum"] == shop.sync(expect=planned["checksum"])["checksum"]


def test_a_moment_in_the_future_hides_nothing_that_changes_before_it(shop):
    shop.cms.edit("e3", name="Renamed", updated_at="2100-01-01T00:00:00Z")
    assert shop.sync()["counts"]["updated"] == 1
    shop.cms.edit("e4", name="Renamed too")
    listings(shop)
    assert shop.sync()["counts"]["updated"] == 1
    assert incremental(shop)
    assert shop.is_in_line()


def test_a_moment_in_the_future_hides_nothing_where_the_clock_of_the_cms_is_behind(shop):
    def behind(seconds: int) -> str:
        return (datetime.now(UTC) - timedelta(hours=1) + timedelta(seconds=seconds)).isoformat()

    shop.cms.edit("e3", name="Renamed", updated_at="2099-01-01T00:00:00Z")
    shop.cms.edit("e5", updated_at=behind(0))
    shop.sync()
    shop.cms.edit("e4", name="Renamed too", updated_at=behind(1))
    listings(shop)
    assert shop.sync()["counts"]["updated"] == 1
    assert incremental(shop)
    assert shop.is_in_line()


@pytest.mark.parametrize("started_at", ["2100-01-01T00:00:00+00:00", "2026-01-01T00:00:00+00:00"])
def test_a_complete_run_that_is_too_long_ago_or_in_the_future_is_made_anew(shop, started_at):
    shop.execute(f"UPDATE brandsync_run SET started_at = '{started_at}'")
    shop.sync()
    assert not incremental(shop)
    shop.sync()
    assert incremental(shop)


def test_what_is_edited_while_a_run_writes_is_seen_by_the_next(shop, monkeypatch):
    shop.cms.add({"id": "new", "name": "New", "external_id": None})
    before, answer = shop.names(), shop.cms.answer

    def meanwhile(request):
        if request.method == "PATCH":
            shop.cms.edit("e7", name="Meanwhile")
        return answer(request)

    monkeypatch.setattr(shop.cms, "answer", meanwhile)
    assert shop.sync()["counts"]["created"] == 1
    assert before.items() <= shop.names().items()
    listings(shop)
    assert shop.sync()["counts"]["updated"] == 1
    assert incremental(shop)
    assert shop.is_in_line()


def test_an_entry_that_is_published_some_minutes_after_its_own_time_of_change_is_seen(shop):
    shop.cms.edit("e3", name="Renamed", updated_at="2026-02-01T00:10:00Z")
    shop.sync()
    shop.cms.add({"id": "late", "name": "Late", "external_id": None, "updated_at": "2026-02-01T00:00:00Z"})
    listings(shop)
    assert shop.sync()["counts"]["created"] == 1
    assert incremental(shop)
    assert shop.is_in_line()


def test_a_cms_whose_clock_is_years_behind_hides_no_change(shop):
    for entry in entries(20):
        shop.cms.edit(entry["id"], updated_at="2001-01-01T00:00:00Z")
    shop.sync(full=True)
    for number in range(3):
        shop.cms.edit(f"e{number}", name=f"Renamed {number}", updated_at=f"2001-01-01T00:00:0{number}Z")
        listings(shop)
        assert shop.sync()["counts"]["updated"] == 1
        assert incremental(shop)
        assert shop.is_in_line()


START = 1_767_225_600
"""2026-01-01T00:00:00Z."""
FORMS = {"epoch": lambda seconds: seconds, "epoch_ms": lambda seconds: seconds * 1000}


@pytest.mark.parametrize(("form", "written"), [("epoch", int), ("epoch_ms", str)])
def test_moments_that_are_written_as_they_are_asked_for_make_runs_incremental(shop, form, written):
    shop.set("cms", changed_since_format=form)
    moment = FORMS[form]
    for key in shop.cms.entries:
        shop.cms.edit(key, updated_at=written(moment(START)))
    shop.sync()
    shop.cms.edit("e3", name="Renamed", updated_at=written(moment(START + 3_600)))
    listings(shop)
    assert shop.sync()["counts"]["updated"] == 1
    assert listings(shop) == [str(moment(START - 600))]
    shop.sync()
    assert listings(shop) == [str(moment(START + 3_000))]
    assert shop.is_in_line()


def test_moments_of_different_forms_are_compared_as_moments(shop):
    shop.cms.edit("e1", updated_at="2026-03-01 00:00:00")
    shop.cms.edit("e2", updated_at="2026-02-01T23:00:00Z")
    shop.cms.edit("e3", updated_at=str(START))
    shop.cms.edit("e4", updated_at="2026-02-28T23:30:00-05:00")
    shop.sync(full=True)
    listings(shop)
    shop.sync()
    assert listings(shop) == ["2026-03-01T04:20:00Z"]


ODD = [
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "9999-12-31T23:59:59Z",
    "NaN",
    1e300,
    -(10**18),
    10**25,
    True,
    {},
]


def test_moments_beyond_the_calendar_skip_nothing_and_stop_nothing(shop, monkeypatch):
    monkeypatch.setattr(shop.cms.entries, "changed_since", lambda _since: shop.cms.entries.rows())
    for number, odd in enumerate(ODD, 1):
        shop.cms.edit(f"e{number}", name=f"Renamed {number}", updated_at=odd)
    assert shop.sync(force=True)["counts"]["updated"] == len(ODD)
    listings(shop)
    assert shop.sync(full=True)["exit_code"] == 0
    assert shop.sync()["exit_code"] == 0
    assert listings(shop) == [None, "2026-01-01T23:50:00Z"]
    assert shop.is_in_line()


def test_a_watermark_that_an_older_version_left_beyond_the_calendar_makes_the_run_complete(shop):
    shop.execute("UPDATE brandsync_run SET watermark = '0001-01-01T00:05:00+00:00'")
    assert shop.sync()["exit_code"] == 0
    assert not incremental(shop)


def warnings(caplog):
    found = [record.getMessage() for record in caplog.records if "lists the whole CMS" in record.getMessage()]
    caplog.clear()
    return found


def test_runs_that_can_never_be_incremental_say_why_and_what_to_set(shop, caplog):
    shop.set("cms", updated_at="nowhere")
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            shop.sync()
            (warning,) = warnings(caplog)
            assert "no entry holds a moment at `updated_at` (nowhere); set `updated_at` in [cms] to where" in warning
        shop.set("cms", updated_at="updated_at")
        shop.sync()
        shop.sync()
        assert warnings(caplog) == []


@pytest.mark.parametrize(
    ("section", "settings"), [("sync", {"full_every": "0s"}), ("cms", {"changed_since_param": None})]
)
def test_where_no_run_is_to_be_incremental_nothing_is_said(shop, caplog, section, settings):
    shop.set("cms", updated_at="nowhere").set(section, **settings)
    with caplog.at_level(logging.WARNING):
        shop.sync()
    assert warnings(caplog) == []


def test_an_empty_listing_says_nothing_of_moments(shop, caplog):
    for key in list(shop.cms.entries):
        shop.cms.remove(key)
    with caplog.at_level(logging.WARNING):
        shop.sync(full=True, force=True)
    assert warnings(caplog) == []
