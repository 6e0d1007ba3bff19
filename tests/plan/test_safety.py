"""The safety limits."""

from contextlib import closing
from dataclasses import dataclass

import pytest

from brandsync.brand import Brand, Skipped
from brandsync.errors import SafetyRefusal
from brandsync.plan import MatchOn, Plan
from brandsync.plan.safety import FOREIGN_HINT, Limits, Refusal, check_capacity, check_limits, expect, refusal_of
from brandsync.plan.spool import Spool


@dataclass(frozen=True)
class A:
    """A limit."""

    count: int | None = None
    percent: float | None = None

    def __str__(self):
        return f"{self.count}" if self.count is not None else f"{self.percent:g}%"


FORCED = (
    "if the plan is right, {} makes it; or raise the limit under [safety]",
    "see that brands are published, and that [cms] asks for them; if there are to be none, {} goes on",
)
ALL, THIRD, TENTH = A(percent=100), A(percent=30), A(percent=10)


def refusal(
    *, retrieved=100, linked=100, creates=0, updates=0, deletes=0, last=None, complete=True, first=None, **limits
):
    counts = {"create": creates, "update": updates, "adopt": 0, "delete": deletes}
    chosen = {"max_creates": ALL, "max_updates": THIRD, "max_deletes": TENTH, "max_shrink": THIRD} | limits
    with closing(Spool(MatchOn.NAME)) as spool:
        plan = Plan(spool, retrieved, 0, linked, 0, updates, counts, "checksum")
        try:
            check_limits(plan, Limits(**chosen), complete=complete, last_retrieved=last, first=first)
        except SafetyRefusal as error:
            refused = error
        else:
            return None
    assert refused.exit_code == 4
    assert "--force" in refused.hint
    assert refused.forced in FORCED
    return refused.message


@pytest.mark.parametrize(
    ("situation", "fragments"),
    [
        ({"updates": 31}, ["update 31 brands", "31% of the 100 linked", "max_updates is 30%"]),
        ({"deletes": 11}, ["delete 11 brands", "max_deletes is 10%"]),
        ({"creates": 101}, ["create 101 brands", "max_creates is 100%"]),
        ({"creates": 3, "max_creates": A(count=2)}, ["create 3 brands", "max_creates is 2"]),
        ({"creates": 3, "linked": 0, "max_creates": A(count=2)}, ["create 3 brands"]),
        ({"updates": 1, "max_updates": A(count=0)}, ["update 1 brand", "max_updates is 0"]),
        ({"retrieved": 0}, ["returned no brands"]),
        ({"retrieved": 69, "last": 100}, ["69 brands", "31 (31%) fewer than the 100", "max_shrink is 30%"]),
        ({"retrieved": 90, "last": 100, "max_shrink": A(count=9)}, ["10 (10%) fewer"]),
        ({"updates": 50, "deletes": 50}, ["update 50", "delete 50"]),
    ],
)
def test_a_plan_beyond_a_limit_is_refused_with_its_numbers(situation, fragments):
    message = refusal(**situation)
    assert message is not None
    assert [fragment for fragment in fragments if fragment not in message] == []


@pytest.mark.parametrize(
    "situation",
    [
        {"updates": 30, "deletes": 10, "creates": 100},
        {"linked": 4, "updates": 3},
        {"linked": 0, "creates": 1_000_000, "updates": 1_000},
        {"retrieved": 0, "complete": False},
        {"retrieved": 70, "last": 100},
        {"retrieved": 3, "last": 8},
        {"retrieved": 10, "last": 100, "complete": False},
        {"retrieved": 200, "last": 100},
        {"retrieved": 5, "last": 0},
    ],
)
def test_a_plan_within_the_limits_passes(situation):
    assert refusal(**situation) is None


@pytest.mark.parametrize(
    "situation",
    [
        {"creates": 2, "max_creates": A(count=2)},
        {"retrieved": 91, "last": 100, "max_shrink": A(count=9)},
    ],
)
def test_exactly_as_many_as_a_limit_allows_are_allowed(situation):
    assert refusal(**situation) is None


def test_a_first_run_may_create_any_share_and_no_more_than_the_number_that_is_allowed():
    assert "create 101 brands, 101% of" in refusal(creates=101)
    assert refusal(creates=101, first="create") is None
    assert "update 31 brands" in refusal(updates=31, first="create")
    assert "max_creates is 100" in refusal(creates=101, first="create", max_creates=A(count=100))


@pytest.mark.parametrize(
    ("unknown", "of", "refused"),
    [(3, 3, True), (3, 5, True), (3, 6, False), (2, 2, False), (2, 3, False), (3, 9, False)],
)
def test_a_plan_is_refused_where_most_entries_hold_another_stores_ids_and_there_are_some(unknown, of, refused):
    with closing(Spool(MatchOn.NAME)) as spool:
        for number in range(unknown):
            spool.skip(Skipped(f"e{number}", "unknown_external_id", "gone"))
        spool.skip(Skipped("other", "invalid", "no name"))
        plan = Plan(spool, of, 0, of, 0, 0, {"create": 0, "update": 0, "adopt": 0, "delete": 0}, "checksum")
        limits = Limits(ALL, THIRD, TENTH, THIRD)
        found = refusal_of(lambda: check_limits(plan, limits, complete=True, last_retrieved=None))
    assert (found is not None) == refused
    if found:
        assert found.message == (
            f"{unknown} of the {of} entries hold an external id that the store doesn't know: the CMS seems to hold the"
            " ids of another store"
        )
        assert found.hint == FOREIGN_HINT


