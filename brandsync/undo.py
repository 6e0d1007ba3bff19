"""Taking a finished run back, as a run of its own: it can be undone too."""

import time
from collections.abc import Callable

from brandsync.errors import BrandsyncError, ConfigError
from brandsync.execution import Execution, execute
from brandsync.journal import Journal, RunRecord
from brandsync.pipeline import Pipeline
from brandsync.recovery import recover
from brandsync.result import Result
from brandsync.workflow.engine import Outcome
from brandsync.workflow.undo_brands import UndoBrands

_UNDOABLE = ("done", "skipped_some", "kept_some")
_LOOK_BACK = 100


def find_run(journal: Journal, prefix: str) -> RunRecord:
    """The one run whose id begins so, or the ``last``.

    Raises:
        ConfigError: none, or more than one.
    """
    found = journal.runs.find(prefix)
    if len(found) == 1:
        return found[0]
    what = "no run" if not found else "more than one run"
    raise ConfigError(f"{what} of {journal.pipeline!r} is called {prefix!r}", hint="`brandsync runs` lists them")


def undo(pipeline: Pipeline, prefix: str, progress: Callable[[str, int], None]) -> Result:
    """Take a run back: restore what it changed wherever nobody has changed it since."""
    result = Result(pipeline.name, kind="undo")
    try:
        with pipeline.journal.errors(), pipeline.journal.reading() as journal:
            run = _undoable(journal, prefix)
    except BrandsyncError as error:
        result.fail(error)
        return result
    result.undoes = run.id
    execute(pipeline, result, lambda execution: _undo(execution, run.id, progress), undoes=run.id)
    return result


def _undoable(journal: Journal, prefix: str) -> RunRecord:
    run = _latest(journal) if prefix == "last" else find_run(journal, prefix)
    if run.status not in _UNDOABLE:
        raise ConfigError(
            f"run {run.id} is {run.status.replace('_', ' ')}: there is nothing to undo",
            hint="`brandsync runs` lists the runs",
        )
    return run


def _latest(journal: Journal) -> RunRecord:
    """The latest run that can be undone: what a person means who has just looked."""
    runs = journal.runs.latest(_LOOK_BACK)
    found = next((run for run in runs if run.kind != "recover" and run.status in _UNDOABLE), None)
    return found or find_run(journal, "last")


def _undo(execution: Execution, run: str, progress: Callable[[str, int], None]) -> None:
    pipeline, journal = execution.pipeline, execution.pipeline.journal
    recover(pipeline, execution.lease, execution.result, own=execution.run, mode=pipeline.config.sync.recover)
    undone = _undoable(journal, run)
    step = UndoBrands(run, pipeline.take_back(), progress)
    step.run(execution.stack)
    execution.signals.check()
    execution.result.finish_undo(step.outcome, step.counts)
    with journal.transaction():
        execution.lease.renew()
        _mark(journal, undone)
        execution.finish()


def _mark(journal: Journal, undone: RunRecord) -> None:
    """The run is undone; if it was an undo itself, what that had undone is done again."""
    journal.runs.finish(undone.id, status="undone")
    if undone.undoes:
        journal.runs.finish(undone.undoes, status="done")


def preview_undo(pipeline: Pipeline, prefix: str) -> Result:
    """What undoing a run would restore, and what it would keep. Writes nothing anywhere."""
    began = time.monotonic()
    result = Result(pipeline.name, kind="undo")
    try:
        with pipeline.journal.errors(), pipeline.journal.reading() as journal:
            run = _undoable(journal, prefix)
            result.undoes = run.id
            step = UndoBrands(run.id, pipeline.take_back(), lambda _phase, _count: None)
            for entry in journal.entries.newest_first(run.id):
                inverse, rows = step.preview(entry)
                step.record(inverse, Outcome(done=rows.write, kept=rows.kept))
            result.finish_undo(step.outcome, step.counts, dry_run=True)
    except BrandsyncError as error:
        result.fail(error)
    result.seconds = time.monotonic() - began
    result.requests = pipeline.requests
    return result
