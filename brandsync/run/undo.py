"""Taking a finished run back, as a run of its own. It is planned, held to the limits, and can be undone too."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from brandsync.errors import BrandsyncError, ConfigError
from brandsync.journal import Entry, Journal, RunRecord, RunStatus
from brandsync.observing.tracing import span
from brandsync.plan.change import Action
from brandsync.plan.safety import check_limits, expect, refusal_of
from brandsync.run.execution import Ending, Execution, execute, preview
from brandsync.run.pipeline import Pipeline
from brandsync.run.recovery import RecoveryMode, recover, warn_of_unsettled
from brandsync.run.result import Result
from brandsync.run.undo_chain import require_undoable, undo_chain
from brandsync.stores.optional import prepare
from brandsync.workflow.undo_brands import UndoBrands
from brandsync.workflow.undo_plan import UndoPlan, plan_undo

_LOOK_BACK = 100


@dataclass(frozen=True, slots=True)
class UndoOptions:
    """The options of one ``brandsync undo``, beyond the run."""

    dry_run: bool = False
    through: bool = False
    """Also take back later runs that changed the same brands."""
    force: bool = False
    """Go beyond the safety limits, this once."""
    expect: str | None = None
    """The checksum of the plan that was reviewed."""


def find_run(journal: Journal, prefix: str) -> RunRecord:
    """The only run whose id begins with the prefix, or the ``last`` run.

    Raises:
        ConfigError: none, or more than one.
    """
    found = journal.runs.find(prefix)
    if len(found) == 1:
        return found[0]
    if not found and not journal.runs.latest(1):
        raise ConfigError(
            f"{journal.pipeline!r} has not run yet",
            hint="`brandsync sync` runs it; if it has run, see [journal] url and `name` in the configuration",
        )
    what = "no run" if not found else "more than one run"
    raise ConfigError(f"{what} of {journal.pipeline!r} is called {prefix!r}", hint="`brandsync runs` lists them")


def undo(pipeline: Pipeline, prefix: str, options: UndoOptions, progress: Callable[[str, int], None]) -> Result:
    """Take a run back: restore what it changed wherever nobody has changed it since.

    Never raises what the result can tell: its ``exit_code`` says how the run ended.
    """
    result = Result(pipeline.name, kind="undo", shows=pipeline.config.command("runs", "show"))
    if options.dry_run:
        preview(pipeline, result, lambda journal: _dry_run(pipeline, journal, prefix, options, result))
        return result
    try:
        with pipeline.journal.errors(), pipeline.journal.reading() as journal:
            run = _named(journal, prefix).id
    except BrandsyncError as error:
        result.fail(error)
        return result
    execute(pipeline, result, lambda execution: _undo(execution, run, options, progress), progress, undoes=[run])
    return result


def _named(journal: Journal, prefix: str) -> RunRecord:
    """The named run, with the checks that are possible before the lease is held."""
    run = _latest(journal) if prefix == "last" else find_run(journal, prefix)
    require_undoable(run)
    return run


def _latest(journal: Journal) -> RunRecord:
    """The latest run that can be undone. A person who has just looked at the runs means this one."""
    runs = journal.runs.latest(_LOOK_BACK)
    found = next((run for run in runs if run.kind != "recover" and run.status.is_undoable), None)
    return found or find_run(journal, "last")


def _undo(execution: Execution, run: str, options: UndoOptions, progress: Callable[[str, int], None]) -> Ending:
    pipeline, result = execution.pipeline, execution.result
    recover(execution, mode=RecoveryMode(pipeline.config.sync.recover))
    with execution.signals.reading():
        chain = undo_chain(pipeline.journal, find_run(pipeline.journal, run), through=options.through)
        planned = _plan(pipeline, pipeline.journal, chain, result)
        expect(planned.plan, options.expect, command=f"undo {run}")
        if not options.force:
            _check(pipeline, pipeline.journal, planned, run)
    if planned.plan.counts[Action.CREATE]:
        prepare(pipeline.store)
    step = UndoBrands([undone.id for undone in chain], pipeline.take_back(), progress)
    with span(step.name):
        step.run(execution.stack)
    execution.signals.check()
    result.finish_undo(step.outcome, planned.kept, execution.run)
    return Ending(undoes=[run, *result.through], record=lambda: _mark(pipeline.journal, chain))


def _mark(journal: Journal, chain: Sequence[RunRecord]) -> None:
    """Mark these runs as undone. If one was an undo itself, the runs that it had undone stand again."""
    for undone in chain:
        journal.runs.mark(undone.id, RunStatus.UNDONE)
        for again in (undone.undoes, *undone.through):
            if again:
                journal.runs.mark(again, RunStatus.DONE)


def _plan(pipeline: Pipeline, journal: Journal, chain: Sequence[RunRecord], result: Result) -> UndoPlan:
    result.undoes, result.through = chain[-1].id, [run.id for run in chain[:-1]]
    entries, spool = _entries(journal, chain), pipeline.spool()
    with span("plan"):
        planned = plan_undo(entries, pipeline.take_back(), spool, linked=journal.links.count())
    result.plan = planned.plan
    for warning in pipeline.store.capabilities.not_taken_back(planned.plan.counts):
        result.warn(warning)
    return planned


def _entries(journal: Journal, chain: Sequence[RunRecord]) -> Iterator[Entry]:
    return (entry for run in chain for entry in journal.entries.to_take_back(run.id))


def _check(pipeline: Pipeline, journal: Journal, planned: UndoPlan, run: str) -> None:
    first = "delete" if journal.runs.last_good(before=run) is None else None
    command = f"undo {run}"
    check_limits(planned.plan, pipeline.limits, complete=False, last_retrieved=None, first=first, command=command)


def _dry_run(pipeline: Pipeline, journal: Journal, prefix: str, options: UndoOptions, result: Result) -> None:
    """Plan as the real undo would."""
    warn_of_unsettled(pipeline, journal, result)
    run = _named(journal, prefix)
    planned = _plan(pipeline, journal, undo_chain(journal, run, through=options.through), result)
    expect(planned.plan, options.expect, command=f"undo {run.id}")
    result.kept = planned.kept
    result.store_needs, result.cms_needs = planned.requests.store, planned.requests.cms
    refusal = refusal_of(lambda: _check(pipeline, journal, planned, run.id))
    words = ("undo", run.id, *(["--through"] if options.through else []))
    result.finish_dry_run(refusal, pipeline.config.command(*words))
