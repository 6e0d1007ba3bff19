"""External ids that a CMS accepts and doesn't keep. They are reported, as every run would write them again."""

import logging
from typing import TYPE_CHECKING, Final

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

    Another listing shows that. A CMS that finds entries by id needs none: its backend looks as it writes.
    """
    written = [change.cms_id for change in plan.changes(Action.LINK)]
    if not written or cms.retrieve_entries(written[:1]) is not None:
        return
    mapping, wanted = EntryMapping(cms.settings), set(written)
    try:
        for page in cms_pages(cms, None):
            for entry in map(mapping.read, page.entries):
                if isinstance(entry, CmsBrand) and entry.cms_id in wanted and entry.external_id is None:
                    plan.drop(entry.cms_id, Action.LINK)
                    plan.spool.skip(Skipped(entry.cms_id, "link_rejected", _DETAIL.format(cms.settings.external_id)))
    except (Interrupted, LeaseLost):
        raise
    except BrandsyncError as error:  # all is written: a listing that fails now is no reason to take it back
        _log.warning("whether the CMS has kept the external ids is not known: %s", error.message)
