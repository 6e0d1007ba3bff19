"""How the journal's own links change when a batch is written."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from brandsync.brand import encode
from brandsync.brand.kind import same
from brandsync.journal import BatchKind, LinkChange, LinkRow, WithBrands
from brandsync.plan.change import Change, Creations
from brandsync.plan.memory import agreed, read_memory, write_memory, wrote
from brandsync.plan.spool import Spool


class Linking:
    """The links of one batch: as they are, and as they will be."""

    def __init__(self, spool: Spool, kind: BatchKind, changes: Sequence[Change]) -> None:
        """``changes``: as planned."""
        ids = changes.cms_ids if isinstance(changes, Creations) else [change.cms_id for change in changes]
        self._removes = kind.removes
        self._makes = kind.makes
        self._changes = changes
        self._before = {cms_id: LinkRow(*link) for cms_id, link in spool.links(ids).items()}
        self._source = {} if kind.makes or kind.removes else spool.entries(ids)
        self._held = {} if kind.makes or kind.removes else spool.brands([change.brand_id or "" for change in changes])

    def of(self, done: Sequence[Change]) -> Sequence[LinkChange]:
        """How the links of the finished changes change, with what the other side returned."""
        made = self._makes and not self._before and (done is self._changes or all(map(self._is_as_planned, done)))
        if made or (self._removes and all(map(self._is_as_written, done))):
            return WithBrands(done)
        return [self._changed(change) for change in done]

    def _is_as_planned(self, made: Change) -> bool:
        return same(made.after, self._planned[made.cms_id].after)

    def _is_as_written(self, removed: Change) -> bool:
        """Whether the link remembers just what the brand held on both sides."""
        return self._before.get(removed.cms_id) == LinkRow(removed.brand_id or "", encode(removed.before))

    @cached_property
    def _planned(self) -> Mapping[str, Change]:
        return {change.cms_id: change for change in self._changes}

    def _changed(self, done: Change) -> LinkChange:
        """The two sides of the link differ only in the fields of the change: an undo takes back just these.

        A field that was found equal on both sides is settled in both.
        """
        before, planned = self._before.get(done.cms_id), self._planned[done.cms_id]
        if self._removes:
            return LinkChange(done.cms_id, before, None)
        source = planned.after if self._makes else self._source.get(done.cms_id, {})
        held = self._held.get(done.brand_id or "", {})
        ours = before if before and before.brand_id == planned.brand_id else None
        memory = agreed(read_memory(ours.written, ours.stored, done.cms_id) if ours else {}, source, held)
        after = wrote(memory, source, {**held, **done.after}, planned.after)
        return LinkChange(
            done.cms_id,
            LinkRow(ours.brand_id, *write_memory(memory)) if ours else before,
            LinkRow(done.brand_id or "", *write_memory(after)),
        )
