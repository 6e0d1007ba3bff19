"""The safety limits."""

from contextlib import closing
from dataclasses import dataclass

import pytest

from brandsync.errors import SafetyRefusal
from brandsync.plan import Plan
from brandsync.safety import Limits, check_limits
from brandsync.spool import Spool


@dataclass(frozen=True)
class A:
    """A limit."""

    count: int | None = None
    percent: float | None = None

    def __str__(self):
        return f"{self.count}" if self.count is not None else f"{self.percent:g}%"


ALL, THIRD, TENTH = A(percent=100), A(percent=30), A(percent=10)


def refusal(*, retrieved=100, linked=100, creates=0, updates=0, deletes=0, last=None, complete=True, **limits):
    counts = {"create": creates, "update": updates, "adopt": 0, "delete": deletes}
    chosen = {"max_creates": ALL, "max_updates": THIRD, "max_deletes": TENTH, "max_shrink": THIRD} | limits
    with closing(Spool("name")) as spool:
        plan = Plan(spool, retrieved, linked, 0, updates, counts, "checksum")
        try:
            check_limits(plan, Limits(**chosen), complete=complete, last_retrieved=last)
        except SafetyRefusal as error:
            refused = error
        else:
            return None
    assert refused.exit_code == 4
    assert "--force" in refused.hint
    return refused.message


@pytest.mark.parametrize(
    ("situation", "fragments"),
    [
        ({"updates": 31}, ["update 31 brands", "31% of the 100 linked", "max_updates is 30%"]),
        ({"deletes": 11}, ["delete 11 brands", "max_deletes is 10%"]),
        ({"creates": 101}, ["create 101 brands", "max_creates is 100%"]),
        ({"creates": 3, "max_creates": A(count=2)}, ["create 3 brands", "max_creates is 2"]),
        ({"creates": 3, "linked": 0, "max_creates": A(count=2)}, ["create 3 brands"]),
        ({"updates": 1, "max_updates": A(count=0)}, ["update 1 brands", "max_updates is 0"]),
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
