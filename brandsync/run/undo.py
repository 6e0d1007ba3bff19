"""Taking a finished run back, as a run of its own. It is planned, held to the limits, and can be undone too."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from brandsync.errors import BrandsyncError, ConfigError, RollbackIncomplete
from brandsync.errors.plural import counted
from brandsync.journal import Entry, Journal, RunRecord, RunStatus
from brandsync.observing.tracing import span
from brandsync.plan import count_changes
from brandsync.plan.change import Action
from brandsync.plan.safety import check_limits, expect, refusal_of
from brandsync.run.at_work import Ending, Run, foretold
from brandsync.run.execution import Execution, execute, preview
from brandsync.run.pipeline import Pipeline
from brandsync.run.recovery import RecoveryMode, recover, warn_of_unsettled
from brandsync.run.result import Result, counts_done
from brandsync.run.undo_chain import require_undoable, undo_chain
from brandsync.stores.optional import prepare
from brandsync.workflow.outcome import TakenBack
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
    if options.dry_run:
        return preview(pipeline, "undo", lambda run: _dry_run(run, prefix, options))
    try:
        with pipeline.journal.errors(), pipeline.journal.reading() as journal:
            run = _named(journal, prefix).id
    except BrandsyncError as error:
        return Result.of_error(pipeline.name, error, kind="undo", shows=pipeline.config.command("runs", "show"))
    return execute(pipeline, "undo", lambda execution: _undo(execution, run, options), progress, undoes=[run])


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


def _undo(execution: Execution, run: str, options: UndoOptions) -> Ending:
    pipeline, journal = execution.pipeline, execution.journal
    recover(execution, mode=RecoveryMode(pipeline.config.sync.recover))
    with execution.signals.reading():
        chain = undo_chain(journal, find_run(journal, run), through=options.through)
        planned = _plan(execution, chain)
        expect(planned.plan, options.expect, command=f"undo {run}")
        if not options.force:
            _check(execution, planned, run)
    if planned.plan.counts[Action.CREATE]:
        prepare(pipeline.store)
    step = UndoBrands([undone.id for undone in chain], pipeline.take_back(), execution.progress)
    with span(step.name):
        step.run(execution.stack)
    execution.signals.check()
    outcome = step.outcome
    _drop_what_was_left(planned, outcome)
    execution.left(outcome)
    failure = RollbackIncomplete.of(execution.id, len(outcome.failed)) if outcome.failed else None
    return Ending(
        status=RunStatus.ROLLBACK_INCOMPLETE if failure else RunStatus.KEPT_SOME if outcome.kept else RunStatus.DONE,
        counts=counts_done(count_changes(planned.plan.spool)),
        error=failure.message if failure else None,
        hint=failure.hint if failure else None,
        undoes=[run, *execution.through],
        record=lambda: _mark(journal, chain),
    )


def _drop_what_was_left(planned: UndoPlan, outcome: TakenBack) -> None:
    """Take out of the plan what could not be taken back, without what it has foreseen to be kept."""
    raced = {kept.row.cms_id for kept in outcome.kept} - {kept.row.cms_id for kept in planned.kept}
    for cms_id in raced | {failed.row.cms_id for failed in outcome.failed}:
        planned.plan.drop(cms_id)
    for row in outcome.waiting:
        planned.plan.drop(row.cms_id, Action.LINK, Action.UNLINK)


def _mark(journal: Journal, chain: Sequence[RunRecord]) -> None:
    """Mark these runs as undone. If one was an undo itself, the runs that it had undone stand again."""
    journal.images.forget(undone.id for undone in chain)
    for undone in chain:
        journal.runs.mark(undone.id, RunStatus.UNDONE)
        for again in (undone.undoes, *undone.through):
            if again:
                journal.runs.stands_again(again)


def _plan(run: Run, chain: Sequence[RunRecord]) -> UndoPlan:
    run.undoes, run.through = chain[-1].id, [undone.id for undone in chain[:-1]]
    pipeline, journal = run.pipeline, run.journal
    entries, spool = _entries(journal, chain), pipeline.spool()
    with span("plan"):
        planned = plan_undo(entries, pipeline.take_back(), spool, linked=journal.links.count())
    if lost := journal.entries.lost:
        are = "was removed from the store, and doesn't" if len(lost) == 1 else "were removed from the store, and don't"
        run.warn(f"{counted(len(lost), 'picture')} {are} come back with this undo: the next sync uploads anew")
    run.planned(planned.plan)
    return planned


def _entries(journal: Journal, chain: Sequence[RunRecord]) -> Iterator[Entry]:
    return (entry for run in chain for entry in journal.entries.to_take_back(run.id))


def _check(run: Run, planned: UndoPlan, undone: str) -> None:
    first = "delete" if run.journal.runs.last_good(before=undone) is None else None
    command, limits = f"undo {undone}", run.pipeline.limits
    check_limits(planned.plan, limits, complete=False, last_retrieved=None, first=first, command=command)


def _dry_run(run: Run, prefix: str, options: UndoOptions) -> Ending:
    """Plan as the real undo would."""
    warn_of_unsettled(run)
    undone = _named(run.journal, prefix)
    planned = _plan(run, undo_chain(run.journal, undone, through=options.through))
    expect(planned.plan, options.expect, command=f"undo {undone.id}")
    run.kept += planned.kept
    refusal = refusal_of(lambda: _check(run, planned, undone.id))
    words = ("undo", undone.id, *(["--through"] if options.through else []))
    return foretold(planned.plan, planned.requests, refusal, run.pipeline.config.command(*words))
