"""Before planning: whether external ids can be written to the CMS, and which entries have to wait."""

import logging

from brandsync.cms.interface import CmsLinks
from brandsync.plan.spool import Spool
from brandsync.workflow.pages import ids_in_chunks

_log = logging.getLogger(__name__)


def may_link(links: CmsLinks, spool: Spool) -> bool:
    """Whether the CMS takes external ids with these credentials; marks those entries in the spool that have to wait.

    Asks the CMS only where an entry has no external id yet, or a stale one.
    """
    unlinked = "external_id IS NULL AND (problem IS NULL OR stale IS NOT NULL)"
    if not spool.value(f"SELECT EXISTS (SELECT 1 FROM cms WHERE {unlinked})"):
        return True
    refusal = links.refusal()
    if refusal:
        _log.warning("links stay in the journal: %s", refusal)
        return False
    for ids in ids_in_chunks(_to_be_written(spool)):
        spool.add_pending(links.pending(ids))
    waiting = spool.value("SELECT count(*) FROM pending")
    if waiting:
        _log.info("%d external ids wait in the journal until an editor has published a draft", waiting)
    return True


def _to_be_written(spool: Spool) -> list[tuple[str]]:
    """Entries that are linked, but not in the CMS; and those that have a stale external id."""
    return spool.query(
        "SELECT cms_id FROM cms WHERE stale IS NOT NULL"
        " OR (external_id IS NULL AND problem IS NULL AND cms_id IN (SELECT cms_id FROM link))"
    ).fetchall()
