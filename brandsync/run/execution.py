"""How a run is carried out: one that writes has a lease, a record, and a rollback when anything fails."""

import logging
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import brandsync
from brandsync.errors import BrandsyncError, LeaseLost, RollbackIncomplete
from brandsync.journal import Journal, Lease, RunEnd, RunStart, RunStatus
from brandsync.new_id import new_id, next_id
from brandsync.observing.masking import hidden_in
from brandsync.observing.run_context import at_work_on
from brandsync.observing.tracing import ERROR, span
from brandsync.run.at_work import Ending, Progress, Run, nobody
from brandsync.run.pipeline import Pipeline
from brandsync.run.result import Result
from brandsync.run.signals import Signals
from brandsync.run.unexpected import ours
from brandsync.workflow.engine import UndoStack
from brandsync.workflow.leftover_images import remove_leftover_images
from brandsync.workflow.outcome import TakenBack

_log = logging.getLogger(__name__)
_LEFT = (
    "still taking back what this run has written: {} left. If this process is killed, the next run or `brandsync"
    " recover` finishes it"
)
_REMEMBERED = 1_000
"""How many skipped brands a run's record keeps, and how many kept ones, and how many that were not undone."""


@dataclass(slots=True, kw_only=True)
class Execution(Run):
    """A run that writes, under its lease."""

    id: str
    lease: Lease
    stack: UndoStack

    def record(self, result: Result, ending: Ending) -> None:
        """Record how the run ended.

        Raises:
            LeaseLost: another run has taken over, and has recorded how this one ended.
        """
        end = RunEnd(
            status=ending.status,
            exit_code=result.exit_code,
            counts=result.counts,
            checksum=result.checksum,
            left=hidden_in(result.left_json(_REMEMBERED)),
            error=result.error,
            seconds=round(result.seconds, 3),
            requests=result.requests,
            complete=ending.complete,
            watermark=ending.watermark,
            undoes=ending.undoes,
        )
        with self.journal.transaction():
            self.lease.renew()
            ending.record()
            self.journal.runs.finish(self.id, end)


def execute(
    pipeline: Pipeline,
    kind: str,
    work: Callable[[Execution], Ending],
    progress: Progress = nobody,
    *,
    undoes: Sequence[str] = (),
) -> Result:
    """Do work that writes, as the only run of its pipeline, and record its end.

    When the work raises, everything that it wrote is rolled back. Never raises what the result can tell.
    """
    signals = Signals(pipeline.interrupt)
    run = Run(pipeline=pipeline, kind=kind, signals=signals, progress=progress, journal=pipeline.journal)
    with span(kind, {"brandsync.pipeline": pipeline.name}) as told:
        try:
            with signals, pipeline.journal.errors():
                run = execution = _begin(run, undoes)
                try:
                    result = _guarded(execution, work)
                    _remove_images(execution, result)
                    _prune(execution, result)
                finally:
                    _give_back(execution.lease)
        except BrandsyncError as error:
            told[ERROR] = type(error).__name__
            result = run.ended_by(signals.cause(error))
        _tell(told, result)
    return result


def preview(pipeline: Pipeline, kind: str, work: Callable[[Run], Ending], progress: Progress = nobody) -> Result:
    """Do work that only reads: nothing is written, not even to the journal. Never raises what the result can tell."""
    signals = Signals()
    run = Run(pipeline=pipeline, kind=kind, signals=signals, progress=progress, journal=pipeline.journal)
    pipeline.stop_when(signals.requested)
    with span(kind, {"brandsync.pipeline": pipeline.name}) as told:
        try:
            with signals, pipeline.journal.errors(), signals.reading(), pipeline.journal.reading() as run.journal:
                result = run.ended(work(run))
        except Exception as error:  # noqa: BLE001 - reported like every other end
            told[ERROR] = type(error).__name__
            result = run.ended_by(signals.cause(ours(error)))
        _tell(told, result)
    return result


def _tell(told: dict[str, Any], result: Result) -> None:
    """Let the span of the whole run tell how it ended."""
    told |= {"brandsync.run": result.run, "brandsync.status": result.status}
    told |= {f"brandsync.{name}": count for name, count in result.counts.items()}
    if result.error and not result.dry_run:
        told.setdefault(ERROR, result.status)


