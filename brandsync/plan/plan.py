"""The plan: what a run will change, what it leaves alone and why, and a checksum."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from brandsync.brand import LINK_FIELD, Skipped
from brandsync.plan.change import (
    Action,
    AdoptBrand,
    Change,
    Creations,
    DeleteBrand,
    LinkBrand,
    UnlinkBrand,
    UpdateBrand,
)
from brandsync.plan.changes import add_changes, changes, checksum, count_changes, creations
from brandsync.plan.compare import Comparison, compare
from brandsync.plan.matching import MATCHED, match
from brandsync.plan.memory import agreed, read_memory, renew, renew_equal
from brandsync.plan.owned_keys import unchanged
from brandsync.plan.policy import OnConflict
from brandsync.plan.rules import Rules
from brandsync.plan.spool import Spool
from brandsync.plan.unique_names import skip_taken
from brandsync.plan.unique_values import skip_claimed


@dataclass(frozen=True, slots=True)
class Plan:
    """The ordered changes of a run, in its spool."""

    spool: Spool = field(repr=False)
    retrieved: int
    """Entries that the CMS listed."""
    missing: int
    """Linked entries that are proved to be gone from the CMS; 0 where the CMS was not listed as a whole."""
    linked: int
    """Brands that were linked before this run."""
    unchanged: int
    field_changes: int
    """Brands in the store whose fields change, adopted ones included."""
    counts: Mapping[Action, int]
    """How many changes there are of each action."""
    checksum: str
    """Equal for equal changes, whatever the order in which the two sides listed them."""

    def changes(self, *actions: Action) -> Iterator[Change]:
        """The changes with these actions, or all changes, in the order in which they are made."""
        return chain.from_iterable(changes(self.spool, *actions))

    def batches(self, most: int, *actions: Action) -> Iterator[Sequence[Change]]:
        """The changes with these actions, in batches of ``most`` at most. No batch is too large for the journal."""
        return changes(self.spool, *actions, most=most)

    def creations(self, most: int) -> Iterator[Creations]:
        """The brands to create, in batches of ``most`` at most."""
        return creations(self.spool, most)

    def leave(self, skipped: Skipped) -> None:
        """Drop a change that could not be made, and say why."""
        self.drop(skipped.cms_id)
        self.spool.skip(skipped)

    def drop(self, cms_id: str, *actions: Action) -> None:
        """Drop a change that was not made. With actions: only if it is one of these."""
        chosen = actions or tuple(Action)
        marks = ", ".join("?" * len(chosen))
        self.spool.query(f"DELETE FROM change WHERE cms_id = ? AND action IN ({marks})", cms_id, *chosen)

    def skipped(self) -> Iterator[Skipped]:
        """What is left alone, and why."""
        return self.spool.skipped()

    def emptied(self) -> Mapping[str, int]:
        """The fields that no listed entry has, though brands of the store do; and how many of them lose theirs."""
        empty = self.spool.empty_fields() if self.field_changes else []
        return Counter(
            name
            for change in (self.changes(Action.UPDATE, Action.ADOPT) if empty else ())
            for name in empty
            if change.before.get(name) is not None and change.after[name] is None
        )


def make_plan(
    spool: Spool, rules: Rules, *, complete: bool, known_links: int, images: Callable[[], None] = lambda: None
) -> Plan:
    """Match, compare and sort everything in the spool into changes. Writes nothing but the spool.

    ``complete`` says whether the CMS was listed as a whole; ``known_links`` is how many links the journal holds.
    ``images`` adds what becomes of pictures, once it is known what becomes of their brands.
    """
    match(spool, rules.match_on, complete=complete)
    _add_differences(spool, rules)
    for name in rules.unique:
        skip_taken(spool, name)
    if rules.taken:
        skip_claimed(spool, rules.taken)
    if rules.delete_missing and complete and not spool.has_unidentified():
        _add_deletes(spool, rules)
    _add_unlinks(spool)
    images()
    return _summary(spool, known_links, complete=complete)


def _summary(spool: Spool, known_links: int, *, complete: bool) -> Plan:
    counts = count_changes(spool)
    linked, in_line = spool.query(
        "SELECT count(*) FILTER (WHERE found_by <> ?), count(*) FILTER (WHERE problem IS NULL) FROM cms"
        " WHERE brand_id IS NOT NULL",
        MATCHED,
    ).fetchone()
    lone, replaced = _with_images_alone(spool) if counts[Action.IMAGE] else (0, 0)
    return Plan(
        spool=spool,
        retrieved=spool.listed(),
        missing=spool.missing() if complete else 0,
        linked=max(known_links, linked),
        unchanged=in_line - counts[Action.UPDATE] - counts[Action.ADOPT] - lone,
        field_changes=spool.value(
            "SELECT count(*) FROM change WHERE action IN ('update', 'adopt', 'link') AND after <> '{}'"
        )
        + replaced,
        counts=counts,
        checksum=checksum(spool),
    )


def _with_images_alone(spool: Spool) -> tuple[int, int]:
    """How many brands of the store change in their pictures alone, and how many of these had one before."""
    lone: tuple[int, int] = spool.query(
        "SELECT count(*), count(*) FILTER (WHERE EXISTS (SELECT 1 FROM json_each(before) AS had"
        " WHERE had.value IS NOT NULL)) FROM change JOIN cms USING (cms_id)"
        " WHERE action = 'image' AND cms.brand_id IS NOT NULL AND NOT EXISTS ("
        "SELECT 1 FROM change AS other WHERE other.cms_id = change.cms_id AND other.action IN ('update', 'adopt'))"
    ).fetchone()
    return lone


def _add_differences(spool: Spool, rules: Rules) -> None:
    """Compare every matched pair that isn't plainly the same, and just as its link remembers it."""
    unlinked = f"(cms.external_id IS NULL AND {spool.writable})"
    differs = f"({spool.of_fields('cms.{} IS NOT store.{}', ' OR ')})"
    forgotten = f"(link.written IS NOT {spool.as_json('cms')} OR link.stored IS NOT NULL)"
    pairs = spool.query(
        f"SELECT cms.cms_id, cms.brand_id, link.brand_id, link.written, link.stored, found_by, {unlinked}, {differs},"
        f" {spool.of_fields('cms.{}')}, {spool.of_fields('store.{}')}"
        " FROM cms JOIN store ON store.id = cms.brand_id"
        " LEFT JOIN link ON link.cms_id = cms.cms_id AND link.brand_id = cms.brand_id"
        f" WHERE problem IS NULL AND ({differs} OR found_by = ? OR {unlinked} OR {forgotten}) ORDER BY cms.seq",
        MATCHED,
    )
    for cms_id, brand_id, linked, written, stored, found_by, unlinked_in_cms, differ, *both in pairs:
        source, held = spool.read([both[: len(spool.fields)], both[len(spool.fields) :]])
        if not differ:
            renew_equal(spool, cms_id, source, (written, stored))
            if found_by != MATCHED and not unlinked_in_cms:
                continue
        memory = read_memory(written, stored, cms_id)
        found = compare(source, held, memory, rules.on_conflict)
        if differ and (linked or not found.after):
            renew(spool, cms_id, memory, agreed(memory, source, held))
        if found.conflicts and rules.on_conflict == OnConflict.SKIP:
            spool.skip(Skipped(cms_id, "conflict", f"{_edited(brand_id, found.conflicts)}: make both sides agree"))
        elif found.after and "update" in rules.lacks:
            spool.skip(Skipped(cms_id, "unsupported", rules.lacks["update"]))
        elif found_by == MATCHED or unlinked_in_cms or found.after:
            is_new = found_by == MATCHED or (not linked and found.before.get(LINK_FIELD, "") is None)
            add_changes(spool, [_kind(found, is_new=is_new)(cms_id, brand_id, found.before, found.after)])


