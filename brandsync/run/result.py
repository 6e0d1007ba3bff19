"""What a run came to. Every report shows this one object."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from msgspec.structs import replace

from brandsync.brand import Skipped
from brandsync.errors import BrandsyncError, Interrupted, LeaseLost, RollbackIncomplete, SafetyRefusal
from brandsync.journal import EDITED_SINCE, NOT_UNDONE, RunStatus
from brandsync.observing.masking import hidden
from brandsync.plan import Plan, count_changes
from brandsync.plan.change import Action, Change
from brandsync.workflow.outcome import Failed, Kept, TakenBack
from brandsync.workflow.requests import Needed
from brandsync.workflow.work import SHOWN

_log = logging.getLogger(__name__)

COUNTS = ("retrieved", "created", "updated", "adopted", "deleted", "unchanged", "missing", "skipped")
"""The counts of every result, in the order in which they are shown."""

_EDITED_SINCE = "it was edited since, and is left as it is"

_LEFT_SOME = {RunStatus.SKIPPED_SOME, RunStatus.KEPT_SOME}
_STATUS_OF: Final[Mapping[type[BrandsyncError], RunStatus]] = {
    LeaseLost: RunStatus.TAKEN_OVER,
    SafetyRefusal: RunStatus.REFUSED,
    RollbackIncomplete: RunStatus.ROLLBACK_INCOMPLETE,
}
_DONE: Final = {
    Action.CREATE: "created",
    Action.UPDATE: "updated",
    Action.ADOPT: "adopted",
    Action.DELETE: "deleted",
}


@dataclass(frozen=True, slots=True)
class Recovered:
    """A dead run that this one found and settled."""

    run: str
    status: RunStatus
    undone: int
    """Writes taken back."""


@dataclass(slots=True)
class Result:
    """One run's result. Show it before the pipeline is closed: its plan lives in the pipeline's spool."""

    pipeline: str
    kind: str = "sync"
    run: str | None = None
    undoes: str | None = None
    """The run that an undo takes back."""
    through: Sequence[str] = ()
    """The later runs that are taken back too, the newest first."""
    status: RunStatus = RunStatus.FAILED
    exit_code: int = 70
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    plan: Plan | None = None
    undone: bool = False
    """An undo has run to its end, even if it had to leave something."""
    new_ids: Mapping[str, str] = field(default_factory=dict)
    kept: list[Kept] = field(default_factory=list)
    """Brands that were not taken back, because they were edited since."""
    failed: list[Failed] = field(default_factory=list)
    """Brands that could not be taken back."""
    recovered: list[Recovered] = field(default_factory=list)
    error: str | None = None
    hint: str | None = None
    shows: str = "brandsync runs show"
    """The command that shows a run of this pipeline, without the run's id."""
    interrupted: bool = False
    """A signal asked the run to stop: nothing more may begin."""
    seconds: float = 0.0
    requests: int = 0
    warnings: list[str] = field(default_factory=list)
    """What a person should know: which changes can't be taken back, or not exactly, and what must wait."""
    store_needs: Needed | None = None
    """What a dry run's changes would take on the store; none where nobody knows."""
    cms_needs: Needed | None = None
    """What their external ids would take on the CMS; none where nobody knows."""

    @property
    def dry_run(self) -> bool:
        """Whether nothing was written because nothing was meant to be."""
        return self.status is RunStatus.DRY_RUN

    @property
    def checksum(self) -> str | None:
        """The plan's checksum, if there is a plan."""
        return self.plan.checksum if self.plan else None

    def changes(self) -> Iterator[Change]:
        """What was changed, or would be: everything in a dry run, the first 1,000 in a run."""
        if self.plan is None or not (self.undone or self.status.shows_changes):
            return iter(())
        changes = self.plan.changes() if self.dry_run else islice(self.plan.changes(), SHOWN)
        return (replace(change, brand_id=change.brand_id or self.new_ids.get(change.cms_id)) for change in changes)

    def skipped(self) -> Iterator[Skipped]:
        """What was left alone, and why."""
        return self.plan.skipped() if self.plan else iter(())

    def as_json(self) -> dict[str, Any]:
        """The result in the documented schema."""
        return {
            "schema": 1,
            "run": self.run,
            "pipeline": self.pipeline,
            "kind": self.kind,
            "undoes": self.undoes,
            "through": list(self.through),
            "status": self.status,
            "exit_code": self.exit_code,
            "counts": self.counts,
            "changes": [change.as_json() for change in self.changes()],
            "checksum": self.checksum,
            "skipped": self.skipped_json(),
            "kept": [_unrestored(kept) | {"found": dict(kept.found)} for kept in self.kept],
            "failed": [_unrestored(failed) | {"error": failed.error} for failed in self.failed],
            "recovered": [
                {"run": recovered.run, "status": recovered.status, "undone": recovered.undone}
                for recovered in self.recovered
            ],
            "error": self.error,
            "hint": self.hint,
            "seconds": round(self.seconds, 3),
            "requests": self.requests,
            "warnings": self.warnings,
            "requests_needed": self.store_needs and self.store_needs.requests,
            "seconds_needed": self.store_needs and self.store_needs.seconds,
            "link_requests_needed": self.cms_needs and self.cms_needs.requests,
            "link_seconds_needed": self.cms_needs and self.cms_needs.seconds,
        }

    def skipped_json(self, most: int | None = None) -> list[dict[str, str]]:
        """What was left alone, in the schema's form: the first ``most``, or everything."""
        return [
            {"cms_id": skipped.cms_id, "reason": skipped.reason, "detail": skipped.detail}
            for skipped in islice(self.skipped(), most)
        ]

    def left_json(self, most: int) -> list[dict[str, Any]]:
        """What was left alone, for the run's record: the first ``most`` skipped, kept, and not undone."""
        kept = [
            _unrestored(kept) | {"reason": EDITED_SINCE, "detail": _EDITED_SINCE, "found": dict(kept.found)}
            for kept in self.kept[:most]
        ]
        failed = [_unrestored(failed) | {"reason": NOT_UNDONE, "detail": failed.error} for failed in self.failed[:most]]
        return [*self.skipped_json(most), *kept, *failed]

    def warn(self, sentence: str) -> None:
        """Tell a person something: on stderr at once, and in the result."""
        self.warnings.append(sentence)
        _log.warning("%s", sentence)

    def tell_waiting(self, links: int) -> None:
        """Warn that ``links`` external ids could not be written or cleared now."""
        if links:
            who, them = ("external id waits", "it") if links == 1 else ("external ids wait", "them")
            self.warn(f"{links} {who} until an editor has published a draft: a later run writes or clears {them}")

    def planned(self, plan: Plan) -> None:
        """Take the plan's counts in."""
        self.plan = plan
        self.counts |= {
            "retrieved": plan.retrieved,
            "unchanged": plan.unchanged,
            "missing": plan.missing,
            "skipped": plan.spool.left_alone(),
        }

    def finish_sync(self, counts: Mapping[Action, int], new_ids: Mapping[str, str]) -> None:
        """End a sync that went well, with what was really done."""
        assert self.plan is not None
        self.planned(self.plan)
        self.counts |= {done: counts.get(action, 0) for action, done in _DONE.items()}
        self.new_ids = new_ids
        self.end(RunStatus.SKIPPED_SOME if any(self.skipped()) else RunStatus.DONE)

    def finish_dry_run(self, refusal: SafetyRefusal | None, command: str) -> None:
        """End a dry run, with what would be done and whether a limit would refuse it.

        ``command``: the one that would carry the plan out, if nothing refuses it.
        """
        assert self.plan is not None
        self.counts |= {done: self.plan.counts[action] for action, done in _DONE.items()}
        self.end(RunStatus.DRY_RUN)
        if refusal:
            makes_it = f"`{command} --force --expect {self.checksum}`"
            self.error = refusal.message
            self.hint = refusal.forced.format(makes_it) if refusal.forced else refusal.hint

    def finish_undo(self, outcome: TakenBack, foreseen: Sequence[Kept], run: str) -> None:
        """End an undo, which is itself the run with this id: with what was restored and what was not.

        ``foreseen`` was known to be kept when the plan was made.
        """
        assert self.plan is not None
        raced = {kept.row.cms_id for kept in outcome.kept} - {kept.row.cms_id for kept in foreseen}
        for cms_id in raced | {failed.row.cms_id for failed in outcome.failed}:
            self.plan.drop(cms_id)
        for row in outcome.waiting:
            self.plan.drop(row.cms_id, Action.LINK, Action.UNLINK)
        self.kept, self.failed = outcome.kept, outcome.failed
        self.tell_waiting(len(outcome.waiting))
        counts = count_changes(self.plan.spool)
        self.counts |= {done: counts[action] for action, done in _DONE.items()}
        self.end(RunStatus.KEPT_SOME if self.kept else RunStatus.DONE)
        self.undone = True
        if self.failed:
            failure = RollbackIncomplete.of(run, len(self.failed))
            self.rollback_incomplete(failure.message, hint=failure.hint)

    def end(self, status: RunStatus) -> None:
        """End the run well, as far as it could."""
        self.status, self.exit_code = status, 65 if status in _LEFT_SOME else 0

    def fail(self, error: BrandsyncError) -> None:
        """End the run as failed, with this error."""
        self.status, self.exit_code = _STATUS_OF.get(type(error), RunStatus.FAILED), error.exit_code
        self.error, self.hint = hidden(error.message), error.hint and hidden(error.hint)
        self.interrupted = isinstance(error, Interrupted)

    def rollback_incomplete(self, message: str, *, hint: str | None) -> None:
        """Record that something could not be taken back: a person is needed."""
        self.fail(RollbackIncomplete(message, hint=hint))


def _unrestored(item: Kept | Failed) -> dict[str, Any]:
    """A brand that was not taken back. ``written`` should have become ``before`` again."""
    return {
        "cms_id": item.row.cms_id,
        "brand_id": item.row.brand_id,
        "written": dict(item.row.before),
        "before": dict(item.row.after),
    }
