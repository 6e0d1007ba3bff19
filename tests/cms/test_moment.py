"""Moments are read in every form in which a CMS writes them, and what is none stops nothing."""

import math
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandsync.cms.interface import CmsSettings
from brandsync.cms.mapping import EntryMapping
from brandsync.cms.moment import moment_findings, newest, read_moment
from brandsync.testing import MemoryCatalogue, MemoryCms

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SECONDS = 1_767_323_045


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-02T03:04:05Z",
        "2026-01-02t03:04:05z",
        " 2026-01-02T03:04:05Z\n",
        "2026-01-02T03:04:05",
        "2026-01-02 03:04:05",
        "2026-01-02 03:04:05 UTC",
        "2026-01-02T03:04:05+00:00",
        "2026-01-02T04:04:05+01:00",
        "2026-01-02T04:04:05+0100",
        "2026-01-01 19:04:05 -0800",
        "2026-01-02T03:04:05.000Z",
        "2026-01-02T03:04:05,000000000Z",
        "20260102T030405Z",
        "Fri, 02 Jan 2026 03:04:05 GMT",
        "Fri, 2 Jan 2026 04:04:05 +0100",
        "2 Jan 2026 03:04:05 -0000",
        SECONDS,
        float(SECONDS),
        SECONDS * 1000,
        SECONDS * 1000.0,
        str(SECONDS),
        f"{SECONDS}.0",
        str(SECONDS * 1000),
        "1.767323045e9",
        AT.replace(tzinfo=None),
        datetime(2026, 1, 2, 5, 4, 5, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_a_moment_is_read_whatever_its_form(value):
    assert read_moment(value) == AT
    assert read_moment(value).tzinfo is UTC


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-01-02", datetime(2026, 1, 2, tzinfo=UTC)),
        ("20260102", datetime(2026, 1, 2, tzinfo=UTC)),
        ("2026-01-02T03:04:05.678901Z", AT.replace(microsecond=678_901)),
        (f"{SECONDS}.25", AT.replace(microsecond=250_000)),
        (SECONDS * 1000 + 250, AT.replace(microsecond=250_000)),
        ("1712010112345", datetime(2024, 4, 1, 22, 21, 52, 345_000, tzinfo=UTC)),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (99_999_999_999, datetime(5138, 11, 16, 9, 46, 39, tzinfo=UTC)),
        (100_000_000_000, datetime(1973, 3, 3, 9, 46, 40, tzinfo=UTC)),
    ],
)
def test_a_moment_keeps_its_fraction_and_its_unit(value, moment):
    assert read_moment(value) == moment


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        " ",
        "yesterday",
        "never",
        True,
        False,
        [],
        {},
        b"2026-01-02",
        date(2026, 1, 2),
        math.nan,
        math.inf,
        -math.inf,
        "NaN",
        "inf",
        "1e300",
        1e300,
        "-1e18",
        -1,
        "-1",
        -(10**18),
        10**25,
        10**4_000,
        "9" * 5_000,
        "99999999999999999999",
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "1969-12-31T23:59:59Z",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-14:00",
        "9999-12-31",
        "0000-00-00 00:00:00",
        "2026-02-30T00:00:00Z",
        "2026-01-02T25:00:00Z",
        "Fri, 32 Jan 2026 03:04:05 GMT",
        "Fri, 02 Jan 2026 03:04:05 +9999999999",
        "02 Jan 10000 03:04:05 GMT",
        "²²²",
        "١٧٦٧٣٢٣٠٤٥",
    ],
)
def test_what_is_no_moment_or_beyond_the_calendar_is_none(value):
    assert read_moment(value) is None


@given(
    st.one_of(
        st.text(max_size=40),
        st.from_regex(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+-]\d\d:?\d\d)?", fullmatch=True),
        st.from_regex(r"[A-Za-z]{3}, \d{1,2} [A-Za-z]{3} \d{4} .{0,20}", fullmatch=True),
        st.integers(),
        st.floats(),
        st.datetimes(),
        st.booleans(),
        st.none(),
        st.lists(st.integers()),
    )
)
def test_any_value_is_a_moment_of_these_years_or_none(value):
    moment = read_moment(value)
    assert moment is None or (1970 <= moment.year <= 9998 and moment.tzinfo is UTC)


