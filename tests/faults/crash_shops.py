"""Shops that can be set back to any moment, and all that can be seen of them from outside."""

import copy
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cms_entries import Entries
from cms_server import CmsServer
from crash_child import BATCH, Call, Ended, run, stops
from crash_databases import Keeper, ShopKeeper, keeper
from databases import fresh_database
from fake_distribution import make_distribution
from shop import Shop
from shop_server import ShopServer

MODES = ("rollback", "resume")
HTTP = "http, journal elsewhere"
PLACES = (
    "sqlite",
    "sqlite, journal elsewhere",
    "postgresql",
    "postgresql, journal elsewhere",
    "mysql",
    "mysql, journal elsewhere",
    HTTP,
)
"""Where the brands are, and whether the journal is there too: then a batch and its entry commit as one.

Behind ``HTTP`` the store chooses the ids, and writes without looking at what is there.
"""

_BRAND = ("id", "cms_id", "name", "description", "created_at", "updated_at")
_JOURNAL = {
    "link": ("cms_id, brand_id, written, stored", "cms_id"),
    "run": ("id, kind, status, undoes", "id"),
    "entry": ("run, kind, state, intent, outcome", "id"),
    "gone": ("brand_id", "brand_id"),
    "new_id": ("old, new", "old"),
    "lease": ("run, lock_file", "run"),
}
"""The journal's tables: what is looked at, and in which order."""

_ULID = re.compile(r"\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b")


@dataclass(frozen=True, slots=True)
class State:
    """Everything that outlives a process."""

    entries: list[dict[str, Any]]
    databases: list[Any]
    locks: set[str]


@dataclass(frozen=True, slots=True)
class View:
    """What can be seen of both sides and of the journal."""

    brands: dict[str, dict[str, Any]]
    """Rows of the store by id, the times of their last change among them."""
    entries: dict[str, dict[str, Any]]
    """The CMS's entries."""
    links: dict[str, tuple[Any, ...]]
    """The journal's links, by entry: the brand, what was written and what is stored."""
    runs: list[tuple[Any, ...]]
    """``id``, ``kind``, ``status``, ``undoes``, oldest first."""
    undo: list[tuple[Any, ...]]
    """``run``, ``kind``, ``state``, ``intent``, ``outcome`` of every entry of the undo stacks, oldest first."""
    gone: list[tuple[Any, ...]]
    """The brands that brandsync has removed."""
    moved: dict[str, str]
    """The ids that brands have now, by the old ones: a store that chooses ids restores a brand under another."""
    leases: list[tuple[str, bool]]
    """Whose they are, and whether their file is there to tell if it lives."""
    structure: list[dict[str, Any]]

    @property
    def both_sides(self) -> tuple[Any, ...]:
        """What the two sides hold, modified times aside."""
        brands = {key: {**row, "created_at": None, "updated_at": None} for key, row in self.brands.items()}
        return brands, {key: {**entry, "updated_at": None} for key, entry in self.entries.items()}

    @property
    def by_name(self) -> tuple[Any, ...]:
        """The two sides and the journal's links with a name for each id: a store that chooses ids restores others."""
        names = {key: row["name"] for key, row in self.brands.items()}
        brands = sorted((row["name"], row["description"] or "") for row in self.brands.values())
        linked = {key: names.get(brand_id or "") for key, brand_id in self.external_ids.items()}
        return brands, linked, {key: names.get(link[0]) for key, link in self.links.items()}

    @property
    def external_ids(self) -> dict[str, str | None]:
        """The external ids, by entry."""
        return {key: entry["external_id"] for key, entry in self.entries.items()}

    @property
    def key(self) -> str:
        """Equal for states that differ in moments and in ids' spelling alone: what comes next cannot tell them apart.

        Ids are numbered in the order of the undo stacks, runs in the order of time.
        """
        brands, entries = self.both_sides
        known = (self.undo, self.runs, sorted(self.links.items()), self.gone, self.leases, self.structure)
        rows = sorted(brands.items(), key=lambda item: (item[1].get("cms_id") or "", item[1]["name"]))
        text = json.dumps((known, rows, sorted(entries.items())))
        numbers: dict[str, str] = {}
        return _ULID.sub(lambda found: numbers.setdefault(found[0], f"#{len(numbers)}"), text)


