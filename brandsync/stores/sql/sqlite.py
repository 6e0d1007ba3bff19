"""A table of brands in SQLite."""

from collections.abc import Collection
from typing import ClassVar

from brandsync.database import execute
from brandsync.stores.sql.dialect import Dialect
from brandsync.stores.sql.table import bare


class SqliteDialect(Dialect):
    """SQLite: one writer at a time, so a transaction that writes needs no locks on rows."""

    mark: ClassVar[str] = "?"
    lax: ClassVar[bool] = True
    clock: ClassVar[str] = "strftime('%Y-%m-%d %H:%M:%f', 'now')"

    def create(self) -> None:
        """Make the table, if it is missing."""
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

    def types(self, schema: str | None) -> dict[str, str]:
        """The declared types. A ``uuid`` is a text here, whatever its name."""
        return {name: "text" if bare(kind) == "uuid" else kind for name, kind in super().types(schema).items()}

    def no_id(self, kind: str) -> str:
        """A column without a type converts nothing: an integer there is never equal to the text of an id."""
        return f"typeof({self.id}) <> 'text'" if kind in {"", "any", "blob"} else super().no_id(kind)

    def unfilled(self, filled: Collection[str]) -> list[str]:
        """The columns that need a value and get none. A trigger can't give it; ``INTEGER PRIMARY KEY`` counts up."""
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
