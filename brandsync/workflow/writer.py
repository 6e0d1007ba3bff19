"""Writing one batch, and reporting for each brand what became of it."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from operator import is_
from typing import TypeVar

from msgspec.structs import replace

from brandsync.brand import EXTERNAL_ID, Brand, BrandUpdate, ExternalId, Fields, NewBrand, batched
from brandsync.brand.kind import holds
from brandsync.brand.listed import AsGiven
from brandsync.cms.interface import Cms, CmsLinks, ReadOnlyLinks
from brandsync.errors import Rejected, Unreadable, Unwritable
from brandsync.errors.plural import counted
from brandsync.observing.tracing import carried
from brandsync.plan.change import Change, Creations
from brandsync.stores.interface import BrandStore, PartlyRejected
from brandsync.stores.optional import restoration, uncreation
from brandsync.workflow.outcome import Failed, Kept, Outcome, Refusal

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Writer:
    """Both sides, to write to."""

    store: BrandStore
    cms: Cms
    one_by_one: bool = False
    """If one brand of a batch is rejected, go on with the others. The writer finds out which one in any case."""
    begin: Callable[[], None] = lambda: None
    """Called before each call that writes external ids, from any thread. Raises if the run was asked to stop."""

    def create(self, rows: Sequence[Change]) -> Outcome:
        """Create brands. The rows come back with their ids, and with what the store holds now."""
        return self._in_store(rows, self._create)

    def restore(self, rows: Sequence[Change]) -> Outcome:
        """Create deleted brands again, with their old ids where the store lets its client choose ids."""
        return self._in_store(rows, self._restore)

    def update(self, rows: Sequence[Change]) -> Outcome:
        """Update brands where they still are as expected."""
        return self._where_expected(rows, self._update)

    def delete(self, rows: Sequence[Change]) -> Outcome:
        """Delete brands that still are as expected."""
        return self._where_expected(rows, lambda some: self._delete(some, self.store.delete_brands))

    def uncreate(self, rows: Sequence[Change]) -> Outcome:
        """Take back the creation of brands that still are as expected."""
        return self._where_expected(rows, lambda some: self._delete(some, uncreation(self.store)))

    def _where_expected(self, rows: Sequence[Change], call: Callable[[Sequence[Change]], Outcome]) -> Outcome:
        """Write the rows that still are as expected. If the store can't compare and set, they are read just before."""
        rows, kept = self._as_expected(rows)
        outcome = self._in_store(rows, call)
        outcome.kept = [*kept, *outcome.kept]
        return outcome

    def _in_store(self, rows: Sequence[Change], call: Callable[[Sequence[Change]], Outcome]) -> Outcome:
        together = self.store.capabilities.all_or_nothing
        return self._attempt(rows, call) if together else self._one_after_another(rows, call)

    def _attempt(self, rows: Sequence[Change], call: Callable[[Sequence[Change]], Outcome]) -> Outcome:
        if not rows:
            return Outcome()
        try:
            return call(rows)
        except Unwritable:
            raise
        except Rejected as error:
            if len(rows) == 1:
                return self._refused(rows[0], error)
        half = len(rows) // 2
        outcome = self._attempt(rows[:half], call)
        if not outcome.refusal:
            outcome.add(self._attempt(rows[half:], call))
        return outcome

    def _refused(self, row: Change, error: Rejected) -> Outcome:
        """One brand is refused: either the others go on without it, or nothing more is written."""
        if self.one_by_one:
            return Outcome(failed=[Failed(row, error.message)])
        return Outcome(refusal=Refusal(row, error))

    def _one_after_another(self, rows: Sequence[Change], call: Callable[[Sequence[Change]], Outcome]) -> Outcome:
        """Make one call for each row. A rejected row writes nothing, and what the earlier rows wrote is known."""
        outcome = Outcome()
        done: list[Change] = []
        for row in rows:
            one = self._attempt([row], call)
            done += one.done
            one.done = ()  # collected here: to copy them for each row takes long where there are thousands
            outcome.add(one)
            if one.refusal:
                break
        outcome.done = done
        return outcome

    def _create(self, rows: Sequence[Change]) -> Outcome:
        brands = _new_brands(rows)
        return self._told(rows, lambda: self.store.create_brands(brands), self._made)

    def _restore(self, rows: Sequence[Change]) -> Outcome:
        brands = _new_brands(rows)
        return self._told(rows, lambda: restoration(self.store)(brands), self._made)

    def _made(self, rows: Sequence[Change], brands: Sequence[Brand]) -> Outcome:
        if len(brands) != len(rows):
            raise Unreadable(f"the store tells of {counted(len(brands), 'brand')} where {len(rows)} were to be made")
        if isinstance(brands, AsGiven) and isinstance(rows, Creations) and brands.given is rows.brands:
            return Outcome(done=rows)
        asked = [*rows]
        for row, brand in zip(asked, brands, strict=True):
            self._require_asked(row, brand)
        done = [
            row
            if brand.id == row.brand_id and brand.fields == row.after
            else replace(row, brand_id=brand.id, after=brand.fields)
            for row, brand in zip(asked, brands, strict=True)
        ]
        return Outcome(done=rows if all(map(is_, done, asked)) else done)

    def _require_asked(self, row: Change, brand: Brand) -> None:
        """Check that a store has made a brand under an id, and under the one that it was given.

        Raises:
            Unreadable: it hasn't.
        """
        where = "look at the routes or the extension that make brands"
        if not brand.id:
            raise Unreadable(
                f"the store answers without an id for a brand that it was to make (entry {row.cms_id})",
                hint=f"{where}: they must answer with each brand's id",
            )
        if self.store.capabilities.chooses_ids and brand.id != row.brand_id:
            raise Unreadable(
                f"the store answers with brand {brand.id!r} where brand {row.brand_id!r} was to be made (entry"
                f" {row.cms_id})",
                hint=f"{where}: the id that they are given must stay",
            )

    def _update(self, rows: Sequence[Change]) -> Outcome:
        updates = [BrandUpdate(row.brand_id or "", row.before, row.after) for row in rows]
        return self._told(rows, lambda: self.store.update_brands(updates), self._updated)

    def _updated(self, rows: Sequence[Change], updated: Sequence[Brand]) -> Outcome:
        stored = {brand.id: brand.fields for brand in updated}
        done = [
            row if stored[row.brand_id] == row.after else replace(row, after=stored[row.brand_id])
            for row in rows
            if row.brand_id in stored
        ]
        raced = [row for row in rows if row.brand_id not in stored]
        return Outcome(done=done, kept=self._found(raced))

    def _delete(self, rows: Sequence[Change], call: Callable[[Sequence[Brand]], Sequence[str]]) -> Outcome:
        brands = [Brand(row.brand_id or "", row.before) for row in rows]
        return self._told(rows, lambda: call(brands), self._deleted)

    def _deleted(self, rows: Sequence[Change], deleted: Sequence[str]) -> Outcome:
        gone = set(deleted)
        raced = [row for row in rows if row.brand_id not in gone]
        return Outcome(done=[row for row in rows if row.brand_id in gone], kept=self._found(raced))

    def _told(
        self,
        rows: Sequence[Change],
        ask: Callable[[], Sequence[T]],
        read: Callable[[Sequence[Change], Sequence[T]], Outcome],
    ) -> Outcome:
        """What the store says it did. If it refused some rows, this covers the others too."""
        try:
            return read(rows, ask())
        except PartlyRejected as error:
            outcome = read([row for place, row in enumerate(rows) if place not in error.refused], error.done)
            for place, refused in error.refused.items():
                outcome.add(self._refused(rows[place], refused))
            return outcome

    def _as_expected(self, rows: Sequence[Change]) -> tuple[Sequence[Change], list[Kept]]:
        """For a store that can't compare and set: read the rows just before writing them."""
        if self.store.capabilities.compare_and_set or not rows:
            return rows, []
        current = self.current(rows)
        kept = [
            Kept(row, found)
            for row in rows
            if (found := current.get(row.brand_id or "", {})) and not holds(found, row.before)
        ]
        left = {item.row.cms_id for item in kept}
        return [row for row in rows if row.cms_id not in left], kept

    def _found(self, rows: Sequence[Change]) -> list[Kept]:
        if not rows:
            return []
        current = self.current(rows)
        return [Kept(row, current.get(row.brand_id or "", {})) for row in rows]

    def current(self, rows: Sequence[Change]) -> dict[str, Fields]:
        """The fields of these rows as the store holds them now, by brand id. A brand that is gone is missing."""
        fields = sorted({name for row in rows for name in (*row.before, *row.after)})
        ids = [row.brand_id for row in rows if row.brand_id]
        found = self.store.get_brands(fields, ids) if ids else ()
        return {brand.id: brand.fields for brand in found}

    def link(self, rows: Sequence[Change]) -> Outcome:
        """Write external ids to the CMS, as many at once as it allows. Some may wait for an editor's draft."""
        links = self.cms.links or ReadOnlyLinks("this CMS cannot be written to")
        with ThreadPoolExecutor(links.threads) as pool:
            futures = [
                pool.submit(carried(self._attempt), some, partial(self._linked, links))
                for some in batched(rows, links.batch)
            ]
            for future in as_completed(futures):
                if future.exception() or future.result().refusal:
                    break
            for future in futures:
                future.cancel()
        return _together(futures)

    def _linked(self, links: CmsLinks, rows: Sequence[Change]) -> Outcome:
        self.begin()  # a run that is asked to stop begins no further call: one that is cut short may arrive later
        later = links.write([ExternalId(row.cms_id, row.after[EXTERNAL_ID]) for row in rows])
        return Outcome(
            done=[row for row in rows if row.cms_id not in later],
            waiting=[row for row in rows if row.cms_id in later],
        )


def _new_brands(rows: Sequence[Change]) -> Sequence[NewBrand]:
    return rows.brands if isinstance(rows, Creations) else [NewBrand(row.brand_id, row.after) for row in rows]


def _together(futures: Sequence[Future[Outcome]]) -> Outcome:
    outcome = Outcome()
    for future in futures:
        if not future.cancelled():
            outcome.add(future.result())
    return outcome
