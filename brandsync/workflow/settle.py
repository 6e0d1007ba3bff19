"""Settling unknown outcomes: a write without an answer is read back, never guessed."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from brandsync.brand import Brand, Fields
from brandsync.brand.kind import holds, same
from brandsync.journal import Batch, BatchKind, Journal, LinkRow
from brandsync.plan.change import Change
from brandsync.plan.memory import Settled, read_memory, write_memory
from brandsync.stores.optional import brands_named, comparison_key, written_later
from brandsync.workflow.outcome import Failed, Outcome
from brandsync.workflow.writer import Writer


@dataclass(frozen=True, slots=True)
class Settling:
    """Finds out what became of writes whose answer never arrived."""

    writer: Writer
    journal: Journal

    def ids(self, batch: Batch) -> tuple[Batch, Outcome]:
        """Find the ids of brands that may have been created, where the store chooses the ids.

        Returns the batch with the brands that were found. The outcome holds those that cannot be told apart.
        """
        unknown = [row for row in batch.rows if row.brand_id is None]
        if not batch.kind.in_store or not unknown:
            return batch, Outcome()
        found, failed = self._tell_apart(batch, unknown)
        known = [row for row in batch.rows if row.brand_id is not None]
        return batch.only([*known, *found]), Outcome(failed=failed)

    def _lookalikes(self, batch: Batch, unknown: Sequence[Change]) -> dict[str, list[Brand]]:
        """Brands with the content that was to be created, which weren't there before and have no link.

        A creation may have been cut short: what a store writes later may be lacking.
        """
        wanted = {self._content(row.after): row.after for row in unknown}
        later = written_later(self.writer.store)
        found = defaultdict(list)
        names = {row.after["name"] for row in unknown}
        for brand in brands_named(self.writer.store, list(unknown[0].after), names):
            content = self._content(brand.fields)
            if content not in wanted or brand.id in batch.known:
                continue
            held, given = brand.fields, wanted[content]
            if all(held.get(name) is None or same(held[name], given.get(name)) for name in later):
                found[content].append(brand)
        owned = self.journal.links.owned([brand.id for brands in found.values() for brand in brands])
        return {content: [brand for brand in brands if brand.id not in owned] for content, brands in found.items()}

    def _content(self, fields: Fields) -> str:
        """What tells a brand from others, however much of its creation was done."""
        later = written_later(self.writer.store)
        return comparison_key(self.writer.store)({name: fields[name] for name in fields if name not in later})

    def known(self, batch: Batch) -> Batch:
        """A restoration that remembers which brands look like its own already, where its brands will get new ids."""
        if not self._gets_new_ids(batch):
            return batch
        found = self._lookalikes(replace(batch, known=()), batch.rows)
        return replace(batch, known=[brand.id for brands in found.values() for brand in brands])

    def restored(self, batch: Batch) -> Batch:
        """A restoration with the ids under which its brands came back, even if its answer was lost."""
        if not self._gets_new_ids(batch):
            return batch
        current = self.writer.current(batch.rows)
        lost = [row for row in batch.rows if row.brand_id not in current]
        found = {row.cms_id: row for row in self._tell_apart(batch, lost)[0]} if lost else {}
        return replace(batch, rows=[found.get(row.cms_id, row) for row in batch.rows])

    def goes_on(self, inverse: Batch) -> Batch:
        """``restored``, of a restoration that was cut short: with all that it is to write.

        So a brand that lacks what is written later doesn't count as one that came back as it was.
        """
        later = written_later(self.writer.store)
        intended = {row.cms_id: row.after for row in inverse.rows}
        rows = []
        for row in self.restored(inverse).rows:
            lacking = {name: intended[row.cms_id].get(name) for name in later if row.after.get(name, "") is None}
            rows.append(replace(row, after={**row.after, **lacking}) if lacking else row)
        return replace(inverse, rows=rows)

    def _gets_new_ids(self, batch: Batch) -> bool:
        return batch.kind is BatchKind.RESTORE and bool(batch.rows) and not self.writer.store.capabilities.chooses_ids

    def done(self, batch: Batch) -> Batch:
        """The part of a batch that was really written, as read back from the store."""
        intended = {row.cms_id: row for row in batch.rows}
        batch, _ = self.ids(self.restored(batch))
        current = self.writer.current(batch.rows)
        if batch.kind.removes:
            return batch.only([row for row in batch.rows if row.brand_id not in current])
        key = comparison_key(self.writer.store)
        rows = [_as_held(row, current.get(row.brand_id or ""), key) for row in batch.rows]
        return linked(batch.only([row for row in rows if row]), intended)

    def as_held(self, batch: Batch) -> Batch:
        """Updates of unknown outcome, or such creations under chosen ids, with what the store holds of them."""
        current, key = self.writer.current(batch.rows), comparison_key(self.writer.store)
        rows = [_as_held(row, current.get(row.brand_id or ""), key) or row for row in batch.rows]
        return replace(batch, rows=rows)

    def _tell_apart(self, batch: Batch, rows: Sequence[Change]) -> tuple[list[Change], list[Failed]]:
        """The rows whose brand was found, and the rows for which too many brands look alike."""
        lookalikes = self._lookalikes(batch, rows)
        wanted = Counter(self._content(row.after) for row in rows)
        too_many = {content for content, brands in lookalikes.items() if len(brands) > wanted[content]}
        found: list[Change] = []
        failed: list[Failed] = []
        for row in rows:
            content = self._content(row.after)
            brands = lookalikes.get(content, [])
            if content in too_many:
                ids = ", ".join(brand.id for brand in brands)
                failed.append(Failed(row, f"cannot tell which of the brands {ids} this run created"))
            elif brands:
                brand = brands.pop()
                found.append(replace(row, brand_id=brand.id, after=brand.fields))
        return found, failed


def _as_held(row: Change, found: Fields | None, key: Callable[[Fields], str]) -> Change | None:
    """The row with what the store holds, which it may have altered. None if the row was never written."""
    if found is None or holds(found, row.after):
        return row if found else None
    held = {name: found.get(name) for name in row.after}
    arrived = not (row.before and holds(found, row.before))
    return replace(row, after=held) if arrived and key(held) == key(row.after) else None


def linked(batch: Batch, intended: Mapping[str, Change]) -> Batch:
    """The batch whose links hold what came back too: the brands' ids, and how the store spells a value."""
    rows = {row.cms_id: row for row in batch.rows}
    links = [
        replace(link, after=_came_back(link.after, rows[link.cms_id], intended[link.cms_id])) if link.after else link
        for link in batch.links
    ]
    return replace(batch, links=links)


def _came_back(link: LinkRow, row: Change, intended: Change) -> LinkRow:
    link = replace(link, brand_id=row.brand_id or "")
    if row.after == intended.after:
        return link
    # What did not come at all may not have been written yet: it isn't settled, so the next run looks at it again.
    missing = {name for name, value in row.after.items() if value is None and intended.after.get(name) is not None}
    memory = {name: one for name, one in read_memory(link.written, link.stored).items() if name not in missing}
    came_back = {
        name: Settled(memory[name].source, row.after[name])
        for name, value in intended.after.items()
        if name in memory and name in row.after and memory[name].held == value
    }
    return LinkRow(link.brand_id, *write_memory({**memory, **came_back}))
