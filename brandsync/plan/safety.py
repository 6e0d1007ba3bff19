"""Safety limits: the whole plan is checked before the first write."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from brandsync.errors import SafetyRefusal
from brandsync.errors.plural import counted
from brandsync.plan import Plan
from brandsync.plan.change import Action
from brandsync.plan.matching import are_foreign

FLOOR = 5
"""A percentage never refuses this many changes or fewer: 3 of 4 is no disaster in a small catalogue."""
FOREIGN_HINT = (
    "check `url` under [store]; if it is right, clear these ids in the CMS, or name another field for this store's ids:"
    " external_id under [cms]"
)
_BEYOND: Final = "refused by a safety limit: "
_PUBLISHED: Final = "see that brands are published, and that [cms] asks for them"
_SINCE: Final = "something changed since"


class Refusal(StrEnum):
    """The reasons why a plan is refused."""

    LIMIT = "limit"
    """It exceeds a safety limit."""
    UNEXPECTED = "unexpected"
    """It isn't the plan that was reviewed."""
    OTHER = "other"

    @classmethod
    def of(cls, message: str | None) -> "Refusal":
        """The reason for a refusal, read from its message as the journal keeps it."""
        said = message or ""
        return cls.LIMIT if said.startswith(_BEYOND) else cls.UNEXPECTED if said.endswith(_SINCE) else cls.OTHER


class Limit(Protocol):
    """A number of brands, or a percentage of those linked."""

    @property
    def count(self) -> int | None:
        """The number, or none."""

    @property
    def percent(self) -> float | None:
        """The percentage, or none."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one pipeline."""

    max_creates: Limit
    max_updates: Limit
    max_deletes: Limit
    max_shrink: Limit


def check_limits(  # noqa: PLR0913 - the plan, and everything that it is checked against
    plan: Plan,
    limits: Limits,
    *,
    complete: bool,
    last_retrieved: int | None,
    first: str | None = None,
    command: str = "sync",
) -> None:
    """Refuse a plan that looks like an accident.

    ``complete`` says whether the plan comes from a whole listing of the CMS. ``last_retrieved`` is how many entries the
    last good run saw, or none. ``first`` is the verb that no percentage limits: a first run may ``create`` everything,
    and its undo may ``delete`` it. ``command`` made the plan: ``sync``, or ``undo`` and a run.

    Raises:
        SafetyRefusal: with every number that exceeds its limit, and the option that overrides it.
    """
    _require_own_ids(plan)
    if complete:
        _require_any(plan)
    numbers = (
        ("create", plan.counts[Action.CREATE], limits.max_creates),
        ("update", plan.field_changes, limits.max_updates),
        ("delete", plan.counts[Action.DELETE], limits.max_deletes),
    )
    reasons = [
        *(
            reason
            for verb, number, limit in numbers
            for reason in _beyond(verb, number, 0 if verb == first else plan.linked, limit)
        ),
        *(_shrunk(plan, limits.max_shrink, last_retrieved) if complete else ()),
    ]
    if reasons:
        raise SafetyRefusal(
            _BEYOND + "; ".join(reasons),
            hint=f"look at `brandsync {command} --dry-run`; if the plan is right, run it once with --force,"
            " or raise the limit under [safety]",
            forced="if the plan is right, {} makes it; or raise the limit under [safety]",
        )


def check_capacity(plan: Plan, most: int | None) -> None:
    """Refuse a plan that gives the store more brands than it can hold. Deletions come last, so they don't count.

    Raises:
        SafetyRefusal: with the numbers. No option overrides it.
    """
    there: int = plan.spool.value("SELECT count(*) FROM store")
    new = plan.counts[Action.CREATE]
    if most is not None and new and there + new > most:
        raise SafetyRefusal(
            f"the store can hold {most:,} brands: it has {there:,}, and {new:,} would be created",
            hint="publish fewer brands, or delete some that the store doesn't need",
        )


def expect(plan: Plan, checksum: str | None, *, command: str = "sync") -> None:
    """Refuse a plan that differs from the reviewed one, if there was a review.

    Raises:
        SafetyRefusal: with both checksums.
    """
    if checksum and plan.checksum != checksum:
        raise SafetyRefusal(
            f"the plan's checksum is {plan.checksum}, and {checksum} was expected: {_SINCE}",
            hint=f"review it again with `brandsync {command} --dry-run`, and expect the checksum that it prints",
        )


def refusal_of(check: Callable[[], None]) -> SafetyRefusal | None:
    """The refusal that a check raises, or none. A dry run goes on and reports it."""
    try:
        check()
    except SafetyRefusal as refusal:
        return refusal
    return None


def _require_any(plan: Plan) -> None:
    """Refuse a plan from a whole listing that was empty."""
    if not plan.retrieved:
        raise SafetyRefusal(
            f"{_BEYOND}the CMS returned no brands at all",
            hint=f"{_PUBLISHED}; if there are to be none, run it once with --force",
            forced=f"{_PUBLISHED}; if there are to be none, {{}} goes on",
        )


def _require_own_ids(plan: Plan) -> None:
    """Refuse a plan where most entries name brands that the store doesn't have."""
    unknown = plan.spool.value("SELECT count(*) FROM skipped WHERE reason = 'unknown_external_id'")
    if are_foreign(unknown, plan.retrieved):
        raise SafetyRefusal(
            f"{unknown} of the {plan.retrieved} entries hold an external id that the store doesn't know: the CMS seems"
            " to hold the ids of another store",
            hint=FOREIGN_HINT,
        )


def _beyond(verb: str, number: int, linked: int, limit: Limit) -> Iterator[str]:
    name = f"max_{verb}s"
    if limit.count is not None and number > limit.count:
        yield f"it would {verb} {counted(number, 'brand')}, and {name} is {limit}"
    elif limit.percent is not None and linked and number > max(FLOOR, linked * limit.percent / 100):
        share = f"{number / linked:.0%} of the {linked} linked"
        yield f"it would {verb} {counted(number, 'brand')}, {share}, and {name} is {limit}"


def _shrunk(plan: Plan, limit: Limit, last_retrieved: int | None) -> Iterator[str]:
    lost = (last_retrieved or 0) - plan.retrieved
    if not last_retrieved or lost <= 0:
        return
    beyond_count = limit.count is not None and lost > limit.count
    beyond_share = limit.percent is not None and lost > max(FLOOR, last_retrieved * limit.percent / 100)
    if beyond_count or beyond_share:
        share = f"{lost / last_retrieved:.0%}"
        yield (
            f"the CMS returned {counted(plan.retrieved, 'brand')}, {lost} ({share}) fewer than the {last_retrieved} of"
            f" the last good run, and max_shrink is {limit}"
        )
