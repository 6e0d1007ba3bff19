"""The durable entries of the undo stack: they record a batch of writes before it is made, then its outcome."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import msgspec
from msgspec.structs import replace
from peewee import Database

from brandsync.journal.batch import Batch, BatchKind
from brandsync.journal.damage import damaged
from brandsync.journal.new_ids import NewIds
from brandsync.journal.status import EntryState
from brandsync.journal.stored import decode_batch, encode_batch
from brandsync.journal.tables import EntryTable
from brandsync.journal.uploads import Uploads
from brandsync.plan.change import Change


class Entry(msgspec.Struct, frozen=True):
    """A batch on the undo stack."""

    id: int
    run: str
    step: str
    state: EntryState
    batch: Batch
    """What was done, if that is known; otherwise what was about to be done."""
    made: frozenset[str] = frozenset()
    """For external ids: the CMS entries that this run linked to a brand that the journal had not linked them to."""
    beside: frozenset[str] = frozenset()
    """For external ids: the CMS entries whose brands were written together with them."""
    unsettled: frozenset[str] = frozenset()
    """For external ids: the CMS entries whose brands are still on the stack."""


class Entries:
    """All undo stacks of a journal."""

    def __init__(self, database: Database, new_ids: NewIds, uploads: Uploads) -> None:
        self._database = database
        self._new_ids = new_ids
        self._uploads = uploads
        self.lost: set[str] = set()
        """Pictures that entries would give back to brands, and that brandsync has removed from the store since."""

    def push(self, run: str, step: str, batch: Batch) -> Entry:
        """Record what is about to be done."""
        fields = {
            "run": run,
            "step": step,
            "kind": batch.kind,
            "state": EntryState.INTENT,
            "intent": encode_batch(batch),
        }
        number = EntryTable.insert(fields).execute(self._database)
        return Entry(int(number), run, step, EntryState.INTENT, batch)

    def done(self, entry: Entry, batch: Batch) -> Entry:
        """Record what was done: ``batch`` has what came back, and lacks what was not written."""
        outcome = None if batch is entry.batch else encode_batch(batch)
        self._mark(entry, EntryState.DONE, outcome=outcome)
        return Entry(entry.id, entry.run, entry.step, EntryState.DONE, batch)

    def undoing(self, entry: Entry, known: Sequence[str]) -> None:
        """Record which brands look like an entry's brands, before these are restored."""
        self._mark(entry, EntryState.UNDOING, outcome=encode_batch(replace(entry.batch, known=known)))

    def undone(self, entry: Entry) -> None:
        """Record that an entry has been undone."""
        self._mark(entry, EntryState.UNDONE)

    def undo_failed(self, entry: Entry, remaining: Batch) -> None:
        """Record which part of an entry could not be undone."""
        self._mark(entry, EntryState.UNDO_FAILED, outcome=encode_batch(remaining))

    def _mark(self, entry: Entry, state: EntryState, **fields: Any) -> None:
        query = EntryTable.update(state=state, **fields).where(EntryTable.id == entry.id)
        query.execute(self._database)

    def left(self, run: str) -> int:
        """How many entries of a run still have to be undone."""
        query = EntryTable.select().where(EntryTable.run == run, EntryTable.state != EntryState.UNDONE)
        return int(query.count(self._database))

    def newest_first(self, run: str) -> Iterator[Entry]:
        """The entries of a run that still have to be undone: the top of the stack first, one at a time."""
        below: int | None = None
        while (entry := self._next(run, below)) is not None:
            below = entry.id
            yield entry

    def to_take_back(self, run: str) -> Iterator[Entry]:
        """The entries that still have to be undone: the newest first, but brands before their external ids.

        Whether an external id stays depends on what happens to its brand.
        """
        links: list[Entry] = []
        for entry in self.newest_first(run):
            if not entry.batch.kind.in_store:
                links.append(entry)
                continue
            yield entry
            yield from self._with_brands(links)
            links = []
        yield from self._with_brands(links)

    def _with_brands(self, links: Iterable[Entry]) -> Iterator[Entry]:
        """Entries of external ids, with what is known about their brands and with the ids that these have now."""
        known: _Brands | None = None
        for link in map(self._current, links):
            number = self._brands_of(link)
            if number is not None and (known is None or known.id != number):
                known = self._brands(number)
            yield known.described(link) if known and known.id == number else link

    def _brands_of(self, link: Entry) -> int | None:
        """The number of the entry whose brands got these external ids: the last one before them, in any state."""
        query = EntryTable.select(EntryTable.id).where(
            EntryTable.run == link.run, EntryTable.id < link.id, EntryTable.kind != BatchKind.LINK
        )
        rows = query.order_by(EntryTable.id.desc()).limit(1).tuples().execute(self._database)
        return next((number for (number,) in rows), None)

    def _brands(self, number: int) -> "_Brands":
        row = next(iter(EntryTable.select().where(EntryTable.id == number).dicts().execute(self._database)))
        entry = self._current(_entry(row))
        intended = {**row, "outcome": None, "state": EntryState.INTENT}
        intent = self._current(_entry(intended)) if row["outcome"] else entry
        before = {cms_id: brand_id for cms_id, brand_id, _ in intent.batch.linked()}
        left = () if entry.state is EntryState.UNDONE else entry.batch.rows
        written = frozenset(row.cms_id for row in intent.batch.rows)
        return _Brands(number, before, written, frozenset(row.cms_id for row in left))

    def has(self, run: str) -> bool:
        """Whether a run has any entries."""
        return bool(EntryTable.select().where(EntryTable.run == run).limit(1).count(self._database))

    def of(self, run: str) -> Iterator[Entry]:
        """All entries of a run, in the order they were made, one at a time."""
        numbers = EntryTable.select(EntryTable.id).where(EntryTable.run == run).order_by(EntryTable.id).tuples()
        for (number,) in list(numbers.execute(self._database)):
            query = EntryTable.select().where(EntryTable.id == number).dicts()
            yield from (self._renamed(_entry(row)) for row in query.execute(self._database))

    def _next(self, run: str, below: int | None) -> Entry | None:
        query = EntryTable.select().where(EntryTable.run == run, EntryTable.state != EntryState.UNDONE)
        if below is not None:
            query = query.where(EntryTable.id < below)
        rows = list(query.order_by(EntryTable.id.desc()).limit(1).dicts().execute(self._database))
        return self._current(_entry(rows[0])) if rows else None

    def _current(self, entry: Entry) -> Entry:
        """The entry as it can be undone now."""
        entry = self._renamed(entry)
        batch = self._without_lost_images(entry.batch)
        return entry if batch is entry.batch else replace(entry, batch=batch)

    def _renamed(self, entry: Entry) -> Entry:
        """The entry with the ids that its brands have now. Moves before the entry's run don't count."""
        moved = self._new_ids.of(entry.batch.ids(), since=entry.run)
        return replace(entry, batch=entry.batch.renamed(moved)) if moved else entry

    def _without_lost_images(self, batch: Batch) -> Batch:
        """A batch without what would give brands pictures back that brandsync has removed from the store since."""
        if batch.kind is not BatchKind.UPDATE or not self._uploads.any_removed():
            return batch
        images = self._uploads.fields()
        shown = {value for row in batch.rows for name, value in row.before.items() if name in images and value}
        lost = self._uploads.are_removed([*shown])
        if not lost:
            return batch
        self.lost |= lost
        return replace(batch, rows=[left for row in batch.rows if (left := _without(row, images, lost))])

    def forget(self, runs: Sequence[str]) -> None:
        """Remove the undo data of runs."""
        EntryTable.delete().where(EntryTable.run.in_(runs)).execute(self._database)


