"""Settling runs that died, or could not be rolled back, before anything new begins."""

import logging
from collections.abc import Callable
from enum import StrEnum
from functools import partial

from brandsync.errors import RollbackIncomplete
from brandsync.journal import EntryState, RunRecord, RunStatus
from brandsync.observing.tracing import span
from brandsync.run.at_work import Ending, Progress, Run, nobody
from brandsync.run.execution import Execution, execute
from brandsync.run.pipeline import Pipeline
from brandsync.run.result import Recovered, Result
from brandsync.workflow.engine import UndoStack
from brandsync.workflow.outcome import TakenBack
from brandsync.workflow.undo_brands import UndoBrands

_log = logging.getLogger(__name__)


class RecoveryMode(StrEnum):
    """How to treat the writes of a dead run."""

    ROLLBACK = "rollback"
    """Take them back."""
    RESUME = "resume"
    """Keep them for the next plan to go on from, unless they were being taken back already."""
    ACCEPT = "accept"
    """Leave them as they are: a person has looked."""


_SETTLED = {
    RecoveryMode.ROLLBACK: "what it wrote is taken back first",
    RecoveryMode.RESUME: "what it wrote is kept; a rollback that had begun is finished",
    RecoveryMode.ACCEPT: "what it wrote is left as it is",
}


def warn_of_unsettled(dry_run: Run) -> None:
    """Warn on a dry run that its plan may change once other runs have ended or are settled."""
    at_work = dry_run.journal.at_work()
    for run in dry_run.journal.runs.unfinished():
        if run.id == at_work:
            dry_run.warn(f"run {run.id} is at work: this plan is of what it has done by now")
        else:
            first = f"run `{dry_run.pipeline.config.command('recover')}` first; this plan is of what it left behind"
            dry_run.warn(f"run {run.id} {unsettled(run)}: {first}")


def unsettled(run: RunRecord) -> str:
    """Why an unfinished run that isn't at work must be settled."""
    return "could not be rolled back" if run.status is RunStatus.ROLLBACK_INCOMPLETE else "has died"


def stack_of(execution: Execution, run: str) -> UndoStack:
    """The undo stack that a run left behind. If this run is asked to stop, the next run goes on with it."""
    pipeline, boundary = execution.pipeline, execution.signals.check
    return UndoStack(pipeline.journal, run, execution.lease, shared=pipeline.shared, boundary=boundary)


def recover(execution: Execution, *, mode: RecoveryMode) -> None:
    """Settle every unfinished run except our own, the newest first. The result reports each.

    Raises:
        RollbackIncomplete: something could not be taken back.
        Interrupted: this run was asked to stop.
    """
    for run in execution.journal.runs.unfinished():
        if run.id == execution.id:
            continue
        _log.warning("run %s %s: %s", run.id, unsettled(run), _SETTLED[mode])
        with span("recover", {"brandsync.recovered": run.id}):
            outcome, status = _settle(mode, run)(execution, run)
        _settled(execution, Recovered(run.id, status, outcome.undone), outcome)


def _settle(mode: RecoveryMode, run: RunRecord) -> Callable[[Execution, RunRecord], tuple[TakenBack, RunStatus]]:
    """How to settle a run. One that died in a rollback cannot be kept: nobody knows how much of it is still there."""
    if mode is RecoveryMode.RESUME and not run.status.is_rolling_back:
        return _resume
    return _accept if mode is RecoveryMode.ACCEPT else _roll_back


def _settled(execution: Execution, recovered: Recovered, outcome: TakenBack) -> None:
    """Record and tell what became of a run."""
    with execution.journal.transaction():
        execution.lease.renew()
        execution.journal.runs.mark(recovered.run, recovered.status)
    execution.recovered.append(recovered)
    execution.left(outcome)
    if outcome.failed:
        raise RollbackIncomplete.of(recovered.run, len(outcome.failed))


def recover_runs(pipeline: Pipeline, mode: RecoveryMode, progress: Progress = nobody) -> Result:
    """``brandsync recover``: settle unfinished runs, and nothing else."""
    return execute(pipeline, "recover", lambda execution: _recover_only(execution, mode), progress)


def _recover_only(execution: Execution, mode: RecoveryMode) -> Ending:
    recover(execution, mode=mode)
    for run in execution.journal.runs.incomplete_undos():
        with span("recover", {"brandsync.recovered": run.id}):
            recovered, outcome = _finish_undo(execution, run, mode)
        _settled(execution, recovered, outcome)
    return Ending(status=RunStatus.KEPT_SOME if execution.kept else RunStatus.DONE)


def _finish_undo(execution: Execution, run: RunRecord, mode: RecoveryMode) -> tuple[Recovered, TakenBack]:
    """Retry what an undo could not take back, unless a later run has gone on from what it left."""
    if mode is RecoveryMode.ACCEPT:
        return Recovered(run.id, RunStatus.KEPT_SOME, 0), TakenBack()
    pipeline, journal = execution.pipeline, execution.journal
    if any(later.is_standing and journal.entries.has(later.id) for later in journal.runs.later_than(run.id)):
        return Recovered(run.id, RunStatus.KEPT_SOME, 0), TakenBack()
    step = UndoBrands([*run.through, run.undoes or ""], pipeline.take_back(), execution.progress)
    step.run(stack_of(execution, run.id))
    failed, kept = step.outcome.failed, step.outcome.kept
    status = RunStatus.ROLLBACK_INCOMPLETE if failed else RunStatus.KEPT_SOME if kept else RunStatus.DONE
    return Recovered(run.id, status, step.outcome.undone), step.outcome


def _roll_back(execution: Execution, run: RunRecord) -> tuple[TakenBack, RunStatus]:
    undo = execution.pipeline.take_back()
    outcome = stack_of(execution, run.id).unwind(undo, partial(execution.progress, "recovery"))
    return outcome, RunStatus.ROLLBACK_INCOMPLETE if outcome.failed else RunStatus.ROLLED_BACK


def _resume(execution: Execution, run: RunRecord) -> tuple[TakenBack, RunStatus]:
    """Keep what was done. Read back writes of unknown outcome, and remember their links."""
    journal, undo = execution.journal, execution.pipeline.take_back()
    for entry in journal.entries.newest_first(run.id):
        execution.signals.check()
        if entry.state is EntryState.INTENT:
            done = undo.side(entry.batch.kind).done(entry.batch)
            with journal.transaction():
                execution.lease.renew()
                journal.record(run.id, done, entry.batch.moved(done.rows))
                journal.entries.done(entry, done)
    return TakenBack(), RunStatus.RESUMED


def _accept(_execution: Execution, _run: RunRecord) -> tuple[TakenBack, RunStatus]:
    return TakenBack(), RunStatus.ACCEPTED
