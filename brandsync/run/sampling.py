"""What the first entries show ``check``: ids that several entries have, and external ids of another store."""

from collections.abc import Iterator
from contextlib import closing
from itertools import chain, islice

from brandsync.backend import Finding
from brandsync.cms.mapping import EntryMapping
from brandsync.plan.matching import are_foreign
from brandsync.plan.safety import FOREIGN_HINT
from brandsync.plan.spool import Spool
from brandsync.run.pipeline import Pipeline
from brandsync.workflow.pages import cms_pages

_PAGES = 10
_SHOWN = 3


def sample(pipeline: Pipeline) -> Iterator[Finding]:
    """Read the first pages of the CMS, and look for their brands in the store."""
    mapping = EntryMapping(pipeline.cms.settings)
    with closing(Spool()) as spool:
        for page in islice(cms_pages(pipeline.cms, None), _PAGES):
            spool.add_entries(map(mapping.read, page.entries))
        yield from _doubled(spool)
        yield from _foreign(spool, pipeline)


def _doubled(spool: Spool) -> Iterator[Finding]:
    ids = spool.doubtful_ids()
    if ids:
        shown = ", ".join(map(repr, ids[:_SHOWN]))
        more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
        yield Finding(
            ok=False,
            what=f"different entries have the id {shown}{more}: they are skipped",
            fix="give each entry an id of its own, or check `id` in [cms]",
        )


def _foreign(spool: Spool, pipeline: Pipeline) -> Iterator[Finding]:
    found = set(chain.from_iterable(spool.external_ids()))
    ids = sorted(found - pipeline.journal.gone.among(found))
    if not ids:
        return
    known = {brand.id for brand in pipeline.store.get_brands(["name"], ids)}
    unknown = len(ids) - len(known)
    what = f"{len(known)} of {len(ids)} external ids in the first entries are brands of this store"
    if are_foreign(unknown, spool.listed()):
        yield Finding(ok=False, what=f"{what}: the CMS seems to hold the ids of another store", fix=FOREIGN_HINT)
    else:
        yield Finding(ok=True, what=what)
