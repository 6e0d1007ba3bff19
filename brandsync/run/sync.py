"""The sync: recover dead runs, plan, check the limits, take the three steps, and report the outcome."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import islice

from brandsync.brand import Skipped
from brandsync.errors import SafetyRefusal
from brandsync.journal import ImageRow, LinkRow, RunStatus
from brandsync.observing.tracing import span
from brandsync.plan import Plan, make_plan
from brandsync.plan.change import Action
from brandsync.plan.images import ImagePlan
from brandsync.plan.memory import renewed_links
from brandsync.plan.safety import check_capacity, check_limits, expect, refusal_of
from brandsync.run.at_work import Ending, Progress, Run, foretold
from brandsync.run.execution import Execution, execute, preview
from brandsync.run.incremental import next_watermark, since, warn_of_undated
from brandsync.run.pipeline import Pipeline
from brandsync.run.recovery import RecoveryMode, recover, warn_of_unsettled
from brandsync.run.result import Result, counts_done, counts_of
from brandsync.stores.images import KeepsImages
from brandsync.stores.optional import prepare, require_creatable
from brandsync.workflow.create_brands import CreateBrands
from brandsync.workflow.delete_brands import DeleteBrands
from brandsync.workflow.image_files import ImageFiles
from brandsync.workflow.link_check import may_link
from brandsync.workflow.look_at_images import look_at_images
from brandsync.workflow.lost_ids import skip_lost
from brandsync.workflow.requests import RequestCount, Uploads, count_requests
from brandsync.workflow.retrieve_brands import RetrieveBrands
from brandsync.workflow.update_brands import UpdateBrands
from brandsync.workflow.upload_images import UploadImages
from brandsync.workflow.work import Work, WriteStep
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
    images: ImagePlan
    files: ImageFiles
    complete: bool
    watermark: str | None


def sync(pipeline: Pipeline, options: Options, progress: Progress) -> Result:
    """Bring the store's brands in line with the CMS. Show the result before the pipeline is closed.

    Never raises what the result can tell: its ``exit_code`` says how the run ended.
    """
    if options.dry_run:
        return preview(pipeline, "sync", lambda run: _dry_run(run, options), progress)
    return execute(pipeline, "sync", lambda execution: _sync(execution, options), progress)


def _dry_run(run: Run, options: Options) -> Ending:
    """Plan as the real run would."""
    warn_of_unsettled(run)
    planned = _plan(run, options)
    expect(planned.plan, options.expect)
    pipeline = run.pipeline
    count = RequestCount(pipeline.store, pipeline.cms)
    count.uploads = _uploads(run, planned.images)
    count_requests(planned.plan, count, pipeline.store.capabilities.batch)
    refusal = refusal_of(lambda: _check(run, planned))
    command = pipeline.config.command("sync", *(["--full"] if options.full else []))
    return foretold(planned.plan, count, refusal, command)


def _sync(execution: Execution, options: Options) -> Ending:
    pipeline = execution.pipeline
    recover(execution, mode=RecoveryMode(pipeline.config.sync.recover))
    with execution.signals.reading():
        planned = _plan(execution, options)
        plan = planned.plan
        expect(plan, options.expect)
        _check(execution, planned, force=options.force)
    writer = Writer(pipeline.store, pipeline.cms, pipeline.config.sync.keep_going, execution.signals.check)
    work = Work(plan, writer, execution.progress)
    if any(plan.counts.values()):
        prepare(pipeline.store)
    steps: list[WriteStep] = [CreateBrands(work), UpdateBrands(work), DeleteBrands(work)]
    if isinstance(pipeline.store, KeepsImages) and plan.counts[Action.IMAGE]:
        steps.insert(2, UploadImages(work, planned.images, planned.files, pipeline.store))
    for step in steps:
        with span(step.name):
            step.run(execution.stack)
    with execution.signals.reading():
        skip_lost(plan, pipeline.cms)
    execution.tell_waiting(work.links_later)
    status = RunStatus.SKIPPED_SOME if any(plan.skipped()) else RunStatus.DONE
    return Ending(
        status=status,
        counts=counts_of(plan) | counts_done(work.counts),
        new_ids=work.new_ids,
        complete=planned.complete,
        watermark=planned.watermark if status is RunStatus.DONE else None,
        record=lambda: _remember(execution, planned),
    )


def _plan(run: Run, options: Options) -> Planned:
    """Step 1, and the guide's ``transform``."""
    pipeline, journal, now = run.pipeline, run.journal, datetime.now(UTC)
    start = None if options.full else since(pipeline, journal, now, own=run.id)
    spool, files = pipeline.spool(), pipeline.image_files()
    step = RetrieveBrands(pipeline.cms, pipeline.store, journal, spool, since=start, progress=run.progress)
    with span(step.name):
        step.run()
    complete = step.result.complete
    warn_of_undated(pipeline, step.result)
    with span("plan"):
        spool.links_in_cms = pipeline.link_in_cms and may_link(pipeline.cms.links, spool)
        if step.result.short:
            spool.skip(Skipped("", "not_listed", step.result.short))
        known, images = journal.links.count(), partial(_look_at_images, run, step.images, files)
        plan = make_plan(spool, pipeline.rules, complete=complete, known_links=known, images=images)
    run.counts |= counts_of(plan)
    if plan.counts[Action.CREATE]:
        require_creatable(pipeline.store, spool.fields)
    run.planned(plan, step.images)
    for name, brands in plan.emptied().items() if complete else ():
        run.warn(
            f"no entry of the CMS has a value of {name}, which empties it in {brands} of the store's brands: if that is"
            f" not meant, correct `{name}` in [cms.fields], or what the CMS shows brandsync"
        )
    return Planned(plan, step.images, files, complete, next_watermark(step.result.newest, start, now))


