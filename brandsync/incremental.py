"""Whether a run may ask the CMS only for what changed, and since when."""

from datetime import UTC, datetime, timedelta

from brandsync.journal import Journal
from brandsync.pipeline import Pipeline

OVERLAP = timedelta(minutes=10)
"""Asked for again each time: an entry may become visible a little after its own time of change."""


def since(pipeline: Pipeline, journal: Journal, now: datetime, *, own: str | None) -> datetime | None:
    """The moment from which to ask, in UTC; none for a complete listing. ``own``: the run that asks; none: a dry run.

    Complete: where the CMS can't list changes, every ``full_every``, after any change of the settings, and whenever the
    latest run was not a sync that ended well.
    """
    if not pipeline.cms.capabilities.changed_since:
        return None
    latest = next((run for run in journal.runs.latest(2) if run.id != own), None)
    complete = journal.runs.last_good(complete=True)
    if latest is None or complete is None or latest.watermark is None or latest.status != "done":
        return None
    if {latest.settings, complete.settings} != {pipeline.fingerprint()}:
        return None
    age = now - datetime.fromisoformat(complete.started_at)
    if not -OVERLAP <= age < pipeline.config.sync.full_every:  # one clock was wrong, ours or that of another machine
        return None
    return datetime.fromisoformat(latest.watermark) - OVERLAP


def next_watermark(newest: datetime | None, previous: datetime | None, now: datetime) -> str | None:
    """What the next run may start from: the CMS's own latest time of change, and never later than ``now``.

    ``now`` is when this run began to read, by our own clock: each clock can but make a run ask for more.
    """
    moments = [moment.astimezone(UTC) for moment in (newest, previous and previous + OVERLAP) if moment]
    return min(now, max(moments)).isoformat() if moments else None
