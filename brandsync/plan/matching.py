"""Find the brand of each CMS entry: by external id, by the journal's link, by handle or name."""

from collections.abc import Iterator

from brandsync.brand import LINK_FIELD, Skipped
from brandsync.plan.policy import MatchOn
from brandsync.plan.spool import Spool

_EXTERNAL = "external_id"
_JOURNAL = "journal"
MATCHED = "match_on"
OWN_TABLE = "give each of the two a table of its own (`table` in [store])"
"""What to do where two pipelines sync two CMSes to one table."""
_FEWEST_FOREIGN = 3
"""With fewer unknown external ids, nothing is concluded: somebody may have deleted a brand or two."""


def match(spool: Spool, match_on: MatchOn, *, complete: bool) -> None:
    """Find each entry's brand, in the promised order. An entry that cannot be decided is skipped, with the reason.

    ``complete`` says whether the whole CMS was listed. If not, entries that are not listed own brands too.
    """
    spool.query("DELETE FROM skipped WHERE cms_id IN (SELECT cms_id FROM cms WHERE problem IS NULL)")
    _match_external_ids(spool)
    _match_journal(spool)
    _skip(spool, _moved(spool))
    _skip(spool, _claimed_twice(spool))
    unmatched = spool.value("SELECT EXISTS (SELECT 1 FROM cms WHERE brand_id IS NULL AND key IS NOT NULL)")
    if unmatched and match_on != MatchOn.NONE:
        spool.query("CREATE INDEX cms_key ON cms (key) WHERE brand_id IS NULL AND key IS NOT NULL")
        spool.query("CREATE INDEX store_key ON store (key) WHERE key IS NOT NULL")
        _match_keys(spool, match_on, complete=complete)
    _skip(spool, _theirs(spool))


def _skip(spool: Spool, found: Iterator[Skipped]) -> None:
    for skipped in list(found):
        spool.skip(skipped)


def _match_external_ids(spool: Spool) -> None:
    spool.query(
        "UPDATE cms SET brand_id = external_id, found_by = ? WHERE external_id IN (SELECT id FROM store)", _EXTERNAL
    )
    unknown = spool.query(
        "SELECT cms_id, external_id FROM cms WHERE external_id IS NOT NULL AND brand_id IS NULL AND problem IS NULL"
    ).fetchall()
    foreign = are_foreign(len(unknown), spool.listed())
    so = "it seems to be another store's" if foreign else "clear the entry's external id to have it created anew"
    _skip(
        spool,
        (
            Skipped(cms_id, "unknown_external_id", f"the store has no brand {external_id!r}: {so}")
            for cms_id, external_id in unknown
        ),
    )


def are_foreign(unknown: int, of: int) -> bool:
    """Whether ``unknown`` external ids in ``of`` entries are so many that they are another store's."""
    return unknown >= _FEWEST_FOREIGN and unknown * 2 > of


def _match_journal(spool: Spool) -> None:
    """Match by the journal's link, or by the store's own side of it. A link to a missing brand is ignored."""
    spool.query(
        "UPDATE cms SET brand_id = link.brand_id, found_by = ? FROM link WHERE link.cms_id = cms.cms_id"
        " AND cms.external_id IS NULL AND link.brand_id IN (SELECT id FROM store)",
        _JOURNAL,
    )
    spool.query("CREATE INDEX store_cms_id ON store (cms_id) WHERE cms_id IS NOT NULL")
    spool.query(
        "UPDATE cms SET brand_id = store.id, found_by = ? FROM store WHERE store.cms_id = cms.cms_id"
        " AND cms.external_id IS NULL AND cms.brand_id IS NULL",
        _JOURNAL,
    )


def _moved(spool: Spool) -> Iterator[Skipped]:
    """Entries whose external id names another brand than the one that the store links to them."""
    moved = spool.query(
        "SELECT cms.cms_id, cms.brand_id, store.id FROM cms JOIN store ON store.cms_id = cms.cms_id"
        " WHERE cms.problem IS NULL AND cms.brand_id <> store.id"
    )
    for cms_id, brand_id, other in moved:
        detail = (
            f"its external id is {brand_id!r}, and the store's own link of it is brand {other!r}: clear that brand's"
            f" {LINK_FIELD} in the store, or correct the external id"
        )
        yield Skipped(cms_id, "ambiguous", detail)


