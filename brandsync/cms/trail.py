"""Notices a listing that never ends, whatever its server answers."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

import msgspec
from msgspec.structs import replace

EMPTY: Final = 1_000
"""How many pages in a row may be empty: some servers look at only a part of the catalogue for each page."""
MOST: Final = 20_000
"""Pages of one listing. At 100 entries a page, the fewest that an API gives, that is two million entries."""
_SAMPLE: Final = 64
_SLACK: Final = 200


class Trail(msgspec.Struct, frozen=True):
    """What is remembered of the pages so far. It stays small however long the listing is."""

    pages: int = 0
    """How many pages came."""
    held: int = 0
    """How many pages held entries."""
    same: int = 0
    """How often the last page came in a row."""
    empty: int = 0
    """How many empty pages came in a row."""
    last: int = 0
    """A number that tells the last page from others."""
    sample: tuple[int, ...] = ()
    """The smallest hashes of entries so far: only a new entry can add to them."""
    grew: int = 0
    """How many pages with entries had come when ``sample`` last changed."""

    def after(self, ids: Sequence[str]) -> "Trail":
        """The trail after a page of these entries."""
        if not ids:
            return replace(self, pages=self.pages + 1, same=0, empty=self.empty + 1, last=0)
        last, held = hash_of("\0".join(ids)), self.held + 1
        some = {hash_of(ids[place]) for place in (0, len(ids) // 2, -1)}
        sample = tuple(sorted({*self.sample, *some})[:_SAMPLE])
        grew = held if sample != self.sample else self.grew
        return Trail(self.pages + 1, held, self.same + 1 if last == self.last else 1, 0, last, sample, grew)

    def problem(self, most_same: int) -> str | None:
        """Why the listing seems to have no end, as the rest of a sentence; none where it may have one.

        ``most_same``: how often one page may come in a row.
        """
        if self.same > most_same:
            return f"the same page came {self.same} times one after another"
        if self.empty >= EMPTY:
            return f"{self.empty} pages one after another held no entry"
        if self.held > 4 * self.grew + _SLACK:  # going back to the start and reading on takes as many pages again
            return f"the last {self.held - self.grew} of {self.held} pages held nothing new"
        return f"it did not end after {self.pages:,} pages" if self.pages >= MOST else None


def hash_of(text: str) -> int:
    """A number that hardly any other text has."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())
