"""One execution that writes: its lease, its record, and the rollback when anything fails."""

import logging
import socket
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import brandsync
from brandsync.errors import BrandsyncError, LeaseLost, RollbackIncomplete, Unreadable
from brandsync.journal import Journal, Lease, RunEnd, RunStart, RunStatus
from brandsync.new_id import new_id, next_id
from brandsync.observing.masking import hidden_in
from brandsync.observing.run_context import at_work_on
from brandsync.observing.tracing import ERROR, span
from brandsync.run.pipeline import Pipeline
from brandsync.run.result import Result
from brandsync.run.signals import Signals
from brandsync.workflow.engine import UndoStack
from brandsync.workflow.outcome import TakenBack

_log = logging.getLogger(__name__)
Progress = Callable[[str, int], None]
"""Called with a phase and how many more of its brands are done. The phases: ``cms``, ``store``, ``links``,
``rollback``, ``recovery``, or a step's name."""
_LEFT = (
    "still taking back what this run has written: {} left. If this process is killed, the next run or `brandsync"
    " recover` finishes it"
)
_REMEMBERED = 1_000
"""How many skipped brands a run's record keeps, and how many kept ones, and how many that were not undone."""


def _nothing() -> None:
    """Record nothing else."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What the journal must know about a run at its end, beyond its result."""

    complete: bool = False
    """The CMS was listed as a whole."""
    watermark: str | None = None
    """The moment from which the next incremental run must ask, as ISO 8601, UTC."""
    undoes: Sequence[str] = ()
    """The runs that it has taken back, the named one first."""
    status: RunStatus | None = None
    """The run's status, where the journal's differs from the result's."""
    record: Callable[[], None] = _nothing
    """Writes what belongs to the end of the run, in the same transaction."""


@dataclass(frozen=True, slots=True)
class Execution:
    """A run at work, under its lease."""

    pipeline: Pipeline
    run: str
    lease: Lease
    stack: UndoStack
    signals: Signals
    result: Result
    progress: Progress
    began: float
    """The start, by the monotonic clock, in seconds."""

    def end(self, ending: Ending) -> None:
        """Record how the run ended, as its result says.

        Raises:
            LeaseLost: another run has taken over, and has recorded how this one ended.
        """
        result = self.result
        end = RunEnd(
            status=ending.status or result.status,
            exit_code=result.exit_code,
            counts=result.counts,
            checksum=result.checksum,
            left=hidden_in(result.left_json(_REMEMBERED)),
            error=result.error,
            seconds=round(time.monotonic() - self.began, 3),
            requests=self.pipeline.requests,
            complete=ending.complete,
            watermark=ending.watermark,
            undoes=ending.undoes,
        )
        with self.pipeline.journal.transaction():
            self.lease.renew()
            ending.record()
            self.pipeline.journal.runs.finish(self.run, end)


def nobody(_phase: str, _count: int) -> None:
    """Progress that is shown to nobody."""


def execute(
    pipeline: Pipeline,
    result: Result,
    work: Callable[[Execution], Ending],
    progress: Progress = nobody,
    *,
    undoes: Sequence[str] = (),
) -> None:
    """Do work that writes, as the only run of its pipeline, and record its end.

    When the work raises, everything that it wrote is rolled back. Never raises what the result can tell.
    """
    began = time.monotonic()
    signals = Signals(pipeline.interrupt)
    try:
        with _span(result), signals, pipeline.journal.errors():
            execution = _begin(pipeline, result, signals, undoes, progress)
            try:
                _guarded(execution, work)
                _prune(execution)
            finally:
                _give_back(execution.lease)
    except BrandsyncError as error:
        result.fail(signals.cause(error))
    finally:
        result.seconds = time.monotonic() - began
        result.requests = pipeline.requests


def preview(pipeline: Pipeline, result: Result, work: Callable[[Journal], None]) -> None:
    """Do work that only reads: nothing is written, not even to the journal. Never raises what the result can tell."""
    began = time.monotonic()
    signals = Signals()
    pipeline.stop_when(signals.requested)
    try:
        with (
            _span(result),
            signals,
            pipeline.journal.errors(),
            signals.reading(),
            pipeline.journal.reading() as journal,
        ):
            work(journal)
    except BrandsyncError as error:
        result.fail(signals.cause(error))
    except Exception as error:  # noqa: BLE001 - reported like every other end
        result.fail(signals.cause(bug(error)))
    result.seconds = time.monotonic() - began
    result.requests = pipeline.requests


@contextmanager
def _span(result: Result) -> Iterator[None]:
    """The span of the whole run."""
    with span(result.kind, {"brandsync.pipeline": result.pipeline}) as told:
        try:
            yield
        finally:
            counts = {f"brandsync.{name}": count for name, count in result.counts.items()}
            told |= {"brandsync.run": result.run, "brandsync.status": result.status, **counts}
            if result.error and not result.dry_run:
                told[ERROR] = result.status


