"""Both sides of a run, on disk. They are compared with SQL, so memory use does not grow with the catalogue."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from brandsync.brand import LINK_FIELD, Brand, CmsBrand, Fields, Skipped, are_texts, batched, encode_value
from brandsync.brand.listed import ListedBrands, ListedEntries
from brandsync.json_reading import read_json
from brandsync.plan.matching_key import match_key, match_keys
from brandsync.plan.policy import MatchOn

_TABLES = """
CREATE TABLE cms (
    seq INTEGER PRIMARY KEY, cms_id TEXT NOT NULL UNIQUE, external_id TEXT, key TEXT,
    problem TEXT, detail TEXT, doubtful INTEGER NOT NULL DEFAULT 0, brand_id TEXT, found_by TEXT, stale TEXT, {fields}
);
CREATE TABLE store (id TEXT PRIMARY KEY, cms_id TEXT, key TEXT, {fields});
CREATE TABLE link (cms_id TEXT PRIMARY KEY, brand_id TEXT NOT NULL, written TEXT, stored TEXT);
CREATE TABLE renewed (cms_id TEXT PRIMARY KEY, written TEXT, stored TEXT);
CREATE TABLE pending (cms_id TEXT PRIMARY KEY);
CREATE TABLE gone (id TEXT PRIMARY KEY);
CREATE TABLE theirs (brand_id TEXT PRIMARY KEY, pipeline TEXT NOT NULL);
CREATE TABLE skipped (
    cms_id TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL, entries INTEGER NOT NULL DEFAULT 1,
    UNIQUE (cms_id, reason, detail)
);
CREATE TABLE change (
    seq INTEGER PRIMARY KEY, action TEXT NOT NULL, cms_id TEXT NOT NULL, brand_id TEXT, before TEXT NOT NULL,
    after TEXT NOT NULL
);
"""
"""Each field has a column: a text is kept as it is, any other value as the bytes of its JSON.

An entry that cannot be synced keeps its row, with its ``problem``: it still claims its brand. An external id is
``stale`` if brandsync itself has removed its brand. It then counts as none.

``doubtful`` counts how often an entry came again with different content. ``skipped.entries`` counts the entries
behind one row.
"""

LINKED_BUT_MISSING = (
    "SELECT cms_id FROM link WHERE NOT EXISTS (SELECT 1 FROM cms WHERE cms.cms_id = link.cms_id)"
    " AND EXISTS (SELECT 1 FROM store WHERE store.id = link.brand_id)"
)
"""The entries that the CMS doesn't list, though the store has their brands."""
_CACHE_KIB = 8_192
_INSTRUCTIONS = 1_000_000
"""SQLite instructions between two moments at which Python looks for signals: some tens of milliseconds."""
_FEW = 60
"""Fields that one function of SQLite takes, with their names."""
AT_ONCE = 1_000
"""Values in one statement."""


