"""The engine with everything that it works on, in memory: a shop, a CMS's catalogue, a journal, and a lease on it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from spooling import fields_of

from brandsync.brand import EXTERNAL_ID, Fields
from brandsync.journal import Batch, Entry, Journal, Lease, LinkChange, LinkRow
from brandsync.plan import MatchOn, Rules, make_plan
from brandsync.plan.change import Change
from brandsync.plan.spool import Spool
from brandsync.testing import Behaviour, MemoryCatalogue, MemoryCms, MemoryShop, MemoryStore
from brandsync.workflow.engine import UndoStack
from brandsync.workflow.external_ids import ExternalIds
from brandsync.workflow.settle import Settling
from brandsync.workflow.sides import CmsSide, StoreSide
from brandsync.workflow.take_back import TakeBack
from brandsync.workflow.work import Work
from brandsync.workflow.writer import Writer


class Desk:
    """One run at work."""

    def __init__(self, journal: Journal, store: MemoryStore, cms: MemoryCms, *, one_by_one: bool = False) -> None:
        self.journal = journal
        self.store, self.shop = store, store.shop
        self.cms, self.catalogue = cms, cms.catalogue
        self.lease = Lease(journal.database, "shop", "RUN")
        self.lease.acquire()
        self.boundaries = 0
        self.stack = UndoStack(journal, "RUN", self.lease, shared=False, boundary=self._boundary)
        self.writer = Writer(store, cms, one_by_one)
        self.settling = Settling(self.writer, journal)
        cms_side = CmsSide(self.writer, ExternalIds(cms), journal)
        self.take_back = TakeBack(StoreSide(self.writer, self.settling), cms_side, self.settling, link_in_cms=True)
        self.told: list[tuple[str, int]] = []

    def _boundary(self) -> None:
        self.boundaries += 1

    def close(self) -> None:
        """Let go of the lease."""
        self.lease.release()

    def put(self, **brands: str | dict[str, Any]) -> None:
        """Put brands into the shop, by id: a name, or fields."""
        for brand_id, fields in brands.items():
            self.shop.brands[brand_id] = fields if isinstance(fields, dict) else {"name": fields}

    def names(self) -> dict[str, str]:
        """The names of the shop's brands, by id."""
        return {brand_id: held["name"] for brand_id, held in self.shop.brands.items()}

    def links(self) -> dict[str, LinkRow]:
        """The journal's links."""
        return {row[0]: LinkRow(*row[1:]) for page in self.journal.links.pages() for row in page}

    def push(self, batch: Batch) -> Entry:
        """An entry of this run."""
        return self.journal.entries.push("RUN", "step", batch)

    @contextmanager
    def work(self, entries: Any, brands: Any = (), links: Any = (), *, link_in_cms: bool = True, **rules: Any) -> Any:
        """The writing of a plan."""
        entries = list(entries)
        with closing(Spool(MatchOn.NAME, fields_of(entries, brands))) as spool:
            spool.add_entries(entries)
            spool.add_brands(brands)
            spool.add_links([(*link, *[None] * (4 - len(link))) for link in links])
            spool.links_in_cms = link_in_cms
            plan = make_plan(spool, Rules(**rules), complete=True, known_links=len(links))
            yield Work(plan, self.writer, lambda step, count: self.told.append((step, count)))


@contextmanager
def desk(*, store: type[MemoryStore] = MemoryStore, one_by_one: bool = False, **behaviour: Any) -> Iterator[Desk]:
    """A run at work, on a shop and a catalogue of its own."""
    chosen = Behaviour(**behaviour)
    with closing(Journal.empty("shop")) as journal:
        sides = store.of(MemoryShop(), chosen), MemoryCms.of(MemoryCatalogue(), chosen)
        with closing(Desk(journal, *sides, one_by_one=one_by_one)) as found:
            yield found


def row(cms_id: str, brand_id: str | None, before: Fields | str, after: Fields | str) -> Change:
    """A row; a text stands for a name."""
    old, new = ({"name": side} if isinstance(side, str) else side for side in (before, after))
    return Change(cms_id, brand_id, old, new)


def created(cms_id: str, brand_id: str | None, name: str = "A") -> Change:
    """A brand that was or is to be created."""
    return row(cms_id, brand_id, {}, name)


def linked(cms_id: str, brand_id: str) -> Change:
    """An external id that was or is to be written."""
    return Change(cms_id, brand_id, {EXTERNAL_ID: None}, {EXTERNAL_ID: brand_id})


def new_link(cms_id: str, brand_id: str, written: str | None = None) -> LinkChange:
    """A link of the journal that was or is to be made."""
    return LinkChange(cms_id, None, LinkRow(brand_id, written))
