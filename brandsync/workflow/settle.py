"""Settling what nobody knows: an intent without an outcome is read back, never guessed."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from brandsync.brand import encode
from brandsync.journal import Batch, Journal, Row
from brandsync.workflow.engine import Failed, Outcome
from brandsync.workflow.writer import Writer, holds


@dataclass(frozen=True, slots=True)
class Settling:
    """Finds out what became of writes whose answer never arrived."""

    writer: Writer
    journal: Journal

    def ids(self, batch: Batch) -> tuple[Batch, Outcome]:
        """Find the ids of brands that may have been created where the store chooses ids.

        Returns the batch with the brands that were found, and as its outcome those that cannot be told apart.
        """
        unknown = [row for row in batch.rows if row.brand_id is None]
        if not unknown:
            return batch, Outcome()
        found, failed = _tell_apart(unknown, self._lookalikes(batch, unknown))
        known = [row for row in batch.rows if row.brand_id is not None]
        return batch.only([*known, *found]), Outcome(failed=failed)

    def _lookalikes(self, batch: Batch, unknown: Sequence[Row]) -> dict[str, list[str]]:
        """Brands that hold what was to be created, weren't there before, and are linked to nothing."""
        wanted = {encode(row.after) for row in unknown}
        found = defaultdict(list)
        names = {row.after["name"] for row in unknown}
        for brand in self.writer.store.find_brands(list(unknown[0].after), names):
            content = encode(brand.fields)
            if content in wanted and brand.id not in batch.known:
                found[content].append(brand.id)
        owned = self.journal.links.owned([brand_id for ids in found.values() for brand_id in ids])
        return {content: [brand_id for brand_id in ids if brand_id not in owned] for content, ids in found.items()}

    def known(self, batch: Batch) -> Batch:
        """A restoration that remembers who looks like its brands already, where these will get other ids."""
        if not self._gets_new_ids(batch):
            return batch
        found = self._lookalikes(replace(batch, known=()), batch.rows)
        return replace(batch, known=[brand_id for ids in found.values() for brand_id in ids])

    def restored(self, batch: Batch) -> Batch:
        """A restoration with the ids under which its brands came back, whether or not its answer arrived."""
        if not self._gets_new_ids(batch):
            return batch
        current = self.writer.current(batch.rows)
        lost = [row for row in batch.rows if row.brand_id not in current]
        found = {row.cms_id: row for row in _tell_apart(lost, self._lookalikes(batch, lost))[0]} if lost else {}
        return replace(batch, rows=[found.get(row.cms_id, row) for row in batch.rows])

    def _gets_new_ids(self, batch: Batch) -> bool:
        return batch.kind == "restore" and bool(batch.rows) and not self.writer.store.capabilities.chooses_ids

    def done(self, batch: Batch) -> Batch:
        """The part of an intent that was really done, as read back from the store."""
        batch, _ = self.ids(self.restored(batch))
        current = self.writer.current(batch.rows)
        if batch.kind in {"delete", "uncreate"}:
            return batch.only([row for row in batch.rows if row.brand_id not in current])
        rows = [row for row in batch.rows if row.brand_id in current and holds(current[row.brand_id], row.after)]
        return linked(batch.only(rows))


def _tell_apart(rows: Sequence[Row], lookalikes: dict[str, list[str]]) -> tuple[list[Row], list[Failed]]:
    wanted = Counter(encode(row.after) for row in rows)
    too_many = {content for content, ids in lookalikes.items() if len(ids) > wanted[content]}
    found: list[Row] = []
    failed: list[Failed] = []
    for row in rows:
        content = encode(row.after)
        ids = lookalikes.get(content, [])
        if content in too_many:
            failed.append(Failed(row, f"cannot tell which of the brands {', '.join(ids)} this run created"))
        elif ids:
            found.append(replace(row, brand_id=ids.pop()))
    return found, failed


def linked(batch: Batch) -> Batch:
    """The batch with the ids that came back in the journal's links too."""
    ids = {row.cms_id: row.brand_id for row in batch.rows}
    links = [
        replace(link, after=replace(link.after, brand_id=ids[link.cms_id] or "")) if link.after else link
        for link in batch.links
    ]
    return replace(batch, links=links)
