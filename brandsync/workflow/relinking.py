"""How the journal's own links change when a batch is taken back, in whole or in part."""

from collections.abc import Collection, Iterator, Sequence

from msgspec.structs import replace

from brandsync.journal import Batch, BatchKind, Journal, LinkChange, LinkRow
from brandsync.plan.memory import Memory, differing, read_memory, replaced, write_memory
from brandsync.workflow.outcome import Outcome


def rebased(inverse: Batch, journal: Journal) -> Batch:
    """An inverse batch whose links start from what the journal remembers now.

    Later runs may have settled other fields of the same brands: undoing an update leaves those alone. And an entry may
    be linked to another brand by now: an undo that removes a brand leaves that link.
    """
    if inverse.kind.removes:
        linked = {cms_id: brand_id for cms_id, brand_id, _ in inverse.linked() if brand_id is not None}
        now = journal.links.brands([*linked])
        stay = {cms_id for cms_id, brand_id in now.items() if brand_id != linked[cms_id]}
        return replace(inverse, links=[link for link in inverse.links if link.cms_id not in stay]) if stay else inverse
    if inverse.kind is not BatchKind.UPDATE:
        return inverse
    remembered = journal.links.get([link.cms_id for link in inverse.links])
    return replace(inverse, links=[_rebased(link, remembered.get(link.cms_id)) for link in inverse.links])


def _rebased(link: LinkChange, now: LinkRow | None) -> LinkChange:
    then = link.after
    if now and link.before and now.brand_id != link.before.brand_id:
        return LinkChange(link.cms_id, now, now)  # somebody has since linked the entry to another brand
    if now and link.before and then and then.brand_id == now.brand_id:
        names = differing(_memory(link.before), _memory(then))
        return LinkChange(link.cms_id, now, _with(now, then, names))
    return replace(link, before=now)


def relinked(inverse: Batch, outcome: Outcome) -> Sequence[LinkChange]:
    """The changes of the links. A brand that stays keeps its link. One restored in part keeps the rest of it."""
    return [*_relinked(inverse, outcome)] if outcome.kept or outcome.failed else inverse.links


def _relinked(inverse: Batch, outcome: Outcome) -> Iterator[LinkChange]:
    restored = {row.cms_id: row.after.keys() for row in outcome.done}
    kept = {item.row.cms_id for item in outcome.kept}
    failed = {item.row.cms_id for item in outcome.failed}
    for link in inverse.links:
        if link.cms_id in failed:
            continue
        if link.cms_id not in kept:
            yield link
        elif link.cms_id in restored and link.before:
            yield replace(link, after=_with(link.before, link.after, restored[link.cms_id]))


def _with(now: LinkRow, then: LinkRow | None, names: Collection[str]) -> LinkRow:
    """For these fields, remember what was remembered ``then``, so that nobody takes them for edited."""
    known = _memory(then) if then and then.brand_id == now.brand_id else {}
    return LinkRow(now.brand_id, *write_memory(replaced(_memory(now), known, names)))


def _memory(link: LinkRow) -> Memory:
    return read_memory(link.written, link.stored)
