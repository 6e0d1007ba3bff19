"""One run on one terminal screen: what happened, what to do about it, and what was changed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from brandsync.journal import EntryState, RunRecord, RunStatus
from brandsync.report.difference import excerpts
from brandsync.report.interface import Sheet
from brandsync.report.moments import long
from brandsync.report.run_words import ending, urgent
from brandsync.report.visible import quoted, shortened
from brandsync.report.words import duration

_CHANGES = 50
_SKIPPED = 20
_CONTEXT = 12
"""Characters of equal text beside a difference."""
_LONGEST = 100
"""The longest value shown, in characters."""
_READ = ("retrieved", "unchanged", "missing")
"""Counts of brands that were only read. They are shown after the counts of what was done."""
_STATES = {
    EntryState.INTENT: "nobody knows whether",
    EntryState.UNDONE: "taken back",
    EntryState.UNDO_FAILED: "not taken back",
}
_NAMELESS = {"link": "linked", "update": "linked as it is"}
"""What a change without fields does."""


def screen(run: RunRecord, undone_by: str | None, hint: str | None, changes: list[dict[str, Any]]) -> Iterator[Sheet]:
    """The tables. ``hint``: what to do about the run."""
    alarmed = urgent([run]) and run.status is not RunStatus.RUNNING
    yield Sheet(
        f"Run {run.id}", ("", ""), list(_facts(run, undone_by, hint)), urgent={0} if alarmed else set(), compact=True
    )
    more = max(run.counts.get("skipped", 0), len(run.skipped)) - _SKIPPED
    if run.skipped:
        rows = [(skipped["cms_id"], skipped["detail"]) for skipped in run.skipped[:_SKIPPED]]
        yield Sheet("Skipped", ("entry", "what to do"), rows, _more(more), compact=True)
    for title, brands in (("Kept: edited since", run.kept), ("Not taken back", run.failed)):
        if brands:
            rows = [(brand["cms_id"], _left(brand)) for brand in brands[:_SKIPPED]]
            yield Sheet(title, ("entry", "what is there"), rows, _more(len(brands) - _SKIPPED), compact=True)
    if changes:
        what = [row for change in changes[:_CHANGES] for row in _rows(change)]
        yield Sheet("Changes", ("", "entry", "what changed"), what, _more(len(changes) - _CHANGES), compact=True)


def _more(count: int) -> str | None:
    return f"and {count:,} more: `--output plain` lists them, `--html FILE` makes a page" if count > 0 else None


def _facts(run: RunRecord, undone_by: str | None, hint: str | None) -> Iterator[tuple[str, str]]:
    took = "" if run.seconds is None else f", took {duration(run.seconds)}"
    facts = {
        run.kind: ending(run),
        "error": run.error,
        "what to do": hint,
        "when": long(run.started_at) + took,
        "brands": ", ".join(f"{run.counts[name]:,} {name}" for name in _READ if run.counts.get(name)),
        "pipeline": f"{run.pipeline}: {run.source} to {run.target}",
        "undoes": ", ".join(filter(None, (run.undoes, *run.through))),
        "undone by": undone_by,
        "checksum": run.checksum,
    }
    yield from ((name, value) for name, value in facts.items() if value)


def _rows(change: dict[str, Any]) -> Iterator[Sequence[str]]:
    """A line for each field."""
    before, after = change["before"], change["after"]
    if before and after:
        fields = [f"{name}: {_replaced(before.get(name), value)}" for name, value in after.items()]
    else:
        fields = [_value((after or before).get("name"))] if after or before else [_NAMELESS.get(change["action"], "")]
    state = _STATES.get(change["state"])
    first, *others = [*([f"({state})"] if state else []), *fields]
    yield change["action"], change["cms_id"], first
    yield from (("", "", other) for other in others)


def _replaced(before: Any, after: Any) -> str:
    if isinstance(before, str) and isinstance(after, str):
        before, after = excerpts(before, after, _CONTEXT)
    return f"{_value(before)} → {_value(after)}"


def _left(brand: Mapping[str, Any]) -> str:
    now = _fields(brand["found"]) if "found" in brand else brand["detail"]
    return f"{now}, and not {_fields(brand['before'])}"


def _fields(fields: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}: {_value(value)}" for name, value in fields.items()) or "nothing"


def _value(value: Any) -> str:
    return shortened(quoted(value), _LONGEST)
