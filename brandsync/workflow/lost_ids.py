"""External ids that a CMS accepts and doesn't keep. They are reported, as every run would write them again."""

import logging
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from brandsync.brand import CmsBrand, Skipped
from brandsync.cms.interface import Cms
from brandsync.cms.mapping import EntryMapping
from brandsync.errors import BrandsyncError, Interrupted, LeaseLost
from brandsync.plan.change import Action
from brandsync.workflow.pages import cms_pages

if TYPE_CHECKING:
    from brandsync.plan import Plan

_log = logging.getLogger(__name__)

_DETAIL: Final = (
    "its external id was accepted by the CMS and not kept: check that the CMS has the field `{}` and lets it be"
    ' written, or keep links in the journal: link = "journal" in [sync]'
)


def skip_lost(plan: "Plan", cms: Cms) -> None:
    """Skip entries that had lost their external id, got it again in this run, and have lost it again.

    Another listing shows that. A CMS that finds entries by id needs none: nearly all such backends look as they write.
    """
    written = [change.cms_id for change in plan.changes(Action.LINK)]
    looks_back = cms.links is None or cms.links.looks_back
    if not written or (looks_back and cms.retrieve_entries(written[:1]) is not None):
        return
    mapping, wanted = EntryMapping(cms.settings), set(written)
    try:
        for entry in map(mapping.read, _shown(cms, written)):
            if isinstance(entry, CmsBrand) and entry.cms_id in wanted and entry.external_id is None:
                plan.drop(entry.cms_id, Action.LINK)
                plan.spool.skip(Skipped(entry.cms_id, "link_rejected", _DETAIL.format(cms.settings.external_id)))
    except (Interrupted, LeaseLost):
        raise
    except BrandsyncError as error:  # all is written: a listing that fails now is no reason to take it back
        _log.warning("whether the CMS has kept the external ids is not known: %s", error.message)


def _shown(cms: Cms, cms_ids: Sequence[str]) -> Iterator[Any]:
    """These entries, raw, as the CMS shows them now; with others where it can't be asked by ids."""
    found = cms.retrieve_entries(cms_ids)
    if found is not None:
        yield from found
        return
    for page in cms_pages(cms, None):
        yield from page.entries
