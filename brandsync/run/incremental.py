"""Whether a run may ask the CMS only for what changed, and since when."""

import logging
from datetime import UTC, datetime, timedelta

from brandsync.cms.moment import FIX, read_moment
from brandsync.journal import Journal, RunStatus
from brandsync.run.pipeline import Pipeline
from brandsync.workflow.retrieve_brands import Retrieved

_log = logging.getLogger(__name__)

OVERLAP = timedelta(minutes=10)
"""How much is asked for again each time: an entry may become visible a little after its own time of change."""


def wanted(pipeline: Pipeline) -> bool:
    """Whether runs are incremental where possible: the CMS lists changes, and ``full_every`` isn't zero."""
    return pipeline.cms.changed_since and bool(pipeline.config.sync.full_every)


def since(pipeline: Pipeline, journal: Journal, now: datetime, *, own: str | None) -> datetime | None:
    """The moment from which to ask, in UTC; none for a complete listing. ``own``: the run that asks (none: a dry run).

    Complete where the CMS can't list changes, every ``full_every``, after any change of the settings, and whenever the
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
    began = complete.began
    # If its age isn't plausible, one clock was wrong: ours, or that of another machine.
    if not began or not -OVERLAP <= now - began < pipeline.config.sync.full_every:
        return None
    watermark = read_moment(latest.watermark)
    return watermark - OVERLAP if watermark else None


def warn_of_undated(pipeline: Pipeline, retrieved: Retrieved) -> None:
    """Warn that runs cannot be incremental, where a complete listing holds no moment of change."""
    if retrieved.complete and retrieved.undated and wanted(pipeline):
        path = pipeline.cms.settings.updated_at
        _log.warning("every run lists the whole CMS: no entry holds a moment at `updated_at` (%s); %s", path, FIX)


def next_watermark(newest: datetime | None, previous: datetime | None, now: datetime) -> str | None:
    """The start of the next run: the latest change by the CMS's clock, and never later than ``now``.

    ``now`` is when this run began to read, by our own clock. A wrong clock can only make a run ask for more.
    """
    moments = [moment.astimezone(UTC) for moment in (newest, previous and previous + OVERLAP) if moment]
    return min(now, max(moments)).isoformat() if moments else None
