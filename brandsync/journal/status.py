"""The statuses of runs and the states of undo entries, with the questions that the code asks about them."""

from enum import StrEnum


class RunStatus(StrEnum):
    """The status of a run, or how it ended. The journal and the JSON result use these values."""

    RUNNING = "running"
    """It is working, or it has died."""
    ROLLING_BACK = "rolling_back"
    """It is undoing what it wrote, or it died while it did."""
    ROLLBACK_INCOMPLETE = "rollback_incomplete"
    """Something could not be undone: a person is needed."""
    DONE = "done"
    SKIPPED_SOME = "skipped_some"
    """Done; some entries were left alone."""
    KEPT_SOME = "kept_some"
    """Undone or recovered, but later edits by people were kept."""
    RESUMED = "resumed"
    """It died; the next run kept what it had written."""
    ACCEPTED = "accepted"
    """It died; a person left everything as it was."""
    UNDONE = "undone"
    """It ended well and was undone later."""
    FAILED = "failed"
    """Nothing was written."""
    REFUSED = "refused"
    """A safety limit refused it; nothing was written."""
    ROLLED_BACK = "rolled_back"
    """It failed; what it wrote was undone."""
    TAKEN_OVER = "taken_over"
    """Another run took its lease and undid what it wrote."""
    DRY_RUN = "dry_run"
    """Only planned. The journal never holds it."""

    @property
    def is_rolling_back(self) -> bool:
        """Whether it has begun to undo what it wrote: it can no longer go forward."""
        return self in {RunStatus.ROLLING_BACK, RunStatus.ROLLBACK_INCOMPLETE}

    @property
    def is_unfinished(self) -> bool:
        """Whether it may have left something that still has to be undone."""
        return self is RunStatus.RUNNING or self.is_rolling_back

    @property
    def is_good(self) -> bool:
        """Whether it did what it was asked to do."""
        return self in {RunStatus.DONE, RunStatus.SKIPPED_SOME, RunStatus.KEPT_SOME}

    @property
    def is_undoable(self) -> bool:
        """Whether what it wrote is still there and can be undone."""
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
"""For queries."""


class EntryState(StrEnum):
    """The state of an entry of an undo stack. The journal stores these values."""

    INTENT = "intent"
    """Its batch was about to be written: nobody knows whether it was."""
    DONE = "done"
    UNDOING = "undoing"
    """Its brands are being restored in a store that chooses ids; the brands in ``known`` only look the same."""
    UNDONE = "undone"
    UNDO_FAILED = "undo_failed"
    """What it still holds could not be undone."""
