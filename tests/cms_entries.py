"""The content of the test CMS: entries in the order of its listing, and what changed since a moment."""

import threading
from bisect import bisect_left, insort
from collections import UserDict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

Entry = dict[str, Any]
_STAMP = "%Y-%m-%dT%H:%M:%S.%fZ"


def moment_of(written: str | int) -> datetime:
    """A moment in ISO 8601, UTC unless it says otherwise; or in seconds or milliseconds since 1970.

    Raises ``ValueError``.
    """
    if str(written).isdecimal():
        number = int(written)
        return datetime.fromtimestamp(number / 1000 if number > 10**11 else number, UTC)
    moment = datetime.fromisoformat(str(written))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class Entries(UserDict[str, Entry]):
    """The entries by id, in the order of the listing.

    An entry's ``updated_at`` is changed with ``touch``: what changed since a moment is found without a search of all.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        super().__init__()
        self.data = {str(entry["id"]): entry for entry in entries}
        self._lock = threading.Lock()
        self._forget()
        self._latest = datetime.min.replace(tzinfo=UTC)

    def __setitem__(self, key: str, entry: Entry) -> None:
        with self._lock:
            self.data[key] = entry
            self._forget()

    def __delitem__(self, key: str) -> None:
        with self._lock:
            del self.data[key]
            self._forget()

    def _forget(self) -> None:
        self._rows: list[Entry] | None = None
        self._changes: list[tuple[datetime, str]] | None = None

    def rows(self) -> list[Entry]:
        """Every entry."""
        with self._lock:
            self._rows = list(self.data.values()) if self._rows is None else self._rows
            return self._rows

    def touch(self, key: str, fields: Mapping[str, Any]) -> Entry:
        """Merge fields into an entry, and move its ``updated_at`` on: to now, and never to the same moment twice.

        An ``updated_at`` among the fields is written as it is.
        """
        with self._lock:
            self._latest = max(datetime.now(UTC), self._latest + timedelta(microseconds=1))
            self.data[key].update({"updated_at": self._latest.strftime(_STAMP), **fields})
            if "updated_at" in fields:
                self._changes = None
            elif self._changes is not None:
                insort(self._changes, (self._latest, key))
            return self.data[key]

    def changed_since(self, since: datetime) -> list[Entry]:
        """The entries changed at that moment or later, in the order of their last change."""
        with self._lock:
            if self._changes is None:
                dated = ((key, entry.get("updated_at")) for key, entry in self.data.items())
                self._changes = sorted((moment_of(stamp), key) for key, stamp in dated if stamp)
            changes = self._changes[bisect_left(self._changes, (since, "")) :]
            return [self.data[key] for moment, key in changes if moment_of(self.data[key]["updated_at"]) == moment]
