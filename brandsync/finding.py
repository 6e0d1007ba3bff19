"""What a backend's own check has found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that ``brandsync check`` looked at."""

    ok: bool
    what: str
    """What was looked at, and its state: ``GET https://cms.example.com/brands answers 200``."""
    fix: str | None = None
    """What to do about it, if it isn't as it should be."""
    links: bool = False
    """It is only about writing external ids. If links are kept in the journal, it doesn't matter."""
