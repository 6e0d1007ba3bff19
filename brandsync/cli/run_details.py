"""Everything that the journal remembers about one run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import islice
from typing import Any

from brandsync.cli.opening import spelled
from brandsync.cli.run_changes import SHOWN, batches, change, undone_by
from brandsync.cli.run_screen import screen
from brandsync.journal import RunRecord
from brandsync.report.interface import Report, Sheet
from brandsync.report.run_words import next_step
from brandsync.report.visible import assignments, replacements
from brandsync.run.pipeline import Pipeline
from brandsync.run.undo import find_run


def show_run(report: Report, pipeline: Pipeline, prefix: str) -> None:
    """Show one run.

    Raises:
        ConfigError: no run matches the prefix, or more than one does.
    """
    journal = pipeline.journal
    with journal.errors(), journal.reading() as there:
        run = find_run(there, prefix)
        changes = (change(entry, row) for entry in batches(there, run) for row in entry.batch.rows)
        found = list(islice(changes, SHOWN + 1))
        later = undone_by(there, run)
    undone = later.id if later else None
    hint = spelled(pipeline.config, next_step(run))
    document = {"run": {**asdict(run), "undone_by": undone, "hint": hint}, "changes": found[:SHOWN]}
    report.sheets(list(_sheets(run, undone, hint, found)), document, screen=list(screen(run, undone, hint, found)))


def _sheets(run: RunRecord, undone: str | None, hint: str | None, found: list[dict[str, Any]]) -> Iterator[Sheet]:
    yield Sheet(f"Run {run.id}", ("", ""), list(_facts(run, undone, hint)))
    if run.skipped:
        rows = [(skipped["cms_id"], skipped["reason"], skipped["detail"]) for skipped in run.skipped]
        more = run.counts.get("skipped", 0) - len(run.skipped)
        left_out = f"and {more} more, which the journal does not remember" if more > 0 else None
        yield Sheet("Skipped", ("brand", "reason", "what to do"), rows, left_out)
    for title, brands in (("Kept", run.kept), ("Not undone", run.failed)):
        if brands:
            yield Sheet(title, ("brand", "id", "was written", "before that", "now"), [_left(brand) for brand in brands])
    if found:
        left_out = None if len(found) <= SHOWN else f"and more: the first {SHOWN} are shown"
        columns = ("action", "brand", "id", "fields", "state")
        yield Sheet("Changes", columns, list(map(_row, found[:SHOWN])), left_out)


def _facts(run: RunRecord, undone: str | None, hint: str | None) -> Iterator[tuple[str, str]]:
    names = ("pipeline", "kind", "status", "exit_code", "started_at", "seconds", "requests", "source", "target")
    links = {"undoes": run.undoes, "undone_by": undone, "checksum": run.checksum, "error": run.error}
    facts = {**{name: getattr(run, name) for name in names}, **run.counts, **links, "hint": hint}
    yield from ((name, str(value)) for name, value in facts.items() if value is not None)


def _left(brand: Mapping[str, Any]) -> Sequence[str]:
    now = "  ".join(assignments(brand["found"])) if "found" in brand else brand["detail"]
    values = ("  ".join(assignments(brand[side])) for side in ("written", "before"))
    return brand["cms_id"], brand["brand_id"] or "", *values, now


def _row(change: dict[str, Any]) -> Sequence[str]:
    fields = "  ".join(replacements(change["before"], change["after"], {}))
    return change["action"], change["cms_id"], change["brand_id"] or "", fields, change["state"]
