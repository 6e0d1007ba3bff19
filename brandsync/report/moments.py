"""Moments as people read them: in this machine's time zone, which is always named."""

from datetime import datetime

from brandsync.errors import Unreadable
from brandsync.observing.excerpt import excerpt


def short(moment: str) -> str:
    """An ISO 8601 moment as ``2026-11-25 18:06 CET``: sortable and unambiguous."""
    return _local(moment).strftime("%Y-%m-%d %H:%M %Z")


def long(moment: str) -> str:
    """The same with the day of the week and seconds: ``Wednesday 2026-11-25 18:06:53 CET``."""
    return _local(moment).strftime("%A %Y-%m-%d %H:%M:%S %Z")


def spoken(moment: str) -> str:
    """The same for a sentence: ``Wednesday 25 November 2026 at 18:06 (CET)``."""
    local = _local(moment)
    return f"{local:%A} {local.day} {local:%B %Y at %H:%M (%Z)}"


def _local(moment: str) -> datetime:
    try:
        return datetime.fromisoformat(moment).astimezone()
    except (ValueError, OverflowError):
        raise Unreadable(
            f"the journal is damaged: a run's `started_at` is {excerpt(moment)!r}, which is not a moment",
            hint="put it right in the table brandsync_run, as ISO 8601 writes a moment: 2026-11-25T17:06:53+00:00",
        ) from None
