"""What a run changed, as the journal remembers it."""

from collections.abc import Iterator
from typing import Any

from brandsync.cli.net_changes import net_changes
from brandsync.journal import Entry, Journal, RunRecord, RunStatus
from brandsync.plan.change import Change
from brandsync.report.visible import told

SHOWN = 1_000
"""How many changes are shown: as many as a run's own result has."""
_CREATING = "create-brands-step"


def batches(journal: Journal, run: RunRecord) -> Iterator[Entry]:
    """A run's batches in the order in which they were made. The link of a created brand isn't a change of its own.

    An undo of several runs may write a brand several times: that is shown as one change.
    """
    found = (entry for entry in journal.entries.of(run.id) if entry.batch.kind.in_store or entry.step != _CREATING)
    return net_changes(found) if run.through else found


def changes(journal: Journal, run: RunRecord) -> Iterator[dict[str, Any]]:
    """Each change, in the form of ``runs show --output json``."""
    return (change(entry, row) for entry in batches(journal, run) for row in entry.batch.rows)


def change(entry: Entry, row: Change) -> dict[str, Any]:
    """One change."""
    kind = entry.batch.kind
    return {
        "action": "create" if kind.makes else "delete" if kind.removes else kind,
        "cms_id": row.cms_id,
        "brand_id": row.brand_id,
        "before": told(row.before),
        "after": told(row.after),
        "state": entry.state,
    }


def undone_by(journal: Journal, run: RunRecord) -> str | None:
    """The run that took this one back, if it is taken back now."""
    if run.status is not RunStatus.UNDONE:
        return None
    later = journal.runs.latest(SHOWN)
    took_back = (
        other.id for other in later if run.id in (other.undoes, *other.through) and other.status is not RunStatus.UNDONE
    )
    return next(took_back, None)
