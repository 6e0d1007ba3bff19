"""Both sides of a run, on disk: they are compared set by set, and memory use does not grow with the catalogue."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from brandsync.brand import LINK_FIELD, Brand, CmsBrand, Skipped, encode
from brandsync.plan.matching_key import match_key
from brandsync.plan.policy import MatchOn

_TABLES = """
CREATE TABLE cms (
    seq INTEGER PRIMARY KEY, cms_id TEXT NOT NULL UNIQUE, external_id TEXT, key TEXT, fields TEXT, updated_at TEXT,
    problem TEXT, detail TEXT, doubtful INTEGER NOT NULL DEFAULT 0, brand_id TEXT, found_by TEXT, stale TEXT
);
CREATE TABLE store (id TEXT PRIMARY KEY, cms_id TEXT, key TEXT, fields TEXT NOT NULL);
CREATE TABLE link (cms_id TEXT PRIMARY KEY, brand_id TEXT NOT NULL, written TEXT, stored TEXT);
CREATE TABLE renewed (cms_id TEXT PRIMARY KEY, written TEXT, stored TEXT);
CREATE TABLE pending (cms_id TEXT PRIMARY KEY);
CREATE TABLE gone (id TEXT PRIMARY KEY);
CREATE TABLE skipped (
    cms_id TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL, entries INTEGER NOT NULL DEFAULT 1,
    UNIQUE (cms_id, reason, detail)
);
CREATE TABLE change (
    seq INTEGER PRIMARY KEY, action TEXT NOT NULL, cms_id TEXT NOT NULL, brand_id TEXT, before TEXT NOT NULL,
    after TEXT NOT NULL
);
"""
"""An entry that cannot be synced keeps its row, with its ``problem``: it still claims its brand. An external id of a
brand that brandsync itself has removed is ``stale``: it counts as none.

An entry is ``doubtful`` as often as it came again with different content. ``skipped.entries``: how many entries it
stands for.
"""

LINKED_BUT_MISSING = (
    "SELECT cms_id FROM link WHERE NOT EXISTS (SELECT 1 FROM cms WHERE cms.cms_id = link.cms_id)"
    " AND EXISTS (SELECT 1 FROM store WHERE store.id = link.brand_id)"
)
"""The entries of a brand in the store that the CMS doesn't list."""
_COLUMNS = "cms_id, external_id, key, fields, updated_at, problem, detail"
_DIFFERS = " OR ".join(f"{name} IS NOT excluded.{name}" for name in ("external_id", "fields", "detail"))
_CACHE_KIB = 8_192
_INSTRUCTIONS = 1_000_000
"""Of SQLite's machine, between two moments at which Python looks for signals: some tens of milliseconds."""
_AT_ONCE = 1_000
"""Values in one statement."""