class CrashShop:
    """A shop on one kind of database. Whatever runs in it runs in a process of its own."""

    def __init__(self, place: str, shop: Shop, urls: list[str]) -> None:
        """``urls``: of the store, and of the journal where it is elsewhere."""
        self.place = place
        self.shop = shop
        self.keepers = self._keepers(urls)
        self.store, self.journal = self.keepers[0], self.keepers[-1]
        self.plugins: Path | None = None
        self.temporary = shop.directory / "temporary"
        self.temporary.mkdir()
        if len(urls) > 1:
            shop.set("journal", url=urls[1])
        shop.set("sync", on_missing="delete").set("safety", max_creates="100%", max_updates="100%", max_deletes="100%")

    def _keepers(self, urls: list[str]) -> list[Keeper]:
        return [keeper(url) for url in urls]

    def run(self, command: str, argument: str = "", *, fatal: int | None = None, mode: str = "rollback") -> Ended:
        """One call of the command, which may die; ``mode`` says how it recovers a dead run."""
        return run(Call(self._config(mode), self.temporary, command, argument, self.plugins), fatal)

    def stops(self, command: str, argument: str = "", *, mode: str = "rollback") -> Iterator[str]:
        """The same, waiting at each point until the next one is asked for."""
        return stops(Call(self._config(mode), self.temporary, command, argument, self.plugins))

    def _config(self, mode: str) -> Path:
        """A pipeline is named for its file: one directory a mode, for files of one name."""
        path = self.shop.directory / mode / "shop.toml"
        text = self.shop.set("sync", recover=mode).config.read_text("utf-8")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def insert(self, brand_id: str, name: str, description: str | None = None) -> None:
        """A brand that the shop makes by itself."""
        text = "NULL" if description is None else f"'{description}'"
        values = f"'{brand_id}', '{name}', {text}, '2026-01-01', '2026-01-01'"
        self.store.execute(f"INSERT INTO brand (id, name, description, created_at, updated_at) VALUES ({values})")

    def take(self) -> State:
        """Everything as it is now."""
        entries = copy.deepcopy(self.shop.cms.entries.rows())
        locks = {path.name for path in self.temporary.iterdir()}
        return State(entries, [kept.take() for kept in self.keepers], locks)

    def put_back(self, state: State) -> None:
        """Make everything as it was then."""
        self.shop.cms.entries = Entries(copy.deepcopy(state.entries))
        self.shop.cms.log.clear()
        for kept, taken in zip(self.keepers, state.databases, strict=True):
            kept.put_back(taken)
        for path in self.temporary.iterdir():
            path.unlink()
        for name in state.locks:
            (self.temporary / name).touch(0o600)

    def look(self) -> View:
        """What is there now."""
        structure = [kept.structure() for kept in self.keepers]
        entries = {entry["id"]: dict(entry) for entry in copy.deepcopy(self.shop.cms.entries.rows())}
        tables = {f"brandsync_{name}": self._rows(name, *query, structure[-1]) for name, query in _JOURNAL.items()}
        return View(
            self._brands(structure[0]),
            entries,
            {row[0]: tuple(row[1:]) for row in tables["brandsync_link"]},
            tables["brandsync_run"],
            tables["brandsync_entry"],
            tables["brandsync_gone"],
            dict(tables["brandsync_new_id"]),
            [(run, Path(file).exists()) for run, file in tables["brandsync_lease"]],
            structure,
        )

    def _brands(self, there: dict[str, Any]) -> dict[str, dict[str, Any]]:
        if "brand" not in there:
            return {}
        rows = self.store.rows(f"SELECT {', '.join(_BRAND)} FROM brand")
        return {str(row[0]): dict(zip(_BRAND, map(_plain, row), strict=True)) for row in rows}

    def _rows(self, name: str, columns: str, order: str, there: dict[str, Any]) -> list[tuple[Any, ...]]:
        table = f"brandsync_{name}"
        if table not in there:
            return []
        return [tuple(row) for row in self.journal.rows(f"SELECT {columns} FROM {table} ORDER BY {order}")]

    @property
    def writes(self) -> int:
        """How often the CMS has been written to."""
        return sum(method != "GET" for method, *_ in self.shop.cms.log)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else str(value)


class HttpCrashShop(CrashShop):
    """A shop whose store is behind HTTP."""

    def __init__(self, place: str, shop: Shop, server: ShopServer, journal: str) -> None:
        self._server = server
        super().__init__(place, shop, ["", journal])
        shop.sections["store"] = {"backend": "shop", "url": server.url, "batch": BATCH}
        self.plugins = shop.directory / "plugins"
        self.plugins.mkdir()
        make_distribution(self.plugins, "shop-store", {"brandsync.stores": {"shop": "shop_store:ShopStore"}}, {})

    def _keepers(self, urls: list[str]) -> list[Keeper]:
        return [ShopKeeper(self._server), keeper(urls[1])]

    def insert(self, brand_id: str, name: str, description: str | None = None) -> None:
        """A brand that the shop makes by itself."""
        self._server.brands[brand_id] = {"id": brand_id, "name": name, "description": description}

    def _brands(self, there: dict[str, Any]) -> dict[str, dict[str, Any]]:
        return copy.deepcopy(self._server.brands)


@contextmanager
def crash_shop(place: str, directory: Path) -> Iterator[CrashShop]:
    """An empty shop at one of the ``PLACES``."""
    kind, _, elsewhere = place.partition(", ")
    journal = f"sqlite:///{directory}/journal.db"
    with ExitStack() as stack:
        cms = stack.enter_context(CmsServer())
        if place == HTTP:
            shop = stack.enter_context(Shop(directory, cms, journal))
            made: CrashShop = HttpCrashShop(place, shop, stack.enter_context(ShopServer()), journal)
        else:
            url = stack.enter_context(fresh_database(kind, directory))
            shop = stack.enter_context(Shop(directory, cms, url))
            made = CrashShop(place, shop, [url, journal] if elsewhere else [url])
        for kept in made.keepers:
            stack.callback(kept.close)
        yield made
