"""Paging by offset that loses no entry while editors add and delete others.

When an entry is deleted, all later ones move forward, and the next page would begin too late. So the listing is sorted
by what never changes, and each page begins with the last three entries of the page before. While it holds one of them,
nothing was missed; otherwise the listing goes back. An entry that comes twice is one entry to the run.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

OVERLAP: Final = 3


@dataclass(frozen=True, slots=True)
class Window:
    """One page to ask for."""

    offset: int = 0
    """How many entries to skip."""
    size: int = 100
    """How many to ask for."""
    last: tuple[str, ...] = ()
    """The last entries so far. This page should hold one of them; empty where nobody can tell."""

    def __str__(self) -> str:
        return json.dumps([self.offset, self.size, *self.last])

    @classmethod
    def parse(cls, cursor: str | None, size: int) -> "Window":
        """The window that was written as text; the first window where there is no text."""
        if not cursor:
            return cls(size=size)
        offset, asked, *last = json.loads(cursor)
        return cls(offset, asked, tuple(last))

    def following(self, ids: Sequence[str], total: int, *, rows: int | None = None) -> "Window | None":
        """The window after this one, or none at the end.

        ``ids``: the entries that came; ``total``: how many the listing has now; ``rows``: how many entries the server
        looked at for this page, where it leaves some out.
        """
        if self.offset and self.last and not set(self.last) & {*ids}:
            return Window(max(0, self.offset - self.size), self.size, self.last)
        looked_at = len(ids) if rows is None else rows
        end = self.offset + looked_at
        if end >= total or not looked_at:
            return None
        again = min(OVERLAP, len(ids) - 1)  # fewer than came, so that the listing moves on
        if again < 1:
            return Window(end, self.size)
        return Window(end - again - (looked_at - len(ids)), self.size, tuple(ids[-again:]))