def test_a_cms_that_may_not_shrink_at_all_may_not_lose_one_entry():
    assert "1 (1%) fewer than the 100" in refusal(retrieved=99, last=100, max_shrink=A(count=0))


def test_a_refusal_reads_as_one_sentence_and_says_what_to_do():
    with closing(Spool(MatchOn.NAME)) as spool:
        plan = Plan(spool, 0, 0, 100, 0, 0, {"create": 0, "update": 0, "adopt": 0, "delete": 11}, "checksum")
        limits = Limits(ALL, THIRD, TENTH, THIRD)
        with pytest.raises(SafetyRefusal) as empty:
            check_limits(plan, limits, complete=True, last_retrieved=None)
        with pytest.raises(SafetyRefusal, match="max_deletes") as sync:
            check_limits(plan, limits, complete=False, last_retrieved=None)
        with pytest.raises(SafetyRefusal) as undo:
            check_limits(plan, limits, complete=False, last_retrieved=None, command="undo 01ABC")
    assert empty.value.message == "refused by a safety limit: the CMS returned no brands at all"
    assert empty.value.hint == (
        "see that brands are published, and that [cms] asks for them; if there are to be none, run it once with --force"
    )
    assert sync.value.hint.startswith("look at `brandsync sync --dry-run`; ")
    assert undo.value.hint == (
        "look at `brandsync undo 01ABC --dry-run`; if the plan is right, run it once with --force,"
        " or raise the limit under [safety]"
    )


def test_the_numbers_of_several_limits_stand_apart():
    message = refusal(updates=50, deletes=50)
    assert message.count("; ") == 1
    assert [part.split(" brands")[0] for part in message.partition(": ")[2].split("; ")] == [
        "it would update 50",
        "it would delete 50",
    ]


def capacity_refusal(*, there, creates, most):
    with closing(Spool(MatchOn.NAME)) as spool:
        spool.add_brands([Brand(f"b{number}", {"name": "A"}) for number in range(there)])
        counts = {"create": creates, "update": 50, "adopt": 50, "delete": 50}
        return refusal_of(lambda: check_capacity(Plan(spool, 0, 0, 0, 0, 0, counts, "checksum"), most))


def test_a_plan_that_creates_more_brands_than_the_store_can_hold_is_refused_with_the_numbers():
    refused = capacity_refusal(there=3, creates=1_998, most=2_000)
    assert refused is not None
    assert refused.exit_code == 4
    assert refused.message == "the store can hold 2,000 brands: it has 3, and 1,998 would be created"
    assert refused.hint == "publish fewer brands, or delete some that the store doesn't need"


@pytest.mark.parametrize(
    "situation",
    [
        {"there": 3, "creates": 1_997, "most": 2_000},
        {"there": 3, "creates": 0, "most": 2},
        {"there": 3, "creates": 1_000_000, "most": None},
    ],
    ids=["just full", "fuller than it should be, and nothing is created", "no limit"],
)
def test_a_plan_that_the_store_can_hold_or_that_creates_nothing_passes(situation):
    assert capacity_refusal(**situation) is None


def test_a_plan_is_held_to_the_checksum_that_was_reviewed_where_one_was():
    with closing(Spool(MatchOn.NAME)) as spool:
        plan = Plan(spool, 1, 0, 1, 0, 0, {}, "abc")
        expect(plan, None)
        expect(plan, "abc")
        with pytest.raises(SafetyRefusal, match=r"checksum is abc, and def was expected") as refused:
            expect(plan, "def")
        with pytest.raises(SafetyRefusal) as undo:
            expect(plan, "def", command="undo 01ABC")
    assert refused.value.exit_code == 4
    assert refused.value.hint == (
        "review it again with `brandsync sync --dry-run`, and expect the checksum that it prints"
    )
    assert "`brandsync undo 01ABC --dry-run`" in str(undo.value.hint)


def test_a_dry_run_is_told_what_the_check_would_refuse():
    with closing(Spool(MatchOn.NAME)) as spool:
        plan = Plan(spool, 1, 0, 1, 0, 0, {}, "abc")
        assert refusal_of(lambda: expect(plan, "abc")) is None
        refused = refusal_of(lambda: expect(plan, "def"))
    assert refused is not None
    assert "def was expected" in refused.message


def test_a_refusal_is_told_by_its_words_as_the_journal_keeps_them():
    with closing(Spool(MatchOn.NAME)) as spool:
        plan = Plan(spool, 1, 0, 1, 0, 0, {}, "abc")
        unexpected = refusal_of(lambda: expect(plan, "def"))
    assert unexpected is not None
    assert Refusal.of(unexpected.message) is Refusal.UNEXPECTED
    assert Refusal.of(refusal(updates=31)) is Refusal.LIMIT
    assert [Refusal.of(told) for told in ("the lease is held", "", None)] == [Refusal.OTHER] * 3