def _theirs(spool: Spool) -> Iterator[Skipped]:
    """Entries whose brand another pipeline has linked: the two would write over each other in every run."""
    found = spool.query(
        "SELECT cms.cms_id, cms.brand_id, pipeline FROM theirs CROSS JOIN cms USING (brand_id) WHERE problem IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM link WHERE link.cms_id = cms.cms_id AND link.brand_id = cms.brand_id)"
        " ORDER BY cms.seq"
    )
    for cms_id, brand_id, pipeline in found:
        detail = f"its brand {brand_id!r} belongs to the pipeline {pipeline!r}, which syncs another CMS to this table"
        yield Skipped(cms_id, "ambiguous", f"{detail}: {OWN_TABLE}")


def _claimed_twice(spool: Spool) -> Iterator[Skipped]:
    spool.query("CREATE INDEX cms_brand ON cms (brand_id) WHERE brand_id IS NOT NULL")
    claims = spool.query(
        "SELECT cms_id, brand_id, (SELECT group_concat(other.cms_id, ', ') FROM cms AS other"
        " WHERE other.brand_id = cms.brand_id AND other.cms_id <> cms.cms_id)"
        " FROM cms WHERE problem IS NULL AND brand_id IN ("
        "SELECT brand_id FROM cms WHERE brand_id IS NOT NULL GROUP BY brand_id HAVING count(*) > 1)"
    )
    for cms_id, brand_id, others in claims:
        detail = f"entry {others} claims the brand {brand_id!r} too: leave its id in the one that it belongs to"
        yield Skipped(cms_id, "ambiguous", detail)


def _match_keys(spool: Spool, match_on: MatchOn, *, complete: bool) -> None:
    """Adopt where a handle or name is unique on both sides, among entries and brands without a link."""
    owned = "" if complete else " AND NOT EXISTS (SELECT 1 FROM link WHERE link.brand_id = store.id)"
    spool.query(
        "CREATE TEMP TABLE free AS SELECT key, count(*) AS brands, min(id) AS id FROM store WHERE key IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM cms WHERE cms.cms_id = store.cms_id AND cms.problem IS NOT NULL)"
        f" AND NOT EXISTS (SELECT 1 FROM cms WHERE cms.brand_id = store.id){owned} GROUP BY key"
    )
    spool.query("CREATE UNIQUE INDEX free_key ON free (key)")
    spool.query(
        "CREATE TEMP TABLE unlinked AS SELECT key, count(*) AS entries FROM cms"
        " WHERE brand_id IS NULL AND key IS NOT NULL AND key IN (SELECT key FROM free) GROUP BY key"
    )
    spool.query("CREATE UNIQUE INDEX unlinked_key ON unlinked (key)")
    ambiguous = spool.query(
        "SELECT cms.cms_id, unlinked.entries, free.brands FROM cms JOIN unlinked USING (key) JOIN free USING (key)"
        " WHERE cms.brand_id IS NULL AND cms.problem IS NULL AND (unlinked.entries > 1 OR free.brands > 1)"
    )
    _skip(
        spool,
        (
            Skipped(
                cms_id,
                "ambiguous",
                f"{_plural(entries, 'entry has', 'entries have')} this {match_on} and"
                f" {_plural(brands, 'brand of the store has', 'brands of the store have')} it:"
                " write the right brand's id into the entry's external id",
            )
            for cms_id, entries, brands in ambiguous
        ),
    )
    spool.query(
        "UPDATE cms SET brand_id = free.id, found_by = ? FROM free JOIN unlinked USING (key) WHERE cms.key = free.key"
        " AND cms.brand_id IS NULL AND cms.problem IS NULL AND unlinked.entries = 1 AND free.brands = 1",
        MATCHED,
    )


def _plural(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