def _without(row: Change, images: AbstractSet[str], lost: AbstractSet[str]) -> Change | None:
    """A row without the images that were one of the lost; none where nothing is left."""
    names = [name for name, value in row.before.items() if name not in images or value not in lost]
    before, after = ({name: side[name] for name in names} for side in (row.before, row.after))
    return replace(row, before=before, after=after) if names else None


class _Brands(msgspec.Struct, frozen=True):
    """What is known about a batch of brands when its external ids are undone."""

    id: int
    before: Mapping[str, str | None]
    """The brands that the journal had linked to its CMS entries, or none. An intent has them for all entries."""
    written: frozenset[str]
    """Its CMS entries."""
    left: frozenset[str]
    """Its CMS entries whose brands are still on the stack."""

    def described(self, link: Entry) -> Entry:
        """The entry of external ids, with this knowledge added."""
        rows = link.batch.rows
        made = {row.cms_id for row in rows if self.before.get(row.cms_id, row.brand_id) != row.brand_id}
        return replace(link, made=frozenset(made), beside=self.written, unsettled=self.left)


def _entry(fields: dict[str, Any]) -> Entry:
    column = "outcome" if fields["outcome"] else "intent"
    try:
        state = EntryState(fields["state"])
        batch = decode_batch(BatchKind(fields["kind"]), state, fields[column])
    except (ValueError, TypeError, RecursionError):
        raise damaged(
            "brandsync_entry",
            f"entry {fields['id']} (run {fields['run']})",
            f"`{column}`, `kind` or `state`",
            "put it right; or, if what this run wrote is to stay as it is: DELETE FROM brandsync_entry WHERE id ="
            f" {fields['id']}",
        ) from None
    return Entry(fields["id"], fields["run"], fields["step"], state, batch)