class Spool:
    """A private scratch database, gone when it is closed or the process ends."""

    def __init__(self, match_on: MatchOn = MatchOn.NONE) -> None:
        """``match_on`` is what brands without a link are matched by."""
        self._match_on = match_on
        self.links_in_cms = True
        """External ids are written to the CMS, and not to the journal alone."""
        self._database = sqlite3.connect("", isolation_level=None)
        # Without it a statement of many seconds would hear of no signal.
        self._database.set_progress_handler(lambda: 0, _INSTRUCTIONS)
        self._database.executescript(f"PRAGMA journal_mode = OFF; PRAGMA cache_size = -{_CACHE_KIB};{_TABLES}BEGIN;")

    def close(self) -> None:
        """Forget everything."""
        self._database.close()

    def query(self, sql: str, *values: Any) -> sqlite3.Cursor:
        """Run one statement; its rows stream from the cursor that is returned."""
        return self._database.execute(sql, values)

    def among(self, sql: str, values: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """The rows of a query about many values, which stand where it says ``{values}``."""
        for start in range(0, len(values), _AT_ONCE):
            some = values[start : start + _AT_ONCE]
            yield from self._database.execute(sql.format(values=", ".join("?" * len(some))), some)

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement once for each row of values."""
        self._database.executemany(sql, rows)

    def value(self, sql: str, *values: Any) -> Any:
        """The first column of the only row."""
        return self._database.execute(sql, values).fetchone()[0]

    def add_entries(self, entries: Iterable[CmsBrand | Skipped]) -> None:
        """Keep one page of the CMS.

        One seen twice is one, as it was seen last; where its content differs, it is doubtful.
        """
        rows = [self._entry(entry) for entry in entries]
        self.many(
            f"INSERT INTO cms ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"
            f" ON CONFLICT (cms_id) DO UPDATE SET doubtful = doubtful + ({_DIFFERS}),"
            " external_id = excluded.external_id, key = excluded.key, fields = excluded.fields,"
            " updated_at = excluded.updated_at, problem = excluded.problem, detail = excluded.detail",
            [row for row in rows if row],
        )

    def forget_entries(self) -> None:
        """Forget the CMS's side, to read it anew."""
        self.query("DELETE FROM cms")
        self.query("DELETE FROM skipped")

    def _entry(self, entry: CmsBrand | Skipped) -> tuple[Any, ...] | None:
        if isinstance(entry, Skipped):
            self.skip(entry)
        return self.row_of(entry) if entry.cms_id else None

    def row_of(self, entry: CmsBrand | Skipped) -> tuple[Any, ...]:
        """An entry as the first columns of ``cms``."""
        if isinstance(entry, Skipped):
            return (entry.cms_id, entry.external_id, None, None, None, entry.reason, entry.detail)
        key = match_key(entry.fields.get(self._match_on))
        return (entry.cms_id, entry.external_id, key, encode(entry.fields), entry.updated_at, None, None)

    def add_brands(self, brands: Iterable[Brand]) -> None:
        """Keep one page of the store."""
        self.many(
            "INSERT OR REPLACE INTO store (id, cms_id, key, fields) VALUES (?, ?, ?, ?)",
            [
                (
                    brand.id,
                    brand.fields.get(LINK_FIELD),
                    match_key(brand.fields.get(self._match_on)),
                    encode(brand.fields),
                )
                for brand in brands
            ],
        )

    def add_links(self, links: Iterable[Sequence[str | None]]) -> None:
        """Keep the journal's links: ``cms_id``, ``brand_id``, ``written``, ``stored``."""
        self.many("INSERT OR REPLACE INTO link VALUES (?, ?, ?, ?)", links)

    def add_pending(self, cms_ids: Iterable[str]) -> None:
        """Keep which entries can't take an external id now."""
        self.many("INSERT OR IGNORE INTO pending VALUES (?)", [(cms_id,) for cms_id in cms_ids])

    def mark_stale(self, ids: Iterable[str]) -> None:
        """Take these external ids for stale: brandsync itself has removed their brands."""
        self.many("INSERT OR IGNORE INTO gone VALUES (?)", ((brand_id,) for brand_id in ids))
        self.query("UPDATE cms SET stale = external_id, external_id = NULL WHERE external_id IN (SELECT id FROM gone)")

    def entry_ids(self) -> Iterator[list[str]]:
        """The ids of all entries, some at once."""
        return self._ids("SELECT cms_id FROM cms")

    def linked_brand_ids(self) -> Iterator[list[str]]:
        """The ids of all brands that the journal links, some at once."""
        return self._ids("SELECT brand_id FROM link")

    def external_ids(self) -> Iterator[list[str]]:
        """All external ids, some at once."""
        return self._ids("SELECT DISTINCT external_id FROM cms WHERE external_id IS NOT NULL")

    def unknown_external_ids(self) -> Iterator[list[str]]:
        """Those external ids of which the store has no brand, some at once."""
        return self._ids(
            "SELECT DISTINCT external_id FROM cms WHERE external_id IS NOT NULL"
            " AND external_id NOT IN (SELECT id FROM store)"
        )

    def unremembered_external_ids(self) -> Iterator[list[str]]:
        """Those external ids that differ from what the journal's links say, some at once."""
        return self._ids(
            "SELECT DISTINCT external_id FROM cms WHERE external_id IS NOT NULL"
            " AND external_id IS NOT (SELECT brand_id FROM link WHERE link.cms_id = cms.cms_id)"
        )

    def ids_to_link(self) -> Iterator[list[str]]:
        """The entries that are linked, but not in the CMS, and those that have a stale external id; some at once."""
        return self._ids(
            "SELECT cms_id FROM cms WHERE stale IS NOT NULL"
            " OR (external_id IS NULL AND problem IS NULL AND cms_id IN (SELECT cms_id FROM link))"
        )

    def _ids(self, sql: str) -> Iterator[list[str]]:
        rows = self.query(sql).fetchall()
        for start in range(0, len(rows), _AT_ONCE):
            yield [row[0] for row in rows[start : start + _AT_ONCE]]

    def doubtful_ids(self) -> list[str]:
        """The ids that came with different contents, in the order of the CMS."""
        return [row[0] for row in self.query("SELECT cms_id FROM cms WHERE doubtful ORDER BY seq")]

    def lacks_links(self) -> bool:
        """Whether any entry has no link in the journal."""
        return bool(self.value("SELECT EXISTS (SELECT 1 FROM cms WHERE cms_id NOT IN (SELECT cms_id FROM link))"))

    def lacks_external_ids(self) -> bool:
        """Whether any entry that can be synced has no external id yet, or a stale one."""
        unlinked = "external_id IS NULL AND (problem IS NULL OR stale IS NOT NULL)"
        return bool(self.value(f"SELECT EXISTS (SELECT 1 FROM cms WHERE {unlinked})"))

    def pending(self) -> int:
        """How many entries can't take an external id now."""
        return int(self.value("SELECT count(*) FROM pending"))

    @property
    def writable(self) -> str:
        """Whether an external id can be written to an entry of ``cms`` now, as a condition in SQL."""
        return "cms.cms_id NOT IN (SELECT cms_id FROM pending)" if self.links_in_cms else "0"

    def unlinked(self, cms_ids: Sequence[str]) -> Mapping[str, str | None]:
        """Those of these entries that an external id can be written to, with the stale one that they hold, or none."""
        condition = f"external_id IS NULL AND {self.writable}"
        return dict(self.among(f"SELECT cms_id, stale FROM cms WHERE {condition} AND cms_id IN ({{values}})", cms_ids))

    def links(self, cms_ids: Sequence[str]) -> Mapping[str, tuple[str, str | None, str | None]]:
        """The journal's links of those of these entries that have one: ``brand_id``, ``written``, ``stored``."""
        query = "SELECT cms_id, brand_id, written, stored FROM link WHERE cms_id IN ({values})"
        return {cms_id: (brand_id, written, stored) for cms_id, brand_id, written, stored in self.among(query, cms_ids)}

    def entries(self, cms_ids: Sequence[str]) -> Mapping[str, str]:
        """What the CMS holds of those of these entries that can be read: their fields, encoded."""
        query = "SELECT cms_id, fields FROM cms WHERE fields IS NOT NULL AND cms_id IN ({values})"
        return dict(self.among(query, cms_ids))

    def brands(self, brand_ids: Sequence[str]) -> Mapping[str, str]:
        """What the store holds of those of these brands that it has: their fields, encoded."""
        return dict(self.among("SELECT id, fields FROM store WHERE id IN ({values})", brand_ids))

    def holding(self, texts: Sequence[str]) -> list[str]:
        """The brands of the store that hold any of these fields, encoded."""
        return [row[0] for row in self.among("SELECT id FROM store WHERE fields IN ({values})", texts)]

    def skip(self, skipped: Skipped) -> None:
        """Leave an entry alone, and say why. Those without an id are counted: two that read alike are two entries."""
        self.query(
            "INSERT INTO skipped (cms_id, reason, detail) VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET entries = entries + (cms_id = '')",
            skipped.cms_id,
            skipped.reason,
            skipped.detail,
        )
        self.query("UPDATE cms SET problem = ? WHERE cms_id = ?", skipped.reason, skipped.cms_id)

    def listed(self) -> int:
        """How many entries the CMS listed: of those without an id and of those that share one, each counts."""
        shared = "SELECT count(*) - count(DISTINCT cms_id) FROM skipped WHERE reason = 'duplicate_id'"
        without_id = "SELECT ifnull(sum(entries), 0) FROM skipped WHERE cms_id = '' AND reason <> 'not_listed'"
        return int(self.value(f"SELECT (SELECT count(*) FROM cms) + ({shared}) + ({without_id})"))

    def listed_at_most(self) -> int:
        """As ``listed``, before it is known whether an id that came with different contents belongs to as many."""
        return self.listed() + int(self.value("SELECT ifnull(sum(doubtful), 0) FROM cms"))

    def has_unidentified(self) -> bool:
        """Whether an entry was listed whose id can't be read: any that seems to be gone may be that one."""
        return bool(self.value("SELECT EXISTS (SELECT 1 FROM skipped WHERE cms_id = '' AND reason <> 'not_listed')"))

    def missing(self) -> int:
        """How many entries are gone whose brands the store still has."""
        return int(self.value(f"SELECT count(*) FROM ({LINKED_BUT_MISSING})"))

    def left_alone(self) -> int:
        """How many entries that were listed are left alone."""
        return int(self.value("SELECT ifnull(sum(entries), 0) FROM skipped WHERE reason <> 'not_listed'"))

    def skipped(self) -> Iterator[Skipped]:
        """Everything that is left alone, in the order in which it was found."""
        return (
            Skipped(cms_id, reason, detail if entries == 1 else f"{detail} ({entries} entries)")
            for cms_id, reason, detail, entries in self.query(
                "SELECT cms_id, reason, detail, entries FROM skipped ORDER BY rowid"
            )
        )
