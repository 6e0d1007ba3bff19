"""What a run came to. Every report shows this one object."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, Self

from msgspec.structs import replace

from brandsync.brand import Skipped
from brandsync.errors import BrandsyncError, Interrupted, LeaseLost, RollbackIncomplete, SafetyRefusal
from brandsync.journal import EDITED_SINCE, NOT_UNDONE, RunStatus
from brandsync.observing.masking import hidden
from brandsync.plan import Plan
from brandsync.plan.change import Action, Change
from brandsync.plan.images import ImagePlan
from brandsync.workflow.outcome import Failed, Kept
from brandsync.workflow.requests import Needed, Uploads
from brandsync.workflow.work import SHOWN

COUNTS = ("retrieved", "created", "updated", "adopted", "deleted", "unchanged", "missing", "skipped", "images")
"""The counts of every result, in the order in which they are shown."""

_EDITED_SINCE = "it was edited since, and is left as it is"

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
    Action.IMAGE: "images",
}


@dataclass(frozen=True, slots=True)
class Recovered:
    """A dead run that this one found and settled."""

    run: str
    status: RunStatus
    undone: int
    """Writes taken back."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one run came to. Show it before the pipeline is closed: its plan lives in the pipeline's spool."""

    pipeline: str
    kind: str = "sync"
    run: str | None = None
    undoes: str | None = None
    """The run that an undo takes back."""
    through: Sequence[str] = ()
    """The later runs that are taken back too, the newest first."""
    status: RunStatus = RunStatus.FAILED
    exit_code: int = 70
    counts: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    plan: Plan | None = None
    images: ImagePlan | None = None
    """What the plan knows of pictures, if any can be mapped."""
    undone: bool = False
    """An undo has run to its end, even if it had to leave something."""
    new_ids: Mapping[str, str] = field(default_factory=dict)
    kept: Sequence[Kept] = ()
    """Brands that were not taken back, because they were edited since."""
    failed: Sequence[Failed] = ()
    """Brands that could not be taken back."""
    recovered: Sequence[Recovered] = ()
    error: str | None = None
    hint: str | None = None
    shows: str = "brandsync runs show"
    """The command that shows a run of this pipeline, without the run's id."""
    interrupted: bool = False
    """A signal asked the run to stop: nothing more may begin."""
    seconds: float = 0.0
    requests: int = 0
    warnings: Sequence[str] = ()
    """What a person should know: which changes can't be taken back, or not exactly, and what must wait."""
    store_needs: Needed | None = None
    """What a dry run's changes would take on the store; none where nobody knows."""
    cms_needs: Needed | None = None
    """What their external ids would take on the CMS; none where nobody knows."""
    uploads: Uploads | None = None
    """The pictures that a dry run's changes would upload."""

    @classmethod
    def of_error(cls, pipeline: str, error: BrandsyncError, **fields: Any) -> Self:
        """The result of a run that failed before it began."""
        return cls(pipeline, **ended_by(error), **fields)

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

    def sizes(self, change: Change) -> Mapping[str, int]:
        """How large the pictures are that a change of a sync brings, in bytes, by field."""
        if self.images is None or change.action is not Action.IMAGE:
            return {}
        return {one.field: one.sight.size for one in self.images.planned([change.cms_id])}

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
            "warnings": list(self.warnings),
            "requests_needed": self.store_needs and self.store_needs.requests,
            "seconds_needed": self.store_needs and self.store_needs.seconds,
            "link_requests_needed": self.cms_needs and self.cms_needs.requests,
            "link_seconds_needed": self.cms_needs and self.cms_needs.seconds,
            "uploads_needed": self.uploads and self.uploads.files,
            "upload_bytes_needed": self.uploads and self.uploads.size,
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


def counts_of(plan: Plan) -> dict[str, int]:
    """What a plan has found, and what it leaves alone."""
    return {
        "retrieved": plan.retrieved,
        "unchanged": plan.unchanged,
        "missing": plan.missing,
        "skipped": plan.spool.left_alone(),
    }


def counts_done(counts: Mapping[Action, int]) -> dict[str, int]:
    """How many brands were changed, or would be, by what is done to them."""
    return {done: counts.get(action, 0) for action, done in _DONE.items()}


def ended_by(error: BrandsyncError) -> dict[str, Any]:
    """The fields of a result that an error decides."""
    return {
        "status": _STATUS_OF.get(type(error), RunStatus.FAILED),
        "exit_code": error.exit_code,
        "error": hidden(error.message),
        "hint": error.hint and hidden(error.hint),
        "interrupted": isinstance(error, Interrupted),
    }


def _unrestored(item: Kept | Failed) -> dict[str, Any]:
    """A brand that was not taken back. ``written`` should have become ``before`` again."""
    return {
        "cms_id": item.row.cms_id,
        "brand_id": item.row.brand_id,
        "written": dict(item.row.before),
        "before": dict(item.row.after),
    }
