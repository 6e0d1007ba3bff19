"""Settling the runs that died, or could not be rolled back: before anything new is begun."""

from collections.abc import Iterator

from brandsync.errors import RollbackIncomplete
from brandsync.execution import Execution, execute
from brandsync.journal import Lease, RunRecord
from brandsync.pipeline import Pipeline
from brandsync.result import Recovered, Result
from brandsync.workflow.engine import Outcome, UndoStack
from brandsync.workflow.settle import linked


def stack_of(pipeline: Pipeline, run: str, lease: Lease) -> UndoStack:
    """The undo stack that a run left behind."""
    return UndoStack(pipeline.journal, run, lease, shared=pipeline.shared, boundary=lambda: None)


def recover(pipeline: Pipeline, lease: Lease, result: Result, *, own: str, mode: str) -> None:
    """Settle every unfinished run but our own, the newest first; the result tells of each.

    ``mode``: ``rollback`` takes back what they wrote; ``resume`` keeps it, for the next plan to go on from; ``accept``
    leaves everything as it is, for a person who has looked.

    Raises:
        RollbackIncomplete: something could not be taken back.
    """
    settle = {"rollback": _roll_back, "resume": _resume, "accept": _accept}[mode]
    for run in _unfinished(pipeline, own):
        outcome, status = settle(pipeline, run, lease)
        pipeline.journal.runs.finish(run.id, status=status)
        result.recovered.append(Recovered(run.id, status, len(outcome.done)))
        result.kept += outcome.kept
        result.failed += outcome.failed
        if outcome.failed:
            raise RollbackIncomplete.of(run.id, len(outcome.failed))


def recover_runs(pipeline: Pipeline, mode: str) -> Result:
    """``brandsync recover``: settle unfinished runs, and do nothing else."""
    result = Result(pipeline.name, kind="recover")
    execute(pipeline, result, lambda execution: _recover_only(execution, mode))
    return result


def _recover_only(execution: Execution, mode: str) -> None:
    recover(execution.pipeline, execution.lease, execution.result, own=execution.run, mode=mode)
    result = execution.result
    result.status, result.exit_code = ("kept_some", 65) if result.kept else ("done", 0)
    execution.finish()


def _unfinished(pipeline: Pipeline, own: str) -> Iterator[RunRecord]:
    return (run for run in pipeline.journal.runs.unfinished() if run.id != own)


def _roll_back(pipeline: Pipeline, run: RunRecord, lease: Lease) -> tuple[Outcome, str]:
    undo = pipeline.take_back()
    outcome = stack_of(pipeline, run.id, lease).unwind(lambda entry: undo(entry.batch))
    return outcome, "rollback_incomplete" if outcome.failed else "rolled_back"


def _resume(pipeline: Pipeline, run: RunRecord, lease: Lease) -> tuple[Outcome, str]:
    """Keep what was done: read back what nobody knows, and remember its links."""
    settling = pipeline.take_back().settling
    for entry in pipeline.journal.entries.newest_first(run.id):
        if entry.state == "intent":
            done = linked(settling.done(entry.batch))
            with pipeline.journal.transaction():
                lease.renew()
                pipeline.journal.links.apply(done.links)
                pipeline.journal.entries.done(entry, done)
    return Outcome(), "resumed"


def _accept(_pipeline: Pipeline, _run: RunRecord, _lease: Lease) -> tuple[Outcome, str]:
    return Outcome(), "accepted"
