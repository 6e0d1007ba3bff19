"""How the journal's own links change when a batch is taken back, in whole or in part."""

from collections.abc import Collection, Iterator

from msgspec.structs import replace

from brandsync.journal import Batch, BatchKind, Journal, LinkChange, LinkRow
from brandsync.plan.memory import Memory, differing, read_memory, replaced, write_memory
from brandsync.workflow.outcome import Outcome


def rebased(inverse: Batch, journal: Journal) -> Batch:
    """An inverse batch whose links start from what the journal remembers now.

    Later runs may have settled other fields of the same brands: undoing an update leaves those alone. And an entry may
    be linked to another brand by now: an undo that removes a brand leaves that link.
    """
    cms_ids = [link.cms_id for link in inverse.links]
    if inverse.kind.removes:
        brands = journal.links.brands(cms_ids)
        links = [link for link in inverse.links if not leads_elsewhere(link, brands.get(link.cms_id))]
        return replace(inverse, links=links) if len(links) < len(inverse.links) else inverse
    if inverse.kind is not BatchKind.UPDATE:
        return inverse
    now = journal.links.get(cms_ids)
    return replace(inverse, links=[_rebased(link, now.get(link.cms_id)) for link in inverse.links])


def leads_elsewhere(link: LinkChange, now: str | None) -> bool:
    """Whether the entry is linked ``now`` to another brand than the one that this change starts from."""
    return link.before is not None and now is not None and now != link.before.brand_id


def _rebased(link: LinkChange, now: LinkRow | None) -> LinkChange:
    then = link.after
    if now and leads_elsewhere(link, now.brand_id):
        return LinkChange(link.cms_id, now, now)  # somebody has since linked the entry to another brand
    if now and link.before and then and then.brand_id == now.brand_id:
        names = differing(_memory(link.before), _memory(then))
        return LinkChange(link.cms_id, now, _with(now, then, names))
    return replace(link, before=now)


def relinked(inverse: Batch, outcome: Outcome) -> list[LinkChange]:
    """The changes of the links. A brand that stays keeps its link. One restored in part keeps the rest of it."""
    return list(_relinked(inverse, outcome))


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
