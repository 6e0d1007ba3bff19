"""A table of brands in SQLite."""

from collections.abc import Collection, Sequence
from functools import cached_property
from typing import Any, ClassVar, Final

from brandsync.database import execute
from brandsync.stores.sql.dialect import Dialect, Follower, Row
from brandsync.stores.sql.foreign_keys import ForeignKeys
from brandsync.stores.sql.table import bare

_FOLLOWING: Final = frozenset({"CASCADE", "SET NULL", "SET DEFAULT"})


class SqliteDialect(Dialect):
    """SQLite: one writer at a time, so a transaction that writes needs no locks on rows."""

    mark: ClassVar[str] = "?"
    lax: ClassVar[bool] = True
    clock: ClassVar[str] = "strftime('%Y-%m-%d %H:%M:%f', 'now')"

    @cached_property
    def _foreign_keys(self) -> ForeignKeys:
        return ForeignKeys(self)

    def insert(self, columns: Sequence[str], rows: Sequence[Row]) -> int:
        """Insert rows, and check deferred foreign keys."""
        taken = super().insert(columns, rows)
        place = columns.index(self.table.columns["id"])
        self._require_parents(columns, [row[place] for row in rows])
        return taken

    def insert_returning(self, columns: Sequence[str], rows: Sequence[Row]) -> list[str | None]:
        """Insert rows and return their ids, and check deferred foreign keys."""
        ids = super().insert_returning(columns, rows)
        self._require_parents(columns, [key for key in ids if key is not None])
        return ids

    def update(self, columns: Sequence[str], rows: Sequence[Row]) -> int:
        """Update columns, and check deferred foreign keys."""
        met = super().update(columns, rows)
        self._require_parents(columns, [row[-1] for row in rows])
        return met

    def delete(self, ids: Sequence[Any]) -> int:
        """Delete rows, and check deferred foreign keys."""
        deleted = super().delete(ids)
        if not self.table.own:
            self._foreign_keys.require_no_children(ids)
        return deleted

    def _require_parents(self, columns: Sequence[str], ids: Sequence[Any]) -> None:
        if not self.table.own:
            self._foreign_keys.require_parents(columns, ids)

    def create(self) -> None:
        """Make the table if it is missing."""
        execute(
            self.database,
            f"""
            CREATE TABLE IF NOT EXISTS {self.target} (
                id TEXT NOT NULL PRIMARY KEY,
                cms_id TEXT UNIQUE,
                name TEXT NOT NULL,
                handle TEXT,
                description TEXT,
                logo_url TEXT,
                website_url TEXT,
                metadata TEXT,
                created_at TEXT NOT NULL,
                updated_at TEXT NOT NULL
            )""",
        )

    def followers(self) -> list[Follower]:
        """The tables whose foreign keys react to a deletion. SQLite has no names for these keys."""
        keys = [key for key in self._foreign_keys.to_brands if key.on_delete in _FOLLOWING]
        return [Follower(key.child, ", ".join(key.columns), key.on_delete) for key in keys]

    def types(self, schema: str | None) -> dict[str, str]:
        """The declared types. A ``uuid`` column holds plain text in SQLite."""
        return {name: "text" if bare(kind) == "uuid" else kind for name, kind in super().types(schema).items()}

    def no_id(self, kind: str) -> str:
        """A column without a type converts nothing: an integer in it is never equal to the text of an id."""
        return f"typeof({self.id}) <> 'text'" if kind in {"", "any", "blob"} else super().no_id(kind)

    def unfilled(self, filled: Collection[str]) -> list[str]:
        """The columns that need a value and get none. Triggers can't fill them; ``INTEGER PRIMARY KEY`` counts up."""
        schema = f"{self.name(self.table.schema)}." if self.table.schema else ""
        rows = execute(self.database, f"PRAGMA {schema}table_info({self.name(self.table.name)})").fetchall()
        counts_up = [row[1] for row in rows if row[5]] if sum(bool(row[5]) for row in rows) == 1 else []
        return [
            name
            for _, name, kind, needed, default, _ in rows
            if needed
            and default is None
            and name not in filled
            and not (name in counts_up and kind.upper() == "INTEGER")
        ]

    def version(self) -> str:
        """SQLite's own version."""
        return f"SQLite {execute(self.database, 'SELECT sqlite_version()').fetchone()[0]}"
