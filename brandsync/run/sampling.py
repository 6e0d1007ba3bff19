"""What the first entries show ``check``: what doesn't fit, ids that several have or of another store, and pictures."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import chain, islice
from typing import TypeVar

from brandsync.backend import Finding
from brandsync.brand import LINK_FIELD, CmsBrand, Skipped
from brandsync.cms.mapping import EntryMapping
from brandsync.errors import BrandsyncError, ConfigError, Interrupted
from brandsync.journal import Journal
from brandsync.plan.matching import OWN_TABLE, are_foreign
from brandsync.plan.safety import FOREIGN_HINT
from brandsync.plan.spool import Spool
from brandsync.run.picture_check import PictureCheck
from brandsync.run.pipeline import Pipeline
from brandsync.stores.interface import BrandStore
from brandsync.stores.optional import kinds_of
from brandsync.workflow.pages import cms_pages

T = TypeVar("T")

_PAGES = 10
_SHOWN = 3


def sample(pipeline: Pipeline) -> Iterator[Finding]:
    """Read the first pages of the CMS, and look for their brands in the store."""
    try:
        mapping = EntryMapping(pipeline.cms.settings, kinds_of(pipeline.store))
    except ConfigError:  # the store's own check says it
        return
    unfit: list[Skipped] = []
    pictures = PictureCheck(pipeline)
    with closing(Spool(fields=mapping.fields)) as spool:
        for page in islice(cms_pages(pipeline.cms, None), _PAGES):
            pictures.add(page.entries)
            entries = [_held(mapping.read(raw), pipeline.store) for raw in page.entries]
            unfit += [entry for entry in entries if isinstance(entry, Skipped)]
            spool.add_entries(entries)
        yield from _skipped(unfit, spool.listed())
        yield from _doubled(spool)
        yield from _foreign(spool, pipeline)
        yield from _shared(pipeline)
        yield from pictures.findings()


def _held(entry: CmsBrand | Skipped, store: BrandStore) -> CmsBrand | Skipped:
    refusal = None if isinstance(entry, Skipped) else store.refuses(entry.fields)
    return Skipped(entry.cms_id, "invalid", refusal, entry.external_id) if refusal else entry


def _skipped(unfit: Sequence[Skipped], listed: int) -> Iterator[Finding]:
    if unfit:
        what = (
            f"{len(unfit)} of the first {listed} entries would be skipped; entry {unfit[0].cms_id}: {unfit[0].detail}"
        )
        if len(unfit) < listed:
            yield Finding(ok=True, what=what, fix="the others are synced, and the run exits 65")
        else:
            yield Finding(ok=False, what=what, fix="check [cms.fields]")


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


def _of_journal(pipeline: Pipeline, ask: Callable[[Journal], T]) -> T | None:
    """What the journal says; none if it can't be read: its own check says so."""
    try:
        with pipeline.journal.errors(), pipeline.journal.reading() as journal:
            return ask(journal)
    except Interrupted:
        raise
    except BrandsyncError:
        return None


def _shared(pipeline: Pipeline) -> Iterator[Finding]:
    if LINK_FIELD not in pipeline.store.capabilities.fields:
        return
    source, target = pipeline.cms.where(), pipeline.store.where()
    others = _of_journal(pipeline, lambda journal: journal.runs.of_other_sources(source, target)) or []
    count = _of_journal(pipeline, lambda journal: journal.links.shared(others)) if others else 0
    if count:
        what = f"brands that {', '.join(map(repr, others))} syncs to this table from another CMS, too: {count}"
        yield Finding(ok=False, what=what, fix=f"the two write over each other in every run: {OWN_TABLE}")


def _foreign(spool: Spool, pipeline: Pipeline) -> Iterator[Finding]:
    found = set(chain.from_iterable(spool.external_ids()))
    ids = sorted(_of_journal(pipeline, lambda journal: found - journal.gone.among(found)) or ())
    if not ids:
        return
    known = {brand.id for brand in pipeline.store.get_brands(["name"], ids)}
    unknown = len(ids) - len(known)
    what = f"{len(known)} of {len(ids)} external ids in the first entries are brands of this store"
    if are_foreign(unknown, spool.listed()):
        yield Finding(ok=False, what=f"{what}: the CMS seems to hold the ids of another store", fix=FOREIGN_HINT)
    else:
        yield Finding(ok=True, what=what)
