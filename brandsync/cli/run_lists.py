"""The latest runs, as a table."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial

from brandsync.cli.ending import attempt, worst
from brandsync.cli.opening import opened, spelled
from brandsync.config import Config
from brandsync.errors import ConfigError
from brandsync.journal import RunRecord
from brandsync.report.interface import Report, Sheet
from brandsync.report.moments import short
from brandsync.report.run_words import ending, next_step, short_ids, urgent

_COUNTS = ("created", "updated", "skipped")
_COLUMNS = ("run", "started", "kind", "status", *_COUNTS, "seconds", "exit code", "error")
_ON_SCREEN = 14
"""How many runs a terminal of 24 lines shows: two weeks of nights."""


def list_runs(report: Report, configs: Sequence[Config | ConfigError], limit: int | None) -> int:
    """List the latest runs of every pipeline. Returns the worst exit code."""
    return worst([attempt(report, partial(_list, report, config, limit)) for config in configs])


def _list(report: Report, config: Config | ConfigError, limit: int | None) -> int:
    if isinstance(config, ConfigError):
        raise config
    with (
        opened(config, read_only=True) as pipeline,
        pipeline.journal.errors(),
        pipeline.journal.reading() as journal,
    ):
        found = journal.runs.latest(limit or 20)
    if not found:
        report.notice(f"{config.name} has not run yet")
    sheet = Sheet(f"Runs of {config.name}", _COLUMNS, [_row(run) for run in found])
    alarms = urgent(found)
    hints = {run.id: spelled(config, next_step(run)) for run in found}
    runs = [asdict(run) | {"hint": hints[run.id], "needs_person": run in alarms} for run in found]
    shown = [_screen(config, found, limit or _ON_SCREEN)]
    report.sheets([sheet], {"pipeline": config.name, "runs": runs}, screen=shown)
    return 0


def _row(run: RunRecord) -> tuple[str, ...]:
    counts = (str(run.counts.get(name, "")) for name in _COUNTS)
    seconds = "" if run.seconds is None else f"{run.seconds:.2f}"
    code = "" if run.exit_code is None else str(run.exit_code)
    return (run.id, run.started_at, run.kind, run.status, *counts, seconds, code, run.error or "")


def _screen(config: Config, found: list[RunRecord], limit: int) -> Sheet:
    """What needs a person comes first; then one line for each run."""
    ids = [run.id for run in found]
    names = dict(zip(ids, short_ids(ids), strict=True))
    alarms = urgent(found)
    lead = [config.spelled(_lead(run, names[run.id])) for run in alarms]
    shown = found[:limit]
    rows = [(names[run.id], short(run.started_at), _what(run, names, alarmed=run in alarms)) for run in shown]
    marked = {place for place, run in enumerate(shown) if run in alarms}
    return Sheet(f"Runs of {config.name}", ("run", "when", "what happened"), rows, lead=lead, urgent=marked)


def _lead(run: RunRecord, name: str) -> str:
    step = next_step(run) or "nobody knows what to do about it"
    return f"Look at run {name}: {ending(run)}. {step[0].upper()}{step[1:]}. `brandsync runs show {name}` tells more."


def _what(run: RunRecord, names: dict[str, str], *, alarmed: bool) -> str:
    undone = names.get(run.undoes or "", (run.undoes or "")[:10])
    start = f"undid {undone}: " if run.undoes else "recover: " if run.kind == "recover" else ""
    return f"{'! ' if alarmed else ''}{start}{ending(run)}"
