"""A shop between two proxies: its whole state, how to put it back, and what it looks like whoever chose the ids."""

import copy
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cms_server import CmsServer
from databases import fresh_database, quoted
from shop import Shop, WatchedCms
from shop_server import ShopServer

from brandsync.testing.faults import Fault
from brandsync.testing.proxy import Call, FaultProxy

BATCH: Final = 2
"""Brands in one batch."""
OWN: Final = ("Own", "made by hand")
"""A brand of the store that no entry has: nobody may touch it."""
GONE: Final = "no such brand"

Content = tuple[str, str | None]
"""A brand's name and description."""


@dataclass(frozen=True, slots=True)
class State:
    """Both sides, as they are."""

    brands: dict[str, Content]
    """By id."""
    entries: dict[str, Content]
    external_ids: dict[str, str | None]

    @property
    def linked(self) -> dict[str, object]:
        """What each entry's external id leads to: a brand's content, nothing, or a brand that isn't there."""
        return {
            key: self.brands.get(brand_id, GONE) if brand_id else None for key, brand_id in self.external_ids.items()
        }

    @property
    def unlinked(self) -> Counter[Content]:
        """The brands that no external id leads to."""
        linked = set(self.external_ids.values())
        return Counter(content for brand_id, content in self.brands.items() if brand_id not in linked)

    @property
    def shape(self) -> tuple[object, ...]:
        """All of it but the ids."""
        return self.entries, self.linked, self.unlinked


@dataclass(frozen=True, slots=True)
class Saved:
    """Everything that there is, to be put back."""

    tables: dict[str, list[tuple[Any, ...]]]
    entries: dict[str, Any]
    brands: dict[str, Any]
    lock_files: list[Path]
    """Those that dead runs have left: whoever recovers one removes its file."""


class Stage:
    """A shop whose requests go through proxies."""

    def __init__(self, shop: Shop, cms: CmsServer, proxies: dict[str, FaultProxy], server: ShopServer | None) -> None:
        self.shop = shop
        self.cms = cms
        self.proxies = proxies
        self.server = server

    @property
    def calls(self) -> list[tuple[str, int, Call]]:
        """The requests since the proxies were reset: the side, which one there counted from 1, and the call."""
        return [
            (side, number, call)
            for side, proxy in self.proxies.items()
            for number, call in enumerate(proxy.calls, start=1)
        ]

    def reset(self) -> None:
        """Let nothing go wrong, and count from the start."""
        for proxy in self.proxies.values():
            proxy.reset()

    def time_out(self, seconds: float) -> None:
        """How long an answer is waited for."""
        for section in [section for section, side in (("cms", "cms"), ("store", "store")) if side in self.proxies]:
            self.shop.set(section, timeout=f"{seconds}s")

    # What a person does.

    def publish(self, key: str, name: str, **fields: Any) -> None:
        self.cms.add({"id": key, "name": name, "description": f"about {name}", "external_id": None, **fields})

    def make_brand(self, name: str, description: str | None) -> None:
        if self.server:
            self.server.add({"name": name, "description": description})
        else:
            mark = self.shop.database.param
            self.shop.execute(
                "INSERT INTO brand (id, name, description, created_at, updated_at)"
                f" VALUES ({mark}, {mark}, {mark}, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)",
                f"by-hand-{name}",
                name,
                description,
            )

    def forget_links(self, *, journal: bool) -> None:
        """The CMS loses every external id, and the journal its memory where that is asked."""
        for key in self.cms.entries:
            self.cms.edit(key, external_id=None)
        if journal:
            for table in ("run", "entry", "link"):
                self.shop.execute(f"DELETE FROM brandsync_{table}")

    # What there is.

    @property
    def state(self) -> State:
        if self.server:
            brands = {key: (record["name"], record["description"]) for key, record in self.server.brands.items()}
        else:
            rows = self.shop.query("SELECT id, name, description FROM brand")
            brands = {str(key): (name, description) for key, name, description in rows}
        entries = {key: (entry["name"], entry["description"]) for key, entry in self.cms.entries.items()}
        return State(brands, entries, self.shop.external_ids())

    @property
    def journal_links(self) -> dict[str, str]:
        return dict(self.shop.query("SELECT cms_id, brand_id FROM brandsync_link"))

    def save(self) -> Saved:
        """Take everything down."""
        tables = [name for name in self.shop.tables() if name == "brand" or name.startswith("brandsync_")]
        rows = {name: self.shop.query(f"SELECT * FROM {self._quoted(name)}") for name in tables}
        brands = self.server.brands if self.server else {}
        lock_files = [Path(name) for (name,) in self.shop.query("SELECT lock_file FROM brandsync_lease")]
        return Saved(rows, copy.deepcopy(self.cms.entries.data), copy.deepcopy(brands), lock_files)

    def restore(self, saved: Saved) -> None:
        """Put everything back."""
        database = self.shop.database
        with database.connection_context(), database.atomic():
            for name, rows in saved.tables.items():
                database.execute_sql(f"DELETE FROM {self._quoted(name)}")
                for row in rows:
                    marks = ", ".join([database.param] * len(row))
                    database.execute_sql(f"INSERT INTO {self._quoted(name)} VALUES ({marks})", row)
        for key in [*self.cms.entries]:
            self.cms.remove(key)
        for key, entry in copy.deepcopy(saved.entries).items():
            self.cms.entries[key] = entry
        if self.server:
            self.server.brands = copy.deepcopy(saved.brands)
        for lock_file in saved.lock_files:
            lock_file.touch()

    def _quoted(self, name: str) -> str:
        return quoted(self.shop.database_url, name)


