"""What an undo of several runs did to each brand in sum: it may set a brand back three times, and then delete it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from brandsync.brand import Fields
from brandsync.journal import Batch, BatchKind, Entry, LinkChange
from brandsync.plan.change import Change

_MOST: Final = 10_000
"""How many brands are followed: many more than are shown."""


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
        before, after = (
            (side and side.brand_id for side in (self.link.before, self.link.after)) if self.link else (0, 0)
        )
        return before != after and self.was is not None and self.now is not None


def net_changes(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The batches of a run with each brand only once: as it was before all of them, and as it is after."""
    found: dict[tuple[bool, str, str], _Course] = {}
    for entry in entries:
        for key, course in _courses(entry):
            if key in found:
                found[key].goes_on(course)
            elif len(found) < _MOST:
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
