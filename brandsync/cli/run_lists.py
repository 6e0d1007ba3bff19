"""The latest runs, as a table."""

from collections.abc import Callable, Sequence
from dataclasses import asdict

from brandsync.cli.ending import attempt, worst
from brandsync.cli.pipelines import opened
from brandsync.config import Config
from brandsync.errors import ConfigError
from brandsync.journal import RunRecord
from brandsync.report.interface import Report, Sheet

_COUNTS = ("created", "updated", "skipped")
_COLUMNS = ("run", "started", "kind", "status", *_COUNTS, "seconds")


def list_runs(report: Report, configs: Sequence[Config | ConfigError], limit: int) -> int:
    """List the latest runs of every pipeline; returns the worst exit code."""
    return worst([attempt(report, _listing(report, config, limit)) for config in configs])


def _listing(report: Report, config: Config | ConfigError, limit: int) -> Callable[[], int]:
    return lambda: _list(report, config, limit)


def _list(report: Report, config: Config | ConfigError, limit: int) -> int:
    if isinstance(config, ConfigError):
        raise config
    with opened(config, read_only=True) as pipeline, pipeline.journal.errors(), pipeline.journal.reading() as journal:
        found = journal.runs.latest(limit)
    if not found:
        report.notice(f"{config.name} has not run yet")
    sheet = Sheet(f"Runs of {config.name}", _COLUMNS, [_row(run) for run in found])
    report.sheets([sheet], {"pipeline": config.name, "runs": [asdict(run) for run in found]})
    return 0


def _row(run: RunRecord) -> tuple[str, ...]:
    counts = (str(run.counts.get(name, "")) for name in _COUNTS)
    seconds = "" if run.seconds is None else f"{run.seconds:.2f}"
    return (run.id, run.started_at, run.kind, run.status, *counts, seconds)