def _kind(found: Comparison, *, is_new: bool) -> type[Change]:
    """The kind of change that brings a pair in line. ``is_new``: brandsync had not linked the two before."""
    if is_new:
        return AdoptBrand
    return UpdateBrand if found.after.keys() - {LINK_FIELD} else LinkBrand


def _edited(brand_id: str, names: Sequence[str]) -> str:
    return f"{', '.join(sorted(names))} of brand {brand_id!r} was edited in the store"


def _add_deletes(spool: Spool, rules: Rules) -> None:
    """Delete the brands that brandsync linked, whose entry is gone, and that no other entry claims."""
    spool.query("CREATE INDEX link_brand ON link (brand_id)")
    gone = spool.query(
        f"SELECT link.cms_id, link.brand_id, link.written, link.stored, {spool.of_fields('store.{}')} FROM link"
        " JOIN store ON store.id = link.brand_id WHERE NOT EXISTS (SELECT 1 FROM cms WHERE cms.cms_id = link.cms_id)"
        " AND NOT EXISTS (SELECT 1 FROM cms WHERE cms.brand_id = link.brand_id)"
        # An entry that still exists may own it, though it is skipped now. Or it may turn out to be its entry later.
        " AND NOT EXISTS (SELECT 1 FROM cms WHERE cms.cms_id = store.cms_id)"
        " AND NOT EXISTS (SELECT 1 FROM link AS other JOIN cms USING (cms_id) WHERE other.brand_id = link.brand_id)"
        " AND NOT EXISTS (SELECT 1 FROM cms WHERE cms.key = store.key AND cms.brand_id IS NULL AND problem IS NOT NULL)"
        " GROUP BY link.brand_id HAVING link.cms_id = max(link.cms_id) ORDER BY link.cms_id"
    )
    for cms_id, brand_id, written, stored, *row in gone.fetchall():
        (held,), memory = spool.read([row]), read_memory(written, stored, cms_id)
        edited = [
            name
            for name, value in held.items()
            if (settled := memory.get(name)) and not unchanged(settled.held, value, settled.source)
        ]
        if edited and rules.on_conflict != OnConflict.CMS:
            remedy = "its entry is gone: publish it again, or delete the brand in the store"
            spool.skip(Skipped(cms_id, "conflict", f"{_edited(brand_id, edited)}, and {remedy}"))
        elif "delete" in rules.lacks:
            spool.skip(Skipped(cms_id, "unsupported", rules.lacks["delete"]))
        else:
            add_changes(spool, [DeleteBrand(cms_id, brand_id, held, {})])


def _add_unlinks(spool: Spool) -> None:
    """Clear stale external ids of entries that get no brand. Entries with a draft or a shared id keep theirs."""
    spool.query(
        "INSERT INTO change (action, cms_id, brand_id, before, after) SELECT ?, cms_id, stale, '{}', '{}' FROM cms"
        " WHERE stale IS NOT NULL AND brand_id IS NULL AND problem IS NOT NULL AND problem <> 'duplicate_id'"
        f" AND {spool.writable} ORDER BY seq",
        UnlinkBrand.action,
    )
