"""Paging by offset that loses no entry while editors add and delete others.

Deleting an entry moves all that follow it forward, and the page after would begin too late. So the listing is sorted by
what never changes, each page begins with the last entry of the one before, and where that entry has moved, the listing
goes back for it. An entry that comes twice is one entry to the run.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """One page to ask for."""

    offset: int = 0
    """How many entries to pass over."""
    size: int = 100
    """How many to ask for."""
    last: str | None = None
    """The entry that came last so far, which this page should hold; none where there is no telling."""

    def __str__(self) -> str:
        return json.dumps([self.offset, self.size, self.last])

    @classmethod
    def parse(cls, cursor: str | None, size: int) -> "Window":
        """The window that was written as text; the first one for none."""
        return cls(*json.loads(cursor)) if cursor else cls(size=size)

    def following(self, ids: Sequence[str], total: int, *, rows: int | None = None) -> "Window | None":
        """The window after this one, or none at the end.

        ``ids``: the entries that came; ``total``: how many the listing has now; ``rows``: how many entries the server
        looked at for this page, where it leaves some out.
        """
        if self.offset and self.last is not None and self.last not in ids:
            return Window(max(0, self.offset - self.size), self.size, self.last)
        looked_at = len(ids) if rows is None else rows
        end = self.offset + looked_at
        if end >= total or not looked_at:
            return None
        if len(ids) < 2:  # too few to begin with one of them and get on
            return Window(end, self.size)
        return Window(end - 1 - (looked_at - len(ids)), self.size, ids[-1])