class Spool:
    """A private scratch database. It is gone when it is closed or the process ends."""

    def __init__(self, match_on: MatchOn = MatchOn.NONE, fields: Sequence[str] = ("name",)) -> None:
        """``match_on`` is the field by which brands without a link are matched; ``fields`` are all that brands have."""
        self.fields = tuple(fields)
        self._columns = dict(zip(fields, (f"f{number}" for number in range(len(fields))), strict=True))
        self._match_on = match_on
        self._has_links = False
        self._are_texts = True
        """No other value was kept."""
        self.links_in_cms = True
        """External ids are written to the CMS, and not to the journal alone."""
        self._database = sqlite3.connect("", isolation_level=None)
        # Otherwise a signal would wait until a statement of many seconds has ended.
        self._database.set_progress_handler(lambda: 0, _INSTRUCTIONS)
        tables = _TABLES.format(fields=self.of_fields("{}"))
        self._database.executescript(f"PRAGMA journal_mode = OFF; PRAGMA cache_size = -{_CACHE_KIB};{tables}BEGIN;")

    def close(self) -> None:
        """Forget everything."""
        self._database.close()

    def query(self, sql: str, *values: Any) -> sqlite3.Cursor:
        """Run one statement. Its rows stream from the returned cursor."""
        return self._database.execute(sql, values)

    def among(self, sql: str, values: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """The rows of a query about many values. The query says ``{values}`` where they go."""
        for some in batched(values, AT_ONCE):
            yield from self._database.execute(sql.format(values=", ".join("?" * len(some))), some)

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement once for each row of values."""
        self._database.executemany(sql, rows)

    def value(self, sql: str, *values: Any) -> Any:
        """The first column of the only row."""
        return self._database.execute(sql, values).fetchone()[0]

    def of_fields(self, sql: str, joined: str = ", ") -> str:
        """Some SQL for each field's column, which stands for ``{}``, joined."""
        return joined.join(sql.replace("{}", column) for column in self._columns.values())

    def column(self, field: str) -> str | None:
        """The column of a field, or none where brands don't have it."""
        return self._columns.get(field)

    def as_json(self, table: str) -> str:
        """An expression for a row's fields as ``encode`` writes them, but that it may spell a character differently."""
        if self._are_texts and len(self._columns) <= _FEW:
            pairs = (f"'{name}', {table}.{at}" for name, at in sorted(self._columns.items()))
            return f"json_object({', '.join(pairs)})"
        value = "CASE typeof({0}) WHEN 'blob' THEN CAST({0} AS TEXT) ELSE json_quote({0}) END"
        pairs = (f"'\"{name}\":' || {value.format(f'{table}.{at}')}" for name, at in sorted(self._columns.items()))
        return "'{' || " + " || ',' || ".join(pairs) + " || '}'"

    def read(self, rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
        """The fields of brands that were kept, of each from its columns."""
        return [dict(zip(self.fields, row, strict=True)) for row in self.given(rows)]

    def given(self, rows: Sequence[Sequence[Any]]) -> Sequence[Sequence[Any]]:
        """The values of brands' fields, as they were before they were kept."""
        columns = [*zip(*rows, strict=True)]
        if not any(bytes in map(type, column) for column in columns):
            return rows
        return [*zip(*(map(_given, column) for column in columns), strict=True)]

    def add_entries(self, entries: Sequence[CmsBrand | Skipped]) -> None:
        """Keep one page of the CMS.

        An entry that comes twice is one entry, as it came last. If its content differs, it is doubtful.
        """
        for entry in () if isinstance(entries, ListedEntries) else entries:
            if isinstance(entry, Skipped):
                self.skip(entry)
        columns = self.entry_columns
        content = ["external_id", "detail", *self._columns.values()]
        differs = " OR ".join(f"{name} IS NOT excluded.{name}" for name in content)
        self.many(
            f"INSERT INTO cms ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
            f" ON CONFLICT (cms_id) DO UPDATE SET doubtful = doubtful + ({differs}), {self.entry_replaced}",
            self.entry_rows(entries),
        )

    @property
    def entry_columns(self) -> list[str]:
        """The columns of ``cms`` that ``entry_rows`` fills."""
        return ["cms_id", "external_id", "key", "problem", "detail", *self._columns.values()]

    @property
    def entry_replaced(self) -> str:
        """What an entry that is there already gets, in SQL: what the new row has."""
        return ", ".join(f"{name} = excluded.{name}" for name in self.entry_columns[1:])

    def entry_rows(self, entries: Sequence[CmsBrand | Skipped]) -> Iterator[tuple[Any, ...]]:
        """Those of these entries that have an id, for their columns, in their order."""
        if isinstance(entries, ListedEntries) and entries.fields == self.fields:
            nothing = [None] * len(entries)
            keys = self._keys(entries.columns)
            columns = map(self._kept_all, entries.columns)
            yield from zip(entries.ids, entries.external_ids, keys, nothing, nothing, *columns, strict=True)
            return
        for entry in entries:
            if isinstance(entry, CmsBrand):
                key = match_key(entry.fields.get(self._match_on))
                values = self._kept_all([*map(entry.fields.get, self.fields)])
                yield entry.cms_id, entry.external_id, key, None, None, *values
            elif entry.cms_id:
                nothing = [None] * len(self.fields)
                yield entry.cms_id, entry.external_id, None, entry.reason, entry.detail, *nothing

    def _kept_all(self, values: Sequence[Any]) -> Sequence[Any]:
        """These values as they are kept."""
        if are_texts(values):
            return values
        self._are_texts = False
        return [*map(_kept, values)]

    def _keys(self, columns: Sequence[Sequence[Any]]) -> Sequence[str | None]:
        """The keys by which brands are matched, which have these values of each field."""
        by_name = dict(zip(self.fields, columns, strict=True))
        return match_keys(by_name.get(self._match_on) or [None] * len(columns[0]))

    def add_brands(self, brands: Sequence[Brand]) -> None:
        """Keep one page of the store."""
        if not brands:
            return
        if isinstance(brands, ListedBrands) and brands.fields == self.fields:
            rows = brands.rows
        else:
            rows = [(brand.id, *map(brand.fields.get, self.fields)) for brand in brands]
        ids, *columns = zip(*rows, strict=True)
        links = dict(zip(self.fields, columns, strict=True)).get(LINK_FIELD) or [None] * len(ids)
        self.many(
            f"INSERT OR REPLACE INTO store VALUES ({', '.join('?' * (3 + len(self.fields)))})",
            zip(ids, links, self._keys(columns), *map(self._kept_all, columns), strict=True),
        )

    def forget_entries(self) -> None:
        """Forget the CMS's side, to read it anew."""
        self.query("DELETE FROM cms")
        self.query("DELETE FROM skipped")

    def add_links(self, links: Iterable[Sequence[str | None]]) -> None:
        """Keep the journal's links: ``cms_id``, ``brand_id``, ``written``, ``stored``."""
        self._has_links = True
        self.many("INSERT OR REPLACE INTO link VALUES (?, ?, ?, ?)", links)

    def add_pending(self, cms_ids: Iterable[str]) -> None:
        """Remember the entries that can't take an external id now."""
        self.many("INSERT OR IGNORE INTO pending VALUES (?)", [(cms_id,) for cms_id in cms_ids])

    def add_theirs(self, brands: Iterable[tuple[str, str]]) -> None:
        """Keep which brands other pipelines have linked, each with its pipeline."""
        self.many("INSERT OR IGNORE INTO theirs VALUES (?, ?)", brands)

    def mark_stale(self, ids: Iterable[str]) -> None:
        """Mark these external ids as stale: brandsync itself has removed their brands."""
        self.many("INSERT OR IGNORE INTO gone VALUES (?)", ((brand_id,) for brand_id in ids))
        self.query("UPDATE cms SET stale = external_id, external_id = NULL WHERE external_id IN (SELECT id FROM gone)")

    def entry_ids(self) -> Iterator[list[str]]:
        """The ids of all entries, some at a time."""
        return self._ids("SELECT cms_id FROM cms")

    def linked_brand_ids(self) -> Iterator[list[str]]:
        """The ids of all brands that the journal links, some at a time."""
        return self._ids("SELECT brand_id FROM link")

    def external_ids(self) -> Iterator[list[str]]:
        """All external ids, some at a time."""
        return self._ids("SELECT DISTINCT external_id FROM cms WHERE external_id IS NOT NULL")

    def unknown_external_ids(self) -> Iterator[list[str]]:
        """The external ids for which the store has no brand, some at a time."""
        return self._ids(
            "SELECT DISTINCT external_id FROM cms WHERE external_id IS NOT NULL"
            " AND external_id NOT IN (SELECT id FROM store)"
        )

    def unremembered_external_ids(self) -> Iterator[list[str]]:
        """The external ids that differ from the journal's links, some at a time."""
        return self._ids(
            "SELECT DISTINCT external_id FROM cms WHERE external_id IS NOT NULL"
            " AND external_id IS NOT (SELECT brand_id FROM link WHERE link.cms_id = cms.cms_id)"
        )

    def ids_to_link(self) -> Iterator[list[str]]:
        """The entries whose link is in the journal and not in the CMS, or is stale there; some at a time."""
        return self._ids(
            "SELECT cms_id FROM cms WHERE stale IS NOT NULL"
            " OR (external_id IS NULL AND problem IS NULL AND cms_id IN (SELECT cms_id FROM link))"
        )

    def _ids(self, sql: str) -> Iterator[list[str]]:
        return ([row[0] for row in some] for some in batched(self.query(sql).fetchall(), AT_ONCE))

    def doubtful_ids(self) -> list[str]:
        """The ids that came with different contents, in the CMS's order."""
        return [row[0] for row in self.query("SELECT cms_id FROM cms WHERE doubtful ORDER BY seq")]

    def lacks_links(self) -> bool:
        """Whether any entry has no link in the journal."""
        return bool(self.value("SELECT EXISTS (SELECT 1 FROM cms WHERE cms_id NOT IN (SELECT cms_id FROM link))"))

    def has_linked_brands(self) -> bool:
        """Whether the store says of any brand which entry it is, and the journal doesn't."""
        linked = "cms_id IS NOT NULL AND id NOT IN (SELECT brand_id FROM link)"
        return bool(self.value(f"SELECT EXISTS (SELECT 1 FROM store WHERE {linked})"))

    def lacks_external_ids(self) -> bool:
        """Whether any entry that can be synced has no external id yet, or a stale one."""
        unlinked = "external_id IS NULL AND (problem IS NULL OR stale IS NOT NULL)"
        return bool(self.value(f"SELECT EXISTS (SELECT 1 FROM cms WHERE {unlinked})"))

    def empty_fields(self) -> list[str]:
        """The fields that no listed entry has."""
        (counts,) = self.query(f"SELECT {self.of_fields('count({})')} FROM cms")
        return [name for name, count in zip(self.fields, counts, strict=True) if not count]

    def pending(self) -> int:
        """How many entries can't take an external id now."""
        return int(self.value("SELECT count(*) FROM pending"))

    @property
    def writable(self) -> str:
        """Whether an external id can be written to an entry of ``cms`` now, as a condition in SQL."""
        return "cms.cms_id NOT IN (SELECT cms_id FROM pending)" if self.links_in_cms else "0"

    def unlinked(self, cms_ids: Sequence[str]) -> Mapping[str, str | None]:
        """The entries among these that can take an external id, each with its stale one, or none."""
        condition = f"external_id IS NULL AND {self.writable}"
        return dict(self.among(f"SELECT cms_id, stale FROM cms WHERE {condition} AND cms_id IN ({{values}})", cms_ids))

    def links(self, cms_ids: Sequence[str]) -> Mapping[str, tuple[str, str | None, str | None]]:
        """The journal's links of these entries, for those that have one: ``brand_id``, ``written``, ``stored``."""
        if not self._has_links:
            return {}
        query = "SELECT cms_id, brand_id, written, stored FROM link WHERE cms_id IN ({values})"
        return {cms_id: (brand_id, written, stored) for cms_id, brand_id, written, stored in self.among(query, cms_ids)}

    def entries(self, cms_ids: Sequence[str]) -> Mapping[str, Fields]:
        """The CMS's fields of these entries."""
        return self._fields("SELECT cms_id, {fields} FROM cms WHERE cms_id IN ({values})", cms_ids)

    def brands(self, brand_ids: Sequence[str]) -> Mapping[str, Fields]:
        """The store's fields of these brands. Brands that the store lacks are missing."""
        return self._fields("SELECT id, {fields} FROM store WHERE id IN ({values})", brand_ids)

    def _fields(self, sql: str, ids: Sequence[str]) -> Mapping[str, Fields]:
        rows = list(self.among(sql.replace("{fields}", self.of_fields("{}")), ids))
        return dict(zip((row[0] for row in rows), self.read([row[1:] for row in rows]), strict=True))

    def holding(self, brands: Iterable[Fields]) -> list[str]:
        """The ids of the store's brands that hold the same as any of these."""
        first = next(iter(self._columns.values()))
        self.query(f"CREATE TEMP TABLE IF NOT EXISTS sought ({self.of_fields('{}')})")
        self.query(f"CREATE INDEX IF NOT EXISTS temp.sought_first ON sought ({first})")
        self.query("DELETE FROM sought")
        self.many(
            f"INSERT INTO sought VALUES ({', '.join('?' * len(self.fields))})",
            ([_kept(brand.get(name)) for name in self.fields] for brand in brands),
        )
        same = self.of_fields("sought.{} IS store.{}", " AND ")
        return [row[0] for row in self.query(f"SELECT DISTINCT id FROM store CROSS JOIN sought ON {same}")]

    def skip(self, skipped: Skipped, *, wholly: bool = True) -> None:
        """Leave an entry alone, and say why. Entries without an id are counted: two that read alike are two entries.

        Not ``wholly``: only a picture of its brand is left alone.
        """
        self.query(
            "INSERT INTO skipped (cms_id, reason, detail) VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET entries = entries + (cms_id = '')",
            skipped.cms_id,
            skipped.reason,
            skipped.detail,
        )
        if not wholly:
            return
        # A refused link is no reason to leave an entry out: what was wrong before still is.
        condition = " AND problem IS NULL" if skipped.reason == "link_rejected" else ""
        self.query(f"UPDATE cms SET problem = ? WHERE cms_id = ?{condition}", skipped.reason, skipped.cms_id)

    def listed(self) -> int:
        """How many entries the CMS listed. Entries without an id and entries that share one count one each."""
        shared = "SELECT count(*) - count(DISTINCT cms_id) FROM skipped WHERE reason = 'duplicate_id'"
        without_id = "SELECT ifnull(sum(entries), 0) FROM skipped WHERE cms_id = '' AND reason <> 'not_listed'"
        return int(self.value(f"SELECT (SELECT count(*) FROM cms) + ({shared}) + ({without_id})"))

    def listed_at_most(self) -> int:
        """As ``listed``, but each id that came with different contents counts as that many entries."""
        return self.listed() + int(self.value("SELECT ifnull(sum(doubtful), 0) FROM cms"))

    def has_unidentified(self) -> bool:
        """Whether an entry without a readable id was listed. Any entry that seems to be gone may be that one."""
        return bool(self.value("SELECT EXISTS (SELECT 1 FROM skipped WHERE cms_id = '' AND reason <> 'not_listed')"))

    def missing(self) -> int:
        """How many entries are gone while the store still has their brands."""
        return int(self.value(f"SELECT count(*) FROM ({LINKED_BUT_MISSING})"))

    def left_alone(self) -> int:
        """How many listed entries are left alone."""
        return int(self.value("SELECT ifnull(sum(entries), 0) FROM skipped WHERE reason <> 'not_listed'"))

    def skipped(self) -> Iterator[Skipped]:
        """Everything that is left alone, in the order in which it was found."""
        return (
            Skipped(cms_id, reason, detail if entries == 1 else f"{detail} ({entries} entries)")
            for cms_id, reason, detail, entries in self.query(
                "SELECT cms_id, reason, detail, entries FROM skipped ORDER BY rowid"
            )
        )


def _kept(value: Any) -> str | bytes | None:
    return value if value is None or type(value) is str else encode_value(value).encode()


def _given(value: str | bytes | None) -> Any:
    return read_json(value) if type(value) is bytes else value
