"""What becomes of the journal's own links when a batch is taken back, in whole or in part."""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from brandsync.brand import decode, encode
from brandsync.journal import Batch, LinkChange, LinkRow

if TYPE_CHECKING:
    from brandsync.workflow.engine import Outcome


def relinked(inverse: Batch, outcome: "Outcome") -> list[LinkChange]:
    """The changes of the links. What stays as it is keeps its link; of what was restored in part, the rest is kept."""
    return list(_relinked(inverse, outcome))


def _relinked(inverse: Batch, outcome: "Outcome") -> Iterator[LinkChange]:
    restored = {row.cms_id: row.after.keys() for row in outcome.done}
    kept = {item.row.cms_id for item in outcome.kept}
    failed = {item.row.cms_id for item in outcome.failed}
    for link in inverse.links:
        if link.cms_id in failed:
            continue
        if link.cms_id not in kept:
            yield link
        elif link.cms_id in restored and link.before:
            yield replace(link, after=_in_part(link.before, link.after, restored[link.cms_id]))


def _in_part(now: LinkRow, then: LinkRow | None, restored: Collection[str]) -> LinkRow:
    """What is remembered of these fields is what was remembered then: so that nobody takes them for edited.

    Of an adoption nothing was: it keeps its link, and the values that it had before are there again.
    """
    then = then or LinkRow(now.brand_id, "{}")
    if now.written is None or then.written is None:
        return now
    written = _mixed(now.written, then.written, restored)
    stored = _mixed(now.stored or now.written, then.stored or then.written, restored)
    return LinkRow(now.brand_id, written, None if stored == written else stored)


def _mixed(now: str, then: str, names: Collection[str]) -> str:
    others = {name: value for name, value in decode(now).items() if name not in names}
    return encode({**others, **{name: value for name, value in decode(then).items() if name in names}})
