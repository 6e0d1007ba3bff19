"""Moments as people read them: in this machine's own zone, which is always named."""

from datetime import datetime


def short(moment: str) -> str:
    """An ISO 8601 moment as ``2026-11-25 18:06 CET``: sortable, and never to be taken for another."""
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M %Z")


def long(moment: str) -> str:
    """The same with the day of the week and seconds: ``Wednesday 2026-11-25 18:06:53 CET``."""
    return datetime.fromisoformat(moment).astimezone().strftime("%A %Y-%m-%d %H:%M:%S %Z")


def spoken(moment: str) -> str:
    """The same as a sentence has it: ``Wednesday 25 November 2026 at 18:06 (CET)``."""
    local = datetime.fromisoformat(moment).astimezone()
    return f"{local:%A} {local.day} {local:%B %Y at %H:%M (%Z)}"
