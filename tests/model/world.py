"""What both sides and the journal hold: looked at between two steps, and put back."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cms_server import CmsServer
from peewee import Database

from brandsync.journal import RunStatus

Values = Mapping[str, str | None]
FIELDS = ("cms_id", "name", "description")
"""What the store holds of a brand, its times aside."""

_BRANDS = "SELECT id, cms_id, name, description FROM brand ORDER BY id"
_MAKE = (
    "INSERT INTO brand (id, cms_id, name, description, created_at, updated_at) VALUES ({}, '2026-01-01', '2026-01-01')"
)
_JOURNAL = ("brandsync_run", "brandsync_entry", "brandsync_link", "brandsync_gone", "brandsync_lease")


@dataclass(frozen=True)
class World:
    """Everything, at one moment."""

    brands: dict[str, Values]
    """The store, by the brand's id."""
    entries: dict[str, dict[str, Any]]
    """The CMS, times of change aside."""
    journal: dict[str, list[tuple[Any, ...]]]
    """The rows of each table."""
    used: frozenset[str] = frozenset()
    """Brands that can't be deleted: products have them."""

    @cached_property
    def external_ids(self) -> dict[str, str | None]:
        """The external ids, by entry; blank is none."""
        return {key: entry.get("external_id") or None for key, entry in self.entries.items()}

    @property
    def gone(self) -> set[str]:
        """The brands that the journal knows to be gone."""
        return {row[1] for row in self.journal["brandsync_gone"]}

    @property
    def sides(self) -> tuple[dict[str, Values], dict[str, Any]]:
        """What has to be as it was after a run that was rolled back. An external id that is empty may be missing."""
        return self.brands, {
            key: {**entry, "external_id": self.external_ids[key]} for key, entry in self.entries.items()
        }

    @property
    def statuses(self) -> dict[str, str]:
        """How each run ended, oldest first."""
        return {row[0]: row[4] for row in sorted(self.journal["brandsync_run"])}

    @property
    def kinds(self) -> dict[str, str]:
        """What each run was: ``sync``, ``undo`` or ``recover``."""
        return {row[0]: row[2] for row in self.journal["brandsync_run"]}

    @property
    def dead(self) -> set[str]:
        """Runs that the next one will recover first."""
        return {run for run in self._unfinished if not self._is_incomplete_undo(run)}

    @property
    def incomplete_undos(self) -> set[str]:
        """Undos that went to their end and could not take everything back: only ``recover`` looks at them."""
        return {run for run in self._unfinished if self._is_incomplete_undo(run)}

    @property
    def half_taken_back(self) -> set[str]:
        """Runs whose rollback has begun: no recovery can keep what they wrote."""
        return {run for run in self._unfinished if RunStatus(self.statuses[run]).is_rolling_back}

    @property
    def _unfinished(self) -> list[str]:
        return [run for run, status in self.statuses.items() if RunStatus(status).is_unfinished]

    def _is_incomplete_undo(self, run: str) -> bool:
        undoes = next(row[3] for row in self.journal["brandsync_run"] if row[0] == run)
        return undoes is not None and self.statuses.get(undoes.split()[0]) == "undone"

    def alike(self, hand_made: set[str]) -> tuple[list[Any], dict[str, Any]]:
        """The two sides with the ids that brandsync chose left out: equal for equal ends of two runs."""

        def place(brand_id: str | None) -> Any:
            if brand_id in self.brands and brand_id not in hand_made:
                return [self.brands[brand_id][name] for name in FIELDS]
            return brand_id

        brands = sorted((str(place(key)), *map(str, values.values())) for key, values in self.brands.items())
        return brands, {
            key: {**entry, "external_id": place(self.external_ids[key])} for key, entry in self.entries.items()
        }


class Keeper:
    """Looks at both sides and the journal, by connections of its own, and puts back what it saw."""

    def __init__(self, cms: CmsServer, store: Database, journal: Database) -> None:
        self._cms = cms
        self._store = store
        self._journal = journal

    def look(self) -> World:
        """What is there now."""
        brands = {str(key): dict(zip(FIELDS, values, strict=True)) for key, *values in self._rows(self._store, _BRANDS)}
        entries = {
            key: {name: value for name, value in entry.items() if name != "updated_at"}
            for key, entry in self._cms.entries.items()
        }
        journal = {table: self._rows(self._journal, f"SELECT * FROM {table}") for table in _JOURNAL}
        used = frozenset(str(row[0]) for row in self._rows(self._store, "SELECT brand_id FROM product"))
        return World(brands, entries, journal, used)

    def put_back(self, world: World) -> None:
        """Have everything as it was, times aside."""
        for key in set(self._cms.entries) - world.entries.keys():
            self._cms.remove(key)
        for key, entry in world.entries.items():
            self._cms.entries[key] = dict(entry)
            self._cms.edit(key)
        self.change("DELETE FROM product")
        self._fill(self._store, "brand", _MAKE, [(key, *brand.values()) for key, brand in world.brands.items()])
        self._fill(self._store, "product", "INSERT INTO product VALUES ({})", [(key,) for key in world.used])
        for table, rows in world.journal.items():
            self._fill(self._journal, table, f"INSERT INTO {table} VALUES ({{}})", rows)

    def add_brand(self, brand_id: str, name: str, description: str | None) -> None:
        """As a person does."""
        self._insert(self._store, _MAKE, (brand_id, None, name, description))

    def change(self, sql: str, *values: Any) -> None:
        """Change the store, as a person does."""
        self._store.execute_sql(sql.replace("?", self._store.param), values or None)

    def _fill(self, database: Database, table: str, insert: str, rows: list[tuple[Any, ...]]) -> None:
        with database.atomic():
            database.execute_sql(f"DELETE FROM {table}")
            for row in rows:
                self._insert(database, insert, row)

    def _insert(self, database: Database, insert: str, row: tuple[Any, ...]) -> None:
        database.execute_sql(insert.format(", ".join([database.param] * len(row))), row)

    def _rows(self, database: Database, sql: str) -> list[tuple[Any, ...]]:
        return list(database.execute_sql(sql).fetchall())
