"""The sync: recover dead runs, plan, check the limits, take the three steps, and report the outcome."""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from brandsync.brand import Skipped
from brandsync.errors import SafetyRefusal
from brandsync.journal import Journal, LinkRow, RunStatus
from brandsync.observing.tracing import span
from brandsync.plan import Plan, make_plan
from brandsync.plan.memory import renewed_links
from brandsync.plan.safety import check_capacity, check_limits, expect, refusal_of
from brandsync.run.execution import Ending, Execution, Progress, execute, preview
from brandsync.run.incremental import next_watermark, since, warn_of_undated
from brandsync.run.pipeline import Pipeline
from brandsync.run.recovery import RecoveryMode, recover, warn_of_unsettled
from brandsync.run.result import Result
from brandsync.stores.optional import prepare
from brandsync.workflow.create_brands import CreateBrands
from brandsync.workflow.delete_brands import DeleteBrands
from brandsync.workflow.link_check import may_link
from brandsync.workflow.lost_ids import skip_lost
from brandsync.workflow.requests import RequestCount, count_requests
from brandsync.workflow.retrieve_brands import RetrieveBrands
from brandsync.workflow.update_brands import UpdateBrands
from brandsync.workflow.work import Work
from brandsync.workflow.writer import Writer

_LINKS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one ``brandsync sync``, beyond the configuration."""

    dry_run: bool = False
    full: bool = False
    """List the whole CMS, even where the changes alone would do."""
    force: bool = False
    """Go beyond the safety limits, this once."""
    expect: str | None = None
    """The checksum of the plan that was reviewed."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and how its reading went."""

    plan: Plan
    complete: bool
    watermark: str | None


def sync(pipeline: Pipeline, options: Options, progress: Progress) -> Result:
    """Bring the store's brands in line with the CMS. Show the result before the pipeline is closed.

    Never raises what the result can tell: its ``exit_code`` says how the run ended.
    """
    result = Result(pipeline.name, shows=pipeline.config.command("runs", "show"))
    if options.dry_run:
        preview(pipeline, result, lambda journal: _dry_run(pipeline, journal, options, progress, result))
    else:
        execute(pipeline, result, lambda execution: _sync(execution, options, progress), progress)
    return result


def _dry_run(pipeline: Pipeline, journal: Journal, options: Options, progress: Progress, result: Result) -> None:
    """Plan as the real run would."""
    warn_of_unsettled(pipeline, journal, result)
    planned = _plan(pipeline, journal, options, progress, result, own=None)
    expect(planned.plan, options.expect)
    count = RequestCount(pipeline.store, pipeline.cms)
    count_requests(planned.plan, count, pipeline.store.capabilities.batch)
    result.store_needs, result.cms_needs = count.store, count.cms
    refusal = refusal_of(lambda: _check(pipeline, journal, planned, own=None))
    result.finish_dry_run(refusal, pipeline.config.command("sync", *(["--full"] if options.full else [])))


def _sync(execution: Execution, options: Options, progress: Progress) -> Ending:
    pipeline, result = execution.pipeline, execution.result
    journal = pipeline.journal
    recover(execution, mode=RecoveryMode(pipeline.config.sync.recover))
    with execution.signals.reading():
        planned = _plan(pipeline, journal, options, progress, result, own=execution.run)
        expect(planned.plan, options.expect)
        _check(pipeline, journal, planned, own=execution.run, force=options.force)
    work = _work(execution, planned, progress)
    if any(planned.plan.counts.values()):
        prepare(pipeline.store)
    for step in (CreateBrands(work), UpdateBrands(work), DeleteBrands(work)):
        with span(step.name):
            step.run(execution.stack)
    with execution.signals.reading():
        skip_lost(planned.plan, pipeline.cms)
    result.tell_waiting(work.links_later)
    result.finish_sync(work.counts, work.new_ids)
    watermark = planned.watermark if result.status is RunStatus.DONE else None
    return Ending(planned.complete, watermark, record=lambda: _remember(journal, planned.plan))


def _plan(  # noqa: PLR0913 - what differs between a dry run and a real one
    pipeline: Pipeline, journal: Journal, options: Options, progress: Progress, result: Result, *, own: str | None
) -> Planned:
    """Step 1, and the guide's ``transform``. ``own``: this run's id, if it has one."""
    now = datetime.now(UTC)
    start = None if options.full else since(pipeline, journal, now, own=own)
    spool = pipeline.spool()
    step = RetrieveBrands(pipeline.cms, pipeline.store, journal, spool, since=start, progress=progress)
    with span(step.name):
        step.run()
    complete = step.result.complete
    warn_of_undated(pipeline, step.result)
    with span("plan"):
        spool.links_in_cms = pipeline.link_in_cms and may_link(pipeline.cms.links, spool)
        if step.result.short:
            spool.skip(Skipped("", "not_listed", step.result.short))
        plan = make_plan(spool, pipeline.rules, complete=complete, known_links=journal.links.count())
    result.planned(plan)
    for warning in pipeline.store.capabilities.not_taken_back(plan.counts):
        result.warn(warning)
    return Planned(plan, complete, next_watermark(step.result.newest, start, now))


def _check(pipeline: Pipeline, journal: Journal, planned: Planned, *, own: str | None, force: bool = False) -> None:
    if not force:
        _check_identity(pipeline, journal, own)
    check_capacity(planned.plan, pipeline.store.capabilities.most_brands)
    if force:
        return
    last = journal.runs.last_good(complete=True)
    retrieved = last.counts.get("retrieved") if last else None
    first = "create" if journal.runs.last_good() is None else None
    check_limits(planned.plan, pipeline.limits, complete=planned.complete, last_retrieved=retrieved, first=first)


def _check_identity(pipeline: Pipeline, journal: Journal, own: str | None) -> None:
    """Refuse to apply the links of one CMS and store to others."""
    last = next((run for run in journal.runs.latest(2) if run.id != own), None)
    now = (pipeline.cms.where(), pipeline.store.where())
    if last and (last.source, last.target) != now:
        raise SafetyRefusal(
            f"the last run of {pipeline.name!r} synced {last.source} to {last.target}, and this one would sync {now[0]}"
            f" to {now[1]}",
            hint="if they have moved, run once with --force; else give this pipeline a name of its own"
            ' (name = "..." at the top of its file)',
            forced="if they have moved, {} goes on; else give this pipeline a name of its own"
            ' (name = "..." at the top of its file)',
        )


def _work(execution: Execution, planned: Planned, progress: Progress) -> Work:
    pipeline = execution.pipeline
    writer = Writer(pipeline.store, pipeline.cms, pipeline.config.sync.keep_going, execution.signals.check)
    return Work(planned.plan, writer, progress)


def _remember(journal: Journal, plan: Plan) -> None:
    """Record what a good run saw of the pairs that it left alone.

    This needs no undo entry. It says what both sides hold, and an undo of this run changes neither of them.
    """
    renewed = renewed_links(plan.spool)
    while links := [*islice(renewed, _LINKS_AT_ONCE)]:
        journal.links.put([(cms_id, LinkRow(brand_id, *memory)) for cms_id, brand_id, *memory in links])
        journal.gone.forget(brand_id for _, brand_id, *_ in links)
