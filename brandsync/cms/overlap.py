"""Paging by offset that loses no entry while editors add and delete others.

Deleting an entry moves all that follow it forward, and the page after would begin too late. So the listing is sorted by
what never changes, and each page begins with the last three entries of the one before. While it holds one of them,
nothing lies between; else the listing goes back. An entry that comes twice is one entry to the run.
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
    """How many entries to pass over."""
    size: int = 100
    """How many to ask for."""
    last: tuple[str, ...] = ()
    """The entries that came last so far, of which this page should hold one; none where there is no telling."""

    def __str__(self) -> str:
        return json.dumps([self.offset, self.size, *self.last])

    @classmethod
    def parse(cls, cursor: str | None, size: int) -> "Window":
        """The window that was written as text; the first one for none."""
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
        again = min(OVERLAP, len(ids) - 1)  # fewer than came, so as to get on
        if again < 1:
            return Window(end, self.size)
        return Window(end - again - (looked_at - len(ids)), self.size, tuple(ids[-again:]))