def _look_at_images(run: Run, images: ImagePlan, files: ImageFiles) -> None:
    """Let the plan decide what becomes of pictures, if there are any."""
    pipeline = run.pipeline
    if images.fields and isinstance(pipeline.store, KeepsImages):
        limits = pipeline.store.images
        recalled = run.journal.images.of
        look_at_images(images, files, limits, pipeline.rules, recalled=recalled, progress=run.progress)
        if limits.stays and _uploads(run, images).files:
            run.warn(f"pictures that this run uploads cannot be removed again: {limits.stays}")


def _uploads(run: Run, images: ImagePlan) -> Uploads:
    """The pictures that the store hasn't got yet."""
    sizes = images.uploads()
    for known in run.journal.uploads.known([*sizes]):
        del sizes[known]
    return Uploads(len(sizes), sum(sizes.values()))


def _check(run: Run, planned: Planned, *, force: bool = False) -> None:
    pipeline, runs = run.pipeline, run.journal.runs
    if not force:
        _check_identity(run)
    check_capacity(planned.plan, pipeline.store.capabilities.most_brands)
    if force:
        return
    last = runs.last_good(complete=True)
    retrieved = last.counts.get("retrieved") if last else None
    first = "create" if runs.last_good() is None else None
    check_limits(planned.plan, pipeline.limits, complete=planned.complete, last_retrieved=retrieved, first=first)


def _check_identity(run: Run) -> None:
    """Refuse to apply the links of one CMS and store to others."""
    pipeline = run.pipeline
    last = run.journal.runs.last_standing(other_than=run.id)
    now = (pipeline.cms.where(), pipeline.store.where())
    if last and (last.source, last.target) != now:
        raise SafetyRefusal(
            f"run {last.id} of {pipeline.name!r} synced {last.source} to {last.target}, and this one would sync"
            f" {now[0]} to {now[1]}",
            hint="if they have moved, run once with --force; else give this pipeline a name of its own"
            ' (name = "..." at the top of its file)',
            forced="if they have moved, {} goes on; else give this pipeline a name of its own"
            ' (name = "..." at the top of its file)',
        )


def _remember(execution: Execution, planned: Planned) -> None:
    """Record what a good run saw of the pairs that it left alone.

    This needs no undo entry. It says what both sides hold, and an undo of this run changes neither of them.
    """
    journal, renewed = execution.journal, renewed_links(planned.plan.spool)
    for rows in planned.images.known():
        journal.images.renew(execution.id, [ImageRow(*row) for row in rows if row[2]])
    while links := [*islice(renewed, _LINKS_AT_ONCE)]:
        journal.links.put([(cms_id, LinkRow(brand_id, *memory)) for cms_id, brand_id, *memory in links])
        journal.gone.forget(brand_id for _, brand_id, *_ in links)
