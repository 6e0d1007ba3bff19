"""How runs and the entries of their undo stacks stand, and the questions that are asked of that."""

from enum import StrEnum


class RunStatus(StrEnum):
    """How a run stands, or how it ended. The values are those of the journal and of the JSON result."""

    RUNNING = "running"
    """It is at work, or it has died."""
    ROLLING_BACK = "rolling_back"
    """It takes back what it wrote, or it died while it did."""
    ROLLBACK_INCOMPLETE = "rollback_incomplete"
    """Something could not be taken back: a person is needed."""
    DONE = "done"
    SKIPPED_SOME = "skipped_some"
    """Done; some entries were left alone."""
    KEPT_SOME = "kept_some"
    """Undone or recovered; what a person edited since was kept."""
    RESUMED = "resumed"
    """It died; the next run kept what it had written."""
    ACCEPTED = "accepted"
    """It died; a person left everything as it was."""
    UNDONE = "undone"
    """It ended well, and was taken back later."""
    FAILED = "failed"
    """Nothing was written."""
    REFUSED = "refused"
    """A safety limit refused it; nothing was written."""
    ROLLED_BACK = "rolled_back"
    """It failed; what it wrote was taken back."""
    TAKEN_OVER = "taken_over"
    """Another run took its lease, and took back what it wrote."""
    DRY_RUN = "dry_run"
    """Only planned. The journal never holds it."""

    @property
    def is_rolling_back(self) -> bool:
        """Whether it has begun to take back what it wrote: there is no way forward any more."""
        return self in {RunStatus.ROLLING_BACK, RunStatus.ROLLBACK_INCOMPLETE}

    @property
    def is_unfinished(self) -> bool:
        """Whether it may have left something that is still to be taken back."""
        return self is RunStatus.RUNNING or self.is_rolling_back

    @property
    def is_good(self) -> bool:
        """Whether it did what it was asked to do."""
        return self in {RunStatus.DONE, RunStatus.SKIPPED_SOME, RunStatus.KEPT_SOME}

    @property
    def is_undoable(self) -> bool:
        """Whether what it wrote stands, and can be taken back."""
        return self.is_good or self is RunStatus.RESUMED

    @property
    def may_stand(self) -> bool:
        """Whether anything that it wrote may still be there."""
        return self not in _WITHOUT_EFFECT

    @property
    def shows_changes(self) -> bool:
        """Whether the changes of its plan were made, or would be."""
        return self.is_good or self in {RunStatus.DRY_RUN, RunStatus.REFUSED}


_WITHOUT_EFFECT = frozenset(
    {RunStatus.UNDONE, RunStatus.FAILED, RunStatus.REFUSED, RunStatus.ROLLED_BACK, RunStatus.TAKEN_OVER}
)
UNFINISHED = tuple(status for status in RunStatus if status.is_unfinished)
"""For a query."""


class EntryState(StrEnum):
    """How an entry of an undo stack stands. The values are those of the journal."""

    INTENT = "intent"
    """Its batch was about to be written: whether it was is not known."""
    DONE = "done"
    UNDOING = "undoing"
    """Its brands are being restored where the store chooses ids; those in ``known`` are others that look alike."""
    UNDONE = "undone"
    UNDO_FAILED = "undo_failed"
    """What it still holds could not be taken back."""
