"""External ids of brands that brandsync itself has removed. They are stale: an entry that has one counts as unlinked.

An external id of a brand that a person has deleted in the store is not: that person may not want the brand any more.
"""

from brandsync.journal import Journal
from brandsync.plan.spool import Spool
from brandsync.stores.interface import BrandStore
from brandsync.workflow.pages import ids_in_chunks


def mark_stale(journal: Journal, spool: Spool) -> None:
    """Mark them in the spool, which holds both sides."""
    if journal.gone.any():
        rows = spool.query(
            "SELECT DISTINCT external_id FROM cms WHERE external_id IS NOT NULL"
            " AND external_id NOT IN (SELECT id FROM store)"
        ).fetchall()
        spool.mark_stale(brand_id for ids in ids_in_chunks(rows) for brand_id in journal.gone.among(ids))


def has_unknown(journal: Journal, store: BrandStore, spool: Spool) -> bool:
    """Whether any CMS entry has an external id that is neither its link in the journal nor stale.

    The spool holds the entries and their links.
    """
    unlinked = spool.query(
        "SELECT DISTINCT external_id FROM cms WHERE external_id IS NOT NULL"
        " AND external_id IS NOT (SELECT brand_id FROM link WHERE link.cms_id = cms.cms_id)"
    ).fetchall()
    return any(_is_any_unknown(journal, store, ids) for ids in ids_in_chunks(unlinked))


def _is_any_unknown(journal: Journal, store: BrandStore, ids: list[str]) -> bool:
    return bool(set(ids) - journal.gone.among(ids)) or bool(store.get_brands(["name"], ids))
