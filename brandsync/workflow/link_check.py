"""Before planning: whether external ids can be written to the CMS, and which entries have to wait."""

import logging

from brandsync.cms.interface import Cms
from brandsync.spool import Spool
from brandsync.workflow.pages import ids_in_chunks

_log = logging.getLogger(__name__)


def may_link(cms: Cms, spool: Spool) -> bool:
    """Whether the CMS takes external ids with these credentials; marks those entries in the spool that have to wait.

    Asks the CMS only where an entry has no external id yet.
    """
    if not spool.value("SELECT EXISTS (SELECT 1 FROM cms WHERE external_id IS NULL AND problem IS NULL)"):
        return True
    refusal = cms.link_refusal()
    if refusal:
        _log.warning("links stay in the journal: %s", refusal)
        return False
    for ids in ids_in_chunks(_linked_by_journal(spool)):
        spool.add_pending(cms.pending_drafts(ids))
    waiting = spool.value("SELECT count(*) FROM pending")
    if waiting:
        _log.info("%d external ids wait in the journal until an editor has published a draft", waiting)
    return True


def _linked_by_journal(spool: Spool) -> list[tuple[str]]:
    """Entries that are linked, but not in the CMS."""
    return spool.query(
        "SELECT cms.cms_id FROM cms JOIN link USING (cms_id) WHERE cms.external_id IS NULL AND problem IS NULL"
    ).fetchall()