def _begin(
    pipeline: Pipeline, result: Result, signals: Signals, undoes: Sequence[str], progress: Progress
) -> Execution:
    journal = pipeline.journal
    with signals.reading():
        journal.connect()
    journal.prepare()
    run = _new_id(journal)
    at_work_on(pipeline=pipeline.name, run=run)
    lease = Lease(journal.database, pipeline.name, run)
    stack = UndoStack(journal, run, lease, shared=pipeline.shared, boundary=signals.check)
    with journal.transaction():
        lease.acquire()
        journal.runs.start(run, _start(pipeline, result.kind), undoes=undoes)
    lease.keep()
    result.run = run
    return Execution(pipeline, run, lease, stack, signals, result, progress, time.monotonic())


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


def _guarded(execution: Execution, work: Callable[[Execution], Ending]) -> None:
    execution.pipeline.stop_when(execution.signals.requested)
    execution.pipeline.guard_writes(execution.lease.confirm)
    try:
        with execution.pipeline.journal.errors():
            execution.end(work(execution))
    except LeaseLost:
        raise
    except BrandsyncError as error:
        _roll_back(execution, execution.signals.cause(error))
    except Exception as error:  # noqa: BLE001 - a bug must not leave anything half-done either
        _roll_back(execution, execution.signals.cause(bug(error)))


def _prune(execution: Execution) -> None:
    """Forget old runs, however this run ended. A failure here changes nothing: the next run removes what is left."""
    if execution.result.interrupted:
        return
    try:
        execution.pipeline.journal.prune(execution.pipeline.config.journal.keep_runs, execution.lease.renew)
    except BrandsyncError as error:
        _log.warning("old runs could not be removed from the journal (%s): the next run tries again", error.message)


def bug(error: Exception) -> BrandsyncError:
    """An unexpected exception as one of ours: its kind and place, without any value that might be a secret.

    If a backend fails on the form of an answer, the answer isn't what its API promises.
    """
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{'/'.join(frames[-1].filename.split('/')[-2:])}:{frames[-1].lineno}"
    what = f"{type(error).__name__} at {place}"
    side = _reading_of([frame.filename for frame in frames])
    if side and isinstance(error, LookupError | TypeError | AttributeError | ValueError):
        return Unreadable(
            f"an answer of the {side} is not what its API promises: {what}",
            hint=f"`--verbose` shows which one; if nothing is wrong with the {side}, please report it",
        )
    return BrandsyncError(f"a bug in brandsync: {what}", hint="please report it with the command that led to it")


def _reading_of(files: Sequence[str]) -> str | None:
    """The side whose answer these files were reading, the innermost file last. None if they did something else."""
    ours = [Path(file).relative_to(_PACKAGE).parts for file in files if file.startswith(f"{_PACKAGE}/")]
    if not ours or ours[-1][0] not in _SIDES:
        return None
    hosted = [parts[0] for parts in ours if parts[0] in _SIDES and len(parts) > 2 and parts[1] not in _ANY_FORM]
    return _SIDES[hosted[-1]] if hosted else None


_PACKAGE: Final = Path(brandsync.__file__).parent
_SIDES: Final = {"cms": "CMS", "stores": "store"}
_ANY_FORM: Final = frozenset({"file", "rest", "sql"})
"""Backends without an API that promises a form."""


def _roll_back(execution: Execution, cause: BrandsyncError) -> None:
    """Take back what this run wrote, and record it. If the store refuses something, a person is needed."""
    result = execution.result
    result.fail(cause)
    try:
        outcome = _unwind(execution)
    except LeaseLost:
        raise
    except BrandsyncError as error:
        if not execution.stack.used:
            return
        result.rollback_incomplete(
            f"{cause.message}; and the rollback could not begin: {error.message}",
            hint="the next run, or `brandsync recover`, rolls it back",
        )
        return
    result.kept += outcome.kept
    result.tell_waiting(len(outcome.waiting))
    if outcome.failed:
        result.failed += outcome.failed
        failure = RollbackIncomplete.of(execution.run, len(outcome.failed))
        result.rollback_incomplete(f"{cause.message}; {failure.message}", hint=failure.hint)
    elif execution.stack.used:
        result.status = RunStatus.ROLLED_BACK
    # A run that wrote nothing left nothing behind, whatever it found of others.
    left_nothing = not execution.stack.used and result.status is not RunStatus.REFUSED
    execution.end(Ending(status=RunStatus.FAILED if left_nothing else None))


def _unwind(execution: Execution) -> TakenBack:
    # A run that was asked to stop still takes its time to undo.
    stack = execution.stack
    stack.boundary = lambda: None
    execution.signals.taking_back(lambda: _LEFT.format(f"{stack.left} batch{'es' * (stack.left != 1)}"))
    execution.pipeline.stop_when(lambda: False)
    if not stack.used:
        execution.pipeline.hurry()
    undo = execution.pipeline.take_back()
    with span("rollback") as told, execution.pipeline.journal.errors():
        outcome = stack.unwind(undo, partial(execution.progress, "rollback")) if stack.used else TakenBack()
        told["brandsync.undone"] = outcome.undone
    return outcome
