"""What a run changed, as the journal remembers it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from msgspec.structs import replace

from brandsync.brand import Fields
from brandsync.journal import Batch, BatchKind, Entry, Journal, LinkChange, RunRecord, RunStatus
from brandsync.plan.change import Change
from brandsync.report.visible import told

SHOWN: Final = 1_000
"""How many changes are shown: as many as a run's own result has."""
_CREATING: Final = "create-brands-step"
_FOLLOWED: Final = 10_000
"""How many brands are followed through an undo of several runs: many more than are shown."""


def batches(journal: Journal, run: RunRecord) -> Iterator[Entry]:
    """A run's batches in the order in which they were made. The link of a created brand isn't a change of its own.

    An undo of several runs may set a brand back three times, and then delete it: that is shown as one change.
    """
    found = (entry for entry in journal.entries.of(run.id) if entry.batch.kind.in_store or entry.step != _CREATING)
    return _net_changes(found) if run.through else found


def change(entry: Entry, row: Change) -> dict[str, Any]:
    """One change."""
    kind = entry.batch.kind
    return {
        "action": "create" if kind.makes else "delete" if kind.removes else kind,
        "cms_id": row.cms_id,
        "brand_id": row.brand_id,
        "before": told(row.before),
        "after": told(row.after),
        "state": entry.state,
    }


def undone_by(journal: Journal, run: RunRecord) -> RunRecord | None:
    """The run that took this one back, if it is taken back now."""
    if run.status is not RunStatus.UNDONE:
        return None
    later = (other for other in journal.runs.latest(SHOWN) if other.status is not RunStatus.UNDONE)
    return next((other for other in later if run.id in (other.undoes, *other.through)), None)


@dataclass(slots=True)
class _Course:
    """The course of a brand, or of an entry's external id, from before the undo until now."""

    entry: Entry
    """The entry that wrote it last."""
    row: Change
    link: LinkChange | None
    was: Fields | None
    """None if the brand wasn't there."""
    now: Fields | None
    """None if the brand is no longer there."""

    def goes_on(self, later: "_Course") -> None:
        """Add what was done next."""
        if self.was is not None and later.was is not None:
            self.was = {**later.was, **self.was}
        if self.now is not None and later.now is not None:
            later.now = {**self.now, **later.now}
        if self.link and later.link:
            later.link = LinkChange(later.link.cms_id, self.link.before, later.link.after)
        self.entry, self.row, self.now, self.link = later.entry, later.row, later.now, later.link or self.link

    def net(self) -> Entry | None:
        """The whole course as one batch. None if everything is as it was."""
        was, now = self.was, self.now
        if was is not None and now is not None:
            names = [name for name in now if was.get(name) != now[name]]
            was, now = ({name: side.get(name) for name in names} for side in (was, now))
        if not was and not now and not self._connects():
            return None
        kind = BatchKind.UPDATE if self.entry.batch.kind.in_store else BatchKind.LINK
        kind = BatchKind.RESTORE if was is None else BatchKind.DELETE if now is None else kind
        row = Change(self.row.cms_id, self.row.brand_id, was or {}, now or {})
        return replace(self.entry, batch=Batch(kind, [row], [self.link] if self.link else []))

    def _connects(self) -> bool:
        ids = {side and side.brand_id for side in (self.link.before, self.link.after)} if self.link else set()
        return len(ids) == 2 and self.was is not None and self.now is not None


def _net_changes(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The batches of a run with each brand only once: as it was before all of them, and as it is after."""
    found: dict[tuple[bool, str, str], _Course] = {}
    for entry in entries:
        for key, course in _courses(entry):
            if key in found:
                found[key].goes_on(course)
            elif len(found) < _FOLLOWED:
                found[key] = course
    return (net for course in found.values() if (net := course.net()))


def _courses(entry: Entry) -> Iterator[tuple[tuple[bool, str, str], _Course]]:
    batch = entry.batch
    links = {link.cms_id: link for link in batch.links}
    for row in batch.rows:
        is_link = not batch.kind.in_store
        was = None if batch.kind.makes else row.before
        key = (is_link, entry.state, row.cms_id if is_link else row.brand_id or row.cms_id)
        yield key, _Course(entry, row, links.get(row.cms_id), was, None if batch.kind.removes else row.after)
