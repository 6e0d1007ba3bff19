"""A run at work: what it works with, what it has to tell so far, and the one result that its end makes of it."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from brandsync.cms.interface import CmsLinks
from brandsync.errors import BrandsyncError, SafetyRefusal
from brandsync.journal import Journal, RunStatus
from brandsync.plan import Plan
from brandsync.plan.images import ImagePlan
from brandsync.run.pipeline import Pipeline
from brandsync.run.result import COUNTS, Recovered, Result, counts_done, ended_by
from brandsync.run.signals import Signals
from brandsync.workflow.outcome import Failed, Kept, TakenBack
from brandsync.workflow.requests import RequestCount

_log = logging.getLogger(__name__)
Progress = Callable[[str, int], None]
"""Called with a phase and how many more of its brands are done. The phases: ``cms``, ``store``, ``links``,
``rollback``, ``recovery``, or a step's name; and ``images``, where pictures are counted."""
_EXIT_CODES: Final = {RunStatus.SKIPPED_SOME: 65, RunStatus.KEPT_SOME: 65, RunStatus.ROLLBACK_INCOMPLETE: 74}


def nobody(_phase: str, _count: int) -> None:
    """Progress that is shown to nobody."""


def _nothing() -> None:
    """Record nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a run's work ended, and what the journal must know about it."""

    status: RunStatus
    counts: Mapping[str, int] | None = None
    """What was done; none: what the plan says."""
    new_ids: Mapping[str, str] = field(default_factory=dict)
    """The ids of created brands, by CMS id."""
    needs: RequestCount | None = None
    """What a dry run's changes would take."""
    error: str | None = None
    hint: str | None = None
    undoes: Sequence[str] = ()
    """The runs that it has taken back, the named one first."""
    complete: bool = False
    """The CMS was listed as a whole."""
    watermark: str | None = None
    """The moment from which the next incremental run must ask, as ISO 8601, UTC."""
    record: Callable[[], None] = _nothing
    """Writes what belongs to the end of the run, in the same transaction."""


def foretold(plan: Plan, needs: RequestCount, refusal: SafetyRefusal | None, command: str) -> Ending:
    """The end of a dry run: what would be done, and whether a limit would refuse it.

    ``command``: the one that would carry the plan out, if nothing refuses it.
    """
    error = hint = None
    if refusal:
        makes_it = f"`{command} --force --expect {plan.checksum}`"
        error, hint = refusal.message, refusal.forced.format(makes_it) if refusal.forced else refusal.hint
    return Ending(status=RunStatus.DRY_RUN, counts=counts_done(plan.counts), needs=needs, error=error, hint=hint)


@dataclass(slots=True, kw_only=True)
class Run:
    """A run at work, and what it has to tell so far. Its end makes one ``Result`` of it."""

    pipeline: Pipeline
    kind: str
    signals: Signals
    progress: Progress
    journal: Journal
    """What it reads: a dry run has a view of the pipeline's journal that holds still."""
    id: str | None = None
    """None while nothing is recorded: a dry run's stays so."""
    began: float = field(default_factory=time.monotonic)
    """By the monotonic clock, in seconds."""
    plan: Plan | None = None
    images: ImagePlan | None = None
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    undoes: str | None = None
    through: Sequence[str] = ()
    kept: list[Kept] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    recovered: list[Recovered] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def warn(self, sentence: str) -> None:
        """Tell a person something: on stderr at once, and in the result."""
        self.warnings.append(sentence)
        _log.warning("%s", sentence)

    def left(self, outcome: TakenBack) -> None:
        """Tell what could not be taken back, or has to wait."""
        self.kept += outcome.kept
        self.failed += outcome.failed
        self.tell_waiting(len(outcome.waiting))

    def tell_waiting(self, links: int) -> None:
        """Warn that ``links`` external ids could not be written or cleared now."""
        if links:
            who, them = ("external id waits", "it") if links == 1 else ("external ids wait", "them")
            until = (self.pipeline.cms.links or CmsLinks).waits_until
            self.warn(f"{links} {who} until {until}: a later run writes or clears {them}")

    def planned(self, plan: Plan, images: ImagePlan | None = None) -> None:
        """Go by this plan, and tell what of it can't be taken back. ``images``: what it knows of pictures."""
        self.plan, self.images = plan, images
        for warning in self.pipeline.store.capabilities.not_taken_back(plan.counts):
            self.warn(warning)

    def ended(self, ending: Ending) -> Result:
        """The result of work that went well, as far as it could."""
        return self._result(
            status=ending.status,
            exit_code=_EXIT_CODES.get(ending.status, 0),
            counts=self.counts | dict(ending.counts or {}),
            new_ids=ending.new_ids,
            error=ending.error,
            hint=ending.hint,
            undone=self.kind == "undo" and ending.status is not RunStatus.DRY_RUN,
            store_needs=ending.needs and ending.needs.store,
            cms_needs=ending.needs and ending.needs.cms,
            uploads=ending.needs and ending.needs.uploads,
        )

    def ended_by(self, error: BrandsyncError, **fields: Any) -> Result:
        """The result of work that failed. ``fields``: what the error doesn't decide alone."""
        return self._result(**{"counts": self.counts, **ended_by(error), **fields})

    def _result(self, **fields: Any) -> Result:
        return Result(
            pipeline=self.pipeline.name,
            kind=self.kind,
            run=self.id,
            undoes=self.undoes,
            through=self.through,
            plan=self.plan,
            images=self.images,
            kept=self.kept,
            failed=self.failed,
            recovered=self.recovered,
            shows=self.pipeline.config.command("runs", "show"),
            warnings=self.warnings,
            seconds=time.monotonic() - self.began,
            requests=self.pipeline.requests,
            **fields,
        )