@given(st.integers(103_000_000, 95_000_000_000), st.integers(0, 999_999))
def test_what_is_written_as_seconds_or_milliseconds_is_read_back(seconds, microsecond):
    at = datetime.fromtimestamp(seconds, UTC).replace(microsecond=microsecond)
    assert read_moment(at.isoformat()) == at
    assert read_moment(seconds) == at.replace(microsecond=0)
    assert read_moment(str(seconds)) == at.replace(microsecond=0)
    assert abs(read_moment(seconds * 1000 + microsecond // 1000) - at) <= timedelta(milliseconds=2)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("updated_at", 10**4_000),
        ("updated_at", math.nan),
        ("updated_at", {"at": 1}),
        ("max(updated_at)", "2026"),
        ("to_number(updated_at)", []),
        ("max([updated_at, id])", 7),
    ],
)
def test_an_entry_without_a_moment_that_can_be_read_is_an_entry_all_the_same(path, value):
    mapping = EntryMapping(CmsSettings(backend="x", updated_at=path))
    brand = mapping.read({"id": "e1", "name": "A", "updated_at": value})
    assert (brand.cms_id, brand.fields["name"]) == ("e1", "A")
    assert brand.updated_at is None


def findings(*moments, path="updated_at"):
    catalogue = MemoryCatalogue()
    for cms_id, moment in zip(catalogue.publish(*({"name": "A"} for _ in moments)), moments, strict=True):
        catalogue.entries[cms_id]["updated_at"] = moment
    catalogue.changed()
    cms = MemoryCms.of(catalogue)
    cms.settings = cms.settings.model_copy(update={"updated_at": path})
    return [(found.ok, found.what, found.fix) for found in moment_findings(cms)]


FIX = "set `updated_at` in [cms] to where an entry holds the moment of its last change"


@pytest.mark.parametrize(
    ("moments", "path", "what"),
    [
        ((None, None), "updated_at", "`updated_at` (updated_at) is in none of the 2 entries"),
        ((SECONDS,), "changed", "`updated_at` (changed) is not in the only entry"),
        (("yesterday", None), "updated_at", '`updated_at` (updated_at) is no moment ("yesterday")'),
        ((True,), "updated_at", "`updated_at` (updated_at) is no moment (true or false)"),
    ],
)
def test_check_says_where_no_run_can_be_incremental_and_what_to_set(moments, path, what):
    assert findings(*moments, path=path) == [(True, f"{what}, so every run lists the whole CMS", FIX)]


def test_check_says_how_many_entries_hold_a_moment():
    what = "`updated_at` (updated_at) is a moment in 2 of 3 entries"
    assert findings(SECONDS, "2026-01-01", None) == [(True, what, None)]
    assert findings() == []


WRITTEN = st.sampled_from(["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S.000Z"])
OTHERWISE = st.sampled_from(
    ["2026-01-02T03:04:05+09:00", "Fri, 02 Jan 2026 03:04:05 GMT", "x", "2026-13-01T00:00:00Z", ""]
)


@given(
    form=WRITTEN,
    moments=st.lists(st.datetimes(datetime(1960, 1, 1), datetime(2040, 1, 1)), max_size=5),  # noqa: DTZ001 - in UTC
    others=st.lists(st.none() | OTHERWISE, max_size=2),
)
def test_the_newest_moment_is_that_of_all_one_by_one(form, moments, others):
    values = [*(moment.strftime(form) for moment in moments), *others]
    found = [moment for moment in map(read_moment, values) if moment and moment <= AT]
    assert newest(values, AT) == max(found, default=None)


def test_a_moment_after_now_hides_no_earlier_one():
    assert newest(["2025-01-01T00:00:00Z", "9000-01-01T00:00:00Z", None], AT) == datetime(2025, 1, 1, tzinfo=UTC)