def _begin(run: Run, undoes: Sequence[str]) -> Execution:
    pipeline, journal, signals = run.pipeline, run.journal, run.signals
    with signals.reading():
        journal.connect()
    journal.prepare()
    own = _new_id(journal)
    at_work_on(pipeline=pipeline.name, run=own)
    lease = Lease(journal.database, pipeline.name, own)
    stack = UndoStack(journal, own, lease, shared=pipeline.shared, boundary=signals.check)
    with journal.transaction():
        lease.acquire()
        journal.runs.start(own, _start(pipeline, run.kind), undoes=undoes)
    lease.keep()
    return Execution(
        pipeline=pipeline,
        kind=run.kind,
        signals=signals,
        progress=run.progress,
        journal=journal,
        began=run.began,
        id=own,
        lease=lease,
        stack=stack,
    )


def _new_id(journal: Journal) -> str:
    """An id that sorts after all earlier runs, even if the clock of another machine was ahead of ours."""
    run = new_id()
    latest = next((found.id for found in journal.runs.latest(1)), "")
    return run if run > latest else next_id(latest)


def _start(pipeline: Pipeline, kind: str) -> RunStart:
    where = pipeline.cms.where(), pipeline.store.where()
    return RunStart(kind, socket.gethostname(), brandsync.__version__, *where, pipeline.fingerprint())


def _give_back(lease: Lease) -> None:
    try:
        lease.release()
    except Exception as error:  # noqa: BLE001 - it expires by itself, and how the run ended is what counts
        _log.warning("the lease could not be given back (%s): it runs out within a minute", type(error).__name__)


def _guarded(execution: Execution, work: Callable[[Execution], Ending]) -> Result:
    execution.pipeline.stop_when(execution.signals.requested)
    execution.pipeline.guard_writes(execution.lease.confirm)
    try:
        with execution.journal.errors():
            ending = work(execution)
            result = execution.ended(ending)
            execution.record(result, ending)
    except LeaseLost:
        raise
    except Exception as error:  # noqa: BLE001 - a bug must not leave anything half-done either
        return _roll_back(execution, execution.signals.cause(ours(error)))
    return result


def _remove_images(execution: Execution, result: Result) -> None:
    """Remove pictures that nothing needs any more. What can't be removed now is left to the next run."""
    if result.interrupted:
        return
    pipeline = execution.pipeline
    mapped = pipeline.config.cms.fields.images
    try:
        with execution.journal.errors():
            for sentence in remove_leftover_images(pipeline.store, execution.journal, execution.id, mapped):
                _log.warning("%s", sentence)
    except LeaseLost:
        raise
    except Exception as error:  # noqa: BLE001 - how the run ended is what counts
        told = ours(error).message
        _log.warning("pictures that nothing needs could not be removed (%s): the next run tries again", told)


def _prune(execution: Execution, result: Result) -> None:
    """Forget old runs, however this run ended. A failure here changes nothing: the next run removes what is left."""
    if result.interrupted:
        return
    try:
        execution.journal.prune(execution.pipeline.config.journal.keep_runs, execution.lease.renew)
    except BrandsyncError as error:
        _log.warning("old runs could not be removed from the journal (%s): the next run tries again", error.message)


def _roll_back(execution: Execution, cause: BrandsyncError) -> Result:
    """Take back what this run wrote, and record it. If the store refuses something, a person is needed."""
    used = execution.stack.used
    try:
        outcome = _unwind(execution)
    except LeaseLost:
        raise
    except BrandsyncError as error:
        if used:
            cause = RollbackIncomplete(
                f"{cause.message}; and the rollback could not begin: {error.message}",
                hint="the next run, or `brandsync recover`, rolls it back",
            )
        return execution.ended_by(cause)
    execution.left(outcome)
    if outcome.failed:
        failure = RollbackIncomplete.of(execution.id, len(outcome.failed))
        result = execution.ended_by(RollbackIncomplete(f"{cause.message}; {failure.message}", hint=failure.hint))
    else:
        result = execution.ended_by(cause, **({"status": RunStatus.ROLLED_BACK} if used else {}))
    # A run that wrote nothing left nothing behind, whatever it found of others.
    left_nothing = not used and result.status is not RunStatus.REFUSED
    execution.record(result, Ending(status=RunStatus.FAILED if left_nothing else result.status))
    return result


def _unwind(execution: Execution) -> TakenBack:
    # A run that was asked to stop still takes its time to undo.
    stack = execution.stack
    stack.boundary = lambda: None
    execution.signals.taking_back(lambda: _LEFT.format(f"{stack.left} batch{'es' * (stack.left != 1)}"))
    execution.pipeline.stop_when(lambda: False)
    if not stack.used:
        execution.pipeline.hurry()
    undo = execution.pipeline.take_back()
    with span("rollback") as told, execution.journal.errors():
        outcome = stack.unwind(undo, partial(execution.progress, "rollback")) if stack.used else TakenBack()
        told["brandsync.undone"] = outcome.undone
    return outcome
