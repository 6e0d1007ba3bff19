"""What to tell people: only when the state of a pipeline has changed, not every night."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from itertools import islice

from brandsync.errors import BrandsyncError, LeaseHeld
from brandsync.journal import Journal
from brandsync.observing.excerpt import excerpt
from brandsync.run.result import Result

_LOOK_BACK = 10
"""How many runs are looked at for the one before this one."""
_LISTED = 10
"""How many skipped brands a notice names."""
_LONGEST = 1_000
"""The most characters in a line."""


class State(Enum):
    """How a pipeline stands after a run."""

    GOOD = "is in order"
    SKIPPING = "skips brands"
    FAILING = "failed"


@dataclass(frozen=True, slots=True)
class Notice:
    """A message to people."""

    title: str
    body: str
    state: State


def state_of(exit_code: int) -> State:
    """The state for a run's exit code."""
    return {0: State.GOOD, 65: State.SKIPPING}.get(exit_code, State.FAILING)


def state_before(journal: Journal | None, run: str | None) -> State | None:
    """The state after the run before this one, or none if there was none or it can't be read."""
    if journal is not None:
        with suppress(BrandsyncError), journal.reading() as readable:
            earlier = (found for found in readable.runs.latest(_LOOK_BACK) if found.id != run and found.kind == "sync")
            return next((state_of(found.exit_code) for found in earlier if found.exit_code is not None), None)
    return None


def news(result: Result, before: State | None) -> Notice | None:
    """What to tell people about a run, if anything: a failure, skipped brands, or that all is well again."""
    now = state_of(result.exit_code)
    if now is before or (now is State.GOOD and before is None):
        return None
    if now is State.FAILING and result.run is None and result.exit_code == LeaseHeld.exit_code:
        return None  # another run is at work, and tells what comes of it
    again = " again" if now is State.GOOD else ""
    body = "\n".join(excerpt(line, _LONGEST) for line in _lines(result))
    return Notice(f"brandsync: {result.pipeline} {now.value}{again}", body, now)


def _lines(result: Result) -> Iterable[str]:
    yield f"exit code {result.exit_code}" + (f", run {result.run}" if result.run else "")
    yield from filter(None, (result.error, result.hint))
    done = [f"{number} {name}" for name, number in result.counts.items() if number]
    if done and not result.error:
        yield ", ".join(done)
    for skipped in islice(result.skipped(), _LISTED):
        yield f"skipped {skipped.cms_id}: {skipped.detail}"
    if result.counts["skipped"] > _LISTED:
        yield f"and {result.counts['skipped'] - _LISTED} more"
    if result.run:
        yield f"`{result.shows} {result.run}` tells the rest"
