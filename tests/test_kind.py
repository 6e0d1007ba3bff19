"""The laws of each kind of value: what it reads, its one canonical form, and what doesn't fit."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from extent import enough
from hypothesis import given, settings
from hypothesis import strategies as some

from brandsync.brand import decode, encode
from brandsync.brand.kind import Kind, Unfit, canonical, described, same

TEXTS = some.text(some.characters(exclude_categories=["Cs"]), max_size=30)
WHOLE = some.integers(-(2**63), 2**63 - 1)
DECIMALS = some.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20)
ZONES = some.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = some.datetimes(timezones=ZONES).filter(lambda moment: 2 <= moment.year <= 9_998)
JSON = some.recursive(
    some.none() | some.booleans() | WHOLE | some.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
FITTING: dict[Kind, some.SearchStrategy[Any]] = {
    Kind.TEXT: TEXTS,
    Kind.HTML: TEXTS,
    Kind.INTEGER: WHOLE | WHOLE.map(str) | WHOLE.map("{}.0".format) | some.integers(-(2**53), 2**53).map(float),
    Kind.DECIMAL: DECIMALS | DECIMALS.map(str) | WHOLE | some.floats(-1e15, 1e15),
    Kind.BOOLEAN: some.sampled_from([True, False, 1, 0, "true", "FALSE", " True ", "1", "0"]),
    Kind.DATE: some.dates() | some.dates().map(str) | some.dates().map("{}T00:00:00.000Z".format),
    Kind.DATETIME: MOMENTS | MOMENTS.map(datetime.isoformat) | MOMENTS.map(str),
    Kind.LIST: some.lists(TEXTS, max_size=5),
    Kind.JSON: JSON,
    Kind.IMAGE: TEXTS,
}
AS_WRITTEN: dict[Kind, Any] = {
    Kind.INTEGER: str,
    Kind.DECIMAL: lambda value: value + "0" * ("." in value),
    Kind.BOOLEAN: lambda value: str(value).lower(),
    Kind.DATE: lambda value: f"{value}T12:00:00Z",
    Kind.DATETIME: lambda value: value.replace("T", " ").replace("Z", "+00"),
    Kind.JSON: lambda value: json.loads(json.dumps(value)),
    Kind.LIST: tuple,
}
"""How a store may give a canonical value back."""


def fitting(kind: Kind) -> Any:
    return given(FITTING[kind])


@pytest.mark.parametrize("kind", Kind)
def test_a_canonical_value_is_its_own_canonical_form_and_plain_json(kind: Kind) -> None:
    @settings(max_examples=enough(100, of=5_000), deadline=None)
    @fitting(kind)
    def law(value: Any) -> None:
        found = canonical(kind, value)
        assert same(canonical(kind, found), found)
        assert same(decode(encode({"field": found}))["field"], found)

    law()


@pytest.mark.parametrize("kind", Kind)
def test_what_a_store_gives_back_of_a_canonical_value_is_that_value(kind: Kind) -> None:
    @settings(max_examples=enough(100, of=5_000), deadline=None)
    @fitting(kind)
    def law(value: Any) -> None:
        found = canonical(kind, value)
        if found is not None:
            assert same(canonical(kind, AS_WRITTEN.get(kind, lambda text: text)(found)), found)

    law()


@settings(max_examples=enough(200, of=5_000), deadline=None)
@given(DECIMALS, DECIMALS)
def test_two_decimals_have_one_form_exactly_if_they_are_equal(one: Decimal, other: Decimal) -> None:
    assert (canonical(Kind.DECIMAL, one) == canonical(Kind.DECIMAL, other)) == (one == other)
    assert Decimal(canonical(Kind.DECIMAL, one)) == one


@settings(max_examples=enough(200, of=5_000), deadline=None)
@given(MOMENTS, ZONES)
def test_one_instant_has_one_form_in_every_zone_and_another_instant_another(moment: datetime, zone: timezone) -> None:
    found = canonical(Kind.DATETIME, moment.isoformat())
    assert found == canonical(Kind.DATETIME, moment.astimezone(zone).isoformat())
    assert datetime.fromisoformat(found) == moment
    assert found != canonical(Kind.DATETIME, moment + timedelta(microseconds=1))


@settings(max_examples=enough(200, of=5_000), deadline=None)
@given(JSON, JSON)
def test_equal_json_has_one_text_and_other_json_another(one: Any, other: Any) -> None:
    one, other = canonical(Kind.JSON, one), canonical(Kind.JSON, other)
    assert same(one, other) == (encode({"field": one}) == encode({"field": other}))


@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        (Kind.INTEGER, "+007", 7),
        (Kind.INTEGER, 5.0, 5),
        (Kind.INTEGER, Decimal("5.00"), 5),
        (Kind.DECIMAL, "1.50", "1.5"),
        (Kind.DECIMAL, -0.0, "0"),
        (Kind.DECIMAL, 1e-7, "0.0000001"),
        (Kind.DECIMAL, ".5", "0.5"),
        (Kind.DECIMAL, "1E3", "1000"),
        (Kind.DATE, date(2026, 1, 31), "2026-01-31"),
        (Kind.DATE, "2026-01-31T12:00:00.000Z", "2026-01-31"),
        (Kind.DATETIME, "2026-01-31 12:30", "2026-01-31T12:30:00Z"),
        (Kind.DATETIME, "2026-01-31t12:30:00.500z", "2026-01-31T12:30:00.5Z"),
        (Kind.DATETIME, "2026-01-31T12:30:00.1234560+02", "2026-01-31T10:30:00.123456Z"),
        (Kind.DATETIME, datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00Z"),
        (Kind.LIST, [], []),
        (Kind.JSON, {"a": 1.0, "b": [True, -0.0]}, {"a": 1, "b": [True, 0]}),
        (Kind.JSON, 1e300, 1e300),
        *((kind, None, None) for kind in Kind),
        *((kind, "", None) for kind in Kind if not kind.is_text),
        (Kind.TEXT, "", ""),
        (Kind.TEXT, " as it is ", " as it is "),
    ],
)
def test_every_usual_way_to_write_a_value_is_read(kind: Kind, value: Any, found: Any) -> None:
    assert same(canonical(kind, value), found)


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        (Kind.TEXT, 5, "is a number (5); text was expected"),
        (Kind.TEXT, True, "is true; text was expected"),
        (Kind.HTML, ["a"], "is a list; text was expected"),
        (Kind.INTEGER, "soon", 'is text ("soon"); a whole number was expected'),
        (Kind.INTEGER, 5.5, "is a number (5.5); a whole number"),
        (Kind.INTEGER, "5e3", "a whole number"),
        (Kind.INTEGER, True, "is true; a whole number"),
        (Kind.INTEGER, 2**63, "at most 64 bits"),
        (Kind.INTEGER, "9" * 2_000, "a whole number"),
        (Kind.INTEGER, float("inf"), "a whole number"),
        (Kind.DECIMAL, "1,5", 'is text ("1,5"); a number was expected'),
        (Kind.DECIMAL, float("nan"), "a number was expected"),
        (Kind.DECIMAL, Decimal("Infinity"), "a number was expected"),
        (Kind.DECIMAL, False, "is false; a number"),
        (Kind.DECIMAL, "1" * 1_001, "at most 1,000 digits"),
        (Kind.BOOLEAN, "yes", 'is text ("yes"); true or false was expected'),
        (Kind.BOOLEAN, 2, "is a number (2)"),
        (Kind.BOOLEAN, 1.0, "true or false"),
        (Kind.DATE, "31.01.2026", "a date"),
        (Kind.DATE, "2026-02-30", "a date of the calendar"),
        (Kind.DATE, "2026-01-31T10:00:00Z", "a date"),
        (Kind.DATE, 20260131, "a date"),
        (Kind.DATETIME, "2026-01-31", "a date with a time"),
        (Kind.DATETIME, 1_700_000_000, "a date with a time"),
        (Kind.DATETIME, "2026-01-31T25:00:00Z", "a moment of the calendar"),
        (Kind.DATETIME, "2026-01-31T10:00:00.1234567Z", "at most 6 digits"),
        (Kind.DATETIME, "0001-01-01T00:00:00+05:00", "years 1 to 9999"),
        (Kind.LIST, "a, b", 'is text ("a, b"); a list of texts was expected'),
        (Kind.LIST, ["a", 1], "has a number (1) in its list; texts were expected"),
        (Kind.LIST, ["a", None], "has null in its list"),
        (Kind.LIST, [["a"]], "has a list in its list"),
        (Kind.LIST, {"a": 1}, "is an object"),
        (Kind.JSON, {"a": float("nan")}, "JSON has no form for"),
        (Kind.JSON, {1: "a"}, "JSON has no form for"),
        (Kind.JSON, {"a": date(2026, 1, 1)}, "JSON has no form for"),
    ],
)
def test_a_value_of_another_kind_is_refused_with_what_it_is_and_never_cast(kind: Kind, value: Any, said: str) -> None:
    with pytest.raises(Unfit) as refused:
        canonical(kind, value)
    assert said in str(refused.value)


def test_json_that_is_nested_without_end_is_refused() -> None:
    deep: Any = []
    for _ in range(300):
        deep = [deep]
    with pytest.raises(Unfit, match="deeper than 200 levels"):
        canonical(Kind.JSON, deep)


@pytest.mark.parametrize(
    ("one", "other", "are_same"),
    [
        (True, 1, False),
        (1, True, False),
        ({"a": [1, {"b": True}]}, {"a": [1, {"b": 1}]}, False),
        ({"a": 1}, {"a": 1, "b": None}, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ([1, 2], [2, 1], False),
        ([1], [1, 1], False),
        (1, 1.0, True),
        ("1", 1, False),
        (None, False, False),
        (None, None, True),
    ],
)
def test_true_is_not_one_wherever_it_stands(one: Any, other: Any, are_same: bool) -> None:
    assert same(one, other) is are_same
    assert same(other, one) is are_same


def test_a_message_shows_no_number_that_is_longer_than_a_line() -> None:
    assert described(10**49) == f"a number ({10**49})"
    assert described(10**5_000) == "a number"
