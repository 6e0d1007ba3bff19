"""What a backend's own check of its other side found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that ``brandsync check`` looked at."""

    ok: bool
    what: str
    """What was looked at, and how it stands: ``GET https://cms.example.com/brands answers 200``."""
    fix: str | None = None
    """What to do about it, where it isn't as it should be."""
    links: bool = False
    """It is about writing external ids alone: where links are kept in the journal, it is of no concern."""
