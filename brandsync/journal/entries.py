"""The undo stack's entries, durable: a batch of writes is recorded before it is made, and its outcome afterwards."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from peewee import Database

from brandsync.brand import Fields
from brandsync.journal.tables import EntryTable

Kind = Literal["create", "update", "delete", "uncreate", "restore", "link"]
"""What a batch does: ``uncreate`` takes a creation back, ``restore`` a deletion; ``link`` writes external ids."""

_INVERSE: dict[Kind, Kind] = {
    "create": "uncreate",
    "uncreate": "restore",
    "delete": "restore",
    "restore": "delete",
    "update": "update",
    "link": "link",
}

State = Literal["intent", "done", "undone", "undo_failed"]


@dataclass(frozen=True, slots=True)
class Row:
    """One brand of a batch: before and after of what is written. For a link, ``external_id`` is the only field."""

    cms_id: str
    brand_id: str | None
    before: Fields
    after: Fields


@dataclass(frozen=True, slots=True)
class LinkRow:
    """What the journal remembers of a link."""

    brand_id: str
    written: str | None = None
    """The fields last written, encoded; none where nothing is remembered."""
    stored: str | None = None
    """What the store then held, where that differs."""


@dataclass(frozen=True, slots=True)
class LinkChange:
    """What a batch does to the journal's own link of an entry."""

    cms_id: str
    before: LinkRow | None
    after: LinkRow | None


@dataclass(frozen=True, slots=True)
class Batch:
    """Writes that are made together, and all that it takes to undo them."""

    kind: Kind
    rows: Sequence[Row]
    links: Sequence[LinkChange] = ()
    """What becomes of the journal's own links."""
    known: Sequence[str] = ()
    """Brands that looked the same before a creation, where the store chooses the ids: they are not ours."""

    def only(self, rows: Sequence[Row]) -> "Batch":
        """The part of the batch that concerns these rows."""
        wanted = {row.cms_id for row in rows}
        return Batch(self.kind, rows, [link for link in self.links if link.cms_id in wanted], self.known)

    def inverse(self) -> "Batch":
        """The batch that takes this one back."""
        rows = [Row(row.cms_id, row.brand_id, row.after, row.before) for row in self.rows]
        links = [LinkChange(link.cms_id, link.after, link.before) for link in self.links]
        return Batch(_INVERSE[self.kind], rows, links, self.known)


@dataclass(frozen=True, slots=True)
class Entry:
    """A batch on the undo stack."""

    id: int
    run: str
    step: str
    state: State
    batch: Batch
    """What was done, where that is known, else what was about to be done."""


class Entries:
    """All undo stacks of a journal."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def push(self, run: str, step: str, batch: Batch) -> Entry:
        """Record what is about to be done."""
        fields = {"run": run, "step": step, "kind": batch.kind, "state": "intent", "intent": _encode(batch)}
        number = EntryTable.insert(fields).execute(self._database)
        return Entry(int(number), run, step, "intent", batch)

    def done(self, entry: Entry, batch: Batch) -> Entry:
        """Record what was done: ``batch`` has what came back, and lacks what was not written."""
        outcome = None if batch is entry.batch else _encode(batch)
        self._mark(entry, "done", outcome=outcome)
        return Entry(entry.id, entry.run, entry.step, "done", batch)

    def undone(self, entry: Entry) -> None:
        """Record that an entry has been taken back."""
        self._mark(entry, "undone")

    def undo_failed(self, entry: Entry, remaining: Batch) -> None:
        """Record what of an entry could not be taken back."""
        self._mark(entry, "undo_failed", outcome=_encode(remaining))

    def _mark(self, entry: Entry, state: State, **fields: Any) -> None:
        query = EntryTable.update(state=state, **fields).where(EntryTable.id == entry.id)
        query.execute(self._database)

    def newest_first(self, run: str) -> Iterator[Entry]:
        """The entries of a run that are still to be taken back: the top of the stack first, one at a time."""
        below: int | None = None
        while (entry := self._next(run, below)) is not None:
            below = entry.id
            yield entry

    def of(self, run: str) -> Iterator[Entry]:
        """All entries of a run, in the order in which they were made, one at a time."""
        numbers = EntryTable.select(EntryTable.id).where(EntryTable.run == run).order_by(EntryTable.id).tuples()
        for (number,) in list(numbers.execute(self._database)):
            query = EntryTable.select().where(EntryTable.id == number).dicts()
            yield from (_entry(row) for row in query.execute(self._database))

    def _next(self, run: str, below: int | None) -> Entry | None:
        query = EntryTable.select().where(EntryTable.run == run, EntryTable.state != "undone")
        if below is not None:
            query = query.where(EntryTable.id < below)
        rows = list(query.order_by(EntryTable.id.desc()).limit(1).dicts().execute(self._database))
        return _entry(rows[0]) if rows else None

    def forget(self, runs: Sequence[str]) -> None:
        """Remove the undo data of runs."""
        EntryTable.delete().where(EntryTable.run.in_(runs)).execute(self._database)


def _encode(batch: Batch) -> str:
    rows = [(row.cms_id, row.brand_id, row.before, row.after) for row in batch.rows]
    links = [(link.cms_id, _link_values(link.before), _link_values(link.after)) for link in batch.links]
    return json.dumps({"rows": rows, "links": links, "known": list(batch.known)}, separators=(",", ":"))


def _link_values(link: LinkRow | None) -> tuple[str | None, ...] | None:
    return (link.brand_id, link.written, link.stored) if link else None


def _entry(fields: dict[str, Any]) -> Entry:
    data = json.loads(fields["outcome"] or fields["intent"])
    links = [
        LinkChange(cms_id, LinkRow(*before) if before else None, LinkRow(*after) if after else None)
        for cms_id, before, after in data["links"]
    ]
    batch = Batch(cast("Kind", fields["kind"]), [Row(*row) for row in data["rows"]], links, data["known"])
    return Entry(fields["id"], fields["run"], fields["step"], cast("State", fields["state"]), batch)
