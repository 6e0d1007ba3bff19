"""Whether a run may ask the CMS only for what changed, and since when."""

import logging
from datetime import UTC, datetime, timedelta

from brandsync.cms.moment import FIX, read_moment
from brandsync.journal import Journal, RunStatus
from brandsync.run.pipeline import Pipeline
from brandsync.workflow.retrieve_brands import Retrieved

_log = logging.getLogger(__name__)

OVERLAP = timedelta(minutes=10)
"""Asked for again each time: an entry may become visible a little after its own time of change."""


def wanted(pipeline: Pipeline) -> bool:
    """Whether runs are to be incremental wherever they can: the CMS lists changes, and ``full_every`` isn't zero."""
    return pipeline.cms.changed_since and bool(pipeline.config.sync.full_every)


def since(pipeline: Pipeline, journal: Journal, now: datetime, *, own: str | None) -> datetime | None:
    """The moment from which to ask, in UTC; none for a complete listing. ``own``: the run that asks; none: a dry run.

    Complete: where the CMS can't list changes, every ``full_every``, after any change of the settings, and whenever the
    latest run was not a sync that ended well.
    """
    if not wanted(pipeline):
        return None
    latest = next((run for run in journal.runs.latest(2) if run.id != own), None)
    complete = journal.runs.last_good(complete=True)
    if latest is None or complete is None or latest.status is not RunStatus.DONE:
        return None
    if {latest.settings, complete.settings} != {pipeline.fingerprint()}:
        return None
    began = read_moment(complete.started_at)
    # Where its age is none, one clock was wrong, ours or that of another machine.
    if not began or not -OVERLAP <= now - began < pipeline.config.sync.full_every:
        return None
    watermark = read_moment(latest.watermark)
    return watermark - OVERLAP if watermark else None


def warn_of_undated(pipeline: Pipeline, retrieved: Retrieved) -> None:
    """Say that runs cannot be incremental, where a complete listing shows no moment of a change."""
    if retrieved.complete and retrieved.undated and wanted(pipeline):
        path = pipeline.cms.settings.updated_at
        _log.warning("every run lists the whole CMS: no entry holds a moment at `updated_at` (%s); %s", path, FIX)


def next_watermark(newest: datetime | None, previous: datetime | None, now: datetime) -> str | None:
    """What the next run may start from: the CMS's own latest time of change, and never later than ``now``.

    ``now`` is when this run began to read, by our own clock: each clock can but make a run ask for more.
    """
    moments = [moment.astimezone(UTC) for moment in (newest, previous and previous + OVERLAP) if moment]
    return min(now, max(moments)).isoformat() if moments else None
