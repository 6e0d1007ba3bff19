"""A check before planning: whether external ids can be written to the CMS, and which entries must wait."""

import logging

from brandsync.cms.interface import CmsLinks
from brandsync.plan.spool import Spool

_log = logging.getLogger(__name__)


def may_link(links: CmsLinks | None, spool: Spool) -> bool:
    """Whether the CMS takes external ids with these credentials. Marks the entries in the spool that must wait.

    Asks the CMS only if some entry has no external id yet, or a stale one.
    """
    if links is None or not spool.lacks_external_ids():
        return links is not None
    refusal = links.refusal()
    if refusal:
        _log.warning("links stay in the journal: %s", refusal)
        return False
    for ids in spool.ids_to_link():
        spool.add_pending(links.pending(ids))
    if waiting := spool.pending():
        _log.info("%d external ids wait in the journal until an editor has published a draft", waiting)
    return True
