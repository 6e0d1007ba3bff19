"""A shop that thousands of steps are made in: set up once, emptied between two lives."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from cms_server import Fault
from databases import fresh_database, kind_of
from model.child import Call, run_and_die
from model.model_cms import PAGE_SIZE, ModelCms
from model.world import Keeper, World
from shop import Shop

from brandsync.config import load
from brandsync.database import connect
from brandsync.run.pipeline import Pipeline
from brandsync.stores.optional import prepare

_PATIENCE, _IMPATIENCE = "30s", "0.1s"
"""Seconds until a call of the CMS is given up; and where it is to be given up."""
_KEY_TYPES = {
    "sqlite": "TEXT",
    "postgresql": 'text COLLATE "C"',
    "mysql": "VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
}


class ModelShop(Shop):
    """Reads each configuration once, and can die in the middle of a call."""

    cms: ModelCms

    def __init__(self, directory: Path, cms: ModelCms, database_url: str, journal_url: str | None) -> None:
        super().__init__(directory, cms, database_url)
        self._configs: dict[str, Any] = {}
        self.journal = connect(journal_url) if journal_url else self.database
        self.set("cms", timeout=_PATIENCE).set("journal", url=journal_url, keep_runs=10_000)
        unlimited = dict.fromkeys(("max_creates", "max_updates", "max_deletes", "max_shrink"), 1_000_000)
        self.set("safety", **unlimited)
        self.keeper = Keeper(cms, self.database, self.journal)

    def prepare(self) -> Self:
        """Have all tables, and a product's use of a brand in the way of its deletion."""
        assert self.sync(force=True)["exit_code"] == 0
        self.database.connect()
        self.journal.connect(reuse_if_open=True)
        key = _KEY_TYPES[kind_of(self.database_url)]
        with closing(Pipeline.open(self._loaded())) as pipeline:
            prepare(pipeline.store)
        self.keeper.change(f"CREATE TABLE product (brand_id {key}, FOREIGN KEY (brand_id) REFERENCES brand (id))")
        return self

    def empty(self) -> None:
        """Begin a new life."""
        self.heal()
        self.cms.copies.clear()
        tables = self.look().journal
        self.keeper.put_back(World({}, {}, {table: [] for table in tables}))
        self.cms.log.clear()

    def look(self) -> World:
        """What is there now."""
        return self.keeper.look()

    def page(self, paging: str) -> None:
        """Have the CMS listed so."""
        self.cms.options = replace(self.cms.options, paging=paging, total=None if paging == "none" else "header")
        total, size = (None, None) if paging == "none" else ("header:X-Total-Count", PAGE_SIZE)
        self.set("cms", paging=paging, total=total, page_size=size)

    def fail_soon(self, fault: Fault) -> None:
        """Have the next call meet this."""
        self.cms.faults.append(fault)
        if fault.kind == "timeout":
            self.set("cms", timeout=_IMPATIENCE)

    def heal(self) -> None:
        """Let the CMS be well again."""
        self.cms.faults = []
        self.set("cms", timeout=_PATIENCE)

    def die(self, fatal: int, command: str, argument: str = "") -> bool:
        """Make a call that dies at this point; returns whether it came that far."""
        path = self.config
        return run_and_die(Call(path.read_text("utf-8"), path, command, argument), fatal)

    def _result(self, work: Any, *, read_only: bool = False) -> dict[str, Any]:
        with closing(Pipeline.open(self._loaded(), read_only=read_only)) as pipeline:
            shown: dict[str, Any] = work(pipeline).as_json()
            return shown

    def _loaded(self) -> Any:
        text = repr(self.sections)
        if text not in self._configs:
            self._configs[text] = load(self.config)
        return self._configs[text]


@contextmanager
def model_shop(kind: str, *, elsewhere: bool) -> Iterator[ModelShop]:
    """A shop on this kind of database; its journal ``elsewhere``, or in the store's own."""
    memory = Path("/dev/shm")  # a disk's waiting shows nothing here
    with ExitStack() as stack:
        directory = Path(tempfile.mkdtemp(prefix="model-", dir=memory if memory.is_dir() else None))
        stack.callback(shutil.rmtree, directory)
        url = stack.enter_context(fresh_database(kind, directory))
        cms = stack.enter_context(ModelCms(keep_log=False))
        journal = f"sqlite:///{directory}/journal.db" if elsewhere else None
        shop = stack.enter_context(ModelShop(directory, cms, url, journal))
        yield shop.prepare()
        shop.journal.close()
