"""External ids of brands that brandsync itself has removed. They are stale: an entry with one counts as unlinked.

If a person has deleted the brand in the store, its id is not stale: that person may not want the brand any more.
"""

from brandsync.journal import Journal
from brandsync.plan.spool import Spool
from brandsync.stores.interface import BrandStore


def mark_stale(journal: Journal, spool: Spool) -> None:
    """Mark the stale ids in the spool, which holds both sides."""
    if journal.gone.any():
        spool.mark_stale(brand_id for ids in spool.unknown_external_ids() for brand_id in journal.gone.among(ids))


def has_unknown(journal: Journal, store: BrandStore, spool: Spool) -> bool:
    """Whether any CMS entry has an external id that is neither its link in the journal nor stale.

    The spool holds the entries and their links.
    """
    return any(_is_any_unknown(journal, store, ids) for ids in spool.unremembered_external_ids())


def _is_any_unknown(journal: Journal, store: BrandStore, ids: list[str]) -> bool:
    return bool(set(ids) - journal.gone.among(ids)) or bool(store.get_brands(["name"], ids))
