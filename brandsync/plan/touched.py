"""The brands and entries that some runs have changed, on disk."""

from collections.abc import Iterable, Iterator

from brandsync.plan.change import Change
from brandsync.plan.spool import Spool


class Touched:
    """The brands and entries of all changes that were added."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        spool.query("CREATE TABLE touched (key TEXT PRIMARY KEY) WITHOUT ROWID")

    def add(self, changes: Iterable[Change]) -> None:
        """Remember the brands and the entries of these changes."""
        keys = ((key,) for change in changes for key in _keys(change))
        self._spool.many("INSERT OR IGNORE INTO touched VALUES (?)", keys)

    def has(self, change: Change) -> bool:
        """Whether the change's brand or entry is among them."""
        query = "SELECT EXISTS (SELECT 1 FROM touched WHERE key = ?)"
        return any(self._spool.value(query, key) for key in _keys(change))


def _keys(change: Change) -> Iterator[str]:
    yield f"entry {change.cms_id}"
    if change.brand_id is not None:
        yield f"brand {change.brand_id}"
