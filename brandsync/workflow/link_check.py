"""Before planning: whether external ids can be written to the CMS, and which entries have to wait."""

import logging
from collections.abc import Iterator

from brandsync.cms.interface import Cms
from brandsync.spool import Spool

_log = logging.getLogger(__name__)
_IDS_AT_ONCE = 1_000


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
    for ids in _linked_by_journal(spool):
        spool.add_pending(cms.pending_drafts(ids))
    waiting = spool.value("SELECT count(*) FROM pending")
    if waiting:
        _log.info("%d external ids wait in the journal until an editor has published a draft", waiting)
    return True


def _linked_by_journal(spool: Spool) -> Iterator[list[str]]:
    """Entries that are linked, but not in the CMS."""
    found = spool.query(
        "SELECT cms.cms_id FROM cms JOIN link USING (cms_id) WHERE cms.external_id IS NULL AND problem IS NULL"
    ).fetchall()
    for start in range(0, len(found), _IDS_AT_ONCE):
        yield [row[0] for row in found[start : start + _IDS_AT_ONCE]]