class StageShop(Shop):
    """A shop whose tables can be listed, and which reads each configuration once: that is slow."""

    def __init__(self, directory: Path, cms: CmsServer, database_url: str) -> None:
        super().__init__(directory, cms, database_url)
        self._read: dict[str, Any] = {}

    def loaded(self) -> Any:
        text = self.config.read_text("utf-8")
        if text not in self._read:
            self._read[text] = super().loaded()
        return self._read[text]

    def tables(self) -> list[str]:
        with self.database.connection_context():
            return list(self.database.get_tables())


@contextmanager
def stage(store: str, directory: Path) -> Iterator[Stage]:
    """A shop with nothing in it but a brand made by hand; ``store`` is ``shop``, or the kind of a database."""
    with ExitStack() as stack:
        url = stack.enter_context(fresh_database("sqlite" if store == "shop" else store, directory))
        cms = stack.enter_context(WatchedCms())
        proxies = {"cms": stack.enter_context(FaultProxy(cms.url))}
        server = stack.enter_context(ShopServer(page_size=4)) if store == "shop" else None
        shop = stack.enter_context(StageShop(directory, cms, url))
        shop.set("cms", url=proxies["cms"].url)
        if server:
            proxies["store"] = stack.enter_context(FaultProxy(server.url))
            shop.sections["store"] = {"backend": "shop", "url": proxies["store"].url, "batch": BATCH}
            shop.set("journal", url=url)
        made = Stage(shop, cms, proxies, server)
        made.time_out(20)
        _prepare_tables(made)
        yield made


def _prepare_tables(made: Stage) -> None:
    """A first run makes the tables; then nothing is left of it but them."""
    made.publish("first", "First")
    result = made.shop.sync()
    assert result["exit_code"] == 0, json.dumps(result)
    made.forget_links(journal=True)
    made.cms.remove("first")
    if made.server:
        made.server.brands.clear()
    else:
        made.shop.execute("DELETE FROM brand")
    made.make_brand(*OWN)


def lasts_longer(fault: Fault) -> bool:
    """Whether the client has to wait until it gives up."""
    return fault in {Fault.TIMEOUT_BEFORE, Fault.TIMEOUT_AFTER}
